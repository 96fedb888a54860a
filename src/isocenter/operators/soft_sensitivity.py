"""What each receive coil sees of several images at once, each with sensitivities of its own."""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace

from isocenter.core.errors import ShapeError
from isocenter.core.grid import Grid
from isocenter.operators.linear import LinearOperator


class SoftSensitivityOperator(LinearOperator):
    """Multiplication of every image by its set of sensitivities, summed over the images.

    Where an object folds into its field of view no single set of sensitivities explains the data; two images with two
    sets do.

    Notes
    -----
    Maps (set, ...) to (coil, ...) for maps (set, coil, ...). Source: Uecker et al., Magn. Reson. Med. 71 (2014)
    990-1001, eq. 19 (soft-SENSE).
    """

    def __init__(self, maps: Any, *, in_grid: Grid | None = None) -> None:
        if maps.ndim < 3:
            raise ShapeError("Maps have sets and coils.", field="maps", found=maps.shape, expected="(set, coil, ...)")
        super().__init__((maps.shape[0], *maps.shape[2:]), tuple(maps.shape[1:]), in_grid=in_grid)
        self._maps, self._conjugates = maps, array_namespace(maps).conj(maps)

    def _forward(self, x: Any) -> Any:
        return array_namespace(x).sum(self._maps * x[:, None, ...], axis=0)

    def _adjoint(self, y: Any) -> Any:
        return array_namespace(y).sum(self._conjugates * y[None, ...], axis=1)
