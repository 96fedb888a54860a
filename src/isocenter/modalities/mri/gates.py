"""Acceptance gates of MRI."""

from __future__ import annotations

from functools import partial

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.gates import Gate
from isocenter.core.grid import Grid
from isocenter.modalities.mri import (
    gates_contrast,
    gates_distortion,
    gates_events,
    gates_motion,
    gates_parallel,
    gates_sequences,
    gates_sparse,
)
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.coils import CoilArray
from isocenter.modalities.mri.geometry import closed_form_maps, encoded_grid, forward_operator
from isocenter.modalities.mri.reconstruction import reconstruct
from isocenter.modalities.mri.simulation import simulate
from isocenter.physics.bodies import BODIES
from isocenter.physics.planar_shapes import Ellipse
from isocenter.solvers.cgls import cgls

_N = 32


def disc_kspace_error() -> float:
    """Return the largest difference of the disc's closed form from the transform of its Radon projection.

    The projection of a disc is 2 sqrt(r^2 - s^2); with s = r sin(t) its transform is a periodic integral, for which
    the trapezoidal rule converges faster than any power.
    """
    radius = 0.7
    k = np.linspace(0, 20, 401)
    t = np.linspace(-np.pi, np.pi, 4096, endpoint=False)
    waves = np.exp(-2j * np.pi * k[:, None] * radius * np.sin(t))
    numeric = (2 * radius**2 * np.cos(t) ** 2 * waves).mean(axis=1) * np.pi
    closed = Ellipse((0.0, 0.0), (radius, radius)).fourier(np.column_stack([k, 0 * k]))
    return float(np.abs(numeric - closed).max())


def _accelerated() -> Acquisition:
    sampled = np.zeros((1, _N), dtype=bool)
    sampled[:, ::2] = True
    return Acquisition(4, (1, _N, _N), (5.0, 200.0, 200.0), sampled=sampled, coils=CoilArray(4, 200.0))


def _direct_kspace(image: ComplexArray, maps: ComplexArray, acquisition: Acquisition) -> ComplexArray:
    """Return the samples by the sum that defines the transform, not by the operator."""
    index = np.arange(_N) - _N // 2
    wave = np.exp(-2j * np.pi * np.outer(index, index) / _N) / _N**0.5
    kspace: ComplexArray = wave @ (maps * image) @ wave.T
    return kspace * acquisition.mask[:, :, None]


def sense_exactness() -> float:
    """Return the relative error of SENSE with exact maps, two-fold undersampling and no noise."""
    acquisition = _accelerated()
    maps = closed_form_maps(acquisition)
    rng = np.random.default_rng(11)
    image = rng.standard_normal((1, _N, _N)) + 1j * rng.standard_normal((1, _N, _N))
    A = forward_operator(acquisition, encoded_grid(acquisition), maps)
    found = cgls(A, _direct_kspace(image, maps, acquisition), n_iterations=400, tolerance=1e-10).x
    return float(np.linalg.norm(found - image) / np.linalg.norm(image))


def _g_factor(maps: ComplexArray) -> FloatArray:
    """Return the analytic geometry factor of two-fold undersampling along y.

    Source: Pruessmann et al., Magn. Reson. Med. 42 (1999) 952-962, eq. 23.
    """
    half = _N // 2
    folded = np.stack([maps[:, 0, :half], maps[:, 0, half:]], axis=-1)
    gram = np.einsum("cyxa,cyxb->yxab", folded.conj(), folded)
    inverse = np.linalg.inv(gram)
    g = np.sqrt(np.einsum("yxaa,yxaa->yxa", inverse, gram).real)
    return np.concatenate([g[..., 0], g[..., 1]], axis=0)


def g_factor_ratio() -> float:
    """Return the mean ratio of the noise seen in 300 noise-only reconstructions to what the analytic g predicts."""
    acquisition = _accelerated()
    maps = closed_form_maps(acquisition)
    A = forward_operator(acquisition, encoded_grid(acquisition), maps)
    rng = np.random.default_rng(12)
    squares, n_replicas = np.zeros((_N, _N)), 300
    for _ in range(n_replicas):
        noise = rng.standard_normal(acquisition.data_shape) + 1j * rng.standard_normal(acquisition.data_shape)
        noise = noise * acquisition.mask[:, :, None]
        squares += np.abs(cgls(A, noise, n_iterations=100, tolerance=1e-6).x[0]) ** 2
    seen = np.sqrt(squares / (2 * n_replicas))
    energy = np.sqrt(np.sum(np.abs(maps[:, 0]) ** 2, axis=0))
    # Noise of a full scan is 1 / energy; two-fold undersampling makes it sqrt(2) g of that.
    return float(np.mean(seen / (2**0.5 * _g_factor(maps) / energy)))


def water_disc_error(n: int) -> float:
    """Return the relative error of the mean signal well inside a disc of muscle, from closed-form k-space."""
    acquisition = Acquisition(
        4,
        (1, n, n),
        (5.0, 256.0, 256.0),
        field_t=1.5,
        repetition_time_s=100.0,
        echo_time_s=1e-6,
        sequence="spin echo",
        coils=CoilArray(4, 256.0),
    )
    measurement = simulate(BODIES["disc"](radius_mm=80.0, of="muscle"), acquisition, np.random.default_rng(0))
    image = reconstruct(measurement, method="rss")
    x, y = (encoded_grid(acquisition).positions_mm()[0, ..., axis] for axis in (0, 1))
    inside = np.hypot(x, y) < 40
    energy = np.sqrt(np.sum(np.abs(closed_form_maps(acquisition)[:, 0]) ** 2, axis=0))
    proton_density = 0.78
    return float(abs(np.mean(image.values[0][inside] / energy[inside]) / proton_density - 1))


def left_right() -> float:
    """Return the centre of mass, in mm to the left, of a disc that lies 40 mm to the left."""
    acquisition = Acquisition(
        1,
        (1, 64, 64),
        (5.0, 256.0, 256.0),
        field_t=1.5,
        repetition_time_s=1.0,
        echo_time_s=0.01,
        sequence="spin echo",
        center_mm=(10.0, -5.0, 0.0),
        coils=CoilArray(1, 256.0, radius_mm=1e6),
    )
    body = BODIES["disc"](radius_mm=20.0, center_mm=(40.0, -25.0), of="muscle")
    image = reconstruct(simulate(body, acquisition, np.random.default_rng(0)), method="rss")
    return _center_of_mass_x(image.values, image.grid)


def _center_of_mass_x(values: FloatArray, grid: Grid) -> float:
    weights = np.where(values > 0.5 * values.max(), values, 0)
    return float((weights * grid.positions_mm()[..., 0]).sum() / weights.sum())


GATES: tuple[Gate, ...] = (
    Gate(
        "disc-kspace",
        "k-space of a disc against its Radon projection's transform",
        0,
        1e-7,
        "1",
        "projection theorem",
        disc_kspace_error,
    ),
    Gate(
        "sense-exact",
        "SENSE, exact maps, R = 2, no noise: relative error",
        0,
        1e-6,
        "1",
        "definition by direct sum",
        sense_exactness,
    ),
    Gate(
        "g-factor",
        "Noise of 300 pseudo-replicas over analytic g",
        1,
        0.02,
        "1",
        "Pruessmann 1999, eq. 23",
        g_factor_ratio,
    ),
    Gate(
        "disc-signal",
        "Signal inside a disc of known proton density",
        0,
        0.01,
        "1",
        "closed-form k-space",
        partial(water_disc_error, 128),
    ),
    Gate("left-right", "A disc 40 mm to the patient's left is found there", 40, 0.5, "mm", "geometry", left_right),
    *gates_parallel.GATES,
    *gates_sparse.GATES,
    *gates_contrast.GATES,
    *gates_sequences.GATES,
    *gates_events.GATES,
    *gates_distortion.GATES,
    *gates_motion.GATES,
)
