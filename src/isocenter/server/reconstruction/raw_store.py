"""Uploaded raw files, kept by content until somebody has reconstructed them."""

from __future__ import annotations

import errno
import hashlib
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool

from isocenter.core.errors import FileFormatError, NotFoundError, OptionError, StorageFullError, TooLargeError
from isocenter.server.reconstruction.unpacking import unpacked

_ID = re.compile(r"[0-9a-f]{32}")
_NAME = re.compile(r"[\w][\w .()+-]{0,199}")
_NAME_BYTES = 255  # NAME_MAX of Linux file systems
MAX_FILES = 1000
# Files that belong together come as one tar and are kept as a folder.
PACKED = ".tar"


@dataclass(frozen=True)
class RawFile:
    """An uploaded file, or the folder of those that came in one tar; `raw_id` is random, so that nobody guesses it."""

    raw_id: str
    path: Path
    size_bytes: int
    sha256: str


class RawStore:
    """A folder with one subfolder for each upload; a broken upload leaves nothing behind."""

    def __init__(self, root: Path, *, max_bytes: int) -> None:
        self._root = root
        self._max_bytes = max_bytes
        root.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def receive(self, filename: str, chunks: AsyncIterator[bytes]) -> RawFile:
        """Write an upload; raises `OptionError`, `TooLargeError`, `StorageFullError` or `FileFormatError` (empty)."""
        if not _NAME.fullmatch(filename) or len(filename.encode()) > _NAME_BYTES:
            raise OptionError(
                "This file name cannot be used.",
                field="filename",
                expected=f"letters, digits, spaces and . _ - ( ) +, at most {_NAME_BYTES} bytes",
            )
        if sum(1 for _ in self._root.iterdir()) >= MAX_FILES:
            raise StorageFullError(
                "Too many raw files are waiting.", expected=f"at most {MAX_FILES}", remedy="Discard old ones."
            )
        folder = self._root / secrets.token_hex(16)
        path = folder / filename
        try:
            with _full_disk_is_said():
                folder.mkdir(mode=0o700)
                with path.open("xb") as stream:
                    size_bytes, digest = await self._write(stream, chunks)
                if size_bytes and filename.endswith(PACKED):
                    path = await run_in_threadpool(unpacked, path)
            if size_bytes == 0:
                raise FileFormatError("The file is empty.", file=filename, found="0 bytes")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return RawFile(folder.name, path, size_bytes, digest)

    async def _write(self, stream: BinaryIO, chunks: AsyncIterator[bytes]) -> tuple[int, str]:
        digest, size_bytes = hashlib.sha256(), 0
        async for chunk in chunks:
            size_bytes += len(chunk)
            if size_bytes > self._max_bytes:
                raise TooLargeError("The file is too large.", field="body", expected=f"at most {self._max_bytes} bytes")
            await run_in_threadpool(stream.write, chunk)
            digest.update(chunk)
        return size_bytes, digest.hexdigest()

    def path(self, raw_id: str) -> Path:
        """Return the file of an upload, or its folder; raises `NotFoundError`."""
        folder = self._root / raw_id
        if not _ID.fullmatch(raw_id) or not folder.is_dir():
            raise NotFoundError(
                "There is no such raw file.", field="raw_id", found=raw_id[:64], remedy="Upload it again."
            )
        return next(folder.iterdir())

    def discard(self, raw_id: str) -> None:
        """Remove an upload."""
        shutil.rmtree(self.path(raw_id).parent)


@contextmanager
def _full_disk_is_said() -> Iterator[None]:
    """Turn a disk without room into `StorageFullError`; what is buffered fails only when the file is closed."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise StorageFullError("The disk is full; nothing was kept.", remedy="Free some space.") from None
