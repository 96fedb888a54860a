"""Every form a resource can be had in: transcoded, in ranges, as XML, as ZIP, by WADO-URI; and what is offered."""

import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import imagecodecs
import numpy as np
import pydicom
import pytest
from PIL import Image, ImageCms
from pydicom.data import get_testdata_file
from starlette.testclient import TestClient

from isocenter.archive.archive import Archive
from isocenter.server.department import Department
from isocenter.server.dicomweb.viewing import Views

Resource = Callable[..., str]
Ship = Callable[[str], Path]
JPEG_LS, HTJ2K, EXPLICIT = "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.1"
NATIVE = "{http://dicom.nema.org/PS3.19/models/NativeDICOM}"


@pytest.mark.parametrize("syntax", [JPEG_LS, HTJ2K, "1.2.840.10008.1.2", "1.2.840.10008.1.2.5"])
def test_an_instance_comes_in_the_transfer_syntax_asked_for(web: TestClient, resource: Resource, syntax: str) -> None:
    accept = {"Accept": f"application/dicom; transfer-syntax={syntax}"}
    answer = web.get(resource("CT_small.dcm"), headers=accept)
    assert answer.status_code == 200
    got = pydicom.dcmread(BytesIO(answer.content))
    assert got.file_meta.TransferSyntaxUID == syntax
    if syntax not in (JPEG_LS, HTJ2K):  # pydicom has no reader of its own for these
        expected = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
        np.testing.assert_array_equal(got.pixel_array, expected.pixel_array)


def test_the_accept_parameter_goes_before_the_header(web: TestClient, resource: Resource) -> None:
    url = resource("JPEG2000.dcm") + f"?accept=application/dicom;transfer-syntax={EXPLICIT}"
    answer = web.get(url, headers={"Accept": "image/png"})
    assert pydicom.dcmread(BytesIO(answer.content)).file_meta.TransferSyntaxUID == EXPLICIT


@pytest.mark.parametrize("accept", ["application/dicom; transfer-syntax=1.2.840.10008.1.2.4.50", "text/plain"])
def test_forms_that_would_lose_something_are_not_acceptable(web: TestClient, resource: Resource, accept: str) -> None:
    assert web.get(resource("CT_small.dcm"), headers={"Accept": accept}).status_code == 406


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-99", 0, 100), ("bytes=1000-", 1000, None), ("bytes=-50", -50, None), ("bytes=5-99999999", 5, None)],
)
def test_a_range_of_an_instance(
    web: TestClient, resource: Resource, ship: Ship, asked: str, start: int, end: int | None
) -> None:
    whole = ship("CT_small.dcm").read_bytes()
    headers = {"Accept": "application/dicom", "Range": asked}
    answer = web.get(resource("CT_small.dcm"), headers=headers)
    assert (answer.status_code, answer.content) == (206, whole[start:end])
    first = start % len(whole)
    assert answer.headers["content-range"] == f"bytes {first}-{first + len(answer.content) - 1}/{len(whole)}"
    other = web.get(resource("CT_small.dcm"), headers={**headers, "If-Range": '"another version"'})
    assert (other.status_code, other.content) == (200, whole)


def test_a_range_beyond_the_end(web: TestClient, resource: Resource) -> None:
    answer = web.get(resource("CT_small.dcm"), headers={"Accept": "application/dicom", "Range": "bytes=99999999-"})
    assert answer.status_code == 416


def test_a_study_comes_as_a_zip_file(web: TestClient, resource: Resource, ship: Ship) -> None:
    study = resource("CT_small.dcm").split("/series/")[0]
    answer = web.get(study, headers={"Accept": "application/zip"})
    with zipfile.ZipFile(BytesIO(answer.content)) as found:
        assert found.testzip() is None
        (name,) = found.namelist()
        assert name == "DICOM/SE000001/IM000001"
        assert found.read(name) == ship("CT_small.dcm").read_bytes()
    assert ".zip" in answer.headers["content-disposition"]


def parts_of(content: bytes, content_type: str) -> list[bytes]:
    boundary = b"--" + content_type.split("boundary=")[1].split(";")[0].strip('"').encode()
    return [part.split(b"\r\n\r\n", 1)[1].rsplit(b"\r\n", 1)[0] for part in content.split(boundary)[1:-1]]


def test_metadata_come_as_xml(web: TestClient, resource: Resource) -> None:
    accept = {"Accept": 'multipart/related; type="application/dicom+xml"'}
    answer = web.get(resource("CT_small.dcm") + "/metadata", headers=accept)
    (part,) = parts_of(answer.content, answer.headers["content-type"])
    root = ET.fromstring(part)
    by_tag = {each.get("tag"): each for each in root}
    expected = pydicom.dcmread(get_testdata_file("CT_small.dcm"), stop_before_pixels=True)
    assert by_tag["00100020"].findtext(f"{NATIVE}Value") == expected.PatientID
    assert by_tag["00100020"].get("keyword") == "PatientID"
    assert by_tag["00100010"].findtext(f".//{NATIVE}FamilyName") == expected.PatientName.family_name
    private = next(each for each in root if each.get("tag", "").startswith("0009") and each.get("privateCreator"))
    assert private.get("privateCreator", "").startswith("GEMS")
    bulk = by_tag["7FE00010"].find(f"{NATIVE}BulkData")
    assert bulk is not None
    assert bulk.get("uri", "").endswith("/bulkdata/7FE00010")
    assert len(root) == len(web.get(resource("CT_small.dcm") + "/metadata").json()[0])


def test_searches_come_as_xml(web: TestClient) -> None:
    answer = web.get("studies?limit=2", headers={"Accept": 'multipart/related; type="application/dicom+xml"'})
    parts = parts_of(answer.content, answer.headers["content-type"])
    assert len(parts) == 2
    assert all(ET.fromstring(part).tag == f"{NATIVE}NativeDicomModel" for part in parts)


Ask = Callable[..., Any]


@pytest.fixture
def uri(web: TestClient, resource: Resource) -> Ask:
    """Return a function that asks for a shipped file by WADO-URI."""

    def ask(name: str, **more: str) -> Any:
        _, study, _, series, _, instance = resource(name).split("/")[-6:]
        uids = {"studyUID": study, "seriesUID": series, "objectUID": instance}
        base = str(web.base_url).split("/dicom-web")[0]
        return web.get(f"{base}/wado", params={"requestType": "WADO", **uids, **more})

    return ask


def test_wado_uri_gives_the_file_and_a_picture(uri: Ask, ship: Ship) -> None:
    answer = uri("CT_small.dcm", contentType="application/dicom")
    assert answer.content == ship("CT_small.dcm").read_bytes()
    answer = uri("CT_small.dcm", contentType="application/dicom", transferSyntax=JPEG_LS)
    assert pydicom.dcmread(BytesIO(answer.content)).file_meta.TransferSyntaxUID == JPEG_LS
    answer = uri("CT_small.dcm", rows="64", columns="64", windowCenter="40", windowWidth="400", frameNumber="1")
    assert answer.headers["content-type"] == "image/jpeg"


def test_a_region_is_cut_out_as_it_lies(uri: Ask) -> None:
    whole = imagecodecs.png_decode(uri("CT_small.dcm", contentType="image/png").content)
    part = imagecodecs.png_decode(uri("CT_small.dcm", contentType="image/png", region="0.25,0.5,0.75,1").content)
    np.testing.assert_array_equal(part, whole[64:, 32:96])
    small = uri("CT_small.dcm", contentType="image/png", region="0.25,0.5,0.75,1", rows="32", columns="32").content
    assert imagecodecs.png_decode(small).shape == (32, 32)


def test_words_stand_in_their_corners_and_nowhere_else(web: TestClient, resource: Resource) -> None:
    path = resource("CT_small.dcm") + "/rendered?viewport=512,512"

    def picture(annotation: str) -> np.ndarray:
        answer = web.get(f"{path}&annotation={annotation}", headers={"Accept": "image/png"})
        return imagecodecs.png_decode(answer.content).astype(int)

    plain = picture("")
    patient, technique, both = (picture(each) != plain for each in ("patient", "technique", "patient,technique"))
    assert patient[:128].any()
    assert not patient[128:].any()
    assert technique[300:].any()
    assert not technique[:300].any()
    np.testing.assert_array_equal(both, patient | technique)


def test_words_follow_corrections(filled: Department, web: TestClient, resource: Resource) -> None:
    path = resource("MR_small.dcm") + "/rendered?annotation=patient"
    before = web.get(path).content
    study = path.split("studies/")[1].split("/")[0]
    corrections = filled.archive.corrections
    change = corrections.correct("ada", {"StudyInstanceUID": [study]}, {"PatientName": "Somebody^Else"}, reason="x")
    try:
        assert web.get(path).content != before
    finally:
        corrections.undo("ada", change.sequence, reason="x")
    assert web.get(path).content == before


@pytest.mark.parametrize("media", ["image/png", "image/jpeg", "image/webp"])
def test_colours_come_in_the_space_asked_for(web: TestClient, resource: Resource, media: str) -> None:
    path, accept = resource("examples_palette.dcm") + "/rendered?quality=100&iccprofile=", {"Accept": media}
    plain = Image.open(BytesIO(web.get(path + "no", headers=accept).content))
    assert "icc_profile" not in plain.info
    for space in ("yes", "srgb", "adobergb", "displayp3", "rommrgb"):
        shown = Image.open(BytesIO(web.get(path + space, headers=accept).content))
        own = ImageCms.ImageCmsProfile(BytesIO(shown.info["icc_profile"]))
        back = ImageCms.profileToProfile(shown.convert("RGB"), own, ImageCms.createProfile("sRGB"), renderingIntent=1)
        difference = np.abs(np.asarray(back).astype(int) - np.asarray(plain.convert("RGB")).astype(int))
        assert difference.mean() < 2, space
        if space not in ("yes", "srgb"):
            assert np.abs(np.asarray(shown.convert("RGB")).astype(int) - np.asarray(plain.convert("RGB"))).max() > 3
    grey = web.get(resource("CT_small.dcm") + "/rendered?iccprofile=srgb", headers=accept)
    assert "icc_profile" not in Image.open(BytesIO(grey.content)).info
    assert web.get(path + "srgb", headers={"Accept": "image/gif"}).status_code == 400


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"requestType": "OTHER"}, 400),
        ({"anonymize": "yes"}, 415),
        ({"contentType": "video/mpeg"}, 415),
        ({"studyUID": ""}, 400),
        ({"objectUID": "1.2.3"}, 404),
        ({"frameNumber": "99"}, 404),
        ({"windowCenter": "a", "windowWidth": "b"}, 400),
        ({"rows": "0"}, 400),
        ({"region": "0,0,1.5,0.5"}, 400),
        ({"region": "0.5,0,0.4,1"}, 400),
        ({"annotation": "everything"}, 400),
        ({"windowCenter": "40"}, 400),
    ],
)
def test_wado_uri_says_what_is_wrong(uri: Ask, more: dict[str, str], status: int) -> None:
    assert uri("CT_small.dcm", **more).status_code == status


def test_the_service_says_what_it_offers(web: TestClient) -> None:
    told = web.get("./", headers={"Accept": "application/json"}).json()
    offered = {(each["path"], method) for each in told["resources"] for method in each["methods"]}
    assert {("/studies", "GET"), ("/studies", "POST"), ("/studies/{study}/metadata", "GET")} <= offered
    assert all(each["summary"] for each in told["resources"])
    wadl = web.get("./", headers={"Accept": "application/vnd.sun.wadl+xml"})
    assert ET.fromstring(wadl.content).tag.endswith("application")


def test_nobody_gets_any_form_without_a_right(web: TestClient, resource: Resource, uri: Ask) -> None:
    web.auth = None
    assert uri("CT_small.dcm").status_code == 401
    assert web.get(resource("CT_small.dcm"), headers={"Accept": "application/zip"}).status_code == 401
    assert web.get("./").status_code == 401


def test_an_object_without_pixels_is_never_compressed(web: TestClient, resource: Resource) -> None:
    accept = {"Accept": f"application/dicom; transfer-syntax={JPEG_LS}"}
    got = pydicom.dcmread(BytesIO(web.get(resource("rtplan.dcm"), headers=accept).content))
    assert got.file_meta.TransferSyntaxUID == EXPLICIT


def test_a_range_that_ends_before_it_begins_is_no_range(web: TestClient, resource: Resource) -> None:
    answer = web.get(resource("CT_small.dcm"), headers={"Accept": "application/dicom", "Range": "bytes=9-5"})
    assert answer.status_code == 200


def test_a_viewport_shows_a_part_of_the_image(web: TestClient, resource: Resource) -> None:
    def picture(viewport: str) -> np.ndarray:
        url = f"{resource('CT_small.dcm')}/rendered?window=40,400,linear&viewport={viewport}"
        answer = web.get(url, headers={"Accept": "image/png"})
        assert answer.status_code == 200, answer.text
        return np.asarray(imagecodecs.png_decode(answer.content))

    whole = picture("128,128")
    np.testing.assert_array_equal(picture("32,16,10,20,32,16"), whole[20:36, 10:42])
    np.testing.assert_array_equal(picture("32,16,10,20,-32,-16"), whole[20:36, 10:42][::-1, ::-1])
    assert web.get(f"{resource('CT_small.dcm')}/rendered?viewport=32,32,500,500,10,10").status_code == 400
    assert web.get(f"{resource('CT_small.dcm')}/rendered?viewport=32,32,junk").status_code == 400


def test_who_looks_at_a_study_is_noted_once(web: TestClient, resource: Resource, filled: Department) -> None:
    def views() -> list[str]:
        return [entry.target for entry in filled.audit.entries(limit=100_000) if entry.action == "view"]

    path = resource("MR_small.dcm")
    study = path.split("/")[1]
    web.app.state.views = Views()  # type: ignore[attr-defined]  # Starlette's state
    before = views().count(study)
    for suffix in ("/metadata", "/frames/1", "/rendered", "/thumbnail"):
        assert web.get(path + suffix).status_code == 200
    assert views().count(study) == before + 1


LOSSLESS = {
    "image/jpeg": ("1.2.840.10008.1.2.4.70", imagecodecs.ljpeg_decode),
    "image/jls": ("1.2.840.10008.1.2.4.80", imagecodecs.jpegls_decode),
    "image/jp2": ("1.2.840.10008.1.2.4.90", imagecodecs.jpeg2k_decode),
    "image/jphc": ("1.2.840.10008.1.2.4.201", imagecodecs.htj2k_decode),
}


@pytest.mark.parametrize("media", LOSSLESS)
def test_a_frame_comes_alone_in_the_media_type_asked_for(
    web: TestClient, resource: Resource, ship: Ship, media: str
) -> None:
    syntax, decode = LOSSLESS[media]
    expected = pydicom.dcmread(ship("CT_small.dcm")).pixel_array
    for accept in (media, f"{media};transfer-syntax={syntax}", f'application/octet-stream;transfer-syntax="{syntax}"'):
        answer = web.get(resource("CT_small.dcm") + "/frames/1", headers={"Accept": accept})
        assert answer.status_code == 200
        assert answer.headers["content-type"] == f"{media}; transfer-syntax={syntax}"
        np.testing.assert_array_equal(decode(answer.content).astype("i2").reshape(128, 128), expected)
    parts = web.get(resource("CT_small.dcm") + "/frames/1", headers={"Accept": f'multipart/related; type="{media}"'})
    assert answer.content in parts.content
    assert f'type="{media}"' in parts.headers["content-type"]


def test_octets_of_one_frame_come_alone_and_of_several_do_not(web: TestClient, resource: Resource, ship: Ship) -> None:
    answer = web.get(resource("CT_small.dcm") + "/frames/1", headers={"Accept": "application/octet-stream"})
    assert answer.content == pydicom.dcmread(ship("CT_small.dcm")).PixelData
    several = resource("examples_ybr_color.dcm") + "/frames/1,2"
    assert web.get(several, headers={"Accept": "application/octet-stream"}).status_code == 406
    assert web.get(several, headers={"Accept": "application/octet-stream, */*;q=0.1"}).status_code == 200


@pytest.mark.parametrize("accept", ["image/jpeg;transfer-syntax=1.2.840.10008.1.2.4.50", "image/tiff", "image/jls;q=0"])
def test_a_frame_is_never_given_with_loss_or_unasked(web: TestClient, resource: Resource, accept: str) -> None:
    assert web.get(resource("CT_small.dcm") + "/frames/1", headers={"Accept": accept}).status_code == 406


def test_what_is_refused_is_not_sent(web: TestClient, resource: Resource) -> None:
    answer = web.get(resource("CT_small.dcm") + "/rendered", headers={"Accept": "image/jpeg;q=0, */*"})
    assert answer.headers["content-type"] == "image/png"


def test_pixel_data_are_all_frames_with_their_places(web: TestClient, resource: Resource, ship: Ship) -> None:
    path, dataset = resource("examples_ybr_color.dcm"), pydicom.dcmread(ship("examples_ybr_color.dcm"))
    answer = web.get(path + "/pixeldata", headers={"Accept": 'multipart/related; type="*/*"; transfer-syntax=*'})
    frames = list(pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=30))
    assert all(frame in answer.content for frame in frames)
    assert answer.content.count(b"Content-Location: ") == 30
    assert f"/{path.rstrip('/')}/frames/30\r\n".encode() in answer.content
    study = web.get(path.split("/series/")[0] + "/pixeldata", headers={"If-None-Match": answer.headers["etag"]})
    assert study.status_code == 200
    assert web.get(resource("rtplan.dcm") + "/pixeldata").status_code == 404


def test_parts_say_where_they_are(empty: TestClient, ship: Ship, file_with: Callable[..., bytes]) -> None:
    for uid in ("1.2.3.1", "1.2.3.2"):
        file = file_with(ship("CT_small.dcm"), SOPInstanceUID=uid)
        assert empty.post("studies", content=file, headers={"Content-Type": "application/dicom"}).status_code == 200
    study = pydicom.dcmread(ship("CT_small.dcm"), stop_before_pixels=True).StudyInstanceUID
    places = re.findall(rb"Content-Location: (\S+)", empty.get(f"studies/{study}").content)
    assert sorted(place.rpartition(b"/")[2] for place in places) == [b"1.2.3.1", b"1.2.3.2"]
    one = places[0].decode()
    assert empty.get(one, headers={"Accept": "application/dicom"}).status_code == 200
    frames = re.findall(rb"Content-Location: (\S+)", empty.get(one + "/frames/1,1").content)
    assert [frame.decode() for frame in frames] == [one + "/frames/1"] * 2
    assert empty.get(frames[0].decode()).status_code == 200


def test_bulk_data_come_together_and_in_ranges(web: TestClient, resource: Resource, ship: Ship) -> None:
    pixels = pydicom.dcmread(ship("CT_small.dcm")).PixelData
    path = resource("CT_small.dcm")
    every = web.get(path + "/bulkdata")
    assert pixels in every.content
    assert f"Content-Location: http://testserver/dicom-web/{path}/bulkdata/7FE00010\r\n".encode() in every.content
    part = web.get(path + "/bulkdata/7FE00010", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, pixels[10:20])
    again = web.get(path + "/bulkdata/7FE00010", headers={"If-None-Match": part.headers["etag"]})
    assert again.status_code == 304
    assert web.get(path + "/bulkdata/7FE00010", headers={"Accept": "image/png"}).status_code == 406
    for wrong in ("7FE00010/0", "00100010", "../../etc", "7FE0001"):
        assert web.get(f"{path}/bulkdata/{wrong}").status_code in (400, 404)


def test_pictures_come_as_parts_as_webp_and_moving(web: TestClient, resource: Resource) -> None:
    path = resource("examples_ybr_color.dcm")
    answer = web.get(path + "/frames/1,30/rendered", headers={"Accept": 'multipart/related; type="image/png"'})
    assert answer.content.count(b"\x89PNG") == 2
    assert f"{path}/frames/30/rendered".encode() in answer.content
    study = web.get(path.split("/series/")[0] + "/rendered", headers={"Accept": 'multipart/related; type="image/jpeg"'})
    assert study.content.count(b"Content-Location: ") == 30
    moving = imagecodecs.gif_decode(web.get(path + "/rendered", headers={"Accept": "image/gif"}).content)
    still = imagecodecs.webp_decode(web.get(path + "/rendered", headers={"Accept": "image/webp"}).content)
    assert moving.shape == (30, *still.shape)
    assert np.abs(moving[15].astype(int) - still).mean() < 30
    assert web.get(path + "/rendered?iccprofile=cmyk").status_code == 400
    none = web.get(resource("rtplan.dcm") + "/rendered", headers={"Accept": 'multipart/related; type="image/jpeg"'})
    assert none.status_code == 404


def test_text_is_compressed_for_who_takes_that(web: TestClient, resource: Resource) -> None:
    path = resource("CT_small.dcm") + "/metadata"
    plain = web.get(path, headers={"Accept-Encoding": "identity"})
    packed = web.get(path, headers={"Accept-Encoding": "gzip"})
    assert (packed.headers["content-encoding"], packed.json()) == ("gzip", plain.json())
    assert int(packed.headers["content-length"]) < len(plain.content)
    assert "Accept-Encoding" in packed.headers["vary"]
    assert web.get(path, headers={"Accept-Encoding": "gzip;q=0"}).headers.get("content-encoding") is None
    assert web.get(path, headers={"If-None-Match": packed.headers["etag"]}).status_code == 304
    zstd = web.get(path, headers={"Accept-Encoding": "zstd, gzip"})
    assert zstd.headers["content-encoding"] == "zstd"


def test_a_document_is_given_as_it_is(
    empty: TestClient, empty_archive: Archive, file_with: Callable[..., bytes]
) -> None:
    data = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
    del data.PixelData
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.104.1"
    data.EncapsulatedDocument, data.MIMETypeOfEncapsulatedDocument = b"%PDF-1.4 report\0", "application/pdf"
    stream = BytesIO()
    data.save_as(stream)
    incoming = empty_archive.receive(origin="test")
    incoming.write(stream.getvalue())
    stored = incoming.commit()
    path = f"studies/{stored.study_uid}/series/{stored.series_uid}/instances/{stored.instance_uid}/rendered"
    answer = empty.get(path, headers={"Accept": "application/pdf"})
    assert (answer.headers["content-type"], answer.content) == ("application/pdf", b"%PDF-1.4 report")
    assert empty.get(path, headers={"Accept": "image/png"}).status_code == 406


def test_damaged_bytes_are_an_error_for_frames_and_pictures_too(
    empty: TestClient, empty_archive: Archive, ship: Ship, tmp_path: Path
) -> None:
    incoming = empty_archive.receive(origin="test")
    incoming.write(ship("CT_small.dcm").read_bytes())
    stored = incoming.commit()
    (instance,) = empty_archive.instances(stored.study_uid)
    (segment,) = (tmp_path / "archive" / "segments").rglob("*.tar")
    with segment.open("r+b") as stream:
        stream.seek(instance.place.offset + instance.place.size_bytes - 500)
        stream.write(b"\xaa")
    path = f"studies/{stored.study_uid}/series/{stored.series_uid}/instances/{stored.instance_uid}"
    for resource in ("/frames/1", "/rendered", "/bulkdata/7FE00010", "/pixeldata"):
        assert empty.get(path + resource).status_code in (404, 500)


def test_a_frame_comes_range_by_range_by_resolution(web: TestClient, resource: Resource, ship: Ship) -> None:
    path = resource("CT_small.dcm") + "/frames/1"
    wanted = {"Accept": "image/jphc; transfer-syntax=1.2.840.10008.1.2.4.202"}
    first = web.get(path, headers={**wanted, "Range": "bytes=0-999"})
    assert (first.status_code, len(first.content)) == (206, 1000)
    assert first.headers["content-type"] == "image/jphc; transfer-syntax=1.2.840.10008.1.2.4.202"
    n_bytes = int(first.headers["content-range"].split("/")[1])
    rest = web.get(path, headers={**wanted, "Range": f"bytes=1000-{n_bytes}", "If-Range": first.headers["etag"]})
    whole = first.content + rest.content
    assert (rest.status_code, len(whole)) == (206, n_bytes)
    assert np.array_equal(imagecodecs.htj2k_decode(whole), pydicom.dcmread(ship("CT_small.dcm")).pixel_array)
    other = web.get(path, headers={**wanted, "Range": "bytes=1000-", "If-Range": '"another version"'})
    assert (other.status_code, other.content) == (200, whole)
    assert web.get(path, headers={**wanted, "Range": f"bytes={n_bytes}-"}).status_code == 416
