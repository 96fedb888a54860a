"""Views drawn by the server, against phantoms whose values, places and lengths are known."""

from __future__ import annotations

import threading
from collections.abc import Callable
from io import BytesIO
from typing import Any, TypeAlias

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from starlette.testclient import TestClient

from isocenter.analysis.rendering.volume import Volume
from isocenter.core.errors import DataError, TooLargeError
from isocenter.core.grid import Grid
from isocenter.dicom.rendering import Window
from isocenter.server.department import Department
from isocenter.server.views.kept_volumes import Volumes
from isocenter.server.views.parameters import turned
from isocenter.server.views.volume_of_series import SeriesVolume

STUDY, SERIES = "1.2.3", "1.2.3.1"
VIEWS = f"/api/views/studies/{STUDY}/series/{SERIES}"
PLANE, BODY = f"{VIEWS}/plane", f"{VIEWS}/body"
PNG, SAMPLES = {"Accept": "image/png"}, {"Accept": "application/octet-stream"}
BLANK = np.zeros((50, 40))
Grey: TypeAlias = np.ndarray[Any, Any]
CT = "1.2.840.10008.5.1.4.1.1.2"
AXES = np.linalg.qr(np.random.default_rng(3).standard_normal((3, 3)))[0]
OBLIQUE = AXES * np.sign(np.linalg.det(AXES))
STRAIGHT = np.eye(3)
# Anisotropic: columns 0.8 mm, rows 0.6 mm, slices 2.5 mm apart.
STEPS_MM = np.array([0.8, 0.6, 2.5])
CORNER_MM = np.array([-30.0, 12.0, 55.0])


def slice_file(
    stored: Grey,
    axes: Grey,
    index: float,
    number: int,
    series: str = SERIES,
    **values: Any,
) -> bytes:
    """Return one CT slice as a file; HU = stored - 1000."""
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = CT, f"{series}.{number}"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.Modality = STUDY, series, "CT"
    dataset.PatientID, dataset.PatientName, dataset.FrameOfReferenceUID = "P", "A^B", "1.2.9"
    dataset.InstanceNumber = number
    dataset.Rows, dataset.Columns = stored.shape
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation, dataset.SamplesPerPixel = 15, 0, 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.RescaleSlope, dataset.RescaleIntercept, dataset.RescaleType = 1, -1000, "HU"
    dataset.PixelSpacing = [STEPS_MM[1], STEPS_MM[0]]
    dataset.ImageOrientationPatient = [f"{v:.10f}" for v in axes[:, :2].T.ravel()]
    dataset.ImagePositionPatient = [f"{v:.10f}" for v in CORNER_MM + axes[:, 2] * STEPS_MM[2] * index]
    dataset.PixelData = stored.astype("<u2").tobytes()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    stream = BytesIO()
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()


def keep(department: Department, content: bytes) -> None:
    incoming = department.archive.receive(origin="test")
    incoming.write(content)
    incoming.commit()


def positions(axes: Grey, shape: tuple[int, int, int]) -> Grey:
    z, y, x = np.indices(shape)
    return CORNER_MM + np.stack([x, y, z], -1) * STEPS_MM @ axes.T


def store_field(department: Department, axes: Grey, field: Callable[[Any], Any], shape: Any = (20, 50, 40)) -> None:
    stored = np.round(field(positions(axes, shape)) + 1000)
    for index, plane in enumerate(stored):
        keep(department, slice_file(plane, axes, index, 100 - index))  # numbers run against the positions


def linear(at: Any) -> Any:
    return at @ np.array([3.0, -5.0, 4.0])


def samples(client: TestClient, **query: Any) -> Grey:
    answer = client.get(
        PLANE,
        params=query,
        headers=SAMPLES,
    )
    assert answer.status_code == 200, answer.text
    width, height = (int(part) for part in answer.headers["x-size"].split(","))
    return np.frombuffer(answer.content, "<f4").reshape(height, width)


def listed(vector: Any) -> str:
    return ",".join(f"{float(v):.12g}" for v in vector)


@pytest.mark.parametrize("axes", [STRAIGHT, OBLIQUE])
def test_values_and_places_are_true_on_an_oblique_plane(ada: TestClient, department: Department, axes: Any) -> None:
    store_field(department, axes, linear)
    middle = CORNER_MM + axes @ (STEPS_MM * [19.5, 24.5, 9.5])
    row, column = OBLIQUE.T[1], OBLIQUE.T[2]
    origin = middle - 4 * row - 4 * column
    found = samples(ada, origin=listed(origin), row=listed(row), column=listed(column), spacing="1", size="9,9")
    down, across = np.indices((9, 9))
    expected = linear(origin + down[..., None] * column + across[..., None] * row)
    np.testing.assert_allclose(found, expected, atol=0.51)  # stored values are whole HU
    assert ada.get(VIEWS).json()["unit"]["symbol"] == "HU"


@pytest.mark.parametrize("axes", [STRAIGHT, OBLIQUE])
@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_a_marker_is_found_where_it_is(ada: TestClient, department: Department, axes: Any, plane: str) -> None:
    marker = CORNER_MM + axes @ (STEPS_MM * [22.3, 20.8, 11.4])

    def soft_ball(at: Any) -> Any:
        return 2000 * np.exp(-np.sum((at - marker) ** 2, axis=-1) / (2 * 3.0**2)) - 1000

    store_field(department, axes, soft_ball, (24, 60, 50))
    answer = ada.get(
        PLANE,
        params={"plane": plane, "slab": "1000", "projection": "max", "size": "300,300"},
        headers=SAMPLES,
    )
    picture = np.nan_to_num(np.frombuffer(answer.content, "<f4").reshape(300, 300), nan=-1000) + 1000
    row, column, origin = (
        np.array([float(v) for v in answer.headers[f"x-{n}"].split(",")]) for n in ("row", "column", "origin")
    )
    spacing = float(answer.headers["x-spacing"].split(",")[0])
    weight = np.where(picture > 200, picture, 0)
    rows, columns = np.indices(picture.shape)
    found = (
        origin
        + row * spacing * (columns * weight).sum() / weight.sum()
        + column * spacing * (rows * weight).sum() / weight.sum()
    )
    in_plane = (found - marker) @ np.stack([row, column]).T
    assert np.abs(in_plane).max() < 0.1  # mm


def test_pictures_come_in_the_form_asked_for(ada: TestClient, department: Department) -> None:
    store_field(department, STRAIGHT, linear)
    address = PLANE
    decoders = {
        "image/png": imagecodecs.png_decode,
        "image/jpeg": imagecodecs.jpeg8_decode,
        "image/webp": imagecodecs.webp_decode,
    }
    for media, decode in decoders.items():
        answer = ada.get(address, params={"size": "64,48"}, headers={"Accept": media})
        assert answer.headers["content-type"] == media
        assert decode(answer.content).shape[:2] == (48, 64)
    assert ada.get(address, headers={"Accept": "text/html"}).status_code == 406
    etag = ada.get(address).headers["etag"]
    assert ada.get(address, headers={"If-None-Match": etag}).status_code == 304


def test_the_window_is_that_of_the_standard(ada: TestClient, department: Department) -> None:
    store_field(department, STRAIGHT, linear)
    query = {"plane": "axial", "window": "100,200,linear", "size": "40,30"}
    shown = imagecodecs.png_decode(ada.get(PLANE, params=query, headers=PNG).content)
    values = samples(ada, plane="axial", size="40,30")
    expected = np.clip((values - 99.5) / 199 + 0.5, 0, 1) * 255  # PS3.3 sec. C.11.2.1.2.1
    np.testing.assert_allclose(shown, np.nan_to_num(expected), atol=0.51)


def test_function_lies_over_anatomy_where_it_belongs(ada: TestClient, department: Department) -> None:
    """Two series of other geometry in one frame of reference: the hot spot must be over the marker."""
    store_field(department, STRAIGHT, lambda at: np.zeros(at.shape[:-1]), (24, 60, 50))
    spot = CORNER_MM + STEPS_MM * [30.0, 22.0, 9.0]
    indices = np.stack(np.indices((24, 60, 50))[::-1], -1)
    at = spot + (indices - [25, 30, 12]) * STEPS_MM @ OBLIQUE.T  # another series, around the spot
    for index, plane in enumerate(2000 * np.exp(-np.sum((at - spot) ** 2, -1) / 18)):
        place = {"ImagePositionPatient": [f"{v:.9f}" for v in at[index, 0, 0]]}
        keep(department, slice_file(np.round(plane), OBLIQUE, index, index + 1, "1.2.3.2", **place))
    query = {"plane": "axial", "offset": f"{spot[2] - (CORNER_MM[2] + 11.5 * 2.5):.6f}", "size": "200,200"}
    query |= {"window": "0,100", "overlay": f"{STUDY}/1.2.3.2", "overlay-window": "0,2000", "opacity": "1"}
    answer = ada.get(PLANE, params=query, headers=PNG)
    picture = imagecodecs.png_decode(answer.content).astype(float)
    heat = picture[..., 0] - picture[..., 2]
    assert heat.max() > 200
    rows, columns = np.indices(heat.shape)
    hot = np.where(heat > 150, 1.0, 0.0)
    left, top = (float(v) for v in answer.headers["x-origin"].split(",")[:2])
    spacing = float(answer.headers["x-spacing"].split(",")[0])
    found = left + spacing * (columns * hot).sum() / hot.sum(), top + spacing * (rows * hot).sum() / hot.sum()
    assert found == pytest.approx(spot[:2], abs=0.1)  # mm


def test_series_of_another_frame_are_refused_as_overlay(ada: TestClient, department: Department) -> None:
    store_field(department, STRAIGHT, linear)
    for index in range(3):
        keep(
            department,
            slice_file(BLANK, STRAIGHT, index, index + 1, "1.2.3.2", FrameOfReferenceUID="1.2.8"),
        )
    answer = ada.get(PLANE, params={"overlay": f"{STUDY}/1.2.3.2"})
    assert (answer.status_code, answer.json()["field"]) == (422, "FrameOfReferenceUID")


def test_a_body_is_seen_from_where_one_stands() -> None:
    np.testing.assert_allclose(turned(0, 0), [[1, 0, 0], [0, 0, -1]], atol=1e-12)  # from in front, the head up
    row, column = turned(np.pi / 2, 0)
    np.testing.assert_allclose(np.cross(row, column), [-1, 0, 0], atol=1e-12)  # from the left, looking to the right
    row, column = turned(0, np.pi / 2)
    np.testing.assert_allclose(np.cross(row, column), [0, 0, -1], atol=1e-12)  # from above, looking down


def test_a_body_is_drawn(ada: TestClient, department: Department) -> None:
    def ball(at: Any) -> Any:
        return np.where(np.linalg.norm(at - [-14, 27, 80], axis=-1) < 9, 800.0, -1000.0)

    store_field(
        department, STRAIGHT, lambda at: np.where(np.linalg.norm(at - [-14, 27, 80], axis=-1) < 9, 800.0, -1000.0)
    )
    answer = ada.get(
        BODY,
        params={"size": "120,120", "preset": "ct-bone"},
        headers=PNG,
    )
    picture = imagecodecs.png_decode(answer.content)
    assert picture.shape == (120, 120, 3)
    bright = picture[..., 0] > 40
    spacing = float(answer.headers["x-spacing"].split(",")[0])
    assert np.sqrt(bright.sum() / np.pi) * spacing == pytest.approx(9.0, abs=1.3)  # half a slice
    assert ada.get(BODY, params={"preset": "x"}).status_code == 400


@pytest.mark.parametrize(
    ("placed", "told"),
    [
        ([(BLANK, STRAIGHT, z) for z in (0, 1, 2, 5, 6)], "2 slices missing"),
        ([(BLANK, STRAIGHT, z % 3) for z in range(6)], "same place"),
        ([(BLANK, OBLIQUE if z == 2 else STRAIGHT, z) for z in range(4)], "different orientations"),
        ([(np.zeros((50 + z // 3, 40)), STRAIGHT, z) for z in range(4)], "different sizes"),
        ([(BLANK, STRAIGHT, min(z, 2)) for z in range(4)], "more images than others"),
    ],
)
def test_what_is_no_volume_is_told(ada: TestClient, department: Department, placed: Any, told: str) -> None:
    for number, (stored, axes, index) in enumerate(placed):
        keep(department, slice_file(stored, axes, index, number))
    answer = ada.get(VIEWS)
    assert answer.status_code == 422
    assert told in answer.json()["detail"]
    assert answer.json()["field"]


def test_planes_with_their_own_scale_keep_their_values(ada: TestClient, department: Department) -> None:
    for index in range(4):
        scale = {"RescaleSlope": 0.5 * (index + 1), "RescaleIntercept": 0}
        keep(department, slice_file(np.full((50, 40), 100), STRAIGHT, index, index + 1, **scale))
    place = {"row": "1,0,0", "column": "0,1,0", "spacing": "1", "size": "1,1"}
    found = [samples(ada, origin=listed(CORNER_MM + np.array([5, 5, 2.5 * z])), **place)[0, 0] for z in range(4)]
    np.testing.assert_allclose(found, [50, 100, 150, 200])


def test_who_may_not_read_sees_nothing_and_looking_is_noted_once(client: TestClient, department: Department) -> None:
    store_field(department, STRAIGHT, linear)
    address = VIEWS
    assert [client.get(address + part).status_code for part in ("", "/plane", "/body")] == [401, 401, 401]
    client.auth = ("ada", "correct horse battery")
    for _ in range(3):
        client.get(address)
        client.get(address + "/plane", params={"size": "32,32"})
    views = [entry for entry in department.audit.entries() if (entry.action, entry.target) == ("view", STUDY)]
    assert len(views) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"size": "99999,1"},
        {"plane": "x"},
        {"slab": "-1"},
        {"window": "1"},
        {"origin": "1,2,3"},
        {"offset": "nan"},
        {"phase": "7"},
    ],
)
def test_what_cannot_be_shown_is_refused(ada: TestClient, department: Department, query: dict[str, str]) -> None:
    store_field(department, STRAIGHT, linear, (4, 8, 8))
    assert ada.get(PLANE, params=query).status_code == 400


def small_volume(n_bytes: int) -> SeriesVolume:
    shape = (1, 1, n_bytes // 2)
    return SeriesVolume(Volume(np.zeros(shape, np.int16), Grid(shape, (1, 1, 1))), Window(0, 1), "CT", 1)


def test_volumes_stay_within_their_bound_and_the_oldest_goes_first() -> None:
    kept, read = Volumes(1000), []

    def reading(name: str, n_bytes: int) -> Callable[[Callable[[int], None]], SeriesVolume]:
        def read_it(ask_for: Callable[[int], None]) -> SeriesVolume:
            ask_for(n_bytes)
            read.append(name)
            return small_volume(n_bytes)

        return read_it

    for name in ("a", "b", "a", "c", "a", "b"):  # when c comes, b was not looked at for longest
        kept.get(name, reading(name, 400))
        assert kept.n_bytes <= 1000
    assert read == ["a", "b", "c", "b"]
    with pytest.raises(TooLargeError, match="larger than the memory"):
        kept.get("d", reading("d", 1002))
    assert kept.n_bytes == 800


def test_a_volume_is_read_once_for_all_who_ask_and_a_failure_is_not_kept() -> None:
    kept, n_read, both_here = Volumes(1000), [], threading.Barrier(2)

    def slow(ask_for: Callable[[int], None]) -> SeriesVolume:
        ask_for(10)
        n_read.append(1)
        both_here.wait(60)
        return small_volume(10)

    found: list[SeriesVolume] = []
    first = threading.Thread(target=lambda: found.append(kept.get("a", slow)))
    first.start()
    while not n_read:
        pass
    second = threading.Thread(target=lambda: found.append(kept.get("a", slow)))
    second.start()
    both_here.wait(60)
    first.join()
    second.join()
    assert len(n_read) == 1
    assert found[0] is found[1]

    def failing(_: Callable[[int], None]) -> SeriesVolume:
        raise DataError("damaged")

    for _ in range(2):
        with pytest.raises(DataError, match="damaged"):
            kept.get("b", failing)
    assert kept.get("b", lambda _: small_volume(10)) is not None
