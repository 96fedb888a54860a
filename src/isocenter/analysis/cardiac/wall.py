"""The wall of the left ventricle in a loop, from a line that somebody drew: followed, and how much it shortens.

The line is made smooth and its points even; each is followed by its speckle there and back; tracks are smoothed along
the wall and in time. A segment whose speckle is not found again is named and left out, never guessed.

Sources: Voigt et al., Eur. Heart J. Cardiovasc. Imaging 16 (2015) 1 (strain, its timing, drift); Lang et al., J. Am.
Soc. Echocardiogr. 28 (2015) 1, sec. 4.2 (no global strain where more than two segments of a view are tracked badly).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.signal import savgol_filter

from isocenter.analysis.cardiac.speckle_tracking import track_both_ways, without_drift
from isocenter.analysis.cardiac.strain import VIEWS, lagrangian_percent
from isocenter.core.arrays import Array, FloatArray
from isocenter.core.errors import DataError
from isocenter.core.progress import OnProgress, Step, report

# Points of each segment: some 3 mm apart in a wall of 18 cm.
POINTS_PER_SEGMENT = 10
FEWEST_FRAMES = 4
# From the inner border to the middle of a wall of 1 cm.
WALL_DEPTH_MM = 5.0
# What is compared around a point, and how far it is looked for from frame to frame.
_BLOCK_MM, _SEARCH_MM = 8.0, 4.0
# Pictures finer than this are made coarser: speckle is, and blocks cost by their pixels.
_FINEST_MM = 0.3
# Neighbours steady each other over this way along the wall.
_STEADY_MM = 2.5
# A step is believed that came back this near, between surroundings this alike; so must most of a segment's steps be.
_BELIEVED_MM, _BELIEVED_FIT, BELIEVED_PART = 0.6, 0.35, 0.75
FEWEST_SEGMENTS = 4


@dataclass(frozen=True, eq=False)
class WallStrain:
    """How a wall moved and shortened, against end-diastole: the first frame.

    Attributes
    ----------
    tracks_mm
        (frame, point, 2), columns and rows times their distance; ten steps for each segment, as `view` names them.
    believed
        Of each segment, the part of its steps from frame to frame that could be followed there and back.
    drift_mm
        How far points had gone astray at the end of a whole beat (median), before it was taken back evenly over time;
        None where the loop is no whole beat, and nothing was taken back.
    """

    view: str
    tracks_mm: FloatArray
    believed: Mapping[str, float]
    drift_mm: float | None

    @property
    def segments_percent(self) -> Mapping[str, FloatArray]:
        """Strain (frame,) of each segment that could be followed."""
        lengths = self._lengths_mm
        return {
            name: lagrangian_percent(lengths[:, index], float(lengths[0, index]))
            for index, name in enumerate(VIEWS[self.view])
            if self.is_followed(name)
        }

    @property
    def global_percent(self) -> FloatArray | None:
        """Strain (frame,) of all that could be followed; None if that is too little of the wall."""
        followed = [index for index, name in enumerate(VIEWS[self.view]) if self.is_followed(name)]
        if len(followed) < FEWEST_SEGMENTS:
            return None
        lengths = self._lengths_mm[:, followed].sum(axis=1)
        return lagrangian_percent(lengths, float(lengths[0]))

    @property
    def end_systole(self) -> int:
        """The frame in which what could be followed is shortest; 0 if there is no such thing."""
        followed = [index for index, name in enumerate(VIEWS[self.view]) if self.is_followed(name)]
        return int(self._lengths_mm[:, followed].sum(axis=1).argmin()) if followed else 0

    @property
    def left_out(self) -> tuple[str, ...]:
        """The segments that could not be followed."""
        return tuple(name for name in VIEWS[self.view] if not self.is_followed(name))

    def is_followed(self, segment: str) -> bool:
        """Return whether enough of a segment's steps came back to where they began."""
        return self.believed[segment] >= BELIEVED_PART

    @property
    def _lengths_mm(self) -> FloatArray:
        steps = np.linalg.norm(np.diff(self.tracks_mm, axis=1), axis=2)
        lengths: FloatArray = steps.reshape(len(steps), len(VIEWS[self.view]), POINTS_PER_SEGMENT).sum(axis=2)
        return lengths


def peak_percent(curve: FloatArray, end_systole: int) -> float:
    """Return the peak systolic strain of a curve: its largest, of either sign, until end-systole."""
    systole = curve[: end_systole + 1]
    return float(systole[np.abs(systole).argmax()])


def smooth_line(points_mm: FloatArray, n_points: int) -> FloatArray:
    """Return evenly spaced points (n_points, 2) of the smooth line through points that somebody set.

    Raises `DataError` for fewer than three points, or two on one place.

    Notes
    -----
    A cubic spline over the distances between the points.
    """
    points = np.asarray(points_mm, dtype=float)
    is_line = points.ndim == 2 and points.shape[1:] == (2,) and len(points) >= 3 and bool(np.isfinite(points).all())
    away = np.linalg.norm(np.diff(points, axis=0), axis=1) if is_line else np.zeros(1)
    if not (away > 0).all():
        raise DataError(
            "These points make no line.", field="points", found=f"{points.shape}, two of them on one place or too few",
            expected="at least three, from one base over the apex to the other",
        )  # fmt: skip
    at = np.concatenate([[0.0], away.cumsum()])
    dense = CubicSpline(at, points)(np.linspace(0, at[-1], 200 * len(points)))
    way = np.concatenate([[0.0], np.linalg.norm(np.diff(dense, axis=0), axis=1).cumsum()])
    even = np.linspace(0, way[-1], n_points)
    return np.stack([np.interp(even, way, dense[:, axis]) for axis in (0, 1)], axis=1)


def beside_border(border_mm: FloatArray, depth_mm: float = WALL_DEPTH_MM) -> FloatArray:
    """Return points (point, 2) along the middle of the wall, outside of an inner border (point, 2) such as `borders`'.

    The middle lies half a usual wall away from the border: see in the picture whether it does in this heart.
    """
    line = smooth_line(border_mm, 121)
    slope = np.gradient(line, axis=0)
    normal = np.stack([-slope[:, 1], slope[:, 0]], axis=1) / np.linalg.norm(slope, axis=1, keepdims=True)
    # Outside is away from the middle of the ring.
    if ((line - (line[0] + line[-1]) / 2) * normal).sum() < 0:
        normal = -normal
    moved: FloatArray = (line + depth_mm * normal)[::10]
    return moved


def wall_strain(
    frames: Array,
    points_px: FloatArray,
    spacing_mm: tuple[float, float],
    view: str,
    *,
    drawn_in: int = 0,
    is_whole_beat: bool = True,
    on_progress: OnProgress | None = None,
) -> WallStrain:
    """Return how the wall moves whose middle was drawn in one frame of a beat.

    Parameters
    ----------
    frames
        (frame, row, column), as they are shown: decibels or shades of grey; the first one is end-diastole.
    points_px
        (point, 2), columns and rows, from the base of the wall that `VIEWS` names first over the apex to the other.
    spacing_mm
        Distance of rows and of columns.
    drawn_in
        The frame, counted from 0, in which the points lie on the wall; it is followed from there in both directions.
    is_whole_beat
        Whether the last frame shows what the first did: then drift is taken back.

    Raises
    ------
    DataError
        If there are too few frames, no such view, or the points are no line within the picture.
    """
    pictures = np.asarray(frames, dtype=np.float32)
    _require(pictures, spacing_mm, view, drawn_in)
    _require_inside(np.asarray(points_px, dtype=float), pictures.shape)
    scale = np.array(spacing_mm[::-1])
    n_points = len(VIEWS[view]) * POINTS_PER_SEGMENT + 1
    line = smooth_line(np.asarray(points_px, dtype=float) * scale, n_points)
    near, corner_mm, step_mm = _around(pictures, line, spacing_mm)
    steady = _STEADY_MM / (float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum()) / (n_points - 1))
    n_steps = len(pictures) - 1

    def followed(part: Array, done: int) -> tuple[FloatArray, Array]:
        def tell(step: Step) -> None:
            report(on_progress, done + step.done, n_steps, "tracking")

        found = track_both_ways(
            part,
            (line - corner_mm) / step_mm,
            block=2 * round(_BLOCK_MM / step_mm / 2) + 1,
            search=round(_SEARCH_MM / step_mm),
            steadiness=steady,
            believed_px=_BELIEVED_MM / step_mm,
            on_progress=tell,
        )
        is_believed = (found.misses * step_mm <= _BELIEVED_MM) & (found.fits >= _BELIEVED_FIT)
        return found.tracks * step_mm + corner_mm, is_believed

    later, later_believed = followed(near[drawn_in:], 0)
    earlier, earlier_believed = followed(near[drawn_in::-1], n_steps - drawn_in)
    tracks = np.concatenate([earlier[:0:-1], later])
    drift_mm = None
    if is_whole_beat:
        drift_mm = float(np.median(np.linalg.norm(tracks[-1] - tracks[0], axis=1)))
        tracks = without_drift(tracks)
    believed = _by_segment(np.concatenate([earlier_believed, later_believed]), view)
    return WallStrain(view, _smooth_in_time(tracks), believed, drift_mm)


def require_frames(n_frames: int) -> None:
    """Raise `DataError` where there are too few frames for strain."""
    if n_frames < FEWEST_FRAMES:
        raise DataError(
            "Strain needs a loop.", field="frames", found="one frame" if n_frames == 1 else f"{n_frames} frames",
            expected=f"at least {FEWEST_FRAMES} frames, best one whole beat",
        )  # fmt: skip


def _require(pictures: FloatArray, spacing_mm: tuple[float, float], view: str, drawn_in: int) -> None:
    if view not in VIEWS:
        raise DataError("This view is not known.", field="view", found=view, expected=", ".join(VIEWS))
    require_frames(len(pictures) if pictures.ndim == 3 else 0)
    if not (min(spacing_mm) > 0 and np.isfinite(spacing_mm).all()):
        raise DataError("A spacing is positive.", field="spacing_mm", found=spacing_mm, expected="more than 0 mm")
    if not 0 <= drawn_in < len(pictures):
        raise DataError(
            "The wall was drawn in a frame that is not of this beat.", field="frame", found=drawn_in + 1,
            expected=f"1 to {len(pictures)}",
        )  # fmt: skip


def _require_inside(points: FloatArray, shape: tuple[int, ...]) -> None:
    if points.ndim != 2 or points.shape[1:] != (2,):
        return  # told by `smooth_line`
    outside = (points < 0).any(axis=1) | (points > np.array(shape[:0:-1]) - 1).any(axis=1)
    if outside.any():
        raise DataError(
            "A point lies outside of the picture.", field="points", found=points[outside].tolist(),
            expected=f"within {shape[2]} x {shape[1]} pixels",
        )  # fmt: skip


def _around(
    pictures: FloatArray, line_mm: FloatArray, spacing_mm: tuple[float, float]
) -> tuple[FloatArray, FloatArray, float]:
    """Return what lies around a line, with pixels as wide as high; where its first pixel lies, and their size in mm."""
    step = max(_FINEST_MM, min(spacing_mm))
    # The wall moves by less than a third of its length.
    margin = _BLOCK_MM + _SEARCH_MM + 25.0
    size = (np.array(pictures.shape[:0:-1]) - 1) * np.array(spacing_mm[::-1])
    low, high = np.maximum(line_mm.min(axis=0) - margin, 0.0), np.minimum(line_mm.max(axis=0) + margin, size)
    columns, rows = (np.arange(first, last + 1e-9, step) for first, last in zip(low, high, strict=True))
    # What is finer than a pixel would be seen as something else.
    blur = [max(0.0, 0.5 * (step / one - 1)) for one in spacing_mm]
    at = np.meshgrid(rows / spacing_mm[0], columns / spacing_mm[1], indexing="ij")
    near = [map_coordinates(gaussian_filter(picture, blur), at, order=1, mode="nearest") for picture in pictures]
    return np.stack(near), np.array([columns[0], rows[0]]), step


def _smooth_in_time(tracks: FloatArray) -> FloatArray:
    """Return tracks without what only single frames say; a peak keeps its height (Savitzky and Golay)."""
    if len(tracks) < 7:
        return tracks
    smooth: FloatArray = savgol_filter(tracks, 5, 2, axis=0, mode="interp")
    return smooth


def _by_segment(believed: Array, view: str) -> Mapping[str, float]:
    """Return the part of steps (frame - 1, point) that is believed, of each segment."""
    return {
        name: float(believed[:, index * POINTS_PER_SEGMENT : (index + 1) * POINTS_PER_SEGMENT + 1].mean())
        for index, name in enumerate(VIEWS[view])
    }
