"""Lines cross ball and cube where geometry says."""

import numpy as np
import pytest

from isocenter.physics.intervals import ball_interval, cube_interval, lengths_inside


def column(*values: float) -> np.ndarray:
    return np.array(values)[:, None]


def test_a_line_through_the_ball_enters_and_leaves_at_its_poles() -> None:
    enter, leave = ball_interval(column(-3.0, 0.0), column(2.0, 0.0))
    assert (enter[0], leave[0]) == pytest.approx((1.0, 2.0))


def test_a_line_past_the_ball_leaves_no_later_than_it_enters() -> None:
    enter, leave = ball_interval(column(-3.0, 1.5), column(2.0, 0.0))
    assert leave[0] <= enter[0]
    enter, leave = cube_interval(column(-3.0, 1.5), column(2.0, 0.1))
    assert leave[0] <= enter[0]


@pytest.mark.parametrize("interval", [ball_interval, cube_interval])
def test_a_point_that_stays_is_inside_for_ever_or_never(interval: object) -> None:
    start, step, one = np.array([[0.2, 2.0], [0.1, 0.0]]), np.zeros((2, 2)), np.ones(2)
    assert lengths_inside(*interval(start, step), one).tolist() == [1.0, 0.0]  # type: ignore[operator]  # two signatures


def test_a_segment_counts_from_its_start_to_its_end() -> None:
    enter, leave, length = np.array([-1.0, 0.5, 2.0]), np.array([0.5, 3.0, 3.0]), np.full(3, 10.0)
    assert lengths_inside(enter, leave, length).tolist() == [5.0, 5.0, 0.0]
