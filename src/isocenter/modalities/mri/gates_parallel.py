"""Acceptance gates of imaging with several coils: maps, unfolding, filling of missing lines."""

from __future__ import annotations

from functools import cache

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.gates import Gate
from isocenter.kernels import fourier
from isocenter.modalities.mri import grappa, sense
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.coils import CoilArray
from isocenter.modalities.mri.espirit import espirit
from isocenter.modalities.mri.geometry import closed_form_maps
from isocenter.modalities.mri.simulation import simulate
from isocenter.physics.bodies import BODIES

_N, _N_COILS = 96, 8


def _scan(n: int = _N) -> Acquisition:
    return Acquisition(
        _N_COILS,
        (1, n, n),
        (5.0, 240.0, 240.0),
        center_mm=(0.0, 0.0, 8.0),
        field_t=1.5,
        repetition_time_s=4.0,
        echo_time_s=0.09,
        sequence="spin echo",
        coils=CoilArray(_N_COILS, 240.0),
    )


@cache
def _head() -> ComplexArray:
    return simulate(BODIES["head"](), _scan(), np.random.default_rng(0)).data


def _rss(kspace: ComplexArray) -> FloatArray:
    magnitude: FloatArray = np.sqrt(np.sum(np.abs(fourier.ifft(kspace, (-2, -1))) ** 2, axis=0))
    return magnitude


def espirit_error() -> float:
    """Return the relative part of the true sensitivities, within the head, that ESPIRiT's maps do not span."""
    block = slice(_N // 2 - 12, _N // 2 + 12)
    maps = espirit(_head()[:, :, block, block], (1, _N, _N), threshold=0.001).maps[0]
    truth = closed_form_maps(_scan())
    truth = truth / np.linalg.norm(truth, axis=0)
    magnitude = _rss(_head())
    body = magnitude > 0.1 * magnitude.max()
    rest = (maps * np.sum(maps.conj() * truth, axis=0) - truth)[:, body]
    return float(np.linalg.norm(rest) / np.linalg.norm(truth[:, body]))


def unfolding_error() -> float:
    """Return the relative error of threefold SENSE with exact maps and no noise."""
    maps = closed_form_maps(_scan(48))
    rng = np.random.default_rng(13)
    image = rng.standard_normal((1, 48, 48)) + 1j * rng.standard_normal((1, 48, 48))
    index = np.arange(48) - 24
    wave = np.exp(-2j * np.pi * np.outer(index, index) / 48) / 48**0.5
    found = sense.unfold(wave @ (maps * image) @ wave.T, maps, 3)
    return float(np.linalg.norm(found - image) / np.linalg.norm(image))


def unfolded_noise_ratio() -> float:
    """Return the mean ratio of the noise of 300 unfolded replicas to what the g-factor predicts, correlated coils."""
    n, n_replicas = 24, 300
    maps = closed_form_maps(_scan(n))
    rng = np.random.default_rng(14)
    root = np.eye(_N_COILS) + 0.3 * np.tril(np.ones((_N_COILS, _N_COILS)), -1)
    covariance = (root @ root.T).astype(complex)
    squares = {1: np.zeros((1, n, n)), 2: np.zeros((1, n, n))}
    for _ in range(n_replicas):
        white = rng.standard_normal((2, *maps.shape)) / 2**0.5
        noise = np.tensordot(root, white[0] + 1j * white[1], axes=1)
        for acceleration, total in squares.items():
            total += np.abs(sense.unfold(noise, maps, acceleration, covariance=covariance)) ** 2
    seen = np.sqrt(squares[2] / squares[1] / 2)
    return float(np.mean(seen / sense.g_factor(maps, 2, covariance=covariance)))


def grappa_error() -> float:
    """Return the error of the head's image from every other line and 24 in the middle, by GRAPPA."""
    sampled = np.zeros(_N, dtype=bool)
    sampled[::2] = True
    sampled[_N // 2 - 12 : _N // 2 + 12] = True
    found, truth = _rss(grappa.fill(_head() * sampled[:, None], sampled)), _rss(_head())
    return float(np.linalg.norm(found - truth) / np.linalg.norm(truth))


GATES: tuple[Gate, ...] = (
    Gate(
        "espirit",
        "ESPIRiT: part of the true sensitivities outside its maps",
        0,
        1e-3,
        "1",
        "Guerquin-Kern 2012 (closed-form coils)",
        espirit_error,
    ),
    Gate("sense-unfold", "SENSE, R = 3, unfolded: relative error", 0, 1e-6, "1", "direct sum", unfolding_error),
    Gate(
        "g-factor-unfold",
        "Noise of 300 unfolded replicas, correlated coils, over g",
        1,
        0.02,
        "1",
        "Pruessmann 1999, eq. 23",
        unfolded_noise_ratio,
    ),
    Gate("grappa", "GRAPPA, R = 2: error of a head's image", 0, 0.02, "1", "closed-form k-space", grappa_error),
)
