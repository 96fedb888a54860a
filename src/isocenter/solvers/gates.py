"""Acceptance gates of the solvers: what theory says they keep or find."""

from __future__ import annotations

import numpy as np

from isocenter.core.gates import Gate
from isocenter.functionals.gaussian import GaussianLikelihood
from isocenter.functionals.poisson import PoissonLikelihood
from isocenter.functionals.total_variation import TotalVariation
from isocenter.operators.linear import Dense, Identity
from isocenter.solvers.cgls import cgls
from isocenter.solvers.kaczmarz import kaczmarz
from isocenter.solvers.mlem import mlem
from isocenter.solvers.pdhg import pdhg


def _cgls_error() -> float:
    rng = np.random.default_rng(1)
    matrix, y = rng.standard_normal((60, 25)), rng.standard_normal(60)
    found = cgls(Dense(matrix), y, n_iterations=100, tolerance=1e-13).x
    return float(np.abs(found - np.linalg.lstsq(matrix, y, rcond=None)[0]).max())


def _mlem_count_error() -> float:
    rng = np.random.default_rng(2)
    A = Dense(rng.uniform(0, 1, (60, 20)))
    y = rng.poisson(A(rng.uniform(1, 5, 20))).astype(float)
    errors: list[float] = []
    mlem(
        PoissonLikelihood(A, y),
        n_iterations=20,
        on_iteration=lambda it: errors.append(abs(A(it.x).sum() / y.sum() - 1)),
    )
    return max(errors)


def _mlem_rise() -> float:
    rng = np.random.default_rng(3)
    A = Dense(rng.uniform(0, 1, (60, 20)))
    y = rng.poisson(A(rng.uniform(1, 5, 20))).astype(float)
    return float(np.diff(mlem(PoissonLikelihood(A, y), n_iterations=50).objectives).max())


def _kaczmarz_error() -> float:
    rng = np.random.default_rng(4)
    matrix, y = rng.standard_normal((20, 8)), rng.standard_normal(20)
    expected = np.linalg.solve(matrix.T @ matrix + 0.5 * np.eye(8), matrix.T @ y)
    return float(np.abs(kaczmarz(matrix, y, damping=0.5, n_iterations=2000).x - expected).max())


def _step_error() -> float:
    n, weight = 10, 2.0
    tv = TotalVariation(weight, (2 * n,))
    fit = GaussianLikelihood(Identity((2 * n,)), np.repeat([0.0, 5.0], n))
    terms = [(tv.group, tv.gradient_operator)]
    found = pdhg(fit, terms, np.zeros(2 * n), norms=[1.0, tv.gradient_operator.norm_bound], n_iterations=4000).x
    return float(np.abs(found - np.repeat([weight / n, 5 - weight / n], n)).max())


GATES: tuple[Gate, ...] = (
    Gate("cgls-dense", "CGLS against a dense least-squares solution", 0, 1e-9, "1", "LAPACK gelsd", _cgls_error),
    Gate(
        "mlem-counts",
        "MLEM keeps the counts, |sum(Ax)/sum(y) - 1|",
        0,
        1e-12,
        "1",
        "Shepp and Vardi 1982",
        _mlem_count_error,
    ),
    Gate(
        "mlem-monotone",
        "MLEM's largest rise of -log likelihood",
        0,
        1e-9,
        "1",
        "Shepp and Vardi 1982",
        _mlem_rise,
        "at_most",
    ),
    Gate(
        "kaczmarz-tikhonov", "Kaczmarz against the Tikhonov solution", 0, 1e-6, "1", "normal equations", _kaczmarz_error
    ),
    Gate(
        "tv-step",
        "TV of a step moves plateaus by weight / n",
        0,
        1e-6,
        "1",
        "Strong and Chan 2003, sec. 3",
        _step_error,
    ),
)
