"""Objects, each in a place of its own in a segment; nothing is ever changed there, only added and removed.

Small objects share a segment and its flushes; a large one has a segment of its own, to which it goes while it comes in.
An object is whole when its header is: that is written last and flushed together with the content. So after a crash
the segments that were open say themselves what is in them, and what was not finished is given back.
"""

from __future__ import annotations

import hashlib
import mmap
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import xxhash

from isocenter.archive import allocation
from isocenter.archive.object_writer import Desk, ObjectWriter, Place
from isocenter.archive.segment_scan import is_sealed, manifest, note_removed, regions, repair
from isocenter.archive.segments import Segments, segment_path
from isocenter.archive.tar_blocks import BLOCK, Member, Replaced, padded, read_member, stated_checksum, token_of
from isocenter.core.errors import IsocenterError, NotFoundError

_READ_BYTES = 4 << 20
_AT_ONCE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """An object that was found by looking into the segments."""

    place: Place
    sha256: str
    received_ns: int
    origin: str
    replaces: Replaced | None = None


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
        return _view(self._segments.path(place.segment), place)

    def proven(self, place: Place) -> memoryview:
        """Return the bytes of an object after comparing them with the checksum they were written with.

        Raises `NotFoundError` if they are gone, `IsocenterError` if the disk gives others.
        """
        with_header = Place(place.segment, place.offset - BLOCK, BLOCK + place.size_bytes)
        read = _read if place.size_bytes <= _READ_BYTES else _view
        return self._compared(place, read(self._segments.path(place.segment), with_header))

    def proven_at_once(self, place: Place) -> memoryview | None:
        """Return what `proven` does if it is small and in the memory of the system, else None."""
        if place.size_bytes > _AT_ONCE_BYTES or not hasattr(os, "RWF_NOWAIT"):
            return None
        whole = memoryview(bytearray(BLOCK + place.size_bytes))
        try:
            with self._segments.path(place.segment).open("rb", buffering=0) as stream:
                n_read = os.preadv(stream.fileno(), [whole], place.offset - BLOCK, os.RWF_NOWAIT)
        except OSError:  # it is not in memory, is gone, or this file system cannot say
            return None
        return self._compared(place, whole.toreadonly()) if n_read == len(whole) else None

    def _compared(self, place: Place, whole: memoryview) -> memoryview:
        """Return the content of an object, given with its header, after comparing them."""
        content = whole[BLOCK:]
        if stated_checksum(bytes(whole[:BLOCK])) != xxhash.xxh3_128_hexdigest(content):
            raise IsocenterError(
                "An object on the disk is damaged.",
                file=self._segments.path(place.segment).name,
                found=f"other bytes than were written at byte {place.offset}",
                remedy="Restore it from a backup: isocenter archive check names every damaged one.",
            )
        return content

    def member(self, place: Place) -> Member | None:
        """Return what the header of an object says; None if there is none."""
        path = self._segments.path(place.segment)
        try:
            with path.open("rb", buffering=0) as stream:
                token = token_of(stream.read(BLOCK))
                stream.seek(place.offset - BLOCK)
                return None if token is None else read_member(stream.read(BLOCK), token)
        except OSError:
            return None

    def remove(self, place: Place) -> None:
        """Give back the space of an object: its bytes are gone afterwards."""
        path = self._segments.path(place.segment)
        if not self._segments.is_open(place.segment):
            with path.open("rb", buffering=0) as stream:
                n_objects = sum(region.is_object for region in regions(stream))
            if n_objects == 1:
                path.unlink()
                return
        self._segments.forget(place.segment, place.offset - BLOCK)
        note_removed(path, place.offset, place.size_bytes)
        with path.open("r+b", buffering=0) as stream:
            allocation.release(stream.fileno(), place.offset, padded(place.size_bytes))

    def all(self) -> Iterator[Found]:
        """Yield every object, by its header alone, segment by segment."""
        for number in self._segments.numbers():
            yield from self._objects(number)

    def found(self, first_number: int, is_known: Callable[[Place], bool]) -> list[Found]:
        """Return the whole but unknown objects of the segments from `first_number` on, the oldest first.

        Segments that were open when the last run ended are mended: what is not whole in them was never acknowledged.
        """
        found = []
        for number in self._segments.numbers(first_number):
            if self._segments.is_open(number):
                continue
            path = self._segments.path(number)
            if not is_sealed(path):
                repair(path)
            if path.exists():
                found += [each for each in self._objects(number) if not is_known(each.place)]
        return sorted(found, key=lambda each: each.received_ns)

    def _objects(self, number: int) -> Iterator[Found]:
        return _objects(self._segments.path(number), number, dict(self._segments.sums(number)))


def view_of(root: Path, place: Place) -> memoryview:
    """Return the bytes of an object of the archive in `root`, whoever has that open; raises `NotFoundError`."""
    return _view(segment_path(root / "segments", place.segment), place)


def objects_of(root: Path, segment: int) -> Iterator[Found]:
    """Yield every object of a segment of the archive in `root`, whoever has that open; none if it is not sealed."""
    path = segment_path(root / "segments", segment)
    yield from _objects(path, segment, {}) if is_sealed(path) else ()


def _read(path: Path, place: Place) -> memoryview:
    """Return the bytes of an object, read at once: faster than page by page where they are not in memory yet."""
    try:
        with path.open("rb", buffering=0) as stream:
            stream.seek(place.offset)
            content = stream.read(place.size_bytes)
    except OSError:
        content = b""
    if len(content) != place.size_bytes:
        raise _missing(path, place)
    return memoryview(content)


def _view(path: Path, place: Place) -> memoryview:
    if place.size_bytes == 0:
        return memoryview(b"")
    start = place.offset // mmap.ALLOCATIONGRANULARITY * mmap.ALLOCATIONGRANULARITY
    length = place.offset - start + place.size_bytes
    try:
        with path.open("rb", buffering=0) as stream:
            mapped = mmap.mmap(stream.fileno(), length, access=mmap.ACCESS_READ, offset=start)
    except (OSError, ValueError):
        raise _missing(path, place) from None
    return memoryview(mapped)[place.offset - start :]


def _missing(path: Path, place: Place) -> NotFoundError:
    return NotFoundError(
        "An indexed object is missing.",
        file=path.name,
        found=f"nothing at byte {place.offset}",
        remedy="Restore it from a backup.",
    )


def _objects(path: Path, number: int, sums: dict[str, str]) -> Iterator[Found]:
    """Yield the objects of a segment with their SHA-256: as known, as its manifest says, else hashed anew."""
    with path.open("rb", buffering=0) as stream:
        held = list(regions(stream))
        sums = sums | manifest(stream, held)
    for region in held:
        member = region.member
        if member is not None and member.is_object:
            place = Place(number, region.offset, member.size_bytes)
            sha256 = sums.get(member.name) or hashlib.sha256(_view(path, place)).hexdigest()
            yield Found(place, sha256, member.received_ns, member.origin, member.replaces)
