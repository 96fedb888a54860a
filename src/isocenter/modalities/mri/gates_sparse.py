"""Acceptance gates of compressed sensing: the optimum is the optimum, proved without another program."""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import BoolArray, ComplexArray
from isocenter.core.gates import Gate
from isocenter.functionals.gaussian import GaussianLikelihood
from isocenter.functionals.sparsity import WaveletL1
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.coils import CoilArray
from isocenter.modalities.mri.geometry import closed_form_maps, encoded_grid, forward_operator
from isocenter.modalities.mri.simulation import simulate
from isocenter.operators.wavelet import WaveletOperator
from isocenter.physics.bodies import BODIES
from isocenter.solvers.fista import fista

_N, _N_COILS, _LAMBDA = 64, 8, 5e-3


def _scan() -> tuple[Acquisition, ComplexArray, ComplexArray]:
    """Return a scan of a third of the lines, the maps at unit energy (coil, y, x) and its noisy data (coil, y, x)."""
    rng = np.random.default_rng(15)
    sampled: BoolArray = rng.uniform(size=(1, _N)) < 0.25
    sampled[0, _N // 2 - 6 : _N // 2 + 6] = True
    acquisition = Acquisition(
        _N_COILS,
        (1, _N, _N),
        (5.0, 240.0, 240.0),
        center_mm=(0.0, 0.0, 8.0),
        field_t=1.5,
        repetition_time_s=4.0,
        echo_time_s=0.09,
        sequence="spin echo",
        sampled=sampled,
        noise_std=0.003,
        coils=CoilArray(_N_COILS, 240.0),
    )
    maps = closed_form_maps(acquisition)[:, 0]
    return acquisition, maps / np.linalg.norm(maps, axis=0), simulate(BODIES["head"](), acquisition, rng).data[:, 0]


def duality_gap() -> float:
    """Return how far above the optimum L1-wavelet reconstruction may be: its value less a bound from below, over it.

    For min 1/2 |A x - y|^2 + lambda |W x|_1 every residual y - A x, scaled until no coefficient of W A^H exceeds
    lambda, is feasible in the dual problem, whose value lies below the optimum. Here A is the sum that defines it, in
    double precision. Source: Kim et al., IEEE J. Sel. Top. Signal Process. 1 (2007) 606-617, sec. III.
    """
    acquisition, maps, data = _scan()
    A = forward_operator(acquisition, encoded_grid(acquisition), maps[:, None].astype(np.complex64))
    W = WaveletOperator((1, _N, _N), wavelet="db4", n_levels=3, n_axes=2)
    y = data.astype(np.complex64)
    fit, start = GaussianLikelihood(A, y[:, None]), np.zeros((1, _N, _N), dtype=np.complex64)
    x = fista(fit, WaveletL1(_LAMBDA, W), start, step=1.0, n_iterations=1000).x[0].astype(complex)

    index = np.arange(_N) - _N // 2
    wave = np.exp(-2j * np.pi * np.outer(index, index) / _N) / _N**0.5
    lines = acquisition.mask[0][:, None]
    residual = lines * (data - wave @ (maps * x) @ wave.T)
    value = 0.5 * np.linalg.norm(residual) ** 2 + _LAMBDA * np.abs(W(x[None])).sum()
    correlation = np.sum(maps.conj() * (wave.conj().T @ residual @ wave.conj()), axis=0)
    scale = min(1.0, _LAMBDA / np.abs(W(correlation[None])).max())
    bound = 0.5 * (np.linalg.norm(lines * data) ** 2 - np.linalg.norm(lines * data - scale * residual) ** 2)
    return float((value - bound) / value)


def orthogonal_error() -> float:
    """Return the relative error of the objective where the optimum is closed: full k-space, coils of unit energy."""
    acquisition, maps, _ = _scan()
    full = Acquisition(_N_COILS, (1, _N, _N), acquisition.encoded_fov_mm, coils=acquisition.coils)
    rng = np.random.default_rng(16)
    data = rng.standard_normal((_N_COILS, _N, _N)) + 1j * rng.standard_normal((_N_COILS, _N, _N))
    A = forward_operator(full, encoded_grid(full), maps[:, None])
    W = WaveletOperator((1, _N, _N), wavelet="db4", n_levels=3, n_axes=2)
    fit, prior = GaussianLikelihood(A, data[:, None]), WaveletL1(0.8, W)
    found = fista(fit, prior, np.zeros((1, _N, _N), dtype=complex), step=0.5, n_iterations=60).objectives[-1]

    index = np.arange(_N) - _N // 2
    wave = np.exp(-2j * np.pi * np.outer(index, index) / _N) / _N**0.5
    z = np.abs(W(np.sum(maps.conj() * (wave.conj().T @ data @ wave.conj()), axis=0)[None]))
    # |A x - y|^2 = |x - A^H y|^2 + |y|^2 - |A^H y|^2; every coefficient is a problem of its own.
    kept = np.maximum(z - 0.8, 0)
    least = 0.5 * ((z - kept) ** 2).sum() + 0.8 * kept.sum() + 0.5 * (np.linalg.norm(data) ** 2 - (z**2).sum())
    return float(abs(found / least - 1))


GATES: tuple[Gate, ...] = (
    Gate(
        "cs-objective",
        "Compressed sensing: part of the objective above a bound from below (duality gap)",
        0,
        1e-3,
        "1",
        "Kim 2007, sec. III",
        duality_gap,
        "at_most",
    ),
    Gate(
        "cs-threshold",
        "Compressed sensing of full k-space: objective over that of the soft threshold",
        0,
        1e-3,
        "1",
        "Donoho 1995",
        orthogonal_error,
    ),
)
