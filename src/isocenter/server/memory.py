"""Memory that was freed is kept for the next request, where the C library is the GNU one.

A picture's arrays are larger than what that library keeps by default: each would be fetched from the system page by
page and given back at once, which takes longer than the work on it.

Source: mallopt(3).
"""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
KEPT_BYTES, LARGEST_KEPT_BYTES = 64 << 20, 16 << 20


def keep_freed_memory() -> None:
    """Let each of the library's arenas keep freed memory; elsewhere nothing happens."""
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, KEPT_BYTES)
        mallopt(_MMAP_THRESHOLD, LARGEST_KEPT_BYTES)
