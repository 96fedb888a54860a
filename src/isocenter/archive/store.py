"""Objects, each in a place of its own in a segment; nothing is ever changed there, only added and removed.

Small objects share a segment and its flushes; a large one has a segment of its own, to which it goes while it comes in.
An object is whole when its header is: that is written last and flushed together with the content. So after a crash
the segments that were open say themselves what is in them, and what was not finished is given back.
"""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from isocenter.archive import allocation
from isocenter.archive.object_writer import Desk, ObjectWriter, Place
from isocenter.archive.segment_scan import Region, is_sealed, note_removed, regions, repair
from isocenter.archive.segments import Segments
from isocenter.archive.tar_blocks import BLOCK, Member, padded
from isocenter.core.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Found:
    """An object that was found by looking into the segments."""

    place: Place
    sha256: str
    received_ns: int
    origin: str


class ObjectStore:
    """The objects below one folder; safe to use from many threads of one process.

    Parameters
    ----------
    durable
        Whether an object is flushed to the disk before it counts as kept.
    first_number
        No segment gets a number below this.
    """

    def __init__(self, root: Path, *, durable: bool = True, first_number: int = 1) -> None:
        self._segments = Segments(root / "segments", first_number=first_number)
        self._desk = Desk(self._segments, durable=durable)

    def close(self) -> None:
        """Seal what is open."""
        self._desk.close()
        self._segments.close()

    @property
    def sealed_below(self) -> int:
        """Every segment with a smaller number is complete: a start after a crash need not look at it."""
        return self._segments.sealed_below

    def begin(self) -> ObjectWriter:
        """Return a writer for a new object."""
        return ObjectWriter(self._desk)

    def view(self, place: Place) -> memoryview:
        """Return the bytes of an object; raises `NotFoundError`."""
        if place.size_bytes == 0:
            return memoryview(b"")
        start = place.offset // mmap.ALLOCATIONGRANULARITY * mmap.ALLOCATIONGRANULARITY
        length = place.offset - start + place.size_bytes
        try:
            with self._segments.path(place.segment).open("rb", buffering=0) as stream:
                mapped = mmap.mmap(stream.fileno(), length, access=mmap.ACCESS_READ, offset=start)
        except (OSError, ValueError):
            raise NotFoundError(
                "An indexed object is missing.",
                file=self._segments.path(place.segment).name,
                found=f"nothing at byte {place.offset}",
                remedy="Restore it from a backup.",
            ) from None
        return memoryview(mapped)[place.offset - start :]

    def remove(self, place: Place) -> None:
        """Give back the space of an object: its bytes are gone afterwards."""
        path = self._segments.path(place.segment)
        is_alone = place.offset == 2 * BLOCK and place.offset + padded(place.size_bytes) + BLOCK == path.stat().st_size
        if is_alone and not self._segments.is_open(place.segment):
            path.unlink()
            return
        note_removed(path, place.offset, place.size_bytes)
        with path.open("r+b", buffering=0) as stream:
            allocation.release(stream.fileno(), place.offset, padded(place.size_bytes))

    def all(self) -> Iterator[Found]:
        """Yield every object, by its header alone, segment by segment."""
        for number in self._segments.numbers():
            yield from self._objects(number)

    def found(self, first_number: int, is_known: Callable[[Place], bool]) -> list[Found]:
        """Return the whole but unknown objects of the segments from `first_number` on, the oldest first.

        Segments that were open when the last run ended are mended: there an object is whole if its SHA-256 says so, and
        what is not was never acknowledged and is removed.
        """
        found = [
            each
            for number in self._segments.numbers(first_number)
            if not self._segments.is_open(number)
            for each in self._found(number, is_known)
        ]
        return sorted(found, key=lambda each: each.received_ns)

    def _found(self, number: int, is_known: Callable[[Place], bool]) -> Iterator[Found]:
        path = self._segments.path(number)
        was_sealed = is_sealed(path)
        if not was_sealed:
            repair(path)
        for each in self._objects(number) if path.exists() else ():
            if is_known(each.place):
                continue
            if was_sealed or hashlib.sha256(self.view(each.place)).hexdigest() == each.sha256:
                yield each
            else:
                self.remove(each.place)

    def _objects(self, number: int) -> Iterator[Found]:
        with self._segments.path(number).open("rb", buffering=0) as stream:
            for region in regions(stream):
                found = _found(number, region)
                if found is not None:
                    yield found


def _found(number: int, region: Region) -> Found | None:
    member: Member | None = region.member
    if member is None or not member.sha256:
        return None
    place = Place(number, region.offset, member.size_bytes)
    return Found(place, member.sha256, member.received_ns, member.origin)
