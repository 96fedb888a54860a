"""Inside and apart are told to a fraction of a millimetre, for every pair of solids."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from isocenter.core.geometry import as_direction
from isocenter.physics.nesting import gap_mm, overshoot_mm
from isocenter.physics.shapes import Box, Ellipsoid, EllipticCylinder, Shape

TURN = as_direction(Rotation.from_euler("zyx", [30, 20, 10], degrees=True).as_matrix())
BALL = Ellipsoid((0, 0, 0), (10, 10, 10))


def test_a_corner_that_sticks_out_is_found_however_small_it_is() -> None:
    half = 10 / 3**0.5  # the corner of this cube lies on the sphere
    assert overshoot_mm(Box((0, 0, 0), (half - 0.02,) * 3, TURN), BALL) < 0
    assert overshoot_mm(Box((0, 0, 0), (half + 0.02,) * 3, TURN), BALL) == pytest.approx(0.02 * 3**0.5, rel=0.3)


@pytest.mark.parametrize("outer", [BALL, Box((0, 0, 0), (10, 10, 10)), EllipticCylinder((0, 0, 0), (10, 10, 10))])
def test_a_ball_overshoots_by_what_it_lies_too_far_out(outer: Shape) -> None:
    for shift in (-0.01, 0.01):
        inner = Ellipsoid((7 + shift, 0, 0), (3, 3, 3))
        assert overshoot_mm(inner, outer) == pytest.approx(shift, abs=0.004)


def test_a_needle_leaves_a_cylinder_by_its_end() -> None:
    outer = EllipticCylinder((1, 2, 3), (10, 10, 10), TURN)
    center = np.array([1.0, 2.0, 3.0]) + np.array(TURN)[:, 2] * 9
    assert overshoot_mm(EllipticCylinder(tuple(center), (1, 1, 1.5), TURN), outer) == pytest.approx(0.5)
    assert overshoot_mm(EllipticCylinder(tuple(center), (1, 1, 0.5), TURN), outer) == pytest.approx(-0.5)


def test_a_needle_that_runs_through_a_wall_is_found() -> None:
    needle = EllipticCylinder((0, 0, 0), (0.1, 0.1, 30))
    assert overshoot_mm(needle, BALL) == pytest.approx(20, abs=0.1)
    assert gap_mm(needle, Ellipsoid((0, 0, 20), (5, 5, 5))) < 0


def test_balls_are_apart_by_the_distance_of_their_surfaces() -> None:
    other = np.array([1.0, 2.0, 2.0]) * 5  # 15 mm away
    assert gap_mm(BALL, Ellipsoid(tuple(other), (4.9, 4.9, 4.9))) == pytest.approx(0.1, abs=0.02)
    assert gap_mm(BALL, Ellipsoid(tuple(other), (5.1, 5.1, 5.1))) == pytest.approx(-0.1, abs=1e-3)


def test_turned_boxes_are_parted_by_an_edge_or_a_face() -> None:
    first = Box((0, 0, 0), (10, 10, 10))
    quarter = as_direction(Rotation.from_euler("z", 45, degrees=True).as_matrix())
    reach = 10 * 2**0.5
    assert gap_mm(first, Box((10 + reach + 0.001, 0, 0), (10, 10, 10), quarter)) == pytest.approx(0.001, abs=1e-9)
    assert gap_mm(first, Box((10 + reach - 0.001, 0, 0), (10, 10, 10), quarter)) == pytest.approx(-0.001, abs=1e-9)
