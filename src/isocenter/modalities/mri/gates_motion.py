"""Acceptance gates of what moves: breathing, heartbeats, flow in space."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from isocenter.core.gates import Gate
from isocenter.core.grid import Grid
from isocenter.kernels import fourier
from isocenter.modalities.mri import cine, flow_4d, self_navigation, trajectories
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.coils import CoilArray
from isocenter.modalities.mri.imperfections import Imperfections
from isocenter.modalities.mri.motion import Motion
from isocenter.modalities.mri.simulation import simulate
from isocenter.physics.bodies import BODIES
from isocenter.physics.planar_shapes import Ellipse


def breathing_correlation() -> float:
    """Return how well the signal of spokes' centres follows a disc that breathes."""
    n_shots, interval_s = 400, 0.05
    height_mm = 12 * np.sin(np.pi * np.arange(n_shots) * interval_s / 4.2) ** 4
    shifts = np.zeros((n_shots, 3))
    shifts[:, 1] = height_mm
    scan = Acquisition(
        6,
        (1, 32, 32),
        (5.0, 240.0, 240.0),
        trajectory=trajectories.radial(n_shots, 32, 32, is_golden=True),
        field_t=1.5,
        repetition_time_s=1.0,
        echo_time_s=0.01,
        sequence="spin echo",
        noise_std=0.002,
        coils=CoilArray(6, 240.0),
    )
    motion = Motion(np.arange(n_shots) / n_shots, np.zeros((n_shots, 3)), shifts)
    body = BODIES["disc"](radius_mm=40.0, center_mm=(10.0, -10.0), of="muscle")
    moved = replace(scan, imperfections=Imperfections(motion=motion))
    signal = self_navigation.breathing(simulate(body, moved, np.random.default_rng(0)), interval_s)
    return float(abs(np.corrcoef(signal, height_mm)[0, 1]))


def cine_radius_error_mm() -> float:
    """Return the largest error of a beating disc's radius over 16 phases, from lines sorted by irregular beats."""
    n, fov_mm, n_phases = 64, 160.0, 16
    beats_s = 0.3 + np.concatenate([[0.0], np.cumsum(0.9 + 0.15 * np.random.default_rng(2).uniform(-1, 1, 24))])
    n_lines = n * 40
    rows = np.arange(n_lines) // (8 * 40 * 1) * 8 + np.arange(n_lines) % 8
    times = 0.5 + 0.007 * np.arange(n_lines)
    phases = cine.cardiac_phases(times, beats_s)
    kx = (np.arange(n) - n // 2) / fov_mm
    lines = np.empty((n_lines, 1, n), dtype=complex)
    for index, (row, phase) in enumerate(zip(rows, phases, strict=True)):
        radius = float(30 - 8 * np.sin(np.pi * phase) ** 2)
        k = np.column_stack([kx, np.full(n, (row - n // 2) / fov_mm)])
        lines[index, 0] = Ellipse((0.0, 0.0), (radius, radius)).fourier(k) * n / fov_mm**2
    kspace, _ = cine.sorted_lines(lines, rows, phases, n, n_phases)
    areas = (np.abs(fourier.ifft(kspace, (-2, -1)))[:, 0] > 0.5).sum(axis=(1, 2)) * (fov_mm / n) ** 2
    expected = 30 - 8 * np.sin(np.pi * (np.arange(n_phases) + 0.5) / n_phases) ** 2
    return float(np.abs(np.sqrt(areas / np.pi) - expected).max())


def _pipe() -> tuple[flow_4d.VelocityField, np.ndarray]:
    axis = np.array([0.3, -0.2, 0.93]) / np.linalg.norm([0.3, -0.2, 0.93])
    grid = Grid((32, 40, 36), (2.0, 1.5, 1.8))
    offset = grid.positions_mm()
    across = offset - (offset @ axis)[..., None] * axis
    speed = np.maximum(0.8 * (1 - (np.linalg.norm(across, axis=-1) / 18.0) ** 2), 0.0)
    images = np.ones((4, 1, *grid.shape), dtype=complex)
    images[1:, 0] = np.exp(1j * np.pi * np.moveaxis(speed[..., None] * axis, -1, 0))
    return flow_4d.VelocityField(flow_4d.velocities_m_s(images, 1.0), grid), axis


def tilted_flow_error() -> float:
    """Return the largest relative error of Poiseuille's flow through three planes across a tilted pipe."""
    field, axis = _pipe()
    expected = np.pi * 18.0**2 * 0.8 / 2
    normals = (tuple(axis), (0.0, 0.0, 1.0), (0.5, 0.1, 0.9))
    found = [field.flow_ml_s(flow_4d.Plane((0.0, 0.0, 0.0), normal, 26.0)) for normal in normals]
    return float(np.abs(np.array(found) / expected - 1).max())


def streamline_error_mm() -> float:
    """Return how far a streamline of a fluid that turns is from closing after one turn of 15 mm radius."""
    grid = Grid((8, 48, 48), (4.0, 1.5, 1.5))
    x, y, _ = np.moveaxis(grid.positions_mm(), -1, 0)
    field = flow_4d.VelocityField(np.stack([-0.006 * y, 0.006 * x, 0 * x]), grid)
    (line,) = field.streamlines_mm(np.array([[15.0, 0.0, 0.0]]), step_mm=2 * np.pi * 15 / 300, n_steps=300)
    return float(np.linalg.norm(line[-1] - line[0]))


GATES: tuple[Gate, ...] = (
    Gate(
        "breathing",
        "Breathing from spokes: correlation",
        0.95,
        0,
        "1",
        "known motion",
        breathing_correlation,
        "at_least",
    ),
    Gate("cine", "Radius of a beating disc, 16 phases", 0, 0.8, "mm", "closed-form k-space", cine_radius_error_mm),
    Gate("flow-4d", "Flow of a tilted pipe through three planes", 0, 0.02, "1", "Poiseuille", tilted_flow_error),
    Gate("streamline", "Streamline of a turning fluid closes", 0, 0.02, "mm", "circle", streamline_error_mm),
)
