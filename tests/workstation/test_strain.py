"""Strain by mouse: a line along the wall of a beating heart gives its curves and numbers, kept in the report."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.workstation.at_rest import settle

from isocenter.analysis.cardiac.moving_wall import SPACING_MM, MovingWall, moving_wall
from isocenter.core.clip import Clip
from isocenter.dicom.writers.captured import captured_file
from isocenter.dicom.writers.modules import SeriesContext

STUDY, SERIES = "1.2.840.99.7", "1.2.840.99.7.1"
PEAKS = (-22.0, -20.0, -24.0, -18.0, -24.0, 0.0)
N_FRAMES = 16


def _loop(wall: MovingWall, series: str, spacing_mm: tuple[float, float] | None) -> bytes:
    pictures = np.repeat(wall.frames.astype(np.uint8)[..., None], 3, axis=-1)
    context = SeriesContext(datetime(2026, 1, 2), STUDY, series, "1.2.840.99.7.5", "Four chamber", 1)
    return captured_file(Clip(pictures, 20.0, spacing_mm=spacing_mm), "ultrasound", context)


def _draw(page: Any, points: np.ndarray) -> None:
    """Click along the wall; places in the picture are found from what stands under the pointer."""
    box = page.locator(".strain-wall").bounding_box()
    middle = np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
    # The picture is fitted into the cell: its middle in the middle, as high or as wide as the cell.
    rows, columns = 237, 190
    scale = min(box["height"] / rows, box["width"] / columns)
    for column, row in points:
        x, y = middle + scale * (np.array([column, row]) - [(columns - 1) / 2, (rows - 1) / 2])
        page.mouse.click(float(x), float(y), delay=20)


def test_a_line_along_the_wall_gives_its_strain(site: Any, reader: Any, picture: Callable[[Any, str], Path]) -> None:
    wall = moving_wall(PEAKS, np.random.default_rng(11), n_frames=N_FRAMES)
    assert wall.frames.shape[1:] == (237, 190)
    site.store_bytes(_loop(wall, SERIES, (SPACING_MM, SPACING_MM)))
    reader.open(f"/view/{STUDY}/{SERIES}")
    page = reader.page
    page.locator(".overlays").first.wait_for()
    page.get_by_role("button", name="Strain", exact=True).click()
    panel = page.get_by_role("complementary", name="Strain")
    panel.get_by_text("0 points in frame 1").wait_for()
    page.locator('.strain-wall[data-drawing="true"]').wait_for()
    settle(page)  # the picture takes the size that the panel leaves it
    _draw(page, wall.drawn_px(9))
    panel.get_by_text("9 points in frame 1").wait_for()
    picture(page, "strain-line")
    panel.get_by_role("button", name="Follow the wall").click()

    panel.get_by_test_id("strain-curves").wait_for()
    whole = panel.locator("tfoot td").first.inner_text()
    assert float(whole.replace("−", "-").removesuffix(" %")) == pytest.approx(np.mean(PEAKS), abs=1.5)
    rows = [row.inner_text() for row in panel.locator("tbody tr").all()]
    assert [re.split(r"\t", row)[0].strip() for row in rows] == [
        "basal inferoseptal", "mid inferoseptal", "apical septal", "apical lateral", "mid anterolateral",
        "basal anterolateral",
    ]  # fmt: skip
    peaks = [float(row.split("\t")[1].replace("−", "-").removesuffix(" %")) for row in rows]
    assert peaks == pytest.approx(PEAKS, abs=3.5)
    # The wall moves with the picture.
    before = page.locator(".strain-segment").first.get_attribute("points")
    page.locator(".frame-bar input[type=range]").press("ArrowRight")
    page.wait_for_function(
        "before => document.querySelector('.strain-segment')?.getAttribute('points') !== before", arg=before
    )
    panel.get_by_label("Strain over the beat").last.fill("7")
    page.get_by_text("7 / 16").wait_for()
    picture(page, "strain-curves")

    panel.get_by_label("View").select_option("2 chamber")
    panel.get_by_text("GLS 2 chamber").wait_for()
    panel.get_by_role("button", name="Keep in the measurements").click()
    panel.get_by_role("button", name="Kept in the measurements").wait_for()
    page.get_by_test_id("measurement").nth(6).wait_for()
    page.locator('.save-indicator[data-state="saved"]').wait_for()
    page.reload()
    page.get_by_test_id("measurement").nth(6).wait_for()
    page.get_by_test_id("measurement").first.get_by_text(re.compile(r"^GLS -1[678]\.\d %$")).wait_for()
    page.locator(".overlays").first.wait_for()
    picture(page, "strain-kept")
    # What was kept is a line along which strain can be asked for again.
    page.get_by_role("button", name="Strain", exact=True).click()
    panel.get_by_role("button", name="Strain along this line: GLS 2 chamber").click()
    panel.get_by_text("13 points in frame 1").wait_for()


def test_a_loop_without_a_scale_says_so(site: Any, reader: Any, picture: Callable[[Any, str], Path]) -> None:
    wall = moving_wall(PEAKS, np.random.default_rng(11), n_frames=6)
    site.store_bytes(_loop(wall, SERIES, None))
    reader.open(f"/view/{STUDY}/{SERIES}")
    page = reader.page
    page.locator(".overlays").first.wait_for()
    page.get_by_role("button", name="Strain", exact=True).click()
    panel = page.get_by_role("complementary", name="Strain")
    page.locator('.strain-wall[data-drawing="true"]').wait_for()
    settle(page)
    _draw(page, wall.drawn_px(7))
    panel.get_by_text("7 points in frame 1").wait_for()
    panel.get_by_role("button", name="Follow the wall").click()
    panel.get_by_role("alert").get_by_text("No region of tissue in cm holds the points.").wait_for()
    picture(page, "strain-problem")
