"""A solver that cannot go on says so: it neither raises, nor calls a wrong image converged."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from isocenter.core.errors import DataError, OptionError, ShapeError
from isocenter.functionals.gaussian import GaussianLikelihood
from isocenter.functionals.poisson import PoissonLikelihood
from isocenter.functionals.quadratic import Tikhonov
from isocenter.functionals.sparsity import L1
from isocenter.functionals.total_variation import GroupL1
from isocenter.operators.linear import Dense, LinearOperator
from isocenter.solvers.cg import cg
from isocenter.solvers.cgls import cgls
from isocenter.solvers.fista import fista
from isocenter.solvers.gauss_newton import gauss_newton
from isocenter.solvers.kaczmarz import kaczmarz
from isocenter.solvers.levenberg_marquardt import levenberg_marquardt
from isocenter.solvers.lsqr import lsqr
from isocenter.solvers.mlem import mlem
from isocenter.solvers.solution import Iteration, Solution


class Saturation:
    """atan(1e5 x): far from its zero a whole Gauss-Newton step overshoots a billionfold."""

    def __call__(self, x: Any) -> Any:
        return np.arctan(1e5 * x)

    def linearize(self, x: Any) -> LinearOperator:
        return Dense(np.diag(1e5 / (1 + (1e5 * x) ** 2)))


class Lost(LinearOperator):
    """An operator whose data are no numbers."""

    def __init__(self) -> None:
        super().__init__((4,), (4,))

    def _forward(self, x: Any) -> Any:
        return np.full(4, np.nan)

    def _adjoint(self, y: Any) -> Any:
        return y


def test_gauss_newton_keeps_its_image_when_no_part_of_a_step_helps() -> None:
    solution = gauss_newton(Saturation(), np.zeros(1), np.ones(1), n_iterations=6)
    assert solution.stopped_by == "breakdown"
    assert not solution.converged
    assert solution.x == pytest.approx([1.0])
    assert solution.objectives == pytest.approx([np.arctan(1e5) ** 2])


def test_gauss_newton_tells_the_misfit_of_the_image_it_returns() -> None:
    model = Saturation()
    solution = gauss_newton(model, np.zeros(1), np.array([1.5e-5]), n_iterations=20)
    assert solution.converged
    assert solution.x == pytest.approx([0.0], abs=1e-12)
    assert solution.objectives[-1] == pytest.approx(float(model(solution.x)[0] ** 2))
    assert np.all(np.diff(solution.objectives) <= 0)


@pytest.mark.parametrize(("diagonal", "b"), [((1.0, 0.0), (0.0, 1.0)), ((1.0, -1.0), (1.0, 1.0))])
def test_cg_reports_an_operator_that_is_not_positive_definite(
    diagonal: tuple[float, float], b: tuple[float, float]
) -> None:
    solution = cg(Dense(np.diag(diagonal)), np.array(b))
    assert solution.stopped_by == "breakdown"
    assert np.isfinite(solution.x).all()


@pytest.mark.parametrize("solve", [cg, cgls, lsqr])
def test_an_operator_that_gives_no_numbers_never_converges(solve: Callable[..., Solution]) -> None:
    assert not solve(Lost(), np.ones(4), n_iterations=5).converged


def test_fista_reports_a_step_that_is_too_long(rng: np.random.Generator) -> None:
    matrix = rng.uniform(0.1, 1, (12, 4))
    fit = GaussianLikelihood(Dense(matrix), matrix @ np.ones(4))
    with np.errstate(all="ignore"):
        solution = fista(fit, L1(0.1), np.zeros(4), step=10.0, n_iterations=1000)
    assert solution.stopped_by == "breakdown"
    assert np.isfinite(solution.x).all()


@pytest.mark.parametrize("damping", [-1.0, float("nan"), float("inf")])
@pytest.mark.parametrize("solve", [cgls, lsqr])
def test_damping_is_not_negative(solve: Callable[..., Solution], damping: float) -> None:
    with pytest.raises(OptionError, match="damping"):
        solve(Dense(np.eye(3)), np.ones(3), damping=damping)
    with pytest.raises(OptionError, match="damping"):
        kaczmarz(np.eye(3), np.ones(3), damping=damping)


def test_kaczmarz_takes_whole_numbers_and_refuses_a_bad_matrix() -> None:
    assert kaczmarz(np.eye(3, dtype=int), np.array([1, 2, 3])).x == pytest.approx([1, 2, 3])
    with pytest.raises(DataError, match="matrix"):
        kaczmarz(np.diag([1.0, np.nan, 1.0]), np.ones(3))
    with pytest.raises(ShapeError, match="rows"):
        kaczmarz(np.ones(3), np.ones(3))


@pytest.mark.parametrize("solve", [gauss_newton, levenberg_marquardt])
def test_non_linear_solvers_refuse_data_of_another_shape_and_no_numbers(solve: Callable[..., Solution]) -> None:
    A = Dense(np.ones((3, 2)))
    with pytest.raises(ShapeError):
        solve(A, np.ones(1), np.zeros(2))
    with pytest.raises(DataError):
        solve(A, np.array([1, np.nan, 1]), np.zeros(2))


@pytest.mark.parametrize("start", [-1.0, np.nan])
def test_mlem_refuses_a_start_that_counts_cannot_have(start: float) -> None:
    with pytest.raises(DataError):
        mlem(PoissonLikelihood(Dense(np.ones((3, 2))), np.ones(3)), x0=np.full(2, start))


def test_priors_have_no_negative_weight() -> None:
    for prior in (L1, GroupL1, Tikhonov):
        with pytest.raises(OptionError, match="weight"):
            prior(-1.0)


def test_weights_are_inverse_variances_that_fit_the_data() -> None:
    A = Dense(np.ones((3, 2)))
    for weights in (-1.0, np.array([1, np.nan, 1])):
        with pytest.raises(DataError, match="inverse variances"):
            GaussianLikelihood(A, np.ones(3), weights)
    for shape in [(2,), (2, 3)]:
        with pytest.raises(ShapeError, match="weights"):
            GaussianLikelihood(A, np.ones(3), np.ones(shape))
    with pytest.raises(DataError):
        GaussianLikelihood(A, np.array([1, np.inf, 1]))


def test_the_caller_cannot_spoil_an_image_and_may_keep_each() -> None:
    kept: list[np.ndarray] = []

    def keep(iteration: Iteration) -> None:
        kept.append(iteration.x)
        with pytest.raises(ValueError, match="read-only"):
            iteration.x[0] = 99.0

    matrix = np.array([[2.0, 1.0], [1.0, 3.0]])
    solution = kaczmarz(matrix, np.array([3.0, 4.0]), n_iterations=3, on_iteration=keep)
    assert kept[0] != pytest.approx(kept[2])
    assert kept[2] == pytest.approx(solution.x)
    solution.x[0] = 0.0  # what a solver returns belongs to the caller
    cgls(Dense(matrix), np.ones(2), on_iteration=keep)
