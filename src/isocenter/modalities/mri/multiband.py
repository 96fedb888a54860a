"""Simultaneous slices (multi-band): one k-space of several slices, each shifted by its own part of the field of view.

Source: Larkman et al., J. Magn. Reson. Imaging 13 (2001) 313-317; shifts, Breuer et al., Magn. Reson. Med. 53 (2005)
684-691; blips, Setsompop et al., Magn. Reson. Med. 67 (2012) 1210-1224.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from isocenter.core.arrays import BoolArray, ComplexArray, FloatArray
from isocenter.core.errors import ShapeError
from isocenter.kernels import fourier
from isocenter.operators.linear import LinearOperator
from isocenter.solvers.cgls import cgls


class MultibandOperator(LinearOperator):
    """The k-space (coil, y, x) of slices (slice, y, x) that were excited at once.

    Parameters
    ----------
    maps
        Sensitivities (coil, slice, y, x).
    shifts_fov
        By which part of the field of view along y every slice appears shifted, shape (slice,): ``0, 1/3, 2/3`` for the
        usual three. Slices also have to differ in their maps.
    sampled
        Lines along y that were taken, shape (y,); None is all.

    Raises
    ------
    ShapeError
        If shifts or lines do not fit the maps.
    """

    def __init__(self, maps: ComplexArray, shifts_fov: FloatArray, sampled: BoolArray | None = None) -> None:
        n_coils, n_slices, n_y, n_x = maps.shape
        super().__init__((n_slices, n_y, n_x), (n_coils, n_y, n_x))
        if np.shape(shifts_fov) != (n_slices,):
            raise ShapeError(
                "Every slice needs its shift.", field="shifts_fov", found=np.shape(shifts_fov), expected=(n_slices,)
            )
        mask = np.ones(n_y, dtype=bool) if sampled is None else sampled
        if mask.shape != (n_y,):
            raise ShapeError("The lines do not fit.", field="sampled", found=mask.shape, expected=(n_y,))
        ky = np.arange(n_y) - n_y // 2
        turns = np.exp(-2j * np.pi * np.multiply.outer(np.asarray(shifts_fov, dtype=float), ky)) * mask
        self._turns = turns[:, :, None].astype(maps.dtype)
        self._maps = maps

    def _forward(self, x: Any) -> Any:
        return np.sum(fourier.fft(self._maps * x, (-2, -1)) * self._turns, axis=1)

    def _adjoint(self, y: Any) -> Any:
        images = fourier.ifft(y[:, None] * self._turns.conj(), (-2, -1))
        return np.sum(self._maps.conj() * images, axis=0)


def separate_slices(
    data: ComplexArray,
    maps: ComplexArray,
    shifts_fov: FloatArray,
    *,
    sampled: BoolArray | None = None,
    damping: float = 0.0,
    n_iterations: int = 50,
    tolerance: float = 1e-6,
) -> ComplexArray:
    """Return the slices (slice, y, x) of a multi-band k-space (coil, y, x), by SENSE.

    Parameters are those of the operator and of `cgls`.
    """
    A = MultibandOperator(maps, shifts_fov, sampled)
    taken = data if sampled is None else data * sampled[:, None]
    slices: ComplexArray = cgls(A, taken, damping=damping, n_iterations=n_iterations, tolerance=tolerance).x
    return slices
