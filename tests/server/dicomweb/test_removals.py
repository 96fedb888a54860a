"""Rejection, deletion and holds over the web: who may, what is refused, what remains."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pytest
from starlette.testclient import TestClient

from isocenter.cli.main import main
from isocenter.server.department import Department
from isocenter.server.reconstruction.storing import store_file

ROOT = "/dicom-web"
PASSWORD = "correct horse battery"


@pytest.fixture
def study(department: Department, ct_file: Path) -> str:
    """Return the UID of a study that is stored."""
    store_file(ct_file, department.archive, "test")
    return str(pydicom.dcmread(ct_file).StudyInstanceUID)


def test_a_series_is_rejected_listed_and_restored(
    ada: TestClient, department: Department, study: str, ct_file: Path
) -> None:
    series = str(pydicom.dcmread(ct_file).SeriesInstanceUID)
    before = ada.get(f"{ROOT}/studies/{study}/metadata")
    made = ada.post(f"{ROOT}/studies/{study}/series/{series}/reject/113037^DCM", json={"reason": "wrong side"})
    assert (made.status_code, made.json()["count"], made.json()["code"]) == (201, 1, "113037")
    assert ada.get(f"{ROOT}/studies").status_code in (200, 204)
    assert not ada.get(f"{ROOT}/studies").content.strip(b"[]")
    tag = {"If-None-Match": before.headers["etag"]}
    assert ada.get(f"{ROOT}/studies/{study}/metadata", headers=tag).status_code == 404
    (listed,) = ada.get(f"{ROOT}/rejections").json()
    assert (listed["who"], listed["reason"], listed["count"]) == ("ada", "wrong side", 1)
    assert ada.post(f"{ROOT}/rejections/1/restore", json={"reason": "right side"}).status_code == 201
    assert ada.get(f"{ROOT}/studies/{study}/metadata").json() == before.json()
    assert [e.action for e in department.audit.entries() if e.action in ("reject", "restore")] == ["reject", "restore"]


@pytest.mark.parametrize("code", ["113000", "113037^SCT", "x"])
def test_an_unknown_reason_is_refused(ada: TestClient, study: str, code: str) -> None:
    answer = ada.post(f"{ROOT}/studies/{study}/reject/{code}")
    assert answer.status_code == 400
    assert "113001" in answer.text


def test_only_administrators_delete_and_not_what_is_held(ada: TestClient, study: str) -> None:
    address = f"{ROOT}/studies/{study}"
    assert ada.delete(address).status_code == 400  # no reason
    assert ada.post(f"{ROOT}/holds", json={"match": {"StudyInstanceUID": study}, "reason": "x"}).status_code == 400
    held = ada.post(f"{ROOT}/holds", json={"match": {"StudyInstanceUID": [study]}, "reason": "case 17"})
    assert held.status_code == 201
    assert ada.get(f"{ROOT}/holds").json()[0]["match"] == {"StudyInstanceUID": [study]}
    refused = ada.delete(address, params={"reason": "old", "despite-retention": "true"})
    assert (refused.status_code, "hold" in refused.text) == (409, True)
    assert ada.post(f"{ROOT}/holds/1/release", json={"reason": "closed"}).status_code == 201
    deleted = ada.delete(address, params={"reason": "old"})
    assert (deleted.status_code, deleted.json()["count"]) == (200, 1)
    assert ada.get(f"{address}/metadata").status_code == 404
    assert ada.delete(address, params={"reason": "old"}).status_code == 404


def test_who_only_reads_may_do_none_of_it(client: TestClient, study: str) -> None:
    client.auth = ("rita", PASSWORD)
    address = f"{ROOT}/studies/{study}"
    assert client.post(f"{address}/reject/113001").status_code == 403
    assert client.delete(address, params={"reason": "old"}).status_code == 403
    assert client.get(f"{ROOT}/rejections").status_code == 403
    assert client.get(f"{ROOT}/holds").status_code == 403
    assert client.post(f"{ROOT}/conflicts/{'0' * 64}/accept", json={"reason": "x"}).status_code == 403
    assert client.get(f"{address}/metadata").status_code == 200


def test_a_conflict_is_accepted(ada: TestClient, department: Department, study: str, ct_file: Path) -> None:
    other = bytearray(ct_file.read_bytes())
    other[-1] ^= 1
    incoming = department.archive.receive(origin="test")
    incoming.write(other)
    incoming.commit()
    (conflict,) = ada.get(f"{ROOT}/conflicts").json()
    accepted = ada.post(f"{ROOT}/conflicts/{conflict['sha256']}/accept", json={"reason": "newer"})
    assert accepted.status_code == 201
    file = ada.get(f"{ROOT}/studies/{study}", headers={"Accept": 'multipart/related; type="application/dicom"'})
    assert bytes(other) in file.content
    assert ada.post(f"{ROOT}/conflicts/{'0' * 64}/accept", json={"reason": "x"}).status_code == 404


def test_the_commands_reject_hold_and_delete(
    department: Department, study: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = str(department.settings.data_dir)
    department.close()
    archive = ["archive", "--data", folder]
    policy = tmp_path / "policy.toml"
    policy.write_text('[[rule]]\nname = "all"\nyears = 10\n')
    assert main([*archive, "retention", str(policy)]) == 0
    assert main([*archive, "reject", study, "--code", "113001"]) == 0
    assert main([*archive, "rejections"]) == 0
    assert "113001 Rejected for Quality Reasons  1 instances" in capsys.readouterr().out
    assert main([*archive, "reinstate", "1", "--reason", "was fine"]) == 0
    assert main([*archive, "expired"]) == 0
    assert study in capsys.readouterr().out  # of 2004
    assert main([*archive, "hold", "--study", study, "--reason", "case 17"]) == 0
    assert main([*archive, "delete", study, "--reason", "old"]) != 0
    assert "hold 3" in capsys.readouterr().err
    assert main([*archive, "holds"]) == 0
    assert main([*archive, "release", "3", "--reason", "closed"]) == 0
    assert main([*archive, "expired", "--delete"]) == 0
    assert "1 studies are deleted" in capsys.readouterr().out
    assert main([*archive, "delete", study, "--reason", "old"]) != 0
    assert main([*archive, "accept", "0" * 64, "--reason", "none"]) != 0
