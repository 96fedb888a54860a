"""Threads that take turns in Python stay on one processor, so that a turn goes from one to the next without delay.

Python runs one thread at a time. Threads on several processors wake each other across them for every turn, which
costs more than the work that is done in it; what runs beside Python (hashing) is done by threads that move freely.
"""

from __future__ import annotations

import os
import threading


def stay_on_one_processor() -> None:
    """Let the calling thread run on the one processor that all such threads share, where a system offers that."""
    if not hasattr(os, "sched_setaffinity"):
        return
    allowed = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(threading.get_native_id(), {allowed[os.getpid() % len(allowed)]})
