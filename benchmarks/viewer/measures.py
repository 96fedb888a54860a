"""What is measured in a round: each in a browser that is new."""

from __future__ import annotations

from benchmarks.viewer.table import Table
from benchmarks.viewer.viewers import Viewer


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
        number, time_ms = browser.first_image()
        require_slice(viewer, number)
        table.add("first image, from the address of the study", viewer.name, time_ms, "ms")


def require_slice(viewer: Viewer, number: int) -> None:
    """Refuse a time at which another image was shown."""
    if number != viewer.first_slice:
        raise WrongImageError(f"{viewer.name} showed slice {number} first; expected was {viewer.first_slice}")
