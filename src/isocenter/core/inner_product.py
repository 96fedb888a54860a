"""Inner products and norms of arrays of any library, in double precision."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_numpy_array

from isocenter.core.arrays import Array

_RUN = 128


def inner(x: Any, y: Any) -> float:
    """Return the real part of <x, y>, summed in double precision (NumPy's single precision: runs of 128 products)."""
    if is_numpy_array(x) and is_numpy_array(y) and x.dtype == y.dtype and x.shape == y.shape and x.dtype.kind in "fc":
        return _real_inner(_numbers(x), _numbers(y))
    xp = array_namespace(x, y)
    is_complex = xp.isdtype(x.dtype, "complex floating")
    product = xp.real(x) * xp.real(y) + xp.imag(x) * xp.imag(y) if is_complex else x * y
    return float(xp.sum(product, dtype=xp.float64))


def _numbers(x: Array) -> Array:
    """Return an array as a row of real numbers."""
    return np.ascontiguousarray(x).reshape(-1).view(x.real.dtype)


def _real_inner(x: Array, y: Array) -> float:
    # einsum runs on one thread, so that sums do not depend on the machine.
    if x.dtype == np.float64:
        return float(np.einsum("i,i->", x, y))
    n_whole = x.size - x.size % _RUN
    runs = np.einsum("ij,ij->i", x[:n_whole].reshape(-1, _RUN), y[:n_whole].reshape(-1, _RUN))
    rest = np.einsum("i,i->", x[n_whole:].astype(float), y[n_whole:].astype(float))
    return float(np.sum(runs, dtype=float) + rest)


def norm(x: Any) -> float:
    """Return the Euclidean norm."""
    return math.sqrt(inner(x, x))
