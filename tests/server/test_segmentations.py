"""The segmentations that the reading room opens: those in force, with the places of their frames."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, SegmentationStorage
from starlette.testclient import TestClient

from isocenter.server.department import Department
from isocenter.server.reconstruction.storing import store_file

STUDY, SERIES = "1.2.826.0.1.99", "1.2.826.0.1.99.1"
ADDRESS = f"/api/segmentations/studies/{STUDY}/series/{SERIES}"


def item(**values: object) -> Sequence:
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return Sequence([made])


def keep(department: Department, folder: Path, number: int, replaces: int | None = None) -> None:
    """Store a segmentation of one frame, which may take the place of another one."""
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = SegmentationStorage, f"{SERIES}.{number}"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.Modality = STUDY, SERIES, "SEG"
    dataset.PatientID, dataset.PatientName, dataset.InstanceNumber = "P1", "Doe^Jane", number
    dataset.Rows, dataset.Columns, dataset.NumberOfFrames = 4, 4, 1
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 1, 1, 0, 0
    if replaces is not None:
        reference = item(ReferencedSOPClassUID=SegmentationStorage, ReferencedSOPInstanceUID=f"{SERIES}.{replaces}")
        series = item(SeriesInstanceUID=SERIES, ReferencedSOPSequence=reference)
        dataset.PredecessorDocumentsSequence = item(StudyInstanceUID=STUDY, ReferencedSeriesSequence=series)
    dataset.PerFrameFunctionalGroupsSequence = item(
        PlanePositionSequence=item(ImagePositionPatient=[0, 0, number]),
        SegmentIdentificationSequence=item(ReferencedSegmentNumber=number),
        DerivationImageSequence=item(SourceImageSequence=item(ReferencedSOPInstanceUID=f"{STUDY}.8.{number}")),
    )
    dataset.PixelData = np.full(2, number, np.uint8).tobytes()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    path = folder / f"{number}.dcm"
    pydicom.dcmwrite(path, dataset, enforce_file_format=True)
    store_file(path, department.archive, "test")


def test_only_what_is_in_force_is_told(ada: TestClient, department: Department, tmp_path: Path) -> None:
    for number, replaces in ((1, None), (2, 1), (3, None)):
        keep(department, tmp_path, number, replaces)
    answer = ada.get(ADDRESS)
    found = {each["attributes"]["00080018"]["Value"][0]: each["frames"] for each in answer.json()}
    assert set(found) == {f"{SERIES}.2", f"{SERIES}.3"}
    assert found[f"{SERIES}.2"]["segments"] == [2]
    assert found[f"{SERIES}.2"]["planes"] == [{"position": [0.0, 0.0, 2.0]}]
    again = ada.get(ADDRESS, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_frames_on_the_image_that_is_looked_at_come_along(
    ada: TestClient, department: Department, tmp_path: Path
) -> None:
    for number in (1, 3):
        keep(department, tmp_path, number)
    answer = ada.get(ADDRESS, params={"image": f"{STUDY}.8.3"})
    pictures = {each["attributes"]["00080018"]["Value"][0]: each.get("pictures") for each in answer.json()}
    assert pictures[f"{SERIES}.1"] is None
    assert pictures[f"{SERIES}.3"]["numbers"] == [1]
    assert [b64decode(pixels) for pixels in pictures[f"{SERIES}.3"]["pixels"]] == [b"\3\3"]
    other = ada.get(ADDRESS, params={"image": f"{STUDY}.8.3", "frame": 2})
    assert not any("pictures" in each for each in other.json())
    assert other.headers["etag"] != answer.headers["etag"]
    assert ada.get(ADDRESS, params={"image": "../3"}).status_code == 400


def test_it_is_for_those_who_may_read(client: TestClient, department: Department, tmp_path: Path) -> None:
    keep(department, tmp_path, 1)
    assert client.get(ADDRESS).status_code == 401
    client.auth = ("ada", "correct horse battery")
    assert client.get(f"{ADDRESS}.9").status_code == 404
