"""What every pulse sequence has to say: the signal at the echo of every line, and how it changes around the echo."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import DataError
from isocenter.modalities.mri.spins import Spins

if TYPE_CHECKING:
    from isocenter.modalities.mri.acquisition import Acquisition


class Sequence(ABC):
    """A pulse sequence, played out once for every line (or shot) of a scan.

    Repetition time, echo time and flip angle are the acquisition's; a sequence adds what it alone has. Arrays over
    lines have a shape that broadcasts to (z, line): z has one entry for slices, `line` counts ky or shots.
    """

    #: Whether spins of different frequency are in phase at the echo: then the decay around it is that of a spin echo.
    is_refocused: ClassVar[bool] = False

    @abstractmethod
    def amplitudes(self, spins: Spins, acquisition: Acquisition) -> ComplexArray:
        """Return the signal at the echo of every line, 1 being fully relaxed water, turned by the spins' offset."""

    def precession_s(self, acquisition: Acquisition) -> float:
        """Return how long spins have precessed at their own frequency until the echo."""
        return 0.0 if self.is_refocused else settings(acquisition)[1]

    def line_delays_s(self, acquisition: Acquisition) -> FloatArray:
        """Return when the middle of every line passes, from the echo on, shape broadcast to (z, line)."""
        return np.zeros(line_shape(acquisition))

    def read_directions(self, acquisition: Acquisition) -> FloatArray:
        """Return 1 for lines read with rising kx and -1 for those read backwards, shape broadcast to (z, line)."""
        return np.ones(line_shape(acquisition))

    def times(self, acquisition: Acquisition) -> FloatArray:
        """Return when, as part of the scan (0 to 1), every line was taken: one after the other, z outermost."""
        n_z, n_lines = line_shape(acquisition)
        return np.arange(n_z * n_lines).reshape(n_z, n_lines) / (n_z * n_lines)

    def on_resonance(self, spins: Spins, acquisition: Acquisition) -> ComplexArray:
        """Return the phase by which the spins' offset turns them until the echo: 1 if the echo refocuses it."""
        return np.array([[np.exp(-2j * np.pi * spins.offset_hz * self.precession_s(acquisition))]])


def line_shape(acquisition: Acquisition) -> tuple[int, int]:
    """Return how many lines a scan has, (z, line), z being 1 for slices."""
    if acquisition.trajectory is None:
        return acquisition.mask_shape
    return (acquisition.data_shape[1] if acquisition.is_3d else 1, acquisition.data_shape[2])


def settings(acquisition: Acquisition) -> tuple[float, float, float]:
    """Return repetition time (s), echo time (s) and flip angle (rad, 90 degrees if not given).

    Raises `DataError` where a time is missing.
    """
    times = (acquisition.repetition_time_s, acquisition.echo_time_s)
    if times[0] is None or times[1] is None:
        raise DataError(
            "A simulation needs the timing of its sequence.",
            field="repetition_time_s, echo_time_s",
            found=times,
            expected="numbers",
        )
    flip_rad = acquisition.flip_angle_rad
    return times[0], times[1], np.pi / 2 if flip_rad is None else flip_rad
