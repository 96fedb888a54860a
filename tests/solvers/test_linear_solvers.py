"""Linear solvers find what a dense solve finds."""

from collections.abc import Callable

import numpy as np
import pytest

from isocenter.core.errors import DataError, ShapeError
from isocenter.operators.linear import Dense
from isocenter.solvers.cg import cg
from isocenter.solvers.cgls import cgls
from isocenter.solvers.kaczmarz import kaczmarz
from isocenter.solvers.lsqr import lsqr
from isocenter.solvers.sirt import os_sart, sirt
from isocenter.solvers.solution import Iteration, Solution


def system(
    rng: np.random.Generator, *, is_complex: bool, shape: tuple[int, int] = (20, 8)
) -> tuple[np.ndarray, np.ndarray]:
    matrix = rng.standard_normal(shape) + (1j * rng.standard_normal(shape) if is_complex else 0)
    return matrix, rng.standard_normal(shape[0]) + (1j * rng.standard_normal(shape[0]) if is_complex else 0)


@pytest.mark.parametrize("solve", [cgls, lsqr])
@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("damping", [0.0, 0.5])
def test_least_squares_equals_the_dense_solution(
    solve: Callable[..., Solution], is_complex: bool, damping: float, rng: np.random.Generator
) -> None:
    matrix, y = system(rng, is_complex=is_complex)
    expected = np.linalg.solve(matrix.conj().T @ matrix + damping * np.eye(8), matrix.conj().T @ y)
    solution = solve(Dense(matrix), y, damping=damping, n_iterations=60, tolerance=1e-12)
    assert solution.x == pytest.approx(expected, abs=1e-9)
    assert solution.converged


@pytest.mark.parametrize("solve", [cgls, lsqr])
def test_too_few_data_give_the_solution_of_least_norm(solve: Callable[..., Solution], rng: np.random.Generator) -> None:
    matrix, y = system(rng, is_complex=False, shape=(5, 9))
    assert solve(Dense(matrix), y, n_iterations=50, tolerance=1e-12).x == pytest.approx(
        np.linalg.pinv(matrix) @ y, abs=1e-8
    )


def test_cg_solves_a_hermitian_system(rng: np.random.Generator) -> None:
    matrix, _ = system(rng, is_complex=True)
    A = Dense(matrix).N
    b = rng.standard_normal(8) + 1j * rng.standard_normal(8)
    solution = cg(A, b, n_iterations=50, tolerance=1e-12)
    assert solution.x == pytest.approx(np.linalg.solve(matrix.conj().T @ matrix, b), abs=1e-8)
    again = cg(A, b, x0=solution.x, n_iterations=5, tolerance=1e-6)
    assert again.n_iterations == 0


@pytest.mark.parametrize("damping", [0.0, 0.3])
@pytest.mark.parametrize("is_complex", [False, True])
def test_kaczmarz_converges_to_the_tikhonov_solution(
    damping: float, is_complex: bool, rng: np.random.Generator
) -> None:
    matrix, y = system(rng, is_complex=is_complex, shape=(12, 6))
    if damping == 0:
        y = matrix @ np.arange(6)  # without damping only a consistent system has a limit
    expected = np.linalg.solve(matrix.conj().T @ matrix + damping * np.eye(6), matrix.conj().T @ y)
    assert kaczmarz(matrix, y, damping=damping, n_iterations=4000).x == pytest.approx(expected, abs=1e-6)


def test_sirt_finds_the_weighted_solution_and_subsets_hasten_it(rng: np.random.Generator) -> None:
    matrix = rng.uniform(0, 1, (24, 6))
    truth = rng.uniform(0, 1, 6)
    y = matrix @ truth
    slow = sirt(Dense(matrix), y, n_iterations=3000)
    assert slow.x == pytest.approx(truth, abs=1e-3)
    subsets = [Dense(matrix[start::4]) for start in range(4)]
    fast = os_sart(subsets, [y[start::4] for start in range(4)], n_iterations=100)
    assert np.linalg.norm(fast.x - truth) < np.linalg.norm(sirt(Dense(matrix), y, n_iterations=100).x - truth)


@pytest.mark.parametrize("solve", [cgls, lsqr, sirt])
def test_the_caller_watches_and_stops(solve: Callable[..., Solution], rng: np.random.Generator) -> None:
    matrix = rng.uniform(0.1, 1, (20, 8))
    seen: list[Iteration] = []

    def on_iteration(iteration: Iteration) -> bool:
        seen.append(iteration)
        return iteration.index == 2

    solution = solve(Dense(matrix), rng.uniform(0, 1, 20), n_iterations=10, on_iteration=on_iteration)
    assert solution.stopped_by == "caller"
    assert [iteration.index for iteration in seen] == [1, 2]
    assert solution.n_iterations == 2


@pytest.mark.parametrize("solve", [cg, cgls, lsqr, sirt])
def test_data_that_are_no_data_are_refused(solve: Callable[..., Solution]) -> None:
    A = Dense(np.eye(4))
    with pytest.raises(ShapeError):
        solve(A, np.ones(5))
    with pytest.raises(DataError, match="not numbers"):
        solve(A, np.array([1, 2, np.nan, 4]))


@pytest.mark.parametrize("solve", [cg, cgls, lsqr])
def test_no_data_give_no_image(solve: Callable[..., Solution]) -> None:
    solution = solve(Dense(np.eye(4)), np.zeros(4))
    assert solution.x == pytest.approx(np.zeros(4))
    assert solution.converged


def test_single_precision_stays_single(rng: np.random.Generator) -> None:
    matrix = rng.uniform(0.1, 1, (20, 8)).astype(np.float32)
    y = rng.uniform(0, 1, 20).astype(np.float32)
    for solve in (cgls, lsqr, sirt):
        assert solve(Dense(matrix), y, n_iterations=3).x.dtype == np.float32
