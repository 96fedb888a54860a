"""STOW-RS judges every instance by itself and says what became of it."""

import errno
import json
import threading
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from starlette.testclient import TestClient

from isocenter.archive import allocation
from isocenter.archive.archive import Archive
from isocenter.core.errors import DataError, NotSupportedError, StorageFullError
from isocenter.dicom.xml_model import to_xml
from isocenter.dicom.xml_reader import from_xml
from isocenter.protocols.multipart import write_multipart
from isocenter.server.dicomweb import apart, intake
from isocenter.server.dicomweb import store as store_route
from isocenter.server.dicomweb.intake import Failure, Receipt

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


def test_of_several_under_one_uid_in_a_request_the_first_is_seen(
    empty: TestClient, ship: Ship, file_with: FileWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, is_first = Archive._commit, threading.Event()

    def commit(self: Archive, *given: Any) -> Any:
        if not is_first.is_set():  # the first to come takes longest
            is_first.set()
            time.sleep(0.2)
        return slow(self, *given)

    monkeypatch.setattr(Archive, "_commit", commit)
    files = [file_with(ship("CT_small.dcm"), PatientID=f"P{number}") for number in range(6)]
    status, answer = post(empty, files[0], ship("MR_small.dcm").read_bytes(), *files[1:])
    assert status == 202
    warnings = [item.get("WarningReason") for item in answer.ReferencedSOPSequence]
    assert warnings == [None, None, *[0xB007] * 5]
    shown = {row["00100020"]["Value"][0] for row in empty.get("studies").json()}
    assert shown == {"P0", "4MR1"}


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
        ("multipart/related; boundary=edge", body(b"{}", kind="application/dicom+json"), 409),
        ("multipart/related; boundary=edge", body(b"x", kind="text/plain"), 415),
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
    monkeypatch.setattr(intake, "MAX_PARTS", 3)
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


def apart_body(metadata: bytes, kind: str, **bulk: tuple[str, bytes]) -> bytes:
    parts = [({"Content-Type": kind}, [metadata])]
    parts += [({"Content-Type": media, "Content-Location": place}, [data]) for place, (media, data) in bulk.items()]
    return b"".join(write_multipart(parts, "edge"))


def described(path: Path) -> dict[str, Any]:
    """Return a file's metadata with its pixels left out, to come as a part of their own."""
    dataset = pydicom.dcmread(path)
    described: dict[str, Any] = dataset.to_json_dict()
    described["7FE00010"] = {"vr": described["7FE00010"]["vr"], "BulkDataURI": "pixels"}
    return described


def post_apart(web: TestClient, data: bytes, path: str = "studies") -> tuple[int, Dataset]:
    answer = web.post(path, content=data, headers=RELATED)
    return answer.status_code, Dataset.from_json(answer.json())


@pytest.mark.parametrize("kind", ["application/dicom+json", "application/dicom+xml"])
def test_metadata_and_bulk_data_become_a_file(empty: TestClient, ship: Ship, kind: str) -> None:
    sent = pydicom.dcmread(ship("CT_small.dcm"))
    metadata = described(ship("CT_small.dcm"))
    text = json.dumps([metadata]).encode() if kind.endswith("json") else to_xml(metadata)
    pixels = ("application/octet-stream", sent.PixelData)
    status, answer = post_apart(empty, apart_body(text, kind, pixels=pixels))
    assert (status, len(answer.ReferencedSOPSequence)) == (200, 1)
    kept = empty.get(answer.ReferencedSOPSequence[0].RetrieveURL, headers={"Accept": DICOM}).content
    found = pydicom.dcmread(BytesIO(kept))
    assert found.PixelData == sent.PixelData
    assert found.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    for keyword in ("PatientName", "ImagePositionPatient", "OtherPatientIDsSequence", "SliceThickness", "StudyDate"):
        assert found[keyword].value == sent[keyword].value


def test_encoded_pixels_stay_as_they_came(empty: TestClient, ship: Ship) -> None:
    sent = pydicom.dcmread(ship("JPEG2000.dcm"))
    (frame,) = generate_frames(sent.PixelData, number_of_frames=1)
    kind = "image/jp2; transfer-syntax=1.2.840.10008.1.2.4.91"
    data = apart_body(
        json.dumps([described(ship("JPEG2000.dcm"))]).encode(), "application/dicom+json", pixels=(kind, frame)
    )
    status, answer = post_apart(empty, data)
    assert status == 200
    url = answer.ReferencedSOPSequence[0].RetrieveURL
    found = pydicom.dcmread(BytesIO(empty.get(url, headers={"Accept": f"{DICOM}; transfer-syntax=*"}).content))
    assert found.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.91"
    assert next(generate_frames(found.PixelData, number_of_frames=1)) == frame


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (b"[1]", "application/dicom+json"),
        (b"{", "application/dicom+json"),
        (b'[{"00080018": {"vr": "UI", "Value": 1}}]', "application/dicom+json"),
        (b'[{"00080018": {"Value": ["1.2"]}}]', "application/dicom+json"),
        (b'[{"zzz": {"vr": "UI"}}]', "application/dicom+json"),
        (b"<a", "application/dicom+xml"),
        (b"<a/>", "application/dicom+xml"),
        (b"\xff\xfe", "application/dicom+xml"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a/>', "application/dicom+xml"),
        (b"<a><DicomAttribute/></a>", "application/dicom+xml"),
        (
            b'<a><DicomAttribute tag="00280010" vr="US"><Value number="1">x</Value></DicomAttribute></a>',
            "application/dicom+xml",
        ),
    ],
)
def test_metadata_that_are_no_data_set_fail(empty: TestClient, text: bytes, kind: str) -> None:
    status, answer = post_apart(empty, apart_body(text, kind))
    assert status == 409
    assert answer.OtherFailuresSequence[0].FailureReason == 0xC000
    assert empty.get("instances").status_code == 204


def test_metadata_without_their_bulk_data_fail(empty: TestClient, ship: Ship) -> None:
    text = json.dumps([described(ship("CT_small.dcm"))]).encode()
    status, answer = post_apart(
        empty, apart_body(text, "application/dicom+json", other=("application/octet-stream", b"x"))
    )
    assert (status, answer.OtherFailuresSequence[0].ErrorComment) == (409, "Bulk data is missing.")
    wrong = ("image/jp2; transfer-syntax=1.2.3", b"x")
    assert post_apart(empty, apart_body(text, "application/dicom+json", pixels=wrong))[0] == 409


def test_metadata_of_another_study_fail(empty: TestClient, ship: Ship) -> None:
    data = apart_body(
        json.dumps(described(ship("CT_small.dcm"))).encode(),
        "application/dicom+json",
        pixels=("application/octet-stream", bytes(32768)),
    )
    status, answer = post_apart(empty, data, "studies/1.2.3")
    assert (status, answer.FailedSOPSequence[0].FailureReason) == (409, 0xA900)


def test_what_comes_apart_is_bounded(empty: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "MAX_BYTES", 100)
    data = apart_body(b"[]", "application/dicom+json", pixels=("application/octet-stream", bytes(200)))
    assert empty.post("studies", content=data, headers=RELATED).status_code == 413


def test_the_answer_is_xml_for_who_asks(empty: TestClient, ship: Ship) -> None:
    data = body(ship("CT_small.dcm").read_bytes(), b"x")
    answer = empty.post("studies", content=data, headers=RELATED | {"Accept": "application/dicom+xml"})
    assert (answer.status_code, answer.headers["content-type"]) == (202, "application/dicom+xml")
    said = from_xml(answer.content)
    assert len(said["00081199"]["Value"]) == len(said["0008119A"]["Value"]) == 1
    refused = empty.post("studies", content=data, headers=RELATED | {"Accept": "text/html"})
    assert refused.status_code == 406


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"])
def test_a_bare_data_set_is_given_its_head(empty: TestClient, ship: Ship, syntax: str) -> None:
    sent, bare = pydicom.dcmread(ship("CT_small.dcm"), stop_before_pixels=True), Dataset()
    bare.update({each.tag: each for each in sent if not each.tag.is_private})
    stream = BytesIO()
    pydicom.dcmwrite(stream, bare, implicit_vr=syntax == "1.2.840.10008.1.2", little_endian=not syntax.endswith("2.2"))
    status, _ = post(empty, stream.getvalue())
    assert status == 200
    (row,) = empty.get("instances").json()
    assert row["00083002"]["Value"] == [syntax]
    assert row["00100020"]["Value"] == ["1CT1"]


def test_files_without_preamble_or_with_half_of_it_are_taken(empty: TestClient, ship: Ship) -> None:
    data = ship("CT_small.dcm").read_bytes()
    assert post(empty, data[132:])[0] == 200
    assert post(empty, ship("MR_small.dcm").read_bytes()[128:])[0] == 200
    assert len(empty.get("instances").json()) == 2
