"""How much each view counts in filtered back-projection: angular steps, half turns, short fan scans."""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import GeometryError
from isocenter.modalities.ct.acquisition import Acquisition

# A gap this many times the usual step ends a scan.
_GAP = 3.0
_SLACK_RAD = 1e-3


def view_weights_rad(acquisition: Acquisition) -> FloatArray:
    """Return the weight of every view and bin, shape (view, 1) or (view, bin); opposite rays share theirs.

    Raises
    ------
    GeometryError
        If there are too few angles for filtered back-projection.
    """
    if acquisition.geometry == "parallel":
        steps, is_closed, covered = turn_steps_rad(acquisition.angles_rad, np.pi)
        if not is_closed and covered < np.pi - 2 * _SLACK_RAD:
            raise too_few_angles(covered, np.pi)
        return steps[:, None]
    steps, is_closed, covered = turn_steps_rad(acquisition.angles_rad, 2 * np.pi)
    if is_closed:
        return steps[:, None] / 2
    _require_one_gap(acquisition.angles_rad)
    opening = float(np.abs(acquisition.fan_rad).max())
    if covered < np.pi + 2 * opening - _SLACK_RAD:
        raise too_few_angles(covered, np.pi + 2 * opening)
    return steps[:, None] * _parker(acquisition, covered)


def turn_steps_rad(angles_rad: FloatArray, period_rad: float) -> tuple[FloatArray, bool, float]:
    """Return the angle each view stands for, whether the views close the period, and the angle covered."""
    folded = np.mod(angles_rad + 1e-9, period_rad)
    order = np.argsort(folded, kind="stable")
    gaps = np.diff(folded[order], append=folded[order[0]] + period_rad)
    usual = float(np.median(gaps[gaps > 1e-6])) if (gaps > 1e-6).any() else period_rad
    is_closed = bool(gaps.max() <= _GAP * usual) and angles_rad.size > 1
    covered = period_rad if is_closed else float(period_rad - gaps.max() + usual)
    gaps = gaps if is_closed else np.minimum(gaps, usual)
    steps = np.empty_like(gaps)
    steps[order] = (gaps + np.roll(gaps, 1)) / 2
    return steps, is_closed, covered


def _require_one_gap(angles_rad: FloatArray) -> None:
    """Raise if a scan that does not close its turn lacks views in its midst as well: nothing would make up for them."""
    ordered = np.sort(np.mod(angles_rad + 1e-9, 2 * np.pi))
    gaps = np.diff(ordered, append=ordered[0] + 2 * np.pi)
    usual = float(np.median(gaps[gaps > 1e-6])) if (gaps > 1e-6).any() else 2 * np.pi
    wide = np.sort(gaps[gaps > _GAP * usual])
    if wide.size > 1:
        raise GeometryError(
            "Views are missing within a short scan.",
            field="angles_rad",
            found=f"{wide.size - 1} gaps of up to {np.degrees(wide[-2]):.1f} degrees",
            expected=f"steps of about {np.degrees(usual):.2f} degrees",
            remedy="Fill up to three views in a row (missing_views), or reconstruct with cgls, sirt or os-sart.",
        )


def _parker(acquisition: Acquisition, covered: float) -> FloatArray:
    """Return smooth weights of a short scan that add up to 1 over each pair of opposite rays.

    Source: D. L. Parker, Med. Phys. 9 (1982) 254-257; over-scan by widening the opening to what was covered
    (Silver, Med. Phys. 27 (2000) 773). Here the ray at (view, fan) meets its opposite at (view + pi - 2 fan, -fan).
    """
    folded = np.mod(acquisition.angles_rad + 1e-9, 2 * np.pi)
    ordered = np.sort(folded)
    gaps = np.diff(ordered, append=ordered[0] + 2 * np.pi)
    begin = ordered[(int(np.argmax(gaps)) + 1) % ordered.size]
    usual = float(np.median(gaps))
    view = np.mod(folded - begin + 1e-9, 2 * np.pi)[:, None] + usual / 2
    fan, half = acquisition.fan_rad[None, :], (covered - np.pi) / 2
    rising = np.sin(np.pi / 4 * np.clip(view / np.maximum(half + fan, 1e-9), 0, 2)) ** 2
    falling = np.sin(np.pi / 4 * np.clip((np.pi + 2 * half - view) / np.maximum(half - fan, 1e-9), 0, 2)) ** 2
    weights: FloatArray = np.where(view < 2 * (half + fan), rising, np.where(view > np.pi + 2 * fan, falling, 1.0))
    return weights


def too_few_angles(covered: float, needed: float) -> GeometryError:
    return GeometryError(
        "The views do not cover enough angles for filtered back-projection.",
        field="angles_rad",
        found=f"{np.degrees(covered):.1f} degrees",
        expected=f"at least {np.degrees(needed):.1f} degrees",
        remedy="Reconstruct with cgls, sirt or pdhg-tv.",
    )
