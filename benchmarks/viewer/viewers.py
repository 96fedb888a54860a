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
    return Viewer("isocenter", f"http://127.0.0.1:{port}", "/studies", path, (n_slices - 1) // 2, n_slices, cookie)


def ohif(origin: str, n_slices: int) -> Viewer:
    """Return OHIF: it opens a series at its first image."""
    return Viewer("OHIF", origin, "/", f"/viewer?StudyInstanceUIDs={phantom.STUDY_UID}", 0, n_slices)
