"""Least squares by Golub-Kahan bidiagonalisation."""

from __future__ import annotations

from math import hypot
from typing import Any

from array_api_compat import array_namespace

from isocenter.core.inner_product import norm
from isocenter.functionals.data import require_not_negative
from isocenter.operators.linear import LinearOperator
from isocenter.solvers.solution import OnIteration, Solution, require_data, tell


def lsqr(
    A: LinearOperator,
    y: Any,
    *,
    damping: float = 0.0,
    n_iterations: int = 30,
    tolerance: float = 1e-6,
    on_iteration: OnIteration | None = None,
) -> Solution:
    """Minimise ``|A x - y|^2 + damping |x|^2``, starting from zero; steadier than `cgls` for ill-conditioned `A`.

    Stops when the gradient norm has fallen to `tolerance` times its first value. `objectives` are residual norms
    (with damping, of the augmented system).

    Notes
    -----
    Source: Paige and Saunders, ACM Trans. Math. Softw. 8 (1982) 43-71.
    """
    require_data(A, y, "lsqr")
    require_not_negative(damping, "damping")
    beta = norm(y)
    u = y / beta if beta else y
    v = A.adjoint(u)
    alpha = norm(v)
    x = array_namespace(v).zeros_like(v)
    norms = [beta]
    if alpha == 0 or beta == 0:
        return Solution(x, tuple(norms), "tolerance")
    v = v / alpha
    w, rho_bar, phi_bar, first = v, alpha, beta, alpha * beta
    root = damping**0.5
    stopped_by = "iterations"
    for index in range(1, n_iterations + 1):
        u = A(v) - alpha * u
        beta = norm(u)
        u = u / beta if beta else u
        v = A.adjoint(u) - beta * v
        alpha = norm(v)
        v = v / alpha if alpha else v
        rho_damped = hypot(rho_bar, root)
        phi_bar *= rho_bar / rho_damped
        rho = hypot(rho_damped, beta)
        cosine, sine = rho_damped / rho, beta / rho
        theta, rho_bar = sine * alpha, -cosine * alpha
        phi, phi_bar = cosine * phi_bar, sine * phi_bar
        x = x + (phi / rho) * w
        w = v - (theta / rho) * w
        norms.append(abs(phi_bar))
        if tell(on_iteration, index, n_iterations, x, norms[-1]):
            stopped_by = "caller"
            break
        if abs(phi_bar * alpha * cosine) <= tolerance * first:
            stopped_by = "tolerance"
            break
    return Solution(x, tuple(norms), stopped_by)
