"""Small studies with known names, days and descriptions, made from a file that pydicom ships."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pydicom
from pydicom.data import get_testdata_file


def study_bytes(uid: str, *, series: int = 1, instance: int = 1, **values: Any) -> bytes:
    """Return one CT instance of the study `uid` with the values given."""
    dataset = pydicom.dcmread(str(get_testdata_file("CT_small.dcm", download=False)))
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.StudyInstanceUID = uid
    dataset.SeriesInstanceUID = f"{uid}.{series}"
    dataset.SOPInstanceUID = f"{uid}.{series}.{instance}"
    dataset.SeriesNumber, dataset.InstanceNumber = series, instance
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    stream = BytesIO()
    dataset.save_as(stream)
    return stream.getvalue()


NAMES = (
    "Adler^Ruth",
    "Becker^Jan",
    "Nguyễn^Thị Mai",
    "Müller^Jürgen",
    "Okafor^Chidi",
    "Smith^John",
    "Yamada^Tarou",
    "Zorić^Ana",
)


def ward(n_studies: int = 24) -> list[bytes]:
    """Return studies of a small ward: three of each patient, a day apart, CT and MR in turn."""
    files = []
    for number in range(n_studies):
        patient = number % len(NAMES)
        files.append(
            study_bytes(
                f"1.2.826.0.1.77.{number + 1}",
                PatientName=NAMES[patient],
                PatientID=f"P-{patient:03d}",
                PatientBirthDate="19600615",
                StudyDate=f"202601{number + 1:02d}",
                StudyTime="101500",
                AccessionNumber=f"A{1000 + number}",
                StudyDescription=("CT thorax", "MRI brain", "CT abdomen")[number // len(NAMES) % 3],
                SeriesDescription="axial 5 mm",
                Modality=("CT", "MR", "CT")[number // len(NAMES) % 3],
            )
        )
    return files
