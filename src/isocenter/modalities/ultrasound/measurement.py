"""What an ultrasound scan gave: the traces of all channels, frame by frame, transmit by transmit."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from isocenter.core.arrays import Array, FloatArray, require_finite, require_shape
from isocenter.core.errors import DataError, IsocenterWarning
from isocenter.core.patient import Patient, Study
from isocenter.core.provenance import Source
from isocenter.modalities.ultrasound.acquisition import Acquisition

_CLIPPED_PART = 1e-3
_CLIPPED_RUN = 3
_MISSING_INTERVALS = 1.5  # a longer wait than that many usual ones
_SAME_RATE_PART = 0.05


@dataclass(frozen=True, eq=False)
class Measurement:
    """Data (frame, transmit, channel, sample): real (RF), or complex where `demodulated_hz` is not 0.

    `frame_times_s` (frame,), where known, tells when each frame was taken, from any moment on, and gives the frame
    rate where the scan has none. Traces that stay at
    their largest value again and again have been clipped, and between frames with a long wait some are missing: both
    are warned of.

    Raises
    ------
    ShapeError, DataError
        If the data do not have the shape of the scan, are not numbers or are of the wrong kind; if the frames are not
        in the order of their times, or come at another rate than the scan says.
    """

    acquisition: Acquisition
    data: Array
    sources: tuple[Source, ...] = ()
    patient: Patient | None = None
    study: Study | None = None
    acquired_at: datetime | None = None
    frame_times_s: FloatArray | None = None

    def __post_init__(self) -> None:
        require_shape(self.data, self.acquisition.data_shape, "traces (frame, transmit, channel, sample)")
        require_finite(self.data, "traces (frame, transmit, channel, sample)")
        if np.iscomplexobj(self.data) != self.acquisition.is_demodulated:
            raise DataError(
                "Complex traces have been demodulated, real ones have not.",
                field="data, demodulated_hz",
                found=f"{self.data.dtype}, demodulated by {self.acquisition.demodulated_hz:g} Hz",
                expected="complex data and a frequency, or real data and 0",
            )
        if self.frame_times_s is not None:
            self._require_order(self.frame_times_s)
        n_clipped = clipped(self.data)
        if n_clipped > _CLIPPED_PART * self.data.size:
            warnings.warn(
                f"{n_clipped} of {self.data.size} samples stay at the largest value: the traces have been clipped. "
                "Bright echoes are too weak and widened; lower the gain and scan again.",
                IsocenterWarning,
                stacklevel=3,
            )

    def _require_order(self, times_s: FloatArray) -> None:
        require_shape(times_s, (self.acquisition.n_frames,), "frame_times_s (frame,)")
        require_finite(times_s, "frame_times_s (frame,)")
        waits = np.diff(times_s)
        if (waits <= 0).any():
            late = int(np.argmax(waits <= 0)) + 1
            raise DataError(
                "The frames are not in the order in which they were taken.",
                field="frame_times_s",
                found=f"frame {late + 1} at {times_s[late]:g} s after frame {late} at {times_s[late - 1]:g} s",
                expected="a later time for each frame",
                remedy="Sort data and frame_times_s by the times; where two are equal, one frame came twice.",
            )
        if len(waits):
            self._take_rate(1 / float(np.median(waits)))
        gaps = self.gaps
        if gaps:
            warnings.warn(
                f"Frames are missing: after frame {', '.join(str(before + 1) for before in gaps[:5])} the next came "
                "later than usual. What compares neighbouring frames would take them for faster than they were.",
                IsocenterWarning,
                stacklevel=4,
            )

    def _take_rate(self, rate_hz: float) -> None:
        said_hz = self.acquisition.frame_hz
        if not said_hz:
            object.__setattr__(self, "acquisition", replace(self.acquisition, frame_hz=rate_hz))
        elif abs(said_hz / rate_hz - 1) > _SAME_RATE_PART:
            raise DataError(
                "The frames came at another rate than the scan says.",
                field="frame_times_s, frame_hz",
                found=f"{rate_hz:.4g} and {said_hz:.4g} a second",
                expected=f"the same within {_SAME_RATE_PART:.0%}",
            )

    @property
    def gaps(self) -> tuple[int, ...]:
        """Frames after which the next came late, so that some are missing between them."""
        if self.frame_times_s is None or len(self.frame_times_s) < 3:
            return ()
        waits = np.diff(self.frame_times_s)
        return tuple(int(index) for index in np.flatnonzero(waits > _MISSING_INTERVALS * np.median(waits)))


def clipped(data: Array) -> int:
    """Return how many samples lie in runs at the largest magnitude that the data hold."""
    values = np.abs(data.real)
    top = values.max(initial=0)
    if top == 0:
        return 0
    at_top = values == top
    runs = at_top[..., 2:] & at_top[..., 1:-1] & at_top[..., :-2]
    return int(runs.sum()) + (_CLIPPED_RUN - 1) * int((runs[..., 1:] & ~runs[..., :-1]).sum() + runs[..., :1].sum())
