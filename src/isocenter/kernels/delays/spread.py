"""Echoes put into traces, and the same taken out again: exact adjoints of each other, in double precision.

A value v at a point gives, for every transmit and channel that it meets at time t in samples, v exp(-2 pi i t c) spread
to the two samples around t by linear weights; c is the demodulation in cycles a sample. Every trace is filled by one
thread and every point summed by one, so that no two write to one place.
"""

from __future__ import annotations

import math

import numpy as np
from numba import prange

from isocenter.kernels.compile import scalar, threads
from isocenter.kernels.delays.geometry import is_reached, time_of_transmit, way_to_element


@scalar
def _place(points, p, elements, e, transmits, t, samples_per_mm):  # type: ignore[no-untyped-def]  # numba infers
    """Return the time of an echo in samples, -1 if there is none."""
    x, y, z = points[p, 0], points[p, 1], points[p, 2]
    if is_reached(transmits, t, x, y, z) == 0:
        return -1.0
    distance, along = way_to_element(elements, e, x, y, z)
    if along <= 0:
        return -1.0
    return time_of_transmit(transmits, t, x, y, z, samples_per_mm) + samples_per_mm * distance


@threads
def spread_echoes(traces, values, points, elements, transmits, samples_per_mm, cycles_per_sample):  # type: ignore[no-untyped-def]
    """Add the echoes of complex `values` (point,) to complex `traces` (transmit, channel, sample)."""
    n_transmits, n_channels, n_samples = traces.shape
    for job in prange(n_transmits * n_channels):
        t, e = job // n_channels, job % n_channels
        for p in range(points.shape[0]):
            time = _place(points, p, elements, e, transmits, t, samples_per_mm)
            if time < 0 or time >= n_samples - 1:
                continue
            below = np.int64(time)
            fraction = time - below
            angle = -2 * math.pi * time * cycles_per_sample
            value = values[p] * complex(math.cos(angle), math.sin(angle))
            traces[t, e, below] += (1 - fraction) * value
            traces[t, e, below + 1] += fraction * value


@threads
def gather_echoes(values, traces, points, elements, transmits, samples_per_mm, cycles_per_sample):  # type: ignore[no-untyped-def]
    """Add to `values` (point,) what the adjoint of `spread_echoes` takes from `traces`."""
    n_transmits, n_channels, n_samples = traces.shape
    for p in prange(points.shape[0]):
        total = 0j
        for t in range(n_transmits):
            for e in range(n_channels):
                time = _place(points, p, elements, e, transmits, t, samples_per_mm)
                if time < 0 or time >= n_samples - 1:
                    continue
                below = np.int64(time)
                fraction = time - below
                angle = 2 * math.pi * time * cycles_per_sample
                turned = complex(math.cos(angle), math.sin(angle))
                total += turned * ((1 - fraction) * traces[t, e, below] + fraction * traces[t, e, below + 1])
        values[p] += total
