"""Every measuring tool by mouse, against what geometry says: on images, on planes, across both, and in ultrasound."""

from __future__ import annotations

import csv
import importlib.util
import io
import math
import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pydicom
import pytest
from playwright.sync_api import expect
from pydicom.dataset import Dataset
from pydicom.uid import UltrasoundImageStorage
from tests.workstation.at_rest import settle, steady, text_of, until


def _beside(name: str) -> ModuleType:
    """Return the module of this name in this folder."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


phantom = _beside("ct_phantom")
Keep = Callable[[Any, str], Path]
PAUSE_MS = 600  # presses that follow each other faster are one double click
Place = tuple[float, float]


class Page:
    """The reading page, as a hand with a mouse uses it."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def at(self, place: Place, cell: int = 0) -> Place:
        """Return where on the page a share of a cell's width and height is, once it keeps its place."""
        return self.all_at([place], cell)[0]

    def all_at(self, places: Iterable[Place], cell: int = 0) -> list[Place]:
        """Return where on the page shares of a cell's width and height are."""
        settle(self.page)
        box = self.page.locator(".canvas").nth(cell).bounding_box()
        return [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in places]

    def drag(self, *places: Place) -> None:
        """Press at the first place, go through the others, and let go."""
        first, *others = self.all_at(places)
        self.page.mouse.move(*first)
        self.page.mouse.down()
        for place in others:
            self.page.mouse.move(*place, steps=6)
        self.page.mouse.up()
        self.page.wait_for_timeout(PAUSE_MS)

    def click(self, place: Place, cell: int = 0) -> None:
        """Press and let go."""
        self.page.mouse.move(*self.at(place, cell), steps=4)
        self.page.mouse.down()
        self.page.mouse.up()
        self.page.wait_for_timeout(PAUSE_MS)

    def lines(self, expected: int) -> list[dict[str, str]]:
        """Return the table that the panel exports once it has so many measurements and all are saved."""
        self.page.get_by_test_id("measurement").nth(expected - 1).wait_for()
        panel = self.page.locator('.measurement-panel[aria-busy="false"]')
        panel.locator('[data-testid=save-state][data-state="saved"]').wait_for()
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name="Export CSV").click()
        return list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8"))))

    def drawn(self, pattern: str = "") -> str:
        """Return all that tools have written on the pictures, once it has what is looked for and rests."""
        settle(self.page)

        def read() -> str:
            return " ".join(self.page.locator("svg.svg-layer text").all_text_contents())

        until(self.page, read, lambda text: re.search(pattern, text))
        return str(steady(self.page, read))


def points_of(line: dict[str, str]) -> list[np.ndarray]:
    """Return the points in the patient, mm."""
    return [
        np.array([float(x) for x in point.split()]) for point in line["points in the patient (x y z, mm)"].split("; ")
    ]


def value_of(lines: list[dict[str, str]], kind: str, quantity: str = "", derivation: str = "") -> tuple[float, str]:
    """Return the number of a kind and its unit."""
    found = [
        line
        for line in lines
        if line["kind"] == kind and quantity in line["quantity"] and derivation in (line["derivation"] or "")
    ]
    assert found, f"no {quantity or kind} in {[(line['kind'], line['quantity'], line['derivation']) for line in lines]}"
    return float(found[0]["value"]), found[0]["unit (UCUM)"]


def angle_deg(u: np.ndarray, v: np.ndarray) -> float:
    return math.degrees(math.acos(float(u @ v) / float(np.linalg.norm(u) * np.linalg.norm(v))))


def area_mm2(corners: list[np.ndarray]) -> float:
    """Return the area of a plane polygon."""
    first = corners[0]
    crosses = [np.cross(a - first, b - first) for a, b in pairwise(corners[1:])]
    return float(np.linalg.norm(sum(crosses))) / 2


def opened(site: Any, reader: Any, n_slices: int = 8) -> Page:
    for content in phantom.ct_files(n_slices):
        site.store_bytes(content)
    reader.open(f"/view/{phantom.STUDY}/{phantom.SERIES}")
    reader.page.get_by_text("Image 4 of 8").wait_for()
    settle(reader.page)
    return Page(reader.page)


@pytest.mark.parametrize("where", ["image", "plane"])
def test_every_tool_measures_what_geometry_says(site: Any, reader: Any, picture: Keep, where: str) -> None:
    hand = opened(site, reader)
    page = hand.page
    if where == "plane":
        page.keyboard.press("C")
        page.get_by_text("coronal").first.wait_for()
        settle(page)
    # From right to left: what is written stands to the right of its measurement, and must not be pressed.
    page.keyboard.press("n")
    hand.drag((0.86, 0.44), (0.9, 0.56))
    page.get_by_label("Text of the arrow").last.fill("Look here")
    page.keyboard.press("Enter")
    page.wait_for_timeout(PAUSE_MS)
    page.keyboard.press("a")
    hand.drag((0.68, 0.42), (0.74, 0.56))
    hand.click((0.8, 0.42))
    page.keyboard.press("f")
    corners = [(0.56, 0.5), (0.62, 0.5), (0.62, 0.57), (0.56, 0.57)]
    hand.drag(*corners, corners[0])
    page.keyboard.press("q")
    hand.drag((0.5, 0.5), (0.54, 0.56))
    page.keyboard.press(".")
    hand.click((0.47, 0.54))
    page.keyboard.press("b")
    hand.drag((0.36, 0.42), (0.48, 0.46))
    page.keyboard.press("l")
    hand.drag((0.2, 0.44), (0.32, 0.56))
    page.keyboard.press("c")
    hand.drag((0.06, 0.42), (0.14, 0.43))
    hand.drag((0.06, 0.58), (0.14, 0.54))
    picture(page, f"measured-on-{where}")
    lines = hand.lines(8)
    by_kind = {line["kind"]: line for line in reversed(lines)}

    a, b = points_of(by_kind["Length"])
    assert value_of(lines, "Length") == (pytest.approx(np.linalg.norm(b - a), abs=0.01), "mm")
    a, b, c, d = points_of(by_kind["Bidirectional"])
    assert value_of(lines, "Bidirectional", "Long") == (pytest.approx(np.linalg.norm(b - a), abs=0.01), "mm")
    assert value_of(lines, "Bidirectional", "Short") == (pytest.approx(np.linalg.norm(d - c), abs=0.01), "mm")
    assert abs(float((b - a) @ (d - c))) < 0.5, "the short axis crosses the long one at a right angle"
    a, b, c = points_of(by_kind["Angle"])
    assert value_of(lines, "Angle") == (pytest.approx(angle_deg(a - b, c - b), abs=0.01), "deg")
    a, b, c, d = points_of(by_kind["CobbAngle"])
    cobb = angle_deg(b - a, d - c)
    assert value_of(lines, "CobbAngle") == (pytest.approx(min(cobb, 180 - cobb), abs=0.01), "deg")
    p, q, r, s = points_of(by_kind["RectangleROI"])
    assert value_of(lines, "RectangleROI", "Area") == (pytest.approx(area_mm2([p, q, s, r]), rel=0.01), "mm2")
    assert value_of(lines, "RectangleROI", derivation="Mean") == (pytest.approx(60, abs=0.5), "[hnsf'U]")
    contour = points_of(by_kind["PlanarFreehandROI"])
    area, unit = value_of(lines, "PlanarFreehandROI", "Area")
    assert unit == "mm2"
    assert area == pytest.approx(area_mm2(contour), rel=0.01)
    assert value_of(lines, "Probe") == (60, "[hnsf'U]")
    assert by_kind["ArrowAnnotate"]["label"] == "Look here"

    # Geometry of the screen and of the header.
    bar = page.locator(".scale-bar").first
    length, unit = re.match(r"([\d.]+) (cm|mm)", bar.inner_text()).groups()  # type: ignore[union-attr]
    mm_per_px = (
        float(length)
        * (10 if unit == "cm" else 1)
        / bar.locator("div").evaluate("bar => bar.getBoundingClientRect().width")
    )
    (x0, y0), (x1, y1) = hand.at((0.2, 0.44)), hand.at((0.32, 0.56))
    assert value_of(lines, "Length")[0] == pytest.approx(math.hypot(x1 - x0, y1 - y0) * mm_per_px, abs=0.2)

    kinds = {line["kind"] for line in lines}
    page.reload()
    assert {line["kind"] for line in Page(page).lines(8)} == kinds
    if where == "plane":
        archive = site.department.archive
        files = [archive.current(each) for each in archive.instances(phantom.STUDY)]
        reports = [
            found for found in (pydicom.dcmread(io.BytesIO(bytes(file))) for file in files) if found.Modality == "SR"
        ]
        assert "SCOORD3D" in str(reports[-1])


def test_a_distance_goes_from_one_image_to_another(site: Any, reader: Any, picture: Keep) -> None:
    hand = opened(site, reader)
    page = hand.page
    page.keyboard.press("D")
    hand.click((0.4, 0.4))
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    page.get_by_text("Image 7 of 8").wait_for()
    hand.click((0.6, 0.6))
    (line,) = hand.lines(1)
    a, b = points_of(line)
    assert abs(b[2] - a[2]) == pytest.approx(3 * phantom.SLICE_DISTANCE_MM, abs=1e-3)
    assert float(line["value"]) == pytest.approx(float(np.linalg.norm(b - a)), abs=0.01)
    told = f"{float(line['value']):.1f} mm (3D)"
    assert told in hand.drawn(re.escape(told))
    picture(page, "distance-3d")
    # From a plane, too: its points lie where it lies.
    page.keyboard.press("C")
    page.get_by_text("coronal").first.wait_for()
    assert told in hand.drawn(re.escape(told))
    hand.click((0.3, 0.5))
    overlay = page.locator(".overlays .bottom-left").first
    before = overlay.inner_text()
    page.keyboard.press("PageDown")
    expect(overlay).not_to_have_text(before)
    settle(page)
    hand.click((0.7, 0.5))
    second = hand.lines(2)[1]
    a, b = points_of(second)
    assert abs(b[1] - a[1]) > 5
    assert float(second["value"]) == pytest.approx(float(np.linalg.norm(b - a)), abs=0.01)
    page.reload()
    again = Page(page).lines(2)
    assert [each["value"] for each in again] == [line["value"], second["value"]]
    assert told in hand.drawn(re.escape(told))


def test_another_tool_forgets_the_point_that_has_no_second(site: Any, reader: Any) -> None:
    hand = opened(site, reader)
    page = hand.page
    page.keyboard.press("D")
    hand.click((0.4, 0.4))
    page.keyboard.press("l")
    hand.drag((0.3, 0.3), (0.5, 0.3))
    (line,) = hand.lines(1)
    assert "3D" not in hand.drawn()
    assert line["kind"] == "Length"


def ultrasound(series: str) -> bytes:
    """Return a picture with two regions side by side: 0.5 x 0.5 mm and 0.2 x 0.8 mm per pixel."""
    found = pydicom.dcmread(io.BytesIO(phantom.ct_files(1)[0]))
    for keyword in ("PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient", "FrameOfReferenceUID"):
        delattr(found, keyword)
    for keyword in ("RescaleSlope", "RescaleIntercept", "RescaleType", "SliceThickness", "KVP"):
        delattr(found, keyword)
    found.SOPClassUID, found.Modality, found.SeriesDescription = UltrasoundImageStorage, "US", "Two regions"
    found.SeriesInstanceUID, found.SOPInstanceUID = series, f"{series}.1"
    found.Rows, found.Columns, found.BitsAllocated, found.BitsStored, found.HighBit = 200, 300, 8, 8, 7
    found.PixelRepresentation = 0
    found.WindowCenter, found.WindowWidth = 128, 256
    values = np.full((200, 300), 60, np.uint8)
    values[:, 150:] = 120
    found.PixelData = values.tobytes()

    def region(x0: int, x1: int, across_cm: float, down_cm: float) -> Dataset:
        item = Dataset()
        item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = 1, 1, 0
        item.RegionLocationMinX0, item.RegionLocationMinY0 = x0, 0
        item.RegionLocationMaxX1, item.RegionLocationMaxY1 = x1, 199
        item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = 3
        item.PhysicalDeltaX, item.PhysicalDeltaY = across_cm, down_cm
        return item

    found.SequenceOfUltrasoundRegions = [region(0, 149, 0.05, 0.05), region(150, 299, 0.02, 0.08)]
    found.file_meta.MediaStorageSOPClassUID, found.file_meta.MediaStorageSOPInstanceUID = (
        found.SOPClassUID,
        found.SOPInstanceUID,
    )
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, found, enforce_file_format=True)
    return stream.getvalue()


def test_each_ultrasound_region_measures_by_its_own_scale(site: Any, reader: Any, picture: Keep) -> None:
    series = f"{phantom.STUDY}.7"
    site.store_bytes(ultrasound(series))
    reader.open(f"/view/{phantom.STUDY}/{series}")
    page = reader.page
    page.locator(".overlays").first.wait_for()
    settle(page)
    hand = Page(page)
    readout = page.locator(".bottom-right > :last-child").first

    def pixel_at(place: Place) -> np.ndarray:
        page.mouse.move(*hand.at(place))
        pattern = r"\((\d+), (\d+)\)"
        found = re.match(pattern, text_of(page, readout, pattern))
        assert found
        return np.array([int(found[1]), int(found[2])])

    for n_before, start, end, scale_cm in (
        (0, (0.25, 0.4), (0.4, 0.6), np.array([0.05, 0.05])),
        (1, (0.6, 0.4), (0.75, 0.6), np.array([0.02, 0.08])),
    ):
        pixels = pixel_at(end) - pixel_at(start)
        page.keyboard.press("l")
        hand.drag(start, end)
        pattern = r"([\d.]+) cm US Region"
        length = re.findall(pattern, hand.drawn(rf"(?:{pattern}.*){{{n_before + 1}}}"))[-1]
        assert float(length) == pytest.approx(float(np.linalg.norm(pixels * scale_cm)), abs=scale_cm.max() * 1.5)
        page.keyboard.press("q")
        before = hand.drawn()
        hand.drag((start[0] + 0.02, 0.65), (end[0] - 0.02, 0.8))
        size = (pixel_at((end[0] - 0.02, 0.8)) - pixel_at((start[0] + 0.02, 0.65))) * scale_cm
        pattern = r"Area: ([\d.]+) cm² US Region"
        area = re.findall(pattern, hand.drawn(rf"(?:{pattern}.*){{{n_before + 1}}}").replace(before, ""))[-1]
        assert float(area) == pytest.approx(float(np.prod(size)), rel=0.05)
    picture(page, "ultrasound-regions")
    column, row = pixel_at((0.7, 0.3))
    told = f"{(column - 150) * 0.02:.2f} cm {row * 0.08:.2f} cm"
    assert told in text_of(page, readout, re.escape(told))
    lines = hand.lines(4)
    assert {line["unit (UCUM)"] for line in lines if line["quantity"] == "Length"} == {"cm"}
    assert {line["unit (UCUM)"] for line in lines if line["quantity"] == "Area"} == {"cm2"}


def test_uptake_is_written_on_the_picture_also_after_a_reload(site: Any, reader: Any) -> None:
    for content in phantom.pet_files():
        site.store_bytes(content)
    reader.open(f"/view/{phantom.STUDY}/{phantom.PET_SERIES}")
    page = reader.page
    page.get_by_text("Image 5 of 9").wait_for()
    settle(page)
    hand = Page(page)
    page.keyboard.press("q")
    hand.drag((0.47, 0.47), (0.53, 0.53))
    assert "Max: 5.00 SUV" in hand.drawn("Max: 5.00 SUV")
    hand.lines(1)
    page.reload()
    page.get_by_text("Image 5 of 9").wait_for()
    page.get_by_test_id("measurement").first.wait_for()
    assert "Max: 5.00 SUV" in hand.drawn("Max: 5.00 SUV")
    assert "BQML" not in hand.drawn()
