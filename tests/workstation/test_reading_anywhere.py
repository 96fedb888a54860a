"""Reading with fingers, on a tablet, over a bad network, and with pictures that the server draws."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pydicom
import pytest
from playwright.sync_api import expect
from tests.workstation.at_rest import settle, text_of, until
from tests.workstation.conftest import PATIENCE_MS


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
ADDRESS = f"/view/{phantom.STUDY}/{phantom.SERIES}"
SERIES_QUERY = re.compile(r"/dicom-web/studies/[\d.]+/series\?")


@pytest.fixture
def ct(site: Any) -> None:
    """Store a CT of eight images."""
    for content in phantom.ct_files(8):
        site.store_bytes(content)


def test_the_server_draws_a_cell_when_asked(ct: None, reader: Any, picture: Keep) -> None:
    page = reader.page
    reader.open(ADDRESS)
    page.get_by_text("Image 4 of 8").wait_for()
    page.keyboard.press("E")
    drawn = page.locator(".viewport-cell .server-view img")
    drawn.wait_for(timeout=60_000)  # the kernels may have to be compiled first
    settle(page)
    picture(page, "cell-drawn-by-server")
    expect(page.get_by_role("button", name="Drawn by the server")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("S")
    page.get_by_text("Image 4 of 8").wait_for()
    expect(page.locator(".server-view")).to_have_count(0)


def test_the_server_draws_by_itself_what_does_not_fit_the_memory(site: Any, reader: Any, picture: Keep) -> None:
    """A machine of 128 MiB gives 32 of them to pictures; the volume takes 34."""
    pixels = np.full((512, 512), 1000, "<i2").tobytes()
    for content in phantom.ct_files(68):
        dataset = pydicom.dcmread(BytesIO(content))
        dataset.Rows = dataset.Columns = 512
        dataset.PixelData = pixels
        stream = BytesIO()
        pydicom.dcmwrite(stream, dataset)
        site.store_bytes(stream.getvalue())
    page = reader.page
    page.add_init_script("Object.defineProperty(navigator, 'deviceMemory', { get: () => 0.125 })")
    reader.open(ADDRESS)
    page.get_by_text("Image 34 of 68").wait_for()
    assert page.locator(".server-view").count() == 0  # images one by one fit
    page.keyboard.press("C")
    page.locator(".viewport-cell .server-view img").wait_for()
    coronal = page.locator(".server-view-bar").get_by_role("button", name="Coronal")
    expect(coronal).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("note")).to_contain_text("does not fit this browser's memory")
    picture(page, "drawn-by-server-for-want-of-memory")


def test_the_list_of_series_is_asked_again_when_the_network_was_lost(ct: None, reader: Any) -> None:
    page = reader.page
    page.route(SERIES_QUERY, lambda route: route.abort("internetdisconnected"))
    reader.open(f"/view/{phantom.STUDY}")
    stage = page.locator(".stage")
    stage.get_by_text("The server cannot be reached").wait_for()
    page.unroute(SERIES_QUERY)
    stage.get_by_text("Image 4 of 8").wait_for()
    expect(stage.get_by_text("The server cannot be reached")).to_have_count(0)


def test_help_lists_every_key(ct: None, reader: Any, picture: Keep) -> None:
    page = reader.page
    reader.open(ADDRESS)
    page.get_by_text("Image 4 of 8").wait_for()
    page.keyboard.press("?")
    help_text = text_of(page, page.get_by_role("dialog"), "Two fingers")
    for key in ("Ctrl+Z", "Ctrl+Y", "Ctrl+S", "key image", "Distance in 3D", "Drawn by the server", "Two fingers"):
        assert key in help_text
    picture(page, "help")


class Fingers:
    """Fingers on a page, by the browser's own protocol for tests."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.session = page.context.new_cdp_session(page)

    def drag(self, start: list[tuple[float, float]], end: list[tuple[float, float]]) -> None:
        """Put fingers down, move them in steps, and lift them."""
        settle(self.page)
        box = self.page.locator(".canvas").first.bounding_box()

        def points(places: list[tuple[float, float]]) -> list[dict[str, float]]:
            return [
                {"x": box["x"] + box["width"] * x, "y": box["y"] + box["height"] * y, "id": index}
                for index, (x, y) in enumerate(places)
            ]

        def send(kind: str, places: list[tuple[float, float]]) -> None:
            self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points(places)})
            self.page.wait_for_timeout(40)

        send("touchStart", start)
        self.page.wait_for_timeout(150)
        for step in range(1, 9):
            share = step / 8
            send(
                "touchMove",
                [(a + (c - a) * share, b + (d - b) * share) for (a, b), (c, d) in zip(start, end, strict=True)],
            )
        send("touchEnd", [])
        settle(self.page)


@pytest.fixture(params=[(1024, 768), (820, 1180)], ids=["landscape", "portrait"])
def tablet(request: pytest.FixtureRequest, ct: None, chromium: Any, reader: Any) -> Iterator[Any]:
    """Yield the reading page on a tablet, signed in."""
    width, height = request.param
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        has_touch=True,
        locale="en-US",
        storage_state=reader.page.context.storage_state(),
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(reader.address + ADDRESS)
    page.get_by_text("Image 4 of 8").wait_for()
    settle(page)
    yield page
    context.close()


def test_a_tablet_has_room_for_the_picture_and_fingers_read(tablet: Any, picture: Keep) -> None:
    page = tablet
    size = page.viewport_size
    name = "landscape" if size["width"] > size["height"] else "portrait"
    picture(page, f"tablet-{name}")
    box = page.locator(".canvas").first.bounding_box()
    assert box["width"] >= 600
    assert box["height"] >= 0.6 * size["height"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    hidden = page.evaluate(
        """() => [...document.querySelectorAll(".toolbar button, .top-bar button, .bottom-bar *")]
            .map(each => each.getBoundingClientRect())
            .filter(({right, bottom}) => right > innerWidth + 1 || bottom > innerHeight).length"""
    )
    assert hidden == 0

    fingers, overlay = Fingers(page), page.locator(".overlays").first
    before = overlay.inner_text()
    fingers.drag([(0.4, 0.4)], [(0.6, 0.4)])

    def width_of(text: str) -> str:
        return re.search(r"W \d+", text)[0]  # type: ignore[index]

    after = until(page, overlay.inner_text, lambda text: width_of(text) != width_of(before))
    assert width_of(before) != width_of(after)
    bar = page.locator(".scale-bar > div").first

    def scale() -> tuple[str, float]:
        width_px = bar.evaluate("bar => bar.getBoundingClientRect().width")
        return page.locator(".scale-bar").first.inner_text(), width_px

    first = scale()
    fingers.drag([(0.45, 0.5), (0.55, 0.5)], [(0.3, 0.5), (0.7, 0.5)])
    assert until(page, scale, lambda now: now != first) != first
    fingers.drag([(0.4, 0.3), (0.5, 0.3), (0.6, 0.3)], [(0.4, 0.6), (0.5, 0.6), (0.6, 0.6)])
    expect(overlay).not_to_contain_text("Image 4 of 8")
