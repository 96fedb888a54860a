"""What each receive coil sees of an image."""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace

from isocenter.core.grid import Grid
from isocenter.operators.linear import LinearOperator


class SensitivityOperator(LinearOperator):
    """Multiplication of one image by every coil's complex sensitivity.

    Notes
    -----
    Maps (...) to (coil, ...). Source: Pruessmann et al., Magn. Reson. Med. 42 (1999) 952-962, eq. 1.
    """

    def __init__(self, maps: Any, *, in_grid: Grid | None = None) -> None:
        super().__init__(tuple(maps.shape[1:]), tuple(maps.shape), in_grid=in_grid)
        xp = array_namespace(maps)
        self._maps, self._conjugates = maps, xp.conj(maps)
        self._energy = xp.sum(xp.abs(maps) ** 2, axis=0)

    @property
    def maps(self) -> Any:
        """The sensitivities (coil, ...)."""
        return self._maps

    def _forward(self, x: Any) -> Any:
        return self._maps * x[None, ...]

    def _adjoint(self, y: Any) -> Any:
        return array_namespace(y).sum(self._conjugates * y, axis=0)

    def _normal(self, x: Any) -> Any:
        return self._energy * x
