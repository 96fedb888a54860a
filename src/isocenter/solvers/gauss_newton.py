"""Gauss-Newton for forward models that are not linear."""

from __future__ import annotations

from typing import Any, Protocol

from isocenter.core.inner_product import inner, norm
from isocenter.functionals.data import require_data
from isocenter.operators.linear import LinearOperator
from isocenter.solvers.cgls import cgls
from isocenter.solvers.solution import OnIteration, Solution, tell

_N_HALVINGS = 10


class Differentiable(Protocol):
    """A forward model with a derivative; a linear operator is one too."""

    def __call__(self, x: Any) -> Any:
        """Return the data of an image."""

    def linearize(self, x: Any) -> LinearOperator:
        """Return the derivative at an image."""


def gauss_newton(
    model: Differentiable,
    y: Any,
    x0: Any,
    *,
    damping: float = 0.0,
    n_iterations: int = 20,
    n_inner: int = 50,
    tolerance: float = 1e-6,
    on_iteration: OnIteration | None = None,
) -> Solution:
    """Minimise ``|model(x) - y|^2`` by steps that solve the linearised problem, `damping` on the step.

    A step that makes the misfit larger is halved, up to nine times. Stops when a whole step is shorter than `tolerance`
    times the image, and reports a breakdown when no part of a step helps. `objectives` are squared misfits and never
    rise.

    Notes
    -----
    Source: Nocedal and Wright, Numerical Optimization, 2nd ed. 2006, sec. 10.3.
    """
    x, start = x0, model(x0)
    require_data(y, start.shape, "data of gauss_newton")
    residual = y - start
    objectives, stopped_by = [inner(residual, residual)], "iterations"
    for index in range(1, n_iterations + 1):
        step = cgls(model.linearize(x), residual, damping=damping, n_iterations=n_inner, tolerance=1e-10).x
        is_short = norm(step) <= tolerance * norm(x)
        for _ in range(_N_HALVINGS):
            new_residual = y - model(x + step)
            objective = inner(new_residual, new_residual)
            if objective <= objectives[-1]:
                break
            step = step / 2
        else:
            stopped_by = "tolerance" if is_short else "breakdown"
            break
        x, residual = x + step, new_residual
        objectives.append(objective)
        if tell(on_iteration, index, n_iterations, x, objective):
            stopped_by = "caller"
            break
        if is_short:
            stopped_by = "tolerance"
            break
    return Solution(x, tuple(objectives), stopped_by)
