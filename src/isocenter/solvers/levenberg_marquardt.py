"""Levenberg-Marquardt for forward models that are far from linear."""

from __future__ import annotations

from typing import Any

from isocenter.core.inner_product import inner, norm
from isocenter.functionals.data import require_data
from isocenter.solvers.cgls import cgls
from isocenter.solvers.gauss_newton import Differentiable
from isocenter.solvers.solution import OnIteration, Solution, tell

_MAX_DAMPING = 1e16


def levenberg_marquardt(
    model: Differentiable,
    y: Any,
    x0: Any,
    *,
    damping: float = 1e-3,
    n_iterations: int = 50,
    n_inner: int = 50,
    tolerance: float = 1e-8,
    on_iteration: OnIteration | None = None,
) -> Solution:
    """Minimise ``|model(x) - y|^2``; the damping of the step falls when it helps and rises until it does.

    Stops when a step is shorter than `tolerance` times the image, or no damping helps. `objectives` are squared
    misfits and never rise.

    Notes
    -----
    Source: Marquardt, J. Soc. Ind. Appl. Math. 11 (1963) 431-441.
    """
    x, start = x0, model(x0)
    require_data(y, start.shape, "data of levenberg_marquardt")
    residual = y - start
    objectives, stopped_by = [inner(residual, residual)], "iterations"
    for index in range(1, n_iterations + 1):
        derivative = model.linearize(x)
        while damping < _MAX_DAMPING:
            step = cgls(derivative, residual, damping=damping, n_iterations=n_inner, tolerance=1e-12).x
            new_residual = y - model(x + step)
            objective = inner(new_residual, new_residual)
            if objective <= objectives[-1]:
                break
            damping *= 4
        else:
            stopped_by = "tolerance"
            break
        x, residual = x + step, new_residual
        damping = max(damping / 5, 1e-16)
        objectives.append(objective)
        if tell(on_iteration, index, n_iterations, x, objective):
            stopped_by = "caller"
            break
        if norm(step) <= tolerance * norm(x):
            stopped_by = "tolerance"
            break
    return Solution(x, tuple(objectives), stopped_by)
