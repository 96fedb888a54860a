"""Fast proximal gradient for a smooth data fit and a prior with a simple proximal map."""

from __future__ import annotations

from math import inf, isnan
from typing import Any

from isocenter.core.errors import OptionError
from isocenter.core.inner_product import inner
from isocenter.functionals.functional import Proximable, Smooth
from isocenter.solvers.solution import OnIteration, Solution, tell


def fista(
    smooth: Smooth,
    prior: Proximable,
    x0: Any,
    *,
    step: float,
    n_iterations: int = 50,
    tolerance: float = 0.0,
    restart: bool = True,
    on_iteration: OnIteration | None = None,
) -> Solution:
    """Minimise ``smooth + prior`` with step at most 1 / L, L the Lipschitz constant of the gradient.

    The momentum restarts when the objective rises. Stops when an iteration changes the image by less than `tolerance`
    times its norm, and reports a breakdown when the objective is lost because the step is too long. `objectives` are
    ``smooth + prior``.

    Notes
    -----
    Source: Beck and Teboulle, SIAM J. Imaging Sci. 2 (2009) 183-202; restart, O'Donoghue and Candes, Found. Comput.
    Math. 15 (2015) 715-732.
    """
    if not step > 0:
        raise OptionError("The step must be positive.", field="step", found=step, expected="0 < step <= 1 / L")
    x, momentum, t = x0, x0, 1.0
    objectives, stopped_by = [smooth.value(x) + prior.value(x)], "iterations"
    for index in range(1, n_iterations + 1):
        new = prior.prox(momentum - step * smooth.gradient(momentum), step)
        objective = smooth.value(new) + prior.value(new)
        if restart and objective > objectives[-1] and t > 1:
            t, momentum = 1.0, x
            new = prior.prox(x - step * smooth.gradient(x), step)
            objective = smooth.value(new) + prior.value(new)
        if isnan(objective) or objective == inf > objectives[-1]:
            stopped_by = "breakdown"
            break
        change = new - x
        t_next = (1 + (1 + 4 * t * t) ** 0.5) / 2
        momentum = new + ((t - 1) / t_next) * change
        x, t = new, t_next
        objectives.append(objective)
        if tell(on_iteration, index, n_iterations, x, objective):
            stopped_by = "caller"
            break
        if tolerance and inner(change, change) <= tolerance**2 * inner(x, x):
            stopped_by = "tolerance"
            break
    return Solution(x, tuple(objectives), stopped_by)
