"""isocenter reconstruct: from a raw file to DICOM images, and on to an archive."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from isocenter.cli.command import Command
from isocenter.cli.settings import pairs
from isocenter.core.errors import NotFoundError
from isocenter.core.image import Image
from isocenter.core.patient import Patient, Study
from isocenter.core.progress import progress_bar
from isocenter.formats import registry as formats
from isocenter.formats.reader_options import typed
from isocenter.modalities.registry import modality_of
from isocenter.server.dimse.scu import Peer, send


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "raw",
        type=Path,
        metavar="FILE",
        help="raw data: ISMRMRD, Siemens .dat, BART .cfl, Data Exchange, our HDF5, .npy with .json ...",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FOLDER",
        help="where the DICOM files go (default: FILE without its ending)",
    )
    parser.add_argument(
        "-m",
        "--method",
        metavar="NAME",
        help="how to reconstruct (default: what fits the data; see: isocenter info FILE)",
    )
    parser.add_argument(
        "-p",
        "--parameter",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the method; repeat for more",
    )
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what the raw file does not say, such as pixel_size_mm=0.5",
    )
    parser.add_argument("--patient-id", default="", help="patient ID for the DICOM files")
    parser.add_argument("--patient-name", default="", metavar="FAMILY^GIVEN", help="patient name for the DICOM files")
    parser.add_argument("--study-description", default="", help="study description for the DICOM files")
    parser.add_argument("--series-description", default="", help="series description for the DICOM files")
    parser.add_argument(
        "--sop-class", default="auto", help="kind of DICOM object: auto, ct, mr, enhanced-mr, secondary-capture"
    )
    parser.add_argument("--picture", type=Path, metavar="PNG", help="also draw the middle planes")
    parser.add_argument("--nifti", type=Path, metavar="FILE", help="also write NIfTI (needs the extra: nifti)")
    parser.add_argument("--send", type=Peer.parse, metavar="AET@HOST:PORT", help="send the DICOM files to an archive")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar")


def _run(options: argparse.Namespace) -> int:
    image, attributes = _reconstructed(options)
    folder = options.output or options.raw.with_suffix("")
    described = _described(image, options)
    files = described.to_dicom(
        folder, sop_class=options.sop_class, series_description=options.series_description, attributes=attributes
    )
    print(f"{image!r}")
    print(f"{len(files)} DICOM file{'s' * (len(files) != 1)} in {folder}")
    if options.picture:
        image.show(options.picture)
        print(f"picture: {options.picture}")
    if options.nifti:
        print(f"NIfTI: {image.to_nifti(options.nifti)}")
    return 0 if options.send is None else _send(files, options)


def _reconstructed(options: argparse.Namespace) -> tuple[Image, dict[str, Any]]:
    """Return the image, and what its raw data say of the scan for the DICOM header."""
    if not options.raw.exists():
        raise NotFoundError("There is no such file.", file=options.raw)
    measurement = formats.read(options.raw, **typed(options.raw, pairs(options.option, "--option")))
    modality = modality_of(measurement)
    method = options.method or modality.default_method(measurement)
    with progress_bar(f"{modality.TITLE}: {method}", enabled=not options.quiet) as on_progress:
        settings: dict[str, Any] = {**pairs(options.parameter, "--parameter")}
        image: Image = modality.reconstruct(measurement, method=method, on_progress=on_progress, **settings)
    # Where a modality knows how its pictures are looked at, files and pictures are turned so.
    if hasattr(modality, "as_viewed"):
        image = modality.as_viewed(image)
    says = getattr(modality, "dicom_attributes", None)
    # Only the MR Image holds them at its top; others' quantities make another kind of object.
    if says is None or options.sop_class not in ("auto", "mr"):
        return image, {}
    return image, says(measurement.acquisition)


def _described(image: Image, options: argparse.Namespace) -> Image:
    patient, study = image.patient or Patient(), image.study or Study(started_at=image.acquired_at)
    patient = replace(
        patient, patient_id=options.patient_id or patient.patient_id, name=options.patient_name or patient.name
    )
    study = replace(study, description=options.study_description or study.description)
    return replace(image, patient=patient, study=study)


def _send(files: tuple[Path, ...], options: argparse.Namespace) -> int:
    with progress_bar(f"send to {options.send}", enabled=not options.quiet) as on_progress:
        result = send(files, options.send, on_progress=on_progress)
    print(result.sentence())
    return 0 if result.is_complete else 1


COMMAND = Command(
    name="reconstruct",
    summary="make DICOM images of raw data, and send them",
    description="Read raw data, find out what they are, reconstruct them with the method that fits\n"
    "or the one you name, and write DICOM. Nothing of the raw data is changed.",
    examples="  isocenter reconstruct scan.h5\n"
    "  isocenter reconstruct scan.h5 -o images/ --method cgls -p n_iterations=30\n"
    "  isocenter reconstruct meas.dat -o images/ --picture look.png\n"
    "  isocenter reconstruct kspace.cfl --option fov_mm=220 --method cs-wavelet\n"
    "  isocenter reconstruct tooth.h5 --option pixel_size_mm=0.01 --picture tooth.png\n"
    "  isocenter reconstruct scan.h5 -o images/ --send ISOCENTER@127.0.0.1:11112",
    configure=_configure,
    run=_run,
)
