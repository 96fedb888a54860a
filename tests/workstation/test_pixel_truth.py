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

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the place on the page of a share of the picture."""
        return self.box["x"] + x * self.box["width"], self.box["y"] + y * self.box["height"]

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

    def ruler(self, axis: int, cosine: float, along: str) -> float:
        """Return mm per pixel of the screen along its rows ("x") or columns ("y"), from two edges of an axis."""
        spacing_mm = (self.phantom.spacing_mm[1], self.phantom.spacing_mm[0], self.phantom.step_mm)[axis]
        ends = [((0.36, 0.5), (0.5, 0.5)), ((0.62, 0.5), (0.5, 0.5))]
        places = []
        for start, end in ends:
            a, b = (self.at(*start), self.at(*end)) if along == "x" else (self.at(*start[::-1]), self.at(*end[::-1]))
            t, index = self.edge(axis, a, b)
            k = 0 if along == "x" else 1
            places.append((a[k] + t * (b[k] - a[k]), index))
        (p0, i0), (p1, i1) = places
        return abs((i1 - i0) * spacing_mm / ((p1 - p0) * cosine))

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
        for _ in range(20):
            found = float(number.get_attribute("title").split(": ")[1].split()[0])
            if abs(found - expected) <= tolerance:
                break
            self.page.wait_for_timeout(200)
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
        text = page.locator(".overlays .bottom-right > :last-child").first.inner_text()
        found = re.search(r"(-?[\d.]+) HU$", text)
        assert found, f"no value in HU in {text!r}"
        return float(found[1])

    keys = {"length": "l", "angle": "a", "ellipse": "e", "3D": "D"}
    tools = {name: (lambda key=key: page.keyboard.press(key)) for name, key in keys.items()}
    return Picture(page, phantom, read, cell.box, tools, lambda: page.keyboard.press("ArrowDown"))


def plane_of(site: Any, reader: Any, phantom: Phantom) -> Picture:
    """Show a plane across the images."""
    stack_of(site, reader, phantom)
    across = "C" if phantom.row == STRAIGHT.row else "A"
    reader.page.keyboard.press(across)
    cell = Cell(reader.page)
    cell.wait_for("coronal|axial")
    reader.page.wait_for_function("() => document.querySelector('.scale-bar') !== null")
    found = here(reader.page, phantom, cell)
    reader.page.mouse.move(*found.at(0.5, 0.5))
    reader.page.mouse.move(*found.at(0.5, 0.505))
    reader.page.wait_for_function(
        "() => document.querySelector('.bottom-right > :last-child').textContent.includes('HU')"
    )
    return found


def served(site: Any, reader: Any, phantom: Phantom) -> Picture:
    """Let the server draw the plane across the images."""
    page = reader.page
    reader.open(f"/server-view/{phantom.study_uid}/{phantom.series_uid}")
    view = page.locator(".server-view")
    view.locator("img").wait_for()
    if phantom.row == STRAIGHT.row:
        with page.expect_response("**/plane?*plane=coronal*"):
            page.get_by_role("button", name="Coronal").click()
    page.wait_for_function("() => document.querySelector('.server-view img').complete")

    def read(x: float, y: float) -> float:
        with page.expect_response("**/plane?*size=1%2C1*"):
            page.mouse.move(x, y)
            page.mouse.move(x, y)
        text = page.locator(".server-view .bottom-right > :last-child").inner_text()
        found = re.search(r"(-?[\d.]+) HU$", text)
        assert found, f"no value in HU in {text!r}"
        return float(found[1])

    names = {"length": "Length", "angle": "Angle", "ellipse": "Ellipse", "3D": "Length"}

    def choose(name: str) -> None:
        button = page.get_by_role("button", name=name, exact=True)
        if button.get_attribute("aria-pressed") != "true":
            button.click()

    tools = {name: (lambda label=label: choose(label)) for name, label in names.items()}

    def next_slice() -> None:
        with page.expect_response("**/plane?*plane=*"):
            view.press("ArrowDown")

    return Picture(page, phantom, read, view.bounding_box(), tools, next_slice)


MODES = {"images": stack_of, "plane": plane_of, "server": served}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", PHANTOMS)
def test_a_known_phantom_is_measured_right(one_site: Any, same_reader: Any, name: str, mode: str) -> None:
    number = 10 * list(PHANTOMS).index(name) + list(MODES).index(mode) + 1
    study = f"1.2.826.0.1.3680043.8.498.7{number}"
    phantom = replace(PHANTOMS[name], study_uid=study, series_uid=f"{study}.1", space_uid=f"{study}.9")
    for file in phantom.files():
        one_site.store_bytes(file)
    shown = MODES[mode](one_site, same_reader, phantom)
    # The cosine between the screen's rows and those of the images: the plane across turned images is not turned.
    is_across = mode != "images"
    cosine = float(np.cos(np.radians(25))) if is_across and name == "oblique" else 1.0
    rulers = shown.ruler(0, cosine, "x"), shown.ruler(2 if is_across else 1, cosine, "y")
    assert rulers[0] == pytest.approx(rulers[1], rel=0.01), "pixels of the screen are square"
    mm_per_px = float(np.mean(rulers))

    a, b, c = (shown.at(*place) for place in [(0.45, 0.44), (0.54, 0.56), (0.45, 0.56)])
    px = lambda p, q: float(np.hypot(q[0] - p[0], q[1] - p[1]))  # noqa: E731
    shown.tools["length"]()
    shown.drag(a, b)
    shown.assert_measured("Length 1", "Length", px(a, b) * mm_per_px, TOLERANCE_MM)

    shown.tools["angle"]()
    shown.page.wait_for_timeout(DOUBLE_CLICK_MS)
    shown.drag(a, c)
    shown.page.wait_for_timeout(DOUBLE_CLICK_MS)
    shown.click(b)
    shown.assert_measured("Angle 1", "Angle", 90, 0.5)

    middle, edge = shown.at(0.5, 0.4), shown.at(0.53, 0.45)
    shown.tools["ellipse"]()
    shown.drag(middle, edge)
    area_mm2 = np.pi * abs(edge[0] - middle[0]) * abs(edge[1] - middle[1]) * mm_per_px**2
    shown.assert_measured("Ellipse 1", "Area", area_mm2, 0.02 * area_mm2)

    start, end = shown.at(0.56, 0.45), shown.at(0.52, 0.5)
    shown.tools["3D"]()
    before = shown.voxel(*start)
    shown.page.wait_for_timeout(DOUBLE_CLICK_MS)
    shown.click(start)
    for _ in range(3):
        shown.next_slice()
    shown.page.wait_for_timeout(DOUBLE_CLICK_MS)
    after = shown.voxel(*start)
    steps_mm = np.abs(after - before) * (phantom.spacing_mm[1], phantom.spacing_mm[0], phantom.step_mm)
    shown.click(end)
    assert np.count_nonzero(steps_mm) == 1
    shown.assert_measured(
        "Length 2", "Length", float(np.hypot(px(start, end) * mm_per_px, np.linalg.norm(steps_mm))), TOLERANCE_MM
    )
