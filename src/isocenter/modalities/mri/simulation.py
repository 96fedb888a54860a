"""The scan of a body, from the closed form of its k-space; the forward operator is not used."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import DataError, GeometryError
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.coils import CoilArray
from isocenter.modalities.mri.geometry import encoded_grid
from isocenter.modalities.mri.measurement import Measurement
from isocenter.physics.body import Body, PlanarBody
from isocenter.physics.properties import proton_density, relaxation_s
from isocenter.physics.tissues import Tissue

EXAMPLE_BODY = "head"
NOISE_SAMPLES = 4096


def example_acquisition() -> Acquisition:
    """Return a T2-weighted spin echo of three slices, 8 coils, every other line but 24 in the middle."""
    matrix, fov_mm = (3, 192, 192), (30.0, 240.0, 240.0)
    sampled = np.zeros((1, matrix[1]), dtype=bool)
    sampled[:, ::2] = True
    sampled[:, matrix[1] // 2 - 12 : matrix[1] // 2 + 12] = True
    return Acquisition(
        n_coils=8,
        encoded_shape=matrix,
        encoded_fov_mm=fov_mm,
        sampled=sampled,
        center_mm=(0.0, 0.0, 8.0),
        slice_thickness_mm=5.0,
        field_t=1.5,
        repetition_time_s=4.0,
        echo_time_s=0.09,
        flip_angle_rad=np.pi / 2,
        sequence="spin echo",
        noise_std=0.004,
        noise_correlation=0.2,
        coils=CoilArray(8, 240.0),
    )


def signal_of(acquisition: Acquisition) -> Callable[[Tissue], complex]:
    """Return the signal of a tissue in units of fully relaxed water; 0 for one without signal (bone, air).

    Source: Bernstein, King and Zhou, Handbook of MRI Pulse Sequences, 2004, eq. 14.49 (spin echo), 14.5 (spoiled
    gradient echo, with T2 for T2*).
    """
    settings = (acquisition.field_t, acquisition.repetition_time_s, acquisition.echo_time_s, acquisition.sequence)
    if None in settings:
        raise DataError(
            "A simulation needs field and contrast.",
            field="field_t, repetition_time_s, echo_time_s, sequence",
            found=settings,
            expected="numbers and a sequence",
        )
    flip_rad = acquisition.flip_angle_rad if acquisition.flip_angle_rad is not None else np.pi / 2

    def signal(tissue: Tissue) -> complex:
        field_t, repetition_s, echo_s = acquisition.field_t, acquisition.repetition_time_s, acquisition.echo_time_s
        relaxation = relaxation_s(tissue, field_t or 0.0)
        if relaxation is None or repetition_s is None or echo_s is None:
            return 0.0
        t1_s, t2_s = relaxation
        recovery = np.exp(-repetition_s / t1_s)
        longitudinal = 1 - recovery
        if acquisition.sequence == "gradient echo":
            longitudinal *= np.sin(flip_rad) / (1 - np.cos(flip_rad) * recovery)
        return complex(proton_density(tissue) * longitudinal * np.exp(-echo_s / t2_s))

    return signal


def simulate(body: Body, acquisition: Acquisition, rng: np.random.Generator) -> Measurement:
    """Scan thin transverse slices of `body`; the same `rng` state gives the same k-space and noise scan.

    Raises
    ------
    DataError, GeometryError
        If the contrast is not given, the coils are not known, or the slices are not transverse.
    """
    coils = acquisition.coils
    if coils is None:
        raise DataError("A simulation needs coils.", field="coils", found="none", expected="a CoilArray")
    if abs(acquisition.slice_dir[2]) < 1 - 1e-6 or acquisition.is_3d:
        raise GeometryError(
            "Bodies are scanned in transverse slices.",
            field="slice_dir",
            found=acquisition.slice_dir,
            expected="(0, 0, 1)",
        )
    signal = signal_of(acquisition)
    grid = encoded_grid(acquisition)
    heights = [float(grid.plane(index).center_mm[2]) for index in range(grid.shape[0])]
    data = np.stack([_slice(body.slice_at(z), acquisition, coils, signal) for z in heights], axis=1)
    root = _noise_root(acquisition)
    data += _noise(root, data.shape, rng)
    if acquisition.trajectory is None:
        data *= acquisition.mask[:, :, None]
    noise = _noise(root, (acquisition.n_coils, NOISE_SAMPLES), rng) if acquisition.noise_std else None
    single = None if noise is None else noise.astype(np.complex64)
    return Measurement(acquisition, data.astype(np.complex64), noise=single)


def _slice(
    plane: PlanarBody, acquisition: Acquisition, coils: CoilArray, signal: Callable[[Tissue], complex]
) -> ComplexArray:
    """Return the data of one slice, scaled so that the unitary inverse transform of a grid of them is the signal."""
    _, n_y, n_x = acquisition.encoded_shape
    _, fov_y, fov_x = acquisition.encoded_fov_mm
    ky: FloatArray
    kx: FloatArray
    if acquisition.trajectory is None:
        ky, kx = np.meshgrid((np.arange(n_y) - n_y // 2) / fov_y, (np.arange(n_x) - n_x // 2) / fov_x, indexing="ij")
    else:
        ky, kx = acquisition.trajectory[..., 0] / fov_y, acquisition.trajectory[..., 1] / fov_x
    read, phase = np.array(acquisition.read_dir[:2]), np.array(acquisition.phase_dir[:2])
    k = kx[..., None] * read + ky[..., None] * phase
    terms = np.stack([plane.kspace(k - frequency, signal) for frequency in coils.frequencies_per_mm])
    center = np.array(acquisition.center_mm[:2])
    to_center = np.exp(2j * np.pi * (k @ center)) * (n_y * n_x) ** 0.5 / (fov_y * fov_x)
    kspace: ComplexArray = np.tensordot(coils.weights, terms, axes=1) * to_center
    return kspace


def _noise_root(acquisition: Acquisition) -> FloatArray:
    n = acquisition.n_coils
    covariance = (1 - acquisition.noise_correlation) * np.eye(n) + acquisition.noise_correlation
    root: FloatArray = acquisition.noise_std * np.linalg.cholesky(covariance)
    return root


def _noise(root: FloatArray, shape: tuple[int, ...], rng: np.random.Generator) -> ComplexArray:
    white = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    correlated: ComplexArray = np.tensordot(root.astype(complex), white, axes=1)
    return correlated
