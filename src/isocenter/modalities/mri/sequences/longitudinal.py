"""The longitudinal magnetisation in the steady state of a repeated train, transverse magnetisation being spoiled.

Between pulses it recovers, a pulse multiplies it by the cosine of its flip angle: an affine map, whose fixed point is
the steady state.
Source: the Bloch equations (Bloch, Phys. Rev. 70 (1946) 460-474) with ideal spoiling.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from isocenter.core.arrays import FloatArray


class Pulse(NamedTuple):
    """A pulse of any flip angle."""

    flip_rad: float


class Wait(NamedTuple):
    """Free recovery."""

    duration_s: float


def steady_longitudinal(events: Sequence[Pulse | Wait], t1_s: float) -> FloatArray:
    """Return the magnetisation, 1 in equilibrium, just before every pulse of a train that repeats for ever."""
    offset, factor = 0.0, 1.0
    before: list[tuple[float, float]] = []
    for event in events:
        if isinstance(event, Pulse):
            before.append((offset, factor))
            gain, added = np.cos(event.flip_rad), 0.0
        else:
            gain = np.exp(-event.duration_s / t1_s)
            added = 1 - gain
        offset, factor = gain * offset + added, gain * factor
    start = offset / (1 - factor)
    return np.array([first + second * start for first, second in before])
