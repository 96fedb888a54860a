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
from isocenter.operators.projection import RayProjector
from isocenter.solvers import cgls as _cgls
from isocenter.solvers import pdhg as _pdhg
from isocenter.solvers import sirt as _sirt
from isocenter.solvers.solution import Iteration, OnIteration, Solution

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
    A: RayProjector, data: FloatArray, weight_mm: float, *, n_iterations: int, on_iteration: OnIteration | None = None
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


def tv_weight_mm(A: RayProjector, strength_hu: float, mu_water_per_mm: float) -> float:
    """Return the weight of the total variation that smooths steps of about `strength_hu` between samples.

    Near a solution the data fit weighs a sample by its column's squared norm, here its mean over all samples,
    estimated with random signs (Hutchinson, Commun. Stat. Simul. Comput. 19 (1990) 433).
    """
    signs = np.random.default_rng(0).choice(np.array([-1.0, 1.0], dtype=np.float32), size=A.in_shape)
    column_mm2 = float(np.sum(A(signs).astype(float) ** 2)) / signs.size
    return column_mm2 * strength_hu / 1000 * mu_water_per_mm


def norm_bound_mm(A: RayProjector) -> float:
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
