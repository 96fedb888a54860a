"""A photograph as if taken straight from the front: every pixel of one size."""

from __future__ import annotations

import numpy as np

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
    from PIL import Image

    plane = plane.upright(shown.mean(axis=0))
    places = plane.points_mm(shown)
    low, high = places.min(axis=0), places.max(axis=0)
    margin = _MARGIN * float((high - low).max())
    spacing = plane.mm_per_pixel(shown.mean(axis=0))
    low, high = low - margin, high + margin
    spacing = max(spacing, float((high - low).max()) / _MOST_PX)
    columns, rows = (int(n) + 1 for n in (high - low) / spacing)
    # From pixels of the result by mm to those of the photograph; Pillow counts from the corner of a pixel.
    to_mm = np.array([[spacing, 0, low[0]], [0, spacing, low[1]], [0, 0, 1]])
    shift = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    matrix = shift @ np.linalg.inv(plane.matrix) @ to_mm @ np.linalg.inv(shift)
    coefficients = [float(each) for each in (matrix / matrix[2, 2]).ravel()[:8]]
    turned = Image.fromarray(np.ascontiguousarray(picture)).transform(
        (columns, rows), Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR
    )
    # Beyond the horizon a point would show what is behind the camera.
    row, column = np.ogrid[:rows, :columns]
    is_seen = matrix[2, 0] * (column + 0.5) + matrix[2, 1] * (row + 0.5) + matrix[2, 2] > 0
    values = np.where(is_seen[..., None], np.array(turned), np.uint8(0))
    return Clip(values[None], 1.0, (spacing, spacing))
