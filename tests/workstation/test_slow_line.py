"""Over a slow line a coarse picture comes first and then the whole one; over a fast one frames come as they are stored.

The line is throttled by the browser's own protocol for developers. Values come from the files, never from the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pydicom
import pytest
from playwright.sync_api import expect
from tests.workstation import ct_phantom as phantom
from tests.workstation.at_rest import settle, steady, until

Keep = Callable[[Any, str], Path]
ADDRESS = f"/view/{phantom.STUDY}/{phantom.SERIES}"
N_SLICES, SIDE = 6, 512
SLOW_BYTES_PER_S = 100_000
FRAME = re.compile(r"/instances/([\d.]+)/frames/1$")
EDGE_HU = 40
# The browser's clock is told to have seen all transfers take a millisecond, however busy this machine is.
FAST = """
    Object.defineProperty(PerformanceResourceTiming.prototype, "responseStart", {
        get() { return this.responseEnd - 1; } });
    Object.defineProperty(navigator, "connection", { value: { downlink: 10_000 } });
"""


def hounsfield(number: int) -> np.ndarray[Any, Any]:
    """Return a slice (y, x): a disc of soft tissue with noise, and in it a disc that is denser from slice to slice."""
    y, x = np.indices((SIDE, SIDE)) - SIDE / 2
    noise = np.random.default_rng(number).normal(0, 12, (SIDE, SIDE))
    image = np.where(np.hypot(x, y) < 220, EDGE_HU + noise, -1000)
    image[np.hypot(x, y) < 60] = 100 * number
    return np.rint(image)


@pytest.fixture(scope="module")
def ct(one_site: Any) -> None:
    for number, content in enumerate(phantom.ct_files(N_SLICES), start=1):
        dataset = pydicom.dcmread(BytesIO(content))
        dataset.Rows = dataset.Columns = SIDE
        dataset.PixelSpacing = [0.7, 0.7]
        dataset.PixelData = (hounsfield(number) + 1000).astype("<i2").tobytes()
        stream = BytesIO()
        pydicom.dcmwrite(stream, dataset)
        one_site.store_bytes(stream.getvalue())


class Line:
    """What came over the network, and how fast it may come."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.session = page.context.new_cdp_session(page)
        self.session.send("Network.enable")
        self.asked: list[tuple[str, str]] = []
        page.on("request", self._note)

    def _note(self, request: Any) -> None:
        found = FRAME.search(request.url)
        if found:
            self.asked.append((found[1], request.headers.get("range", "")))

    def close(self) -> None:
        self.page.remove_listener("request", self._note)
        self.page.unroute_all()
        self.session.detach()

    def throttle(self, bytes_per_s: float, latency_ms: float = 20) -> None:
        limits = {"downloadThroughput": bytes_per_s, "uploadThroughput": bytes_per_s, "latency": latency_ms}
        self.session.send("Network.emulateNetworkConditions", {"offline": False, **limits})

    @property
    def n_whole(self) -> int:
        """How many frames were asked for to their end."""
        return sum(asked.startswith("bytes=20000") for _, asked in self.asked)

    def ranges_of(self, number: int) -> list[str]:
        return [asked for uid, asked in self.asked if uid == phantom.instance_uid(number)]


def grey(page: Any) -> np.ndarray[Any, Any]:
    """Return the picture as brightness, as it is on the screen once it no longer changes."""
    settle(page)
    content = imagecodecs.png_decode(steady(page, page.locator(".canvas").first.screenshot, n_times=2))
    return np.asarray(content)[..., :3].mean(axis=-1)


def value_in_the_middle(page: Any) -> str:
    """Return what the page says of the pixel in the middle of the picture."""
    settle(page)
    box = page.locator(".canvas").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2 - 3, box["y"] + box["height"] / 2)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".overlays").first).to_contain_text(re.compile(r"-?\d+ HU"))
    return re.search(r"(-?\d+) HU", page.locator(".overlays").first.inner_text())[1]  # type: ignore[index]


def slice_of_image(shown: int) -> int:
    """Return the number of the slice that is the image of this place: the head comes first."""
    return N_SLICES + 1 - shown


@pytest.fixture
def line(ct: None, same_reader: Any) -> Iterator[Line]:
    """Yield a slow line of a reader whose browser has the viewer itself already."""
    same_reader.open(ADDRESS)
    expect(same_reader.page.get_by_text("Image 3 of 6")).to_be_visible()
    same_reader.page.goto("about:blank")
    slow = Line(same_reader.page)
    slow.throttle(SLOW_BYTES_PER_S)
    yield slow
    slow.close()


def test_a_coarse_picture_comes_first_and_then_the_whole_one(line: Line, same_reader: Any, picture: Keep) -> None:
    page = same_reader.page
    held: list[Any] = []
    is_held = {"now": True}

    def hold_the_rest(route: Any) -> None:
        is_rest = route.request.headers.get("range", "").startswith("bytes=20000")
        held.append(route) if is_rest and is_held["now"] else route.continue_()

    page.route("**/frames/**", hold_the_rest)
    same_reader.open(ADDRESS)
    notice = page.locator(".coarse-notice")
    expect(notice).to_have_text("Coarse: the full image is coming")
    expect(page.get_by_text("Image 3 of 6")).to_be_visible()
    coarse = grey(page)
    picture(page, "coarse-first")
    box = page.locator(".canvas").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2 - 3, box["y"] + box["height"] / 2)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert page.get_by_text(re.compile(r"-?\d+ HU")).count() == 0  # no value is told of what is only coarse
    page.mouse.move(0, 0)
    is_held["now"] = False
    for route in held:
        route.continue_()
    expect(notice).to_have_count(0)
    assert value_in_the_middle(page) == str(100 * slice_of_image(3))
    page.mouse.move(0, 0)
    whole = grey(page)
    picture(page, "whole-after-coarse")
    # The same picture without its finest parts.
    assert 0.2 < np.abs(coarse - whole).mean() < 0.1 * whole.mean()
    first, rest = until(page, lambda: line.ranges_of(slice_of_image(3)), lambda found: len(found) == 2)
    assert first == "bytes=0-19999"
    assert re.fullmatch(r"bytes=20000-\d+", rest)
    assert int(rest.split("-")[1]) < SIDE * SIDE * 2 / 1.5  # less than it takes as it is stored


def test_all_images_can_be_scrolled_through_before_they_are_whole(line: Line, same_reader: Any) -> None:
    page = same_reader.page
    same_reader.open(ADDRESS)
    with page.expect_request(lambda request: line.n_whole > 1):
        expect(page.get_by_text("Image 3 of 6")).to_be_visible()
    # The one that is looked at is whole, then the first bytes of all come before the rest of any other.
    assert [asked for _, asked in line.asked[:1]] == ["bytes=0-19999"]
    assert sum(asked == "bytes=0-19999" for _, asked in line.asked) == N_SLICES
    assert value_in_the_middle(page) == str(100 * slice_of_image(3))
    page.keyboard.press("End")
    expect(page.get_by_text("Image 6 of 6")).to_be_visible()
    # The pointer rests: what is told is the value of the image that is there now.
    expect(page.locator(".overlays").first).to_contain_text(f"{100 * slice_of_image(6)} HU")
    expect(page.locator(".coarse-notice")).to_have_count(0)


def test_over_a_fast_line_frames_come_as_they_are_stored(ct: None, same_reader: Any) -> None:
    page = same_reader.page.context.new_page()
    page.add_init_script(FAST)
    fast = Line(page)
    page.goto(same_reader.address + ADDRESS)
    expect(page.get_by_text("Image 3 of 6")).to_be_visible()
    stored = {phantom.instance_uid(number) for number in range(1, N_SLICES + 1)}
    assert until(page, lambda: {uid for uid, _ in fast.asked}, lambda found: found == stored) == stored
    assert {asked for _, asked in fast.asked} == {""}
    fast.close()
    page.close()


def test_a_line_that_breaks_while_a_picture_is_coarse_is_waited_for(
    line: Line, same_reader: Any, picture: Keep
) -> None:
    page = same_reader.page
    is_lost = {"now": True}

    def answer(route: Any) -> None:
        is_rest = route.request.headers.get("range", "").startswith("bytes=20000")
        route.abort("internetdisconnected") if is_rest and is_lost["now"] else route.continue_()

    page.route("**/frames/**", answer)
    same_reader.open(ADDRESS)
    expect(page.get_by_text(re.compile("The network does not answer"))).to_be_visible()
    picture(page, "coarse-and-lost")
    is_lost["now"] = False
    expect(page.locator(".network-notice")).to_have_count(0)
    assert value_in_the_middle(page) == str(100 * slice_of_image(3))
