"""One object on its way in: gathered in memory that the disk can read directly, hashed while it is written.

Up to `SMALL_BYTES` it stays in memory until it is complete, then goes to the shared segment in one piece. A larger one
is written piece by piece to a segment of its own while the next piece arrives.
"""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from time import time_ns

from isocenter.archive.disk import disk_errors
from isocenter.archive.segment import Segment
from isocenter.archive.segment_scan import note_removed
from isocenter.archive.segments import Segments
from isocenter.archive.tar_blocks import BLOCK, Member, member_header, padded, padding
from isocenter.core.errors import IsocenterError

SMALL_BYTES = 1 << 20
_MAX_IDLE_BUFFERS = 16
_N_WORKERS = 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where the content of an object lies: segment number, offset and length in bytes."""

    segment: int
    offset: int
    size_bytes: int


class Desk:
    """What all writers of a store share: segments to write to, memory to gather in, threads to hash and write with."""

    def __init__(self, segments: Segments, *, durable: bool) -> None:
        self.segments = segments
        self.durable = durable
        self._workers = ThreadPoolExecutor(_N_WORKERS, thread_name_prefix="object-writer")
        self._idle: list[mmap.mmap] = []

    def lend(self) -> mmap.mmap:
        """Return a buffer, one block for the header and then the content; what is in it has no meaning."""
        try:
            return self._idle.pop()
        except IndexError:
            return mmap.mmap(-1, BLOCK + SMALL_BYTES)

    def take_back(self, buffer: mmap.mmap) -> None:
        """Keep a buffer for the next object."""
        if len(self._idle) < _MAX_IDLE_BUFFERS:
            self._idle.append(buffer)

    def submit(self, work: Callable[..., object], *given: object) -> Future[object]:
        """Have work done in the background; raises `IsocenterError` once the store is closed."""
        try:
            return self._workers.submit(work, *given)
        except RuntimeError:
            raise IsocenterError("The archive is closed.", remedy="Send again when it is open.") from None

    def close(self) -> None:
        """Wait for what happens in the background."""
        self._workers.shutdown()


class ObjectWriter:
    """One object: `write` it, look at its `content`, then `finish` or `discard` it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._buffers = [desk.lend()]
        self._view = memoryview(self._buffers[0])
        self._filled = 0
        self._pending: list[Future[object]] = []
        self._digest = hashlib.sha256()
        self._segment: Segment | None = None
        self._start = self._position = 0
        self.size_bytes = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append bytes; raises `StorageFullError` when the disk has no room."""
        left = memoryview(data)
        while len(left):
            if self._filled == SMALL_BYTES:
                with disk_errors():
                    self._spill()
            part = left[: SMALL_BYTES - self._filled]
            begin = BLOCK + self._filled
            self._view[begin : begin + len(part)] = part
            self._filled += len(part)
            self.size_bytes += len(part)
            left = left[len(part) :]

    def _spill(self) -> None:
        """Hash and write a full buffer in the background, and go on with the other."""
        if self._segment is None:
            self._segment = self._desk.segments.take_whole()
            self._start = self._segment.take(BLOCK) or 0
            self._position = self._start + BLOCK
        self._wait()
        content = self._view[BLOCK:]
        self._segment.grow(SMALL_BYTES)
        self._pending = [
            self._desk.submit(self._digest.update, content),
            self._desk.submit(self._segment.write, content, self._position),
        ]
        self._position += SMALL_BYTES
        if len(self._buffers) == 1:
            self._buffers.append(self._desk.lend())
        self._buffers.reverse()
        self._view = memoryview(self._buffers[0])
        self._filled = 0

    def _wait(self) -> None:
        """Wait for what happens in the background; raises what went wrong there."""
        pending, self._pending = self._pending, []
        for future in pending:
            future.result()

    def content(self) -> memoryview:
        """End the writing and return all that was written."""
        content = self._view[BLOCK : BLOCK + self._filled]
        fill = padding(self.size_bytes)
        self._view[BLOCK + self._filled : BLOCK + self._filled + len(fill)] = fill
        if self._segment is None:
            self._pending.append(self._desk.submit(self._digest.update, content))
            return content
        with disk_errors():
            self._wait()
            self._digest.update(content)
            self._segment.grow(padded(self._filled))
            self._segment.write(self._view[BLOCK : BLOCK + padded(self._filled)], self._position)
            with self._segment.path.open("rb", buffering=0) as stream:
                mapped = mmap.mmap(stream.fileno(), self._start + BLOCK + self.size_bytes, access=mmap.ACCESS_READ)
        return memoryview(mapped)[self._start + BLOCK :]

    @property
    def sha256(self) -> str:
        """SHA-256 of the content, once that was asked for."""
        self._wait()
        return self._digest.hexdigest()

    def finish(self, origin: str) -> Place:
        """Make the object durable and return its place; raises `StorageFullError` when the disk has no room."""
        with disk_errors():
            if self._segment is None:
                return self._finish_small(origin)
            self._write_header(self._segment, origin)
            place = Place(self._segment.number, self._start + BLOCK, self.size_bytes)
            self._let_go()
        return place

    def _finish_small(self, origin: str) -> Place:
        """Write the content while it is hashed, then the header that makes it an object."""
        length = padded(self.size_bytes)
        segment, start = self._desk.segments.take(BLOCK + length)
        self._start = start
        place = Place(segment.number, start + BLOCK, self.size_bytes)
        try:
            segment.write(self._view[BLOCK : BLOCK + length], place.offset)
            self._write_header(segment, origin)
        except BaseException:
            with suppress(OSError):
                note_removed(segment.path, place.offset, place.size_bytes)
            raise
        finally:
            segment.give_up()
        self._let_go()
        return place

    def _write_header(self, segment: Segment, origin: str) -> None:
        header = member_header(Member(self.sha256, self.size_bytes, time_ns(), origin, segment.token))
        self._view[:BLOCK] = header
        segment.write(self._view[:BLOCK], self._start)
        if self._desk.durable:
            segment.sync()

    def discard(self) -> None:
        """Forget what was written."""
        segment, self._segment = self._segment, None
        for future in self._pending:
            future.exception()
        self._pending = []
        self._let_go()
        if segment is not None:
            segment.give_up()
            segment.seal()
            segment.path.unlink(missing_ok=True)

    def _let_go(self) -> None:
        """Give back the memory, and close a segment of its own."""
        self._view = memoryview(b"")
        buffers, self._buffers = self._buffers, []
        for buffer in buffers:
            self._desk.take_back(buffer)
        segment, self._segment = self._segment, None
        if segment is not None:
            segment.give_up()
            segment.seal()
