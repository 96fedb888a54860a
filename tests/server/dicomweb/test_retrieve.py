"""WADO-RS gives back what was stored: files, metadata, frames and pictures."""

from collections.abc import Callable
from email.parser import BytesParser
from io import BytesIO
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from starlette.testclient import TestClient

Resource = Callable[[str], str]
Ship = Callable[[str], Path]
VIEWER = {"Accept": 'multipart/related; type="application/octet-stream"; transfer-syntax=*'}


def parts_of(answer: object) -> list[tuple[str, bytes]]:
    """Return content type and bytes of every part, read by Python's own parser."""
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n"  # type: ignore[attr-defined]  # httpx's answer
    message = BytesParser().parsebytes(head.encode() + answer.content)  # type: ignore[attr-defined]
    found = []
    for part in message.get_payload():
        payload = part.get_payload(decode=True)
        found.append((part["Content-Type"], payload))
    return found


def test_an_instance_comes_back_byte_for_byte(web: TestClient, resource: Resource, ship: Ship) -> None:
    answer = web.get(resource("CT_small.dcm"), headers={"Accept": "application/dicom"})
    assert answer.headers["content-type"] == "application/dicom"
    assert answer.content == ship("CT_small.dcm").read_bytes()


@pytest.mark.parametrize("n_steps", [2, 4, 6])
def test_every_level_comes_as_parts(web: TestClient, resource: Resource, ship: Ship, n_steps: int) -> None:
    path = "/".join(resource("MR_small.dcm").split("/")[:n_steps])
    answer = web.get(path, headers={"Accept": 'multipart/related; type="application/dicom"; transfer-syntax=*'})
    assert answer.status_code == 200
    assert ship("MR_small.dcm").read_bytes() in answer.content
    assert len(parts_of(answer)) == 1


def test_nothing_is_compressed_with_loss(web: TestClient, resource: Resource) -> None:
    accept = 'multipart/related; type="application/dicom"; transfer-syntax={}'
    path = resource("JPEG2000.dcm")
    assert web.get(path, headers={"Accept": accept.format("1.2.840.10008.1.2.4.81")}).status_code == 406
    assert web.get(path, headers={"Accept": accept.format("1.2.840.10008.1.2.4.91")}).status_code == 200
    assert web.get(path, headers={"Accept": "text/html"}).status_code == 406


def test_metadata_are_the_data_set_without_its_pixels(web: TestClient, resource: Resource, ship: Ship) -> None:
    answer = web.get(resource("CT_small.dcm") + "/metadata", headers={"Accept": "application/dicom+json"})
    assert answer.headers["content-type"] == "application/dicom+json"
    found = Dataset.from_json(answer.json()[0], lambda tag, vr, uri: b"")
    expected = pydicom.dcmread(ship("CT_small.dcm"), stop_before_pixels=True)
    for keyword in ("PatientName", "Rows", "ImagePositionPatient", "RescaleIntercept", "StudyInstanceUID"):
        assert found[keyword].value == expected[keyword].value
    assert answer.json()[0]["7FE00010"]["BulkDataURI"] == (
        f"http://testserver/dicom-web/{resource('CT_small.dcm')}/bulkdata/7FE00010"
    )


def test_bulk_data_are_where_the_metadata_say(web: TestClient, resource: Resource, ship: Ship) -> None:
    (metadata,) = web.get(resource("CT_small.dcm") + "/metadata").json()
    answer = web.get(metadata["7FE00010"]["BulkDataURI"])
    assert answer.content == pydicom.dcmread(ship("CT_small.dcm")).PixelData
    assert web.get(resource("CT_small.dcm") + "/bulkdata/00091001/7").status_code == 404


@pytest.mark.parametrize("suffix", ["/metadata", "/frames/1", "/rendered", "/thumbnail"])
def test_what_a_client_has_is_not_sent_again(web: TestClient, resource: Resource, suffix: str) -> None:
    path = resource("CT_small.dcm") + suffix
    first = web.get(path)
    assert first.status_code == 200
    again = web.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert web.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert first.headers["cache-control"] == "no-store"


def test_a_native_frame_is_its_pixels(web: TestClient, resource: Resource, ship: Ship) -> None:
    ((kind, frame),) = parts_of(web.get(resource("CT_small.dcm") + "/frames/1", headers=VIEWER))
    assert kind == "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1"
    assert frame == pydicom.dcmread(ship("CT_small.dcm")).PixelData


def test_a_compressed_frame_comes_as_stored_or_decoded(web: TestClient, resource: Resource, ship: Ship) -> None:
    path = resource("JPEG2000.dcm") + "/frames/1"
    dataset = pydicom.dcmread(ship("JPEG2000.dcm"))
    ((kind, encoded),) = parts_of(web.get(path, headers=VIEWER))
    assert kind == "image/jp2; transfer-syntax=1.2.840.10008.1.2.4.91"
    assert encoded == next(iter(pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=1)))
    plain = {"Accept": 'multipart/related; type="application/octet-stream"'}
    ((kind, decoded),) = parts_of(web.get(path, headers=plain))
    assert kind == "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1"
    assert np.array_equal(np.frombuffer(decoded, "<i2").reshape(1024, 256), dataset.pixel_array)


def test_frames_come_in_the_order_asked_for(web: TestClient, resource: Resource, ship: Ship) -> None:
    path, dataset = resource("examples_ybr_color.dcm"), pydicom.dcmread(ship("examples_ybr_color.dcm"))
    parts = parts_of(web.get(path + "/frames/30,1,2", headers=VIEWER))
    frames = list(pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=30))
    assert [frame for _, frame in parts] == [frames[29], frames[0], frames[1]]


@pytest.mark.parametrize(
    ("frames", "status"), [("0", 400), ("a", 400), ("1,", 400), ("-1", 400), ("2", 404), ("1,2", 404)]
)
def test_a_frame_that_does_not_exist(web: TestClient, resource: Resource, frames: str, status: int) -> None:
    for name in ("CT_small.dcm", "JPEG2000.dcm"):
        assert web.get(f"{resource(name)}/frames/{frames}", headers=VIEWER).status_code == status


def test_an_instance_without_pixels_has_no_frames(web: TestClient, resource: Resource) -> None:
    for suffix in ("/frames/1", "/rendered", "/thumbnail"):
        assert web.get(resource("rtplan.dcm") + suffix).status_code == 404


@pytest.mark.parametrize("accept", ["text/html", 'multipart/related; type="image/png"'])
def test_a_form_of_frames_that_is_not_offered(web: TestClient, resource: Resource, accept: str) -> None:
    assert web.get(resource("CT_small.dcm") + "/frames/1", headers={"Accept": accept}).status_code == 406


def test_a_picture_is_windowed_as_the_standard_says(web: TestClient, resource: Resource, ship: Ship) -> None:
    parameters = {"window": "40,400,linear"}
    answer = web.get(resource("CT_small.dcm") + "/rendered", params=parameters, headers={"Accept": "image/png"})
    picture = imagecodecs.png_decode(answer.content)
    dataset = pydicom.dcmread(ship("CT_small.dcm"))
    values = dataset.pixel_array * float(dataset.RescaleSlope) + float(dataset.RescaleIntercept)
    # PS3.3 C.11.2.1.2.1: ((x - (c - 0.5)) / (w - 1) + 0.5) * (ymax - ymin) + ymin
    expected = np.clip(((values - 39.5) / 399 + 0.5) * 255, 0, 255)
    assert np.abs(picture - expected).max() <= 0.5 + 1e-9


def test_a_picture_fits_the_viewport_and_keeps_its_proportions(web: TestClient, resource: Resource) -> None:
    for name, shape in (("CT_small.dcm", (50, 50)), ("JPEG2000.dcm", (80, 20))):
        answer = web.get(resource(name) + "/rendered", params={"viewport": "50,80"})
        assert answer.headers["content-type"] == "image/jpeg"
        assert imagecodecs.jpeg_decode(answer.content).shape[:2] == shape


@pytest.mark.parametrize("n_steps", [2, 4, 6])
def test_every_level_has_a_picture_and_a_thumbnail(web: TestClient, resource: Resource, n_steps: int) -> None:
    path = "/".join(resource("examples_ybr_color.dcm").split("/")[:n_steps])
    assert imagecodecs.jpeg_decode(web.get(path + "/rendered").content).shape == (240, 320, 3)
    assert max(imagecodecs.jpeg_decode(web.get(path + "/thumbnail").content).shape) == 128


def test_a_frame_has_a_picture_and_a_thumbnail(web: TestClient, resource: Resource) -> None:
    path = resource("examples_ybr_color.dcm") + "/frames/2"
    assert web.get(path + "/rendered").status_code == web.get(path + "/thumbnail").status_code == 200
    assert web.get(resource("examples_ybr_color.dcm") + "/frames/31/rendered").status_code == 404


def test_a_lower_quality_takes_fewer_bytes(web: TestClient, resource: Resource) -> None:
    sizes = [len(web.get(resource("MR_small.dcm") + f"/rendered?quality={q}").content) for q in (20, 95)]
    assert sizes[0] < sizes[1]


@pytest.mark.parametrize(
    "query",
    [
        "window=1",
        "window=a,b",
        "window=1,2,cubic",
        "window=1,0",
        "viewport=0,1",
        "viewport=1",
        "quality=0",
        "viewport=99999,1",
    ],
)
def test_a_malformed_rendering_parameter_is_a_bad_request(web: TestClient, resource: Resource, query: str) -> None:
    assert web.get(f"{resource('CT_small.dcm')}/rendered?{query}").status_code == 400


@pytest.mark.parametrize("suffix", ["", "/metadata", "/frames/1", "/rendered", "/thumbnail"])
@pytest.mark.parametrize(("uids", "status"), [(("1.2.3", "1.2.3", "1.2.3"), 404), (("..", "x", "%2e%2e"), 400)])
def test_what_is_not_here(web: TestClient, suffix: str, uids: tuple[str, str, str], status: int) -> None:
    study, series, instance = uids
    path = (
        f"studies/{study}x/series/{series}/instances/{instance}{suffix}"
        if status == 400
        else (f"studies/{study}/series/{series}/instances/{instance}{suffix}")
    )
    assert web.get(path).status_code == status


@pytest.mark.parametrize("suffix", ["", "/metadata", "/frames/1", "/rendered", "/bulkdata/7FE00010"])
def test_nobody_retrieves_without_a_right(web: TestClient, resource: Resource, suffix: str) -> None:
    path = resource("CT_small.dcm") + suffix
    for credentials, status in ((None, 401), (("scanner", "correct horse battery"), 403)):
        web.auth = credentials
        assert web.get(path).status_code == status


def test_reading_leaves_no_patient_in_the_log(
    web: TestClient, resource: Resource, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        for suffix in ("", "/metadata", "/frames/1", "/rendered", "/frames/9", "/bulkdata/1"):
            web.get(resource("CT_small.dcm") + suffix)
        web.post("studies", content=b"CompressedSamples", headers={"Content-Type": "application/dicom"})
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("isocenter", "uvicorn"))]
    assert not any("CompressedSamples" in message or "1CT1" in message for message in ours)


def test_a_picture_of_a_palette_image_has_colour(web: TestClient, resource: Resource) -> None:
    answer = web.get(resource("examples_palette.dcm") + "/rendered", headers={"Accept": "image/png"})
    assert imagecodecs.png_decode(BytesIO(answer.content).getvalue()).shape[-1] == 3
