"""A volume as a lit body, seen by parallel rays along the normal of a view.

Source: M. Levoy, IEEE Comput. Graph. Appl. 8 (1988) 29-37.
"""

from __future__ import annotations

from math import ceil

import numpy as np

from isocenter.analysis.rendering.presets import Preset
from isocenter.analysis.rendering.view import View, depth_mm, geometry_of, step_through_mm
from isocenter.analysis.rendering.volume import Volume
from isocenter.core.arrays import Array, FloatArray
from isocenter.kernels.raycasting import emission_absorption

_ENTRIES = 4096
_STEPS_PER_SAMPLE = 1.5


def render_volume(volume: Volume, view: View, preset: Preset) -> FloatArray:
    """Return red, green, blue and opacity (row, column, 4), colours already times opacity.

    Only the directions and the place of the view matter: rays begin where the volume begins.
    """
    step_mm = step_through_mm(volume, view) / _STEPS_PER_SAMPLE
    nearest, farthest = depth_mm(volume, view)
    points = preset.values(volume)
    low, high = float(points[0, 0]), float(points[-1, 0])
    table = _table(points, low, high, step_mm)
    factor = (_ENTRIES - 1) / (high - low)
    scale = np.array(
        [factor * volume.slope, factor * (volume.intercept - low), preset.steep(volume) / abs(volume.slope)]
    )
    eye = -np.asarray(volume.grid.direction).T @ np.asarray(view.normal)
    picture: FloatArray = emission_absorption.cast(
        volume.samples,
        _occupied(volume, scale, table),
        geometry_of(volume, view.moved(nearest + step_mm / 2), step_mm),
        view.shape,
        ceil((farthest - nearest) / step_mm) + 1,
        table=table,
        scale=scale,
        spacing_zyx_mm=2.0 * np.asarray(volume.grid.spacing_zyx_mm),
        eye_zyx=np.ascontiguousarray(eye[::-1]),
        shading=np.array([preset.ambient, preset.diffuse, preset.specular]),
    )
    return picture


def _table(points: FloatArray, low: float, high: float, step_mm: float) -> FloatArray:
    """Return colour, and the opacity of one step, for equal stretches of values (Beer and Lambert)."""
    values = np.linspace(low, high, _ENTRIES)
    columns = [np.interp(values, points[:, 0], points[:, place]) for place in range(1, 5)]
    columns[3] = -np.expm1(-columns[3] * step_mm)
    return np.stack(columns, axis=-1)


def _occupied(volume: Volume, scale: FloatArray, table: FloatArray) -> Array:
    """Return for every brick whether any value between its smallest and its largest can be seen."""
    ends = [np.rint(each.astype(np.float64) * scale[0] + scale[1]) for each in volume.extremes]
    first, last = (np.clip(end, 0, _ENTRIES - 1).astype(np.intp) for end in (np.minimum(*ends), np.maximum(*ends)))
    seen = np.concatenate([[0], np.cumsum(table[:, 3] > 0.0)])
    occupied: Array = seen[last + 1] > seen[first]
    return occupied
