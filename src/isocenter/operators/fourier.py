"""The Fourier transform of an image, as scanners sample it on a Cartesian grid."""

from __future__ import annotations

from typing import Any

from isocenter.core.grid import Grid
from isocenter.kernels import fourier
from isocenter.operators.linear import LinearOperator, Shape


class FourierOperator(LinearOperator):
    """The centred, unitary FFT over `axes`; its normal operator is the identity.

    Notes
    -----
    Maps complex (...) to complex (...). Source: Bracewell, The Fourier Transform and Its Applications, 2000.
    """

    def __init__(self, shape: Shape, axes: tuple[int, ...], *, in_grid: Grid | None = None) -> None:
        super().__init__(shape, shape, in_grid=in_grid)
        self._axes = axes

    def _forward(self, x: Any) -> Any:
        return fourier.fft(x, self._axes)

    def _adjoint(self, y: Any) -> Any:
        return fourier.ifft(y, self._axes)

    def _normal(self, x: Any) -> Any:
        return x
