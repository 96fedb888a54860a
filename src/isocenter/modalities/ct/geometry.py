"""Where a CT scan puts its image in the patient, and the rays that it sends through."""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import GeometryError, ShapeError
from isocenter.core.geometry import Direction, as_vector
from isocenter.core.grid import Grid
from isocenter.modalities.ct.acquisition import PATIENT_POSITIONS, Acquisition
from isocenter.operators.projection import (
    FanBeamProjector,
    ParallelBeamProjector,
    RayProjector,
    directions,
    fan_rays,
)


def default_grid(acquisition: Acquisition) -> Grid:
    """Return the square that just holds the circle every view sees, with as many pixels as there are bins.

    Rows grow to the back and columns to the left of a patient lying head first and supine.
    """
    n = acquisition.n_bins
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


def require_grid(acquisition: Acquisition, grid: Grid) -> None:
    """Raise unless the grid's planes and axes are those of the scan.

    Raises
    ------
    ShapeError
        If the grid has another number of slices.
    GeometryError
        If the grid is turned against the gantry, or its slices lie elsewhere.
    """
    if grid.shape[:-2] != ((acquisition.n_slices,) if acquisition.n_slices > 1 else ()):
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
    same_planes = len(grid.shape) == 2 or abs(grid.spacing_mm[0] - acquisition.slice_spacing_mm) < 1e-3
    if not same_planes or abs(grid.center_mm[2] - acquisition.z_mm) > 1e-3:
        raise GeometryError(
            "The planes of the grid are not those of the scan.",
            field="grid",
            found=f"middle at z = {grid.center_mm[2]:g} mm",
            expected=f"middle at z = {acquisition.z_mm:g} mm, {acquisition.slice_spacing_mm:g} mm apart",
        )


def forward_operator(acquisition: Acquisition, grid: Grid) -> RayProjector:
    """Return the line integrals through an image in 1/mm, with their exact adjoint; raises as `require_grid`."""
    require_grid(acquisition, grid)
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
