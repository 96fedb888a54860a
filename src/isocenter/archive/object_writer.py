"""One object on its way in: gathered in memory that the disk can read directly, hashed while it is written.

Up to `SMALL_BYTES` it stays in memory until it is complete, then goes to the shared segment in one piece. A larger one
is written piece by piece to a segment of its own while the next piece arrives.
"""

from __future__ import annotations

import hashlib
import mmap
import os
from contextlib import suppress
from dataclasses import dataclass
from time import time_ns

import xxhash

from isocenter.archive.background import Background, Task
from isocenter.archive.disk import disk_errors
from isocenter.archive.segment import Segment
from isocenter.archive.segment_scan import note_removed
from isocenter.archive.segments import Segments
from isocenter.archive.tar_blocks import BLOCK, Member, Replaced, member_header, member_name, padded, padding

SMALL_BYTES = 1 << 20
_MAX_IDLE_BUFFERS = 16
_N_THREADS = max(2, min(8, os.cpu_count() or 2))


@dataclass(frozen=True, slots=True)
class Place:
    """Where the content of an object lies: segment number, offset and length in bytes."""

    segment: int
    offset: int
    size_bytes: int


class Desk:
    """What all writers of a store share: segments to write to, memory to gather in, threads to write with."""

    def __init__(self, segments: Segments, *, durable: bool) -> None:
        self.segments = segments
        self.durable = durable
        self.background = Background(_N_THREADS, "object-writer")
        self._idle: list[mmap.mmap] = []

    def lend(self) -> mmap.mmap:
        """Return a buffer, one block for the header and then the content; what is in it has no meaning."""
        try:
            return self._idle.pop()
        except IndexError:
            return mmap.mmap(-1, BLOCK + SMALL_BYTES)

    def take_back(self, buffers: list[mmap.mmap]) -> None:
        """Keep the buffers of a writer that has ended for the next one."""
        self._idle += buffers[: max(0, _MAX_IDLE_BUFFERS - len(self._idle))]

    def close(self) -> None:
        """Finish what happens in the background."""
        self.background.close()


class ObjectWriter:
    """One object: `write` it, look at its `content`, then `finish` and `release`, or `discard` it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._buffers = [desk.lend()]
        self._view = memoryview(self._buffers[0])
        self._filled = 0
        self._pending: Task | None = None
        self._digest = hashlib.sha256()
        self._checksum = xxhash.xxh3_128()
        self._sha256 = ""
        self._segment: Segment | None = None
        self._finished: tuple[Segment, bool] | None = None
        self._start = self._position = 0
        self._replaces: Replaced | None = None
        self._received_ns: int | None = None
        self.size_bytes = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append bytes; raises `StorageFullError` when the disk has no room."""
        left = memoryview(data)
        while len(left):
            room = self.room()
            part = left[: len(room)]
            room[: len(part)] = part
            self.took(len(part))
            left = left[len(part) :]

    def room(self) -> memoryview:
        """Return memory for the next bytes, to be filled from its beginning; raises `StorageFullError`."""
        if self._filled == SMALL_BYTES:
            with disk_errors():
                self._spill()
        return self._view[BLOCK + self._filled : BLOCK + SMALL_BYTES]

    def took(self, n_bytes: int) -> None:
        """Append the first bytes of what `room` returned."""
        self._filled += n_bytes
        self.size_bytes += n_bytes

    def _spill(self) -> None:
        """Write a full buffer in the background, and go on with the other."""
        if self._segment is None:
            self._segment = self._desk.segments.take_whole()
            self._start = self._segment.take(BLOCK) or 0
            self._position = self._start + BLOCK
        self._wait()
        self._segment.grow(SMALL_BYTES)
        self._pending = self._desk.background.submit(self._segment.write, self._view[BLOCK:], self._position)
        self._digest.update(self._view[BLOCK:])
        self._checksum.update(self._view[BLOCK:])
        self._position += SMALL_BYTES
        if len(self._buffers) == 1:
            self._buffers.append(self._desk.lend())
        self._buffers.reverse()
        self._view = memoryview(self._buffers[0])
        self._filled = 0

    def _wait(self) -> None:
        """Wait for what happens in the background; raises what went wrong there."""
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.wait()

    def content(self) -> memoryview:
        """End the writing and return all that was written."""
        content = self._view[BLOCK : BLOCK + self._filled]
        fill = padding(self.size_bytes)
        self._view[BLOCK + self._filled : BLOCK + self._filled + len(fill)] = fill
        if self._segment is None:
            return content
        with disk_errors():
            self._digest.update(content)
            self._checksum.update(content)
            self._wait()
            self._segment.grow(padded(self._filled))
            self._segment.write(self._view[BLOCK : BLOCK + padded(self._filled)], self._position)
            with self._segment.path.open("rb", buffering=0) as stream:
                mapped = mmap.mmap(stream.fileno(), self._start + BLOCK + self.size_bytes, access=mmap.ACCESS_READ)
        return memoryview(mapped)[self._start + BLOCK :]

    @property
    def sha256(self) -> str:
        """SHA-256 of the content, once that was asked for."""
        if self._segment is None and not self._sha256:
            self._digest.update(self._view[BLOCK : BLOCK + self._filled])
        self._sha256 = self._sha256 or self._digest.hexdigest()
        return self._sha256

    def finish(
        self, sop_instance_uid: str, origin: str, *, replaces: Replaced | None = None, received_ns: int | None = None
    ) -> Place:
        """Make the object durable and return its place; raises `StorageFullError` when the disk has no room.

        One that `replaces` another says so, and when that was received. Its segment counts as open until `release`.
        """
        self._replaces, self._received_ns = replaces, received_ns
        with disk_errors():
            return (
                self._finish_small(sop_instance_uid, origin)
                if self._segment is None
                else self._finish_large(self._segment, sop_instance_uid, origin)
            )

    def _finish_large(self, segment: Segment, sop_instance_uid: str, origin: str) -> Place:
        """Write the header, after the content."""
        name = member_name(self._start, sop_instance_uid)
        self._put_header(name, self._checksum.hexdigest(), origin, segment)
        self._write_durably(segment, self._view[:BLOCK])
        segment.enter(self._start, name, self.sha256)
        self._segment, self._finished = None, (segment, True)
        self._let_go()
        return Place(segment.number, self._start + BLOCK, self.size_bytes)

    def _finish_small(self, sop_instance_uid: str, origin: str) -> Place:
        """Write header and content in one piece; the content is hashed meanwhile."""
        length = BLOCK + padded(self.size_bytes)
        checksum = xxhash.xxh3_128_hexdigest(self._view[BLOCK : BLOCK + self.size_bytes])
        segment, self._start = self._desk.segments.take(length)
        name = member_name(self._start, sop_instance_uid)
        place = Place(segment.number, self._start + BLOCK, self.size_bytes)
        try:
            self._put_header(name, checksum, origin, segment)
            if not self._sha256:
                content = self._view[BLOCK : BLOCK + self.size_bytes]
                self._pending = self._desk.background.submit(self._digest.update, content)
            self._write_durably(segment, self._view[:length])
            self._wait()
            self._sha256 = self._sha256 or self._digest.hexdigest()
            segment.enter(self._start, name, self._sha256)
        except BaseException:
            segment.forget(self._start)
            with suppress(OSError):
                note_removed(segment.path, place.offset, place.size_bytes)
            segment.give_up()
            raise
        self._finished = segment, False
        self._let_go()
        return place

    def release(self) -> None:
        """End the hold on the segment of a finished object: the index knows it, or never will."""
        finished, self._finished = self._finished, None
        if finished is not None:
            segment, is_own = finished
            segment.give_up()
            if is_own:
                segment.seal()

    def _put_header(self, name: str, checksum: str, origin: str, segment: Segment) -> None:
        received_ns = self._received_ns or time_ns()
        member = Member(name, checksum, self.size_bytes, received_ns, origin, segment.token, self._replaces)
        self._view[:BLOCK] = member_header(member)

    def _write_durably(self, segment: Segment, blocks: memoryview) -> None:
        segment.write(blocks, self._start)
        if self._desk.durable:
            segment.sync()

    def discard(self) -> None:
        """Forget what was written."""
        segment, self._segment = self._segment, None
        with suppress(OSError):  # it is to be forgotten anyway
            self._wait()
        self._let_go()
        self.release()
        if segment is not None:
            segment.give_up()
            segment.seal()
            segment.path.unlink(missing_ok=True)

    def _let_go(self) -> None:
        """Give back the memory."""
        self._view = memoryview(b"")
        buffers, self._buffers = self._buffers, []
        self._desk.take_back(buffers)
