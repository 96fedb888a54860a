"""Acceptance gates of geometry: opposed echo-planar scans, gradients that are not linear, folded objects."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.gates import Gate
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.kernels import fourier
from isocenter.modalities.mri import gradient_nonlinearity, opposed_epi
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.coils import CoilArray
from isocenter.modalities.mri.reconstruction import reconstruct
from isocenter.modalities.mri.simulation import simulate
from isocenter.physics.bodies import BODIES

_N, _FINE, _SPACING_S = 48, 6, 0.8e-3


def _scene(n_y: int) -> tuple[FloatArray, FloatArray]:
    """Return a smooth-edged object with details and its field (Hz), on n_y by 48 samples."""
    y = (np.arange(n_y) + 0.5) / n_y * 2 - 1 - 1 / _N
    y, x = np.meshgrid(y, (np.arange(_N) - _N // 2) / (_N / 2), indexing="ij")
    body = 1 / (1 + np.exp((np.hypot(y / 0.75, x / 0.6) - 1) * 20))
    body = body * (1 + 0.35 * np.cos(9 * y) * np.cos(8 * x))
    field = 70 * np.exp(-((y + 0.35) ** 2 + (x - 0.1) ** 2) / 0.12) - 40 * np.exp(-((y - 0.4) ** 2 + x**2) / 0.15)
    return body, field


def _scanned(sign: int) -> ComplexArray:
    """Return k-space (y, x) by a direct sum over several points in every pixel."""
    body, field = _scene(_FINE * _N)
    y = (np.arange(_FINE * _N) + 0.5) / _FINE - 0.5 - _N // 2
    index = np.arange(_N) - _N // 2
    wave = np.exp(-2j * np.pi * np.outer(index, y) / _N)
    turn = np.exp(-2j * np.pi * sign * _SPACING_S * index[:, None, None] * field)
    hybrid: ComplexArray = np.einsum("ky,kyx,yx->kx", wave, turn, body, optimize=True) / (_FINE * _N**0.5)
    kspace: ComplexArray = fourier.fft(hybrid, (-1,))
    return kspace


@cache
def _estimated() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return body, true and estimated displacement in pixels."""
    images = [np.abs(fourier.ifft(_scanned(sign), (-2, -1))) for sign in (1, -1)]
    body, field = (part.reshape(_N, _FINE, _N).mean(axis=1) for part in _scene(_FINE * _N))
    return body, field * _SPACING_S * _N, opposed_epi.estimate_displacement(*images)


def displacement_error_px() -> float:
    """Return the root mean square error, within the object, of the displacement from an opposed pair."""
    body, true, found = _estimated()
    return float(np.sqrt(np.mean((found - true)[body > 0.5] ** 2)))


def unwarped_error() -> float:
    """Return the relative error of the image that both scans and their estimated field give."""
    body, _, displacement = _estimated()
    field = opposed_epi.field_hz(displacement, _SPACING_S)
    found = np.abs(opposed_epi.reconstructed_pair(_scanned(1), _scanned(-1), field, _SPACING_S))
    return float(np.linalg.norm(found - body) / np.linalg.norm(body))


def nonlinearity_error() -> float:
    """Return the relative error of Gaussian balls put right after gradients of the third degree distorted them."""
    coils = gradient_nonlinearity.GradientCoils(
        250.0, x={(3, 1): (-0.12, 0.0)}, y={(3, 1): (0.0, -0.12)}, z={(3, 0): (-0.1, 0.0)}
    )
    grid = Grid((24, 26, 28), (10.0, 9.0, 8.0))
    seen = grid.positions_mm()
    true = seen.copy()
    for _ in range(20):
        true = seen - coils.displacement_mm(true)

    def balls(points: FloatArray) -> FloatArray:
        total = np.zeros(points.shape[:-1])
        for center in np.stack(np.meshgrid(*[[-70.0, 0.0, 70.0]] * 3), axis=-1).reshape(-1, 3):
            total += np.exp(-np.sum((points - center) ** 2, axis=-1) / (2 * 20.0**2))
        return total

    image = Image(balls(true) / coils.jacobian(true), grid, quantity="MR signal magnitude", unit="1")
    found, truth = gradient_nonlinearity.corrected(image, coils).values, balls(seen)
    return float(np.linalg.norm(found - truth) / np.linalg.norm(truth))


def folded_error() -> float:
    """Return the error of a head larger than its field of view, every other line, by two sets of coil maps."""
    n = 96
    scan = Acquisition(
        8,
        (1, n, n),
        (5.0, 150.0, 240.0),
        center_mm=(0.0, 0.0, 8.0),
        field_t=1.5,
        repetition_time_s=4.0,
        echo_time_s=0.09,
        sequence="spin echo",
        coils=CoilArray(8, 240.0),
    )
    sampled = np.zeros((1, n), dtype=bool)
    sampled[:, ::2] = True
    sampled[:, n // 2 - 12 : n // 2 + 12] = True
    body, rng = BODIES["head"](), np.random.default_rng(0)
    truth = reconstruct(simulate(body, scan, rng), method="rss").values
    few = simulate(body, replace(scan, sampled=sampled), rng)
    found = reconstruct(few, method="soft-sense", damping=1e-4).values
    return float(np.linalg.norm(found - truth) / np.linalg.norm(truth))


GATES: tuple[Gate, ...] = (
    Gate("topup-field", "Displacement from opposed EPI", 0, 0.1, "px", "direct sums", displacement_error_px),
    Gate("topup-image", "Opposed EPI put right: relative error", 0, 0.05, "1", "direct sums", unwarped_error),
    Gate("gradients", "Nonlinear gradients put right", 0, 0.02, "1", "spherical harmonics", nonlinearity_error),
    Gate("soft-sense", "Folded head, two map sets, R = 2", 0, 0.03, "1", "closed-form k-space", folded_error),
)
