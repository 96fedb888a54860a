"""Simulated scans against what is known of their bodies: decay, precession, motion, noise, place."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from isocenter.core.errors import DataError
from isocenter.kernels import fourier
from isocenter.modalities import mri
from isocenter.modalities.mri import sequences, simulation, trajectories
from isocenter.modalities.mri.imperfections import Imperfections
from isocenter.modalities.mri.motion import Motion
from isocenter.modalities.mri.protocols import PROTOCOLS
from isocenter.physics.bodies import BODIES
from isocenter.physics.body import Body, Component
from isocenter.physics.properties import relaxation_s
from isocenter.physics.shapes import Ellipsoid
from isocenter.physics.tissues import tissue

N = 64
SCAN = mri.Acquisition(
    n_coils=2,
    encoded_shape=(1, N, N),
    encoded_fov_mm=(5.0, 256.0, 256.0),
    field_t=3.0,
    repetition_time_s=1.0,
    echo_time_s=0.01,
    flip_angle_rad=np.deg2rad(30.0),
    sequence="gradient echo",
    coils=mri.CoilArray(2, 256.0),
)
MUSCLE = BODIES["disc"](radius_mm=70.0, of="muscle")


def data_of(acquisition: mri.Acquisition, body: Body = MUSCLE) -> np.ndarray:
    return mri.simulate(body, acquisition, np.random.default_rng(0)).data


def center_mm(acquisition: mri.Acquisition, body: Body = MUSCLE) -> np.ndarray:
    """Return where the image's brighter half has its middle, in LPS."""
    uniform = replace(acquisition, n_coils=1, coils=mri.CoilArray(1, 256.0, radius_mm=1e6))
    image = mri.reconstruct(mri.simulate(body, uniform, np.random.default_rng(0)), method="rss")
    weights = np.where(image.values > 0.5 * image.values.max(), image.values, 0.0)
    return np.tensordot(weights, image.grid.positions_mm(), axes=3) / weights.sum()


def ball(radius_mm: float = 40.0, at_mm: tuple[float, float, float] = (0.0, 0.0, 0.0), of: str = "muscle") -> Body:
    return Body("ball", (Component("ball", Ellipsoid(at_mm, (radius_mm, 0.8 * radius_mm, radius_mm)), tissue(of)),))


def test_a_gradient_echo_decays_with_t2_star_along_the_line() -> None:
    at_once = data_of(SCAN)
    slow = replace(SCAN, dwell_s=50e-6, imperfections=Imperfections(r2_prime_per_s=20.0))
    t2_s = relaxation_s(tissue("muscle"), 3.0)[1]
    t_s = 0.01 + (np.arange(N) - N // 2) * 50e-6
    expected = at_once * np.exp(0.01 / t2_s) * np.exp(-t_s * (1 / t2_s + 20.0))
    assert np.abs(data_of(slow) - expected).max() < 1e-6 * np.abs(expected).max()


def test_a_spin_echo_refocuses_what_differs_within_a_voxel() -> None:
    base = replace(SCAN, sequence="spin echo")
    slow = replace(base, dwell_s=50e-6, imperfections=Imperfections(r2_prime_per_s=20.0, field_hz=30.0))
    t2_s = relaxation_s(tissue("muscle"), 3.0)[1]
    tau_s = (np.arange(N) - N // 2) * 50e-6
    factor = np.exp(-tau_s / t2_s - 20.0 * np.abs(tau_s) - 2j * np.pi * 30.0 * tau_s)
    assert np.abs(data_of(slow) - data_of(base) * factor).max() < 1e-6 * np.abs(data_of(base)).max()


def test_a_trajectory_has_the_same_precession_as_lines() -> None:
    faults = Imperfections(field_hz=25.0, field_gradient_hz_per_mm=(0.2, -0.1, 0.0))
    lines = data_of(replace(SCAN, dwell_s=20e-6, imperfections=faults))
    index = np.arange(N) - N // 2
    points = np.stack(np.meshgrid(index, index, indexing="ij"), axis=-1).astype(float)
    along = replace(SCAN, trajectory=points, sample_times_s=0.01 + index * 20e-6, imperfections=faults)
    assert np.abs(data_of(along)[:, 0] - lines[:, 0]).max() < 1e-6 * np.abs(lines).max()


def test_a_gradient_of_the_field_is_a_sum_over_the_body() -> None:
    """The closed form against a sum over a finely sampled section, sample by sample."""
    faults = Imperfections(field_hz=10.0, field_gradient_hz_per_mm=(0.5, 0.8, 0.0))
    scan = replace(SCAN, encoded_shape=(1, 24, 24), dwell_s=200e-6, imperfections=faults)
    found = data_of(scan)[:, 0]
    fine = (np.arange(600) - 299.5) * 0.3
    x, y = np.meshgrid(fine, fine)
    inside = np.hypot(x, y) < 70
    x, y = x[inside], y[inside]
    maps = scan.coils.sensitivities(x, y)
    value = simulation.signal_of(replace(scan, imperfections=None))(tissue("muscle")).real
    t2_s = relaxation_s(tissue("muscle"), 3.0)[1]
    for ky, kx in ((12, 12), (3, 15), (20, 7), (10, 22)):
        tau_s = (kx - 12) * 200e-6
        field_hz = 10.0 + 0.5 * x + 0.8 * y
        phase = np.exp(-2j * np.pi * (((kx - 12) * x + (ky - 12) * y) / 256.0 + field_hz * (0.01 + tau_s)))
        expected = (maps * phase).sum(axis=1) * 0.09 * value * np.exp(-tau_s / t2_s) * 24 / 256.0**2
        assert np.abs(found[:, ky, kx] - expected).max() < 0.003 * np.abs(found).max()


@pytest.mark.parametrize("is_descending", [False, True])
def test_echo_planar_images_are_shifted_by_the_field(is_descending: bool) -> None:
    sequence = sequences.EchoPlanar(0.7e-3, is_descending=is_descending)
    scan = replace(SCAN, protocol=sequence, imperfections=Imperfections(field_hz=50.0))
    shift_mm = 50.0 * 0.7e-3 * 256.0 * (-1 if is_descending else 1)
    # exp(-2 pi i f t) with t = ky * spacing is the phase of a shift towards +y; falling ky turns it around.
    assert center_mm(scan)[1] - center_mm(replace(scan, imperfections=None))[1] == pytest.approx(shift_mm, abs=0.3)


def test_a_late_gradient_makes_a_ghost_half_a_field_away() -> None:
    small = BODIES["disc"](radius_mm=30.0, of="muscle")
    scan = replace(SCAN, dwell_s=5e-6, protocol=sequences.EchoPlanar(0.7e-3, read_delay_s=2e-6))
    rows = np.abs(fourier.ifft(data_of(scan, small), (-2, -1)))[0, 0].max(axis=1)
    clean = replace(scan, protocol=sequences.EchoPlanar(0.7e-3))
    rows_clean = np.abs(fourier.ifft(data_of(clean, small), (-2, -1)))[0, 0].max(axis=1)
    assert rows[:4].max() > 0.1 * rows.max()
    assert rows_clean[:4].max() < 0.03 * rows_clean.max()


def test_fat_is_displaced_along_the_readout() -> None:
    fat = BODIES["disc"](radius_mm=60.0, of="adipose")
    scan = replace(SCAN, sequence="spin echo", dwell_s=40e-6)
    # Six lines, each displaced by its own frequency: their mean, and no more than a pixel of blur.
    mean_ppm = np.average((-3.80, -3.40, -2.60, -1.94, -0.39, 0.60), weights=(0.087, 0.693, 0.128, 0.004, 0.039, 0.048))
    shift_mm = mean_ppm * 42.577478518 * 3.0 * 40e-6 * 256.0
    assert center_mm(scan, fat)[0] - center_mm(scan)[0] == pytest.approx(shift_mm, abs=0.6)


def test_lines_after_a_step_are_those_of_the_moved_body() -> None:
    body = BODIES["head"]()
    angle, shift = np.array([0.05, -0.03, 0.08]), np.array([3.0, -2.0, 1.5])
    motion = Motion(np.array([0.5]), angle[None], shift[None])
    scan = replace(SCAN, center_mm=(0.0, 0.0, 8.0))
    found = data_of(replace(scan, imperfections=Imperfections(motion=motion)), body)
    moved = body.moved(Rotation.from_rotvec(angle).as_matrix(), shift.tolist())
    at_rest, after = data_of(scan, body), data_of(scan, moved)
    assert np.array_equal(found[:, :, : N // 2], at_rest[:, :, : N // 2])
    assert np.abs(found[:, :, N // 2 :] - after[:, :, N // 2 :]).max() < 1e-5 * np.abs(after).max()
    assert np.abs(after - at_rest).max() > 0.05 * np.abs(after).max()


def test_noise_has_the_covariance_that_was_asked_for() -> None:
    root = np.array([[1.0, 0.0, 0.0], [0.4 + 0.3j, 0.8, 0.0], [0.1j, -0.5, 1.2]]) * 0.01
    covariance = root @ root.conj().T
    scan = replace(
        SCAN, n_coils=3, coils=mri.CoilArray(3, 256.0), imperfections=Imperfections(noise_covariance=covariance)
    )
    noise = mri.simulate(MUSCLE, scan, np.random.default_rng(3)).noise
    assert noise is not None
    seen = noise @ noise.conj().T / noise.shape[1]
    # 4096 samples: 1.6 % of the diagonal is one standard deviation.
    assert np.abs(seen - covariance).max() < 0.06 * np.abs(covariance).max()
    with pytest.raises(DataError, match="number of coils"):
        data_of(replace(SCAN, imperfections=Imperfections(noise_covariance=covariance)))
    with pytest.raises(DataError, match="no covariance"):
        Imperfections(noise_covariance=-covariance)


OBLIQUE = Rotation.from_euler("xyz", [20.0, -35.0, 15.0], degrees=True).as_matrix()
TILTED = {
    "read_dir": tuple(OBLIQUE[:, 0]),
    "phase_dir": tuple(OBLIQUE[:, 1]),
    "slice_dir": tuple(OBLIQUE[:, 2]),
}


def test_a_ball_is_found_where_it_is_on_oblique_slices() -> None:
    body = ball(40.0, (25.0, -18.0, 12.0))
    scan = replace(SCAN, center_mm=(20.0, -10.0, 10.0), **TILTED)
    normal = OBLIQUE[:, 2]
    # An ellipsoid's section has its middle where the plane cuts the conjugate diameter.
    squares = np.diag([40.0**2, 32.0**2, 40.0**2])
    middle = np.array([25.0, -18.0, 12.0])
    distance = normal @ (np.array([20.0, -10.0, 10.0]) - middle)
    expected = middle + squares @ normal * distance / (normal @ squares @ normal)
    assert center_mm(scan, body) == pytest.approx(expected, abs=0.3)


def test_a_whole_body_is_scanned_in_three_dimensions() -> None:
    body = ball(45.0, (12.0, -8.0, 20.0))
    scan = replace(
        SCAN,
        encoded_shape=(24, 32, 32),
        encoded_fov_mm=(160.0, 200.0, 200.0),
        is_3d=True,
        center_mm=(10.0, 0.0, 15.0),
        n_coils=1,
        coils=mri.CoilArray(1, 256.0, radius_mm=1e6),
        **TILTED,
    )
    assert center_mm(scan, body) == pytest.approx([12.0, -8.0, 20.0], abs=0.3)
    image = mri.reconstruct(mri.simulate(body, scan, np.random.default_rng(0)), method="rss")
    inside = np.linalg.norm(image.grid.positions_mm() - [12.0, -8.0, 20.0], axis=-1) < 20
    expected = abs(simulation.signal_of(scan)(tissue("muscle")))
    sensitivity = abs(scan.coils.sensitivities(np.zeros(1), np.zeros(1))).item()
    assert image.values[inside].mean() == pytest.approx(expected * sensitivity, rel=0.02)


def test_spokes_in_three_dimensions_agree_with_lines() -> None:
    body, shape = ball(), (12, 16, 16)
    scan = replace(SCAN, encoded_shape=shape, encoded_fov_mm=(160.0, 200.0, 200.0), is_3d=True)
    index = [np.arange(n) - n // 2 for n in shape]
    points = (
        np.stack(np.meshgrid(*index, indexing="ij"), axis=-1).reshape(shape[0] * shape[1], shape[2], 3).astype(float)
    )
    along = data_of(replace(scan, trajectory=points), body)
    assert along[:, 0].reshape(2, *shape) == pytest.approx(data_of(scan, body), abs=1e-6)


def test_fingerprints_are_the_middle_of_every_spoke() -> None:
    n_shots = 12
    sequence = sequences.Fingerprinting(np.linspace(0.2, 1.0, n_shots), np.full(n_shots, 0.012))
    scan = replace(SCAN, trajectory=trajectories.radial(n_shots, N, N, is_golden=True), protocol=sequence)
    found = data_of(scan)[0, 0, :, N // 2]
    t1_s, t2_s = relaxation_s(tissue("muscle"), 3.0)
    expected = sequence.fingerprint(t1_s, t2_s, 0.01)
    assert found / found[0] == pytest.approx(expected / expected[0], rel=1e-4)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_protocol_can_be_simulated(name: str) -> None:
    scans = PROTOCOLS[name].make()
    first = scans[0]
    if first.trajectory is None:
        shape = (min(first.encoded_shape[0], 12), 16, 16)
        # The train of MPRAGE has to fit; coarse k-space is quick.
        scans = tuple(replace(scan, encoded_shape=shape, sampled=None) for scan in scans)
    else:
        scans = tuple(
            replace(scan, trajectory=scan.trajectory[:, ::16], sample_times_s=scan.sample_times_s[::16])
            for scan in scans
        )
    found = simulation.simulate_series(BODIES["head"](), scans, np.random.default_rng(0))
    assert len(found) == len(scans)
    assert all(np.abs(measurement.data).max() > 0 for measurement in found)
