"""The scans that all programs reconstruct: a head in closed form, 12 coils, 256 x 256."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from isocenter.modalities import mri
from isocenter.modalities.mri.geometry import closed_form_maps
from isocenter.modalities.mri.trajectories import radial
from isocenter.physics.bodies import BODIES

N, N_COILS, N_SPOKES, N_SAMPLES = 256, 12, 96, 512
SCAN = mri.Acquisition(
    n_coils=N_COILS,
    encoded_shape=(1, N, N),
    encoded_fov_mm=(5.0, 240.0, 240.0),
    center_mm=(0.0, 0.0, 8.0),
    field_t=1.5,
    repetition_time_s=4.0,
    echo_time_s=0.09,
    sequence="spin echo",
    noise_std=0.003,
    coils=mri.CoilArray(N_COILS, 240.0),
)


def maps() -> np.ndarray:
    """Return the sensitivities (coil, y, x), of unit energy."""
    found = closed_form_maps(SCAN)[:, 0]
    return (found / np.linalg.norm(found, axis=0)).astype(np.complex64)


def cartesian() -> np.ndarray:
    """Return full k-space (coil, y, x)."""
    return mri.simulate(BODIES["head"](), SCAN, np.random.default_rng(0)).data[:, 0]


def lines() -> np.ndarray:
    """Return the lines of a fourfold accelerated scan, denser in the middle, shape (y,)."""
    rng = np.random.default_rng(1)
    chance = 0.12 + 0.5 * np.exp(-(((np.arange(N) - N // 2) / 40) ** 2))
    taken = rng.uniform(size=N) < chance
    taken[N // 2 - 12 : N // 2 + 12] = True
    return taken


def spokes() -> tuple[np.ndarray, np.ndarray]:
    """Return a trajectory (spoke, sample, axis) in cycles per field of view and its data (coil, spoke, sample)."""
    trajectory = radial(N_SPOKES, N_SAMPLES, N, is_golden=True)
    scan = replace(SCAN, trajectory=trajectory)
    return trajectory, mri.simulate(BODIES["head"](), scan, np.random.default_rng(0)).data[:, 0]


def truth() -> np.ndarray:
    """Return the image of a full scan without noise, combined by the true sensitivities."""
    quiet = mri.simulate(BODIES["head"](), replace(SCAN, noise_std=0.0), np.random.default_rng(0))
    seen = closed_form_maps(SCAN)[:, 0]
    images = np.fft.fftshift(
        np.fft.ifft2(np.fft.ifftshift(quiet.data[:, 0], axes=(-2, -1)), norm="ortho"), axes=(-2, -1)
    )
    # Maps of unit energy: what they see is the image times the root of the sum of squares of the true ones.
    return np.sum(images * seen.conj(), axis=0) / np.linalg.norm(seen, axis=0)
