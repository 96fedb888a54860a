"""Conjugate gradients for a Hermitian positive operator."""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace

from isocenter.core.inner_product import inner
from isocenter.operators.linear import LinearOperator
from isocenter.solvers.solution import OnIteration, Solution, require_data, tell


def cg(
    A: LinearOperator,
    b: Any,
    *,
    x0: Any = None,
    n_iterations: int = 30,
    tolerance: float = 1e-6,
    on_iteration: OnIteration | None = None,
) -> Solution:
    """Solve ``A x = b`` for a Hermitian, positive definite `A`.

    Stops when the residual norm has fallen to `tolerance` times that of `b`, and reports a breakdown when `A` turns out
    not to be positive definite. `objectives` are residual norms.

    Notes
    -----
    Source: Hestenes and Stiefel, J. Res. Natl. Bur. Stand. 49 (1952) 409-436.
    """
    require_data(A, b, "cg")
    xp = array_namespace(b)
    x = xp.zeros_like(b) if x0 is None else x0
    residual = b - A(x) if x0 is not None else b
    direction = residual
    energy = inner(residual, residual)
    goal = tolerance**2 * inner(b, b)
    norms, stopped_by = [energy**0.5], "tolerance"
    while not energy <= goal:  # also entered when it is no number
        if len(norms) > n_iterations:
            stopped_by = "iterations"
            break
        projected = A(direction)
        curvature = inner(direction, projected)
        if not curvature > 0:
            stopped_by = "breakdown"
            break
        step = energy / curvature
        x = x + step * direction
        residual = residual - step * projected
        energy, previous = inner(residual, residual), energy
        direction = residual + (energy / previous) * direction
        norms.append(energy**0.5)
        if tell(on_iteration, len(norms) - 1, n_iterations, x, norms[-1]):
            stopped_by = "caller"
            break
    return Solution(x, tuple(norms), stopped_by)
