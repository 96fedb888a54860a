"""Samples are covered by as much as the shape's volume says, on grids that lie anyhow."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from isocenter.core.errors import GeometryError, OptionError
from isocenter.core.geometry import as_direction
from isocenter.core.grid import Grid
from isocenter.physics.bodies import BODIES
from isocenter.physics.coverage import Lattice, coverage
from isocenter.physics.properties import density
from isocenter.physics.shapes import Box, Ellipsoid, EllipticCylinder, Shape

TURN = as_direction(Rotation.from_euler("zyx", [30, 20, 10], degrees=True).as_matrix())
OBLIQUE = Grid((30, 40, 50), (3.0, 2.0, 1.5), center_mm=(4.0, -3.0, 2.0), direction=TURN)
SOLIDS = (
    Ellipsoid((3, -4, 5), (10, 20, 15)),
    Box((3, -4, 5), (10, 20, 15)),
    EllipticCylinder((3, -4, 5), (10, 20, 15)),
)


def filled(shape: Shape, grid: Grid, oversampling: int) -> np.ndarray:
    lattice = Lattice.of_volume(grid)
    total = np.zeros(lattice.shape)
    for where, fraction in coverage(shape, lattice, oversampling):
        total[where] += fraction
    return total


@pytest.mark.parametrize("solid", SOLIDS, ids=lambda solid: type(solid).__name__)
def test_an_oblique_grid_holds_the_volume_to_a_thousandth(solid: Shape) -> None:
    assert filled(solid, OBLIQUE, 4).sum() * 3.0 * 2.0 * 1.5 == pytest.approx(solid.volume_mm3, rel=1e-3)


@pytest.mark.parametrize("solid", SOLIDS, ids=lambda solid: type(solid).__name__)
def test_only_samples_at_the_surface_are_partly_covered(solid: Shape) -> None:
    # With one point per sample the fraction is whether its middle lies inside, also outside the block looked at.
    middles = solid.contains(OBLIQUE.positions_mm())
    assert np.array_equal(filled(solid, OBLIQUE, 1) == 1, middles)
    fraction = filled(solid, OBLIQUE, 4)
    deep = solid.gauge(solid.local(OBLIQUE.positions_mm()))
    assert np.all(fraction[deep < 0.6] == 1)
    assert np.all(fraction[deep > 1.6] == 0)


def test_a_shape_off_the_grid_covers_nothing() -> None:
    assert filled(Ellipsoid((900, 0, 0), (10, 10, 10)), OBLIQUE, 2).sum() == 0


def test_a_turned_transverse_plane_shows_the_section_turned() -> None:
    turn = as_direction(Rotation.from_euler("z", 25, degrees=True).as_matrix())
    grid = Grid((128, 128), (2.0, 2.0), center_mm=(0.0, 0.0, 8.0), direction=turn, slice_thickness_mm=1e-6)
    body = BODIES["head"]()
    plane, volume = body.slice_at(8.0).voxelise(grid, density), body.voxelise(grid, density, oversampling=8)
    assert np.abs(plane - volume).max() < 1e-6


def test_a_coronal_grid_of_a_transverse_section_and_no_points_are_refused() -> None:
    coronal = as_direction(np.array([[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]]))
    with pytest.raises(GeometryError, match="transverse"):
        BODIES["head"]().slice_at(0.0).voxelise(Grid((8, 8), (5.0, 5.0), direction=coronal), density)
    with pytest.raises(OptionError, match="oversampling"):
        BODIES["head"]().voxelise(OBLIQUE, density, oversampling=0)
