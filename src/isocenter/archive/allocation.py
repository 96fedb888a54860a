"""Space on the disk: taken before it is written, given back from the middle of a file.

Linux has a call for both (fallocate), which Python does not offer whole. Where it is missing a file grows as it is
written, and what is removed is overwritten with zeros but keeps its space.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
import threading
from collections.abc import Callable

_KEEP_SIZE, _PUNCH_HOLE = 0x01, 0x02
_CHUNK = 1 << 20
_seek_lock = threading.Lock()


def _find_fallocate() -> Callable[[int, int, int, int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    function = getattr(libc, "fallocate64", None) or getattr(libc, "fallocate", None)
    if function is None:
        return None
    function.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    call: Callable[[int, int, int, int], int] = function
    return call


_fallocate = _find_fallocate()


def reserve(descriptor: int, size_bytes: int) -> None:
    """Take space for a file of this size; a disk that cannot, or has not so much left, leaves it to the writing."""
    if _fallocate is not None:
        _fallocate(descriptor, 0, 0, size_bytes)


def release(descriptor: int, offset: int, size_bytes: int) -> None:
    """Give back the space of a part of a file, which reads as zeros from then on."""
    if _fallocate is not None and _fallocate(descriptor, _PUNCH_HOLE | _KEEP_SIZE, offset, size_bytes) == 0:
        return
    for start in range(offset, offset + size_bytes, _CHUNK):
        write_at(descriptor, memoryview(bytes(min(_CHUNK, offset + size_bytes - start))), start)


def write_at(descriptor: int, data: memoryview, offset: int) -> None:
    """Write all of `data` at an offset; raises `OSError`, also where the disk takes only a part of it."""
    while len(data):
        written = _write_some(descriptor, data, offset)
        if written == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        data, offset = data[written:], offset + written


def _write_some(descriptor: int, data: memoryview, offset: int) -> int:
    if hasattr(os, "pwrite"):
        return os.pwrite(descriptor, data, offset)
    with _seek_lock:  # Windows
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.write(descriptor, data)


def sync_data(descriptor: int) -> None:
    """Flush a file's data and length; where there is no fdatasync (macOS, Windows) its times too."""
    getattr(os, "fdatasync", os.fsync)(descriptor)
