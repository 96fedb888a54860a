"""Total variation: images of flat regions with sharp edges."""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace

from isocenter.functionals.data import require_not_negative
from isocenter.operators.finite_difference import GradientOperator
from isocenter.operators.linear import Shape


class GroupL1:
    """``weight`` times the sum of the lengths of the vectors along the first axis: isotropic sparsity of a gradient."""

    def __init__(self, weight: float) -> None:
        require_not_negative(weight, "weight of the gradient")
        self.weight = weight

    def value(self, x: Any) -> float:
        """Return the value."""
        xp = array_namespace(x)
        return self.weight * float(xp.sum(_length(x), dtype=xp.float64))

    def prox(self, x: Any, step: float) -> Any:
        """Return every vector shortened by ``step * weight``, to zero at most."""
        xp = array_namespace(x)
        length = _length(x)
        safe = xp.where(length > 0, length, xp.ones_like(length))
        kept = xp.clip(length - step * self.weight, 0.0, None)
        return x * (kept / safe)[None, ...]


class TotalVariation:
    """``weight * sum |grad x|``, isotropic, with its proximal map by fast gradient projection on the dual.

    For primal-dual solvers take it apart: `gradient_operator` and `group`.

    Notes
    -----
    Source: Rudin, Osher and Fatemi, Physica D 60 (1992) 259-268; proximal map, Beck and Teboulle, IEEE Trans. Image
    Process. 18 (2009) 2419-2434, algorithm FGP.
    """

    def __init__(
        self, weight: float, shape: Shape, *, spacing: tuple[float, ...] | None = None, n_inner: int = 50
    ) -> None:
        self.weight = weight
        self.gradient_operator = GradientOperator(shape, spacing)
        self.group = GroupL1(weight)
        self._n_inner = n_inner

    def value(self, x: Any) -> float:
        """Return the value."""
        return self.group.value(self.gradient_operator(x))

    def prox(self, x: Any, step: float) -> Any:
        """Return the denoised image."""
        xp = array_namespace(x)
        D, radius = self.gradient_operator, step * self.weight
        if radius == 0:
            return x
        dual = previous = xp.zeros_like(D(x))
        momentum, t = dual, 1.0
        for _ in range(self._n_inner):
            dual = _within(momentum + D(x - D.adjoint(momentum)) / D.norm_bound**2, radius)
            t_next = (1 + (1 + 4 * t * t) ** 0.5) / 2
            momentum = dual + (t - 1) / t_next * (dual - previous)
            previous, t = dual, t_next
        return x - D.adjoint(dual)


def _length(x: Any) -> Any:
    xp = array_namespace(x)
    squares = xp.abs(x) ** 2
    return xp.sqrt(xp.sum(squares, axis=0, dtype=squares.dtype))


def _within(x: Any, radius: float) -> Any:
    """Return every vector along the first axis shortened to `radius` at most."""
    xp = array_namespace(x)
    length = _length(x)
    return x / xp.clip(length / radius, 1.0, None)[None, ...]
