"""Fourier, sensitivity and sampling: exact adjoints, the definition of the transform, kept precision."""

from collections.abc import Callable

import numpy as np
import pytest

from isocenter.core.arrays import ComplexArray
from isocenter.core.errors import ShapeError
from isocenter.operators.fourier import FourierOperator
from isocenter.operators.gates_fourier import GATES
from isocenter.operators.linear import LinearOperator
from isocenter.operators.sampled_fourier import SampledFourierOperator
from isocenter.operators.sampling import SamplingOperator
from isocenter.operators.sensitivity import SensitivityOperator

SHAPE = (3, 8, 7)


def random(shape: tuple[int, ...], rng: np.random.Generator) -> ComplexArray:
    return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)


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


@pytest.mark.parametrize("shape", [(3, 8, 7), (1, 15, 16), (2, 14, 5)])
@pytest.mark.parametrize("of_slice", [False, True])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.complex128, 1e-12), (np.complex64, 1e-5)])
def test_coils_and_lines_together_are_one_after_the_other(
    shape: tuple[int, ...], of_slice: bool, dtype: type, tolerance: float, rng: np.random.Generator
) -> None:
    maps = random((4, *shape), rng).astype(dtype)
    S = SensitivityOperator(maps)
    mask = rng.uniform(size=(shape[0] if of_slice else 1, shape[1], 1)) < 0.5
    for axes in ((-2, -1), (-2,)):
        F = SampledFourierOperator(mask, S.out_shape, axes)
        x, y = random(shape, rng).astype(dtype), random(S.out_shape, rng).astype(dtype)
        expected = S.adjoint(F.normal(S(x)))
        assert np.linalg.norm((F @ S).normal(x) - expected) <= tolerance * np.linalg.norm(expected)
        expected = S.adjoint(F.adjoint(y))
        assert np.linalg.norm((F @ S).adjoint(y) - expected) <= tolerance * np.linalg.norm(expected)


def test_other_precisions_and_masks_than_the_loops_take_still_work(rng: np.random.Generator) -> None:
    S = SensitivityOperator(random((4, *SHAPE), rng).astype(np.complex64))
    x = random(SHAPE, rng)
    for mask in (rng.uniform(size=(4, 1, 8, 1)) < 0.5, rng.uniform(size=(1, 8, 7)) < 0.5, np.ones((1, 1, 7), bool)):
        F = SampledFourierOperator(mask, S.out_shape, (-2, -1))
        assert (F @ S).normal(x).dtype == np.complex128
        for image in (x, x.astype(np.complex64)):
            expected = S.adjoint(F.adjoint(F(S(image))))
            assert np.linalg.norm((F @ S).normal(image) - expected) <= 1e-5 * np.linalg.norm(expected)


def test_coils_of_another_set_are_not_taken_for_the_first(rng: np.random.Generator) -> None:
    F = SampledFourierOperator(rng.uniform(size=(1, 8, 1)) < 0.5, (4, *SHAPE), (-2, -1))
    x = random(SHAPE, rng)
    for _ in range(2):
        S = SensitivityOperator(random((4, *SHAPE), rng))
        assert (F @ S).normal(x) == pytest.approx(S.adjoint(F.normal(S(x))))


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
