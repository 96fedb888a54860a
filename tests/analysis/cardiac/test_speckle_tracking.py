"""Speckle is followed: moved pictures give their motion, a shortening wall its strain."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates

from isocenter.analysis.cardiac.speckle_tracking import track
from isocenter.analysis.cardiac.strain import global_strain_percent
from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError, OptionError


def _speckle(rng: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
    """Return speckle in decibels, cells of some pixels."""
    field = gaussian_filter(rng.standard_normal(shape), 1.6) + 1j * gaussian_filter(rng.standard_normal(shape), 1.6)
    return 20 * np.log10(np.abs(field) + 1e-3)  # type: ignore[no-any-return]


def _moved(picture: FloatArray, rows: FloatArray, columns: FloatArray) -> FloatArray:
    """Return the picture whose sample at (row, column) was at those places before."""
    return map_coordinates(picture, [rows, columns], order=3, mode="reflect")  # type: ignore[no-any-return]


def test_a_moved_picture_gives_its_motion(rng: np.random.Generator) -> None:
    picture = _speckle(rng, (120, 140))
    rows, columns = np.mgrid[:120, :140].astype(float)
    shifts = np.array([[0.0, 0.0], [1.3, -0.7], [3.1, -2.2], [2.0, 1.5]])  # column, row
    frames = np.stack([_moved(picture, rows - dy, columns - dx) for dx, dy in shifts])
    points = np.column_stack([np.linspace(30, 110, 9), np.linspace(40, 80, 9)])
    tracks = track(frames, points, steadiness=0)
    assert np.abs(tracks - points - shifts[:, np.newaxis]).max() < 0.25
    assert np.abs((tracks - points - shifts[:, np.newaxis]).mean(axis=1)).max() < 0.08


@pytest.mark.parametrize("is_whole_beat", [False, True])
def test_a_wall_that_shortens_and_comes_back_has_its_strain(is_whole_beat: bool, rng: np.random.Generator) -> None:
    picture = _speckle(rng, (200, 160))
    rows, columns = np.mgrid[:200, :160].astype(float)
    scales = 1 - 0.18 * np.sin(np.linspace(0, np.pi, 13)) ** 2
    frames = np.stack([_moved(picture, 100 + (rows - 100) / s, 80 + (columns - 80) / s) for s in scales])
    angle = np.linspace(0.1, np.pi - 0.1, 41)
    wall = np.column_stack([80 + 45 * np.cos(angle), 60 + 85 * np.sin(angle)])
    strain = global_strain_percent(track(frames, wall, is_whole_beat=is_whole_beat))
    assert strain.min() == pytest.approx(-18.0, abs=1.0)
    assert strain[-1] == pytest.approx(0.0, abs=1e-9 if is_whole_beat else 1.5)


def test_impossible_tracking_is_refused(rng: np.random.Generator) -> None:
    frames, points = rng.random((3, 80, 80)), np.array([[40.0, 40.0]])
    for changes in ({"block": 4}, {"block": 8}, {"search": 0}):
        with pytest.raises(OptionError):
            track(frames, points, **changes)  # type: ignore[arg-type]
    for wrong in (np.array([[90.0, 40.0]]), np.array([[np.nan, 1.0]]), np.zeros(3)):
        with pytest.raises(DataError):
            track(frames, wrong)
    with pytest.raises(DataError):
        track(frames[0], points)
