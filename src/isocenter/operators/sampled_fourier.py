"""The Fourier transform of which only some lines are taken: a Cartesian scan."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import scipy.fft
from array_api_compat import array_namespace, is_numpy_array

from isocenter.core.arrays import BoolArray
from isocenter.core.grid import Grid
from isocenter.kernels import fourier
from isocenter.kernels.coil_convolution import LineConvolution, fits
from isocenter.kernels.processors import available_threads
from isocenter.operators.linear import LinearOperator, Shape
from isocenter.operators.sensitivity import SensitivityOperator


class SampledFourierOperator(LinearOperator):
    """The centred, unitary FFT over `axes`, zero where `mask` is.

    Its normal operator is a periodic convolution along the axes in which the mask changes: the transforms along all
    others cancel, and so do the shifts of the origin. After coils, and along one axis, it runs coil by coil in the
    first cache (`kernels.coil_convolution`).

    Notes
    -----
    Maps complex (...) to complex (...); `mask` broadcasts to the shape.
    """

    def __init__(self, mask: BoolArray, shape: Shape, axes: tuple[int, ...], *, in_grid: Grid | None = None) -> None:
        super().__init__(shape, shape, in_grid=in_grid)
        self._axes, self._mask = axes, mask
        self._changing = tuple(axis for axis in axes if -axis <= mask.ndim and mask.shape[axis] > 1)
        self._shifted = scipy.fft.ifftshift(mask, axes=self._changing)
        self._of_coils: tuple[LinearOperator | None, LineConvolution | None] = (None, None)

    def _forward(self, x: Any) -> Any:
        return fourier.fft(x, self._axes) * array_namespace(x).asarray(self._mask)

    def _adjoint(self, y: Any) -> Any:
        return fourier.ifft(y * array_namespace(y).asarray(self._mask), self._axes)

    def _normal(self, x: Any) -> Any:
        xp = array_namespace(x)
        if not self._changing:
            return x * xp.asarray(self._mask)
        if not is_numpy_array(x):
            spectrum = xp.fft.fftn(x, axes=self._changing) * xp.asarray(self._shifted)
            return xp.fft.ifftn(spectrum, axes=self._changing)
        workers = available_threads()
        spectrum = scipy.fft.fftn(x, axes=self._changing, workers=workers)
        spectrum *= np.broadcast_to(self._shifted, spectrum.shape)
        return scipy.fft.ifftn(spectrum, axes=self._changing, workers=workers, overwrite_x=True)

    def _normal_after(self, inner: LinearOperator, x: Any) -> Any:
        convolution = self._line_convolution(inner, x)
        if convolution is None:
            return super()._normal_after(inner, x)
        axis = self._changing[0]
        return convolution(_around(x, axis)).reshape(x.shape)

    def _adjoint_after(self, inner: LinearOperator, y: Any) -> Any:
        convolution = self._line_convolution(inner, y)
        if convolution is None:
            return super()._adjoint_after(inner, y)
        axis = self._changing[0]
        n, others = self._mask.shape[axis], tuple(one for one in self._axes if one != axis)
        taken = np.flatnonzero(self._mask.any(axis=tuple(one for one in range(-self._mask.ndim, 0) if one != axis)))
        # Only lines that were taken are transformed along the other axes.
        lines = np.take(y, taken, axis=axis) * np.take(self._mask, taken, axis=axis)
        lines = fourier.ifft(lines, others) if others else lines
        place = np.full(n, -1)
        place[taken] = np.arange(taken.size)
        packed = lines.reshape(lines.shape[0], -1, taken.size, prod(lines.shape[lines.ndim + axis + 1 :]))
        return convolution.adjoint_of_lines(packed, place).reshape(inner.in_shape)

    def _line_convolution(self, inner: LinearOperator, x: Any) -> LineConvolution | None:
        """Return the loops for coils and one changing axis that is not the last, None where they do not fit."""
        if not isinstance(inner, SensitivityOperator) or not is_numpy_array(x) or x.dtype != inner.maps.dtype:
            return None
        if self._of_coils[0] is not inner:
            self._of_coils = inner, self._made_line_convolution(inner.maps)
        return self._of_coils[1]

    def _made_line_convolution(self, maps: Any) -> LineConvolution | None:
        if len(self._changing) != 1 or self._changing[0] == -1:
            return None
        axis, mask = self._changing[0], self._shifted
        is_varied_behind = any(n > 1 for n in mask.shape[axis + 1 :])
        is_varied_by_coil = mask.ndim == maps.ndim and mask.shape[0] > 1
        if is_varied_behind or is_varied_by_coil or not fits(maps.shape[axis], maps.dtype):
            return None
        ahead = maps.shape[1 : maps.ndim + axis]
        mask = mask[0] if mask.ndim == maps.ndim else mask
        spectrum = np.broadcast_to(mask, (*ahead, *mask.shape[axis:])).reshape(-1, maps.shape[axis]).astype(float)
        return LineConvolution(np.stack([_around(one, axis) for one in maps]), spectrum)


def _around(x: Any, axis: int) -> Any:
    """Return an array as (before, axis, behind)."""
    return np.ascontiguousarray(x).reshape(prod(x.shape[:axis]), x.shape[axis], -1)
