"""Velocity fields that are known: encodings, Poiseuille's flow through tilted planes, turning fluids."""

import numpy as np
import pytest

from isocenter.core.errors import OptionError, ShapeError
from isocenter.core.grid import Grid
from isocenter.modalities.mri import flow_4d

GRID = Grid((40, 48, 44), (2.0, 1.5, 1.8), (3.0, -4.0, 5.0))
CENTER = np.array([3.0, -4.0, 5.0])


@pytest.mark.parametrize("encoding", [flow_4d.REFERENCED, flow_4d.BALANCED])
def test_four_encodings_give_three_velocities(encoding: np.ndarray, rng: np.random.Generator) -> None:
    velocities = rng.uniform(-0.45, 0.45, (3, 5, 6, 7))
    coils = rng.standard_normal((4, 5, 6, 7)) + 1j * rng.standard_normal((4, 5, 6, 7))
    reach = np.abs(encoding[1:] - encoding[0]).max()
    phases = np.pi * np.tensordot(encoding / reach, velocities, axes=1)
    images = coils * np.exp(1j * phases)[:, None]
    assert flow_4d.velocities_m_s(images, 1.0, encoding) == pytest.approx(velocities, abs=1e-9)


def test_encodings_that_tell_nothing_apart_are_refused() -> None:
    images = np.ones((4, 1, 2, 2), dtype=complex)
    with pytest.raises(OptionError, match="apart"):
        flow_4d.velocities_m_s(images, 1.0, np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0], [0, 0, 1]], dtype=float))
    with pytest.raises(ShapeError, match="four encodings"):
        flow_4d.velocities_m_s(images[:3], 1.0)
    with pytest.raises(OptionError, match="encoding velocity"):
        flow_4d.velocities_m_s(images, -1.0)


AXIS = np.array([0.3, -0.2, 0.93]) / np.linalg.norm([0.3, -0.2, 0.93])


def pipe(radius_mm: float = 18.0, peak_m_s: float = 0.8) -> flow_4d.VelocityField:
    offset = GRID.positions_mm() - CENTER
    across = offset - (offset @ AXIS)[..., None] * AXIS
    speed = np.maximum(peak_m_s * (1 - (np.linalg.norm(across, axis=-1) / radius_mm) ** 2), 0.0)
    return flow_4d.VelocityField(np.moveaxis(speed[..., None] * AXIS, -1, 0), GRID)


@pytest.mark.parametrize("normal", [AXIS, (0.0, 0.0, 1.0), (0.5, 0.1, 0.9)])
def test_every_plane_across_a_pipe_has_poiseuilles_flow(normal: tuple[float, float, float]) -> None:
    expected_ml_s = np.pi * 18.0**2 * 0.8 / 2
    plane = flow_4d.Plane(tuple(CENTER + 4 * AXIS), tuple(normal), 28.0)
    assert pipe().flow_ml_s(plane) == pytest.approx(expected_ml_s, rel=0.02)
    backwards = flow_4d.Plane(tuple(CENTER), tuple(-np.array(normal)), 28.0)
    assert pipe().flow_ml_s(backwards) == pytest.approx(-expected_ml_s, rel=0.02)


def test_streamlines_of_a_pipe_are_parallel_to_it() -> None:
    seeds = CENTER + np.array([[0.0, 0.0, 0.0], [5.0, 3.0, 0.0], [-8.0, 2.0, 1.0]])
    lines = pipe().streamlines_mm(seeds, step_mm=0.5, n_steps=30)
    assert lines[:, -1] - lines[:, 0] == pytest.approx(np.tile(15 * AXIS, (3, 1)), abs=1e-6)
    outside = pipe().streamlines_mm(np.array([[500.0, 0.0, 0.0]]), n_steps=5)
    assert np.ptp(outside, axis=1) == pytest.approx(0.0)


def whirl(turns_per_s: float) -> flow_4d.VelocityField:
    x, y, _ = np.moveaxis(GRID.positions_mm() - CENTER, -1, 0)
    angular = 2 * np.pi * turns_per_s / 1000
    return flow_4d.VelocityField(np.stack([-angular * y, angular * x, 0 * x]), GRID)


def test_streamlines_of_a_whirl_close() -> None:
    radius = 15.0
    n_steps = 600
    step_mm = 2 * np.pi * radius / n_steps
    (line,) = whirl(1.0).streamlines_mm(CENTER + np.array([[radius, 0.0, 0.0]]), step_mm=step_mm, n_steps=n_steps)
    assert line[-1] == pytest.approx(line[0], abs=0.01)
    assert np.linalg.norm((line - CENTER)[:, :2], axis=1) == pytest.approx(radius, abs=0.01)
    assert line[n_steps // 4] == pytest.approx(CENTER + np.array([0.0, radius, 0.0]), abs=0.01)


def test_particles_turn_by_the_integral_of_a_changing_whirl() -> None:
    fields = [whirl(speed) for speed in (0.0, 0.5, 1.0)]
    (path,) = flow_4d.pathlines_mm(fields, 0.25, CENTER + np.array([[10.0, 0.0, 0.0]]), n_substeps=20)
    angle = 2 * np.pi * 0.25  # half a second at a mean of half a turn a second
    expected = CENTER + 10.0 * np.array([np.cos(angle), np.sin(angle), 0.0])
    assert path[-1] == pytest.approx(expected, abs=0.01)


def test_fields_and_planes_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ShapeError):
        flow_4d.VelocityField(np.zeros((3, 2, 2, 2)), GRID)
    with pytest.raises(OptionError, match="radius and a normal"):
        flow_4d.Plane((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), 10.0)
    with pytest.raises(OptionError, match="step"):
        pipe().streamlines_mm(np.zeros((1, 3)), step_mm=0.0)
