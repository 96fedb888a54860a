"""Edges between two colours, found between the pixels."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from isocenter.core.arrays import Array, FloatArray

_STEP_PX = 0.25


def crossings(colours: FloatArray, points: FloatArray, outward: FloatArray, reach_px: float) -> FloatArray:
    """Return where the colour is half way from inside to outside, close to points on an edge.

    Parameters
    ----------
    colours
        (row, column, 3).
    points, outward
        (n, 2) of column and row, and the unit vectors that lead out.
    reach_px
        How far to look to either side.

    Returns
    -------
    FloatArray
        (m, 2), m at most n: points without a clear edge are left out.
    """
    offsets = np.arange(-reach_px, reach_px + _STEP_PX / 2, _STEP_PX)
    where = points[:, None] + offsets[:, None] * outward[:, None]
    samples = np.stack(
        [
            ndimage.map_coordinates(colours[..., k], [where[..., 1], where[..., 0]], order=1, mode="nearest")
            for k in range(3)
        ],
        axis=-1,
    )
    n_ends = max(1, len(offsets) // 5)
    inside, outside = samples[:, :n_ends].mean(axis=1), samples[:, -n_ends:].mean(axis=1)
    # Along the vector between the two colours that most profiles agree on: 0 inside, 1 outside.
    across = np.median(outside - inside, axis=0)
    line = samples @ across
    ends = inside @ across, outside @ across
    contrast = ends[1] - ends[0]
    is_clear = contrast > 0.5 * np.median(contrast)
    share = (line - ends[0][:, None]) / np.where(is_clear, contrast, 1.0)[:, None]
    found = []
    for profile, point, way in zip(share[is_clear], points[is_clear], outward[is_clear], strict=True):
        (rises,) = np.nonzero((profile[:-1] < 0.5) & (profile[1:] >= 0.5))
        if rises.size:
            first = rises[np.argmin(abs(offsets[rises]))]
            part = (0.5 - profile[first]) / (profile[first + 1] - profile[first])
            found.append(point + (offsets[first] + part * _STEP_PX) * way)
    return np.array(found).reshape(-1, 2)


def straight(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return a point and the direction of the line through points (n, 2), outliers left aside."""
    kept: Array = points
    for _ in range(3):
        centre = kept.mean(axis=0)
        direction = np.linalg.svd(kept - centre)[2][0]
        away = abs((points - centre) @ np.array([-direction[1], direction[0]]))
        kept = points[away <= max(0.3, 2.5 * float(np.median(away)))]
    return centre, direction


def ellipse(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return centre (2,) and form (2, 2) of the ellipse (p - centre)' form (p - centre) = 1 through points (n, 2)."""
    middle, scale = points.mean(axis=0), float(points.std())
    x, y = ((points - middle) / scale).T
    a, b, c, d, e, f = np.linalg.svd(np.column_stack([x * x, x * y, y * y, x, y, np.ones_like(x)]))[2][-1]
    form = np.array([[a, b / 2], [b / 2, c]])
    centre = np.linalg.solve(form, [-d / 2, -e / 2])
    return middle + scale * centre, form / (centre @ form @ centre - f) / scale**2
