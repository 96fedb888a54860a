"""The area of a wound drawn in a photograph with a scale marker, and how it heals.

The marker must lie in the wound's plane, and the camera look straight at it: a tilt of 20 degrees makes an area 6 %
smaller. Source: Gilman, Wounds 2 (1990) 95 and 16 (2004) 57 (linear advance of a wound's margin).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError

_SECONDS_A_WEEK = 7 * 86400.0


@dataclass(frozen=True)
class Wound:
    """Area in cm2 and perimeter in cm of a border, and when it was photographed."""

    area_cm2: float
    perimeter_cm: float
    taken_at: datetime | None = None


def measured(border_px: FloatArray, spacing_mm: tuple[float, float], *, taken_at: datetime | None = None) -> Wound:
    """Return the wound inside of a border.

    Parameters
    ----------
    border_px
        (point, 2), columns and rows; the last point is joined to the first.
    spacing_mm
        Between rows and between columns, as a scale marker tells it (`isocenter capture --scale`).

    Raises
    ------
    DataError
        If there are fewer than three points, the border crosses itself, or the spacing is not positive.
    """
    points = np.asarray(border_px, dtype=float)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 3 or not np.isfinite(points).all():
        raise DataError(
            "A border has three points or more.", field="border_px", found=points.shape, expected="(point, 2)"
        )
    if min(spacing_mm) <= 0:
        raise DataError(
            "A photograph without a scale cannot be measured.",
            field="spacing_mm",
            found=spacing_mm,
            expected="more than 0 mm",
            remedy="Lay a ruler or marker beside the wound and give its ends with --scale.",
        )
    places_cm = points * np.array([spacing_mm[1], spacing_mm[0]]) / 10
    after = np.roll(places_cm, -1, axis=0)
    if _crosses_itself(places_cm, after):
        raise DataError("The border crosses itself.", field="border_px", expected="a simple outline")
    area = abs(float((places_cm[:, 0] * after[:, 1] - after[:, 0] * places_cm[:, 1]).sum())) / 2
    return Wound(area, float(np.linalg.norm(after - places_cm, axis=1).sum()), taken_at)


def _crosses_itself(first: FloatArray, last: FloatArray) -> bool:
    """Return whether any two sides that do not follow each other meet."""

    def side(a: FloatArray, b: FloatArray, c: FloatArray) -> FloatArray:
        turned: FloatArray = np.sign(
            (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1]) - (b[..., 1] - a[..., 1]) * (c[..., 0] - a[..., 0])
        )
        return turned

    p, q, r, s = first[:, np.newaxis], last[:, np.newaxis], first[np.newaxis], last[np.newaxis]
    meet = (side(p, q, r) * side(p, q, s) < 0) & (side(r, s, p) * side(r, s, q) < 0)
    return bool(meet.any())


def margin_advance_mm_per_week(wounds: Sequence[Wound]) -> float:
    """Return how fast the margin moves inwards from the first to the last of several wounds; negative if it grows.

    It is the change of area over the mean perimeter, and does not depend on the size of the wound.

    Raises
    ------
    DataError
        If there are fewer than two, a time is missing, or they are not in the order of time.
    """
    times = [wound.taken_at for wound in wounds]
    known = [time for time in times if time is not None]
    if len(wounds) < 2 or len(known) < len(wounds):
        raise DataError("Healing is seen in two wounds or more whose times are known.", field="wounds", found=times)
    if any(later <= earlier for earlier, later in pairwise(known)):
        raise DataError("The photographs are not in the order in which they were taken.", field="wounds", found=times)
    weeks = (known[-1] - known[0]).total_seconds() / _SECONDS_A_WEEK
    mean_perimeter = (wounds[0].perimeter_cm + wounds[-1].perimeter_cm) / 2
    return 10 * (wounds[0].area_cm2 - wounds[-1].area_cm2) / mean_perimeter / weeks
