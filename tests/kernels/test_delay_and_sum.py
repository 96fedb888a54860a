"""Delay and sum: every pixel adds what channels heard at its times of flight."""

import numpy as np
import pytest

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.kernels.delays.align import aligned, capon
from isocenter.kernels.delays.delay_and_sum import (
    Aperture,
    DelayAndSum,
    Timing,
    _by_eights,
    _pixel_element,
    _receive,
    _sum,
    padded,
    tiled,
)
from isocenter.kernels.delays.geometry import BOXCAR, HANN, TUKEY, turn

TIMING = Timing(samples_per_mm=12.0, cycles_per_sample=0.23)
TRANSMITS = np.array(
    [
        [0, 0, 0, 0.1, 0, np.sqrt(0.99), 0, 3.0, 0, 1e9],  # a plane wave
        [1, 0, -6, 0, 0, 1, 2, -70.0, 0, 1e9],  # a diverging one
        [2, 0, 15, 0, 0, 1, 1, 180.0, 0.3, 1.0],  # a focused one
    ]
)


def _elements(n: int, *, are_lines: bool = False) -> FloatArray:
    elements = np.zeros((n, 9))
    elements[:, 0] = (np.arange(n) - (n - 1) / 2) * 0.4
    elements[:, 3], elements[:, 5] = np.sin(elements[:, 0] / 20), np.cos(elements[:, 0] / 20)
    elements[:, 7] = 3.0 if are_lines else 0.0
    return elements


def _scene(rng: np.random.Generator, n: int) -> tuple[ComplexArray, FloatArray]:
    samples = rng.standard_normal((3, n, 500)) + 1j * rng.standard_normal((3, n, 500))
    pixels = np.column_stack([rng.uniform(-4, 4, 300), rng.uniform(-1, 1, 300), rng.uniform(3, 20, 300)])
    return samples.astype(np.complex64), pixels


def _expected(samples: ComplexArray, pixel: FloatArray, elements: FloatArray, f_number: float, window: int) -> complex:
    """Return one pixel in double precision, by interpolation of NumPy."""
    total = 0j
    for transmit, traces in zip(TRANSMITS, samples, strict=True):
        v, a, kind, offset, opening, width = (
            transmit[:3],
            transmit[3:6],
            transmit[6],
            transmit[7],
            transmit[8],
            transmit[9],
        )
        along = (pixel - v) @ a
        beside = np.sqrt(max(0.0, (pixel - v) @ (pixel - v) - along**2))
        if beside > max(width, opening * abs(along)):
            continue
        way = along if kind == 0 else np.linalg.norm(pixel - v) * (np.sign(along) if kind == 1 else 1)
        for element, trace in zip(elements, traces, strict=True):
            nearest = element[:3].copy()
            if element[7]:
                nearest[1] = np.clip(pixel[1], -element[7], element[7])
            distance = np.linalg.norm(pixel - nearest)
            deep = (pixel - nearest) @ element[3:6]
            u = 2 * f_number * np.sqrt(max(0.0, distance**2 - deep**2)) / deep
            if deep <= 0 or u > 1:
                continue
            weight = {
                BOXCAR: 1.0,
                HANN: 0.5 + 0.5 * np.cos(np.pi * u),
                TUKEY: 0.5 + 0.5 * np.cos(np.pi * max(0.0, 2 * u - 1)),
            }[window]
            time = offset + 12.0 * (way + distance)
            index = np.arange(trace.size)
            read = np.interp(time, index, trace.real, 0, 0) + 1j * np.interp(time, index, trace.imag, 0, 0)
            total += weight * read * np.exp(2j * np.pi * 0.23 * time)
    return total


@pytest.mark.parametrize("n_elements", [16, 13])
@pytest.mark.parametrize("window", [BOXCAR, HANN, TUKEY])
@pytest.mark.parametrize("are_lines", [False, True])
def test_pixels_add_what_was_heard(n_elements: int, window: int, are_lines: bool, rng: np.random.Generator) -> None:
    samples, pixels = _scene(rng, n_elements)
    elements = _elements(n_elements, are_lines=are_lines)
    summed, _ = DelayAndSum(pixels, elements, TRANSMITS, TIMING, Aperture(0.8, window))(padded(samples))
    expected = np.array([_expected(samples, pixel, elements, 0.8, window) for pixel in pixels])
    # A boxcar's edge may hang on the last bit for an element or two of the 300 pixels.
    differs = np.abs(summed - expected) > 2e-3 * np.abs(expected).max()
    assert differs.sum() <= (2 if window == BOXCAR else 0)


def test_the_scalar_body_of_a_gpu_gives_the_same(rng: np.random.Generator) -> None:
    samples, pixels = _scene(rng, 24)
    elements = _elements(24)
    summed, n_reached = DelayAndSum(pixels, elements, TRANSMITS, TIMING, Aperture(1.2, TUKEY))(padded(samples))
    image = np.zeros((len(pixels), 3), dtype=np.float32)
    for index in range(len(pixels)):
        _pixel_element(index, image, padded(samples), pixels, _by_eights(elements), TRANSMITS, 12.0, 0.23, 1.2, TUKEY)
    assert summed == pytest.approx(image[:, 0] + 1j * image[:, 1], abs=2e-4 * float(np.abs(summed).max()))
    assert n_reached == pytest.approx(image[:, 2])


def test_channels_add_up_to_the_sum(rng: np.random.Generator) -> None:
    samples, pixels = _scene(rng, 20)
    elements = _elements(20)
    summed, _ = DelayAndSum(pixels, elements, TRANSMITS, TIMING, Aperture(0.9, HANN))(padded(samples))
    answers, weights = aligned(padded(samples), pixels, elements, TRANSMITS, TIMING, Aperture(0.9, HANN))
    assert (answers * weights).sum(axis=1) == pytest.approx(summed, abs=2e-4 * float(np.abs(summed).max()))


def test_least_variance_passes_what_all_channels_say_and_suppresses_the_rest(rng: np.random.Generator) -> None:
    channels = np.arange(24)
    signal = np.ones((1, 24), dtype=np.complex64)
    other = np.exp(2j * np.pi * 0.21 * channels)[np.newaxis].astype(np.complex64)
    weights = np.ones((1, 24), dtype=np.float32)
    noise = 1e-3 * (rng.standard_normal((1, 24)) + 1j * rng.standard_normal((1, 24)))
    assert capon(signal, weights, loading=0.01)[0] == pytest.approx(24.0, rel=1e-3)
    both = capon((signal + 3 * other + noise).astype(np.complex64), weights, loading=1e-4)[0]
    assert abs(both - 24.0) < 0.5


def test_frames_after_the_first_give_the_same_bits(rng: np.random.Generator) -> None:
    samples, pixels = _scene(rng, 16)
    summed = DelayAndSum(pixels, _elements(16), TRANSMITS, TIMING, Aperture(0.8, HANN))
    first, second = summed(padded(samples))[0], summed(padded(samples))[0]
    assert (first == second).all()


def test_a_turn_is_right_everywhere() -> None:
    cycles = np.linspace(-500, 1500, 20001).astype(np.float32)
    exact = np.exp(2j * np.pi * cycles.astype(np.float64))
    got = np.array([complex(*turn(each)) for each in cycles])
    assert np.abs(got - exact).max() < 6e-4  # half the last bit of 1500 cycles
    near = np.abs(cycles) < 20
    assert np.abs(got - exact)[near].max() < 4e-4


def test_tiles_hold_every_pixel_once() -> None:
    for shape, tile in (((10, 33), (8, 16)), ((3, 9, 20), (1, 4, 8))):
        order = tiled(shape, tile)
        assert sorted(order) == list(range(int(np.prod(shape))))
    rows, columns = np.unravel_index(tiled((16, 32), (8, 16))[:128], (16, 32))
    assert (rows.max(), columns.max()) == (7, 15)


def test_one_compiled_form_serves_every_scan(rng: np.random.Generator) -> None:
    """What has been warmed up is what is called later: no scan waits for another compilation."""
    for n in (16, 21):
        for are_lines in (False, True):
            samples, pixels = _scene(rng, n)
            elements = _elements(n, are_lines=are_lines)
            for made in (padded(samples), padded(samples.astype(np.complex128)), padded(samples[:, :, ::2])):
                DelayAndSum(pixels, elements, TRANSMITS, TIMING, Aperture(0.8, BOXCAR))(made)
    assert len(_sum.signatures) == 1
    assert len(_receive.signatures) == 1
