"""Convolutions of coil images in the first cache are those that go through memory, coil by coil."""

import numba
import numpy as np
import pytest

from isocenter.core.arrays import ComplexArray
from isocenter.kernels import fourier, toeplitz
from isocenter.kernels.coil_convolution import LineConvolution, PaddedConvolution, fits

PRECISIONS = [(np.complex64, 2e-6), (np.complex128, 1e-13)]


def random(shape: tuple[int, ...], rng: np.random.Generator, dtype: type = np.complex128) -> ComplexArray:
    return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(dtype)


def difference(found: ComplexArray, expected: ComplexArray) -> float:
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


@pytest.mark.parametrize("shape", [(1, 1, 16, 8), (3, 2, 15, 5), (4, 3, 12, 17), (18, 1, 6, 1)])
@pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)
def test_lines_are_convolved_by_their_spectrum(
    shape: tuple[int, ...], dtype: type, tolerance: float, rng: np.random.Generator
) -> None:
    maps, x = random(shape, rng, dtype), random(shape[1:], rng, dtype)
    spectrum = rng.standard_normal((shape[1], shape[2]))
    plain = np.fft.ifft(spectrum[..., None] * np.fft.fft(maps.astype(complex) * x, axis=2), axis=2)
    found = LineConvolution(maps, spectrum)(x)
    assert found.dtype == dtype
    assert difference(found, np.sum(maps.conj() * plain, axis=0)) <= tolerance


@pytest.mark.parametrize("n", [12, 15])
@pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)
def test_lines_taken_come_back_as_an_image(n: int, dtype: type, tolerance: float, rng: np.random.Generator) -> None:
    maps, kspace = random((3, 2, n, 11), rng, dtype), random((3, 2, n, 11), rng, dtype)
    taken = np.array([0, 3, 4, n - 1])
    place = np.full(n, -1)
    place[taken] = np.arange(4)
    zeroed = np.zeros_like(kspace)
    zeroed[:, :, taken] = kspace[:, :, taken]
    found = LineConvolution(maps, np.ones((1, n))).adjoint_of_lines(kspace[:, :, taken], place)
    assert difference(found, np.sum(maps.conj() * fourier.ifft(zeroed, (2,)), axis=0)) <= tolerance


@pytest.mark.parametrize("shape", [(1, 1, 8, 8), (3, 2, 12, 10), (2, 1, 15, 9), (18, 1, 5, 16)])
@pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)
def test_planes_are_convolved_by_a_kernel_of_twice_their_size(
    shape: tuple[int, ...], dtype: type, tolerance: float, rng: np.random.Generator
) -> None:
    maps, x = random(shape, rng, dtype), random(shape[1:], rng, dtype)
    spectrum = rng.standard_normal((2 * shape[2], 2 * shape[3]))
    images = (maps.astype(complex) * x).reshape(-1, *shape[2:])
    plain = toeplitz.convolve(images, spectrum).reshape(shape)
    convolution = PaddedConvolution(maps, spectrum)
    expected = np.sum(maps.conj() * plain, axis=0)
    assert difference(convolution(x), expected) <= tolerance
    assert difference(convolution(x), expected) <= tolerance  # what a first call left behind does not matter


def test_the_number_of_threads_changes_no_bit(rng: np.random.Generator) -> None:
    maps, x = random((5, 1, 16, 20), rng, np.complex64), random((1, 16, 20), rng, np.complex64)
    lines = LineConvolution(maps, rng.standard_normal((1, 16)))
    planes = PaddedConvolution(maps, rng.standard_normal((32, 40)))
    several = [convolution(x) for convolution in (lines, planes)]
    n_threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        assert all(np.array_equal(f(x), found) for f, found in zip((lines, planes), several, strict=True))
    finally:
        numba.set_num_threads(n_threads)


def test_lengths_and_precisions_without_loops_are_named() -> None:
    assert fits(320, np.complex64)
    assert not fits(7 * 32, np.complex64)
    assert not fits(320, np.float32)
