"""How soon a segmentation of a hundred organs is seen on a CT of 600 slices: ``python -m benchmarks.viewer.segments``.

Counted is until pixels on the canvas have a colour: the CT has none. Once the study is opened by its address in a
browser with an empty profile, and the segmentation opens with it, while the page itself and the CT are still coming;
and once the study is open already when the segmentation comes into the archive, and the reader asks for it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.archive import servers, wire
from benchmarks.viewer import browser, organs, phantom

KINDS = ("BINARY", "LABELMAP")
# When something of the segmentation's series was first asked for, but for its thumbnail.
ASKED = """(uid) => Math.min(...performance.getEntriesByType("resource")
    .filter(({ name }) => name.includes(uid) && !/rendered|limit=/.test(name)).map(({ startTime }) => startTime))"""
IN_OPEN_STUDY = "first overlay after a click, in a study that is open"
# So long the images of the study have come before the segmentation is asked for.
SETTLED_MS = 4000
OVERLAY = "first overlay after the segmentation was first asked for"


def main() -> int:
    """Run the rounds and print medians and extremes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.viewer.segments", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each kind is opened (default: 5)")
    parser.add_argument("--slices", type=int, default=600, help="how many slices the CT has (default: 600)")
    parser.add_argument("--kind", choices=KINDS, action="append", help="one kind of segmentation (default: both)")
    parser.add_argument("--keep", type=Path, help="folder that keeps the segmentations: highdicom takes a minute each")
    parser.add_argument("--complete", action="store_true", help="wait for all frames as well")
    options = parser.parse_args()
    program = browser.find_chromium()
    if program is None:
        print("Chromium is not installed (Debian: chromium).")
        return 0
    ct = phantom.series(options.slices)
    print(f"load average {os.getloadavg()[0]:.2f}, {os.cpu_count()} processors, {options.slices} slices\n", flush=True)
    for kind in options.kind or KINDS:
        uid, content = _written(ct, kind, options.keep)
        with tempfile.TemporaryDirectory() as name, servers.isocenter(Path(name), servers.free_port()) as server:
            wire.store(server.dicom_port, server.ae_title, phantom.CT, [ct])
            arrive = partial(wire.store, server.dicom_port, server.ae_title, organs.CLASSES[kind], [[(uid, content)]])
            asked = _asked_for(program, server, arrive)
            rounds = [_opened(program, server, options.complete) for _ in range(options.rounds)]
        print(f"{kind}, {organs.N_ORGANS} segments, {len(content) / 1e6:.0f} MB")
        for measure in rounds[0]:
            values = [each[measure] for each in rounds]
            spread = f"({min(values):.0f} to {max(values):.0f})"
            print(f"  {measure}: {statistics.median(values):.0f} ms {spread}", flush=True)
        print(f"  {IN_OPEN_STUDY}: {asked:.0f} ms (once)", flush=True)
    return 0


def _written(ct: list[tuple[str, bytes]], kind: str, folder: Path | None) -> tuple[str, bytes]:
    file = folder and folder / f"organs-{kind.lower()}-{len(ct)}.bin"
    if file and file.exists():
        return organs.uid_of(kind), file.read_bytes()
    uid, content = organs.segmentation(ct, kind)
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return uid, content


def _asked_for(program: str, server: servers.Server, arrive: Callable[[], object]) -> float:
    """Open the study, let the segmentation come, and ask for it; return how long it took until it was seen, in ms."""
    origin = f"http://127.0.0.1:{server.http_port}"
    with browser.opened(program, server.headers["Cookie"], origin) as fresh:
        fresh.open(f"{origin}/view/{phantom.STUDY_UID}/{phantom.SERIES_UID}")
        fresh.first_image()
        fresh.page.get_by_role("button", name="Show segments").click()
        arrive()
        fresh.page.wait_for_timeout(SETTLED_MS)
        button = fresh.page.get_by_role("button", name="Look for new ones")
        fresh.page.evaluate("() => { window.benchAsked = benchProbe.overlayAfterClick(); }")
        button.click()
        found = float(fresh.page.evaluate("benchAsked")["time_ms"])
        if fresh.errors:
            raise RuntimeError(fresh.errors[0])
    return found


def _opened(program: str, server: servers.Server, waits_for_all: bool) -> dict[str, float]:
    """Open the study once; return what was seen when, in ms."""
    origin = f"http://127.0.0.1:{server.http_port}"
    with browser.opened(program, server.headers["Cookie"], origin) as fresh:
        began = time.perf_counter()
        fresh.open(f"{origin}/view/{phantom.STUDY_UID}/{phantom.SERIES_UID}")
        _, image_ms = fresh.first_image()
        overlay_ms = fresh.first_overlay()
        asked_ms = float(fresh.page.evaluate(ASKED, organs.SERIES_UID))
        found = {
            "first image after the address was entered": image_ms,
            "first overlay after the address was entered": overlay_ms,
            OVERLAY: overlay_ms - asked_ms,
        }
        if waits_for_all:
            fresh.page.get_by_role("button", name="Show segments").click()
            fresh.page.locator("[data-testid=segments][data-complete=true]").wait_for()
            found["all frames"] = 1000 * (time.perf_counter() - began)
        if fresh.errors:
            raise RuntimeError(fresh.errors[0])
    return found


if __name__ == "__main__":
    sys.exit(main())
