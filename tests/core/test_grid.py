"""Grids put every sample at the right place in the patient."""

import numpy as np
import pytest

from isocenter.core.errors import GeometryError
from isocenter.core.geometry import orientation_letters
from isocenter.core.grid import Grid

ANGLE = np.deg2rad(20)
OBLIQUE = (
    (float(np.cos(ANGLE)), float(-np.sin(ANGLE)), 0.0),
    (float(np.sin(ANGLE)), float(np.cos(ANGLE)), 0.0),
    (0.0, 0.0, 1.0),
)


def test_the_middle_of_the_samples_is_the_center() -> None:
    grid = Grid((3, 4, 5), (3.0, 2.0, 1.0), center_mm=(10.0, -20.0, 30.0), direction=OBLIQUE)
    assert grid.positions_mm().reshape(-1, 3).mean(axis=0) == pytest.approx([10, -20, 30], abs=1e-12)


def test_the_affine_takes_column_row_slice_to_left_posterior_head() -> None:
    grid = Grid((3, 4, 5), (3.0, 2.0, 1.0))
    first = grid.affine @ [0, 0, 0, 1]
    assert first[:3] == pytest.approx([-2.0, -3.0, -3.0])
    assert (grid.affine @ [1, 0, 0, 1] - first)[:3] == pytest.approx([1.0, 0, 0])
    assert (grid.affine @ [0, 1, 0, 1] - first)[:3] == pytest.approx([0, 2.0, 0])
    assert (grid.affine @ [0, 0, 1, 1] - first)[:3] == pytest.approx([0, 0, 3.0])
    assert grid.positions_mm()[2, 1, 3] == pytest.approx((grid.affine @ [3, 1, 2, 1])[:3])


def test_a_grid_comes_back_from_its_affine() -> None:
    grid = Grid(
        (3, 4, 5), (3.0, 2.0, 1.0), center_mm=(10.0, -20.0, 30.0), direction=OBLIQUE, frame_of_reference_uid="1.2"
    )
    again = Grid.from_affine(grid.shape, grid.affine, frame_of_reference_uid="1.2")
    assert again.affine == pytest.approx(grid.affine, abs=1e-12)
    assert again.spacing_mm == pytest.approx(grid.spacing_mm)


def test_one_plane_of_a_volume_lies_where_it_lay_in_the_volume() -> None:
    grid = Grid((3, 4, 5), (3.0, 2.0, 1.0), center_mm=(10.0, -20.0, 30.0), direction=OBLIQUE)
    assert grid.plane(2).positions_mm() == pytest.approx(grid.positions_mm()[2], abs=1e-12)
    assert grid.plane(2).as_volume().shape == (1, 4, 5)


@pytest.mark.parametrize(
    ("shape", "spacing", "direction"),
    [
        ((0, 4), (1.0, 1.0), None),
        ((4, 4), (1.0, -1.0), None),
        ((4, 4), (1.0, float("nan")), None),
        ((4, 4, 4), (1.0, 1.0), None),
        ((4,), (1.0,), None),
        ((4, 4), (1.0, 1.0), ((1.0, 0.5, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))),
    ],
)
def test_impossible_grids_are_refused(shape: tuple[int, ...], spacing: tuple[float, ...], direction: object) -> None:
    with pytest.raises(GeometryError):
        Grid(shape, spacing, **({} if direction is None else {"direction": direction}))  # type: ignore[arg-type] # wrong on purpose


def test_a_sheared_affine_is_refused() -> None:
    affine = np.eye(4)
    affine[1, 2] = 0.3
    with pytest.raises(GeometryError, match="right angles"):
        Grid.from_affine((2, 2, 2), affine)


@pytest.mark.parametrize(
    ("vector", "letters"),
    [
        ((1, 0, 0), "L"),
        ((-1, 0, 0), "R"),
        ((0, 1, 0), "P"),
        ((0, -1, 0), "A"),
        ((0, 0, 1), "H"),
        ((0.1, 0, -0.9), "FL"),
    ],
)
def test_letters_name_the_direction_strongest_first(vector: tuple[float, float, float], letters: str) -> None:
    assert orientation_letters(vector) == letters
