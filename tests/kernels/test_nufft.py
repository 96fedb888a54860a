"""The non-uniform transform is the sum that defines it, in two and three dimensions, in both precisions."""

import numpy as np
import pytest

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import DataError, OptionError, ShapeError
from isocenter.kernels.nufft import Nufft

SHAPES = [(12, 15), (8, 9, 6)]


def points(n: int, n_axes: int, rng: np.random.Generator) -> FloatArray:
    return rng.uniform(-np.pi, np.pi, (n, n_axes))


def waves(phases_rad: FloatArray, shape: tuple[int, ...]) -> ComplexArray:
    positions = np.stack(np.meshgrid(*(np.arange(n) - n // 2 for n in shape), indexing="ij"), axis=-1)
    return np.exp(-1j * np.tensordot(phases_rad, positions, axes=(1, -1)))


def random(shape: tuple[int, ...], rng: np.random.Generator) -> ComplexArray:
    return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)


@pytest.mark.parametrize("n_images", [1, 3])
@pytest.mark.parametrize("shape", SHAPES)
def test_both_directions_are_the_sums_that_define_them(
    shape: tuple[int, ...], n_images: int, rng: np.random.Generator
) -> None:
    phases = points(200, len(shape), rng)
    wave = waves(phases, shape)
    transform = Nufft(phases, shape, n_images=n_images, is_double=True, tolerance=1e-7)
    x, y = random((n_images, *shape), rng), random((n_images, 200), rng)

    expected = np.tensordot(x, wave, axes=(range(1, x.ndim), range(1, x.ndim)))
    assert np.linalg.norm(transform.forward(x) - expected) <= 1e-6 * np.linalg.norm(expected)
    expected = np.tensordot(y, wave.conj(), axes=1)
    assert np.linalg.norm(transform.adjoint(y) - expected) <= 1e-6 * np.linalg.norm(expected)


def test_a_smaller_tolerance_gives_a_smaller_error(rng: np.random.Generator) -> None:
    phases, shape = points(100, 2, rng), (16, 16)
    x = random((1, *shape), rng)
    expected = np.tensordot(x, waves(phases, shape), axes=((1, 2), (1, 2)))
    errors = [
        np.linalg.norm(Nufft(phases, shape, is_double=True, tolerance=t).forward(x) - expected) for t in (1e-3, 1e-11)
    ]
    assert errors[1] < 1e-6 * errors[0]


@pytest.mark.parametrize(("is_double", "tolerance"), [(True, 1e-13), (False, 1e-5)])
def test_forward_and_adjoint_are_adjoint_at_any_tolerance(
    is_double: bool, tolerance: float, rng: np.random.Generator
) -> None:
    transform = Nufft(points(150, 2, rng), (16, 12), n_images=2, is_double=is_double, tolerance=1e-3)
    kind = np.complex128 if is_double else np.complex64
    x, y = random((2, 16, 12), rng).astype(kind), random((2, 150), rng).astype(kind)
    Ax, AHy = transform.forward(x), transform.adjoint(y)
    assert Ax.dtype == AHy.dtype == kind
    assert abs(np.vdot(y, Ax) - np.vdot(AHy, x)) <= tolerance * np.linalg.norm(Ax) * np.linalg.norm(y)


@pytest.mark.parametrize("tolerance", [1e-3, 1e-4, 1e-6, 1e-8, 1e-10])
@pytest.mark.parametrize("is_double", [True, False])
def test_the_tolerance_is_kept_in_either_precision(is_double: bool, tolerance: float, rng: np.random.Generator) -> None:
    phases, shape = points(3000, 2, rng), (96, 64)
    x = random((2, *shape), rng).astype(np.complex128 if is_double else np.complex64)
    exact = np.tensordot(x.astype(complex), waves(phases, shape), axes=((1, 2), (1, 2)))
    found = Nufft(phases, shape, n_images=2, is_double=is_double, tolerance=tolerance).forward(x)
    allowed = 2 * tolerance if is_double else max(2 * tolerance, 1e-7)
    assert np.linalg.norm(found - exact) <= allowed * np.linalg.norm(exact)


@pytest.mark.parametrize("n_images", [1, 4])
def test_the_same_data_give_the_same_bits(n_images: int, rng: np.random.Generator) -> None:
    transform = Nufft(0.1 * points(20_000, 2, rng), (64, 64), n_images=n_images)
    y = random((n_images, 20_000), rng).astype(np.complex64)
    first = transform.adjoint(y)
    assert all(np.array_equal(first, transform.adjoint(y)) for _ in range(5))


def test_a_whole_turn_changes_nothing(rng: np.random.Generator) -> None:
    phases, x = points(50, 2, rng), random((1, 10, 10), rng)
    turned = phases + 2 * np.pi * rng.integers(-3, 4, phases.shape)
    results = [Nufft(p, (10, 10), is_double=True, tolerance=1e-9).forward(x) for p in (phases, turned)]
    assert results[0] == pytest.approx(results[1], abs=1e-9)


def test_wrong_points_sizes_and_tolerances_are_refused(rng: np.random.Generator) -> None:
    with pytest.raises(ShapeError, match="points do not fit"):
        Nufft(points(5, 3, rng), (8, 8))
    with pytest.raises(DataError, match="not numbers"):
        Nufft(np.array([[0.0, np.nan]]), (8, 8))
    with pytest.raises(OptionError, match="tolerance"):
        Nufft(points(5, 2, rng), (8, 8), tolerance=0.0)
    with pytest.raises(ShapeError, match="forward transform"):
        Nufft(points(5, 2, rng), (8, 8)).forward(np.zeros((2, 8, 8), dtype=complex))
