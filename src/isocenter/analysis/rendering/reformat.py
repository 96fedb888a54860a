"""Values on a plane through a volume, or over a slab around it: maximum, minimum, mean."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

import numpy as np

from isocenter.analysis.rendering.view import View, depth_mm, geometry_of, step_through_mm
from isocenter.analysis.rendering.volume import Volume
from isocenter.core.arrays import FloatArray
from isocenter.core.errors import OptionError
from isocenter.kernels.resampling import slabs

PROJECTIONS: Mapping[str, int] = {"max": slabs.LARGEST, "min": slabs.SMALLEST, "mean": slabs.MEAN}


def reformat(volume: Volume, view: View, *, slab_mm: float = 0.0, projection: str = "max") -> FloatArray:
    """Return values (row, column) in the volume's unit, not a number outside of it.

    A slab lies half before and half behind the plane; what of it is outside the volume does not count.
    Raises `OptionError` for an unknown projection or a negative slab.
    """
    if projection not in PROJECTIONS or not 0 <= slab_mm <= 1e6:
        raise OptionError(
            "The slab is not valid.",
            field="slab, projection",
            found=(slab_mm, projection),
            expected=f"a thickness in mm and one of {', '.join(PROJECTIONS)}",
        )
    kind = PROJECTIONS[projection]
    if volume.slope < 0:
        kind = -kind  # the largest value is the smallest sample
    half, step_mm, moved_mm = _steps(volume, view, slab_mm)
    geometry = geometry_of(volume, view.moved(moved_mm - half * step_mm), step_mm)
    bricks = volume.extremes[0] if kind == slabs.SMALLEST else volume.extremes[1]
    samples = slabs.through(volume.samples, bricks, geometry, view.shape, 2 * half + 1, kind)
    values: FloatArray = samples * volume.slope + volume.intercept
    return values


def _steps(volume: Volume, view: View, slab_mm: float) -> tuple[int, float, float]:
    """Return how many steps lie before and behind the plane, their length, and how far the middle one is moved.

    A step is at most one sample of the volume. Through all of it the steps go from sample to sample: along an axis of
    the volume no value between two of them is larger or smaller.
    """
    longest_mm = step_through_mm(volume, view)
    nearest, farthest = depth_mm(volume, view)
    to_the_end = ceil(max(abs(nearest), abs(farthest)) / longest_mm) + 1
    half = ceil(slab_mm / 2 / longest_mm - 1e-6)
    if half < to_the_end:
        return half, slab_mm / 2 / half if half else longest_mm, 0.0
    start, *_, step = geometry_of(volume, view, longest_mm)
    axis = int(np.argmax(np.abs(step)))
    return to_the_end, longest_mm, float((np.rint(start[axis]) - start[axis]) / step[axis]) * longest_mm
