"""Answers that were given before, in memory: those that take long to put together and are asked for again and again.

An answer is kept under its entity tag, which names everything it depends on; so none is ever out of date.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

MAX_BYTES = 32 << 20


class KeptAnswers:
    """Bodies by entity tag, those that were not asked for the longest time let go first."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bodies: OrderedDict[str, bytes] = OrderedDict()
        self._n_bytes = 0
        self._lock = threading.Lock()

    def get(self, tag: str) -> bytes | None:
        """Return the body that was kept under a tag, if it still is."""
        with self._lock:
            body = self._bodies.get(tag)
            if body is not None:
                self._bodies.move_to_end(tag)
            return body

    def keep(self, tag: str, body: bytes) -> None:
        """Keep a body, unless it is too large for all of them together to be worth it."""
        if len(body) > self._max_bytes // 4:
            return
        with self._lock:
            self._n_bytes += len(body) - len(self._bodies.pop(tag, b""))
            self._bodies[tag] = body
            while self._n_bytes > self._max_bytes:
                self._n_bytes -= len(self._bodies.popitem(last=False)[1])
