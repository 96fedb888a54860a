"""The scans that all programs reconstruct: a head in closed form, 12 coils, 256 x 256, and a small stack of stars."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from isocenter.modalities import mri
from isocenter.modalities.mri.geometry import closed_form_maps
from isocenter.modalities.mri.trajectories import radial
from isocenter.physics.bodies import BODIES

N, N_COILS, N_SPOKES, N_SAMPLES = 256, 12, 96, 512
LAMBDA = 0.002
STARS_N, STARS_COILS, STARS_SPOKES, STARS_PARTITIONS = 128, 8, 48, 8
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


STARS_SCAN = replace(
    SCAN,
    n_coils=STARS_COILS,
    encoded_shape=(1, STARS_N, STARS_N),
    noise_std=0.0,
    coils=mri.CoilArray(STARS_COILS, 240.0),
)


def maps(scan: mri.Acquisition = SCAN) -> np.ndarray:
    """Return the sensitivities (coil, y, x), of unit energy."""
    found = closed_form_maps(scan)[:, 0]
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


def stack_of_stars() -> dict[str, np.ndarray]:
    """Return a stack whose plane, coils along z and image are products of closed forms: every partition is exact.

    Along z the head grows brighter and fainter again, and every coil turns the phase by its own angle a partition.
    Trajectory (spoke, sample, axis), data (coil, partition, spoke, sample), maps (coil, z, y, x), image (z, y, x).
    """
    trajectory = radial(STARS_SPOKES, 2 * STARS_N, STARS_N, is_golden=True)
    plane = mri.simulate(BODIES["head"](), replace(STARS_SCAN, trajectory=trajectory), np.random.default_rng(0))
    z = np.arange(STARS_PARTITIONS) - STARS_PARTITIONS // 2
    profile = 1 - 0.5 * (z / STARS_PARTITIONS) ** 2
    turns = np.exp(1j * np.outer(np.linspace(-0.3, 0.3, STARS_COILS), z))
    waves = np.exp(-2j * np.pi * np.outer(z, z) / STARS_PARTITIONS) / STARS_PARTITIONS**0.5
    along = (turns * profile) @ waves.T
    data = along[:, :, None, None] * plane.data[:, 0][:, None]
    rng = np.random.default_rng(2)
    noise = rng.standard_normal(data.shape) + 1j * rng.standard_normal(data.shape)
    return {
        "trajectory": trajectory,
        "data": (data + 0.003 / 2**0.5 * noise).astype(np.complex64),
        "maps": (maps(STARS_SCAN)[:, None] * turns[:, :, None, None]).astype(np.complex64),
        "image": (truth(STARS_SCAN) * profile[:, None, None]).astype(np.complex64),
    }


def truth(scan: mri.Acquisition = SCAN) -> np.ndarray:
    """Return the image of a full scan without noise, combined by the true sensitivities."""
    quiet = mri.simulate(BODIES["head"](), replace(scan, noise_std=0.0), np.random.default_rng(0))
    seen = closed_form_maps(scan)[:, 0]
    images = np.fft.fftshift(
        np.fft.ifft2(np.fft.ifftshift(quiet.data[:, 0], axes=(-2, -1)), norm="ortho"), axes=(-2, -1)
    )
    # Maps of unit energy: what they see is the image times the root of the sum of squares of the true ones.
    return np.sum(images * seen.conj(), axis=0) / np.linalg.norm(seen, axis=0)
