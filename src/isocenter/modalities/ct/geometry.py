"""Where a CT scan puts its image in the patient, and the rays that it sends through."""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import GeometryError, ShapeError
from isocenter.core.geometry import Direction, as_vector
from isocenter.core.grid import Grid
from isocenter.modalities.ct.acquisition import PATIENT_POSITIONS, Acquisition
from isocenter.operators.detector_views import DetectorViews
from isocenter.operators.projection import (
    FanBeamProjector,
    ParallelBeamProjector,
    RayProjector,
    ViewProjector,
    directions,
    fan_rays,
)


def default_grid(acquisition: Acquisition) -> Grid:
    """Return the square that just holds the circle every view sees, with as many pixels as there are bins.

    Rows grow to the back and columns to the left of a patient lying head first and supine. A cone's image is as long
    as its detector at the isocenter, or as its helix.
    """
    n = acquisition.n_bins
    if acquisition.geometry == "cone":
        return _cone_grid(acquisition)
    # The outermost bins' middles bound the circle; their outer halves make the pixel as wide as a bin.
    spacing_mm = 2 * acquisition.fov_radius_mm / max(n - 1, 1) or acquisition.bin_width_mm
    slices = (acquisition.n_slices,) if acquisition.n_slices > 1 else ()
    return Grid(
        (*slices, n, n),
        (*(acquisition.slice_spacing_mm for _ in slices), spacing_mm, spacing_mm),
        center_mm=(0.0, 0.0, acquisition.z_mm),
        direction=_direction(acquisition),
        slice_thickness_mm=acquisition.slice_spacing_mm,
    )


def _cone_grid(acquisition: Acquisition) -> Grid:
    n, step_mm = acquisition.n_bins, acquisition.slice_spacing_mm
    low_mm, high_mm = cone_reach_mm(acquisition)
    n_slices = max(1, int(np.floor((high_mm - low_mm) / step_mm + 1e-6)))
    middle_mm = acquisition.patient_from_gantry[2, 2] * (low_mm + high_mm) / 2 + acquisition.z_mm
    spacing_mm = 2 * acquisition.fov_radius_mm / max(n - 1, 1)
    return Grid(
        (n_slices, n, n),
        (step_mm, spacing_mm, spacing_mm),
        center_mm=(0.0, 0.0, float(middle_mm)),
        direction=_direction(acquisition),
        slice_thickness_mm=step_mm,
    )


def cone_reach_mm(acquisition: Acquisition) -> tuple[float, float]:
    """Return from where to where, along the gantry's z and seen from `z_mm`, a cone scan sees the isocenter's axis.

    Of a helix, the planes that are passed by at least half a turn of views.
    """
    scale = acquisition.source_isocenter_mm / acquisition.source_detector_mm
    half_mm = acquisition.n_rows * acquisition.row_height_mm * scale / 2
    middle_mm = acquisition.row_offset_mm * scale
    if not acquisition.is_helical:
        return middle_mm - half_mm, middle_mm + half_mm
    assert acquisition.source_z_mm is not None
    path = acquisition.source_z_mm
    turns = float(np.ptp(np.unwrap(acquisition.angles_rad))) / (2 * np.pi)
    quarter_mm = float(np.ptp(path)) / max(turns, 1e-9) / 4
    low_mm, high_mm = float(path.min()), float(path.max())
    if high_mm - low_mm <= 2 * quarter_mm:
        return (low_mm + high_mm) / 2 - half_mm, (low_mm + high_mm) / 2 + half_mm
    return low_mm + quarter_mm + middle_mm, high_mm - quarter_mm + middle_mm


def detector_views(acquisition: Acquisition) -> DetectorViews:
    """Return source and detector of every view along the gantry's axes; z is the grid's own, `z_mm` included.

    Parallel and fan scans give one row, in the middle slice.
    """
    along, across = (np.pad(vectors, ((0, 0), (0, 1))) for vectors in directions(acquisition.angles_rad))
    up = np.zeros_like(along)
    up[:, 2] = 1.0
    lift = acquisition.z_in_gantry_mm * up
    u_mm, v_mm = acquisition.bin_width_mm * across, acquisition.row_height_mm * up
    sizes = (acquisition.n_rows, acquisition.n_bins)
    if acquisition.projection_matrices is not None:
        views = DetectorViews.of_matrices(acquisition.projection_matrices, n_rows=sizes[0], n_bins=sizes[1])
        return views.in_frame(np.eye(3), np.array([0.0, 0.0, acquisition.z_in_gantry_mm]))
    if acquisition.geometry == "parallel":
        centers = acquisition.detector_offset_mm * across + lift
        return DetectorViews(along, centers, u_mm, v_mm, *sizes, is_parallel=True)
    if acquisition.source_z_mm is not None:
        lift = lift + acquisition.source_z_mm[:, None] * up
    away_mm = acquisition.source_detector_mm - acquisition.source_isocenter_mm
    sources = -acquisition.source_isocenter_mm * along + lift
    centers = away_mm * along + acquisition.detector_offset_mm * across + acquisition.row_offset_mm * up + lift
    views = DetectorViews(sources, centers, u_mm, v_mm, *sizes, is_curved=acquisition.detector == "curved")
    if acquisition.focus_shift_mm is None:
        return views
    shift = acquisition.focus_shift_mm
    return views.with_focus(shift[:, :1] * across + shift[:, 1:2] * along + shift[:, 2:] * up)


def require_grid(acquisition: Acquisition, grid: Grid) -> None:
    """Raise unless the grid's planes and axes are those of the scan.

    Raises
    ------
    ShapeError
        If the grid has another number of slices.
    GeometryError
        If the grid is turned against the gantry, or its slices lie elsewhere.
    """
    if acquisition.geometry != "cone" and grid.shape[:-2] != (
        (acquisition.n_slices,) if acquisition.n_slices > 1 else ()
    ):
        raise ShapeError(
            "The grid does not have the slices of the scan.",
            field="grid",
            found=grid.shape,
            expected=f"{acquisition.n_slices} slices",
        )
    if not np.allclose(np.asarray(grid.direction, dtype=float), acquisition.patient_from_gantry, atol=1e-6):
        raise GeometryError(
            "The grid is turned against the gantry.",
            field="grid.direction",
            found=grid.direction,
            expected=f"{acquisition.patient_from_gantry.tolist()} for {acquisition.patient_position}",
            remedy="Reconstruct on default_grid(acquisition) and resample the image.",
        )
    if acquisition.geometry == "cone":
        return
    same_planes = len(grid.shape) == 2 or abs(grid.spacing_mm[0] - acquisition.slice_spacing_mm) < 1e-3
    if not same_planes or abs(grid.center_mm[2] - acquisition.z_mm) > 1e-3:
        raise GeometryError(
            "The planes of the grid are not those of the scan.",
            field="grid",
            found=f"middle at z = {grid.center_mm[2]:g} mm",
            expected=f"middle at z = {acquisition.z_mm:g} mm, {acquisition.slice_spacing_mm:g} mm apart",
        )


def require_seen(acquisition: Acquisition, grid: Grid) -> None:
    """Raise if slices of a grid lie where a helix did not pass with half a turn of views; raises `GeometryError`."""
    if not acquisition.is_helical:
        return
    low_mm, high_mm = cone_reach_mm(acquisition)
    ends = (
        acquisition.patient_from_gantry[2, 2] * (grid.affine @ [[0, 0], [0, 0], [0, grid.shape_zyx[0] - 1], [1, 1]])[2]
    )
    ends = np.sort(ends - acquisition.z_in_gantry_mm)
    slack_mm = grid.spacing_zyx_mm[0] / 2 + 1e-6
    if ends[0] < low_mm - slack_mm or ends[1] > high_mm + slack_mm:
        raise GeometryError(
            "The helix did not see all slices of the grid.",
            field="grid",
            found=f"slices from {ends[0]:.1f} to {ends[1]:.1f} mm along the table",
            expected=f"from {low_mm:.1f} to {high_mm:.1f} mm",
            remedy="Leave the grid out, or reconstruct iteratively.",
        )


def forward_operator(acquisition: Acquisition, grid: Grid) -> RayProjector | ViewProjector:
    """Return the line integrals through an image in 1/mm, with their exact adjoint; raises as `require_grid`."""
    require_grid(acquisition, grid)
    if acquisition.geometry == "cone":
        return ViewProjector(grid, detector_views(acquisition))
    if acquisition.geometry == "parallel":
        return ParallelBeamProjector(
            grid,
            acquisition.angles_rad,
            n_bins=acquisition.n_bins,
            bin_width_mm=acquisition.bin_width_mm,
            detector_offset_mm=acquisition.detector_offset_mm,
        )
    return FanBeamProjector(
        grid,
        acquisition.angles_rad,
        n_bins=acquisition.n_bins,
        bin_width_mm=acquisition.bin_width_mm,
        source_isocenter_mm=acquisition.source_isocenter_mm,
        source_detector_mm=acquisition.source_detector_mm,
        is_curved=acquisition.detector == "curved",
        detector_offset_mm=acquisition.detector_offset_mm,
    )


def rays_in_patient_mm(acquisition: Acquisition, reach_mm: float) -> tuple[FloatArray, FloatArray]:
    """Return start and end of every ray in the patient, LPS, shape (*data_shape, 3), `reach_mm` past the isocenter."""
    if acquisition.geometry == "cone":
        first, last = detector_views(acquisition).rays_mm(reach_mm)
        turn = acquisition.patient_from_gantry.T
        return first @ turn, last @ turn
    if acquisition.geometry == "parallel":
        along, across = directions(acquisition.angles_rad)
        middles = acquisition.positions_mm[None, :, None] * across[:, None, :]
        starts, ends = middles - reach_mm * along[:, None, :], middles + reach_mm * along[:, None, :]
    else:
        starts, aims = fan_rays(
            acquisition.angles_rad,
            acquisition.positions_mm,
            acquisition.source_isocenter_mm,
            acquisition.source_detector_mm,
            is_curved=acquisition.detector == "curved",
        )
        ends = starts + (acquisition.source_isocenter_mm + reach_mm) * aims
    return _in_patient(acquisition, starts), _in_patient(acquisition, ends)


def _in_patient(acquisition: Acquisition, points_mm: FloatArray) -> FloatArray:
    """Return gantry points (view, bin, 2) of every slice as LPS."""
    turned = points_mm @ acquisition.patient_from_gantry[:, :2].T
    z_mm = acquisition.slice_positions_mm.reshape(acquisition.n_slices, 1, 1)
    lps = np.broadcast_to(turned, (acquisition.n_slices, *turned.shape)).copy()
    lps[..., 2] = z_mm
    return lps.reshape(*acquisition.data_shape, 3)


def _direction(acquisition: Acquisition) -> Direction:
    x, y, z = (as_vector(np.array(row, dtype=float)) for row in PATIENT_POSITIONS[acquisition.patient_position])
    return (x, y, z)
