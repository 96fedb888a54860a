"""A department with a few studies whose names, dates and descriptions are known."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pydicom
import pytest
from pydicom.data import get_testdata_file

from isocenter.server.department import Department

STUDIES = {
    "1.2.1": ("Nguyễn^Thị Mai", "P-001", "20260105", "A100", "CT thorax", "CT"),
    "1.2.2": ("Nguyễn^Thị Mai", "P-001", "20250301", "A090", "CT thorax", "CT"),
    "1.2.3": ("Müller^Jürgen", "P-002", "20260106", "A101", "MRT Schädel", "MR"),
    "1.2.4": ("Smith^John", "P_003", "20260107", "B200", "Chest 50% dose", "CT"),
    "1.2.5": ("Smithers^Jo", "", "", "B201", "", "US"),
}


@pytest.fixture
def put(department: Department) -> Callable[..., None]:
    """Return a function that stores one instance with the values given."""

    def store(**values: Any) -> None:
        dataset = pydicom.dcmread(str(get_testdata_file("CT_small.dcm", download=False)))
        dataset.SpecificCharacterSet = "ISO_IR 192"
        for keyword, value in values.items():
            setattr(dataset, keyword, value)
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        stream = BytesIO()
        dataset.save_as(stream)
        incoming = department.archive.receive(origin="test")
        incoming.write(stream.getvalue())
        incoming.commit()

    return store


@pytest.fixture
def studies(put: Callable[..., None]) -> None:
    """Store `STUDIES`, each of one instance."""
    for uid, (name, patient_id, date, accession, description, modality) in STUDIES.items():
        put(
            StudyInstanceUID=uid,
            SeriesInstanceUID=f"{uid}.1",
            SOPInstanceUID=f"{uid}.1.1",
            PatientName=name,
            PatientID=patient_id,
            StudyDate=date,
            AccessionNumber=accession,
            StudyDescription=description,
            Modality=modality,
        )
