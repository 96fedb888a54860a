"""Gradients are derivatives, proximal maps are minimisers."""

from typing import Any

import numpy as np
import pytest

from isocenter.core.errors import DataError, OptionError, ShapeError
from isocenter.functionals.constraints import Box, NonNegativity
from isocenter.functionals.functional import conjugate_prox
from isocenter.functionals.gaussian import GaussianLikelihood
from isocenter.functionals.poisson import PoissonLikelihood
from isocenter.functionals.quadratic import Tikhonov
from isocenter.functionals.sparsity import L1, Shifts, WaveletL1
from isocenter.functionals.total_variation import GroupL1, TotalVariation
from isocenter.operators.linear import Dense
from isocenter.operators.wavelet import WaveletOperator

SHAPE = (8, 8)


def positive_matrix(rng: np.random.Generator) -> Dense:
    return Dense(rng.uniform(0.1, 1.0, (12, 6)))


def smooth_functionals(rng: np.random.Generator) -> dict[str, tuple[Any, np.ndarray]]:
    A = positive_matrix(rng)
    return {
        "gaussian": (GaussianLikelihood(A, rng.standard_normal(12), rng.uniform(0.5, 2, 12)), rng.standard_normal(6)),
        "poisson": (PoissonLikelihood(A, rng.poisson(5.0, 12).astype(float), 0.3), rng.uniform(0.5, 2, 6)),
        "tikhonov": (Tikhonov(0.7, 0.2), rng.standard_normal(6)),
    }


@pytest.mark.parametrize("name", ["gaussian", "poisson", "tikhonov"])
def test_a_gradient_is_the_derivative(name: str, rng: np.random.Generator) -> None:
    functional, x = smooth_functionals(rng)[name]
    direction, step = rng.standard_normal(x.shape), 1e-5
    slope = (functional.value(x + step * direction) - functional.value(x - step * direction)) / (2 * step)
    assert float(functional.gradient(x) @ direction) == pytest.approx(slope, rel=1e-6)


def test_a_hessian_is_the_derivative_of_the_gradient(rng: np.random.Generator) -> None:
    gaussian, x = smooth_functionals(rng)["gaussian"]
    v, step = rng.standard_normal(6), 1e-5
    assert gaussian.hessian(v) == pytest.approx(
        (gaussian.gradient(x + step * v) - gaussian.gradient(x)) / step, rel=1e-4
    )
    poisson, x = smooth_functionals(rng)["poisson"]
    slope = (poisson.gradient(x + step * v) - poisson.gradient(x - step * v)) / (2 * step)
    assert poisson.hessian(x, v) == pytest.approx(slope, rel=1e-5)


def proximal_functionals() -> dict[str, Any]:
    return {
        "tikhonov": Tikhonov(0.7, 0.2),
        "box": Box(-0.5, 0.8),
        "non-negativity": NonNegativity(),
        "l1": L1(0.6),
        "group l1": GroupL1(0.6),
        "wavelet l1": WaveletL1(0.4, WaveletOperator(SHAPE, wavelet="db2", n_levels=2)),
        "total variation": TotalVariation(0.3, SHAPE, n_inner=2000),
    }


@pytest.mark.parametrize("name", proximal_functionals())
def test_a_proximal_map_is_the_minimiser(name: str, rng: np.random.Generator) -> None:
    functional, x, step = proximal_functionals()[name], rng.standard_normal(SHAPE), 0.8

    def objective(u: np.ndarray) -> float:
        return functional.value(u) + float(((u - x) ** 2).sum()) / (2 * step)

    found = functional.prox(x, step)
    best = objective(found)
    assert np.isfinite(best)
    for size in (1e-1, 1e-2, 1e-3):
        for _ in range(20):
            other = found + size * rng.standard_normal(SHAPE)
            assert objective(other) >= best - 1e-7
        towards = found + size * (x - found)
        assert objective(towards) >= best - 1e-7


@pytest.mark.parametrize("name", ["gaussian", "poisson"])
def test_the_conjugate_proximal_map_of_a_data_fit_obeys_moreau(name: str, rng: np.random.Generator) -> None:
    functional, _ = smooth_functionals(rng)[name]
    p, step = rng.standard_normal(12), 0.4
    q = functional.data_prox_conjugate(p, step)
    # Moreau: (p - q) / step minimises the data term plus step / 2 |z - p / step|^2; its derivative is zero there.
    z = (p - q) / step
    if name == "gaussian":
        derivative = functional.weights * (z - functional.y)
    else:
        derivative = 1 - functional.y / (z + functional.background)
    assert derivative == pytest.approx(q, abs=1e-9)
    assert step * (z - p / step) + derivative == pytest.approx(0, abs=1e-9)


def test_moreau_identity_for_a_known_conjugate(rng: np.random.Generator) -> None:
    x = 3 * rng.standard_normal(20)
    assert conjugate_prox(L1(0.7), x, 0.5) == pytest.approx(np.clip(x, -0.7, 0.7))


def test_complex_values_keep_their_phase_when_shrunk() -> None:
    x = np.array([3 + 4j, 0.1j, 0])
    assert L1(1.0).prox(x, 1.0) == pytest.approx([4 / 5 * (3 + 4j), 0, 0])


def test_a_shifted_threshold_is_that_of_the_rolled_image(rng: np.random.Generator) -> None:
    W = WaveletOperator(SHAPE, wavelet="db2", n_levels=2)
    x, plain = rng.standard_normal(SHAPE), WaveletL1(0.4, W)
    shifted = WaveletL1(0.4, W, shifts=Shifts(np.random.default_rng(3), 4, (0, 1)))
    places = Shifts(np.random.default_rng(3), 4, (0, 1))
    for _ in range(3):
        by = places.drawn()
        back = tuple(-shift for shift in by)
        expected = np.roll(plain.prox(np.roll(x, by, axis=(0, 1)), 0.5), back, axis=(0, 1))
        found = shifted.prox(x, 0.5)
        assert found == pytest.approx(expected, abs=1e-12)
        assert shifted.value(found) == pytest.approx(plain.value(np.roll(found, by, axis=(0, 1))), rel=1e-10)


def test_total_variation_of_a_step_is_its_height_times_its_edge() -> None:
    image = np.zeros(SHAPE)
    image[:, 4:] = 2.5
    assert TotalVariation(2.0, SHAPE).value(image) == pytest.approx(2 * 2.5 * 8)


def test_impossible_input_is_refused(rng: np.random.Generator) -> None:
    A = positive_matrix(rng)
    with pytest.raises(DataError, match="negative"):
        PoissonLikelihood(A, -np.ones(12))
    with pytest.raises(DataError):
        PoissonLikelihood(A, np.full(12, np.nan))
    with pytest.raises(ShapeError):
        GaussianLikelihood(A, np.ones(5))
    with pytest.raises(OptionError):
        Box(1.0, 0.0)
    assert PoissonLikelihood(A, np.ones(12)).value(np.zeros(6)) == float("inf")
