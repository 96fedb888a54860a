"""The images that a study opens with are on the screen before the viewports, and are the same images.

What is compared is the picture that lies over a cell while the reading page's own code is held back, and the picture of
the viewport in the same place afterwards: means of regions and edges, which tell another window, size or orientation.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.uid import JPEGLSLossless, RLELossless, generate_uid
from tests.workstation.conftest import Reader, Site

from isocenter.server.web.reading_room import STATIC

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (STATIC / "index.html").is_file(), reason="the viewer is not built (make viewer)"),
]

VIEWER_CODE = re.compile(r"/assets/ViewerPage-.*\.js")
N_BLOCKS = 24
# A step of grey of another rounding, and a pixel's breadth of an edge in a block.
TOLERANCE, WORST = 2.0, 30.0

# Levels of one canvas as the page has them, at most 600 pixels across: red, green and blue of each.
LEVELS = """(canvas) => {
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
    const box = canvas.getBoundingClientRect();
    return { width: canvas.width, height: canvas.height, data: Array.from(data),
        box: [box.left, box.top, box.width, box.height] };
}"""


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


def _levels(page: Any, selector: str) -> tuple[np.ndarray, list[float]]:
    """Return the levels of a canvas (y, x, colour) and where it lies on the page."""
    found = page.locator(selector).first.evaluate(LEVELS)
    levels = np.array(found["data"], float).reshape(found["height"], found["width"], 4)[..., :3]
    return levels, found["box"]


def _blocks(levels: np.ndarray) -> np.ndarray:
    """Return means of regions, row after row."""
    rows = np.array_split(levels, N_BLOCKS, axis=0)
    means = [[block.mean(axis=(0, 1)) for block in np.array_split(row, N_BLOCKS, axis=1)] for row in rows]
    return np.array(means)


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_picture_is_the_one_that_the_viewport_shows_in_its_place(
    kind: str, one_site: Site, same_reader: Reader
) -> None:
    study_uid = _stored(one_site, KINDS[kind]())
    page = same_reader.page
    held: list[Any] = []
    page.route(VIEWER_CODE, lambda route: held.append(route))
    # Code that is held back holds up the end of loading.
    page.goto(f"{same_reader.address}/view/{study_uid}", wait_until="commit")
    page.locator(".first-light canvas").first.wait_for()
    first, _ = _levels(page, ".first-light canvas")
    assert page.locator("canvas.cornerstone-canvas").count() == 0
    assert first.max() > first.min(), "the first picture is empty"
    page.evaluate("""() => { window.places = []; const look = () => {
        const [light, cell] = [".first-light canvas", ".viewport-cell"].map((one) => document.querySelector(one));
        if (light && cell) window.places.push([light, cell].map((one) => {
            const { left, top, width, height } = one.getBoundingClientRect(); return [left, top, width, height]; }));
        if (light) requestAnimationFrame(look); }; look(); }""")
    for route in held:
        route.continue_()
    page.unroute(VIEWER_CODE)
    page.locator(".first-light").wait_for(state="detached")
    shown, _ = _levels(page, "canvas.cornerstone-canvas")
    light, cell = page.evaluate("places.at(-1)")
    assert np.allclose(light, cell, atol=1), "it lay at another place when the viewport took over"
    if first.shape != shown.shape:  # the bars around the pictures were other than expected, and the picture followed
        pytest.fail(f"the place was expected {first.shape}, and is {shown.shape}")
    difference = np.abs(_blocks(first) - _blocks(shown))
    assert difference.mean() < TOLERANCE, f"mean difference {difference.mean():.2f}"
    assert difference.max() < WORST, f"largest difference {difference.max():.1f}"


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
    page.unroute(lost)
    assert n_lost >= 1
    assert page.locator(".first-light").count() == 0


def test_the_first_picture_goes_with_the_page(one_site: Site, same_reader: Reader) -> None:
    study_uid = _stored(one_site, _ct_signed())
    page = same_reader.page
    held: list[Any] = []
    page.route(VIEWER_CODE, lambda route: held.append(route))
    # Code that is held back holds up the end of loading.
    page.goto(f"{same_reader.address}/view/{study_uid}", wait_until="commit")
    page.locator(".first-light canvas").first.wait_for()
    page.get_by_role("link", name="Studies").click()
    page.locator(".first-light").wait_for(state="detached")
    for route in held:
        route.continue_()
    page.unroute(VIEWER_CODE)
