"""Simulated scans through reconstructions that know nothing of the simulation: signs and scales agree."""

from dataclasses import replace

import numpy as np

from isocenter.kernels import fourier
from isocenter.modalities import mri
from isocenter.modalities.mri import opposed_epi, sequences, trajectories, water_fat
from isocenter.modalities.mri.geometry import closed_form_maps, encoded_grid, forward_operator
from isocenter.modalities.mri.imperfections import Imperfections
from isocenter.modalities.mri.protocols import PROTOCOLS
from isocenter.modalities.mri.trajectories import density_weights
from isocenter.physics.bodies import BODIES
from isocenter.solvers.cg import cg

UNIFORM = mri.CoilArray(1, 240.0, radius_mm=1e6)


def image_of(scan: mri.Acquisition, body: str) -> np.ndarray:
    """Return the complex image (y, x) of one uniform coil, without noise."""
    alone = replace(scan, n_coils=1, coils=UNIFORM, noise_std=0.0)
    sensitivity = UNIFORM.sensitivities(np.zeros(1), np.zeros(1))[0, 0]
    data = mri.simulate(BODIES[body](), alone, np.random.default_rng(0)).data
    return fourier.ifft(data, (-2, -1))[0, 0] / sensitivity


def test_the_field_of_an_opposed_pair_is_the_one_that_was_simulated() -> None:
    scans = PROTOCOLS["opposed-epi"].make()
    rising, falling = (np.abs(image_of(scan, "head")) for scan in scans)
    displacement = opposed_epi.estimate_displacement(rising, falling)
    found = opposed_epi.field_hz(displacement, 0.7e-3)
    x, y, _ = np.moveaxis(encoded_grid(scans[0]).positions_mm()[0], -1, 0)
    expected = 20.0 + 0.1 * x + 0.3 * y
    inside = np.hypot(x / 55, y / 75) < 1
    assert np.sqrt(np.mean((found - expected)[inside] ** 2)) < 2.0


def test_fat_and_water_of_the_abdomen_come_apart() -> None:
    faults = Imperfections(field_gradient_hz_per_mm=(0.05, -0.1, 0.0), r2_prime_per_s=10.0)
    base = replace(
        PROTOCOLS["multi-echo"].make()[0],
        encoded_shape=(1, 96, 96),
        encoded_fov_mm=(5.0, 460.0, 460.0),
        center_mm=(0.0, 0.0, 0.0),
        dwell_s=None,
        repetition_time_s=2.0,
        flip_angle_rad=np.deg2rad(5.0),
        imperfections=faults,
    )
    times_s = 1.2e-3 + 0.9e-3 * np.arange(6)
    images = np.stack([image_of(replace(base, echo_time_s=float(t)), "abdomen") for t in times_s])
    found = water_fat.separate(images.conj(), times_s, 3.0)
    grid = encoded_grid(base)
    labels, names = BODIES["abdomen"]().labels(grid)
    tissues = ["air", *(BODIES["abdomen"]().tissue_of(name).name for name in names[1:])]
    inside = np.abs(images[0]) > 0.3 * np.abs(images[0]).max()
    is_fat = np.array([name == "adipose" for name in tissues])[labels[0]]
    is_water = np.array([name in {"liver", "muscle", "kidney", "spleen"} for name in tissues])[labels[0]]
    assert np.median(found.fat_fraction[is_fat & inside]) > 0.95
    assert np.median(found.fat_fraction[is_water & inside]) < 0.05
    x, y, _ = np.moveaxis(grid.positions_mm()[0], -1, 0)
    # The sign is the conjugate's: what precesses faster is positive in the simulation.
    error = found.field_hz[is_water & inside] - (0.05 * x - 0.1 * y)[is_water & inside]
    assert abs(np.median(error)) < 2.0


def test_diffusion_is_the_slope_of_the_images() -> None:
    scans = [replace(scan, imperfections=None) for scan in PROTOCOLS["diffusion"].make()]
    water = [np.abs(image_of(replace(scan, center_mm=(0.0, 0.0, 0.0)), "disc")) for scan in scans]
    middle = (slice(44, 52), slice(44, 52))
    slope = np.log(water[0][middle] / water[2][middle]) / 1000.0
    assert np.abs(slope / 2.02e-3 - 1).max() < 1e-4


def test_a_field_map_undoes_the_precession_along_a_spiral() -> None:
    n = 64
    trajectory = trajectories.spiral(4, 4000, n)
    scan = mri.Acquisition(
        4,
        (1, n, n),
        (5.0, 240.0, 240.0),
        trajectory=trajectory,
        sample_times_s=2e-3 + 4e-6 * np.arange(4000),
        field_t=1.5,
        repetition_time_s=1.0,
        echo_time_s=2e-3,
        flip_angle_rad=np.deg2rad(30.0),
        protocol=sequences.SpoiledGradientEcho(),
        coils=mri.CoilArray(4, 240.0),
    )
    body, rng = BODIES["disc"](radius_mm=80.0, of="muscle"), np.random.default_rng(0)
    faults = Imperfections(field_hz=30.0, field_gradient_hz_per_mm=(0.4, -0.3, 0.0))
    precessing = mri.simulate(body, replace(scan, imperfections=faults), rng).data
    truth = mri.simulate(body, scan, rng).data
    x, y, _ = np.moveaxis(encoded_grid(scan).positions_mm(), -1, 0)
    weights = density_weights(trajectory, (n, n))

    def solved(data: np.ndarray, field_hz: np.ndarray | None) -> np.ndarray:
        A = forward_operator(scan, encoded_grid(scan), closed_form_maps(scan), weights=weights, field_hz=field_hz)
        image: np.ndarray = cg(A.N, A.adjoint(data * np.sqrt(weights)), n_iterations=12, tolerance=1e-6).x
        return np.abs(image)

    expected = solved(truth, None)
    field_hz = 30.0 + 0.4 * x - 0.3 * y
    errors = [
        np.linalg.norm(solved(precessing, field) - expected) / np.linalg.norm(expected)
        for field in (None, field_hz, -field_hz)
    ]
    assert errors[1] < 0.05
    assert min(errors[0], errors[2]) > 4 * errors[1]
