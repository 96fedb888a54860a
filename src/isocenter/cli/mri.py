"""isocenter mri: maps and images from several MR scans of one place."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from isocenter.cli.command import Command
from isocenter.cli.settings import pairs
from isocenter.core.errors import NotFoundError
from isocenter.core.image import Image
from isocenter.core.methods import Method, Parameter
from isocenter.core.patient import Patient, Study
from isocenter.core.progress import progress_bar
from isocenter.core.units import symbol_of
from isocenter.core.viewing import as_viewed
from isocenter.dicom.uids import new_uid
from isocenter.formats import registry as formats
from isocenter.formats.reader_options import typed
from isocenter.modalities.mri.dicom_attributes import dicom_attributes
from isocenter.modalities.mri.measurement import Measurement
from isocenter.modalities.mri.series import AXES
from isocenter.modalities.mri.series_methods import COUNTERS, SERIES_METHODS, reconstruct_series
from isocenter.modalities.mri.simultaneous_slices import MULTIBAND, separate


def _configure(parser: argparse.ArgumentParser) -> None:
    tasks = parser.add_subparsers(title="tasks", metavar="TASK", required=True)
    form = argparse.RawDescriptionHelpFormatter
    for name, method in SERIES_METHODS.items():
        task = tasks.add_parser(name, help=method.summary, description=_taught(method), formatter_class=form)
        _add_common(task)
        task.add_argument(
            "--counter",
            default=COUNTERS[name],
            choices=list(AXES),
            help="on which counter of the file the scans follow each other (default: %(default)s)",
        )
        task.set_defaults(task=_series, method=name)
    multiband = tasks.add_parser(
        "multiband", help=MULTIBAND.summary, description=_taught(MULTIBAND), formatter_class=form
    )
    _add_common(multiband)
    multiband.add_argument(
        "--reference", type=Path, required=True, metavar="FILE", help="single-band scan of the same slices"
    )
    multiband.set_defaults(task=_multiband)


def _add_common(task: argparse.ArgumentParser) -> None:
    task.add_argument("raw", type=Path, metavar="FILE", help="raw data: ISMRMRD, Siemens .dat, BART .cfl")
    task.add_argument(
        "-o", "--output", type=Path, metavar="FOLDER", help="where each map gets a folder of its own (default: FILE's)"
    )
    task.add_argument("-p", "--parameter", action="append", default=[], metavar="NAME=VALUE", help="see above; repeat")
    task.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE", help="what the raw file does not say"
    )
    task.add_argument("--patient-id", default="", help="patient ID for the DICOM files")
    task.add_argument("--patient-name", default="", metavar="FAMILY^GIVEN", help="patient name for the DICOM files")
    task.add_argument(
        "--sop-class", default="mr", choices=("mr", "enhanced-mr"), help="kind of DICOM object (default: %(default)s)"
    )
    task.add_argument("--pictures", action="store_true", help="also draw every map, beside its folder")
    task.add_argument("-q", "--quiet", action="store_true", help="no progress bar")


def _taught(method: Method) -> str:
    """Return what a method does and takes, for its help."""
    lines = [method.summary, "", "Parameters (-p NAME=VALUE):"]
    lines += [_parameter(item) for item in method.parameters]
    return "\n".join([*lines, "", f"Source: {method.source}"])


def _parameter(item: Parameter) -> str:
    unit, choices = symbol_of(item.unit), ", ".join(item.choices)
    default = f"{item.default} {unit}".strip() or "none"
    return f"  {item.name:<16}{item.help}{f' ({choices})' if choices else ''} [{default}]".replace("%", "%%")


def _run(options: argparse.Namespace) -> int:
    code: int = options.task(options)
    return code


def _series(options: argparse.Namespace) -> int:
    _require(options.raw)
    reader = formats.series_reader_of(options.raw)
    given = typed(options.raw, pairs(options.option, "--option"), reader=reader)
    series = reader(options.raw, options.counter, **given)
    settings: dict[str, Any] = {**pairs(options.parameter, "--parameter")}
    with progress_bar(f"MRI: {options.method}", enabled=not options.quiet) as on_progress:
        images = reconstruct_series(series, options.method, on_progress=on_progress, **settings)
    scans = {f"{series.axis}-{index}": frame for index, frame in enumerate(series.frames, start=1)}
    says = {name: dicom_attributes(scans[name].acquisition) for name in images if name in scans}
    return _written(images, options, says, _of_all(series.frames[0]))


def _of_all(scan: Measurement) -> dict[str, float | str]:
    """Return what holds of all scans of a series, and so of a map that was made of several."""
    return {name: value for name, value in dicom_attributes(scan.acquisition).items() if name != "EchoTime"}


def _multiband(options: argparse.Namespace) -> int:
    for file in (options.raw, options.reference):
        _require(file)
    given = typed(options.raw, pairs(options.option, "--option"))
    settings: dict[str, Any] = {**pairs(options.parameter, "--parameter")}
    scan, reference = (formats.read(file, **given) for file in (options.raw, options.reference))
    with progress_bar("MRI: multiband", enabled=not options.quiet) as on_progress:
        image = separate(
            scan,
            reference,
            on_progress=on_progress,
            **settings,
        )
    return _written({"slices": image}, options, {}, dicom_attributes(scan.acquisition))


def _require(file: Path) -> None:
    if not file.exists():
        raise NotFoundError("There is no such file.", file=file)


def _written(
    images: Mapping[str, Image],
    options: argparse.Namespace,
    says: Mapping[str, dict[str, float | str]],
    of_all: dict[str, float | str],
) -> int:
    """Write every map as a series of one study, in one frame of reference; `says` are attributes of single ones."""
    folder: Path = options.output or options.raw.with_suffix("")
    study_uid, frame_of_reference = new_uid(), new_uid()
    for number, (name, image) in enumerate(images.items(), start=1):
        described = _described(as_viewed(image), options, study_uid, frame_of_reference)
        files = described.to_dicom(
            folder / name,
            sop_class=options.sop_class,
            series_number=number,
            series_description=image.quantity,
            # Only the MR Image holds them at its top.
            attributes=says.get(name, of_all) if options.sop_class == "mr" else None,
        )
        print(f"{name}: {image!r}, {len(files)} DICOM file{'s' * (len(files) != 1)} in {folder / name}")
        if options.pictures:
            described.show(folder / f"{name}.png")
    return 0


def _described(image: Image, options: argparse.Namespace, study_uid: str, frame_of_reference: str) -> Image:
    patient, study = image.patient or Patient(), image.study or Study(started_at=image.acquired_at)
    patient = replace(
        patient, patient_id=options.patient_id or patient.patient_id, name=options.patient_name or patient.name
    )
    study = replace(study, study_uid=study.study_uid or study_uid)
    place = replace(image.grid, frame_of_reference_uid=frame_of_reference)
    return replace(image, patient=patient, study=study, grid=place)


COMMAND = Command(
    name="mri",
    summary="make maps of several MR scans: water and fat, susceptibility, flow, dynamics, multi-band",
    description="Read all scans of one place from a raw file, echoes or repetitions or velocity encodings,\n"
    "compute maps from them together, and write each map as a DICOM series of one study.\n"
    "A single image is made by: isocenter reconstruct",
    examples="  isocenter mri images echoes.h5 -o echoes/\n"
    "  isocenter mri water-fat liver.h5 -o liver/ --pictures\n"
    "  isocenter mri water-fat --help                 what the method does, and its parameters\n"
    "  isocenter mri susceptibility brain.h5 -o qsm/ -p threshold=0.15\n"
    "  isocenter mri swi meas.dat -o swi/\n"
    "  isocenter mri flow aorta.h5 -o flow/ -p venc_cm_s=150\n"
    "  isocenter mri dynamic perfusion.cfl -o perfusion/ --option fov_mm=320\n"
    "  isocenter mri multiband smb.h5 --reference single.h5 -o slices/ -p shifts=0,0.33,0.67",
    configure=_configure,
    run=_run,
)
