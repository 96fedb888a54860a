"""Dead bins and missing views, filled in from their neighbours; what was filled in is told, not hidden."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from isocenter.core.arrays import BoolArray, FloatArray
from isocenter.core.errors import DataError
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.modalities.ct.measurement import Measurement

_MOST = 0.2


def fill_dead_bins(data: FloatArray) -> tuple[FloatArray, int]:
    """Return data (..., bin) with values that are not finite interpolated along the bins, and how many there were.

    Raises
    ------
    DataError
        If more than a fifth of the values are dead, or a whole row of bins is.
    """
    dead: BoolArray = ~np.isfinite(data)
    n_dead = int(dead.sum())
    if not n_dead:
        return data, 0
    if n_dead > _MOST * data.size or dead.all(axis=-1).any():
        raise DataError(
            "Too many values are not numbers to be filled in.",
            field="data",
            found=f"{n_dead} of {data.size}, {int(dead.all(axis=-1).sum())} whole rows of bins",
            expected=f"at most {_MOST:.0%}, and some in every row",
            remedy="Leave the broken views out, and reconstruct iteratively.",
        )
    filled = data.copy()
    rows, holes, every = filled.reshape(-1, data.shape[-1]), dead.reshape(-1, data.shape[-1]), np.arange(data.shape[-1])
    for index in np.flatnonzero(holes.any(axis=1)):
        hole = holes[index]
        rows[index, hole] = np.interp(every[hole], every[~hole], rows[index, ~hole])
    return rows.reshape(data.shape), n_dead


def fill_missing_views(measurement: Measurement) -> tuple[Measurement, int]:
    """Return a scan whose gaps of up to three views are filled linearly, and how many views that were.

    Angles must ascend or descend. Wider gaps are left: an iterative method does without those views.
    """
    scan = measurement.acquisition
    steps = np.diff(scan.angles_rad)
    if not ((steps > 0).all() or (steps < 0).all()):
        raise DataError(
            "Views that go back and forth have no gaps to fill.",
            field="angles_rad",
            expected="ascending angles",
            remedy="Sort the views first.",
        )
    usual = float(np.median(steps))
    lacking = np.clip(np.round(steps / usual).astype(int) - 1, 0, None)
    lacking[lacking > 3] = 0
    n_filled = int(lacking.sum())
    if not n_filled:
        return measurement, 0
    parts = [index + np.arange(lacks + 1) / (lacks + 1) for index, lacks in enumerate(lacking)]
    at = np.concatenate([*parts, [scan.n_views - 1.0]])
    axis = 0 if scan.geometry == "cone" else -2
    taken: dict[str, Any] = {
        name: _between(getattr(scan, name), at, 0)
        for name in ("angles_rad", "source_z_mm", "projection_matrices")
        if getattr(scan, name) is not None
    }
    if scan.focus_shift_mm is not None:
        raise DataError("Gaps between positions of a flying focal spot are not filled.", field="focus_shift_mm")
    whole: Acquisition = replace(scan, **taken)
    return replace(measurement, acquisition=whole, data=_between(measurement.data, at, axis)), n_filled


def _between(values: FloatArray, at: FloatArray, axis: int) -> FloatArray:
    """Return values at fractional places along an axis."""
    low = np.minimum(at.astype(int), values.shape[axis] - 2)
    shape = [1] * values.ndim
    shape[axis] = -1
    part = (at - low).reshape(shape).astype(values.dtype)
    found: FloatArray = np.take(values, low, axis=axis) * (1 - part) + np.take(values, low + 1, axis=axis) * part
    return found
