"""Eight columns transformed in place are the transforms of each, in the order that the plan tells."""

import numpy as np
import pytest

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.kernels.lane_fft import backward, can_transform, forward, plan

LENGTHS = (1, 2, 3, 4, 5, 6, 8, 12, 30, 64, 75, 128, 320)


def columns(n: int, rng: np.random.Generator) -> ComplexArray:
    return rng.standard_normal((n, 8)) + 1j * rng.standard_normal((n, 8))


def packed(z: ComplexArray, dtype: str) -> FloatArray:
    return np.stack([z.real, z.imag], axis=1).astype(dtype).reshape(-1)


def unpacked(x: FloatArray) -> ComplexArray:
    parts = x.reshape(-1, 2, 8).astype(float)
    return parts[:, 0] + 1j * parts[:, 1]


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-6), ("float64", 1e-14)])
def test_both_directions_are_the_sums_that_define_them(
    n: int, dtype: str, tolerance: float, rng: np.random.Generator
) -> None:
    z, found = columns(n, rng), plan(n, dtype)
    index = np.arange(n)
    wave = np.exp(-2j * np.pi * (np.outer(index, index) % n) / n)
    x = packed(z, dtype)
    forward(x, 0, n, found.radices, found.turns)
    assert np.linalg.norm(unpacked(x) - (wave @ z)[found.order]) <= tolerance * np.linalg.norm(wave @ z)
    x = packed(z[found.order], dtype)
    backward(x, 0, n, found.radices, found.turns)
    assert np.linalg.norm(unpacked(x) - wave.conj() @ z) <= tolerance * np.linalg.norm(wave @ z)


def test_columns_further_on_are_left_alone(rng: np.random.Generator) -> None:
    found = plan(12, "float64")
    x = packed(columns(36, rng), "float64")
    before = x.copy()
    forward(x, 12 * 16, 12, found.radices, found.turns)
    assert np.array_equal(np.delete(x, np.s_[12 * 16 : 24 * 16]), np.delete(before, np.s_[12 * 16 : 24 * 16]))
    assert not np.array_equal(x, before)


def test_other_prime_factors_are_named() -> None:
    assert [n for n in range(13) if not can_transform(n)] == [0, 7, 11]
