"""A pulse sequence as events in time: pulses, gradients and receiver windows, whatever file or program wrote them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError


class RfPulse(NamedTuple):
    """A radio-frequency pulse, played at one moment.

    `energy_hz2_s` is the integral of the squared amplitude (in Hz of nutation) over its duration, for SAR;
    `bandwidth_hz` and `offset_hz` say which slice a gradient makes of it.
    """

    time_s: float
    flip_rad: float
    phase_rad: float
    energy_hz2_s: float = 0.0
    bandwidth_hz: float = 0.0
    offset_hz: float = 0.0


class ReceiverWindow(NamedTuple):
    """Samples taken one after the other, `dwell_s` apart, the first at `start_s`."""

    start_s: float
    dwell_s: float
    n_samples: int
    phase_rad: float = 0.0

    @property
    def times_s(self) -> FloatArray:
        """When every sample was taken: in the middle of its dwell time."""
        return np.asarray(self.start_s + (np.arange(self.n_samples) + 0.5) * self.dwell_s)


class Waveform(NamedTuple):
    """A gradient of straight pieces between points: times (point,) and amplitudes (point,) in Hz per metre."""

    times_s: FloatArray
    hz_per_m: FloatArray

    def at(self, times_s: FloatArray | float) -> FloatArray:
        """Return the amplitude, 0 outside."""
        if self.times_s.size == 0:
            return np.zeros_like(np.asarray(times_s, dtype=float))
        return np.asarray(np.interp(times_s, self.times_s, self.hz_per_m, left=0.0, right=0.0))

    def area_per_m(self, times_s: FloatArray | float) -> FloatArray:
        """Return the integral from the beginning, exactly, in cycles per metre."""
        t = np.asarray(times_s, dtype=float)
        if self.times_s.size == 0:
            return np.zeros_like(t)
        steps = np.diff(self.times_s) * (self.hz_per_m[1:] + self.hz_per_m[:-1]) / 2
        areas = np.concatenate([[0.0], np.cumsum(steps)])
        inside = np.clip(t, self.times_s[0], self.times_s[-1])
        piece = np.clip(np.searchsorted(self.times_s, inside, side="right") - 1, 0, max(0, self.times_s.size - 2))
        since = inside - self.times_s[piece]
        return np.asarray(areas[piece] + since * (self.hz_per_m[piece] + np.interp(inside, *self)) / 2)


@dataclass(frozen=True, eq=False)
class EventSequence:
    """Pulses and windows in the order of time, and the gradients along the scanner's x, y and z.

    The scanner's axes are taken for the patient's: +x to the left, +y to the back, +z to the head (head first, supine).

    Raises
    ------
    DataError
        If there are no pulses or windows, or they are not in order.
    """

    pulses: tuple[RfPulse, ...]
    windows: tuple[ReceiverWindow, ...]
    gradients: tuple[Waveform, Waveform, Waveform]
    duration_s: float
    name: str = ""
    fov_m: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        if not self.pulses or not self.windows:
            raise DataError(
                "A sequence that gives an image has pulses and receiver windows.",
                field="pulses, windows",
                found=(len(self.pulses), len(self.windows)),
                expected="at least one of each",
            )
        for times in ([p.time_s for p in self.pulses], [w.start_s for w in self.windows]):
            if np.any(np.diff(times) < 0):
                raise DataError("Events are not in the order of time.", field="times", expected="rising")

    def moment_per_m(self, times_s: FloatArray | float) -> FloatArray:
        """Return the areas of the gradients from the start, (..., 3), x, y, z, in cycles per metre."""
        return np.stack([gradient.area_per_m(times_s) for gradient in self.gradients], axis=-1)

    def trajectory_per_m(self, refocusing_rad: float = np.deg2rad(90.5)) -> FloatArray:
        """Return where the main pathway is at every sample, (window, sample, 3), in cycles per metre.

        An excitation sets it to zero, a pulse of more than `refocusing_rad` turns its sign.
        """
        sizes = {window.n_samples for window in self.windows}
        if len(sizes) > 1:
            raise DataError(
                "Receiver windows differ in length.",
                field="windows",
                found=sorted(sizes),
                expected="one number of samples",
                remedy="Remove noise or navigator windows from the sequence.",
            )
        pulse_times = np.array([pulse.time_s for pulse in self.pulses])
        moments = self.moment_per_m(pulse_times)
        paths, position, since, played = [], np.zeros(3), np.zeros(3), 0
        for window in self.windows:
            while played < len(self.pulses) and pulse_times[played] <= window.start_s:
                arrived = position + moments[played] - since
                position = -arrived if self.pulses[played].flip_rad > refocusing_rad else np.zeros(3)
                since, played = moments[played], played + 1
            paths.append(position + self.moment_per_m(window.times_s) - since)
        return np.stack(paths)

    def slices_m(self) -> dict[int, tuple[FloatArray, float, float]]:
        """Return for every pulse that a gradient makes selective: its normal, position and thickness in metres."""
        found: dict[int, tuple[FloatArray, float, float]] = {}
        for index, pulse in enumerate(self.pulses):
            gradient = np.array([axis.at(pulse.time_s) for axis in self.gradients])
            strength = float(np.linalg.norm(gradient))
            if strength > 1.0 and pulse.bandwidth_hz > 0:
                thickness = pulse.bandwidth_hz / strength
                found[index] = (gradient / strength, pulse.offset_hz / strength, thickness)
        return found
