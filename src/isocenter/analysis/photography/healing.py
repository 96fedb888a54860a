"""How a wound heals: area, change and rates from visit to visit.

Source: Gilman, Parameter for measurement of wound closure, Wounds 2 (1990) 95 (advance of the border: area closed over
the mean circumference); percentage of the first area as in Flanagan, J. Wound Care 12 (2003) 189.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from isocenter.core.errors import DataError

_WEEK_S = 7 * 86400.0


@dataclass(frozen=True)
class Visit:
    """When a wound was measured, and its area and circumference."""

    at: datetime
    area_cm2: float
    perimeter_cm: float


@dataclass(frozen=True)
class Progress:
    """A visit beside the first and the one before; None where there is none to compare with.

    `change_percent` is of the area against the first visit (negative: it heals). `closed_percent_per_week` is how much
    of the area at the visit before closes in a week, `advance_mm_per_week` how far the border moves inwards.
    """

    visit: Visit
    weeks: float
    change_percent: float | None
    closed_percent_per_week: float | None
    advance_mm_per_week: float | None


def healing(visits: Sequence[Visit]) -> tuple[Progress, ...]:
    """Return the course of a wound, by time.

    Raises `DataError` if two visits are of one time or a wound was already closed at the first.
    """
    course = sorted(visits, key=lambda visit: visit.at)
    rows: list[Progress] = []
    for number, visit in enumerate(course):
        if number == 0:
            if len(course) > 1 and not visit.area_cm2 > 0:
                raise DataError("The first visit shows no wound.", field="area", found=visit.area_cm2)
            rows.append(Progress(visit, 0.0, None, None, None))
            continue
        before = course[number - 1]
        weeks = (visit.at - before.at).total_seconds() / _WEEK_S
        if not weeks > 0:
            raise DataError("Two photographs are of the same time.", field="date", found=visit.at.isoformat(" "))
        closed = before.area_cm2 - visit.area_cm2
        around = (before.perimeter_cm + visit.perimeter_cm) / 2
        rows.append(
            Progress(
                visit,
                (visit.at - course[0].at).total_seconds() / _WEEK_S,
                100 * (visit.area_cm2 / course[0].area_cm2 - 1),
                100 * closed / before.area_cm2 / weeks if before.area_cm2 > 0 else None,
                10 * closed / around / weeks if around > 0 else None,
            )
        )
    return tuple(rows)
