"""Known voxels have the right value, unit, length, angle, area and distance: in images, planes, and from the server.

The ruler is made of the phantom's voxels and not of the page's own scale: every value tells its column, row and image,
and where one column gives way to the next is known from the header.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect
from pydicom.uid import generate_uid
from tests.workstation.at_rest import settle, text_of, until
from tests.workstation.test_viewports import DOUBLE_CLICK_MS, OBLIQUE, STRAIGHT, Cell, Phantom

from isocenter.server.web.reading_room import STATIC

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (STATIC / "index.html").is_file(), reason="the viewer is not built (make viewer)"),
]

TOLERANCE_MM = 0.1
PHANTOMS = {"axial": STRAIGHT, "oblique": OBLIQUE}


@dataclass
class Picture:
    """A picture of a phantom, however it is drawn: what stands at a place, and how large a pixel of the screen is."""

    page: Any
    phantom: Phantom
    read: Callable[[float, float], float]
    """The value at a place on the page in HU; the unit is checked."""
    box: dict[str, float]
    tools: dict[str, Callable[[], None]]
    next_slice: Callable[[], None]
    is_interpolated: bool = False

    def at(self, x: float, y: float) -> tuple[int, int]:
        """Return the place on the page of a share of the picture: whole pixels, as the browser tells them."""
        return round(self.box["x"] + x * self.box["width"]), round(self.box["y"] + y * self.box["height"])

    def voxel(self, x: float, y: float) -> np.ndarray:
        """Return column, row and image (along the normal) of the voxel at a place on the page."""
        value = round(self.read(x, y))
        columns, rows = self.phantom.n_columns, self.phantom.n_rows
        return np.array([value % columns, value // columns % rows, value // columns // rows])

    def edge(self, axis: int, start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
        """Return the first edge between voxels of an axis on the way from start to end.

        As its place on the page from 0 to 1, and as index along the axis.
        """
        low, high = 0.0, 1.0
        on_way = lambda t: (start[0] + t * (end[0] - start[0]), start[1] + t * (end[1] - start[1]))  # noqa: E731
        first = self.voxel(*start)[axis]
        step = np.sign(self.voxel(*end)[axis] - first)
        assert step, "the way crosses no edge"
        for _ in range(11):
            middle = (low + high) / 2
            if self.voxel(*on_way(middle))[axis] == first:
                low = middle
            else:
                high = middle
        return high, first + step / 2

    def ruler(self, axis: int, direction: tuple[int, int, int], along: str) -> float:
        """Return mm per pixel of the screen along its rows ("x") or columns ("y"), which lead there in the patient."""
        ends = ((0.36, 0.5), (0.5, 0.5)), ((0.62, 0.5), (0.5, 0.5))
        k = 0 if along == "x" else 1
        on_page = [[self.at(*(place if k == 0 else place[::-1])) for place in way] for way in ends]
        if self.is_interpolated:
            first, last = on_page[0][0], on_page[1][0]
            return abs((self.read(*last) - self.read(*first)) / self.per_mm(direction) / (last[k] - first[k]))
        (p0, i0), (p1, i1) = (self.edge(axis, a, b) for a, b in on_page)
        (a0, b0), (a1, b1) = ((a[k], b[k]) for a, b in on_page)
        spacing_mm = (self.phantom.spacing_mm[1], self.phantom.spacing_mm[0], self.phantom.step_mm)[axis]
        axes = (self.phantom.row, self.phantom.column, tuple(self.phantom.normal))
        px = (a1 + p1 * (b1 - a1)) - (a0 + p0 * (b0 - a0))
        return abs((i1 - i0) * spacing_mm / (px * np.dot(axes[axis], direction)))

    def per_mm(self, direction: tuple[int, int, int]) -> float:
        """Return how much values rise over a millimetre in a direction of the patient."""
        phantom, n = self.phantom, self.phantom.n_columns
        rises = np.array([1 / phantom.spacing_mm[1], n / phantom.spacing_mm[0], n * phantom.n_rows / phantom.step_mm])
        axes = np.array([phantom.row, phantom.column, phantom.normal])
        return float(rises @ axes @ np.array(direction))

    def depth_mm(self, place: tuple[float, float], before: float, normal: tuple[int, int, int]) -> float:
        """Return how far the picture has gone on since it had a value at a place."""
        after = self.read(*place)
        if self.is_interpolated:
            return abs((after - before) / self.per_mm(normal))
        columns, rows = self.phantom.n_columns, self.phantom.n_rows
        index = [
            np.array([v % columns, v // columns % rows, v // columns // rows]) for v in (round(before), round(after))
        ]
        steps_mm = (index[1] - index[0]) * (*self.phantom.spacing_mm[::-1], self.phantom.step_mm)
        axes = np.array([self.phantom.row, self.phantom.column, self.phantom.normal])
        return float(abs(steps_mm @ axes @ np.array(normal)))

    def click(self, *points: tuple[float, float]) -> None:
        """Click one place after the other; a double click maximises the cell, so not too fast."""
        for point in points:
            self.page.mouse.move(*point)
            self.page.mouse.down()
            self.page.mouse.up()
            self.page.wait_for_timeout(DOUBLE_CLICK_MS)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag with the first button."""
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        self.page.mouse.move(*end)
        self.page.mouse.up()

    def assert_measured(self, name: str, quantity: str, expected: float, tolerance: float) -> None:
        """Assert a number of the panel's row; it is looked at again while the page still follows the hand."""
        row = self.page.get_by_test_id("measurement").filter(has=self.page.get_by_placeholder(name, exact=True))
        number = row.locator(f"[title^='{quantity}: ']")
        number.wait_for()

        def told() -> float:
            return float(number.get_attribute("title").split(": ")[1].split()[0])

        found = until(self.page, told, lambda value: abs(value - expected) <= tolerance)
        assert found == pytest.approx(expected, abs=tolerance)


def stack_of(site: Any, reader: Any, phantom: Phantom) -> Picture:
    """Open the images as they were acquired."""
    reader.open(f"/view/{phantom.study_uid}/{phantom.series_uid}")
    cell = Cell(reader.page)
    cell.wait_for("Image 6 of 12")
    return here(reader.page, phantom, cell)


def here(page: Any, phantom: Phantom, cell: Cell) -> Picture:
    """Return a picture that the browser draws."""

    def read(x: float, y: float) -> float:
        page.mouse.move(x, y)
        pattern = r"(-?[\d.]+) HU$"
        text = text_of(page, page.locator(".overlays .bottom-right > :last-child").first, pattern)
        found = re.search(pattern, text)
        assert found, f"no value in HU in {text!r}"
        return float(found[1])

    keys = {"length": "l", "angle": "a", "ellipse": "e", "3D": "D"}
    tools = {name: (lambda key=key: page.keyboard.press(key)) for name, key in keys.items()}

    def next_slice() -> None:
        before = cell.text()
        page.keyboard.press("ArrowDown")
        assert until(page, cell.text, lambda text: text != before) != before, "the picture stays"

    return Picture(page, phantom, read, cell.box, tools, next_slice)


def plane_of(site: Any, reader: Any, phantom: Phantom) -> Picture:
    """Show a plane across the images."""
    stack_of(site, reader, phantom)
    across = "C" if phantom.row == STRAIGHT.row else "A"
    reader.page.keyboard.press(across)
    cell = Cell(reader.page)
    cell.wait_for("coronal|axial")
    cell.wait_for_volume()
    return here(reader.page, phantom, cell)


def served(site: Any, reader: Any, phantom: Phantom) -> Picture:
    """Let the server draw the plane across the images."""
    page = reader.page
    reader.open(f"/server-view/{phantom.study_uid}/{phantom.series_uid}")
    view = page.locator(".server-view")
    view.locator("img").wait_for()
    settle(page)
    if phantom.row == STRAIGHT.row:
        page.get_by_role("button", name="Coronal").click()
    settle(page)

    def read(x: float, y: float) -> float:
        page.mouse.move(x, y)
        # It is busy until it tells the value of the place where the pointer is.
        expect(view).to_have_attribute("aria-busy", "false")
        value = page.locator(".server-view .bottom-right > :last-child").filter(has_text=re.compile(r"-?[\d.]+ HU$"))
        return float(value.inner_text().removesuffix(" HU").split()[-1])

    names = {"length": "Length", "angle": "Angle", "ellipse": "Ellipse", "3D": "Length"}

    def choose(name: str) -> None:
        button = page.get_by_role("button", name=name, exact=True)
        if button.get_attribute("aria-pressed") != "true":
            button.click()

    tools = {name: (lambda label=label: choose(label)) for name, label in names.items()}

    def next_slice() -> None:
        before = view.locator("img").get_attribute("src")
        view.press("ArrowDown")
        expect(view.locator("img")).not_to_have_attribute("src", before)
        settle(page)

    return Picture(page, phantom, read, view.bounding_box(), tools, next_slice, is_interpolated=True)


MODES = {"images": stack_of, "plane": plane_of, "server": served}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", PHANTOMS)
def test_a_known_phantom_is_measured_right(one_site: Any, same_reader: Any, name: str, mode: str) -> None:
    study = generate_uid()[:54]
    phantom = replace(PHANTOMS[name], study_uid=study, series_uid=f"{study}.1", space_uid=f"{study}.9")
    for file in phantom.files():
        one_site.store_bytes(file)
    shown = MODES[mode](one_site, same_reader, phantom)
    x, y, normal = directions(name, mode)
    vertical = shown.ruler(2 if mode != "images" else 1, y, "y")
    # Along the rows the server's whole numbers are coarse.
    assert shown.ruler(0, x, "x") == pytest.approx(vertical, rel=0.1), "pixels of the screen are square"
    mm_per_px = vertical

    def length_mm(start: tuple[float, float], end: tuple[float, float]) -> float:
        return float(np.hypot(end[0] - start[0], end[1] - start[1])) * mm_per_px

    # Nothing begins on what is drawn already: that would be taken and moved.
    start, end = shown.at(0.45, 0.44), shown.at(0.54, 0.56)
    shown.tools["length"]()
    shown.drag(start, end)
    shown.assert_measured("Length 1", "Length", length_mm(start, end), TOLERANCE_MM)

    side, vertex, other = (shown.at(*place) for place in [(0.4, 0.6), (0.4, 0.7), (0.47, 0.73)])
    shown.tools["angle"]()
    shown.page.wait_for_timeout(DOUBLE_CLICK_MS)
    shown.drag(side, vertex)
    shown.page.wait_for_timeout(DOUBLE_CLICK_MS)
    shown.click(other)
    angle_deg = 90 + np.degrees(np.arctan2(other[1] - vertex[1], other[0] - vertex[0]))
    shown.assert_measured("Angle 1", "Angle", angle_deg, 0.5)

    middle, edge = shown.at(0.52, 0.35), shown.at(0.56, 0.4)
    shown.tools["ellipse"]()
    shown.drag(middle, edge)
    area_mm2 = np.pi * abs(edge[0] - middle[0]) * abs(edge[1] - middle[1]) * mm_per_px**2
    shown.assert_measured("Ellipse 1", "Area", area_mm2, 0.02 * area_mm2)

    start, end = shown.at(0.37, 0.45), shown.at(0.41, 0.5)
    shown.tools["3D"]()
    before = shown.read(*start)
    shown.page.wait_for_timeout(DOUBLE_CLICK_MS)
    shown.click(start)
    for _ in range(3):
        shown.next_slice()
    shown.page.wait_for_timeout(DOUBLE_CLICK_MS)
    depth_mm = shown.depth_mm(start, before, normal)
    assert depth_mm > 1
    shown.click(end)
    shown.assert_measured("Length 2", "Length", float(np.hypot(length_mm(start, end), depth_mm)), TOLERANCE_MM)


def directions(name: str, mode: str) -> tuple[tuple[Any, ...], ...]:
    """Return where in the patient the screen's rows, its columns and its depth lead."""
    phantom = PHANTOMS[name]
    if mode == "images":
        return phantom.row, phantom.column, tuple(phantom.normal)
    return ((1, 0, 0), (0, 0, -1), (0, 1, 0)) if name == "axial" else ((1, 0, 0), (0, 1, 0), (0, 0, 1))
