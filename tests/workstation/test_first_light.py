"""The images that a study opens with are on the screen before the viewports, and are the same images.

What is compared is the picture that lies over a cell while the reading page's own code is held back, and the picture of
the viewport in the same place afterwards, pixel by pixel: another window, size, place or orientation would tell.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import numpy as np
import pydicom
import pytest
from playwright.sync_api import expect
from pydicom.data import get_testdata_file
from pydicom.uid import JPEGLSLossless, RLELossless, generate_uid
from tests.workstation.at_rest import settle, steady, until
from tests.workstation.conftest import Reader, Site

from isocenter.server.web.reading_room import STATIC

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (STATIC / "index.html").is_file(), reason="the viewer is not built (make viewer)"),
]

VIEWER_CODE = re.compile(r"/assets/ViewerPage-.*\.js")
LIGHT, CANVAS = ".first-light canvas", "canvas.cornerstone-canvas"
# Levels of 255: interpolation between pixels differs in its rounding, and at an edge by where the edge is rounded to.
USUAL_DIFFERENCE, EDGE_DIFFERENCE, SHARE_AT_EDGES = 1.0, 4.0, 0.02

# Of every frame that the browser draws: where the first picture lies, and the level in the middle of the viewport.
WATCH = """() => { const seen = []; window.seen = new Promise((resolve) => { const look = () => {
    const light = document.querySelector(".first-light canvas");
    const canvas = document.querySelector("canvas.cornerstone-canvas");
    const place = (one) => { const { left, top, width, height } = one.getBoundingClientRect();
        return [left, top, width, height]; };
    const cell = document.querySelector(".viewport-cell[data-series]");
    let level = -1;
    if (canvas && !light) {
        const copy = new OffscreenCanvas(40, 40).getContext("2d");
        copy.drawImage(canvas, canvas.width / 2 - 20, canvas.height / 2 - 20, 40, 40, 0, 0, 40, 40);
        const { data } = copy.getImageData(0, 0, 40, 40);
        level = data.reduce((sum, one) => sum + one, 0) / data.length;
    }
    seen.push({ light: light && place(light), cell: cell && place(cell), level });
    if (seen.filter((one) => !one.light).length < 10) requestAnimationFrame(look);
    else resolve(seen); }; look(); }); }"""


def _ct_signed() -> pydicom.Dataset:
    dataset = pydicom.dcmread(str(get_testdata_file("CT_small.dcm", download=False)))
    assert dataset.PixelRepresentation == 1
    return dataset


def _mr() -> pydicom.Dataset:
    return pydicom.dcmread(str(get_testdata_file("MR_small.dcm", download=False)))


def _monochrome1() -> pydicom.Dataset:
    """A radiograph of a slope and a bright corner, wider than high, with pixels that are no squares."""
    dataset = _ct_signed()
    rows, columns = 90, 150
    y, x = np.indices((rows, columns))
    stored = (20 * x + 3 * y).astype(np.uint16)
    stored[:20, :30] = 4000
    dataset.PhotometricInterpretation, dataset.PixelRepresentation = "MONOCHROME1", 0
    dataset.Rows, dataset.Columns, dataset.PixelSpacing = rows, columns, [0.8, 0.5]
    dataset.BitsStored, dataset.HighBit = 12, 11
    dataset.RescaleIntercept, dataset.RescaleSlope = 0, 1
    dataset.WindowCenter, dataset.WindowWidth = 1500, 2500
    del dataset.PixelPaddingValue
    dataset.PixelData = stored.tobytes()
    dataset.Modality, dataset.SOPClassUID = "MR", pydicom.uid.MRImageStorage
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    return dataset


def _rgb() -> pydicom.Dataset:
    return pydicom.dcmread(str(get_testdata_file("SC_rgb_small_odd.dcm", download=False)))


def _fractions() -> pydicom.Dataset:
    """Values of a slope that is no whole number, without a window: from the darkest to the brightest."""
    dataset = _mr()
    dataset.RescaleSlope, dataset.RescaleIntercept = "0.37", "-12.5"
    del dataset.WindowCenter, dataset.WindowWidth
    return dataset


def _two_windows() -> pydicom.Dataset:
    dataset = _mr()
    dataset.WindowCenter, dataset.WindowWidth = [300, 900], [500, 2000]
    return dataset


def _compressed() -> pydicom.Dataset:
    dataset = _ct_signed()
    dataset.compress(RLELossless, generate_instance_uid=False)
    return dataset


def _jpeg_ls() -> pydicom.Dataset:
    dataset = _mr()
    dataset.compress(JPEGLSLossless, generate_instance_uid=False)
    return dataset


KINDS = {
    "CT, signed": _ct_signed,
    "MR": _mr,
    "MONOCHROME1": _monochrome1,
    "RGB": _rgb,
    "fractions, no window": _fractions,
    "two windows": _two_windows,
    "RLE": _compressed,
    "JPEG-LS": _jpeg_ls,
}


def _stored(site: Site, dataset: pydicom.Dataset) -> str:
    """Put a data set into the archive as a study of its own; return the study's UID."""
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = generate_uid(), generate_uid()
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    stream = BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    site.store_bytes(stream.getvalue())
    return str(dataset.StudyInstanceUID)


def _stored_slices(site: Site, n_slices: int) -> str:
    """Put images one above the other into the archive; return the study's UID."""
    dataset = _ct_signed()
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = generate_uid(), generate_uid()
    x, y, _ = dataset.ImagePositionPatient
    for number in range(n_slices):
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        dataset.InstanceNumber, dataset.ImagePositionPatient = number + 1, [x, y, -2.0 * number]
        stream = BytesIO()
        dataset.save_as(stream, enforce_file_format=True)
        site.store_bytes(stream.getvalue())
    return str(dataset.StudyInstanceUID)


def _levels(page: Any, selector: str) -> np.ndarray:
    """Return the levels of a canvas (y, x, colour)."""
    from PIL import Image

    address = page.locator(selector).first.evaluate("(canvas) => canvas.toDataURL()")
    return np.asarray(Image.open(BytesIO(b64decode(address.partition(",")[2]))).convert("RGB"), float)


@contextmanager
def _lit(reader: Reader, study_uid: str) -> Iterator[Callable[[], None]]:
    """Open a study and hold the viewer's code back; yields how to let it come."""
    page = reader.page
    held: list[Any] = []
    page.route(VIEWER_CODE, lambda route: held.append(route))

    def let_come() -> None:
        for route in held:
            route.continue_()
        page.unroute(VIEWER_CODE)

    # Code that is held back holds up the end of loading.
    page.goto(f"{reader.address}/view/{study_uid}", wait_until="commit")
    page.locator(LIGHT).first.wait_for()
    assert page.locator(CANVAS).count() == 0
    yield let_come


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_picture_is_the_one_that_the_viewport_shows_in_its_place(
    kind: str, one_site: Site, same_reader: Reader
) -> None:
    study_uid = _stored(one_site, KINDS[kind]())
    page = same_reader.page
    with _lit(same_reader, study_uid) as let_come:
        first = _levels(page, LIGHT)
        assert first.max() > first.min(), "the first picture is empty"
        page.evaluate(WATCH)
        let_come()
        page.locator(".first-light").wait_for(state="detached")
        seen = page.evaluate("seen")
    settle(page)
    shown = _levels(page, CANVAS)
    last = [one for one in seen if one["light"] and one["cell"]][-1]
    assert np.allclose(last["light"], last["cell"], atol=1), "it lay at another place when the viewport took over"
    assert first.shape == shown.shape
    difference = np.abs(first - shown).max(axis=2)
    assert difference.mean() < USUAL_DIFFERENCE, f"mean difference {difference.mean():.2f}"
    far = (difference > EDGE_DIFFERENCE).mean()
    assert far < SHARE_AT_EDGES, f"{100 * far:.1f} % of the pixels differ, by up to {difference.max():.0f}"
    levels = [one["level"] for one in seen if not one["light"]]
    assert np.ptp(levels) < 1, f"the picture flashed: {levels}"


def test_scrolling_before_the_viewport_is_there_is_not_lost(one_site: Site, same_reader: Reader) -> None:
    study_uid, page = _stored_slices(one_site, 21), same_reader.page
    with _lit(same_reader, study_uid) as let_come:
        box = steady(page, page.locator(LIGHT).first.bounding_box)
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        for _ in range(3):
            page.mouse.wheel(0, 100)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("PageUp")
        let_come()
        page.locator(".first-light").first.wait_for(state="detached")
    page.get_by_text("Image 5 of 21").first.wait_for()  # from the middle, the 11th


@pytest.mark.parametrize("lost", ["**/frames/1", "**/metadata", "**/api/hanging/choices"])
def test_reading_goes_on_where_the_first_picture_fails(lost: str, one_site: Site, same_reader: Reader) -> None:
    study_uid = _stored(one_site, _ct_signed())
    page = same_reader.page
    n_lost = 0

    def lose(route: Any) -> None:
        nonlocal n_lost
        n_lost += 1
        if n_lost == 1:
            route.abort()
        else:
            route.continue_()

    page.route(lost, lose)
    same_reader.open(f"/view/{study_uid}")
    page.get_by_test_id("overlays").first.wait_for()
    assert until(page, lambda: n_lost, lambda n: n >= 1) >= 1
    page.unroute(lost)
    page.locator(".first-light").wait_for(state="detached")


def test_the_first_picture_goes_with_the_page(one_site: Site, same_reader: Reader) -> None:
    study_uid, page = _stored(one_site, _ct_signed()), same_reader.page
    with _lit(same_reader, study_uid) as let_come:
        page.get_by_role("link", name="Studies").click()
        page.locator(".first-light").wait_for(state="detached")
        let_come()
    page.get_by_role("button", name="Save view").wait_for()
    expect(page.locator(".first-light")).to_have_count(0)
