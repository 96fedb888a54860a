"""Non-linear least squares finds known parameters."""

from typing import Any

import numpy as np
import pytest

from isocenter.operators.linear import Dense, LinearOperator
from isocenter.solvers.gauss_newton import gauss_newton
from isocenter.solvers.levenberg_marquardt import levenberg_marquardt


class Decay:
    """y = a exp(-b t), the parameters being (a, b)."""

    def __init__(self, t: np.ndarray) -> None:
        self._t = t

    def __call__(self, x: Any) -> Any:
        return x[0] * np.exp(-x[1] * self._t)

    def linearize(self, x: Any) -> LinearOperator:
        decay = np.exp(-x[1] * self._t)
        return Dense(np.stack([decay, -x[0] * self._t * decay], axis=1))


class Rosenbrock:
    """The residuals (10 (y - x^2), 1 - x): a curved valley with its floor at (1, 1)."""

    def __call__(self, x: Any) -> Any:
        return np.array([10 * (x[1] - x[0] ** 2), 1 - x[0]])

    def linearize(self, x: Any) -> LinearOperator:
        return Dense(np.array([[-20 * x[0], 10.0], [-1.0, 0.0]]))


def test_both_fit_a_decay() -> None:
    model = Decay(np.linspace(0, 3, 40))
    y = model(np.array([2.0, 1.3]))
    for solve in (gauss_newton, levenberg_marquardt):
        solution = solve(model, y, np.array([1.0, 1.0]), n_iterations=50, tolerance=1e-12)
        assert solution.x == pytest.approx([2.0, 1.3], abs=1e-8)
        assert solution.converged


def test_levenberg_marquardt_follows_the_valley_of_rosenbrock() -> None:
    solution = levenberg_marquardt(Rosenbrock(), np.zeros(2), np.array([-1.2, 1.0]), n_iterations=200, tolerance=1e-14)
    assert solution.x == pytest.approx([1.0, 1.0], abs=1e-6)
    assert np.all(np.diff(solution.objectives) <= 0)


def test_the_caller_stops_both() -> None:
    for solve in (gauss_newton, levenberg_marquardt):
        solution = solve(
            Rosenbrock(), np.zeros(2), np.array([-1.2, 1.0]), n_iterations=50, on_iteration=lambda it: it.index >= 1
        )
        assert solution.stopped_by == "caller"
