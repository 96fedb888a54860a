"""One thread that makes pictures of frames; who looks gets the newest, and nobody makes it wait."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Generic, TypeVar

from isocenter.core.arrays import Array

T = TypeVar("T")
_RATE_OVER_S = 2.0


@dataclass(frozen=True, eq=False)
class Shown:
    """A picture, its number, and the rate of late in pictures a second."""

    number: int
    picture: Array
    rate_hz: float


class Stream(Generic[T]):
    """Pictures of a source of frames of any kind; `start` it, take the `newest`, `stop` it.

    `record` hears every frame before it becomes a picture. An error ends the stream and is kept in `failure`.
    """

    def __init__(
        self,
        frames: Iterator[T],
        picture_of: Callable[[T], Array],
        *,
        record: Callable[[T], None] | None = None,
    ) -> None:
        self._frames, self._picture_of, self._record = frames, picture_of, record
        self._newest: Shown | None = None
        self._came = threading.Condition()
        self._is_stopping = False
        self._times: deque[float] = deque()
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)
        self.failure: Exception | None = None

    def start(self) -> None:
        """Begin to take frames."""
        self._thread.start()

    def stop(self) -> None:
        """End after the frame that is being made."""
        self._is_stopping = True
        with self._came:
            self._came.notify_all()
        self._thread.join(5.0)

    @property
    def is_over(self) -> bool:
        """Whether there will be no more pictures."""
        return self._is_stopping or (self._thread.ident is not None and not self._thread.is_alive())

    def newest(self, after: int, *, wait_s: float = 1.0) -> Shown | None:
        """Return the newest picture with a number above `after`; None if there is none in time."""
        with self._came:
            self._came.wait_for(lambda: self.is_over or self._is_newer(after), wait_s)
            return self._newest if self._is_newer(after) else None

    def _is_newer(self, after: int) -> bool:
        return self._newest is not None and self._newest.number > after

    def _run(self) -> None:
        try:
            for number, frame in enumerate(self._frames, 1):
                if self._is_stopping:
                    break
                if self._record is not None:
                    self._record(frame)
                picture = self._picture_of(frame)
                with self._came:
                    self._newest = Shown(number, picture, self._rate())
                    self._came.notify_all()
        except Exception as error:  # of the source or of a frame: who looks is told
            self.failure = error
        with self._came:
            self._came.notify_all()

    def _rate(self) -> float:
        now = monotonic()
        self._times.append(now)
        while len(self._times) > 2 and self._times[0] < now - _RATE_OVER_S:
            self._times.popleft()
        return (len(self._times) - 1) / max(now - self._times[0], 1e-6)
