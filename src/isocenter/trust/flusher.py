"""Flushing to the disk a little later, once for many."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

DELAY_S = 0.1


class Flusher:
    """Calls `flush` in a thread of its own, not later than `DELAY_S` after it was asked for."""

    def __init__(self, flush: Callable[[], None]) -> None:
        self._flush = flush
        self._lock = threading.Lock()
        self._is_asked_for = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def soon(self) -> None:
        """Ask for it."""
        if self._is_asked_for.is_set():
            return
        with self._lock:
            if self._thread is None and not self._closing.is_set():
                self._thread = threading.Thread(target=self._work, name="flusher", daemon=True)
                self._thread.start()
        self._is_asked_for.set()

    def close(self) -> None:
        """Do what was asked for and end."""
        self._closing.set()
        self._is_asked_for.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while not self._closing.is_set():
            self._is_asked_for.wait()
            self._closing.wait(DELAY_S)
            self._is_asked_for.clear()
            try:
                self._flush()
            except OSError as error:
                log.error("the audit trail could not be flushed to the disk: %s", error.strerror)
