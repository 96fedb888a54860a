"""The orthonormal wavelet transform of a periodic image."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_numpy_array

from isocenter.core.errors import OptionError, ShapeError
from isocenter.kernels import wavelet_steps
from isocenter.operators.linear import LinearOperator, Shape

# Scaling filters; source: Daubechies, Ten Lectures on Wavelets, 1992, table 6.1 (normalised to unit energy).
FILTERS: Mapping[str, tuple[float, ...]] = {
    "haar": (0.7071067811865476, 0.7071067811865476),
    "db2": (0.48296291314453416, 0.8365163037378079, 0.2241438680420134, -0.12940952255126037),
    "db4": (
        0.2303778133088965,
        0.7148465705529157,
        0.6308807679298589,
        -0.027983769416859854,
        -0.18703481171909309,
        0.030841381835560764,
        0.0328830116668852,
        -0.010597401785069032,
    ),
}


class WaveletOperator(LinearOperator):
    """Daubechies wavelets over the last axes, periodic; its adjoint is its inverse.

    Parameters
    ----------
    shape
        Image shape; the transformed axes must be divisible by 2 to the power of `n_levels`.
    wavelet
        ``haar``, ``db2`` or ``db4``.
    n_levels
        How often the coarse quarter is transformed again.
    n_axes
        How many of the last axes are transformed; all if None.

    Notes
    -----
    Maps (...) to (...): the coarse part first along every axis.
    Source: Mallat, A Wavelet Tour of Signal Processing, 3rd ed. 2009, sec. 7.3.
    """

    def __init__(self, shape: Shape, *, wavelet: str = "db2", n_levels: int = 3, n_axes: int | None = None) -> None:
        super().__init__(shape, shape)
        if wavelet not in FILTERS:
            raise OptionError("There is no such wavelet.", field="wavelet", found=wavelet, expected=", ".join(FILTERS))
        self._axes = tuple(range(len(shape) - (n_axes or len(shape)), len(shape)))
        for axis in self._axes:
            if shape[axis] % 2**n_levels:
                raise ShapeError(
                    "The image cannot be halved that often.",
                    field="n_levels",
                    found=(shape, n_levels),
                    expected=f"axes divisible by {2**n_levels}",
                )
        self._low = FILTERS[wavelet]
        self._high = tuple((-1) ** k * tap for k, tap in enumerate(reversed(self._low)))
        self._n_levels = n_levels

    def _forward(self, x: Any) -> Any:
        xp = array_namespace(x)
        result = xp.asarray(x, copy=True)
        for level in range(self._n_levels):
            corner = self._corner(level)
            part = result[corner]
            for axis in self._axes:
                part = self._analyse(part, axis)
            result[corner] = part
        return result

    def _adjoint(self, y: Any) -> Any:
        xp = array_namespace(y)
        result = xp.asarray(y, copy=True)
        for level in reversed(range(self._n_levels)):
            corner = self._corner(level)
            part = result[corner]
            for axis in reversed(self._axes):
                part = self._synthesise(part, axis)
            result[corner] = part
        return result

    def _normal(self, x: Any) -> Any:
        return x

    def _corner(self, level: int) -> tuple[slice, ...]:
        return tuple(
            slice(0, n >> level) if axis in self._axes else slice(None) for axis, n in enumerate(self.in_shape)
        )

    def _analyse(self, x: Any, axis: int) -> Any:
        if is_numpy_array(x):
            return wavelet_steps.analyse(_around(x, axis), self._low, self._high).reshape(x.shape)
        xp = array_namespace(x)
        even, odd = _strided(x.ndim, axis, 0), _strided(x.ndim, axis, 1)
        bands = []
        for taps in (self._low, self._high):
            total = 0
            for k, tap in enumerate(taps):
                total = total + tap * xp.roll(x[odd if k % 2 else even], -(k // 2), axis=axis)
            bands.append(total)
        return xp.concat(bands, axis=axis)

    def _synthesise(self, y: Any, axis: int) -> Any:
        if is_numpy_array(y):
            return wavelet_steps.synthesise(_around(y, axis), self._low, self._high).reshape(y.shape)
        xp = array_namespace(y)
        half = y.shape[axis] // 2
        low, high = y[_range(y.ndim, axis, 0, half)], y[_range(y.ndim, axis, half, 2 * half)]
        image = xp.zeros_like(y)
        for k in range(len(self._low)):
            part = self._low[k] * low + self._high[k] * high
            image[_strided(y.ndim, axis, k % 2)] += xp.roll(part, k // 2, axis=axis)
        return image


def _around(x: Any, axis: int) -> Any:
    """Return an array as (before, axis, behind), contiguous."""
    shape = x.shape
    return np.ascontiguousarray(x).reshape(prod(shape[:axis]), shape[axis], prod(shape[axis + 1 :]))


def _strided(ndim: int, axis: int, start: int) -> tuple[slice, ...]:
    return tuple(slice(start, None, 2) if index == axis else slice(None) for index in range(ndim))


def _range(ndim: int, axis: int, start: int, stop: int) -> tuple[slice, ...]:
    return tuple(slice(start, stop) if index == axis else slice(None) for index in range(ndim))
