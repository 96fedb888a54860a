"""The Gaussian likelihood: data that scatter about A(x) with known weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace

from isocenter.core.errors import DataError, ShapeError
from isocenter.core.inner_product import inner
from isocenter.functionals.data import require_data
from isocenter.operators.linear import LinearOperator


class GaussianLikelihood:
    """``y = A x + noise``, noise normal with variance 1 / weights: value 1/2 |A x - y|^2_W.

    Parameters
    ----------
    A
        Forward operator.
    y
        Data of shape ``A.out_shape``; complex data have independent parts of that variance each.
    weights
        Inverse variances: one number, or an array that broadcasts to the data's shape. Zero leaves a sample out.

    Raises
    ------
    ShapeError, DataError
        If data or weights have the wrong shape or hold NaN or infinity, or a weight is negative.

    Notes
    -----
    Source: Kay, Fundamentals of Statistical Signal Processing: Estimation Theory, 1993, sec. 4.3.
    """

    def __init__(self, A: LinearOperator, y: Any, weights: Any = 1.0) -> None:
        require_data(y, A.out_shape, "data of the Gaussian likelihood")
        _require_weights(weights, A.out_shape)
        self.A, self.y, self.weights = A, y, weights

    def value(self, x: Any) -> float:
        """Return the negative log-likelihood up to a constant."""
        residual = self.A(x) - self.y
        return 0.5 * inner(residual, self.weights * residual)

    def gradient(self, x: Any) -> Any:
        """Return A^H W (A x - y)."""
        return self.A.adjoint(self.weights * (self.A(x) - self.y))

    def hessian(self, v: Any) -> Any:
        """Return A^H W A v, by the operator's own shorter way where all weights are one."""
        if isinstance(self.weights, int | float):
            return self.weights * self.A.normal(v) if self.weights != 1 else self.A.normal(v)
        return self.A.adjoint(self.weights * self.A(v))

    def linear_part(self) -> tuple[Any, float]:
        """Return A^H W y and 1/2 |y|^2_W: the value is 1/2 <x, hessian(x)> - <x, the first> + the second."""
        weighted = self.weights * self.y
        return self.A.adjoint(weighted), 0.5 * inner(self.y, weighted)

    def data_prox_conjugate(self, p: Any, step: float) -> Any:
        """Return the proximal map of the conjugate of z -> 1/2 |z - y|^2_W, for primal-dual solvers."""
        return self.weights * (p - step * self.y) / (self.weights + step)


def _require_weights(weights: Any, shape: tuple[int, ...]) -> None:
    """Raise `ShapeError` or `DataError` unless `weights` are inverse variances of data of `shape`."""
    array = np.asarray(weights) if isinstance(weights, int | float) else weights
    try:
        fits = np.broadcast_shapes(tuple(array.shape), shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(
            "The weights do not fit the data.", field="weights", found=tuple(array.shape), expected=f"one, or {shape}"
        )
    xp = array_namespace(array)
    if not bool(xp.all((array >= 0) & xp.isfinite(array))):
        raise DataError(
            "Weights are inverse variances.", field="weights", found="negative or no numbers", expected=">= 0"
        )
