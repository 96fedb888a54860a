"""Iterative reconstruction of CT: the forward operator and its exact adjoint, handed to a solver."""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.grid import Grid
from isocenter.core.progress import OnProgress, report
from isocenter.functionals.constraints import NonNegativity
from isocenter.functionals.gaussian import GaussianLikelihood
from isocenter.functionals.total_variation import TotalVariation
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.modalities.ct.geometry import forward_operator
from isocenter.modalities.ct.water import water_per_mm
from isocenter.operators.finite_difference import GradientOperator
from isocenter.operators.linear import LinearOperator
from isocenter.solvers import cgls as _cgls
from isocenter.solvers import pdhg as _pdhg
from isocenter.solvers import sirt as _sirt
from isocenter.solvers.solution import Iteration, OnIteration, Solution, tell

_N_START = 8
# Dual over primal step, beyond what makes them equal: fastest of 0.05 to 500 on a head from 60 views.
_BALANCE = 5.0


def cgls(
    acquisition: Acquisition,
    grid: Grid,
    line_integrals: FloatArray,
    *,
    n_iterations: int = 30,
    on_progress: OnProgress | None = None,
) -> FloatArray:
    """Return the attenuation whose projections fit the data best, as far as `n_iterations` lead."""
    A = forward_operator(acquisition, grid)
    data = np.asarray(line_integrals, dtype=np.float32)
    return _image(
        _cgls.cgls(A, data, n_iterations=n_iterations, tolerance=1e-5, on_iteration=_telling(on_progress, "cgls"))
    )


def sirt(
    acquisition: Acquisition,
    grid: Grid,
    line_integrals: FloatArray,
    *,
    n_iterations: int = 100,
    on_progress: OnProgress | None = None,
) -> FloatArray:
    """Return the attenuation, nowhere below zero, after `n_iterations` of SIRT."""
    A = forward_operator(acquisition, grid)
    data = np.asarray(line_integrals, dtype=np.float32)
    return _image(
        _sirt.sirt(
            A,
            data,
            n_iterations=n_iterations,
            constraint=NonNegativity(),
            on_iteration=_telling(on_progress, "sirt"),
        )
    )


def os_sart(
    acquisition: Acquisition,
    grid: Grid,
    line_integrals: FloatArray,
    *,
    n_iterations: int = 5,
    n_subsets: int = 10,
    relaxation: float = 0.9,
    on_progress: OnProgress | None = None,
) -> FloatArray:
    """Return the attenuation, nowhere below zero, after `n_iterations` passes over `n_subsets` groups of views."""
    n_subsets = min(n_subsets, acquisition.n_views)
    # Every subset holds views all around; one after the other they lie far apart (Guan and Gordon, PMB 39 (1994) 2005).
    parts = [np.arange(first, acquisition.n_views, n_subsets) for first in _far_apart(n_subsets)]
    data = np.asarray(line_integrals, dtype=np.float32)
    axis = 0 if acquisition.geometry == "cone" else -2
    return _image(
        _sirt.os_sart(
            [forward_operator(acquisition.subset(part), grid) for part in parts],
            [np.ascontiguousarray(np.take(data, part, axis=axis)) for part in parts],
            relaxation=relaxation,
            n_iterations=n_iterations,
            constraint=NonNegativity(),
            on_iteration=_telling(on_progress, "os-sart"),
        )
    )


def _far_apart(n: int) -> list[int]:
    """Return 0 ... n - 1 in an order in which followers lie far apart: bits reversed."""
    bits = max(1, (n - 1).bit_length())
    reverse = [int(format(number, f"0{bits}b")[::-1], 2) for number in range(1 << bits)]
    return [number for number in reverse if number < n]


def pwls(
    acquisition: Acquisition,
    grid: Grid,
    line_integrals: FloatArray,
    *,
    n_iterations: int = 60,
    strength_hu: float = 20.0,
    on_progress: OnProgress | None = None,
) -> FloatArray:
    """Return the non-negative attenuation of least weighted squares with a quadratic roughness penalty.

    A ray counts by its expected number of photons; `strength_hu` compares the penalty with the data as in `pdhg_tv`:
    the larger, the smoother.
    """
    A = forward_operator(acquisition, grid)
    data = np.asarray(line_integrals, dtype=np.float32)
    # The variance of log(n0 / n) is 1 / n: weights relative to air (Sauer and Bouman, IEEE TSP 41 (1993) 534).
    weights = np.exp(-np.clip(data, 0.0, 12.0)).astype(np.float32)
    solution = solve_pwls(
        A, data, weights, strength_hu / 1000, n_iterations=n_iterations, on_iteration=_telling(on_progress, "pwls")
    )
    return _image(solution)


def solve_pwls(
    A: LinearOperator,
    data: FloatArray,
    weights: FloatArray,
    strength: float,
    *,
    n_iterations: int,
    on_iteration: OnIteration | None = None,
) -> Solution:
    """Minimise ``1/2 |A x - y|^2_W + beta/2 |grad x|^2`` over x >= 0 by fast gradient steps of its own size per sample.

    beta is `strength` times the mean diagonal of A^T W A. The steps are one over A^T W A 1 plus the penalty's largest
    curvature, which bound the Hessian of a matrix without negative entries.

    Source: Erdogan and Fessler, Phys. Med. Biol. 44 (1999) 2835; momentum, Kim et al., IEEE TMI 34 (2015) 167.
    """
    ones = np.ones(A.in_shape, dtype=data.dtype)
    curvature = A.adjoint(weights * A(ones))
    gradient = GradientOperator(A.in_shape)
    signs = np.random.default_rng(0).choice(np.array([-1.0, 1.0], dtype=data.dtype), size=A.in_shape)
    diagonal = float((weights * A(signs) ** 2).astype(float).sum()) / signs.size
    beta = np.float32(strength * diagonal)
    floor = 1e-3 * float(curvature.max())
    step = 1 / np.maximum(curvature + beta * gradient.norm_bound**2, floor).astype(data.dtype)
    x, objectives, stopped_by = np.zeros_like(ones), [0.5 * float((weights * data**2).sum(dtype=float))], "iterations"
    ahead, t = x, 1.0
    for index in range(1, n_iterations + 1):
        residual, slope = A(ahead) - data, gradient(ahead)
        new = np.maximum(ahead - step * (A.adjoint(weights * residual) + beta * gradient.adjoint(slope)), 0)
        objective = 0.5 * float((weights * residual**2).sum(dtype=float)) + 0.5 * float(beta) * float(
            (slope**2).sum(dtype=float)
        )
        t_next = (1 + (1 + 4 * t * t) ** 0.5) / 2
        ahead, x, t = new + ((t - 1) / t_next) * (new - x), new, t_next
        ahead = ahead.astype(data.dtype)
        objectives.append(objective)
        if tell(on_iteration, index, n_iterations, x, objective):
            stopped_by = "caller"
            break
    return Solution(x, tuple(objectives), stopped_by)


def pdhg_tv(
    acquisition: Acquisition,
    grid: Grid,
    line_integrals: FloatArray,
    *,
    n_iterations: int = 300,
    strength_hu: float = 30.0,
    on_progress: OnProgress | None = None,
) -> FloatArray:
    """Return the non-negative attenuation that fits the data and has little total variation."""
    A = forward_operator(acquisition, grid)
    data = np.asarray(line_integrals, dtype=np.float32)
    weight = tv_weight_mm(A, strength_hu, water_per_mm(acquisition.energy_kev))
    return _image(solve_tv(A, data, weight, n_iterations=n_iterations, on_iteration=_telling(on_progress, "pdhg-tv")))


def solve_tv(
    A: LinearOperator, data: FloatArray, weight_mm: float, *, n_iterations: int, on_iteration: OnIteration | None = None
) -> Solution:
    """Minimise ``1/2 |A x - y|^2 + weight |grad x|`` over x >= 0; differences are per sample."""
    prior = TotalVariation(weight_mm, A.in_shape)
    # A few steps without prior come close; what is left is the edges.
    start = np.maximum(_cgls.cgls(A, data, n_iterations=_N_START).x, 0)
    bound = norm_bound_mm(A)
    return _pdhg.pdhg(
        GaussianLikelihood(A, data),
        [(prior.group, prior.gradient_operator)],
        start,
        norms=(bound, prior.gradient_operator.norm_bound),
        constraint=NonNegativity(),
        n_iterations=n_iterations,
        balance=_BALANCE * bound,
        on_iteration=on_iteration,
    )


def tv_weight_mm(A: LinearOperator, strength_hu: float, mu_water_per_mm: float) -> float:
    """Return the weight of the total variation that smooths steps of about `strength_hu` between samples.

    Near a solution the data fit weighs a sample by its column's squared norm, here its mean over all samples,
    estimated with random signs (Hutchinson, Commun. Stat. Simul. Comput. 19 (1990) 433).
    """
    signs = np.random.default_rng(0).choice(np.array([-1.0, 1.0], dtype=np.float32), size=A.in_shape)
    column_mm2 = float(np.sum(A(signs).astype(float) ** 2)) / signs.size
    return column_mm2 * strength_hu / 1000 * mu_water_per_mm


def norm_bound_mm(A: LinearOperator) -> float:
    """Return an upper bound of the norm of `A`, which has no negative entry.

    Source: Schur's test, |A|^2 <= largest row sum times largest column sum.
    """
    rows = A(np.ones(A.in_shape, dtype=np.float32))
    columns = A.adjoint(np.ones(A.out_shape, dtype=np.float32))
    return float(np.sqrt(float(rows.max()) * float(columns.max())))


def _telling(on_progress: OnProgress | None, name: str) -> OnIteration:
    def tell(iteration: Iteration) -> None:
        report(on_progress, iteration.index, iteration.total, name)

    return tell


def _image(solution: Solution) -> FloatArray:
    image: FloatArray = solution.x
    return image
