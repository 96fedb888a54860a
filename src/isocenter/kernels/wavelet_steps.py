"""One step of a periodic wavelet transform along the middle axis of an array: into halves, and back."""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import Array, FloatArray
from isocenter.kernels.compile import scalar


def analyse(x: Array, low: FloatArray, high: FloatArray) -> Array:
    """Return (outer, n, inner) whose first half holds the coarse part of `x`, the second the fine part."""
    result = np.empty_like(x)
    _analyse(x, low, high, result)
    return result


def synthesise(y: Array, low: FloatArray, high: FloatArray) -> Array:
    """Return what `analyse` was given; it is its inverse and its adjoint."""
    result = np.zeros_like(y)
    _synthesise(y, low, high, result)
    return result


@scalar
def _analyse(x, low, high, result):  # type: ignore[no-untyped-def]
    n_outer, n, n_inner = x.shape
    half = n // 2
    for outer in range(n_outer):
        for i in range(half):
            for inner in range(n_inner):
                result[outer, i, inner] = 0
                result[outer, half + i, inner] = 0
            for k in range(low.size):
                at = (2 * i + k) % n
                a, b = low[k], high[k]
                for inner in range(n_inner):
                    result[outer, i, inner] += a * x[outer, at, inner]
                    result[outer, half + i, inner] += b * x[outer, at, inner]


@scalar
def _synthesise(y, low, high, result):  # type: ignore[no-untyped-def]
    n_outer, n, n_inner = y.shape
    half = n // 2
    for outer in range(n_outer):
        for i in range(half):
            for k in range(low.size):
                at = (2 * i + k) % n
                a, b = low[k], high[k]
                for inner in range(n_inner):
                    result[outer, at, inner] += a * y[outer, i, inner] + b * y[outer, half + i, inner]
