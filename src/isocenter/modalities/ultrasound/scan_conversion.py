"""Lines of a scanner, each along its own direction, as a picture with square pixels; and lines over time (M-mode).

Source: the polar coordinates of a sector; bilinear interpolation between lines and samples.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import map_coordinates

from isocenter.core.arrays import Array, FloatArray
from isocenter.core.errors import DataError
from isocenter.core.grid import Grid
from isocenter.modalities.ultrasound.acquisition import Acquisition
from isocenter.modalities.ultrasound.geometry import in_probe_mm


def converted(
    lines: Array,
    acquisition: Acquisition,
    grid: Grid,
    *,
    angles_deg: FloatArray,
    first_mm: float,
    step_mm: float,
    radius_mm: float = 0.0,
    outside: float = 0.0,
) -> FloatArray:
    """Return lines (line, sample) as values on a plane grid.

    Parameters
    ----------
    angles_deg
        Of every line, against the probe's middle axis and turned to +x; evenly spaced, growing.
    first_mm, step_mm
        Distance of the first sample from the probe's surface, and between samples.
    radius_mm
        Of a curved probe: lines begin on a circle of that radius that touches the probe's middle; 0 for a phased array.
    outside
        What pixels get that no line passes.

    Raises
    ------
    DataError
        If there are fewer than two lines, or their angles are not evenly spaced.
    """
    angles = np.asarray(angles_deg, dtype=float)
    steps = np.diff(angles)
    if np.ndim(lines) != 2 or angles.shape != np.shape(lines)[:1] or len(angles) < 2:
        raise DataError(
            "Lines (line, sample) have an angle each.",
            field="lines, angles_deg",
            found=(np.shape(lines), angles.shape),
            expected="(line, sample), (line,), two lines or more",
        )
    if (steps <= 0).any() or np.ptp(steps) > 1e-3 * steps.mean():
        raise DataError(
            "The angles of lines grow evenly.", field="angles_deg", found=angles[:6].tolist(), expected="one step"
        )
    place = in_probe_mm(acquisition, grid)
    deep = place[..., 2] + radius_mm
    angle = np.degrees(np.arctan2(place[..., 0], deep))
    way = np.hypot(place[..., 0], deep) - radius_mm
    coordinates = np.stack([(angle - angles[0]) / steps.mean(), (way - first_mm) / step_mm])
    values: FloatArray = map_coordinates(
        np.asarray(lines, dtype=np.float32), coordinates, order=1, mode="constant", cval=outside
    )
    return values


def m_mode(cine: Array, grid: Grid, *, column: int) -> FloatArray:
    """Return one column of a cine (time, row, column) over time: (row, time).

    Raises `DataError` if the cine has no such column.
    """
    values = np.asarray(cine)
    if values.ndim != 3 or not 0 <= column < grid.shape[-1]:
        raise DataError(
            "M-mode is one column of a cine.",
            field="cine, column",
            found=(values.shape, column),
            expected=f"(time, row, column), 0 to {grid.shape[-1] - 1}",
        )
    trace: FloatArray = np.ascontiguousarray(values[:, :, column].T)
    return trace
