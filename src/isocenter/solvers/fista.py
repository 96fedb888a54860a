"""Fast proximal gradient for a smooth data fit and a prior with a simple proximal map."""

from __future__ import annotations

from math import inf, isnan
from typing import Any, NamedTuple

from isocenter.core.errors import OptionError
from isocenter.core.inner_product import inner
from isocenter.functionals.functional import Proximable, Smooth
from isocenter.functionals.gaussian import GaussianLikelihood
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
    fit = _Quadratic(smooth) if isinstance(smooth, GaussianLikelihood) else _General(smooth)
    point = momentum = fit.at(x0)
    t, objectives, stopped_by = 1.0, [fit.value(point) + prior.value(x0)], "iterations"
    for index in range(1, n_iterations + 1):
        new = fit.at(prior.prox(momentum.x - step * fit.gradient(momentum), step))
        objective = fit.value(new) + prior.value(new.x)
        if restart and objective > objectives[-1] and t > 1:
            t, momentum = 1.0, point
            new = fit.at(prior.prox(point.x - step * fit.gradient(point), step))
            objective = fit.value(new) + prior.value(new.x)
        if isnan(objective) or objective == inf > objectives[-1]:
            stopped_by = "breakdown"
            break
        t_next = (1 + (1 + 4 * t * t) ** 0.5) / 2
        momentum = fit.beyond(new, point, (t - 1) / t_next)
        previous, point, t = point, new, t_next
        objectives.append(objective)
        if tell(on_iteration, index, n_iterations, point.x, objective):
            stopped_by = "caller"
            break
        if tolerance and _has_settled(point.x, previous.x, tolerance):
            stopped_by = "tolerance"
            break
    return Solution(point.x, tuple(objectives), stopped_by)


def _has_settled(x: Any, before: Any, tolerance: float) -> bool:
    change = x - before
    return inner(change, change) <= tolerance**2 * inner(x, x)


def _beyond(new: Any, old: Any, by: float) -> Any:
    """Return new + by (new - old)."""
    moved = new - old
    moved *= by
    moved += new
    return moved


class _Point(NamedTuple):
    """An image and, of a quadratic data fit, what its Hessian makes of it."""

    x: Any
    curved: Any = None


class _General:
    """Value and gradient as the functional computes them."""

    def __init__(self, smooth: Smooth) -> None:
        self._smooth = smooth

    def at(self, x: Any) -> _Point:
        return _Point(x)

    def beyond(self, new: _Point, old: _Point, by: float) -> _Point:
        return _Point(_beyond(new.x, old.x, by))

    def value(self, point: _Point) -> float:
        return self._smooth.value(point.x)

    def gradient(self, point: _Point) -> Any:
        return self._smooth.gradient(point.x)


class _Quadratic(_General):
    """Value and gradient from the Hessian, applied once for every image: extrapolation is linear in it, too."""

    def __init__(self, smooth: GaussianLikelihood) -> None:
        super().__init__(smooth)
        self._hessian = smooth.hessian
        self._linear, self._constant = smooth.linear_part()

    def at(self, x: Any) -> _Point:
        return _Point(x, self._hessian(x))

    def beyond(self, new: _Point, old: _Point, by: float) -> _Point:
        return _Point(_beyond(new.x, old.x, by), _beyond(new.curved, old.curved, by))

    def value(self, point: _Point) -> float:
        return 0.5 * inner(point.x, point.curved) - inner(point.x, self._linear) + self._constant

    def gradient(self, point: _Point) -> Any:
        return point.curved - self._linear
