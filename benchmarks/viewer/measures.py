"""What is measured in a round: each in a browser that is new."""

from __future__ import annotations

import statistics

from benchmarks.viewer.table import Table
from benchmarks.viewer.viewers import Viewer

# As long as a person looks at the list before a study is opened; enough for what either loads beforehand.
READING_THE_LIST_MS = 3000
SETTLING_MS = 1000


class WrongImageError(Exception):
    """Another slice was on the canvas than the viewer ought to show."""


def time_to_list(viewer: Viewer, program: str, table: Table) -> None:
    """Open the study list and wait until the study stands in it."""
    with viewer.opened(program) as browser:
        browser.open(viewer.origin + viewer.list_path)
        table.add("study list", viewer.name, browser.list(), "ms")


def time_to_first_image(viewer: Viewer, program: str, table: Table) -> None:
    """Open the address of the study and wait until the right slice is on a canvas."""
    with viewer.opened(program) as browser:
        browser.open(viewer.origin + viewer.study_path)
        for (number, time_ms), what in (
            (browser.first_image(), "first image"),
            (browser.first_viewport(), "first image with tools"),
        ):
            require_slice(viewer, number)
            table.add(f"{what}, from the address of the study", viewer.name, time_ms, "ms")


def time_from_list_to_image(viewer: Viewer, program: str, table: Table) -> None:
    """Open the study by a double click in the list, a moment after the list has come."""
    with viewer.opened(program) as browser:
        browser.open(viewer.origin + viewer.list_path)
        browser.list()
        browser.page.wait_for_timeout(READING_THE_LIST_MS)
        image, in_viewport = browser.image_after_opening("Bench, Ct")
        for (number, time_ms), what in ((image, "first image"), (in_viewport, "first image with tools")):
            require_slice(viewer, number)
            table.add(f"{what}, from the study list", viewer.name, time_ms, "ms")


def whole_series(viewer: Viewer, program: str, table: Table) -> None:
    """Wait until the whole series is there, scroll through images that are, and see what memory all this takes.

    In one viewport: ours would hang this study in two windows beside each other, and scroll both.
    """
    with viewer.opened(program) as browser:
        browser.count_frames()
        browser.open(viewer.origin + viewer.series_path)
        browser.first_viewport()
        table.add(f"all {viewer.n_slices} slices there", viewer.name, browser.all_frames(viewer.n_slices), "ms")
        browser.page.wait_for_timeout(SETTLING_MS)
        there_and_back = min(100, viewer.n_slices // 2 - 1)
        times_ms: list[float] = []
        for direction in (1, -1):
            taken_ms, numbers = browser.scroll(there_and_back, direction)
            if numbers != [viewer.first_slice + step for step in _steps(there_and_back, direction)]:
                raise WrongImageError(f"{viewer.name} did not scroll image by image: {numbers}")
            times_ms += taken_ms
        middle, slow = statistics.median(times_ms), statistics.quantiles(times_ms, n=20)[-1]
        table.add("scrolling to the next image, median", viewer.name, middle, "ms")
        table.add("scrolling to the next image, 95th percentile", viewer.name, slow, "ms")
        table.add("memory of the browser with all this", viewer.name, browser.memory_mb(), "MB")
        table.add("JavaScript heap", viewer.name, browser.heap_mb(), "MB")


def _steps(n_images: int, direction: int) -> list[int]:
    return [step if direction > 0 else n_images - step for step in range(1, n_images + 1)]


def require_slice(viewer: Viewer, number: int) -> None:
    """Refuse a time at which another image was shown."""
    if number != viewer.first_slice:
        raise WrongImageError(f"{viewer.name} showed slice {number} first; expected was {viewer.first_slice}")
