"""DICOMweb: store, search, retrieve, and the right answer to what is wrong."""

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.encaps import generate_frames
from starlette.testclient import TestClient

from isocenter.archive.store import ObjectWriter
from isocenter.dicom.example_files import example_files
from isocenter.protocols.multipart import MultipartReader, PartData, PartEnd, PartStart, boundary_of
from isocenter.server.department import open_department
from isocenter.server.settings import Settings
from isocenter.server.web.app import create_app

ROOT = "/dicom-web"
PASSWORD = "correct horse battery"
FILES = {path.name: path for path in example_files()}


def stow(client: TestClient, *contents: bytes, path: str = f"{ROOT}/studies", boundary: str = "edge") -> object:
    parts = b"".join(b"--edge\r\nContent-Type: application/dicom\r\n\r\n" + content + b"\r\n" for content in contents)
    kind = f'multipart/related; type="application/dicom"; boundary={boundary}'
    return client.post(path, content=parts + b"--edge--\r\n", headers={"Content-Type": kind})


def parts_of(answer: object) -> list[tuple[dict[str, str], bytes]]:
    reader = MultipartReader(boundary_of(answer.headers["content-type"]))  # type: ignore[attr-defined] # a response
    found: list[tuple[dict[str, str], bytes]] = []
    for event in reader.feed(answer.content):  # type: ignore[attr-defined] # a response
        if isinstance(event, PartStart):
            found.append((dict(event.headers), b""))
        elif isinstance(event, PartData):
            found[-1] = (found[-1][0], found[-1][1] + event.data)
        else:
            assert isinstance(event, PartEnd)
    reader.close()
    return found


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, accounts_file: Path) -> Iterator[TestClient]:
    """Yield a signed-in client of an archive that holds the example files; its tests only read."""
    root = tmp_path_factory.mktemp("department")
    shutil.copy(accounts_file, root)
    department = open_department(Settings(data_dir=root))
    with TestClient(create_app(department), raise_server_exceptions=False) as opened:
        opened.auth = ("ada", PASSWORD)
        answer = stow(opened, *(path.read_bytes() for path in FILES.values()))
        assert answer.status_code == 200  # type: ignore[attr-defined] # a response
        yield opened
    department.close()


def address(name: str) -> str:
    dataset = pydicom.dcmread(FILES[name], stop_before_pixels=True)
    uids = dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SOPInstanceUID
    return f"{ROOT}/studies/{uids[0]}/series/{uids[1]}/instances/{uids[2]}"


def test_what_is_stored_comes_back_as_it_was(filled: TestClient) -> None:
    for name, path in FILES.items():
        (headers, content), *others = parts_of(filled.get(address(name)))
        assert headers["content-type"].startswith("application/dicom; transfer-syntax=")
        assert content == path.read_bytes()
        assert not others
        single = filled.get(address(name), headers={"Accept": "application/dicom"})
        assert single.content == path.read_bytes()


def test_each_instance_is_answered_by_itself(ada: TestClient) -> None:
    good, bad = FILES["CT_small.dcm"].read_bytes(), b"not DICOM at all" * 20
    answer = stow(ada, good, bad, good[:3000])
    assert answer.status_code == 202  # type: ignore[attr-defined] # a response
    body = answer.json()  # type: ignore[attr-defined] # a response
    assert len(body["00081199"]["Value"]) == 1
    failed = [item for tag in ("00081198", "0008119A") if tag in body for item in body[tag]["Value"]]
    assert [item["00081197"]["Value"] for item in failed] == [[0xC000], [0xC000]]
    assert stow(ada, bad).status_code == 409  # type: ignore[attr-defined] # a response
    assert stow(ada, good).status_code == 200  # type: ignore[attr-defined] # a response


def test_bodies_that_break_the_form_are_refused(ada: TestClient) -> None:
    good = FILES["CT_small.dcm"].read_bytes()
    assert stow(ada, good, boundary="other").status_code == 400  # type: ignore[attr-defined] # a response
    for kind in ("text/plain", "multipart/related", "multipart/related; boundary=\x01"):
        answer = ada.post(f"{ROOT}/studies", content=good, headers={"Content-Type": kind})
        assert answer.status_code in (400, 415)
    assert ada.get(f"{ROOT}/studies").status_code == 204


def test_an_instance_of_another_study_is_refused(ada: TestClient) -> None:
    good = FILES["CT_small.dcm"].read_bytes()
    assert stow(ada, good, path=f"{ROOT}/studies/1.2.3").status_code == 409  # type: ignore[attr-defined] # a response


def test_a_full_disk_is_507_and_leaves_nothing(
    ada: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: ObjectWriter) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    good = FILES["CT_small.dcm"].read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("os.fdatasync", lambda _: full(None))  # type: ignore[arg-type] # only raises
        answer = stow(ada, good)
    assert answer.status_code == 507, answer.text  # type: ignore[attr-defined] # a response
    assert ada.get(f"{ROOT}/studies").status_code == 204
    assert stow(ada, good).status_code == 200  # type: ignore[attr-defined] # a response


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 10),
        ("PatientName=compressedsamples*", 4),
        ("PatientID=1CT1", 1),
        ("00100020=1CT1", 1),
        ("StudyDate=20040101-20041231", 4),
        ("ModalitiesInStudy=CT", 1),
        ("PatientName=comp%20mr&fuzzymatching=true", 1),
        ("limit=3", 3),
        ("limit=3&offset=9", 1),
    ],
)
def test_studies_are_found(filled: TestClient, query: str, count: int) -> None:
    assert len(filled.get(f"{ROOT}/studies?{query}").json()) == count


def test_pages_do_not_overlap(filled: TestClient) -> None:
    everything = [s["0020000D"]["Value"][0] for s in filled.get(f"{ROOT}/studies").json()]
    pages = [filled.get(f"{ROOT}/studies?limit=4&offset={start}").json() for start in (0, 4, 8)]
    assert [s["0020000D"]["Value"][0] for page in pages for s in page] == everything


@pytest.mark.parametrize("query", ["NoSuchKeyword=1", "limit=-1", "limit=x", "StudyDate=today", "StudyInstanceUID=abc"])
def test_malformed_searches_are_400(filled: TestClient, query: str) -> None:
    assert filled.get(f"{ROOT}/studies?{query}").status_code == 400


def test_metadata_name_bulk_data_that_can_be_fetched(filled: TestClient) -> None:
    answer = filled.get(address("CT_small.dcm") + "/metadata")
    dataset = answer.json()[0]
    expected = pydicom.dcmread(FILES["CT_small.dcm"])
    assert dataset["00280010"]["Value"] == [128]
    assert dataset["00100010"]["Value"][0]["Alphabetic"] == "CompressedSamples^CT1"
    assert filled.get(dataset["7FE00010"]["BulkDataURI"]).content == expected.PixelData
    again = filled.get(address("CT_small.dcm") + "/metadata", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("name", ["CT_small.dcm", "MR_small.dcm", "examples_jpeg2k.dcm", "examples_ybr_color.dcm"])
def test_frames_are_the_pixels(filled: TestClient, name: str) -> None:
    dataset = pydicom.dcmread(FILES[name])
    native = parts_of(filled.get(address(name) + "/frames/1"))[0]
    stored = "multipart/related; type=application/octet-stream; transfer-syntax=*"
    encoded = parts_of(filled.get(address(name) + "/frames/1", headers={"Accept": stored}))[0]
    assert "1.2.840.10008.1.2.1" in native[0]["content-type"]
    if dataset.file_meta.TransferSyntaxUID.is_compressed:
        assert str(dataset.file_meta.TransferSyntaxUID) in encoded[0]["content-type"]
        frames = generate_frames(dataset.PixelData, number_of_frames=int(dataset.get("NumberOfFrames", 1)))
        assert encoded[1] == next(frames)
        assert len(native[1]) == dataset.Rows * dataset.Columns * dataset.SamplesPerPixel
    else:
        assert native[1] == encoded[1] == dataset.PixelData


@pytest.mark.parametrize(
    ("media", "decode"), [("image/png", imagecodecs.png_decode), ("image/jpeg", imagecodecs.jpeg_decode)]
)
def test_a_frame_is_rendered_at_the_size_asked_for(filled: TestClient, media: str, decode: object) -> None:
    url = address("CT_small.dcm") + "/rendered?viewport=64,64"
    picture = decode(filled.get(url, headers={"Accept": media}).content)  # type: ignore[operator] # one of two decoders
    assert picture.shape[:2] == (64, 64)
    assert np.ptp(picture) > 100
    dark = filled.get(url + "&window=5000,10,linear", headers={"Accept": "image/png"}).content
    assert imagecodecs.png_decode(dark).max() == 0


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/frames/0", 400),
        ("/frames/x", 400),
        ("/frames/2", 404),
        ("/rendered?viewport=0,5", 400),
        ("/rendered?window=1", 400),
        ("/bulkdata/00100010", 404),
        ("/bulkdata/7FE00010/0", 404),
    ],
)
def test_what_is_not_there_or_makes_no_sense_is_said(filled: TestClient, path: str, status: int) -> None:
    assert filled.get(address("CT_small.dcm") + path).status_code == status


def test_unknown_and_malformed_uids(filled: TestClient) -> None:
    assert filled.get(f"{ROOT}/studies/1.2.3/metadata").status_code == 404
    assert filled.get(f"{ROOT}/studies/abc/metadata").status_code == 400
    assert filled.get(address("CT_small.dcm"), headers={"Accept": "image/gif"}).status_code == 406
    assert filled.get(address("rtplan.dcm") + "/rendered").status_code in (404, 422)


def test_roles_decide_who_stores(client: TestClient) -> None:
    client.auth = ("rita", PASSWORD)
    assert stow(client, FILES["CT_small.dcm"].read_bytes()).status_code == 403  # type: ignore[attr-defined] # a response
    assert client.get(f"{ROOT}/studies").status_code == 204
