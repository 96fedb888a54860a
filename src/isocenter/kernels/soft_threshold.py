"""The soft threshold and the sum of what it leaves, in one pass."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
from array_api_compat import is_numpy_array

from isocenter.core.arrays import Array
from isocenter.kernels.compile import scalar


def can_threshold(x: Any) -> bool:
    """Return whether `x` is a NumPy array of single or double precision, real or complex."""
    return is_numpy_array(x) and x.dtype.char in "fdFD"


def soft_threshold(x: Array, threshold: float) -> tuple[Array, float]:
    """Return `x`, moved towards zero by `threshold` in magnitude, and the sum of magnitudes that remain.

    Source: Donoho, IEEE Trans. Inf. Theory 41 (1995) 613-627.
    """
    kind = x.real.dtype.type
    source = np.ascontiguousarray(x)
    result = np.empty_like(source)
    if x.dtype.kind == "c":
        total = _shrink_pairs(source.view(kind).reshape(-1, 2), kind(threshold), result.view(kind).reshape(-1, 2))
    else:
        total = _shrink(source.reshape(-1), kind(threshold), result.reshape(-1))
    return result, float(total)


@scalar
def _shrink(x, threshold, result):  # type: ignore[no-untyped-def]  # numba infers
    zero, one, total = x.dtype.type(0), x.dtype.type(1), 0.0
    for i in range(x.size):
        size = abs(x[i])
        kept = size - threshold if size > threshold else zero
        result[i] = kept / (size if size > zero else one) * x[i]
        total += kept
    return total


@scalar
def _shrink_pairs(x, threshold, result):  # type: ignore[no-untyped-def]
    zero, one, total = x.dtype.type(0), x.dtype.type(1), 0.0
    for i in range(x.shape[0]):
        size = x.dtype.type(sqrt(x[i, 0] * x[i, 0] + x[i, 1] * x[i, 1]))
        kept = size - threshold if size > threshold else zero
        factor = kept / (size if size > zero else one)
        result[i, 0], result[i, 1] = factor * x[i, 0], factor * x[i, 1]
        total += kept
    return total
