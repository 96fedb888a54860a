"""Immutable files named after their content.

A file is written to ``incoming/``, hashed on the way, made durable, and linked to ``objects/ab/<sha256>.dcm``: it
appears there whole or not at all. What a crash leaves in ``incoming/`` was never acknowledged and is removed at the
next start.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from isocenter.core.errors import NotFoundError, StorageFullError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_BUFFER = 1 << 20


class ObjectStore:
    """The objects below one folder."""

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        self._objects = root / "objects"
        self._incoming = root / "incoming"
        self.durable = durable
        self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
        for leftover in self._incoming.iterdir():
            leftover.unlink()
        for number in range(256):
            (self._objects / f"{number:02x}").mkdir(parents=True, exist_ok=True, mode=0o700)

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

    def begin(self) -> ObjectWriter:
        """Return a writer for a new object."""
        return ObjectWriter(self, self._incoming / secrets.token_hex(16))

    def all(self) -> list[Path]:
        """Return every object, for rebuilding an index and for fixity sweeps."""
        return sorted(self._objects.glob("??/*.dcm"))


class ObjectWriter:
    """One object on its way in; `finish` or `discard` ends it."""

    def __init__(self, store: ObjectStore, path: Path) -> None:
        self._store = store
        self.path = path
        self._digest = hashlib.sha256()
        self.size_bytes = 0
        with _disk_errors():
            self._stream: BinaryIO = path.open("xb", buffering=_BUFFER)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append bytes; raises `StorageFullError` when the disk has no room."""
        with _disk_errors():
            self._stream.write(data)
        self._digest.update(data)
        self.size_bytes += len(data)

    def flush(self) -> None:
        """Hand everything to the operating system, so that the file can be read."""
        with _disk_errors():
            self._stream.flush()

    @property
    def sha256(self) -> str:
        """SHA-256 of what has been written."""
        return self._digest.hexdigest()

    def finish(self) -> Path:
        """Make the object durable and visible, and return its place; the same bytes again leave one object."""
        target = self._store.path(self.sha256)
        with _disk_errors():
            self._stream.flush()
            if self._store.durable:
                os.fdatasync(self._stream.fileno())
            self._stream.close()
            try:
                os.link(self.path, target)
            except FileExistsError:
                pass
            else:
                self._sync_folder(target.parent)
            self.path.unlink()
        return target

    def discard(self) -> None:
        """Forget the object; also after `finish`, where it does nothing."""
        # On a full disk the buffer cannot be written; it is to be forgotten anyway.
        with suppress(OSError):
            self._stream.close()
        self.path.unlink(missing_ok=True)

    def _sync_folder(self, folder: Path) -> None:
        if not self._store.durable:
            return
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class _disk_errors:  # noqa: N801 - a context manager, used like a function
    """Turn a full disk into `StorageFullError`."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OSError) and error.errno in _FULL:
            raise StorageFullError(
                "The disk is full; nothing was stored.", found=error.strerror, remedy="Free some space and send again."
            ) from error
