"""What a disk without room means to a sender."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from isocenter.core.errors import StorageFullError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


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
