"""The segment files of an archive: their numbers, which of them are open, and where the next object may go."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path

from isocenter.archive.disk import disk_errors
from isocenter.archive.segment import Segment

SEGMENT_BYTES = 256 << 20
MAX_SEGMENTS_AHEAD = 1000
_PER_FOLDER = 1000


def segment_path(root: Path, number: int) -> Path:
    """Return where a segment lies below `root`."""
    return root / f"{number // _PER_FOLDER:04d}" / f"{number:07d}.tar"


def segment_numbers(root: Path, first: int = 0) -> list[int]:
    """Return the numbers of the segments below `root` from `first` on, in order."""
    folders = [each for each in root.iterdir() if each.name.isdecimal()] if root.is_dir() else []
    wanted = [each for each in folders if int(each.name) >= first // _PER_FOLDER]
    numbers = sorted(int(path.stem) for each in wanted for path in each.glob("*.tar") if path.stem.isdecimal())
    return [number for number in numbers if number >= first]


class Segments:
    """All segments below one folder; no new one gets a number below `first_number`."""

    def __init__(self, root: Path, *, first_number: int = 1) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = threading.Lock()
        self._next_number = max(first_number, max(self.numbers(first_number), default=0) + 1)
        self._shared: Segment | None = None
        self._open: dict[int, Segment] = {}

    def close(self) -> None:
        """Seal the segment that small objects share."""
        with self._lock:
            shared, self._shared = self._shared, None
        if shared is not None:
            shared.seal()

    def path(self, number: int) -> Path:
        """Return where a segment lies."""
        return segment_path(self._root, number)

    def numbers(self, first: int = 0) -> list[int]:
        """Return the numbers of the segments from `first` on, in order."""
        return segment_numbers(self._root, first)

    @property
    def sealed_below(self) -> int:
        """Every segment with a smaller number is complete: a start after a crash need not look at it."""
        with self._lock:
            for number in [number for number, segment in self._open.items() if segment.is_closed]:
                del self._open[number]
            return min(self._open, default=self._next_number)

    def sums(self, number: int) -> Iterable[tuple[str, str]]:
        """Return name and SHA-256 of what an open segment holds."""
        with self._lock:
            segment = self._open.get(number)
        return segment.sums.values() if segment is not None else ()

    def forget(self, number: int, start: int) -> None:
        """Leave an object out of the manifest of a segment that is open."""
        with self._lock:
            segment = self._open.get(number)
        if segment is not None:
            segment.forget(start)

    def is_open(self, number: int) -> bool:
        """Return whether a segment may still be written to."""
        with self._lock:
            return number in self._open and not self._open[number].is_closed

    def take(self, size_bytes: int) -> tuple[Segment, int]:
        """Return a segment and the offset in it where a small object, header and content, may be written."""
        with disk_errors(), self._lock:
            segment = self._shared
            if segment is None or segment.has_failed or self._next_number - segment.number > MAX_SEGMENTS_AHEAD:
                segment = self._renewed()
            offset = segment.take(size_bytes)
            if offset is None:
                segment = self._renewed()
                offset = segment.take(size_bytes)
            if offset is None:
                raise ValueError(size_bytes)
        return segment, offset

    def take_whole(self) -> Segment:
        """Return a new segment for one large object; its place begins with the first block taken."""
        with disk_errors(), self._lock:
            return self._new(0)

    def _renewed(self) -> Segment:
        """Seal the shared segment and begin the next."""
        if self._shared is not None:
            self._shared.seal()
            self._shared = None
        self._shared = self._new(SEGMENT_BYTES)
        return self._shared

    def _new(self, capacity_bytes: int) -> Segment:
        number = self._next_number
        path = self.path(number)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        segment = Segment(number, path, capacity_bytes=capacity_bytes)
        self._next_number = number + 1
        self._open[number] = segment
        return segment
