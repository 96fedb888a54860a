"""Pictures of docs/howto/read-a-study.md, made anew: ISOCENTER_PICTURES=1 pytest tests/workstation/test_pictures.py."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest
from playwright.sync_api import expect
from pydicom.data import get_testdata_file
from tests.workstation.dicom_studies import ward

pytestmark = pytest.mark.skipif(not os.environ.get("ISOCENTER_PICTURES"), reason="ISOCENTER_PICTURES is not set")

Take = Callable[[Any, str], None]
LARGEST_BYTES = 250_000


@pytest.fixture
def take(request: pytest.FixtureRequest) -> Take:
    """Return a function that keeps a picture for the documentation, in at most 256 colours if it would be large."""
    folder: Path = request.config.rootpath / "docs" / "images" / "workstation"

    def keep(page: Any, name: str) -> None:
        path = folder / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(path))
        if path.stat().st_size >= LARGEST_BYTES:
            from PIL import Image

            with Image.open(path) as shot:
                shot.convert("RGB").quantize(128).save(path, optimize=True)
        assert path.stat().st_size < LARGEST_BYTES, path

    return keep


def draw(page: Any, key: str, *places: tuple[float, float]) -> None:
    """Choose a tool by its key and drag with it over the first cell."""
    box = page.locator(".canvas").first.bounding_box()
    page.keyboard.press(key)
    points = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in places]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=6)
    page.mouse.up()
    page.wait_for_timeout(700)


def uids_of(folder: Path) -> tuple[str, str]:
    found = pydicom.dcmread(sorted(folder.iterdir())[0], stop_before_pixels=True)
    return found.StudyInstanceUID, found.SeriesInstanceUID


def test_work_list(site: Any, reader: Any, take: Take) -> None:
    for file in ward():
        site.store_bytes(file)
    reader.open("/studies/1.2.826.0.1.77.3")
    expect(reader.page.locator(".thumbnail img").first).to_be_visible()
    reader.page.wait_for_timeout(500)
    take(reader.page, "work-list")


def test_planes_and_measurements(site: Any, reader: Any, shared_data: Path, take: Take) -> None:
    folder = shared_data / "demo" / "liver_ct" / "image"
    site.store(folder)
    study, series = uids_of(folder)
    page = reader.page
    reader.open(f"/view/{study}/{series}")
    page.get_by_text("Image 21 of 41").wait_for()
    page.keyboard.press("M")
    page.get_by_text("sagittal").first.wait_for(timeout=60_000)
    page.wait_for_timeout(6000)
    draw(page, "e", (0.4, 0.45), (0.46, 0.55))
    draw(page, "l", (0.25, 0.4), (0.35, 0.6))
    page.get_by_test_id("measurement").nth(1).wait_for()
    page.mouse.move(5, 400)
    page.wait_for_timeout(1500)
    take(page, "planes-and-measurements")
    page.evaluate("localStorage.setItem('isocenter-theme', 'light')")
    page.reload()
    page.get_by_text("Image 21 of 41").wait_for()
    page.wait_for_timeout(1500)
    take(page, "light")
    page.evaluate("localStorage.setItem('isocenter-theme', 'dark')")
    reader.open(f"/server-view/{study}/{series}")
    page.locator(".server-view img").wait_for(timeout=60_000)
    page.wait_for_timeout(1000)
    take(page, "server-view")


def test_fusion(site: Any, reader: Any, shared_data: Path, take: Take) -> None:
    folder = shared_data / "demo" / "sts_002"
    site.store(folder / "CT" / "image", folder / "PET" / "image")
    study, series = uids_of(folder / "CT" / "image")
    page = reader.page
    reader.open(f"/view/{study}/{series}")
    page.locator(".overlays").first.wait_for()
    page.keyboard.press("A")
    page.get_by_text("axial").first.wait_for(timeout=60_000)
    page.wait_for_timeout(3000)
    page.keyboard.press("F")
    page.wait_for_timeout(6000)
    page.mouse.move(5, 400)
    take(page, "fusion")


@pytest.mark.parametrize(("name", "file"), [("report", "test-SR.dcm"), ("ecg", "waveform_ecg.dcm")])
def test_documents(site: Any, reader: Any, take: Take, name: str, file: str) -> None:
    path = Path(str(get_testdata_file(file, download=False)))
    site.store(path)
    reader.open(f"/view/{pydicom.dcmread(path).StudyInstanceUID}")
    reader.page.frame_locator(".viewport-cell iframe").get_by_role("heading").first.wait_for()
    reader.page.wait_for_timeout(500)
    take(reader.page, name)
