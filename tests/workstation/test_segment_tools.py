"""Tools that mark by mouse, each against the pixels it may touch: eraser, brush in a range, range, islands."""

from __future__ import annotations

import importlib.util
import io
import math
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pydicom
import pytest
from playwright.sync_api import expect
from tests.workstation.at_rest import settle


def _beside(name: str) -> ModuleType:
    """Return the module of this name in this folder."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


phantom = _beside("ct_phantom")
N_SLICES = 5
PIXEL_MM2 = phantom.ROW_SPACING_MM * phantom.COLUMN_SPACING_MM
VOXEL_ML = PIXEL_MM2 * phantom.SLICE_DISTANCE_MM / 1000
SQUARE_PIXELS, MARK_PIXELS = 48 * 64 * N_SLICES, 12 * 20 * N_SLICES
RADIUS_MM = 5  # of the brush, as it is at first


@pytest.fixture
def panel(one_site: Any, same_reader: Any) -> Any:
    """Return the panel of a segmentation that marks nothing yet, on the phantom."""
    if not one_site.department.archive.instances_at_once(phantom.STUDY, phantom.SERIES):
        for content in phantom.ct_files(N_SLICES):
            one_site.store_bytes(content)
    page = same_reader.page
    same_reader.open(f"/view/{phantom.STUDY}/{phantom.SERIES}")
    expect(page.get_by_text(f"Image 3 of {N_SLICES}")).to_be_visible()
    page.keyboard.press("j")
    panel = page.get_by_role("complementary", name="Segments")
    panel.get_by_test_id("segment-volume").first.wait_for()
    expect(panel.get_by_text("Segmentations are being read")).to_have_count(0)
    settle(page)
    if panel.get_by_test_id("segment-volume").first.inner_text() != "–":
        panel.get_by_role("button", name="New segmentation").click()
        expect(panel.get_by_test_id("segment-volume").last).to_have_text("–")
    return panel


def set_range(panel: Any, lower: int, upper: int) -> None:
    """State the range of values that is marked."""
    for name, value in (("From value", lower), ("To value", upper)):
        panel.get_by_role("spinbutton", name=name).fill(str(value))
        panel.get_by_role("spinbutton", name=name).press("Enter")


def fill(panel: Any, lower: int, upper: int) -> None:
    """Mark all that is in a range."""
    set_range(panel, lower, upper)
    panel.get_by_role("button", name="Mark range").click()


def expect_pixels(panel: Any, n_pixels: int) -> None:
    """Wait until the newest segment has so many."""
    expect(panel.get_by_test_id("segment-volume").last).to_have_text(f"{n_pixels * VOXEL_ML:.1f} mL")


def stroke(panel: Any, tool: str, x: float, y: float) -> None:
    """Press a tool once, at fractions of the picture."""
    panel.get_by_role("button", name=tool, exact=True).click()
    settle(panel.page)
    box = panel.page.locator(".canvas").first.bounding_box()
    panel.page.mouse.move(box["x"] + box["width"] * x - 2, box["y"] + box["height"] * y)
    panel.page.mouse.down()
    panel.page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
    panel.page.mouse.up()
    settle(panel.page)


def saved(panel: Any, site: Any) -> np.ndarray:
    """Return which pixels of each image the newest segment marks, once it is saved: (slice, row, column)."""
    shown = panel.get_by_test_id("segment-volume").last.inner_text()
    for _ in range(300):
        marked = in_archive(site)
        volume_mL = marked.sum() * VOXEL_ML
        if shown == (f"{volume_mL:.2f} mL" if volume_mL < 10 else f"{volume_mL:.1f} mL"):
            return marked
        panel.page.wait_for_timeout(100)
    raise AssertionError(f"{shown} were not saved, but {volume_mL:.3f} mL")


def in_archive(site: Any) -> np.ndarray:
    """Return which pixels of each image the segmentation marks that was stored last: (slice, row, column)."""
    marked = np.zeros((N_SLICES, phantom.ROWS, phantom.COLUMNS), bool)
    archive = site.department.archive
    files = [bytes(archive.current(instance)) for instance in archive.instances(phantom.STUDY)]
    read = [one for one in (pydicom.dcmread(io.BytesIO(content)) for content in files) if one.Modality == "SEG"]
    if not read:
        return marked
    newest = max(read, key=lambda one: (str(one.ContentDate), str(one.ContentTime), int(one.InstanceNumber)))
    frames = newest.pixel_array.reshape(-1, phantom.ROWS, phantom.COLUMNS)
    for frame, groups in zip(frames, newest.PerFrameFunctionalGroupsSequence, strict=True):
        height_mm = float(groups.PlanePositionSequence[0].ImagePositionPatient[2])
        marked[round(height_mm / phantom.SLICE_DISTANCE_MM) - 1] |= frame.astype(bool)
    return marked


def wait_changed(panel: Any, before: str) -> None:
    """Wait until the newest segment has another volume."""
    expect(panel.get_by_test_id("segment-volume").last).not_to_have_text(before)


def test_a_range_is_marked_on_all_images(panel: Any, one_site: Any) -> None:
    fill(panel, 50, 70)
    expect_pixels(panel, SQUARE_PIXELS)
    marked = saved(panel, one_site)
    assert marked[:, 24:72, 32:96].all()
    assert marked.sum() == SQUARE_PIXELS


def test_the_eraser_takes_away_a_circle_of_one_image(panel: Any, one_site: Any) -> None:
    fill(panel, 50, 70)
    expect_pixels(panel, SQUARE_PIXELS)
    before = panel.get_by_test_id("segment-volume").last.inner_text()
    stroke(panel, "Eraser", 0.5, 0.5)
    wait_changed(panel, before)
    gone = ~saved(panel, one_site)[:, 24:72, 32:96]
    assert [image for image in range(N_SLICES) if gone[image].any()] == [2]
    area_mm2 = gone.sum() * PIXEL_MM2
    assert area_mm2 == pytest.approx(math.pi * RADIUS_MM**2, rel=0.2)
    rows, columns = np.nonzero(gone[2])
    assert np.ptp(rows) * phantom.ROW_SPACING_MM <= 2 * RADIUS_MM + 2
    assert abs(columns.mean() - 31.5) < 2
    assert abs(rows.mean() - 23.5) < 2


def test_the_brush_in_a_range_passes_over_what_is_outside(panel: Any, one_site: Any) -> None:
    set_range(panel, 50, 70)
    settle(panel.page)
    # The upper edge of the square, at a quarter of the image: half of the circle has other values.
    box = panel.page.locator(".canvas").first.bounding_box()
    shown_mm = phantom.ROWS * phantom.ROW_SPACING_MM
    share = 0.5 - 24 * phantom.ROW_SPACING_MM / shown_mm * min(1, box["width"] / box["height"])
    stroke(panel, "Brush in range", 0.5, share)
    wait_changed(panel, "–")
    marked = saved(panel, one_site)
    outside = marked.copy()
    outside[:, 24:72, 32:96] = False
    assert not outside.any()
    area_mm2 = marked.sum() * PIXEL_MM2
    assert 0.25 * math.pi * RADIUS_MM**2 < area_mm2 < 0.8 * math.pi * RADIUS_MM**2


def test_of_several_parts_the_largest_is_kept_and_small_ones_are_dropped(panel: Any, one_site: Any) -> None:
    fill(panel, 50, 160)
    expect_pixels(panel, SQUARE_PIXELS + MARK_PIXELS)
    panel.get_by_role("button", name="Largest only").click()
    expect_pixels(panel, SQUARE_PIXELS)
    assert saved(panel, one_site)[:, 24:72, 32:96].all()
    panel.get_by_role("button", name="Undo").click()
    expect_pixels(panel, SQUARE_PIXELS + MARK_PIXELS)
    smallest = panel.get_by_role("spinbutton", name="Smallest part in mL")
    smallest.fill(f"{1.1 * MARK_PIXELS * VOXEL_ML:.2f}")
    smallest.press("Enter")
    panel.get_by_role("button", name="Drop small").click()
    expect_pixels(panel, SQUARE_PIXELS)
