"""From complex pictures to what is shown: gain with depth, logarithm, calmer frames, calmer speckle."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from isocenter.core.arrays import Array, FloatArray

SMALLEST = 1e-12


def depth_gain(depth_mm: FloatArray, *, attenuation_db_cm_mhz: float, center_hz: float) -> FloatArray:
    """Return what undoes the loss on the way to a depth and back, as a factor of amplitude."""
    loss_db = attenuation_db_cm_mhz * center_hz * 1e-6 * 2 * depth_mm / 10
    gain: FloatArray = 10 ** (loss_db / 20)
    return gain


def decibels(envelope: Array, *, dynamic_range_db: float) -> FloatArray:
    """Return 20 log10 of an envelope over its largest value, not below minus `dynamic_range_db`; float32."""
    top = float(np.max(np.abs(envelope), initial=0.0))
    if top == 0:
        return np.full(envelope.shape, -dynamic_range_db, dtype=np.float32)
    shown: FloatArray = 20 * np.log10(np.maximum(np.abs(envelope) / top, SMALLEST))
    return np.maximum(shown, -dynamic_range_db).astype(np.float32)


def persisted(frames: FloatArray, *, persistence: float) -> FloatArray:
    """Return frames (frame, ...) averaged over time: each keeps the part `persistence` (0 to 1) of the one before."""
    out = np.array(frames, dtype=np.float32)
    for index in range(1, len(out)):
        out[index] = persistence * out[index - 1] + (1 - persistence) * out[index]
    return out


def despeckled(envelope: FloatArray, *, n_iterations: int, speckle_snr: float = 1.91) -> FloatArray:
    """Return an envelope (..., row, column) smoothed where it varies as speckle does, and not across edges.

    The coefficient of variation in 5 x 5 samples says how much: that of speckle is 1 / 1.91.
    Source: Yu and Acton, IEEE Trans. Image Process. 11 (2002) 1260 (speckle reducing anisotropic diffusion).
    """
    out = np.asarray(envelope, dtype=np.float32)
    size = (1,) * (out.ndim - 2) + (5, 5)
    speckle = 1 / speckle_snr**2
    for step in range(n_iterations):
        mean = ndimage.uniform_filter(out, size)
        square = ndimage.uniform_filter(out * out, size)
        tiny = np.finfo(np.float32).tiny
        varied = np.maximum(square / np.maximum(mean * mean, tiny) - 1, 0)
        expected = speckle * np.exp(-step / 6.0)
        diffusivity = 1 / (1 + np.maximum(varied - expected, 0) / (expected * (1 + expected)))
        change = np.zeros_like(out)
        for axis in (-2, -1):
            between = np.diff(out, axis=axis)
            flow = between * (_head(diffusivity, axis) + _tail(diffusivity, axis)) / 2
            change += _padded(flow, axis, after=True) - _padded(flow, axis, after=False)
        out = out + np.float32(0.2) * change
    return out


def _head(values: FloatArray, axis: int) -> FloatArray:
    return np.take(values, range(values.shape[axis] - 1), axis=axis)


def _tail(values: FloatArray, axis: int) -> FloatArray:
    return np.take(values, range(1, values.shape[axis]), axis=axis)


def _padded(values: FloatArray, axis: int, *, after: bool) -> FloatArray:
    width = [(0, 0)] * values.ndim
    width[axis] = (0, 1) if after else (1, 0)
    return np.pad(values, width)
