"""A photograph as if taken straight from the front: every pixel of one size."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from isocenter.analysis.photography.plane import Plane
from isocenter.core.arrays import Array, FloatArray
from isocenter.core.clip import Clip

_MARGIN = 0.6
_MOST_PX = 4096


def straightened(picture: Array, plane: Plane, shown: FloatArray) -> Clip:
    """Return one picture of the plane around points (point, 2) of column and row that have to be in it.

    Its pixels are as large as those of the photograph where these points are; what the photograph does not show is
    black.
    """
    plane = plane.upright(shown.mean(axis=0))
    places = plane.points_mm(shown)
    low, high = places.min(axis=0), places.max(axis=0)
    margin = _MARGIN * float((high - low).max())
    spacing = plane.mm_per_pixel(shown.mean(axis=0))
    low, high = low - margin, high + margin
    spacing = max(spacing, float((high - low).max()) / _MOST_PX)
    columns, rows = (int(n) + 1 for n in (high - low) / spacing)
    row, column = np.mgrid[:rows, :columns]
    points = low + spacing * np.stack([column.ravel(), row.ravel()], axis=1)
    at = plane.points_px(points)[:, ::-1].T
    # Beyond the horizon a point would show what is behind the camera.
    is_seen = (np.column_stack([at[1], at[0], np.ones(at.shape[1])]) @ plane.matrix[2] > 0).reshape(rows, columns)
    channels = [ndimage.map_coordinates(picture[..., k].astype(np.float32), at, order=1) for k in range(3)]
    values = np.rint(np.stack(channels, axis=-1)).clip(0, 255).astype(np.uint8).reshape(rows, columns, 3)
    return Clip(np.where(is_seen[..., None], values, 0).astype(np.uint8)[None], 1.0, (spacing, spacing))
