"""Simultaneous iterative reconstruction, whole or in ordered subsets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from array_api_compat import array_namespace

from isocenter.core.errors import ShapeError
from isocenter.core.inner_product import norm
from isocenter.functionals.functional import Proximable
from isocenter.operators.linear import LinearOperator
from isocenter.solvers.solution import OnIteration, Solution, require_data, tell


def sirt(
    A: LinearOperator,
    y: Any,
    *,
    relaxation: float = 1.0,
    n_iterations: int = 50,
    constraint: Proximable | None = None,
    on_iteration: OnIteration | None = None,
) -> Solution:
    """Iterate ``x += relaxation C A^T R (y - A x)`` from zero, R and C the inverse row and column sums of `A`.

    `A` must have no negative entry. `constraint` is applied after every step. `objectives` are residual norms.

    Notes
    -----
    Source: Gregor and Benson, IEEE Trans. Med. Imaging 27 (2008) 918-924.
    """
    return os_sart(
        [A], [y], relaxation=relaxation, n_iterations=n_iterations, constraint=constraint, on_iteration=on_iteration
    )


def os_sart(
    subsets: Sequence[LinearOperator],
    data: Sequence[Any],
    *,
    relaxation: float = 1.0,
    n_iterations: int = 10,
    constraint: Proximable | None = None,
    prior: Proximable | None = None,
    on_iteration: OnIteration | None = None,
) -> Solution:
    """As `sirt`, with one update after each of the `subsets`; an iteration passes all of them.

    `prior` is applied after each pass, `constraint` after it and after every update.

    Notes
    -----
    Source: Wang and Jiang, J. X-Ray Sci. Technol. 12 (2004) 169-177.
    """
    if len(subsets) != len(data) or not subsets:
        raise ShapeError("Every subset needs its data.", field="data", found=len(data), expected=len(subsets))
    for A, y in zip(subsets, data, strict=True):
        require_data(A, y, "sirt")
    xp = array_namespace(data[0])
    ones = xp.ones(subsets[0].in_shape, dtype=data[0].dtype)
    rows = [_inverse(A(ones)) for A in subsets]
    columns = [_inverse(A.adjoint(xp.ones_like(y))) for A, y in zip(subsets, data, strict=True)]
    x = xp.zeros_like(ones)
    norms, stopped_by = [sum(norm(y) ** 2 for y in data) ** 0.5], "iterations"
    for index in range(1, n_iterations + 1):
        squares = 0.0
        for A, y, row, column in zip(subsets, data, rows, columns, strict=True):
            residual = y - A(x)
            squares += norm(residual) ** 2
            x = x + relaxation * column * A.adjoint(row * residual)
            if constraint is not None:
                x = constraint.prox(x, 1.0)
        if prior is not None:
            x = prior.prox(x, 1.0)
            x = x if constraint is None else constraint.prox(x, 1.0)
        norms.append(squares**0.5)
        if tell(on_iteration, index, n_iterations, x, norms[-1]):
            stopped_by = "caller"
            break
    return Solution(x, tuple(norms), stopped_by)


def _inverse(sums: Any) -> Any:
    """Return 1 / sums, and 0 where nothing is summed."""
    xp = array_namespace(sums)
    is_seen = sums > 1e-6 * xp.max(sums)
    return xp.where(is_seen, 1 / xp.where(is_seen, sums, xp.ones_like(sums)), xp.zeros_like(sums))
