"""Hanging protocols on the reading page: what is shown where by itself, why, and how people change it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import DigitalMammographyXRayImageStorageForPresentation

from isocenter.server.web.reading_room import STATIC
from tests.workstation.dicom_studies import study_bytes
from tests.workstation.test_viewports import Cell, Phantom, pet_file, written

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (STATIC / "index.html").is_file(), reason="the viewer is not built (make viewer)"),
]

Keep = Callable[[Any, str], Path]
NOW, BEFORE = "1.2.826.0.1.3680043.8.498.40", "1.2.826.0.1.3680043.8.498.41"
OPPOSITE = str.maketrans("APRLHF", "PALRFH")
AS_READ = {"RCC": ("P", "L"), "LCC": ("A", "R"), "RMLO": ("P", "FL"), "LMLO": ("A", "FR")}
WALL, SKIN, UPPER = 4000, 1200, 2600
"""Values of the chest wall's columns, of the breast, and of the corner that is read at the top of the chest wall."""


def breast(study: str, name: str, number: int, *, n_rows: int = 60, turn: str = "", **changes: Any) -> bytes:
    """Return a mammogram of 1 mm pixels: a bright band along the chest wall, half as bright in its upper quarter.

    It is drawn as it is read and then stored otherwise: `turn` of h, v and t flips left and right, flips up and down,
    and swaps rows with columns; PatientOrientation says so.
    """
    n_columns = n_rows * 3 // 4
    side, (across, down) = name[0], AS_READ[name]
    pixels = np.full((n_rows, n_columns), SKIN, np.uint16)
    band = slice(-6, None) if side == "R" else slice(0, 6)
    pixels[:, band] = WALL
    pixels[: n_rows // 4, band] = UPPER
    if "h" in turn:
        pixels, across = pixels[:, ::-1], across.translate(OPPOSITE)
    if "v" in turn:
        pixels, down = pixels[::-1], down.translate(OPPOSITE)
    if "t" in turn:
        pixels, across, down = pixels.T, down, across
    dataset = Dataset()
    dataset.SOPClassUID = DigitalMammographyXRayImageStorageForPresentation
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = study, f"{study}.{number}"
    dataset.SOPInstanceUID = f"{study}.{number}.1"
    dataset.PatientName, dataset.PatientID, dataset.PatientSex = "Phantom^Breast", "BREAST", "F"
    dataset.StudyDate = "20260102" if study == NOW else "20240102"
    dataset.StudyTime, dataset.Modality, dataset.BodyPartExamined = "120000", "MG", "BREAST"
    dataset.StudyDescription, dataset.SeriesDescription = "Screening", f"{name} {dataset.StudyDate[:4]}"
    dataset.SeriesNumber, dataset.InstanceNumber = number, 1
    dataset.ImageLaterality, dataset.ViewPosition = side, name[1:]
    dataset.PatientOrientation = [across, down]
    dataset.PresentationIntentType, dataset.ImageType = "FOR PRESENTATION", ["ORIGINAL", "PRIMARY", ""]
    dataset.ImagerPixelSpacing = [1, 1]
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
    dataset.WindowCenter, dataset.WindowWidth = 2048, 4096
    dataset.PixelData = np.ascontiguousarray(pixels).tobytes()
    for keyword, value in changes.items():
        setattr(dataset, keyword, value)
    return written(dataset)


def opened(site: Any, reader: Any, *files: bytes, study: str = NOW) -> Any:
    """Store files and open their study."""
    for file in files:
        site.store_bytes(file)
    reader.open(f"/view/{study}")
    return reader.page


def shown(page: Any, number: int) -> np.ndarray:
    """Return the picture of a cell as brightness, without its writing and the frame of the active cell."""
    if page.locator(".overlays").count():
        page.keyboard.press("o")
        page.wait_for_timeout(300)
    cell = page.locator(".viewport-cell").nth(number - 1).locator(".canvas")
    return np.asarray(imagecodecs.png_decode(cell.screenshot())[3:-3, 3:-3, :3].mean(axis=-1))


def extent(row: np.ndarray) -> tuple[int, int]:
    """Return the first and the last place that is not black."""
    lit = np.flatnonzero(row > 20)
    return int(lit[0]), int(lit[-1])


def grey(value: float) -> float:
    """Return how bright a stored value is on the screen."""
    return value / 4095 * 255


def assert_hung_as_read(picture: np.ndarray, side: str) -> int:
    """Assert that the chest wall lies at its edge and its upper part above; return the breast's height in pixels."""
    middle = picture.shape[0] // 2
    left, right = extent(picture[middle])
    top, bottom = extent(picture[:, picture.shape[1] - 4 if side == "R" else 4])
    wall = picture.shape[1] - 5 if side == "R" else 4
    assert (left if side == "L" else picture.shape[1] - 1 - right) <= 2, "the chest wall is at the edge of its cell"
    assert picture[(3 * top + bottom) // 4 + 20, wall] == pytest.approx(grey(WALL), abs=12)
    assert picture[top + (bottom - top) // 10, wall] == pytest.approx(grey(UPPER), abs=12)
    inner = right - 20 if side == "L" else left + 20
    assert picture[middle, inner] == pytest.approx(grey(SKIN), abs=12)
    return bottom - top + 1


# --- mammography ---------------------------------------------------------------------------------


def test_breasts_hang_back_to_back_at_one_size_however_they_were_stored(site: Any, reader: Any, picture: Keep) -> None:
    page = opened(
        site,
        reader,
        breast(NOW, "LMLO", 1, turn="h"),
        breast(NOW, "RMLO", 2, turn="v"),
        breast(NOW, "LCC", 3, turn="hv", n_rows=80),
        breast(NOW, "RCC", 4),
        breast(BEFORE, "RCC", 1, turn="t"),
        breast(BEFORE, "LCC", 2, turn="th"),
        breast(BEFORE, "RMLO", 3, turn="tv"),
        breast(BEFORE, "LMLO", 4, turn="thv"),
    )
    names = ["RCC 2026", "LCC 2026", "RMLO 2026", "LMLO 2026", "RCC 2024", "LCC 2024", "RMLO 2024", "LMLO 2024"]
    for number, name in enumerate(names, 1):
        Cell(page, number).wait_for(name)
    page.wait_for_timeout(500)
    picture(page, "hanging-mammography")
    heights = [assert_hung_as_read(shown(page, number), name[0]) for number, name in enumerate(names, 1)]
    large = heights.pop(1)
    assert max(heights) - min(heights) <= 2, "all breasts of 60 mm are equally tall"
    assert large == pytest.approx(heights[0] * 80 / 60, abs=3)
    page.keyboard.press("o")
    page.keyboard.press("N")
    page.wait_for_timeout(800)
    assert page.locator(".viewport-cell").count() == 4
    for number, name in enumerate(["RCC 2026", "LCC 2026", "RCC 2024", "LCC 2024"], 1):
        Cell(page, number).wait_for(name)
    picture(page, "hanging-mammography-cc")
    # A reset comes back to how it was hung, and a larger cell is filled anew.
    page.keyboard.press("h")
    page.keyboard.press("+")
    page.keyboard.press("0")
    page.wait_for_timeout(400)
    assert_hung_as_read(shown(page, 1), "R")
    page.keyboard.press("Enter")
    page.wait_for_timeout(800)
    assert_hung_as_read(shown(page, 1), "R")


def test_all_views_in_one_series_are_hung_view_by_view(site: Any, reader: Any) -> None:
    files = [
        breast(NOW, name, 1, SeriesDescription="All views", SOPInstanceUID=f"{NOW}.1.{number}", InstanceNumber=number)
        for number, name in enumerate(["LMLO", "LCC", "RMLO", "RCC"], 1)
    ]
    page = opened(site, reader, *files)
    for number in range(1, 5):
        Cell(page, number).wait_for("Image 1 of 1")
    page.wait_for_timeout(500)
    for number, side in enumerate("RLRL", 1):
        assert_hung_as_read(shown(page, number), side)
