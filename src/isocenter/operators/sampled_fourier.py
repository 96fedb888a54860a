"""The Fourier transform of which only some lines are taken: a Cartesian scan."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.fft
from array_api_compat import array_namespace, is_numpy_array

from isocenter.core.arrays import BoolArray
from isocenter.core.grid import Grid
from isocenter.kernels import fourier
from isocenter.kernels.processors import available_threads
from isocenter.operators.linear import LinearOperator, Shape


class SampledFourierOperator(LinearOperator):
    """The centred, unitary FFT over `axes`, zero where `mask` is.

    Its normal operator is a periodic convolution along the axes in which the mask changes: the transforms along all
    others cancel, and so do the shifts of the origin.

    Notes
    -----
    Maps complex (...) to complex (...); `mask` broadcasts to the shape.
    """

    def __init__(self, mask: BoolArray, shape: Shape, axes: tuple[int, ...], *, in_grid: Grid | None = None) -> None:
        super().__init__(shape, shape, in_grid=in_grid)
        self._axes, self._mask = axes, mask
        self._changing = tuple(axis for axis in axes if -axis <= mask.ndim and mask.shape[axis] > 1)
        self._shifted = scipy.fft.ifftshift(mask, axes=self._changing)

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
