"""The Gaussian likelihood: data that scatter about A(x) with known weights."""

from __future__ import annotations

from typing import Any

from isocenter.core.arrays import require_shape
from isocenter.core.inner_product import inner
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
        Inverse variances, of the data's shape or one number.

    Notes
    -----
    Source: Kay, Fundamentals of Statistical Signal Processing: Estimation Theory, 1993, sec. 4.3.
    """

    def __init__(self, A: LinearOperator, y: Any, weights: Any = 1.0) -> None:
        require_shape(y, A.out_shape, "data of the Gaussian likelihood")
        self.A, self.y, self.weights = A, y, weights

    def value(self, x: Any) -> float:
        """Return the negative log-likelihood up to a constant."""
        residual = self.A(x) - self.y
        return 0.5 * inner(residual, self.weights * residual)

    def gradient(self, x: Any) -> Any:
        """Return A^H W (A x - y)."""
        return self.A.adjoint(self.weights * (self.A(x) - self.y))

    def hessian(self, v: Any) -> Any:
        """Return A^H W A v."""
        return self.A.adjoint(self.weights * self.A(v))

    def data_prox_conjugate(self, p: Any, step: float) -> Any:
        """Return the proximal map of the conjugate of z -> 1/2 |z - y|^2_W, for primal-dual solvers."""
        return self.weights * (p - step * self.y) / (self.weights + step)
