"""X-ray projection of images: line integrals along parallel or diverging rays, with their exact adjoint.

The gantry turns in the plane of the grid. Its axes are x along the grid's columns and y along its rows,
with the isocenter at the origin of the patient's frame: for a patient lying head first and supine, x points
to the patient's left and y to the back. At angle 0 the rays run along +y, from the front to the back;
with growing angle the tube moves from the front to the patient's left. Bins ascend along u.

    d = (-sin angle, cos angle)   direction of the central ray
    u = ( cos angle, sin angle)   direction of the detector

Source: Kak and Slaney, Principles of Computerized Tomographic Imaging, 1988, sec. 3.1 and 3.4.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace

from isocenter.core.arrays import Array, FloatArray, IndexArray
from isocenter.core.errors import GeometryError, NotSupportedError, ShapeError
from isocenter.core.grid import Grid
from isocenter.kernels.compile import on_gpu
from isocenter.kernels.rays import joseph, joseph_volume
from isocenter.operators.detector_views import DetectorViews
from isocenter.operators.linear import LinearOperator


class RayProjector(LinearOperator):
    """Line integrals along given rays in the plane of the image; each slice of a volume sees the same rays.

    Parameters
    ----------
    grid
        Where the image lies; shape (y, x) or (z, y, x).
    starts_mm, ends_mm
        Points (x, y) of the gantry on each ray, both outside the image, shape (view, bin, 2).

    Raises
    ------
    ShapeError
        If starts and ends are not (view, bin, 2) both.

    Notes
    -----
    Maps (y, x) in 1/mm to (view, bin), or (z, y, x) to (slice, view, bin), without unit.
    The adjoint uses the very weights of the forward model: an approximate one can make Krylov
    solvers drift instead of converging. Source: see `isocenter.kernels.rays.joseph`.
    """

    def __init__(self, grid: Grid, starts_mm: FloatArray, ends_mm: FloatArray) -> None:
        if starts_mm.shape != ends_mm.shape or starts_mm.ndim != 3 or starts_mm.shape[-1] != 2:
            raise ShapeError(
                "Rays need a start and an end each.",
                field="starts_mm, ends_mm",
                found=(starts_mm.shape, ends_mm.shape),
                expected="(view, bin, 2) for both",
            )
        slices = grid.shape[:-2]
        super().__init__(grid.shape, (*slices, *starts_mm.shape[:2]), in_grid=grid)
        self._rays = np.concatenate([_index_of(grid, starts_mm), _index_of(grid, ends_mm)], axis=-1)
        self._plane, self._spacing_mm = grid.shape_zyx[1:], grid.spacing_zyx_mm[1:]
        self._walks: dict[np.dtype[Any], joseph.Walks] = {}

    def _forward(self, x: Any) -> Any:
        stack = x.reshape(-1, *self._plane)
        data = joseph.forward(stack, self._rays_for(x), self._spacing_mm, self._walks_for(x))
        return data.reshape(self.out_shape)

    def _adjoint(self, y: Any) -> Any:
        stack = y.reshape(-1, *self._rays.shape[:2])
        image = joseph.adjoint(stack, self._rays_for(y), self._plane, self._spacing_mm, self._walks_for(y))
        return image.reshape(self.in_shape)

    def _walks_for(self, array: Any) -> joseph.Walks | None:
        """Return the rays' walks in the array's precision, worked out once; a GPU does without."""
        if on_gpu(array):
            return None
        kind = np.dtype(array.dtype)
        if kind not in self._walks:
            self._walks[kind] = joseph.walks_of(self._rays, self._spacing_mm, kind)
        return self._walks[kind]

    def _rays_for(self, array: Any) -> Any:
        """Return the rays where the array lives."""
        return self._rays if isinstance(array, np.ndarray) else array_namespace(array).asarray(self._rays)


class ParallelBeamProjector(RayProjector):
    """Line integrals of an image along parallel rays (Radon transform).

    Parameters
    ----------
    grid
        Where the image lies; shape (y, x) or (z, y, x).
    angles_rad
        View angles, shape (view,).
    n_bins, bin_width_mm
        Detector bins per view and their width.
    detector_offset_mm
        How far the middle of the detector lies from the isocenter, along u.

    Raises
    ------
    ShapeError
        If `angles_rad` is not one-dimensional.
    """

    def __init__(
        self, grid: Grid, angles_rad: Array, *, n_bins: int, bin_width_mm: float, detector_offset_mm: float = 0.0
    ) -> None:
        along, across = directions(angles_rad)
        reach_mm = _reach_mm(grid)
        positions_mm = bin_positions_mm(n_bins, bin_width_mm, detector_offset_mm)
        middles = positions_mm[None, :, None] * across[:, None, :]
        super().__init__(grid, middles - reach_mm * along[:, None, :], middles + reach_mm * along[:, None, :])


class FanBeamProjector(RayProjector):
    """Line integrals of an image along rays from a point source to a flat or a curved detector.

    Parameters
    ----------
    grid
        Where the image lies; shape (y, x) or (z, y, x).
    angles_rad
        Angle of the central ray of each view, shape (view,).
    n_bins, bin_width_mm
        Detector bins per view and their width on the detector; on a curved one, along the arc.
    source_isocenter_mm, source_detector_mm
        Distance of the source from the isocenter and from the detector.
    is_curved
        Whether the detector is an arc around the source, with bins of equal angle.
    detector_offset_mm
        How far the middle of the detector lies from the central ray, along u.

    Raises
    ------
    ShapeError
        If `angles_rad` is not one-dimensional.
    GeometryError
        If the source lies within the image.
    """

    def __init__(
        self,
        grid: Grid,
        angles_rad: Array,
        *,
        n_bins: int,
        bin_width_mm: float,
        source_isocenter_mm: float,
        source_detector_mm: float,
        is_curved: bool = False,
        detector_offset_mm: float = 0.0,
    ) -> None:
        reach_mm = _reach_mm(grid)
        if source_isocenter_mm <= reach_mm:
            raise GeometryError(
                "The source turns within the image.",
                field="source_isocenter_mm",
                found=f"{source_isocenter_mm:g} mm",
                expected=f"more than {reach_mm:.1f} mm",
                remedy="Choose a smaller grid.",
            )
        starts, aims = fan_rays(
            angles_rad,
            bin_positions_mm(n_bins, bin_width_mm, detector_offset_mm),
            source_isocenter_mm,
            source_detector_mm,
            is_curved=is_curved,
        )
        super().__init__(grid, starts, starts + (source_isocenter_mm + reach_mm) * 1.5 * aims)


class ViewProjector(LinearOperator):
    """Line integrals of a volume along the rays of any trajectory, given view by view.

    Parameters
    ----------
    grid
        Where the volume lies; shape (z, y, x), or (y, x) for one plane.
    views
        Source and detector of every view, along the gantry's axes.

    Raises
    ------
    GeometryError
        If a source lies within the volume.

    Notes
    -----
    Maps (z, y, x) in 1/mm to (view, row, bin), without unit. The adjoint uses the very weights of the forward model.
    Source: see `isocenter.kernels.rays.joseph_volume`.
    """

    def __init__(self, grid: Grid, views: DetectorViews) -> None:
        super().__init__(grid.shape, views.data_shape, in_grid=grid)
        self.views = views
        self._volume = grid.shape_zyx
        spacing_mm, corner_mm = np.array(grid.spacing_zyx_mm[::-1]), first_sample_mm(grid)
        if not views.is_parallel:
            self._require_outside((views.origins_mm - corner_mm) / spacing_mm)
        maps, arcs = index_maps(grid, views)
        self._rays = joseph_volume.Rays(
            origins=(views.origins_mm - (0.0 if views.is_parallel else corner_mm)) / spacing_mm,
            bins=(views.bins_mm() - corner_mm) / spacing_mm,
            rows=views.v_mm / spacing_mm,
            n_rows=views.n_rows,
            is_parallel=views.is_parallel,
            is_axial=views.is_axial,
            spacing_mm=spacing_mm,
            maps=maps,
            arcs=arcs,
            is_curved=views.is_curved,
        )

    def _require_outside(self, sources: FloatArray) -> None:
        last = np.array(self._volume[::-1]) - 1
        is_within = ((sources > -1) & (sources < last + 1)).all(axis=1)
        if is_within.any():
            raise GeometryError(
                "The source turns within the image.",
                field="sources_mm",
                found=f"{int(is_within.sum())} of {is_within.size} views",
                expected="sources outside the grid",
                remedy="Choose a smaller grid.",
            )

    def subset(self, views: IndexArray | slice) -> ViewProjector:
        """Return the projector of some of the views."""
        assert self.in_grid is not None
        return ViewProjector(self.in_grid, self.views.subset(views))

    def _forward(self, x: Any) -> Any:
        self._require_gather(x)
        return joseph_volume.forward(x.reshape(self._volume), self._rays)

    def _require_gather(self, array: Any) -> None:
        """Raise where the GPU's gathering adjoint would not find the rays of a deflected focus on a curved detector."""
        if self.views.focus_shift_mm is not None and on_gpu(array):
            raise NotSupportedError(
                "A flying focal spot on a curved detector is projected on the CPU only.", field="focus_shift_mm"
            )

    def _adjoint(self, y: Any) -> Any:
        self._require_gather(y)
        return joseph_volume.adjoint(y, self._rays, self._volume).reshape(self.in_shape)


def index_maps(grid: Grid, views: DetectorViews) -> tuple[FloatArray, FloatArray]:
    """Return `DetectorViews.sample_maps` for points given as indices (x, y, z) of a grid."""
    maps, arcs = views.sample_maps()
    from_index = maps.copy()
    from_index[:, :, 3] += maps[:, :, :3] @ first_sample_mm(grid)
    from_index[:, :, :3] *= np.array(grid.spacing_zyx_mm[::-1])
    return from_index, arcs


def first_sample_mm(grid: Grid) -> FloatArray:
    """Return where the first sample of the grid lies along its own axes (x, y, z), seen from the isocenter."""
    own = np.asarray(grid.direction, dtype=float).T @ np.asarray(grid.center_mm, dtype=float)
    corner: FloatArray = own - (np.array(grid.shape_zyx[::-1]) - 1) / 2 * np.array(grid.spacing_zyx_mm[::-1])
    return corner


def directions(angles_rad: Array) -> tuple[FloatArray, FloatArray]:
    """Return the directions d and u of every view, shape (view, 2); raises `ShapeError`."""
    angles = np.asarray(angles_rad, dtype=float)
    if angles.ndim != 1 or angles.size == 0:
        raise ShapeError("View angles form a list.", field="angles_rad", found=angles.shape, expected="(view,)")
    cosine, sine = np.cos(angles), np.sin(angles)
    return np.stack([-sine, cosine], axis=-1), np.stack([cosine, sine], axis=-1)


def bin_positions_mm(n_bins: int, bin_width_mm: float, offset_mm: float = 0.0) -> FloatArray:
    """Return where the middles of the bins lie along u, shape (bin,)."""
    return (np.arange(n_bins) - (n_bins - 1) / 2) * bin_width_mm + offset_mm


def fan_rays(
    angles_rad: Array,
    positions_mm: FloatArray,
    source_isocenter_mm: float,
    source_detector_mm: float,
    *,
    is_curved: bool,
) -> tuple[FloatArray, FloatArray]:
    """Return the source (x, y) and the unit direction of every ray of a fan, both (view, bin, 2)."""
    along, across = directions(angles_rad)
    ratio = positions_mm / source_detector_mm
    fan_rad = ratio if is_curved else np.arctan(ratio)
    aims = np.cos(fan_rad)[None, :, None] * along[:, None, :] + np.sin(fan_rad)[None, :, None] * across[:, None, :]
    return np.broadcast_to(-source_isocenter_mm * along[:, None, :], aims.shape), aims


def center_in_plane_mm(grid: Grid) -> tuple[float, float]:
    """Return where the middle of the grid lies along its own x and y axes, seen from the isocenter."""
    own = np.asarray(grid.direction, dtype=float).T @ np.asarray(grid.center_mm, dtype=float)
    return float(own[0]), float(own[1])


def axes_in_plane_mm(grid: Grid) -> tuple[FloatArray, FloatArray]:
    """Return where the columns and the rows of the grid lie along the gantry's x and y."""
    (n_y, n_x), (dy_mm, dx_mm) = grid.shape[-2:], grid.spacing_mm[-2:]
    x_mm, y_mm = center_in_plane_mm(grid)
    return x_mm + (np.arange(n_x) - (n_x - 1) / 2) * dx_mm, y_mm + (np.arange(n_y) - (n_y - 1) / 2) * dy_mm


def _reach_mm(grid: Grid) -> float:
    """Return the radius around the isocenter that encloses the grid and a sample of margin."""
    x_mm, y_mm = center_in_plane_mm(grid)
    (n_y, n_x), (dy_mm, dx_mm) = grid.shape[-2:], grid.spacing_mm[-2:]
    return float(np.hypot(abs(x_mm) + (n_x / 2 + 2) * dx_mm, abs(y_mm) + (n_y / 2 + 2) * dy_mm))


def _index_of(grid: Grid, points_mm: FloatArray) -> FloatArray:
    """Return gantry points (..., x and y) as (column, row)."""
    (n_y, n_x), (dy_mm, dx_mm) = grid.shape[-2:], grid.spacing_mm[-2:]
    x_mm, y_mm = center_in_plane_mm(grid)
    column = (points_mm[..., 0] - x_mm) / dx_mm + (n_x - 1) / 2
    row = (points_mm[..., 1] - y_mm) / dy_mm + (n_y - 1) / 2
    return np.stack([column, row], axis=-1)
