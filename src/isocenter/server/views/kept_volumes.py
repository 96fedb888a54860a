"""Volumes in memory, within a bound: the one that was not looked at for the longest time goes first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from isocenter.core.errors import TooLargeError

if TYPE_CHECKING:  # what it is made of takes half a second to import
    from isocenter.server.views.volume_of_series import SeriesVolume


class Volumes:
    """Keeps volumes by name; whoever asks for one that is being read waits for it, nobody reads it twice."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._kept: OrderedDict[str, Future[SeriesVolume]] = OrderedDict()
        self._sizes: dict[str, int] = {}
        self._lock = threading.Lock()
        self._reading = threading.Lock()  # one after the other: each takes all processors, and room was made for it

    @property
    def n_bytes(self) -> int:
        """Memory of the volumes that are kept or being read."""
        with self._lock:
            return sum(self._sizes.values())

    def get(self, name: str, read: Callable[[Callable[[int], None]], SeriesVolume]) -> SeriesVolume:
        """Return the volume of a name, by `read` if it is not here.

        `read` is given a function to ask for bytes before it takes them; it raises `TooLargeError` if they are more
        than all volumes together may have.
        """
        with self._lock:
            found = self._kept.get(name)
            if found is not None:
                self._kept.move_to_end(name)
            else:
                mine: Future[SeriesVolume] = Future()
                self._kept[name] = mine
        if found is not None:
            return found.result()
        try:
            with self._reading:
                volume = read(lambda n_bytes: self._make_room(name, n_bytes))
        except BaseException as problem:
            with self._lock:
                self._kept.pop(name, None)
                self._sizes.pop(name, None)
            mine.set_exception(problem)
            raise
        mine.set_result(volume)
        return volume

    def _make_room(self, name: str, n_bytes: int) -> None:
        if n_bytes > self.max_bytes:
            raise TooLargeError(
                "The series is larger than the memory for volumes.",
                found=f"{n_bytes >> 20} MiB",
                expected=f"at most {self.max_bytes >> 20} MiB",
                remedy="Look at its slices, or give the server more memory (isocenter serve --volume-memory).",
            )
        with self._lock:
            self._sizes[name] = n_bytes
            for other in list(self._kept):
                if sum(self._sizes.values()) <= self.max_bytes:
                    break
                if other != name and self._kept[other].done():
                    del self._kept[other]
                    self._sizes.pop(other, None)
