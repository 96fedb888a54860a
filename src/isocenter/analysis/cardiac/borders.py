"""The inner border of the left ventricle, found from three points: both ends of the mitral ring and the apex.

From a point on the long axis rays go out to the wall. On each the border lies where it becomes brighter; the line over
all rays that costs least, of all that change slowly, is found by dynamic programming, and passes near the three points.
In a loop the points are followed by their speckle, and each border is looked for near the one before.

Sources: Amini, Weymouth and Jain, IEEE PAMI 12 (1990) 855 (dynamic programming for contours); Lang et al., J. Am. Soc.
Echocardiogr. 28 (2015) 1 (what is traced).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates, uniform_filter1d

from isocenter.analysis.cardiac.speckle_tracking import track
from isocenter.analysis.cardiac.ventricle import disks, single_plane_volume_ml
from isocenter.core.arrays import Array, FloatArray, IndexArray
from isocenter.core.errors import DataError
from isocenter.core.progress import OnProgress, report

# Where on the long axis, from the ring, the rays begin; all of the wall is seen from there.
_CENTER = 0.45
_N_RAYS = 121
_STEP_MM = 0.4
# Dark inside and bright outside are compared over this way, and the border passes so near the points.
_WINDOW_MM, _BLUR_MM, _NEAR_POINT_MM = 5.0, 0.8, 3.0
# Cost of a change of the radius from ray to ray, in steps, against edges of unit spread; at most so many steps.
_STIFFNESS, _MOST_STEPS = 0.35, 3


@dataclass(frozen=True, eq=False)
class Beat:
    """Borders (frame, point, 2) in mm, the ring's first end first, and the volume of each frame in ml."""

    borders_mm: FloatArray
    volumes_ml: FloatArray

    @property
    def end_diastole(self) -> int:
        """The frame of the largest volume."""
        return int(self.volumes_ml.argmax())

    @property
    def end_systole(self) -> int:
        """The frame of the smallest volume."""
        return int(self.volumes_ml.argmin())


def border(
    picture: Array,
    points_px: FloatArray,
    spacing_mm: tuple[float, float],
    *,
    near_mm: FloatArray | None = None,
    reach_mm: float = 8.0,
) -> FloatArray:
    """Return the border (point, 2) in mm, columns and rows, from the ring's first end over the apex to its other end.

    Parameters
    ----------
    picture
        (row, column), as it is shown: decibels or shades of grey.
    points_px
        (3, 2) columns and rows of one end of the mitral ring, the apex, and the other end.
    spacing_mm
        Distance of rows and of columns.
    near_mm, reach_mm
        A border nearby, such as of the frame before, and how far from it this one may lie.

    Raises
    ------
    DataError
        If the picture is none, or the points are not three of it that make a chamber.
    """
    shades = np.asarray(picture, dtype=float)
    points = _points_mm(shades, points_px, spacing_mm)
    center = (points[0] + points[2]) / 2
    center = center + _CENTER * (points[1] - center)
    angles, pinned = _rays(points - center)
    radii = np.arange(_STEP_MM, 1.5 * float(np.linalg.norm(points - center, axis=1).max()), _STEP_MM)
    edges = _edges(shades, spacing_mm, center, angles, radii)
    cost = -edges
    for ray, radius in pinned:
        cost[ray][np.abs(radii - radius) > _NEAR_POINT_MM] = np.inf
    if near_mm is not None:
        cost[np.abs(radii - _radii_of(near_mm - center, angles)[:, None]) > reach_mm] = np.inf
    found = radii[_cheapest(cost)]
    line: FloatArray = center + found[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return line


def follow(
    frames: Array,
    points_px: FloatArray,
    spacing_mm: tuple[float, float],
    *,
    is_whole_beat: bool = True,
    on_progress: OnProgress | None = None,
) -> Beat:
    """Return the borders of a loop (frame, row, column), from points in its first frame, as `border`.

    With `is_whole_beat` the last frame shows what the first did, and drift of the points is taken back.
    """
    pictures = np.asarray(frames, dtype=np.float32)
    start = np.asarray(points_px, dtype=float)
    if pictures.ndim != 3 or len(pictures) == 0:
        raise DataError("A loop has frames.", field="frames", found=pictures.shape, expected="(frame, row, column)")
    # Decibels are best for tracking: a point stays with its speckle.
    tracks = track(pictures, start, block=31, steadiness=0.0, is_whole_beat=is_whole_beat)
    found: list[FloatArray] = []
    for index, picture in enumerate(pictures):
        report(on_progress, index, len(pictures), "borders")
        near = found[-1] if found else None
        found.append(border(picture, tracks[index], spacing_mm, near_mm=near))
    borders = np.stack(found)
    return Beat(borders, np.array([_volume_ml(line) for line in borders]))


def _volume_ml(line_mm: FloatArray) -> float:
    diameters, length = disks(line_mm)
    return single_plane_volume_ml(diameters, length)


def _points_mm(shades: FloatArray, points_px: FloatArray, spacing_mm: tuple[float, float]) -> FloatArray:
    points: FloatArray = np.array(points_px, dtype=float)
    if shades.ndim != 2 or not np.isfinite(shades).all():
        raise DataError(
            "A picture has rows and columns.", field="picture", found=shades.shape, expected="(row, column)"
        )
    if points.shape != (3, 2) or not np.isfinite(points).all():
        raise DataError(
            "A chamber needs three points.", field="points_px", found=points.shape,
            expected="(3, 2): one end of the ring, apex, other end",
        )  # fmt: skip
    if not (min(spacing_mm) > 0 and np.isfinite(spacing_mm).all()):
        raise DataError("A spacing is positive.", field="spacing_mm", found=spacing_mm, expected="more than 0 mm")
    if (points < 0).any() or (points > np.array(shades.shape[::-1]) - 1).any():
        raise DataError(
            "A point lies outside of the picture.", field="points_px", found=points.tolist(),
            expected=f"within {shades.shape[1]} x {shades.shape[0]} pixels",
        )  # fmt: skip
    points *= np.array([spacing_mm[1], spacing_mm[0]])
    ring, axis = points[2] - points[0], points[1] - (points[0] + points[2]) / 2
    area = abs(float(ring[0] * axis[1] - ring[1] * axis[0]))
    if area < 0.2 * float(np.linalg.norm(axis)) ** 2:
        raise DataError(
            "The points make no chamber: the apex lies beside the ring's middle, or the ring is too narrow.",
            field="points_px", found=np.asarray(points_px).tolist(), expected="one end of the ring, apex, other end",
        )  # fmt: skip
    return points


def _rays(points: FloatArray) -> tuple[FloatArray, list[tuple[int, float]]]:
    """Return the rays' angles from one end of the ring over the apex to the other, and where the points pin them."""
    first, apex, last = np.arctan2(points[:, 1], points[:, 0])
    turn = 2 * np.pi
    to_apex, to_last = (apex - first) % turn, (last - first) % turn
    # The way over the apex; the other way round is through the valve.
    span = to_last if to_apex < to_last else to_last - turn
    angles = first + np.linspace(0, span, _N_RAYS)
    at_apex = to_apex if span > 0 else to_apex - turn
    lengths = np.linalg.norm(points, axis=1)
    middle = round(at_apex / span * (_N_RAYS - 1))
    return angles, [(0, float(lengths[0])), (middle, float(lengths[1])), (_N_RAYS - 1, float(lengths[2]))]


def _edges(
    shades: FloatArray, spacing_mm: tuple[float, float], center: FloatArray, angles: FloatArray, radii: FloatArray
) -> FloatArray:
    """Return how much brighter it is outside than inside (ray, radius), in units of its spread."""
    soft = gaussian_filter(shades, [_BLUR_MM / step for step in spacing_mm])
    x = center[0] + np.cos(angles)[:, None] * radii
    y = center[1] + np.sin(angles)[:, None] * radii
    seen = map_coordinates(soft, [y / spacing_mm[0], x / spacing_mm[1]], order=1, mode="nearest")
    window = max(1, round(_WINDOW_MM / _STEP_MM))
    # Means of what lies before and behind each radius.
    before = uniform_filter1d(seen, window, axis=1, origin=(window - 1) // 2, mode="nearest")
    behind = uniform_filter1d(seen, window, axis=1, origin=-(window // 2), mode="nearest")
    edges: FloatArray = behind - before
    return edges / max(float(edges.std()), 1e-12)


def _radii_of(line: FloatArray, angles: FloatArray) -> FloatArray:
    """Return how far a line about the origin is at each angle."""
    around = np.unwrap(np.arctan2(line[:, 1], line[:, 0]))
    away = np.linalg.norm(line, axis=1)
    order = np.argsort(around)
    turn = 2 * np.pi
    wanted = around.mean() + (angles - around.mean() + np.pi) % turn - np.pi
    radii: FloatArray = np.interp(wanted, around[order], away[order])
    return radii


def _cheapest(cost: FloatArray) -> IndexArray:
    """Return the index of the radius on every ray along the cheapest way."""
    n_rays, n_radii = cost.shape
    steps = np.arange(-_MOST_STEPS, _MOST_STEPS + 1)
    bending = _STIFFNESS * steps.astype(float) ** 2
    total, came_from = cost[0].copy(), np.zeros((n_rays, n_radii), dtype=int)
    every = np.arange(n_radii)
    for ray in range(1, n_rays):
        before = every[None, :] + steps[:, None]
        ways = np.where(
            (before >= 0) & (before < n_radii), total[np.clip(before, 0, n_radii - 1)] + bending[:, None], np.inf
        )
        best = ways.argmin(axis=0)
        came_from[ray] = np.clip(every + steps[best], 0, n_radii - 1)
        total = ways[best, every] + cost[ray]
    if not np.isfinite(total).any():
        raise DataError(
            "No border passes near the points.", field="points_px", expected="points on one chamber's wall",
            remedy="Set the points again, or give a larger reach.",
        )  # fmt: skip
    path: IndexArray = np.empty(n_rays, dtype=int)
    path[-1] = int(total.argmin())
    for ray in range(n_rays - 1, 0, -1):
        path[ray - 1] = came_from[ray, path[ray]]
    return path
