"""Which samples were taken."""

from __future__ import annotations

from typing import Any

from isocenter.operators.linear import LinearOperator, Shape


class SamplingOperator(LinearOperator):
    """Multiplication by a mask that broadcasts to `shape`: untaken samples are zero. A projection.

    Notes
    -----
    Maps (...) to (...).
    """

    def __init__(self, mask: Any, shape: Shape) -> None:
        super().__init__(shape, shape)
        self._mask = mask

    def _forward(self, x: Any) -> Any:
        return x * self._mask

    def _adjoint(self, y: Any) -> Any:
        return y * self._mask

    def _normal(self, x: Any) -> Any:
        return x * self._mask
