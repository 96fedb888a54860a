"""Write an image as DICOM: choose the kind of object, write the files.

Source: DICOM PS3.3 annex A (information object definitions), PS3.10 sec. 7 (file format).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from isocenter.core.errors import DataError, OptionError
from isocenter.core.image import Image
from isocenter.core.patient import Patient, Study
from isocenter.dicom.uids import new_uid
from isocenter.dicom.writers.breast_tomosynthesis import breast_tomosynthesis_image
from isocenter.dicom.writers.classic import ct_images, mr_images
from isocenter.dicom.writers.enhanced import enhanced_ct_image, enhanced_mr_image
from isocenter.dicom.writers.modules import SeriesContext
from isocenter.dicom.writers.multi_energy import KINDS, multi_energy_ct_image
from isocenter.dicom.writers.secondary_capture import grayscale_word
from isocenter.dicom.writers.ultrasound import ultrasound_image
from isocenter.dicom.writers.ultrasound_volume import ultrasound_volume


@dataclass(frozen=True)
class Writer:
    """A kind of object: its name in words and what makes its data sets."""

    title: str
    objects: Callable[[Image, SeriesContext], Iterator[Dataset]]


WRITERS: Mapping[str, Writer] = {
    "ct": Writer("CT Image, one file per slice", ct_images),
    "mr": Writer("MR Image, one file per slice", mr_images),
    "enhanced-ct": Writer("Enhanced CT Image, one file", enhanced_ct_image),
    "multi-energy-ct": Writer("Enhanced CT Image of a multi-energy scan, one file", multi_energy_ct_image),
    "breast-tomosynthesis": Writer("Breast Tomosynthesis Image, one file", breast_tomosynthesis_image),
    "ultrasound": Writer("US or US Multi-frame Image, one file", ultrasound_image),
    "ultrasound-volume": Writer("Enhanced US Volume, one file", ultrasound_volume),
    "enhanced-mr": Writer("Enhanced MR Image, one file", enhanced_mr_image),
    "secondary-capture": Writer("Multi-frame Grayscale Word Secondary Capture, one file", grayscale_word),
}


def export(
    image: Image,
    path: Path | str,
    *,
    sop_class: str = "auto",
    patient: Patient | None = None,
    study: Study | None = None,
    series_description: str = "",
    series_number: int = 1,
    series_uid: str | None = None,
    study_id: str = "",
    attributes: Mapping[str, Any] | None = None,
    written_at: datetime | None = None,
) -> tuple[Path, ...]:
    """Write `image` into the folder `path` as DICOM and return the files.

    Parameters
    ----------
    sop_class
        A name in `WRITERS`; ``"auto"`` takes what fits the image's quantity and unit (see `writer_for`).
    patient, study
        Take the place of the image's own.
    series_uid
        Of an existing series, to add to it; left out, a new series is made.
    attributes
        Further attributes by keyword, for example ``{"EchoTime": 12.0, "RepetitionTime": 600.0}``.
    written_at
        Date and time of creation; now if left out.

    Raises
    ------
    OptionError
        If `sop_class` is unknown.
    DataError
        If the values are complex, NaN or infinite, or a file cannot be written.
    """
    folder = Path(path)
    files: list[Path] = []
    datasets = objects(
        image,
        sop_class=sop_class,
        patient=patient,
        study=study,
        series_description=series_description,
        series_number=series_number,
        series_uid=series_uid,
        study_id=study_id,
        attributes=attributes,
        written_at=written_at,
    )
    for number, dataset in enumerate(datasets, start=1):
        file = folder / f"{dataset.Modality}{number:05d}.dcm"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            dataset.save_as(file, enforce_file_format=True)
        except OSError as problem:
            raise DataError("The DICOM file cannot be written.", file=file.name, found=str(problem)) from problem
        files.append(file)
    return tuple(files)


def objects(
    image: Image,
    *,
    sop_class: str = "auto",
    patient: Patient | None = None,
    study: Study | None = None,
    series_description: str = "",
    series_number: int = 1,
    series_uid: str | None = None,
    study_id: str = "",
    attributes: Mapping[str, Any] | None = None,
    written_at: datetime | None = None,
) -> Iterator[Dataset]:
    """Yield the data sets of an image one by one, with file meta information; options as in `export`."""
    name = writer_for(image) if sop_class == "auto" else sop_class
    if name not in WRITERS:
        raise OptionError(
            "This kind of DICOM object is not known.", field="sop_class", found=name, expected=["auto", *WRITERS]
        )
    shown = replace(image, patient=patient or image.patient, study=study or image.study)
    context = SeriesContext(
        written_at=written_at or datetime.now(),
        study_uid=(shown.study.study_uid if shown.study else None) or new_uid(),
        series_uid=series_uid or new_uid(),
        frame_of_reference_uid=image.grid.frame_of_reference_uid or new_uid(),
        series_description=series_description,
        series_number=series_number,
        study_id=study_id,
        attributes=dict(attributes or {}),
    )
    yield from WRITERS[name].objects(shown, context)


def writer_for(image: Image) -> str:
    """Return the kind of object that fits an image: by its unit, then by the words of its quantity."""
    quantity = image.quantity.lower()
    if any(image.unit == kind.unit and image.quantity.startswith(kind.quantity) for kind in KINDS):
        return "multi-energy-ct"
    if quantity.startswith("breast tomosynthesis"):
        return "breast-tomosynthesis"
    if quantity.startswith("tomosynthesis"):
        return "secondary-capture"
    if quantity.startswith("ultrasound"):
        return "ultrasound"
    if image.unit == "[hnsf'U]" or "attenuation" in quantity or quantity.startswith("ct "):
        return "ct"
    if quantity.startswith(("mr ", "t1", "t2", "proton", "diffusion", "magneti")) or image.unit in (
        "ms",
        "mm2/s",
        "um2/s",
    ):
        return "mr"
    return "secondary-capture"
