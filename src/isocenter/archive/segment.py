"""One file that objects are appended to, by several threads at once, past the page cache where the system allows it.

A flush serves everybody who has written before it began.

Source: see `tar_blocks` for the form of the file.
"""

from __future__ import annotations

import mmap
import os
import secrets
import threading
from contextlib import suppress
from pathlib import Path

from isocenter.archive import allocation
from isocenter.archive.segment_end import ending
from isocenter.archive.tar_blocks import BLOCK, preface

_DIRECT = getattr(os, "O_DIRECT", 0)
_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class Segment:
    """An open segment: `take` a place in it, `write` there, `sync`, and `give_up` the hold on it.

    With a capacity the space is taken from the disk at once and ends there; without one the file grows.
    """

    def __init__(self, number: int, path: Path, *, capacity_bytes: int = 0) -> None:
        self.number = number
        self.path = path
        self.token = secrets.token_hex(16)
        self.tail = BLOCK
        self._capacity_bytes = capacity_bytes
        self._n_holders = 0
        self._sums: dict[int, tuple[str, str]] = {}
        self._is_sealed = False
        self._written = self._synced = 0
        self._is_syncing = False
        self._failure: OSError | None = None
        self._turn = threading.Condition()
        self._descriptor = _create(path, _aligned(preface(self.token)))
        if capacity_bytes:
            allocation.reserve(self._descriptor, capacity_bytes)

    def take(self, size_bytes: int) -> int | None:
        """Return where `size_bytes` may be written, a multiple of `BLOCK`; None if there is no room for them."""
        with self._turn:
            if self._is_sealed or (self._capacity_bytes and self.tail + size_bytes > self._capacity_bytes):
                return None
            offset = self.tail
            self.tail += size_bytes
            self._n_holders += 1
        return offset

    def grow(self, size_bytes: int) -> None:
        """Make what was taken last longer; for the only writer of a segment."""
        self.tail += size_bytes

    def write(self, data: memoryview, offset: int) -> None:
        """Write whole blocks at an offset; raises `OSError`."""
        allocation.write_at(self._descriptor, data, offset)

    def enter(self, start: int, name: str, sha256: str) -> None:
        """Note an object for the manifest."""
        self._sums[start] = (name, sha256)

    def forget(self, start: int) -> None:
        """Leave an object out of the manifest."""
        self._sums.pop(start, None)

    @property
    def sums(self) -> dict[int, tuple[str, str]]:
        """Name and SHA-256 of what is here, by its start."""
        return dict(self._sums)

    def sync(self) -> None:
        """Return once everything this thread has written is on the disk; raises `OSError`."""
        with self._turn:
            self._written += 1
            ticket = self._written
            while self._is_syncing and self._synced < ticket:
                self._turn.wait()
            if self._failure is not None:  # a later flush may succeed without the data of this one
                raise self._failure
            if self._synced >= ticket:
                return
            self._is_syncing = True
            covered = self._written
        try:
            allocation.sync_data(self._descriptor)
        except OSError as error:
            self._failure = error
            raise
        finally:
            with self._turn:
                self._is_syncing = False
                self._synced = max(self._synced, covered)
                self._turn.notify_all()

    def give_up(self) -> None:
        """End the hold that `take` gave."""
        with self._turn:
            self._n_holders -= 1
            is_last = self._is_sealed and self._n_holders == 0
        if is_last:
            self._close()

    def seal(self) -> None:
        """Take nothing more; when its last holder has gone the file ends behind its last object."""
        with self._turn:
            was_sealed, self._is_sealed = self._is_sealed, True
            is_free = self._n_holders == 0
        if is_free and not was_sealed:
            self._close()

    def _close(self) -> None:
        """End the file in order; one that cannot be is mended at the next start."""
        try:
            with suppress(OSError):
                end = ending(self._sums, self.token)
                allocation.write_at(self._descriptor, memoryview(_aligned(end)), self.tail)
                os.ftruncate(self._descriptor, self.tail + len(end))
                os.fsync(self._descriptor)
        finally:
            os.close(self._descriptor)

    @property
    def has_failed(self) -> bool:
        """Whether a flush has failed: nothing more should be written here."""
        return self._failure is not None

    @property
    def is_closed(self) -> bool:
        """Whether nobody writes here any more."""
        return self._is_sealed and self._n_holders == 0


def _aligned(content: bytes) -> mmap.mmap:
    """Return blocks in memory that begins at a page, as the disk wants it."""
    blocks = mmap.mmap(-1, len(content))
    blocks.write(content)
    return blocks


def _create(path: Path, first_block: mmap.mmap) -> int:
    """Return a new file with its first block written: past the page cache, or through it where that cannot be."""
    for flags in (_CREATE | _DIRECT, _CREATE):
        try:
            descriptor = os.open(path, flags, 0o600)
        except OSError:
            if flags == _CREATE:
                raise
            path.unlink(missing_ok=True)
            continue
        try:
            allocation.write_at(descriptor, memoryview(first_block), 0)
        except OSError:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            if flags == _CREATE:
                raise
            continue
        sync_folder(path.parent)
        return descriptor
    raise AssertionError


def sync_folder(path: Path) -> None:
    """Have the names in a folder on the disk, on systems where a folder can be flushed."""
    if os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
