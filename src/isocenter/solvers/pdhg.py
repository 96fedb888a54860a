"""The primal-dual hybrid gradient method: data fit and priors, each behind a linear operator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from isocenter.core.errors import OptionError
from isocenter.core.inner_product import norm
from isocenter.functionals.functional import Proximable, conjugate_prox
from isocenter.operators.linear import LinearOperator
from isocenter.solvers.solution import OnIteration, Solution, tell


class DataFit(Protocol):
    """A likelihood whose conjugate has a simple proximal map, such as the Gaussian and the Poisson one."""

    A: LinearOperator

    def value(self, x: Any) -> float:
        """Return the negative log-likelihood."""

    def data_prox_conjugate(self, p: Any, step: float) -> Any:
        """Return the proximal map of the conjugate, in data space."""


def pdhg(
    fit: DataFit,
    terms: Sequence[tuple[Proximable, LinearOperator]],
    x0: Any,
    *,
    norms: Sequence[float],
    constraint: Proximable | None = None,
    n_iterations: int = 200,
    tolerance: float = 0.0,
    balance: float = 1.0,
    on_iteration: OnIteration | None = None,
) -> Solution:
    """Minimise ``fit(x) + sum of prior(K x) + constraint(x)`` from `x0`.

    Each operator has a dual step of its own, ``balance / (norm sqrt(n))``, so that very different norms (a projector in
    mm, a gradient without unit) do not slow each other down.

    Parameters
    ----------
    terms
        Pairs (prior, K), for example ``(tv.group, tv.gradient_operator)``.
    norms
        Upper bounds of the norms of ``fit.A`` and of every K.
    balance
        Dual steps times, primal step divided by this: larger where the image's scale is small.

    Notes
    -----
    `objectives` hold the objective without the constraint; it may rise on the way.
    Source: Chambolle and Pock, J. Math. Imaging Vis. 40 (2011) 120-145; diagonal steps, Pock and Chambolle, ICCV 2011.
    """
    if len(norms) != len(terms) + 1 or not all(bound > 0 for bound in norms):
        raise OptionError(
            "Every operator needs the bound of its norm.",
            field="norms",
            found=tuple(norms),
            expected=f"{len(terms) + 1} positive",
        )
    n = len(norms)
    sigmas = [balance / (bound * bound) for bound in norms]
    tau = 0.99 / (balance * n)
    operators = [fit.A, *(K for _, K in terms)]
    x = x_bar = x0
    duals = [0 * K(x0) for K in operators]
    objectives, stopped_by = [_objective(fit, terms, x)], "iterations"
    for index in range(1, n_iterations + 1):
        duals[0] = fit.data_prox_conjugate(duals[0] + sigmas[0] * fit.A(x_bar), sigmas[0])
        for number, (prior, K) in enumerate(terms, 1):
            duals[number] = conjugate_prox(prior, duals[number] + sigmas[number] * K(x_bar), sigmas[number])
        pull = operators[0].adjoint(duals[0])
        for K, dual in zip(operators[1:], duals[1:], strict=True):
            pull = pull + K.adjoint(dual)
        new = x - tau * pull
        if constraint is not None:
            new = constraint.prox(new, tau)
        change = new - x
        x, x_bar = new, new + change
        objectives.append(_objective(fit, terms, x))
        if tell(on_iteration, index, n_iterations, x, objectives[-1]):
            stopped_by = "caller"
            break
        if tolerance and norm(change) <= tolerance * norm(x):
            stopped_by = "tolerance"
            break
    return Solution(x, tuple(objectives), stopped_by)


def _objective(fit: DataFit, terms: Sequence[tuple[Proximable, LinearOperator]], x: Any) -> float:
    return fit.value(x) + sum(prior.value(K(x)) for prior, K in terms)
