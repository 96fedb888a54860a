"""Solvers of likelihoods and priors keep what theory says they keep."""

import numpy as np
import pytest

from isocenter.functionals.constraints import NonNegativity
from isocenter.functionals.gaussian import GaussianLikelihood
from isocenter.functionals.poisson import PoissonLikelihood
from isocenter.functionals.sparsity import L1
from isocenter.functionals.total_variation import TotalVariation
from isocenter.operators.linear import Dense, Identity
from isocenter.solvers.admm import admm
from isocenter.solvers.fista import fista
from isocenter.solvers.mlem import mlem, osem
from isocenter.solvers.pdhg import pdhg


def test_mlem_keeps_the_counts_and_never_grows_less_likely(rng: np.random.Generator) -> None:
    A = Dense(rng.uniform(0, 1, (30, 10)))
    y = rng.poisson(A(rng.uniform(1, 5, 10))).astype(float)
    totals: list[float] = []
    solution = mlem(PoissonLikelihood(A, y), n_iterations=40, on_iteration=lambda it: totals.append(A(it.x).sum()))
    assert totals == pytest.approx([y.sum()] * 40, rel=1e-12)
    assert np.all(np.diff(solution.objectives) <= 1e-9)
    assert np.all(solution.x >= 0)


def test_mlem_finds_consistent_data_and_osem_with_one_subset_is_mlem(rng: np.random.Generator) -> None:
    matrix, truth = rng.uniform(0, 1, (30, 5)), rng.uniform(1, 5, 5)
    likelihood = PoissonLikelihood(Dense(matrix), matrix @ truth + 0.5, 0.5)
    assert mlem(likelihood, n_iterations=4000).x == pytest.approx(truth, rel=1e-3)
    assert osem([likelihood], n_iterations=7).x == pytest.approx(mlem(likelihood, n_iterations=7).x, rel=1e-14)
    subsets = [PoissonLikelihood(Dense(matrix[k::3]), (matrix @ truth + 0.5)[k::3], 0.5) for k in range(3)]
    assert osem(subsets, n_iterations=2000).x == pytest.approx(truth, rel=1e-3)


def test_fista_of_an_orthonormal_system_is_the_soft_threshold(rng: np.random.Generator) -> None:
    Q, _ = np.linalg.qr(rng.standard_normal((12, 12)))
    y = 3 * rng.standard_normal(12)
    expected = np.sign(Q.T @ y) * np.maximum(np.abs(Q.T @ y) - 0.8, 0)
    solution = fista(GaussianLikelihood(Dense(Q), y), L1(0.8), np.zeros(12), step=1.0, n_iterations=200)
    assert solution.x == pytest.approx(expected, abs=1e-10)


def test_pdhg_denoises_a_step_as_the_closed_form_says() -> None:
    """A step of two plateaus of n samples each keeps its edge; both plateaus move by weight / n.

    Source: Strong and Chan, Inverse Problems 19 (2003) S165-S187, sec. 3.
    """
    n, weight = 10, 2.0
    y = np.repeat([0.0, 5.0], n)
    tv = TotalVariation(weight, (2 * n,))
    solution = pdhg(
        GaussianLikelihood(Identity((2 * n,)), y),
        [(tv.group, tv.gradient_operator)],
        np.zeros(2 * n),
        norms=[1.0, tv.gradient_operator.norm_bound],
        n_iterations=4000,
    )
    expected = np.repeat([weight / n, 5 - weight / n], n)
    assert solution.x == pytest.approx(expected, abs=1e-6)
    assert TotalVariation(weight, (2 * n,), n_inner=4000).prox(y, 1.0) == pytest.approx(expected, abs=1e-6)


def test_three_solvers_agree_on_one_problem(rng: np.random.Generator) -> None:
    matrix, y = rng.standard_normal((20, 12)), rng.standard_normal(20)
    A, likelihood = Dense(matrix), GaussianLikelihood(Dense(matrix), y)
    bound = float(np.linalg.norm(matrix, 2))
    by_fista = fista(likelihood, L1(1.5), np.zeros(12), step=1 / bound**2, n_iterations=3000)
    by_pdhg = pdhg(likelihood, [(L1(1.5), Identity((12,)))], np.zeros(12), norms=[bound, 1.0], n_iterations=6000)
    by_admm = admm(likelihood, L1(1.5), Identity((12,)), rho=2.0, n_iterations=2000)
    best = by_fista.objectives[-1]
    assert by_pdhg.objectives[-1] == pytest.approx(best, rel=1e-6)
    assert by_admm.objectives[-1] == pytest.approx(best, rel=1e-6)
    # Optimality of the lasso: |A^T (y - A x)| <= weight, with equality where x is not zero.
    slope = A.adjoint(y - A(by_fista.x))
    assert np.abs(slope).max() <= 1.5 + 1e-6
    assert np.abs(slope[np.abs(by_fista.x) > 1e-6]) == pytest.approx(1.5, abs=1e-5)


def test_a_constraint_is_kept(rng: np.random.Generator) -> None:
    matrix, y = rng.standard_normal((20, 6)), rng.standard_normal(20)
    likelihood, bound = GaussianLikelihood(Dense(matrix), y), float(np.linalg.norm(matrix, 2))
    solution = pdhg(likelihood, [], np.zeros(6), norms=[bound], constraint=NonNegativity(), n_iterations=5000)
    assert solution.x.min() >= 0
    gradient = likelihood.gradient(solution.x)
    assert gradient[solution.x > 1e-8] == pytest.approx(0, abs=1e-5)
    assert gradient[solution.x <= 1e-8].min() >= -1e-5
