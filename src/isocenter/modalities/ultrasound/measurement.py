"""What an ultrasound scan gave: the traces of all channels, frame by frame, transmit by transmit."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from isocenter.core.arrays import Array, require_finite, require_shape
from isocenter.core.errors import DataError, IsocenterWarning
from isocenter.core.patient import Patient, Study
from isocenter.core.provenance import Source
from isocenter.modalities.ultrasound.acquisition import Acquisition

_CLIPPED_PART = 1e-3
_CLIPPED_RUN = 3


@dataclass(frozen=True, eq=False)
class Measurement:
    """Data (frame, transmit, channel, sample): real (RF), or complex where `demodulated_hz` is not 0.

    Traces that stay at their largest value again and again have been clipped: that is warned of.

    Raises
    ------
    ShapeError, DataError
        If the data do not have the shape of the scan, are not numbers, are of the wrong kind, or nothing was heard.
    """

    acquisition: Acquisition
    data: Array
    sources: tuple[Source, ...] = ()
    patient: Patient | None = None
    study: Study | None = None
    acquired_at: datetime | None = None

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
        n_clipped = clipped(self.data)
        if n_clipped > _CLIPPED_PART * self.data.size:
            warnings.warn(
                f"{n_clipped} of {self.data.size} samples stay at the largest value: the traces have been clipped. "
                "Bright echoes are too weak and widened; lower the gain and scan again.",
                IsocenterWarning,
                stacklevel=3,
            )


def clipped(data: Array) -> int:
    """Return how many samples lie in runs at the largest magnitude that the data hold."""
    values = np.abs(data.real)
    top = values.max(initial=0)
    if top == 0:
        return 0
    at_top = values == top
    runs = at_top[..., 2:] & at_top[..., 1:-1] & at_top[..., :-2]
    return int(runs.sum()) + (_CLIPPED_RUN - 1) * int((runs[..., 1:] & ~runs[..., :-1]).sum() + runs[..., :1].sum())
