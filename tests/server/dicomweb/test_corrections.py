"""Corrections over the web: who may, what is refused, and that caches hear of it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.filewriter import dcmwrite
from starlette.testclient import TestClient

from isocenter.cli.main import main
from isocenter.server.department import Department
from isocenter.server.reconstruction.storing import store_file

ROOT = "/dicom-web"


@pytest.fixture
def study(department: Department, ct_file: Path) -> str:
    """Return the UID of a study that is stored."""
    store_file(ct_file, department.archive, "test")
    return str(pydicom.dcmread(ct_file).StudyInstanceUID)


def correction(study: str, **changes: Any) -> dict[str, Any]:
    return {"match": {"StudyInstanceUID": [study]}, "set": {"PatientID": "P5"}, "reason": "wrong patient"} | changes


def test_a_correction_is_made_seen_listed_and_undone(
    ada: TestClient, department: Department, study: str, ct_file: Path
) -> None:
    address = f"{ROOT}/studies/{study}"
    before = ada.get(address, headers={"Accept": 'multipart/related; type="application/dicom"'})
    made = ada.post(f"{ROOT}/corrections", json=correction(study))
    assert (made.status_code, made.json()["who"], made.json()["sequence"]) == (201, "ada", 1)
    (found,) = ada.get(f"{ROOT}/studies", params={"PatientID": "P5"}).json()
    assert found["0020000D"]["Value"] == [study]
    (metadata,) = ada.get(f"{address}/metadata").json()
    assert metadata["00100020"]["Value"] == ["P5"]
    after = ada.get(
        address,
        headers={"Accept": 'multipart/related; type="application/dicom"', "If-None-Match": before.headers["etag"]},
    )
    assert after.status_code == 200
    start = after.content.index(b"\r\n\r\n") + 4
    assert pydicom.dcmread(io.BytesIO(after.content[start:])).PatientID == "P5"
    assert ada.post(f"{ROOT}/corrections/1/undo", json={"reason": "it was right"}).status_code == 201
    assert [each["in_force"] for each in ada.get(f"{ROOT}/corrections").json()] == [False, False]
    again = ada.get(address, headers={"Accept": 'multipart/related; type="application/dicom"'})
    assert ct_file.read_bytes() in again.content
    assert [e.action for e in department.audit.entries() if "correct" in e.action] == ["correct", "undo correction"]


def test_a_series_is_moved_into_another_study(
    ada: TestClient, department: Department, study: str, ct_file: Path, tmp_path: Path
) -> None:
    other = pydicom.dcmread(ct_file)
    other.StudyInstanceUID, other.SeriesInstanceUID, other.SOPInstanceUID = "1.2.9", "1.2.9.1", "1.2.9.1.1"
    other.file_meta.MediaStorageSOPInstanceUID = "1.2.9.1.1"
    dcmwrite(tmp_path / "other.dcm", other)
    store_file(tmp_path / "other.dcm", department.archive, "test")
    body = {"match": {"SeriesInstanceUID": ["1.2.9.1"]}, "into_study": study, "reason": "one visit"}
    assert ada.post(f"{ROOT}/corrections", json=body).status_code == 201
    assert len(ada.get(f"{ROOT}/studies/{study}/series").json()) == 2
    assert ada.get(f"{ROOT}/studies/1.2.9/metadata").status_code == 404


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"match": None}, 400),
        ({"match": {"StudyInstanceUID": "1.2"}}, 400),
        ({"match": {"StudyInstanceUID": ["9.9.9"]}}, 404),
        ({"set": ["PatientID"]}, 400),
        ({"set": {"PixelData": "x"}}, 400),
        ({"set": {"PatientID": 5}}, 400),
        ({"reason": ""}, 400),
        ({"into_study": "9.9.9"}, 404),
    ],
)
def test_a_bad_correction_is_refused(ada: TestClient, study: str, changes: dict[str, Any], status: int) -> None:
    assert ada.post(f"{ROOT}/corrections", json=correction(study, **changes)).status_code == status
    assert ada.get(f"{ROOT}/corrections").json() == []


def test_who_only_reads_may_neither_correct_nor_list(client: TestClient, study: str) -> None:
    assert client.post(f"{ROOT}/corrections", json=correction(study)).status_code == 401
    client.auth = ("rita", "correct horse battery")
    assert client.post(f"{ROOT}/corrections", json=correction(study)).status_code == 403
    assert client.get(f"{ROOT}/corrections").status_code == 403
    assert client.post(f"{ROOT}/corrections/1/undo", json={"reason": "r"}).status_code == 403


def test_what_is_not_in_force_cannot_be_undone(ada: TestClient) -> None:
    assert ada.post(f"{ROOT}/corrections/7/undo", json={"reason": "r"}).status_code == 404


def test_the_command_corrects_lists_and_undoes(
    department: Department, study: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(department.settings.data_dir)
    department.close()
    archive = ["archive", "--data", folder]
    assert main([*archive, "correct", "--study", study, "--reason", "typing error", "PatientID=P5"]) == 0
    assert main([*archive, "corrections"]) == 0
    assert "sets PatientID  in force  typing error" in capsys.readouterr().out
    assert main([*archive, "undo", "1", "--reason", "was right"]) == 0
    assert main([*archive, "undo", "1", "--reason", "was right"]) != 0
    assert main([*archive, "correct", "--study", study, "--reason", "r", "PatientID"]) != 0
