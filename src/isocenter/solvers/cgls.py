"""Conjugate gradients for least squares."""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace

from isocenter.core.inner_product import inner, norm
from isocenter.functionals.data import require_not_negative
from isocenter.operators.linear import LinearOperator
from isocenter.solvers.solution import OnIteration, Solution, require_data, tell


def cgls(
    A: LinearOperator,
    y: Any,
    *,
    damping: float = 0.0,
    n_iterations: int = 30,
    tolerance: float = 1e-6,
    on_iteration: OnIteration | None = None,
) -> Solution:
    """Minimise ``|A x - y|^2 + damping |x|^2``, starting from zero.

    Stops when the gradient norm has fallen to `tolerance` times its first value; stopping early is reported in the
    solution, never raised. `objectives` are residual norms.

    Raises
    ------
    ShapeError, DataError
        If `y` does not have ``A.out_shape`` or holds values that are no numbers.
    OptionError
        If `damping` is negative.

    Notes
    -----
    Source: Hestenes and Stiefel, J. Res. Natl. Bur. Stand. 49 (1952) 409-436, applied to the normal equations.
    """
    require_data(A, y, "cgls")
    require_not_negative(damping, "damping")
    residual = y
    gradient = A.adjoint(residual)
    x = array_namespace(gradient).zeros_like(gradient)
    direction = gradient
    energy = first_energy = inner(gradient, gradient)
    norms, stopped_by = [norm(residual)], "tolerance"
    while not energy <= tolerance**2 * first_energy:  # also entered when it is no number
        if len(norms) > n_iterations:
            stopped_by = "iterations"
            break
        projected = A(direction)
        curvature = inner(projected, projected) + damping * inner(direction, direction)
        if not curvature > 0:
            stopped_by = "breakdown"
            break
        step = energy / curvature
        x = x + step * direction
        residual = residual - step * projected
        gradient = A.adjoint(residual) - damping * x
        energy, previous = inner(gradient, gradient), energy
        direction = gradient + (energy / previous) * direction
        norms.append(norm(residual))
        if tell(on_iteration, len(norms) - 1, n_iterations, x, norms[-1]):
            stopped_by = "caller"
            break
    return Solution(x, tuple(norms), stopped_by)
