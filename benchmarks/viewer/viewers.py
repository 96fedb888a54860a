"""The two viewers: their addresses, how a study is opened in them, and which slice they show first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.viewer import browser, phantom


@dataclass(frozen=True)
class Viewer:
    """A viewer that is served, and how it is used."""

    name: str
    origin: str
    list_path: str
    study_path: str
    series_path: str
    """Opens the series in one viewport."""
    first_slice: int
    n_slices: int
    cookie: str = ""

    @contextmanager
    def opened(self, program: str) -> Iterator[browser.Browser]:
        """Yield a new browser in which this viewer may be opened."""
        with browser.opened(program, self.cookie, self.origin) as fresh:
            yield fresh


def isocenter(port: int, cookie: str, n_slices: int) -> Viewer:
    """Return ours: it opens a series at its middle."""
    path = f"/view/{phantom.STUDY_UID}"
    origin, series_path = f"http://127.0.0.1:{port}", f"{path}/{phantom.SERIES_UID}"
    return Viewer("isocenter", origin, "/studies", path, series_path, (n_slices - 1) // 2, n_slices, cookie)


def ohif(origin: str, n_slices: int) -> Viewer:
    """Return OHIF: it opens a series at its first image."""
    path = f"/viewer?StudyInstanceUIDs={phantom.STUDY_UID}"
    return Viewer("OHIF", origin, "/", path, path, 0, n_slices)
