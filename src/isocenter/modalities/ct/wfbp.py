"""Multi-row scans on a helix or a circle, with or without a flying focal spot: rebinning and weighted back-projection.

Every row's fans are rebinned to parallel views, each keeping its slope along z; they are filtered along their bins
and back-projected along their true slope, those of one direction averaged by how near the middle row they lie.
The positions of a flying focal spot are sets of fans of their own, with their own rays; sampling gaps of one are
filled by the others.

Source: Stierstorfer et al., Phys. Med. Biol. 49 (2004) 2209-2218.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.interpolate import CubicSpline

from isocenter.core.arrays import FloatArray, IndexArray
from isocenter.core.errors import GeometryError
from isocenter.core.grid import Grid
from isocenter.core.progress import OnProgress, report
from isocenter.kernels.rays.backproject import columns_in_circle
from isocenter.kernels.rays.backproject_helix import backproject_helix, framed
from isocenter.kernels.rays.rebin_fans import rebin_fans
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.modalities.ct.geometry import detector_views
from isocenter.modalities.ct.truncation import extended
from isocenter.operators.projection import axes_in_plane_mm, directions, first_sample_mm
from isocenter.operators.ramp_filter import ramp_filter

# The middle part of the detector that counts fully: more uses more of the dose, less fades more smoothly.
_FULL = 0.6
# Slices back-projected at a time, from the views that can see them.
_SLAB = 16
# Views multiplied by a matrix at a time.
_AT_ONCE = 64


class _Fans(NamedTuple):
    """One position of the focal spot: its views, and where the rays of its bins run, all seen from the nominal view."""

    views: IndexArray
    angles_rad: FloatArray
    source_z_mm: FloatArray
    turned_rad: FloatArray
    across_mm: FloatArray
    foot_mm: FloatArray
    reach_mm: FloatArray
    focus_z_mm: float


def wfbp(
    acquisition: Acquisition,
    grid: Grid,
    line_integrals: FloatArray,
    *,
    window: str = "ram-lak",
    cutoff: float = 1.0,
    extrapolate: bool = False,
    on_progress: OnProgress | None = None,
) -> FloatArray:
    """Return linear attenuation in 1/mm on `grid`; zero where less than half a turn sees a voxel.

    Raises
    ------
    GeometryError
        If the scan is no cone, is given by matrices, its angles do not advance evenly, or they cover less than half a
        turn and the fan.
    """
    _require(acquisition)
    sets = _sets(acquisition)
    # Every set rotates by the same step; its parallel views divide half a turn evenly.
    step = float(np.mean([np.abs(np.diff(fans.angles_rad)).mean() for fans in sets]))
    n_half = max(1, round(np.pi / step))
    low = max(float(fans.angles_rad.min() - fans.turned_rad.min()) for fans in sets)
    high = min(float(fans.angles_rad.max() - fans.turned_rad.max()) for fans in sets)
    first, last = int(np.ceil(low * n_half / np.pi - 1e-9)), int(np.floor(high * n_half / np.pi + 1e-9))
    # The first view is a multiple of a whole turn, so that a view's number tells its direction.
    first_kept = first - first % (2 * n_half)
    if last - first + 1 < n_half:
        raise GeometryError(
            "The views do not cover half a turn for every ray.",
            field="angles_rad",
            found=f"{np.degrees(high - low):.1f} degrees without the fan's opening",
            expected="at least 180 degrees",
        )
    angles = np.arange(first, last + 1) * np.pi / n_half
    spacing_mm = acquisition.bin_width_mm * acquisition.source_isocenter_mm / acquisition.source_detector_mm
    edge = max(float(np.abs(fans.across_mm).max()) for fans in sets)
    n_side = int(np.ceil(edge / spacing_mm))
    across = np.arange(-n_side, n_side + 1) * spacing_mm
    n_views, lead = last - first + 1, first - first_kept
    n_rows = acquisition.n_rows
    filtered = np.zeros((len(sets), lead + n_views, across.size, framed(n_rows)), dtype=np.float32)
    source_z = np.zeros((len(sets), lead + n_views, across.size))
    paths = np.zeros((len(sets), across.size, 4))
    for index, fans in enumerate(sets):
        report(on_progress, index, len(sets) + 1, "rebinning")
        turned = _turned(acquisition, fans, line_integrals, angles)
        matrix = _resampling(fans, across) * np.float32(np.pi / n_half)
        if not extrapolate:
            # Spline and ramp are both linear along the bins: one matrix does both for all views and rows.
            matrix = ramp_filter(matrix, spacing_mm, window=window, cutoff=cutoff)
        for start in range(0, n_views, _AT_ONCE):
            views = turned[start : start + _AT_ONCE] @ matrix
            if extrapolate:
                wide, skip = extended(views)
                views = ramp_filter(wide, spacing_mm, window=window, cutoff=cutoff)[..., skip : skip + across.size]
            filtered[index, lead + start : lead + start + len(views)] = views.transpose(0, 2, 1)
        source_z[index, lead:], paths[index] = _paths(acquisition, fans, angles, across)
    corner_mm, spacing_zyx = first_sample_mm(grid), grid.spacing_zyx_mm
    source_z = (source_z - corner_mm[2] + acquisition.z_in_gantry_mm) / spacing_zyx[0]
    # Views before the first hold nothing: their source stands where no row can see the grid.
    source_z[:, :lead] = -1e12
    x_mm, y_mm = axes_in_plane_mm(grid)
    radius_mm = min(acquisition.fov_radius_mm, edge - spacing_mm)
    n_z, n_y, n_x = grid.shape_zyx
    image = np.zeros(grid.shape_zyx, dtype=np.float32)
    reach = _reach(acquisition, radius_mm) / spacing_zyx[0]
    for start in range(0, n_z, _SLAB):
        stop = min(start + _SLAB, n_z)
        report(on_progress, len(sets) * n_z + start, (len(sets) + 1) * n_z, "back-projection")
        sees = ((source_z > start - reach) & (source_z < stop - 1 + reach)).any(axis=(0, 2))
        if not sees.any():
            continue
        seen = np.flatnonzero(sees)
        part = slice(seen[0] - seen[0] % (2 * n_half), seen[-1] + 1)
        image[start:stop] = backproject_helix(
            filtered[:, part],
            source_z[:, part] - start,
            paths,
            _table(n_half, spacing_mm, corner_mm, spacing_zyx[1:]),
            columns_in_circle(x_mm, y_mm, radius_mm),
            (stop - start, n_y, n_x),
            n_half=n_half,
            spacing_z=spacing_zyx[0],
            n_rows=n_rows,
            full=_FULL,
        )
    report(on_progress, 1, 1, "back-projection")
    return image.reshape(grid.shape)


def _reach(acquisition: Acquisition, radius_mm: float) -> float:
    """Return how far in mm from the source's plane a ray may meet a voxel of the field of view."""
    far_mm = acquisition.source_isocenter_mm + radius_mm
    half_mm = acquisition.n_rows * acquisition.row_height_mm / 2 + abs(acquisition.row_offset_mm)
    shift_mm = 0.0 if acquisition.focus_shift_mm is None else float(np.abs(acquisition.focus_shift_mm).max())
    return half_mm * far_mm / (acquisition.source_detector_mm * 0.7) + 2 * shift_mm + 1.0


def _require(acquisition: Acquisition) -> None:
    if acquisition.geometry != "cone" or acquisition.projection_matrices is not None:
        raise GeometryError(
            "Rebinning takes a cone scan on a circle or a helix.",
            field="geometry",
            found=acquisition.geometry if acquisition.geometry != "cone" else "projection matrices",
            expected="cone",
            remedy="Reconstruct with fbp or fdk.",
        )
    if acquisition.is_half_fan:
        raise GeometryError("A half fan is not rebinned.", field="is_half_fan", remedy="Reconstruct with fdk.")
    steps = np.diff(acquisition.angles_rad)
    if steps.size < 2 or not ((steps > 0).all() or (steps < 0).all()):
        raise GeometryError(
            "The views of a rotation go on in one direction.",
            field="angles_rad",
            found=f"{np.count_nonzero(np.sign(steps) != np.sign(steps.sum()))} steps back or none",
            expected="ascending angles, not folded at 360 degrees",
            remedy="Sort the views by time and unwrap their angles.",
        )
    if np.abs(steps - steps.mean()).max() > 0.5 * abs(steps.mean()):
        raise GeometryError(
            "The views are not evenly spaced; some are missing.",
            field="angles_rad",
            found=f"steps from {np.degrees(np.abs(steps).min()):.3g} to {np.degrees(np.abs(steps).max()):.3g} degrees",
            expected="one step",
            remedy="Fill missing views in (isocenter.modalities.ct.repair), or reconstruct iteratively.",
        )


def _sets(acquisition: Acquisition) -> list[_Fans]:
    """Return the scan apart by position of the focal spot, turning so that angles ascend."""
    n = acquisition.n_views
    shift = np.zeros((n, 3)) if acquisition.focus_shift_mm is None else acquisition.focus_shift_mm
    positions, which = np.unique(np.round(shift, 4), axis=0, return_inverse=True)
    z_mm = np.zeros(n) if acquisition.source_z_mm is None else acquisition.source_z_mm
    found = []
    for number in range(len(positions)):
        views = np.flatnonzero(which.ravel() == number)
        angles = acquisition.angles_rad[views]
        if angles.size < 3 or np.ptp(np.diff(angles)) > abs(np.diff(angles).mean()):
            raise GeometryError(
                "The positions of the flying focal spot do not recur evenly.",
                field="focus_shift_mm",
                found=f"position {positions[number].tolist()} mm in {angles.size} of {n} views",
                expected="every position in every nth view",
            )
        order = np.argsort(angles)
        found.append(_fans(acquisition, views[order], z_mm[views[order]]))
    return found


def _fans(acquisition: Acquisition, views: IndexArray, source_z_mm: FloatArray) -> _Fans:
    """Return the rays of one position of the focal spot, from one view turned to angle 0."""
    shift = None if acquisition.focus_shift_mm is None else acquisition.focus_shift_mm[views[:1]]
    one = replace(
        acquisition,
        angles_rad=np.zeros(1),
        source_z_mm=None,
        focus_shift_mm=shift,
        n_rows=1,
        row_offset_mm=0.0,
        z_mm=0.0,
    )
    still = detector_views(one)
    source = still.origins_mm[0]
    rays = still.bins_mm()[0, :, :2] - source[:2]
    reach = np.linalg.norm(rays, axis=1)
    aim = rays / reach[:, None]
    # At angle 0 the central ray runs along +y and u along +x: a ray's direction is d(-turned).
    turned = np.arctan2(aim[:, 0], aim[:, 1])
    across = source[0] * aim[:, 1] - source[1] * aim[:, 0]
    foot = -(source[0] * aim[:, 0] + source[1] * aim[:, 1])
    return _Fans(views, acquisition.angles_rad[views], source_z_mm, turned, across, foot, reach, float(source[2]))


def _turned(acquisition: Acquisition, fans: _Fans, line_integrals: FloatArray, angles: FloatArray) -> FloatArray:
    """Return views of one direction each (view, sample, bin of the fan), weighted by the cosine of the slope.

    Between the views linearly, as they are dense; rows as `isocenter.kernels.rays.rebin_fans`.
    """
    n_rows = acquisition.n_rows
    step = float(np.diff(fans.angles_rad).mean())
    at = (angles[:, None] + fans.turned_rad[None, :] - fans.angles_rad[0]) / step
    heights = (np.arange(n_rows) - (n_rows - 1) / 2) * acquisition.row_height_mm + acquisition.row_offset_mm
    slopes = (heights[:, None] - fans.focus_z_mm) / fans.reach_mm
    return rebin_fans(line_integrals, fans.views, at, 1 / np.sqrt(1 + slopes**2), n_samples=framed(n_rows))


def _resampling(fans: _Fans, across: FloatArray) -> FloatArray:
    """Return the matrix (bin of the fan, bin) of the cubic spline from a fan's rays to evenly spaced ones."""
    order = np.argsort(fans.across_mm)
    inside = (across >= fans.across_mm.min()) & (across <= fans.across_mm.max())
    matrix = np.zeros((order.size, across.size), dtype=np.float32)
    matrix[np.ix_(order, inside)] = CubicSpline(fans.across_mm[order], np.eye(order.size))(across[inside]).T
    return matrix


def _paths(
    acquisition: Acquisition, fans: _Fans, angles: FloatArray, across: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the source's z (view, bin) in mm and the four numbers of every bin; see `backproject_helix`."""
    order = np.argsort(fans.across_mm)
    turned, foot, reach = (
        np.interp(across, fans.across_mm[order], values[order])
        for values in (fans.turned_rad, fans.foot_mm, fans.reach_mm)
    )
    source_z = np.interp(angles[:, None] + turned[None, :], fans.angles_rad, fans.source_z_mm) + fans.focus_z_mm
    middle = (acquisition.n_rows - 1) / 2
    paths = np.zeros((across.size, 4))
    paths[:, 0] = foot
    paths[:, 1] = reach / acquisition.row_height_mm
    # A ray of slope 0 meets the detector as high as the focal spot stands.
    paths[:, 2] = middle + (fans.focus_z_mm - acquisition.row_offset_mm) / acquisition.row_height_mm
    paths[:, 3] = (across >= fans.across_mm.min()) & (across <= fans.across_mm.max())
    return source_z, paths


def _table(n_half: int, spacing_mm: float, corner_mm: FloatArray, spacing_yx: tuple[float, ...]) -> FloatArray:
    """Return bin (from the middle) and depth of the first voxel and the steps along x and y, per direction."""
    along, across = directions(np.arange(n_half) * np.pi / n_half)
    steps = np.array(spacing_yx[::-1])
    bins = np.column_stack([across @ corner_mm[:2], across * steps]) / spacing_mm
    return np.hstack([bins, np.column_stack([along @ corner_mm[:2], along * steps])])
