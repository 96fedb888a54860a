"""STOW-RS judges every instance by itself and says what became of it."""

import errno
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from starlette.testclient import TestClient

from isocenter.archive import allocation
from isocenter.archive.archive import Archive
from isocenter.core.errors import DataError, NotSupportedError, StorageFullError
from isocenter.protocols.multipart import write_multipart
from isocenter.server.dicomweb import store as store_route
from isocenter.server.dicomweb.store import Failure, Receipt

Ship = Callable[[str], Path]
FileWith = Callable[..., bytes]
DICOM = "application/dicom"
RELATED = {"Content-Type": 'multipart/related; type="application/dicom"; boundary=edge'}


def body(*files: bytes, kind: str = DICOM) -> bytes:
    return b"".join(write_multipart((({"Content-Type": kind}, [data]) for data in files), "edge"))


def post(web: TestClient, *files: bytes, path: str = "studies") -> tuple[int, Dataset]:
    answer = web.post(path, content=body(*files), headers=RELATED)
    assert answer.headers["content-type"] == "application/dicom+json"
    return answer.status_code, Dataset.from_json(answer.json())


def test_instances_are_stored_and_can_be_retrieved(empty: TestClient, ship: Ship) -> None:
    files = [ship(name).read_bytes() for name in ("CT_small.dcm", "MR_small.dcm", "JPEG2000.dcm")]
    status, answer = post(empty, *files)
    assert status == 200
    assert "FailedSOPSequence" not in answer
    assert len(answer.ReferencedSOPSequence) == 3
    for item, data in zip(answer.ReferencedSOPSequence, files, strict=True):
        assert empty.get(item.RetrieveURL, headers={"Accept": DICOM}).content == data
        assert item.ReferencedSOPClassUID.is_valid


def test_one_file_can_be_the_whole_body(empty: TestClient, ship: Ship) -> None:
    answer = empty.post("studies", content=ship("CT_small.dcm").read_bytes(), headers={"Content-Type": DICOM})
    assert answer.status_code == 200
    assert len(empty.get("studies").json()) == 1


def test_sending_again_changes_nothing(empty: TestClient, ship: Ship) -> None:
    data = ship("CT_small.dcm").read_bytes()
    assert [post(empty, data)[0], post(empty, data)[0]] == [200, 200]
    assert len(empty.get("instances").json()) == 1


def test_other_bytes_under_one_uid_come_with_a_warning(empty: TestClient, ship: Ship, file_with: FileWith) -> None:
    post(empty, ship("CT_small.dcm").read_bytes())
    status, answer = post(empty, file_with(ship("CT_small.dcm"), PatientID="other"))
    assert status == 202
    assert answer.ReferencedSOPSequence[0].WarningReason == 0xB007
    assert [row["00100020"]["Value"] for row in empty.get("studies").json()] == [["1CT1"]]


def test_what_is_no_instance_fails_and_the_others_come_in(empty: TestClient, ship: Ship) -> None:
    good = ship("CT_small.dcm").read_bytes()
    status, answer = post(empty, good[:-1000], b"not DICOM", good, b"")
    assert status == 202
    assert len(answer.ReferencedSOPSequence) == 1
    assert [item.FailureReason for item in answer.OtherFailuresSequence] == [0xC000] * 3
    assert post(empty, b"not DICOM")[0] == 409


def test_an_instance_of_another_study_fails(empty: TestClient, ship: Ship) -> None:
    good = ship("CT_small.dcm").read_bytes()
    status, answer = post(empty, good, path="studies/1.2.3")
    assert status == 409
    (item,) = answer.FailedSOPSequence
    assert item.FailureReason == 0xA900
    assert item.ReferencedSOPInstanceUID == "1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322"
    assert empty.get("studies").status_code == 204


@pytest.mark.parametrize(
    ("content_type", "content", "status"),
    [
        ("text/plain", b"x", 415),
        ("", b"x", 415),
        ("multipart/form-data; boundary=edge", b"x", 415),
        ("multipart/related", b"x", 400),
        ("multipart/related; boundary=edge", b"", 400),
        ("multipart/related; boundary=edge", b"--edge--", 400),
        ("multipart/related; boundary=edge", b"--edge\r\n\r\ncut", 400),
        ("multipart/related; boundary=wrong", body(b"x"), 400),
        ("multipart/related; boundary=edge", body(b"{}", kind="application/dicom+json"), 415),
    ],
)
def test_a_request_that_is_not_understood(empty: TestClient, content_type: str, content: bytes, status: int) -> None:
    answer = empty.post("studies", content=content, headers={"Content-Type": content_type})
    assert answer.status_code == status


def test_a_body_that_breaks_off_keeps_only_whole_instances(
    empty: TestClient, ship: Ship, empty_archive: Archive
) -> None:
    data = body(ship("CT_small.dcm").read_bytes(), ship("MR_small.dcm").read_bytes())
    assert empty.post("studies", content=data[:-5000], headers=RELATED).status_code == 400
    assert len(empty.get("instances").json()) == 1
    assert len(list(empty_archive._store.all())) == 1


def test_an_instance_that_is_too_large(empty: TestClient, ship: Ship, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_route, "_max_bytes", lambda request: 20_000)
    small, large = ship("MR_small.dcm").read_bytes(), ship("CT_small.dcm").read_bytes()
    assert len(small) < 20_000 < len(large)
    assert post(empty, large)[0] == 413
    assert empty.post("studies", content=large, headers={"Content-Type": DICOM}).status_code == 413
    status, answer = post(empty, large, small)
    assert status == 202
    assert answer.OtherFailuresSequence[0].FailureReason == 0xA700


def test_too_many_parts(empty: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_route, "MAX_PARTS", 3)
    assert empty.post("studies", content=body(*[b"x"] * 4), headers=RELATED).status_code == 413


def test_a_full_disk(empty: TestClient, ship: Ship, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    data = ship("CT_small.dcm").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(allocation, "sync_data", full)
        status, answer = post(empty, data)
    assert status == 507
    assert answer.FailedSOPSequence[0].FailureReason == 0xA700
    assert empty.get("studies").status_code == 204
    assert post(empty, data)[0] == 200


def test_who_may_only_read_stores_nothing(empty: TestClient, ship: Ship) -> None:
    for auth, status in ((None, 401), (("rita", "correct horse battery"), 403)):
        empty.auth = auth
        answer = empty.post("studies", content=body(ship("CT_small.dcm").read_bytes()), headers=RELATED)
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("errors", "status"),
    [
        ([StorageFullError("x")], 507),
        ([NotSupportedError("x"), NotSupportedError("x")], 415),
        ([DataError("x")], 409),
        ([DataError("x"), StorageFullError("x")], 409),
        ([], 200),
    ],
)
def test_the_status_says_what_stopped_everything(errors: list[Exception], status: int) -> None:
    receipt = Receipt(None, failed=[Failure(error) for error in errors])  # type: ignore[arg-type]  # they are ours
    if not errors:
        receipt.stored.append(Dataset())  # type: ignore[arg-type]  # stands in; only its state is asked for
        receipt.stored[0].state = "stored"  # type: ignore[misc]
    assert receipt.status == status
