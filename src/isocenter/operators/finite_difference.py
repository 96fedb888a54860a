"""The gradient of an image by forward differences."""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace

from isocenter.operators.linear import LinearOperator, Shape


class GradientOperator(LinearOperator):
    """Forward differences along every axis, in front as a new first axis; zero behind the last sample.

    The norm is at most 2 sqrt(sum 1 / spacing^2). With `spacing` all one the differences are per sample.

    Notes
    -----
    Maps (...) to (axis, ...). Source: Chambolle, J. Math. Imaging Vis. 20 (2004) 89-97, eq. 3.
    """

    def __init__(self, shape: Shape, spacing: tuple[float, ...] | None = None) -> None:
        super().__init__(shape, (len(shape), *shape))
        self._spacing = spacing or (1.0,) * len(shape)

    @property
    def norm_bound(self) -> float:
        """Upper bound of the operator norm."""
        return float(2 * sum(1 / step**2 for step in self._spacing) ** 0.5)

    def _forward(self, x: Any) -> Any:
        xp = array_namespace(x)
        parts = []
        for axis, step in enumerate(self._spacing):
            ahead, here = _pair(x.ndim, axis)
            difference = xp.zeros_like(x)
            difference[here] = (x[ahead] - x[here]) / step
            parts.append(difference)
        return xp.stack(parts)

    def _adjoint(self, y: Any) -> Any:
        xp = array_namespace(y)
        image = xp.zeros_like(y[0, ...])
        for axis, step in enumerate(self._spacing):
            ahead, here = _pair(image.ndim, axis)
            part = y[axis, ...][here] / step
            image[ahead] += part
            image[here] -= part
        return image


def _pair(ndim: int, axis: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Return the slices of every sample but the first, and of every sample but the last, along one axis."""
    everything = [slice(None)] * ndim
    ahead, here = list(everything), list(everything)
    ahead[axis], here[axis] = slice(1, None), slice(None, -1)
    return tuple(ahead), tuple(here)
