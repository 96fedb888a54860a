"""A take: the pictures that come between a beginning and an end."""

from __future__ import annotations

import threading
from datetime import datetime
from time import monotonic

import numpy as np

from isocenter.core.arrays import Array
from isocenter.core.clip import Clip
from isocenter.core.errors import ConflictError

MAX_BYTES = 4 << 30


class Take:
    """Hears every picture of a source and holds those between `start` and `stop`.

    Pictures beyond `max_bytes` are let go: `is_full` then says so, and `stop` gives what was held.
    """

    def __init__(self, rate_hz: float, *, is_live: bool, max_bytes: int = MAX_BYTES) -> None:
        self._rate_hz, self._is_live, self._max_bytes = rate_hz, is_live, max_bytes
        self._came = threading.Condition()
        self._frames: list[Array] = []
        self._times: list[float] = []
        self._n_bytes = 0
        self._began: datetime | None = None
        self.is_full = False

    @property
    def is_recording(self) -> bool:
        """Whether a take has begun and not ended."""
        return self._began is not None

    @property
    def n_pictures(self) -> int:
        """How many pictures the take holds."""
        return len(self._frames)

    def hear(self, frame: Array) -> None:
        """Take a picture (row, column, 3), if a take goes on."""
        with self._came:
            if not self.is_recording or self.is_full:
                return
            if self._n_bytes + frame.nbytes > self._max_bytes:
                self.is_full = True
                return
            self._frames.append(frame)
            self._times.append(monotonic())
            self._n_bytes += frame.nbytes
            self._came.notify_all()

    def start(self) -> None:
        """Begin; raises `ConflictError` if a take goes on."""
        with self._came:
            if self.is_recording:
                raise ConflictError("A take goes on already.", remedy="Stop it first.")
            self._frames, self._times, self._n_bytes, self.is_full = [], [], 0, False
            self._began = datetime.now()

    def stop(self, *, wait_s: float = 5.0) -> Clip:
        """End and return the clip, of at least one picture; raises `ConflictError` if no take goes on or none came."""
        with self._came:
            if self._began is None:
                raise ConflictError("No take goes on.", remedy="Start one first.")
            self._came.wait_for(lambda: bool(self._frames), wait_s)
            began, self._began = self._began, None
            if not self._frames:
                raise ConflictError("No picture came.", remedy="Look whether the source still runs.")
            clip = Clip(np.stack(self._frames), self._rate(), started_at=began if self._is_live else None)
            self._frames, self._times = [], []
        return clip

    def one(self) -> Clip:
        """Return the next picture alone; raises as `start` and `stop`."""
        self.start()
        return self.stop().still(0)

    def _rate(self) -> float:
        """Return the rate at which pictures came: cameras give fewer than they say when it is dark."""
        if not self._is_live or len(self._times) < 3:
            return self._rate_hz
        return (len(self._times) - 1) / max(self._times[-1] - self._times[0], 1e-3)
