"""Fixtures of the archive tests: small data sets written by pydicom, and an archive of their own."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from isocenter.archive.archive import Archive, Stored


def part10(**attributes: Any) -> bytes:
    """Return a small secondary capture image as a DICOM file; `attributes` replace or add values."""
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SOPInstanceUID = "1.2.1", "1.2.1.1", "1.2.1.1.1"
    dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate = "Doe^Jane", "P1", "19700102"
    dataset.StudyDate, dataset.StudyTime, dataset.Modality = "20200315", "103000", "CT"
    dataset.AccessionNumber, dataset.StudyDescription, dataset.StudyID = "A1", "Head", "7"
    dataset.SeriesNumber, dataset.InstanceNumber = 1, 1
    dataset.Rows, dataset.Columns = 2, 3
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 8, 8, 7, 0
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.PixelData = bytes(range(6))
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()


@pytest.fixture
def dicom_file() -> Callable[..., bytes]:
    """Return the function that writes a small DICOM file."""
    return part10


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """Return an empty archive that does not wait for the disk."""
    opened = Archive.open(tmp_path / "archive", durable=False)
    yield opened
    opened.close()


@pytest.fixture
def store() -> Callable[[Archive, bytes], Stored]:
    """Return a function that stores the bytes of a file."""

    def put(archive: Archive, data: bytes) -> Stored:
        incoming = archive.receive(origin="test")
        incoming.write(data)
        return incoming.commit()

    return put
