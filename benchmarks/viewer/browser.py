"""A browser of its own for every round, with an empty profile, and what the page in it was seen to do."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROBE = Path(__file__).with_name("probe.js")
WINDOW = {"width": 1280, "height": 800}
# As tests/workstation/conftest.py: WebGL by software, and nothing that speaks to the outside.
OPTIONS = (
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)
FRAME = re.compile(r"/instances/[0-9.]+/frames/\d+$")
TIMEOUT_MS = 120_000
WHOLE_SERIES_S = 300


def find_chromium() -> str | None:
    """Return the program, if it is installed."""
    return shutil.which("chromium")


@dataclass
class Browser:
    """One page in a browser that nobody has used before."""

    page: Any
    pid: int
    errors: list[str]
    frames_ms: dict[str, float] = field(default_factory=dict)

    def open(self, address: str) -> None:
        """Go to an address; what is measured counts from here."""
        self.page.goto(address, wait_until="commit")

    def first_image(self) -> tuple[int, float]:
        """Return which slice of the phantom was the first on a canvas, and after how many ms."""
        seen = self.page.evaluate("benchProbe.image")
        return int(seen["found"]), float(seen["time_ms"])

    def first_viewport(self) -> tuple[int, float]:
        """Return which slice was the first in a viewport, where the tools work, and after how many ms."""
        seen = self.page.evaluate("benchProbe.viewport")
        return int(seen["found"]), float(seen["time_ms"])

    def first_overlay(self) -> float:
        """Return after how many ms there was colour on a canvas."""
        return float(self.page.evaluate("benchProbe.overlay()")["time_ms"])

    def list(self) -> float:
        """Return after how many ms the study of the phantom stands on the page."""
        return float(self.page.evaluate("benchProbe.listed")["time_ms"])

    def image_after_opening(self, text: str) -> tuple[tuple[int, float], tuple[int, float]]:
        """Double-click a text; return which slice was seen then, after how many ms, and the same of a viewport."""
        self.page.evaluate("() => { window.benchOpened = benchProbe.imageAfterDoubleClick(); }")
        self.page.get_by_text(text, exact=True).first.dblclick()
        seen = self.page.evaluate("benchOpened")
        image, viewport = seen["image"], seen["viewport"]
        return (int(image["found"]), float(image["time_ms"])), (int(viewport["found"]), float(viewport["time_ms"]))

    def count_frames(self) -> None:
        """Begin to note when each frame has come, by the address of its request."""
        self.page.on("requestfinished", self._note_frame)

    def _note_frame(self, request: Any) -> None:
        if FRAME.search(request.url):
            timing = request.timing
            self.frames_ms[request.url] = timing["startTime"] + timing["responseEnd"]

    def all_frames(self, n_frames: int) -> float:
        """Wait for that many frames; return when the last of them had come, in ms after the page was asked for."""
        deadline = time.monotonic() + WHOLE_SERIES_S
        while len(self.frames_ms) < n_frames:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(self.frames_ms)} of {n_frames} frames came within {WHOLE_SERIES_S} s")
            self.page.wait_for_timeout(50)
        return max(self.frames_ms.values()) - float(self.page.evaluate("performance.timeOrigin"))

    def scroll(self, n_images: int, direction: int) -> tuple[list[float], list[int]]:
        """Turn the wheel image by image; return how long each took in ms, and which slices were seen."""
        seen = self.page.evaluate("([n, sign]) => benchProbe.scroll(n, sign)", [n_images, direction])
        return seen["times_ms"], seen["numbers"]

    def heap_mb(self) -> float:
        """Return the JavaScript heap of the page after a collection, in 1e6 bytes."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("HeapProfiler.collectGarbage")
        return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6

    def memory_mb(self) -> float:
        """Return the memory of all processes of the browser (PSS), in 1e6 bytes."""
        return sum(_pss_kb(pid) for pid in _family(self.pid)) * 1024 / 1e6


@contextmanager
def opened(program: str, cookie: str = "", origin: str = "") -> Iterator[Browser]:
    """Yield a browser with an empty profile; `cookie` ("name=value") is that of who is signed in at `origin`."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=program, args=list(OPTIONS), viewport=WINDOW, locale="en-US"
        )
        try:
            context.set_default_timeout(TIMEOUT_MS)
            context.add_init_script(path=PROBE)
            if cookie:
                name, _, value = cookie.partition("=")
                context.add_cookies([{"name": name, "value": value, "url": origin}])
            page = context.pages[0]
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            yield Browser(page, _started_with(profile), errors)
        finally:
            context.close()


def _started_with(profile: str) -> int:
    """Return the first process that was given this profile: the browser itself."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            said = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if f"--user-data-dir={profile}".encode() in said and b"--type=" not in said:
            found.append(int(folder.name))
    return min(found)


def _family(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task")
    children = [int(child) for task in path.glob("*/children") for child in task.read_text().split()]
    return [pid, *(other for child in children for other in _family(child))]


def _pss_kb(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:  # it has ended meanwhile
        return 0
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) if found else 0
