"""What was recorded beside an MR scan: ECG, pulse, respiration, triggers, gradients."""

from __future__ import annotations

from dataclasses import dataclass

from isocenter.core.arrays import Array
from isocenter.core.errors import ShapeError


@dataclass(frozen=True, eq=False)
class Waveform:
    """Samples (channel, sample) of one recorder, `sample_time_s` apart from `start_s` on.

    `kind` is what was recorded: ``ecg``, ``pulse``, ``respiratory``, ``trigger``, ``gradient`` or ``other``; the values
    are the recorder's own. `start_s` counts from the recorder's clock, which is that of the readouts.
    """

    name: str
    kind: str
    samples: Array
    sample_time_s: float
    start_s: float = 0.0

    def __post_init__(self) -> None:
        if self.samples.ndim != 2 or not self.sample_time_s > 0:
            raise ShapeError(
                "A waveform has channels of samples at a rate.",
                field="waveform",
                found=f"{self.samples.shape}, {self.sample_time_s} s apart",
                expected="(channel, sample), a positive time apart",
            )

    @property
    def duration_s(self) -> float:
        """How long was recorded."""
        return float(self.samples.shape[1] * self.sample_time_s)
