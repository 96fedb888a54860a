"""Compression at rest while the department works: a thread of lowest priority, when nothing comes in."""

from __future__ import annotations

import logging
import os
import threading

from isocenter.archive.archive import Archive
from isocenter.core.errors import IsocenterError

log = logging.getLogger(__name__)

PAUSE_S = 10.0


class Compressing:
    """Applies the compression rules of an archive to what is there and to what comes in."""

    def __init__(self, archive: Archive, *, pause_s: float = PAUSE_S) -> None:
        self._archive = archive
        self._pause_s = pause_s
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, if there are rules."""
        if self._archive.compressor.rules:
            self._thread = threading.Thread(target=self._work, name="compressing", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End after the instance that is being looked at."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        if hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
        n_seen = -1
        while not self._closing.wait(self._pause_s):
            n_seen, before = self._archive.n_commits, n_seen
            if n_seen != before:
                continue  # something is coming in: it goes first
            try:
                while not self._closing.is_set() and self._archive.compressor.step(1).n_examined:
                    pass
            except IsocenterError as error:
                log.warning("compression at rest stopped for now: %s", error.message)
            n_seen = self._archive.n_commits
