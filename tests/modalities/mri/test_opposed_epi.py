"""A field from opposed echo-planar scans, which are simulated by sums over a fine grid."""

import numpy as np
import pytest

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import DataError, OptionError, ShapeError
from isocenter.kernels import fourier
from isocenter.modalities.mri import opposed_epi

N, FINE, SPACING_S = 64, 8, 0.6e-3


def scene(n_y: int) -> tuple[FloatArray, FloatArray]:
    """Return a smooth-edged object with details and its field (Hz), on n_y by N samples."""
    y = (np.arange(n_y) + 0.5) / n_y * 2 - 1 - 1 / N
    y, x = np.meshgrid(y, (np.arange(N) - N // 2) / (N / 2), indexing="ij")
    radius = np.hypot(y / 0.75, x / 0.6)
    body = 1 / (1 + np.exp((radius - 1) * 25))
    body = body * (1 + 0.35 * np.cos(11 * y) * np.cos(9 * x) - 0.6 * np.exp(-((y - 0.2) ** 2 + (x + 0.1) ** 2) / 0.02))
    field_hz = 70 * np.exp(-((y + 0.35) ** 2 + (x - 0.1) ** 2) / 0.12) - 40 * np.exp(-((y - 0.4) ** 2 + x**2) / 0.15)
    return body, field_hz


def scanned(is_falling: bool) -> ComplexArray:
    """Return k-space (y, x) by a direct sum over eight points in every pixel."""
    body, field_hz = scene(FINE * N)
    y = ((np.arange(FINE * N) + 0.5) / FINE - 0.5 - N // 2)[None]
    index = np.arange(N) - N // 2
    times_s = index * SPACING_S * (-1 if is_falling else 1)
    wave = np.exp(-2j * np.pi * np.outer(index, y[0]) / N)
    hybrid = np.empty((N, N), dtype=complex)
    for column in range(N):
        turn = np.exp(-2j * np.pi * np.outer(times_s, field_hz[:, column]))
        hybrid[:, column] = (wave * turn) @ body[:, column] / (FINE * N**0.5)
    return fourier.fft(hybrid, (-1,))


RISING, FALLING = scanned(False), scanned(True)
IMAGES = [np.abs(fourier.ifft(kspace, (-2, -1))) for kspace in (RISING, FALLING)]


def truth() -> tuple[FloatArray, FloatArray]:
    body, field_hz = scene(FINE * N)
    return tuple(part.reshape(N, FINE, N).mean(axis=1) for part in (body, field_hz))


def error(found: FloatArray, expected: FloatArray) -> float:
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


def test_the_field_comes_from_two_distorted_images() -> None:
    body, field_hz = truth()
    displacement = opposed_epi.estimate_displacement(*IMAGES)
    inside = body > 0.5
    # 70 Hz displace by 2.7 pixels.
    expected = field_hz * SPACING_S * N
    assert np.abs(expected[inside]).max() > 2.4
    assert np.sqrt(np.mean((displacement - expected)[inside] ** 2)) < 0.12
    assert opposed_epi.field_hz(displacement, SPACING_S)[inside] == pytest.approx(field_hz[inside], abs=15.0)


def test_the_corrected_image_is_the_object() -> None:
    body, _ = truth()
    displacement = opposed_epi.estimate_displacement(*IMAGES)
    found = opposed_epi.unwarped(*IMAGES, displacement)
    assert error(IMAGES[0], body) > 0.12
    assert error(found, body) < 0.05
    exact = opposed_epi.reconstructed_pair(RISING, FALLING, opposed_epi.field_hz(displacement, SPACING_S), SPACING_S)
    assert error(np.abs(exact), body) < 0.05


def test_both_scans_together_explain_what_one_alone_folds() -> None:
    body, field_hz = truth()
    exact = opposed_epi.reconstructed_pair(RISING, FALLING, field_hz, SPACING_S)
    assert error(np.abs(exact), body) < 0.02
    wrong = opposed_epi.reconstructed_pair(RISING, FALLING, -field_hz, SPACING_S)
    assert error(np.abs(wrong), body) > 0.06


def test_without_a_field_nothing_moves() -> None:
    body, _ = truth()
    assert np.abs(opposed_epi.estimate_displacement(body, body)).max() < 1e-3


def test_images_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ShapeError):
        opposed_epi.estimate_displacement(IMAGES[0], IMAGES[1][:10])
    with pytest.raises(DataError, match="empty"):
        opposed_epi.estimate_displacement(0 * IMAGES[0], 0 * IMAGES[1])
    with pytest.raises(OptionError, match="two pixels"):
        opposed_epi.estimate_displacement(*IMAGES, knot_spacing=1.0)
    with pytest.raises(OptionError, match="take time"):
        opposed_epi.field_hz(IMAGES[0], 0.0)
