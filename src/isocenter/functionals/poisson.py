"""The Poisson likelihood: counts about A(x) plus a known background."""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace

from isocenter.core.errors import DataError
from isocenter.functionals.data import require_data
from isocenter.operators.linear import LinearOperator

_TINY = 1e-30


class PoissonLikelihood:
    """``y ~ Poisson(A x + background)``: value sum(m - y log m) with m = A x + background.

    Raises
    ------
    DataError
        If counts or background are negative or no numbers.

    Notes
    -----
    Source: Shepp and Vardi, IEEE Trans. Med. Imaging 1 (1982) 113-122.
    """

    def __init__(self, A: LinearOperator, y: Any, background: Any = 0.0) -> None:
        require_data(y, A.out_shape, "data of the Poisson likelihood")
        xp = array_namespace(y)
        for array, of in ((y, "counts"), (xp.asarray(background), "background")):
            if not bool(xp.all((array >= 0) & xp.isfinite(array))):
                raise DataError(
                    f"The {of} of a Poisson likelihood must not be negative.",
                    field=of,
                    found=float(xp.min(array)),
                    expected="finite, >= 0",
                )
        self.A, self.y, self.background = A, y, background

    def expected(self, x: Any) -> Any:
        """Return A x + background."""
        return self.A(x) + self.background

    def value(self, x: Any) -> float:
        """Return the negative log-likelihood up to a constant; infinity where counts are impossible."""
        expected = self.expected(x)
        xp = array_namespace(expected)
        if bool(xp.any(expected < 0)) or bool(xp.any((expected == 0) & (self.y > 0))):
            return float("inf")
        safe = xp.where(expected > 0, expected, xp.ones_like(expected))
        return float(xp.sum(expected - self.y * xp.log(safe), dtype=xp.float64))

    def gradient(self, x: Any) -> Any:
        """Return A^H (1 - y / m)."""
        return self.A.adjoint(1 - self.y / self._positive(x))

    def hessian(self, x: Any, v: Any) -> Any:
        """Return A^H (y / m^2) A v."""
        return self.A.adjoint(self.y / self._positive(x) ** 2 * self.A(v))

    def data_prox_conjugate(self, p: Any, step: float) -> Any:
        """Return the proximal map of the conjugate of z -> sum(z + b - y log(z + b)).

        Source: Chambolle and Pock, J. Math. Imaging Vis. 40 (2011) 120-145, by Moreau's identity.
        """
        xp = array_namespace(p)
        shifted = p + step * self.background
        return 0.5 * (1 + shifted - xp.sqrt((shifted - 1) ** 2 + 4 * step * self.y))

    def _positive(self, x: Any) -> Any:
        expected = self.expected(x)
        xp = array_namespace(expected)
        return xp.where(expected > _TINY, expected, xp.full_like(expected, _TINY))
