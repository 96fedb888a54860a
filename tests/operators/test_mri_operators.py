"""Fourier, sensitivity and sampling: exact adjoints, the definition of the transform, kept precision."""

from collections.abc import Callable

import numpy as np
import pytest

from isocenter.core.errors import ShapeError
from isocenter.operators.fourier import FourierOperator
from isocenter.operators.gates_fourier import GATES
from isocenter.operators.linear import LinearOperator
from isocenter.operators.sampled_fourier import SampledFourierOperator
from isocenter.operators.sampling import SamplingOperator
from isocenter.operators.sensitivity import SensitivityOperator

SHAPE = (3, 8, 7)


def operators(rng: np.random.Generator, dtype: type) -> list[LinearOperator]:
    maps = (rng.standard_normal((4, *SHAPE)) + 1j * rng.standard_normal((4, *SHAPE))).astype(dtype)
    S = SensitivityOperator(maps)
    F = FourierOperator(S.out_shape, (-2, -1))
    M = SamplingOperator(rng.uniform(size=SHAPE) < 0.5, S.out_shape)
    lines = SampledFourierOperator(rng.uniform(size=(1, 8, 1)) < 0.5, S.out_shape, (-2, -1))
    partitions = SampledFourierOperator(rng.uniform(size=(3, 8, 1)) < 0.5, S.out_shape, (-3, -2, -1))
    full = SampledFourierOperator(np.ones((1, 1, 1), dtype=bool), S.out_shape, (-2, -1))
    every = FourierOperator(SHAPE, (-3, -2, -1))
    return [S, F, M, M @ F @ S, every, lines, partitions, full, lines @ S]


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.complex128, 1e-12), (np.complex64, 1e-5)])
def test_adjoints_are_exact_and_precision_is_kept(dtype: type, tolerance: float, rng: np.random.Generator) -> None:
    for operator in operators(rng, dtype):
        assert operator.check(rng, dtype=dtype) <= tolerance
        assert operator(np.ones(operator.in_shape, dtype=dtype)).dtype == dtype


@pytest.mark.parametrize("n", [7, 8])
def test_the_transform_is_the_sum_that_defines_it(n: int, rng: np.random.Generator) -> None:
    x = rng.standard_normal((n, n)) + 1j * rng.standard_normal((n, n))
    index = np.arange(n) - n // 2
    wave = np.exp(-2j * np.pi * np.outer(index, index) / n) / n**0.5
    F = FourierOperator((n, n), (0, 1))
    assert F(x) == pytest.approx(wave @ x @ wave.T)
    assert F.adjoint(F(x)) == pytest.approx(x)
    assert np.linalg.norm(F(x)) == pytest.approx(np.linalg.norm(x))


def test_the_input_is_left_as_it_was(rng: np.random.Generator) -> None:
    x = rng.standard_normal((8, 8)) + 0j
    before = x.copy()
    FourierOperator((8, 8), (0, 1))(x)
    assert np.array_equal(x, before)


def test_a_sampling_mask_is_a_projection(rng: np.random.Generator) -> None:
    M = SamplingOperator(rng.uniform(size=(8, 1)) < 0.5, (8, 5))
    x = rng.standard_normal((8, 5))
    assert np.array_equal(M(M(x)), M(x))


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ShapeError):
        FourierOperator((8, 8), (0, 1))(np.zeros((8, 7)))


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)
def test_gates_pass(gate: Callable[[], None]) -> None:
    assert gate.run().passed  # type: ignore[attr-defined] # a Gate
