"""Turned as radiologists look, every sample stays where it is in the patient."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from isocenter.core.geometry import as_direction, as_vector, orientation_letters
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.core.viewing import as_viewed

VALUES = np.arange(2 * 3 * 4 * 5, dtype=float).reshape(2, 3, 4, 5)


def image_along(axes: np.ndarray) -> Image:
    """Return an image of two echoes whose x, y and z grow along the columns of `axes`."""
    grid = Grid((3, 4, 5), (4.0, 1.5, 1.0), (10.0, -20.0, 30.0), as_direction(axes))
    return Image(VALUES, grid, quantity="MR signal magnitude", unit="1", axes=("echo",))


def letters(image: Image) -> tuple[str, str]:
    """Return where columns and rows of the picture grow."""
    axes = np.asarray(image.grid.direction)
    return orientation_letters(as_vector(axes[:, 0]))[0], orientation_letters(as_vector(axes[:, 1]))[0]


PLANES = {"transverse": (2, ("L", "P")), "coronal": (1, ("L", "F")), "sagittal": (0, ("P", "F"))}


@pytest.mark.parametrize("name", PLANES)
@pytest.mark.parametrize("signs", [(1, 1, 1), (-1, 1, 1), (1, -1, -1), (-1, -1, 1)])
@pytest.mark.parametrize("is_exchanged", [False, True])
def test_each_plane_is_upright(name: str, signs: tuple[int, int, int], is_exchanged: bool) -> None:
    normal, expected = PLANES[name]
    x, y = [axis for axis in range(3) if axis != normal][:: -1 if is_exchanged else 1]
    axes = np.eye(3)[:, [x, y, normal]] * signs
    viewed = as_viewed(image_along(axes))
    assert letters(viewed) == expected
    assert np.asarray(viewed.grid.direction)[:, 2] == pytest.approx(axes[:, 2])


@given(st.tuples(*[st.floats(-1, 1) for _ in range(3)]), st.booleans())
def test_samples_stay_where_they_are(vector: tuple[float, float, float], is_left_handed: bool) -> None:
    axes = Rotation.from_rotvec(3 * np.array(vector)).as_matrix()
    axes[:, 2] *= -1 if is_left_handed else 1
    image = image_along(axes)
    viewed = as_viewed(image)
    # Where a sample of the turned image lies, the first image has the same value.
    places = viewed.grid.positions_mm().reshape(-1, 3)
    indices = np.linalg.solve(image.grid.affine, np.column_stack([places, np.ones(len(places))]).T)[:3]
    x, y, z = np.rint(indices).astype(int)
    assert indices == pytest.approx(np.array([x, y, z]), abs=1e-6)
    assert np.array_equal(viewed.values.reshape(2, -1), VALUES[:, z, y, x])
    assert np.array_equal(as_viewed(viewed).values, viewed.values)
