"""A picture of the server is turned, mirrored and measured; what is measured is seen in the images, too."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect
from tests.workstation.at_rest import settle, steady
from tests.workstation.test_reading_tools import fresh
from tests.workstation.test_viewports import Cell

from isocenter.server.web.reading_room import STATIC

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (STATIC / "index.html").is_file(), reason="the viewer is not built (make viewer)"),
]


def value_at(page: Any, x: float, y: float) -> float:
    """Return what the server says of a place on the page: it is busy until it does."""
    settle(page)
    page.mouse.move(x, y)
    expect(page.locator(".server-view")).to_have_attribute("aria-busy", "false")
    told = page.locator(".server-view .bottom-right > :last-child")
    expect(told).to_have_text(re.compile(r"^-?[\d.]+ HU$"))
    return float(told.inner_text().split()[0])


def expect_letters(page: Any, left: str, top: str) -> None:
    view = page.locator(".server-view")
    expect(view.locator(".orientation.left")).to_have_text(left)
    expect(view.locator(".orientation.top")).to_have_text(top)


def mm_per_px(page: Any) -> float:
    """Return what the scale bar says of a pixel of the screen."""
    settle(page)
    bar = page.locator(".server-view .scale-bar")
    length, unit = re.match(r"([\d.]+) (cm|mm)", bar.inner_text()).groups()  # type: ignore[union-attr]
    width = bar.locator("div").evaluate("bar => bar.getBoundingClientRect().width")
    return float(length) * (10 if unit == "cm" else 1) / float(width)


def test_a_turned_picture_has_its_letters_values_and_lengths(one_site: Any, same_reader: Any) -> None:
    phantom = fresh()
    for file in phantom.files():
        one_site.store_bytes(file)
    page = same_reader.page
    same_reader.open(f"/server-view/{phantom.study_uid}/{phantom.series_uid}")
    view = page.locator(".server-view")
    view.locator("img").wait_for()
    expect_letters(page, "R", "A")
    settle(page)
    box = view.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    # Values rise by one a column (0.6 mm to the left), by fifty a row (1.2 mm to the back).
    rises = np.array([1 / 0.6, phantom.n_columns / 1.2])  # to the left, to the back, per mm

    def check(right: tuple[int, int], down: tuple[int, int]) -> None:
        here = value_at(page, x, y)
        step_px = 60
        step_mm = step_px * mm_per_px(page)
        tolerance = 0.6 * phantom.n_columns  # half a pixel of the screen, and the whole numbers of a sample
        assert value_at(page, x + step_px, y) - here == pytest.approx(step_mm * rises @ right, abs=tolerance)
        assert value_at(page, x, y + step_px) - here == pytest.approx(step_mm * rises @ down, abs=tolerance)

    check((1, 0), (0, 1))
    view.press("r")
    expect_letters(page, "P", "R")  # what was left comes to the top
    check((0, -1), (1, 0))
    page.get_by_role("button", name="Flip left and right").click()
    expect_letters(page, "A", "R")
    check((0, 1), (1, 0))
    view.press("v")
    expect_letters(page, "A", "L")
    check((0, 1), (-1, 0))

    # A length and an ellipse on the turned picture are as long as the scale says.
    page.get_by_role("button", name="Length", exact=True).click()
    page.mouse.move(x - 150, y - 60)
    page.mouse.down()
    page.mouse.move(x - 70, y, steps=3)
    page.mouse.up()
    row = page.get_by_test_id("measurement")
    row.first.wait_for()
    told = row.first.locator("[title^='Length: ']").get_attribute("title").split(": ")[1].split()[0]
    assert float(told) == pytest.approx(100 * mm_per_px(page), abs=0.1)
    settle(page)
    page.get_by_role("button", name="Ellipse", exact=True).click()
    page.mouse.move(x + 60, y + 20)
    page.mouse.down()
    page.mouse.move(x + 120, y + 50, steps=3)
    page.mouse.up()
    row.nth(1).locator("[title^='Area: ']").wait_for()
    area = row.nth(1).locator("[title^='Area: ']").get_attribute("title").split(": ")[1].split()[0]
    assert float(area) == pytest.approx(np.pi * 60 * 30 * mm_per_px(page) ** 2, rel=0.02)
    page.locator('[data-testid=save-state][data-state="saved"]').wait_for()

    # The slice that the ellipse lies in shows it, and others do not; nobody changed it by looking.
    report = reports(page)
    same_reader.open(f"/view/{phantom.study_uid}/{phantom.series_uid}")
    cell = Cell(page)
    cell.wait_for("Image 6 of 12")
    row.nth(1).wait_for()
    drawn = page.locator(".viewport-cell svg.svg-layer ellipse")
    found = []
    for image in range(5, 9):
        page.locator(".frame-bar input[type=range]").fill(str(image))
        cell.wait_for(f"Image {image + 1} of 12")
        settle(page)
        found.append(steady(page, drawn.count))
    assert sum(found) == 1, found
    again = row.nth(1).locator("[title^='Area: ']")
    assert again.get_attribute("title").split(": ")[1].split()[0] == area
    assert reports(page) == report


def reports(page: Any) -> list[str]:
    """Return the instances of all structured reports in the archive."""
    found: list[str] = page.evaluate(
        "() => fetch('/dicom-web/instances?Modality=SR', {headers: {Accept: 'application/dicom+json'}})"
        ".then(a => a.json()).then(all => all.map(one => one['00080018'].Value[0]).sort())"
    )
    return found
