"""A breathing body scanned by golden-angle spokes: the signal is found, gated images are sharper."""

from dataclasses import replace

import numpy as np
import pytest

from isocenter.core.errors import DataError, NotSupportedError, OptionError
from isocenter.modalities import mri
from isocenter.modalities.mri import self_navigation, trajectories
from isocenter.modalities.mri.geometry import closed_form_maps, encoded_grid, forward_operator
from isocenter.modalities.mri.imperfections import Imperfections
from isocenter.modalities.mri.motion import Motion
from isocenter.modalities.mri.trajectories import density_weights
from isocenter.physics.bodies import BODIES
from isocenter.solvers.cg import cg

N, N_SHOTS, INTERVAL_S = 64, 600, 0.05
TIMES_S = np.arange(N_SHOTS) * INTERVAL_S
BREATHING_MM = 12 * np.sin(np.pi * TIMES_S / 4.2) ** 4  # up to 12 mm, resting at 0
MATRIX = 2 * N
SCAN = mri.Acquisition(
    n_coils=6,
    encoded_shape=(1, N, N),
    encoded_fov_mm=(5.0, 240.0, 240.0),
    trajectory=trajectories.radial(N_SHOTS, MATRIX, N, is_golden=True),
    field_t=1.5,
    repetition_time_s=1.0,
    echo_time_s=0.01,
    sequence="spin echo",
    noise_std=0.002,
    coils=mri.CoilArray(6, 240.0),
)
BODY = BODIES["disc"](radius_mm=40.0, center_mm=(10.0, -10.0), of="muscle")


def breathing_scan() -> mri.Measurement:
    shifts = np.zeros((N_SHOTS, 3))
    shifts[:, 1] = BREATHING_MM
    motion = Motion(np.arange(N_SHOTS) / N_SHOTS, np.zeros((N_SHOTS, 3)), shifts)
    return mri.simulate(BODY, replace(SCAN, imperfections=Imperfections(motion=motion)), np.random.default_rng(0))


@pytest.fixture(scope="module")
def measurement() -> mri.Measurement:
    return breathing_scan()


def test_the_centre_of_every_spoke_follows_breathing(measurement: mri.Measurement) -> None:
    signal = self_navigation.breathing(measurement, INTERVAL_S)
    assert abs(np.corrcoef(signal, BREATHING_MM)[0, 1]) > 0.95


def image_of(measurement: mri.Measurement, gate: np.ndarray | None) -> np.ndarray:
    scan = measurement.acquisition
    weights = density_weights(scan.trajectory, (N, N))
    if gate is not None:
        weights = self_navigation.gated_weights(weights, gate)
    A = forward_operator(scan, encoded_grid(scan), closed_form_maps(scan), weights=weights)
    return np.abs(cg(A.N, A.adjoint(measurement.data * np.sqrt(weights)), n_iterations=10, tolerance=1e-6).x)[0]


def test_gated_images_are_nearer_to_the_body_at_rest(measurement: mri.Measurement) -> None:
    signal = self_navigation.breathing(measurement, INTERVAL_S)
    at_rest = mri.simulate(BODY, SCAN, np.random.default_rng(0))
    truth = image_of(at_rest, None)
    gate = self_navigation.soft_gate(signal, position=self_navigation.resting_position(signal), width=0.35)
    errors = [np.linalg.norm(image_of(measurement, g) - truth) / np.linalg.norm(truth) for g in (None, gate)]
    assert errors[0] > 0.08
    assert errors[1] < 0.5 * errors[0]


def test_shots_of_a_bin_show_one_position(measurement: mri.Measurement) -> None:
    signal = self_navigation.breathing(measurement, INTERVAL_S)
    signal = signal * np.sign(np.corrcoef(signal, BREATHING_MM)[0, 1])
    which = self_navigation.bins(signal, 4)
    assert np.bincount(which).tolist() == [150] * 4
    centers = []
    for number in (0, 3):
        part = self_navigation.of_shots(measurement, np.flatnonzero(which == number))
        image = image_of(part, None)
        y = encoded_grid(part.acquisition).positions_mm()[0, ..., 1]
        weights = np.where(image > 0.5 * image.max(), image, 0)
        centers.append(float((weights * y).sum() / weights.sum()))
    expected = [BREATHING_MM[which == number].mean() for number in (0, 3)]
    assert expected[1] - expected[0] > 8
    assert centers[1] - centers[0] == pytest.approx(expected[1] - expected[0], abs=1.5)


def test_scans_that_tell_nothing_of_breathing_are_refused(measurement: mri.Measurement) -> None:
    with pytest.raises(DataError, match="too short"):
        self_navigation.breathing(measurement, 0.001)
    lines = mri.simulate(BODY, replace(SCAN, trajectory=None), np.random.default_rng(0))
    with pytest.raises(NotSupportedError, match="Lines"):
        self_navigation.breathing(lines, INTERVAL_S)
    with pytest.raises(NotSupportedError, match="has shots"):
        self_navigation.of_shots(lines, np.arange(3))
    off = replace(measurement, acquisition=replace(SCAN, trajectory=SCAN.trajectory / 4 + 2))
    with pytest.raises(NotSupportedError, match="centre"):
        self_navigation.breathing(off, INTERVAL_S)
    with pytest.raises(OptionError, match="bins"):
        self_navigation.bins(np.zeros(3), 9)
    with pytest.raises(OptionError, match="width"):
        self_navigation.soft_gate(np.zeros(3), position=0.0, width=0.0)
