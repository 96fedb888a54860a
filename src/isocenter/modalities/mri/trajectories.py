"""Paths through k-space, (shot, sample, axis) in cycles per field of view, and weights for their density.

Source: radial with golden angles, Winkelmann et al., IEEE Trans. Med. Imaging 26 (2007) 68-76; spiral, Glover, Magn.
Reson. Med. 42 (1999) 412-415.
"""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError, OptionError
from isocenter.operators.density_compensation import iterative_weights, radial_weights

GOLDEN_ANGLE_RAD = np.pi * (5**0.5 - 1) / 2


def radial(n_spokes: int, n_samples: int, matrix: int, *, is_golden: bool = False) -> FloatArray:
    """Return spokes through the centre, in the plane (y, x), over half a turn; sample n // 2 is the centre."""
    step = GOLDEN_ANGLE_RAD if is_golden else np.pi / n_spokes
    along = (np.arange(n_samples) - n_samples // 2) * (matrix / n_samples)
    return _turned(np.stack([0 * along, along], axis=-1), np.arange(n_spokes) * step)


def spiral(n_shots: int, n_samples: int, matrix: int, *, density_power: float = 1.0) -> FloatArray:
    """Return interleaved spirals outwards; neighbouring turns of all shots are one cycle apart where the power is 1.

    The radius grows as the angle to the `density_power`, above 1 for a more densely sampled middle; samples are at
    equal distances along the path.
    """
    if n_shots < 1 or n_samples < 2 or not density_power > 0:
        raise OptionError(
            "There is no such spiral.", field="n_shots, n_samples", found=(n_shots, n_samples), expected="positive"
        )
    n_turns = matrix / 2 / n_shots
    fine = _spiral_path(np.linspace(0, 1, int(200 * n_turns) + 1000), n_turns, matrix, density_power)
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(fine, axis=0), axis=-1))])
    t = np.interp(np.arange(n_samples) / n_samples * length[-1], length, np.linspace(0, 1, length.size))
    path = _spiral_path(t, n_turns, matrix, density_power)
    return _turned(path, np.arange(n_shots) * 2 * np.pi / n_shots)


def _spiral_path(t: FloatArray, n_turns: float, matrix: int, density_power: float) -> FloatArray:
    radius, angle = matrix / 2 * t**density_power, 2 * np.pi * n_turns * t
    return np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=-1)


def density_weights(trajectory: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """Return the density compensation of a trajectory: the ramp for spokes, found by iteration for any other."""
    try:
        spokes = radial_weights(trajectory)
    except DataError:
        return iterative_weights(trajectory, shape)
    ends = np.linalg.norm(trajectory[:, [0, -1]], axis=-1)
    chord = np.linalg.norm(trajectory[:, -1] - trajectory[:, 0], axis=-1)
    length = np.linalg.norm(np.diff(trajectory, axis=1), axis=-1).sum(axis=1)
    is_straight = np.abs(chord - length) < 0.01 * length
    # A straight path through the centre is as long as its ends are far from it, together or (one-sided) apart.
    is_central = np.minimum(np.abs(ends.sum(axis=1) - chord), np.abs(np.abs(ends[:, 1] - ends[:, 0]) - chord))
    if is_straight.all() and (is_central < 0.01 * chord).all() and _covers_evenly(trajectory):
        return spokes
    return iterative_weights(trajectory, shape)


def _covers_evenly(trajectory: FloatArray) -> bool:
    """Return whether the angles between neighbouring spokes of a plane differ by no more than golden angles' do."""
    if trajectory.shape[2] != 2 or trajectory.shape[0] < 2:
        return bool(trajectory.shape[0] >= 2)
    along = trajectory[:, -1] - trajectory[:, 0]
    is_through = np.linalg.norm(trajectory, axis=-1).argmin(axis=1).mean() > 0.02 * trajectory.shape[1]
    turn = np.pi if is_through else 2 * np.pi
    angle = np.sort(np.arctan2(along[:, 0], along[:, 1]) % turn)
    gaps = np.diff(np.append(angle, angle[0] + turn))
    return bool(gaps.max() < 3 * turn / trajectory.shape[0])


def _turned(path: FloatArray, angles_rad: FloatArray) -> FloatArray:
    """Return the path (sample, axis) turned by every angle from x towards y: (shot, sample, axis)."""
    y, x = path[:, 0], path[:, 1]
    cosine, sine = np.cos(angles_rad)[:, None], np.sin(angles_rad)[:, None]
    return np.stack([cosine * y + sine * x, cosine * x - sine * y], axis=-1)
