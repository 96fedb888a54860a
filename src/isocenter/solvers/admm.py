"""The alternating direction method of multipliers for a Gaussian data fit and one prior."""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace

from isocenter.core.errors import OptionError
from isocenter.core.inner_product import norm
from isocenter.functionals.functional import Proximable
from isocenter.functionals.gaussian import GaussianLikelihood
from isocenter.operators.linear import LinearOperator
from isocenter.solvers.cg import cg
from isocenter.solvers.solution import OnIteration, Solution, tell


def admm(
    likelihood: GaussianLikelihood,
    prior: Proximable,
    K: LinearOperator,
    *,
    rho: float = 1.0,
    n_iterations: int = 50,
    n_inner: int = 30,
    tolerance: float = 0.0,
    on_iteration: OnIteration | None = None,
) -> Solution:
    """Minimise ``likelihood(x) + prior(K x)``; the inner linear systems are solved by conjugate gradients.

    Stops when primal and dual residual have fallen to `tolerance` times the norms they belong to. `objectives` are
    those of x.

    Notes
    -----
    Source: Boyd et al., Found. Trends Mach. Learn. 3 (2011) 1-122, sec. 3.
    """
    if not rho > 0:
        raise OptionError("The penalty must be positive.", field="rho", found=rho, expected="> 0")
    system = _Penalised(likelihood, K, rho)
    back_projected = likelihood.A.adjoint(likelihood.weights * likelihood.y)
    x = array_namespace(back_projected).zeros_like(back_projected)
    z = scaled = K(x)
    objectives, stopped_by = [likelihood.value(x) + prior.value(K(x))], "iterations"
    for index in range(1, n_iterations + 1):
        right = back_projected + rho * K.adjoint(z - scaled)
        x = cg(system, right, x0=x, n_iterations=n_inner, tolerance=1e-10).x
        split = K(x)
        previous, z = z, prior.prox(split + scaled, 1 / rho)
        scaled = scaled + split - z
        objectives.append(likelihood.value(x) + prior.value(split))
        if tell(on_iteration, index, n_iterations, x, objectives[-1]):
            stopped_by = "caller"
            break
        is_primal = norm(split - z) <= tolerance * max(norm(split), norm(z))
        if tolerance and is_primal and norm(z - previous) <= tolerance * norm(scaled):
            stopped_by = "tolerance"
            break
    return Solution(x, tuple(objectives), stopped_by)


class _Penalised(LinearOperator):
    """A^H W A + rho K^H K."""

    def __init__(self, likelihood: GaussianLikelihood, K: LinearOperator, rho: float) -> None:
        super().__init__(K.in_shape, K.in_shape)
        self._likelihood, self._K, self._rho = likelihood, K, rho

    def _forward(self, x: Any) -> Any:
        return self._likelihood.hessian(x) + self._rho * self._K.normal(x)

    def _adjoint(self, y: Any) -> Any:
        return self._forward(y)
