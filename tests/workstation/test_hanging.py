"""Hanging protocols on the reading page: what is shown where by itself, why, and how people change it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from playwright.sync_api import expect
from pydicom.dataset import Dataset
from pydicom.uid import DigitalMammographyXRayImageStorageForPresentation
from tests.workstation.at_rest import settle, steady, text_of, until
from tests.workstation.test_viewports import Cell, Phantom, written

from isocenter.server.web.reading_room import STATIC

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
        expect(page.locator(".overlays")).to_have_count(0)
    settle(page)
    cell = page.locator(".viewport-cell").nth(number - 1).locator(".canvas")
    content = steady(page, cell.screenshot, n_times=2)
    return np.asarray(imagecodecs.png_decode(content)[3:-3, 3:-3, :3].mean(axis=-1))


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
    settle(page)
    picture(page, "hanging-mammography")
    heights = [assert_hung_as_read(shown(page, number), name[0]) for number, name in enumerate(names, 1)]
    large = heights.pop(1)
    assert max(heights) - min(heights) <= 2, "all breasts of 60 mm are equally tall"
    assert large == pytest.approx(heights[0] * 80 / 60, abs=3)
    page.keyboard.press("o")
    page.keyboard.press("N")
    expect(page.locator(".viewport-cell")).to_have_count(4)
    for number, name in enumerate(["RCC 2026", "LCC 2026", "RCC 2024", "LCC 2024"], 1):
        Cell(page, number).wait_for(name)
    picture(page, "hanging-mammography-cc")
    # A reset comes back to how it was hung, and a larger cell is filled anew.
    page.keyboard.press("h")
    page.keyboard.press("+")
    page.keyboard.press("0")
    assert_hung_as_read(shown(page, 1), "R")
    page.keyboard.press("Enter")
    expect(page.locator(".viewport-cell:visible")).to_have_count(1)
    assert_hung_as_read(shown(page, 1), "R")


def test_all_views_in_one_series_are_hung_view_by_view(site: Any, reader: Any) -> None:
    files = [
        breast(NOW, name, 1, SeriesDescription="All views", SOPInstanceUID=f"{NOW}.1.{number}", InstanceNumber=number)
        for number, name in enumerate(["LMLO", "LCC", "RMLO", "RCC"], 1)
    ]
    page = opened(site, reader, *files)
    for number in range(1, 5):
        Cell(page, number).wait_for("Image 1 of 1")
    for number, side in enumerate("RLRL", 1):
        assert_hung_as_read(shown(page, number), side)


# --- choosing, explaining, keeping ---------------------------------------------------------------

CHEST, CHEST_BEFORE = "1.2.826.0.1.3680043.8.498.50", "1.2.826.0.1.3680043.8.498.51"


def chest(study: str, number: int, description: str, n_images: int = 6) -> list[bytes]:
    """Return a series of a CT of the chest."""
    phantom = Phantom(
        study_uid=study,
        series_uid=f"{study}.{number}",
        description=description,
        n_images=n_images,
        space_uid=f"{study}.9",
    )
    date = "20260102" if study == CHEST else "20240102"
    values = {"BodyPartExamined": "CHEST", "StudyDescription": "CT thorax", "StudyDate": date, "PatientID": "CHEST"}
    return [phantom.file(image, **values) for image in range(n_images)]


def chest_page(site: Any, reader: Any) -> Any:
    """Open a CT of the chest that has a prior."""
    files = [
        *chest(CHEST, 1, "Soft 5 mm"),
        *chest(CHEST, 2, "Lung 5 mm"),
        *chest(CHEST_BEFORE, 1, "Lung 5 mm"),
        *chest(CHEST_BEFORE, 2, "Soft 5 mm"),
    ]
    page = opened(site, reader, *files, study=CHEST)
    Cell(page, 1).wait_for("Soft 5 mm")
    Cell(page, 2).wait_for("Lung 5 mm")
    return page


def test_a_chest_hangs_in_two_windows_and_says_why(site: Any, reader: Any, picture: Keep) -> None:
    page = chest_page(site, reader)
    assert "W 350 L 50" in Cell(page, 1).text("W 350 L 50")
    assert "W 1500 L -600" in Cell(page, 2).text("W 1500 L -600")
    page.get_by_role("button", name="Why this hanging", exact=True).click()
    panel = page.get_by_role("complementary", name="Why this hanging")
    said = text_of(page, panel, "(?s)CT chest.*Cell 2")
    assert "CT chest" in said
    assert "Body part or description has a word like chest" in said
    assert "(found: CHEST, CT thorax)" in said
    assert "Cell 2 CT Lung 5 mm" in said
    assert said.count("Plane is axial (found: axial)") == 2
    panel.get_by_text("Why not another protocol").click()
    assert "CT head" in text_of(page, panel, "CT head")
    picture(page, "hanging-why")


def test_a_prior_stands_beside_and_is_marked_and_measured_as_what_it_is(site: Any, reader: Any, picture: Keep) -> None:
    page = chest_page(site, reader)
    page.keyboard.press("N")
    Cell(page, 1).wait_for("Soft 5 mm")
    Cell(page, 2).wait_for("Prior ")
    assert "Jan 2, 2024" in Cell(page, 2).text()
    assert "Soft 5 mm" in Cell(page, 2).text()
    assert "Prior" not in Cell(page, 1).text()
    expect(page).to_have_url(re.compile(f"/view/{CHEST}/{CHEST}.1$"))
    # Measuring in the prior writes a report about the prior.
    page.keyboard.press("l")
    Cell(page, 2).drag((0.3, 0.4), (0.6, 0.6))
    page.get_by_text(re.compile(r"Saved|Unsaved|Saving")).first.wait_for()
    n_reports = until(page, lambda: reports(page, CHEST_BEFORE), bool, pause_ms=200)
    assert page.url.endswith(f"/view/{CHEST}/{CHEST}.1"), "the address names the study that is read"
    picture(page, "hanging-prior")
    assert n_reports == 1
    assert reports(page, CHEST) == 0


def reports(page: Any, study: str) -> int:
    """Return how many series of reports a study has in the archive."""
    return int(
        page.evaluate(
            "study => fetch(`/dicom-web/studies/${study}/series?Modality=SR`,"
            " {headers: {Accept: 'application/dicom+json'}})"
            ".then(a => a.status === 204 ? [] : a.json()).then(found => found.length)",
            study,
        )
    )


def test_any_series_of_another_study_can_be_dragged_to_a_cell(site: Any, reader: Any) -> None:
    page = chest_page(site, reader)
    page.locator(".prior-rail summary").click()
    page.locator(".prior-rail .rail-card", has_text="Lung 5 mm").drag_to(page.locator(".viewport-cell").first)
    Cell(page, 1).wait_for("Prior ")
    Cell(page, 1).wait_for("Lung 5 mm")
    expect(page.locator(".viewport-cell").first).to_have_attribute("aria-label", "Cell 1: Lung 5 mm")


def is_choice(answer: Any) -> bool:
    """Return whether the server has kept or forgotten a choice: a page that is left before would take it along."""
    return "/api/hanging/choices" in answer.url and answer.request.method != "GET"


def test_a_choice_by_hand_is_kept_for_studies_of_this_kind(site: Any, reader: Any) -> None:
    page = chest_page(site, reader)
    with page.expect_response(is_choice):
        page.get_by_role("combobox", name="Hanging protocol").select_option(label="CT")
    expect(page.locator(".viewport-cell")).to_have_count(1)
    reader.open(f"/view/{CHEST_BEFORE}")
    Cell(page, 1).wait_for("Lung 5 mm")
    expect(page.locator(".viewport-cell")).to_have_count(1)
    page.get_by_role("button", name="Why this hanging", exact=True).click()
    with page.expect_response(is_choice):
        page.get_by_role("button", name="Forget this choice").click()
    reader.open(f"/view/{CHEST}")
    page.locator(".viewport-cell").nth(1).wait_for()


def test_what_is_shown_is_saved_as_a_protocol_and_hung_again(site: Any, reader: Any, picture: Keep) -> None:
    page = chest_page(site, reader)
    for key in ("G", "1", "2"):
        page.keyboard.press(key)
    page.get_by_role("link", name="Lung 5 mm").drag_to(page.locator(".viewport-cell").first)
    Cell(page, 1).wait_for("Lung 5 mm")
    page.get_by_role("link", name="Soft 5 mm").drag_to(page.locator(".viewport-cell").nth(1))
    Cell(page, 2).wait_for("Soft 5 mm")
    page.locator(".hanging-more summary").click()
    page.get_by_role("button", name="Save this layout as a protocol").click()
    page.get_by_label("Name", exact=True).fill("Lung first")
    page.get_by_label("For everybody at this site").check()
    picture(page, "hanging-save")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("dialog").wait_for(state="hidden")
    # Another study of the kind, whose series come in another order, is hung by it: the site's comes first.
    reader.open(f"/view/{CHEST_BEFORE}")
    Cell(page, 1).wait_for("Lung 5 mm")
    Cell(page, 2).wait_for("Soft 5 mm")
    page.locator(".hanging-more summary").click()
    page.get_by_role("button", name="All hanging protocols").click()
    page.get_by_role("listitem").filter(has_text="Lung first").wait_for()
    picture(page, "hanging-manage")
    with page.expect_download() as download:
        page.get_by_role("listitem").filter(has_text="Lung first").get_by_role("button", name="Export").click()
    kept = Path(download.value.path()).read_text()
    assert '"Lung first"' in kept
    assert CHEST not in kept, "a protocol says nothing about the study it was made from"
    page.get_by_role("listitem").filter(has_text="Lung first").get_by_role("button", name="Delete").click()
    page.get_by_role("listitem").filter(has_text="Lung first").wait_for(state="hidden")
    page.get_by_label("Import from a file").set_input_files(
        {"name": "lung.json", "mimeType": "application/json", "buffer": kept.encode()}
    )
    page.get_by_role("listitem").filter(has_text="Lung first").wait_for()
    page.get_by_label("Import from a file").set_input_files(
        {"name": "bad.json", "mimeType": "application/json", "buffer": b'{"version": 3}'}
    )
    page.get_by_text("In this hanging protocol version is 3").wait_for()
