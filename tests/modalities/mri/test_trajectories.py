"""Scans along trajectories: images of a body whose k-space is known in closed form, at every point."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError, NotSupportedError, ShapeError
from isocenter.kernels import fourier
from isocenter.modalities import mri
from isocenter.modalities.mri.geometry import closed_form_maps, encoded_grid
from isocenter.modalities.mri.trajectories import density_weights, radial, spiral
from isocenter.operators.density_compensation import radial_weights
from isocenter.physics.bodies import BODIES

N = 64
SCAN = mri.Acquisition(
    n_coils=6,
    encoded_shape=(1, N, N),
    encoded_fov_mm=(5.0, 240.0, 240.0),
    center_mm=(0.0, 0.0, 8.0),
    field_t=1.5,
    repetition_time_s=4.0,
    echo_time_s=0.09,
    sequence="spin echo",
    coils=mri.CoilArray(6, 240.0),
)
PATHS = {"radial": radial(101, 128, N), "golden": radial(101, 128, N, is_golden=True), "spiral": spiral(8, 800, N)}


def scan(trajectory: FloatArray | None, **changes: Any) -> mri.Measurement:
    return mri.simulate(BODIES["head"](), replace(SCAN, trajectory=trajectory, **changes), np.random.default_rng(1))


def nrmse(found: FloatArray, truth: FloatArray) -> float:
    return float(np.linalg.norm(found - truth) / np.linalg.norm(truth))


def inside(image: FloatArray) -> FloatArray:
    """Return the image with its k-space cut to a disc, which is all that these trajectories reach."""
    ky, kx = np.indices((N, N)) - N // 2
    return np.abs(fourier.ifft(fourier.fft(image + 0j, (-2, -1)) * (np.hypot(ky, kx) < N / 2), (-2, -1)))


@pytest.fixture(scope="module")
def truth() -> FloatArray:
    return inside(mri.reconstruct(scan(None)).values)


@pytest.mark.parametrize(("name", "tolerance"), [("radial", 0.05), ("golden", 0.1), ("spiral", 0.07)])
def test_gridding_gives_the_image_of_a_full_scan_at_the_same_scale(
    name: str, tolerance: float, truth: FloatArray
) -> None:
    measurement = scan(PATHS[name])
    assert mri.default_method(measurement) == "rss"
    assert nrmse(mri.reconstruct(measurement).values, truth) < tolerance


def test_few_spokes_are_unfolded_by_the_coils(truth: FloatArray) -> None:
    measurement = scan(radial(24, 128, N, is_golden=True))
    assert mri.default_method(measurement) == "sense-cg"
    gridded = nrmse(mri.reconstruct(measurement, method="rss").values, truth)
    unfolded = nrmse(mri.reconstruct(measurement, n_iterations=20).values, truth)
    sparse = nrmse(mri.reconstruct(measurement, method="cs-tv", n_iterations=60).values, truth)
    assert unfolded < 0.5 * gridded
    assert sparse < 0.9 * unfolded


def test_the_model_is_the_scan_of_an_image_of_the_body() -> None:
    # The data of the closed form and those of the model of the exact pixels' image differ by the pixels' size only.
    acquisition = replace(SCAN, trajectory=0.25 * PATHS["radial"])
    data = scan(acquisition.trajectory).data
    fine = replace(SCAN, encoded_shape=(1, 256, 256), trajectory=None)
    grid = encoded_grid(fine)
    signal = mri.simulation.signal_of(fine)
    pixels = BODIES["head"]().slice_at(8.0).voxelise(grid.plane(0), signal, oversampling=4)
    A = mri.forward_operator(replace(acquisition, encoded_shape=(1, 256, 256)), grid, closed_form_maps(fine))
    # Both are unitary: four times the matrix has a quarter of the pixel and of the transform's scale.
    assert nrmse(A(pixels[None] + 0j) * (N / 256), data) < 0.01


def test_a_stack_of_stars_is_a_transform_along_z_too(rng: np.random.Generator) -> None:
    trajectory = radial(7, 16, 8)
    stack = replace(SCAN, encoded_shape=(5, 8, 8), is_3d=True, trajectory=trajectory)
    maps = rng.standard_normal((6, 5, 8, 8)) + 1j * rng.standard_normal((6, 5, 8, 8))
    A = mri.forward_operator(stack, encoded_grid(stack), maps)
    kz = (np.arange(5) - 2.0)[:, None, None] + 0 * trajectory[None, ..., 0]
    points = np.concatenate([kz[..., None], np.broadcast_to(trajectory, (5, 7, 16, 2))], axis=-1).reshape(35, 16, 3)
    volume = replace(stack, trajectory=points)
    B = mri.forward_operator(volume, encoded_grid(volume), maps)
    x = rng.standard_normal((5, 8, 8)) + 0j
    assert A.out_shape == (6, 5, 7, 16)
    assert A(x) == pytest.approx(B(x).reshape(A.out_shape), abs=1e-4)


def test_the_field_map_undoes_the_blur_of_a_spiral(truth: FloatArray) -> None:
    trajectory, times_s = spiral(8, 800, N), np.linspace(0, 0.02, 800)
    acquisition = replace(SCAN, trajectory=trajectory, sample_times_s=times_s)
    y, x = (np.indices((N, N)) - N // 2) / N
    field_hz = (120 * x - 150 * y**2)[None]
    maps = closed_form_maps(acquisition)
    image = truth / np.linalg.norm(maps, axis=0) + 0j
    # The definition, summed directly, over one coil's samples at a time.
    phase = np.exp(-2j * np.pi * np.multiply.outer(times_s, field_hz[0].ravel()))
    position = np.stack([y.ravel(), x.ravel()])
    data = np.zeros(acquisition.data_shape, dtype=complex)
    for shot in range(8):
        wave = np.exp(-2j * np.pi * trajectory[shot] @ position) * phase / N
        data[:, 0, shot] = (maps * image).reshape(6, -1) @ wave.T
    blind = mri.forward_operator(
        acquisition, encoded_grid(acquisition), maps, weights=density_weights(trajectory, (N, N))
    )
    aware = mri.forward_operator(acquisition, encoded_grid(acquisition), maps, field_hz=field_hz)
    assert nrmse(aware(image), data) < 1e-3
    assert nrmse(blind(image), data) > 0.1
    with pytest.raises(DataError, match="when the samples were taken"):
        mri.forward_operator(
            replace(acquisition, sample_times_s=None), encoded_grid(acquisition), maps, field_hz=field_hz
        )
    with pytest.raises(NotSupportedError, match="Field maps"):
        mri.forward_operator(acquisition, encoded_grid(acquisition), maps, field_hz=field_hz[0])


def test_spokes_get_the_ramp_and_others_are_found_by_iteration() -> None:
    assert np.array_equal(density_weights(PATHS["radial"], (N, N)), radial_weights(PATHS["radial"]))
    assert np.array_equal(density_weights(PATHS["golden"], (N, N)), radial_weights(PATHS["golden"]))
    spirals = density_weights(PATHS["spiral"], (N, N))
    assert spirals.sum() == pytest.approx(np.pi * (N / 2) ** 2, rel=0.05)
    # Spokes of a quarter turn do not cover the circle evenly; rows of a grid are no spokes.
    quarter = PATHS["radial"][:50]
    assert not np.array_equal(density_weights(quarter, (N, N)), radial_weights(quarter))
    rows = np.stack(np.meshgrid(np.arange(-8, 8.0), np.arange(-8, 8.0), indexing="ij"), axis=-1)
    assert density_weights(rows, (16, 16))[8, 8] == pytest.approx(1.0, abs=0.05)


def test_trajectories_that_cannot_be_are_refused() -> None:
    with pytest.raises(DataError, match="leaves the encoded k-space"):
        replace(SCAN, trajectory=1.5 * PATHS["radial"])
    with pytest.raises(DataError, match="not numbers"):
        replace(SCAN, trajectory=PATHS["radial"] * np.nan)
    with pytest.raises(ShapeError, match="does not fit"):
        replace(SCAN, trajectory=PATHS["radial"][0])
    with pytest.raises(ShapeError, match="does not fit"):
        replace(SCAN, trajectory=np.zeros((3, 4, 3)))  # three axes of a scan of slices
    with pytest.raises(DataError, match="either lines or a trajectory"):
        replace(SCAN, trajectory=PATHS["radial"], sampled=np.ones((1, N), dtype=bool))
    with pytest.raises(ShapeError, match="do not fit the scan"):
        mri.Measurement(replace(SCAN, trajectory=PATHS["radial"]), np.zeros((6, 1, N, N), dtype=complex))
    for method in ("grappa", "partial-fourier"):
        with pytest.raises(NotSupportedError, match="another scan"):
            mri.reconstruct(scan(PATHS["radial"]), method=method)
