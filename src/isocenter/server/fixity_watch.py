"""Checking what is kept while the department works: object by object, slowly, at the lowest priority."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from isocenter.archive.fixity_record import FixityRecord
from isocenter.core.errors import IsocenterError

log = logging.getLogger(__name__)

FIRST_S, PAUSE_S = 60.0, 600.0


class FixityWatch:
    """Sweeps the archive in `root` again when the last sweep began `days` ago; one that was stopped goes on.

    Parameters
    ----------
    days
        How often; 0 is never.
    max_mb_per_s
        How fast it reads at most, in 1e6 bytes per second.
    on_finding
        Told how many objects are not as they should be, when a sweep has found some.
    """

    def __init__(
        self,
        root: Path,
        *,
        days: float,
        max_mb_per_s: float,
        on_finding: Callable[[int], object],
        first_s: float = FIRST_S,
        pause_s: float = PAUSE_S,
    ) -> None:
        self.record = FixityRecord(root)
        self._days = days
        self._max_mb_per_s = max_mb_per_s
        self._on_finding = on_finding
        self._first_s = first_s
        self._pause_s = pause_s
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, if it is wanted."""
        if self._days > 0:
            self._thread = threading.Thread(target=self._work, name="fixity", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End after the object that is being looked at; the next start goes on there."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()

    @property
    def is_due(self) -> bool:
        """Whether a sweep is on its way, or it is time for the next."""
        progress = self.record.progress
        if progress is None or not progress.ended_at:
            return True
        return datetime.now(UTC) - datetime.fromisoformat(progress.begun_at) >= timedelta(days=self._days)

    def _work(self) -> None:
        if hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
        pause_s = self._first_s
        while not self._closing.wait(pause_s):
            pause_s = self._pause_s
            try:
                if self.is_due:
                    self._sweep()
            except IsocenterError as error:
                log.warning("the check of what is kept stopped for now: %s", error.message)

    def _sweep(self) -> None:
        done = self.record.sweep(max_mb_per_s=self._max_mb_per_s, wait=self._closing.wait)
        n_findings = len(self.record.findings)
        if done is not None and n_findings:
            log.error("%d objects are not as they were received: isocenter archive findings lists them", n_findings)
            self._on_finding(n_findings)
