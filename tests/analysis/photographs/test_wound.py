"""Wounds: areas of known outlines, and circles that heal."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from isocenter.analysis.photographs.wound import Wound, margin_advance_mm_per_week, measured
from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError

DAY = datetime(2026, 3, 1, 9)


def _circle(radius_px: float, n: int = 2000) -> FloatArray:
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.stack([300 + radius_px * np.cos(angle), 200 + radius_px * np.sin(angle)], axis=1)


def test_a_rectangle_has_its_sides_in_its_own_scale() -> None:
    wound = measured(np.array([[10, 10], [60, 10], [60, 40], [10, 40]]), (0.5, 0.2))
    assert wound.area_cm2 == pytest.approx(1.0 * 1.5)
    assert wound.perimeter_cm == pytest.approx(2 * (1.0 + 1.5))


def test_a_circle_is_pi_r_squared() -> None:
    wound = measured(_circle(100.0), (0.1, 0.1))
    assert wound.area_cm2 == pytest.approx(np.pi, rel=1e-5)
    assert wound.perimeter_cm == pytest.approx(2 * np.pi, rel=1e-5)


def test_a_circle_whose_radius_shrinks_heals_by_that() -> None:
    """From 10 to 8 mm in two weeks: the margin moves 1 mm a week, whatever the size."""
    wounds = [measured(_circle(r), (0.1, 0.1), taken_at=DAY + timedelta(days=d)) for r, d in ((100, 0), (80, 14))]
    assert margin_advance_mm_per_week(wounds) == pytest.approx(1.0, rel=1e-5)
    assert margin_advance_mm_per_week([Wound(1, 4, DAY), Wound(2, 5, DAY + timedelta(days=7))]) < 0


@pytest.mark.parametrize(
    ("border", "spacing", "text"),
    [
        (np.zeros((2, 2)), (1.0, 1.0), "three points"),
        (np.array([[0, 0], [10, 10], [10, 0], [0, 10]]), (1.0, 1.0), "crosses"),
        (np.array([[0, 0], [10, 0], [0, 10]]), (0.0, 1.0), "scale"),
    ],
)
def test_what_is_no_border_is_refused(border: FloatArray, spacing: tuple[float, float], text: str) -> None:
    with pytest.raises(DataError, match=text):
        measured(border, spacing)


def test_photographs_out_of_order_are_refused() -> None:
    with pytest.raises(DataError, match="order"):
        margin_advance_mm_per_week([Wound(2, 5, DAY), Wound(1, 4, DAY - timedelta(days=7))])
    with pytest.raises(DataError, match="times"):
        margin_advance_mm_per_week([Wound(2, 5, DAY), Wound(1, 4)])
