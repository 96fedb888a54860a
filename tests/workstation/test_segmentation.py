"""What is marked on the page is in the archive as a segmentation, comes back exactly, and others' are shown."""

from __future__ import annotations

import importlib.util
import io
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pydicom
import pytest
from playwright.sync_api import expect
from tests.workstation.at_rest import settle, until


def _beside(name: str) -> ModuleType:
    """Return the module of this name in this folder."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


phantom = _beside("ct_phantom")
VOXEL_ML = phantom.ROW_SPACING_MM * phantom.COLUMN_SPACING_MM * phantom.SLICE_DISTANCE_MM / 1000
N_SLICES = 5
BINARY = "1.2.840.10008.5.1.4.1.1.66.4"


@pytest.fixture
def ct(site: Any, reader: Any) -> Any:
    """Return the page of the reader with the CT phantom open."""
    for content in phantom.ct_files(N_SLICES):
        site.store_bytes(content)
    open_series(reader)
    return reader.page


def open_series(reader: Any) -> None:
    """Show the phantom, and wait until the frame is on the screen."""
    reader.open(f"/view/{phantom.STUDY}/{phantom.SERIES}")
    reader.page.get_by_text(f"Image 3 of {N_SLICES}").wait_for()
    settle(reader.page)


def stroke(page: Any, key: str, *points: tuple[float, float]) -> None:
    """Choose a tool by its key and drag it through points, in fractions of the picture."""
    page.keyboard.press(key)
    # A tool begins a segmentation if there is none: before it has, nothing can be marked.
    page.get_by_role("complementary", name="Segments").get_by_test_id("segment-volume").first.wait_for()
    settle(page)
    box = page.locator(".canvas").first.bounding_box()
    (first, *others) = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in points]
    page.mouse.move(*first)
    page.mouse.down()
    for point in others:
        page.mouse.move(*point, steps=4)
    page.mouse.up()
    settle(page)


def wait_saved(page: Any) -> None:
    """Wait until the panel has taken what was drawn and says that the segmentation is saved."""
    panel = page.locator('.segment-panel[aria-busy="false"]')
    panel.locator('[data-testid=save-state][data-state="saved"]').wait_for()


def volumes(page: Any) -> list[str]:
    """Return what the panel says of each segment's volume."""
    return list(page.get_by_test_id("segment-volume").all_inner_texts())


def volume_text(n_pixels: int) -> str:
    """Return a volume as the panel writes it."""
    volume = n_pixels * VOXEL_ML
    return f"{volume:.2f} mL" if volume < 10 else f"{volume:.1f} mL"


def stored(site: Any) -> list[Any]:
    """Return the segmentations of the study, in the order of their numbers."""
    archive = site.department.archive
    read = [
        pydicom.dcmread(io.BytesIO(bytes(archive.current(instance)))) for instance in archive.instances(phantom.STUDY)
    ]
    return sorted((dataset for dataset in read if dataset.Modality == "SEG"), key=lambda one: int(one.InstanceNumber))


def saved_as(dataset: Any, folder: Path) -> Path:
    """Return the path of the data set's file."""
    path = folder / "segmentation.dcm"
    dataset.save_as(path)
    return path


def dciodvfy_errors(path: Path) -> list[str]:
    """Return what dciodvfy calls an error; skips where it is not installed."""
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy (package dicom3tools) is not installed")
    said = subprocess.run(
        ["dciodvfy", "-new", str(path)], capture_output=True, text=True, errors="replace", check=False
    )
    return [line for line in (said.stdout + said.stderr).splitlines() if line.startswith("Error")]


def test_what_is_painted_is_saved_and_comes_back(
    site: Any, ct: Any, reader: Any, tmp_path: Path, picture: Callable[[Any, str], Path]
) -> None:
    stroke(ct, "j", (0.4, 0.4), (0.6, 0.5))
    picture(ct, "segmentation-painted")
    wait_saved(ct)
    *_, ours = stored(site)  # a stroke that takes long is saved on its way as well
    assert ours.SOPClassUID == BINARY
    n_pixels = int(ours.pixel_array.sum())
    assert n_pixels > 100
    assert volumes(ct) == [volume_text(n_pixels)]
    assert dciodvfy_errors(saved_as(ours, tmp_path)) == []
    before = ours.pixel_array
    shown = volumes(ct)

    open_series(reader)
    ct.get_by_role("button", name="Show segments").click()
    ct.get_by_text(shown[0]).wait_for()
    stroke(ct, "j", (0.45, 0.75), (0.5, 0.75))
    wait_saved(ct)
    kept = stored(site)
    later = kept[-1]
    assert {one.SeriesInstanceUID for one in kept} == {ours.SeriesInstanceUID}
    assert ours.SOPInstanceUID in {one.SOPInstanceUID for one in kept[:-1]}
    for one, before_it in zip(kept[1:], kept, strict=False):
        replaced = one.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence[0]
        assert replaced.ReferencedSOPInstanceUID == before_it.SOPInstanceUID
    assert np.array_equal(later.pixel_array & before, before)
    assert later.pixel_array.sum() > before.sum()


def test_highdicom_reads_codes_and_pixels_of_two_segments(site: Any, ct: Any, tmp_path: Path) -> None:
    hd = pytest.importorskip("highdicom")
    stroke(ct, "j", (0.4, 0.4), (0.45, 0.4))
    panel = ct.get_by_role("complementary", name="Segments")
    panel.get_by_role("button", name="Add segment").click()
    panel.get_by_role("combobox", name="Kind").select_option(label="Liver")
    ct.keyboard.press("Home")
    ct.get_by_text(f"Image 1 of {N_SLICES}").wait_for()
    stroke(ct, "j", (0.55, 0.6), (0.6, 0.6))
    expect(ct.get_by_test_id("segment-volume")).to_have_text([re.compile(r"mL")] * 2)
    wait_saved(ct)
    *_, ours = stored(site)
    read = hd.seg.segread(saved_as(ours, tmp_path))
    first, second = read.get_segment_description(1), read.get_segment_description(2)
    assert first.segmented_property_type.value == "52988006"
    assert first.segmented_property_category.value == "49755003"
    assert (second.segment_label, second.segmented_property_type.value) == ("Liver", "10200004")
    uids = [phantom.instance_uid(number) for number in range(N_SLICES, 0, -1)]
    pixels = read.get_pixels_by_source_instance(uids, assert_missing_frames_are_empty=True)
    n_by_image = pixels.sum(axis=(1, 2))
    assert (n_by_image[:, 0] > 0).tolist() == [False, False, True, False, False]
    assert (n_by_image[:, 1] > 0).tolist() == [True, False, False, False, False]
    assert [volume_text(count) for count in n_by_image.sum(axis=0)] == volumes(ct)


def theirs() -> np.ndarray:
    """Return masks (image, row, column, segment) of two boxes of which the second lies within the first."""
    masks = np.zeros((N_SLICES, phantom.ROWS, phantom.COLUMNS, 2), dtype=bool)
    masks[1:4, 30:60, 40:80, 0] = True
    masks[2, 40:50, 50:60, 1] = True
    return masks


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_segmentations_of_others_are_shown(
    site: Any, reader: Any, kind: str, picture: Callable[[Any, str], Path]
) -> None:
    pytest.importorskip("highdicom")
    masks = theirs()
    files = phantom.ct_files(N_SLICES)
    content = _beside("seg_by_highdicom").segmentation(files, masks, kind, f"{phantom.STUDY}.77")
    for each in (*files, content):
        site.store_bytes(each)
    open_series(reader)
    page = reader.page
    page.get_by_role("button", name="Show segments").click()
    page.get_by_text("Written by other software").wait_for()
    if kind == "LABELMAP":
        masks[..., 0] &= ~masks[..., 1]
    expected = [volume_text(count) for count in masks.sum(axis=(0, 1, 2))]
    expect(page.get_by_test_id("segment-volume")).to_have_text(expected)
    settle(page)
    name = f"segmentation-{kind.lower()}-by-highdicom"
    both = {"blue", "yellow"}
    assert until(page, lambda: colours_inside(page, picture(page, name)), lambda found: found == both) == both


def colours_inside(page: Any, shot: Path) -> set[str]:
    """Return which colours the picture of a page has in the middle of its canvas."""
    settle(page)
    image = pytest.importorskip("PIL.Image").open(shot).convert("RGB")
    box = page.locator(".canvas").first.bounding_box()
    left, top = box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.25
    values = np.asarray(image.crop((int(left), int(top), int(left + box["width"] * 0.4), int(top + box["height"] / 2))))
    red, green, blue = (values[..., channel].astype(int) for channel in range(3))
    found = {"blue"} if (blue > red + 30).mean() > 0.05 else set()
    found |= {"red"} if ((red > green + 25) & (red > blue + 25)).mean() > 0.005 else set()
    return found | ({"yellow"} if ((red > blue + 30) & (green > blue + 30)).mean() > 0.005 else set())


def mean_of(page: Any) -> float:
    """Return the volume of the first segment, mL, once it is known."""
    expect(page.get_by_test_id("segment-volume").first).to_have_text(re.compile(r"^[\d.]+ mL"))
    return float(volumes(page)[0].split()[0])


def test_growing_smoothing_and_undoing(site: Any, ct: Any, picture: Callable[[Any, str], Path]) -> None:
    panel = ct.get_by_role("complementary", name="Segments")
    ct.keyboard.press("y")
    for name, value in (("From value", "50"), ("To value", "70")):
        panel.get_by_role("spinbutton", name=name).fill(value)
        panel.get_by_role("spinbutton", name=name).press("Enter")
    click(ct, 0.5, 0.5)
    square_pixels = 48 * 64 * N_SLICES  # all pixels of 60 HU, on every image
    ct.get_by_text(volume_text(square_pixels)).wait_for()
    click(ct, 0.5, 0.12)
    panel.get_by_text("not in the range").wait_for()
    ct.keyboard.press("Control+z")
    expect(panel.get_by_test_id("segment-volume")).to_have_text("–")
    ct.keyboard.press("Control+y")
    ct.get_by_text(volume_text(square_pixels)).wait_for()
    panel.get_by_role("button", name="Smooth").click()
    expect(panel.get_by_test_id("segment-volume")).not_to_have_text(volume_text(square_pixels))
    assert 0.97 * square_pixels * VOXEL_ML < mean_of(ct) < square_pixels * VOXEL_ML
    picture(ct, "segmentation-grown")
    wait_saved(ct)
    *_, ours = stored(site)
    assert ours.SegmentSequence[0].SegmentAlgorithmType == "SEMIAUTOMATIC"


def click(page: Any, x: float, y: float) -> None:
    """Click on the picture, at fractions of it."""
    settle(page)
    box = page.locator(".canvas").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
    settle(page)


def wait_for_mean(page: Any, expected_mL: float, tolerance_mL: float) -> None:
    """Wait until the volume of the first segment is what it should be."""
    page.wait_for_function(
        """([expected, tolerance]) => {
            const said = parseFloat(document.querySelector("[data-testid=segment-volume]").innerText);
            return Math.abs(said - expected) <= tolerance;
        }""",
        arg=[expected_mL, tolerance_mL],
    )


def test_what_lies_between_two_marked_images_is_filled(ct: Any) -> None:
    panel = ct.get_by_role("complementary", name="Segments")
    ct.keyboard.press("Home")
    expect(ct.get_by_text(f"Image 1 of {N_SLICES}")).to_be_visible()
    stroke(ct, "j", (0.5, 0.5), (0.5, 0.5))
    once = mean_of(ct)
    ct.keyboard.press("End")
    expect(ct.get_by_text(f"Image {N_SLICES} of {N_SLICES}")).to_be_visible()
    stroke(ct, "j", (0.5, 0.5), (0.5, 0.5))
    wait_for_mean(ct, 2 * once, 0.02)
    panel.get_by_role("button", name="Interpolate").click()
    wait_for_mean(ct, N_SLICES * once, 0.03)


def test_a_segment_painted_on_a_plane_is_on_every_image_it_crosses(
    site: Any, ct: Any, picture: Callable[[Any, str], Path]
) -> None:
    ct.keyboard.press("Shift+C")
    ct.get_by_text("coronal").first.wait_for()
    settle(ct)
    stroke(ct, "j", (0.5, 0.45), (0.5, 0.55))
    name = "segmentation-coronal"
    assert "red" in until(ct, lambda: colours_inside(ct, picture(ct, name)), lambda found: "red" in found)
    wait_saved(ct)
    *_, ours = stored(site)
    assert int(ours.NumberOfFrames) == N_SLICES
    assert all(frame.any() for frame in ours.pixel_array)
    ct.keyboard.press("Shift+S")
    ct.get_by_text(re.compile(rf"Image \d of {N_SLICES}")).first.wait_for()
    settle(ct)
    assert volumes(ct) == [volume_text(int(ours.pixel_array.sum()))]


def test_an_archive_that_is_away_loses_nothing(site: Any, ct: Any) -> None:
    ct.route(
        "**/dicom-web/studies/*", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    stroke(ct, "j", (0.4, 0.4), (0.6, 0.5))
    panel = ct.get_by_role("complementary", name="Segments")
    panel.locator('[data-testid=save-state][data-state="failed"]').wait_for()
    assert stored(site) == []
    ct.unroute_all()
    panel.get_by_role("button", name="Save now").click()
    wait_saved(ct)
    *_, ours = stored(site)
    assert volumes(ct) == [volume_text(int(ours.pixel_array.sum()))]


def test_an_expired_sign_in_loses_no_segment(site: Any, ct: Any) -> None:
    ct.context.clear_cookies()
    stroke(ct, "j", (0.4, 0.4), (0.6, 0.5))
    ct.get_by_label("User name").fill(site.username)
    ct.get_by_label("Password").fill(site.password)
    ct.get_by_role("button", name="Sign in").click()
    wait_saved(ct)
    *_, ours = stored(site)
    assert volumes(ct) == [volume_text(int(ours.pixel_array.sum()))]
