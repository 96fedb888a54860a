"""Scans of one place that differ in one thing: the echo time, the moment, the velocity encoding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError, OptionError, ShapeError
from isocenter.modalities.mri.measurement import Measurement

# What differs, as files count it, and the axis of the images.
AXES: Mapping[str, str] = {"contrast": "echo", "repetition": "time", "phase": "time", "set": "encoding"}


@dataclass(frozen=True, eq=False)
class Series:
    """Measurements that differ in their `counter`, a key of `AXES`; each may have lines and echo time of its own.

    Raises
    ------
    OptionError, ShapeError
        If there is no such counter, or the scans are not of one place and one set of coils.
    """

    frames: tuple[Measurement, ...]
    counter: str = "contrast"

    def __post_init__(self) -> None:
        if self.counter not in AXES:
            raise OptionError(
                "Scans do not differ in this.", field="counter", found=self.counter, expected=", ".join(AXES)
            )
        if not self.frames:
            raise ShapeError("A series holds at least one scan.", field="frames", found=0, expected="one or more")
        first = self.frames[0].acquisition
        for frame in self.frames[1:]:
            scan = frame.acquisition
            if scan.n_coils != first.n_coils or scan.encoded_shape != first.encoded_shape:
                raise ShapeError(
                    f"The scans differ in more than their {self.counter}.",
                    field="n_coils, encoded_shape",
                    found=(scan.n_coils, scan.encoded_shape),
                    expected=(first.n_coils, first.encoded_shape),
                )
            if not np.allclose(_place(frame), _place(self.frames[0]), atol=1e-2):
                raise ShapeError(
                    "The scans do not lie at one place.",
                    field="center_mm, read_dir, phase_dir, slice_dir",
                    found=scan.center_mm,
                    expected=first.center_mm,
                )

    @property
    def axis(self) -> str:
        """Name of the axis that the scans make."""
        return AXES[self.counter]

    @property
    def echo_times_s(self) -> FloatArray:
        """Echo time of every scan; raises `DataError` where one is not known."""
        times = [frame.acquisition.echo_time_s for frame in self.frames]
        if any(time is None for time in times):
            raise DataError(
                "The echo times are not known.",
                field="TE",
                found=f"{sum(time is not None for time in times)} of {len(times)}",
                expected="one echo time for every contrast",
                remedy="Say them: --option echo_times_ms=1.2,2.4,3.6",
            )
        return np.array(times, dtype=float)

    @property
    def field_t(self) -> float:
        """Strength of the main field; raises `DataError` where it is not known."""
        strength = self.frames[0].acquisition.field_t
        if not strength:
            raise DataError(
                "The field strength is not known.",
                field="systemFieldStrength_T",
                found=strength,
                expected="a strength in tesla",
                remedy="Say it: --option field_t=3",
            )
        return strength


def _place(frame: Measurement) -> FloatArray:
    scan = frame.acquisition
    return np.concatenate([np.divide(scan.center_mm, 100.0), scan.read_dir, scan.phase_dir, scan.slice_dir])
