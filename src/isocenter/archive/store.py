"""Immutable files named after their content.

A file is written to ``incoming/``, hashed on the way, named after its hash, flushed, and linked to
``objects/ab/<sha256>.dcm``: it appears there whole or not at all. Its name in ``incoming/`` stays until the index is
known to be on the disk. So one flush per file is enough: after a crash, whatever is whole in ``incoming/`` is taken in
again, and the rest, which was never acknowledged, is removed.

This rests on two habits of journaling file systems (ext4, XFS, Btrfs, APFS, NTFS): flushing a new file keeps its name,
and changes of names reach the disk in the order in which they were made.
"""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from isocenter.core.errors import NotFoundError, StorageFullError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EMLINK)
_BUFFER = 1 << 20
# A start after a crash hashes what is retired but not cleared: a second's work at most.
MAX_RETIRED, MAX_RETIRED_BYTES = 256, 256 << 20


class ObjectStore:
    """The objects below one folder."""

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        self._objects = root / "objects"
        self._incoming = root / "incoming"
        self.durable = durable
        self._lock = threading.Lock()
        self._claims: Counter[str] = Counter()
        self._retired: list[Path] = []
        self._retired_bytes = 0
        self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
        for number in range(256):
            (self._objects / f"{number:02x}").mkdir(parents=True, exist_ok=True, mode=0o700)

    def recovered(self) -> Iterator[Path]:
        """Yield the objects that were whole but perhaps not indexed when the last run ended; retire their names.

        What was not whole is removed.
        """
        for leftover in by_age(self._incoming.iterdir()):
            sha256, dot, _ = leftover.name.partition(".")
            if not dot or _hash(leftover) != sha256:
                leftover.unlink()
                continue
            target = self.path(sha256)
            if not target.exists():
                os.link(leftover, target)
            self.retire(leftover, 0)
            yield target

    def path(self, sha256: str) -> Path:
        """Return where an object lies (or would lie)."""
        return self._objects / sha256[:2] / f"{sha256}.dcm"

    def existing(self, sha256: str) -> Path:
        """Return where an object lies; raises `NotFoundError`."""
        path = self.path(sha256)
        if not path.is_file():
            raise NotFoundError(
                "An indexed object is missing.", field="sha256", found=sha256, remedy="Restore it from a backup."
            )
        return path

    def view(self, sha256: str) -> memoryview:
        """Return the bytes of an object; raises `NotFoundError`."""
        return _mapped(self.existing(sha256))

    def begin(self) -> ObjectWriter:
        """Return a writer for a new object."""
        return ObjectWriter(self, self._incoming / secrets.token_hex(16))

    def all(self) -> list[Path]:
        """Return every object, the oldest first."""
        return by_age(self._objects.glob("??/*.dcm"))

    def retire(self, path: Path, size_bytes: int) -> bool:
        """Note a name in ``incoming/`` whose object is indexed; return whether it is time to flush and `clear`."""
        with self._lock:
            self._retired.append(path)
            self._retired_bytes += size_bytes
            return len(self._retired) >= MAX_RETIRED or self._retired_bytes >= MAX_RETIRED_BYTES

    @contextmanager
    def clearing(self) -> Iterator[None]:
        """Remove the names retired before this context, once what happens inside it has succeeded."""
        with self._lock:
            retired, self._retired, self._retired_bytes = self._retired, [], 0
        yield
        for path in retired:
            path.unlink(missing_ok=True)

    def claim(self, sha256: str) -> None:
        """Say that an object is about to be indexed: nobody else may take it back meanwhile."""
        with self._lock:
            self._claims[sha256] += 1

    def release(self, sha256: str) -> None:
        """End a claim."""
        with self._lock:
            self._claims[sha256] -= 1
            if self._claims[sha256] <= 0:
                del self._claims[sha256]

    def take_back(self, sha256: str, is_indexed: Callable[[str], bool]) -> None:
        """Remove an object that could not be indexed, unless it is, or somebody else is about to index it."""
        with self._lock:
            if self._claims[sha256] <= 1 and not is_indexed(sha256):
                self.path(sha256).unlink(missing_ok=True)


class ObjectWriter:
    """One object on its way in: `write` it, `finish` it, and in the end `settle` or `discard` it."""

    def __init__(self, store: ObjectStore, path: Path) -> None:
        self._store = store
        self.path = path
        self._digest = hashlib.sha256()
        self._claimed = ""
        self.size_bytes = 0
        with disk_errors():
            self._stream: BinaryIO = path.open("xb", buffering=_BUFFER)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append bytes; raises `StorageFullError` when the disk has no room."""
        with disk_errors():
            self._stream.write(data)
        self._digest.update(data)
        self.size_bytes += len(data)

    def view(self) -> memoryview:
        """Return what has been written."""
        with disk_errors():
            self._stream.flush()
        return _mapped(self.path)

    @property
    def sha256(self) -> str:
        """SHA-256 of what has been written."""
        return self._digest.hexdigest()

    def finish(self) -> Path:
        """Make the object durable and return its place; the same bytes again leave one object."""
        sha256 = self.sha256
        target = self._store.path(sha256)
        self._store.claim(sha256)
        self._claimed = sha256
        with disk_errors():
            self._stream.flush()
            self.path = self.path.rename(self.path.with_name(f"{sha256}.{self.path.name}"))
            if self._store.durable:
                sync_data(self._stream.fileno())
            self._stream.close()
            self._link(target)
        return target

    def _link(self, target: Path) -> None:
        try:
            os.link(self.path, target)
        except FileExistsError:
            if target.stat().st_size != self.size_bytes:  # a power cut before its data were flushed
                self.path.replace(target)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            self.path.replace(target)  # same name, same content: nothing is lost by replacing

    def settle(self) -> bool:
        """End well: the object is indexed. Return whether the index is to be flushed now."""
        if not self._store.durable:
            self.discard()
            return False
        is_time = not self.path.exists() or self._store.retire(self.path, self.size_bytes)
        self._release()
        return is_time

    def take_back(self, is_indexed: Callable[[str], bool]) -> None:
        """Remove the finished object again, because it could not be indexed."""
        if self._claimed:
            self._store.take_back(self._claimed, is_indexed)

    def discard(self) -> None:
        """Let go of the name in ``incoming/`` and of the claim."""
        # On a full disk the buffer cannot be written; it is to be forgotten anyway.
        with suppress(OSError):
            self._stream.close()
        self.path.unlink(missing_ok=True)
        self._release()

    def _release(self) -> None:
        if self._claimed:
            self._store.release(self._claimed)
            self._claimed = ""


def by_age(paths: Iterable[Path]) -> list[Path]:
    """Return files by the time of their last byte: who came first stays visible when two share a UID."""
    return sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.name))


def _mapped(path: Path) -> memoryview:
    if path.stat().st_size == 0:
        return memoryview(b"")
    with path.open("rb") as stream:
        return memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sync_data(descriptor: int) -> None:
    """Flush a file's data and length; where there is no fdatasync (macOS, Windows) its times too."""
    getattr(os, "fdatasync", os.fsync)(descriptor)


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn a full disk into `StorageFullError`."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise StorageFullError(
            "The disk is full; nothing was stored.", found=error.strerror, remedy="Free some space and send again."
        ) from error
