"""Where a tomosynthesis scan puts its planes in the patient, and its forward operator."""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import GeometryError
from isocenter.core.geometry import as_direction, as_vector
from isocenter.core.grid import Grid
from isocenter.modalities.tomosynthesis.acquisition import Acquisition
from isocenter.operators.plane_projection import PlaneProjector


def default_grid(acquisition: Acquisition) -> Grid:
    """Return the planes of the scan with the pixels of its detector; the first plane is the farthest from it."""
    middle = np.array([0.0, 0.0, float(acquisition.heights_mm.mean())])
    return Grid(
        (acquisition.n_planes, *acquisition.detector_shape),
        (acquisition.plane_spacing_mm, acquisition.pixel_mm, acquisition.pixel_mm),
        center_mm=as_vector(acquisition.in_patient_mm(middle)),
        direction=as_direction(acquisition.patient_from_scanner),
        slice_thickness_mm=acquisition.plane_spacing_mm,
    )


def heights_of(acquisition: Acquisition, grid: Grid) -> FloatArray:
    """Return the heights of a grid's planes above the detector, shape (plane,).

    Raises
    ------
    GeometryError
        If the grid is no stack of planes parallel to the detector, centred on it.
    """
    own = acquisition.patient_from_scanner
    center = own.T @ np.asarray(grid.center_mm)
    is_parallel = grid.ndim == 3 and np.allclose(np.asarray(grid.direction), own, atol=1e-6)
    if not is_parallel or np.abs(center[:2]).max() > 1e-3:
        raise GeometryError(
            "The grid is no stack of planes over the middle of the detector.",
            field="grid",
            found=f"shape {grid.shape}, centre {grid.center_mm}",
            expected="(z, y, x), parallel to the detector and centred on it",
            remedy="Start from default_grid(acquisition) and change shape or spacing.",
        )
    middle = acquisition.origin_mm - float(center[2])
    steps = (np.arange(grid.shape[0]) - (grid.shape[0] - 1) / 2) * grid.spacing_mm[0]
    heights: FloatArray = middle - steps
    return heights


def forward_operator(acquisition: Acquisition, grid: Grid, sources_mm: FloatArray | None = None) -> PlaneProjector:
    """Return the line integrals of all shots (or those from `sources_mm`), with their exact adjoint."""
    return PlaneProjector(
        grid,
        acquisition.sources_mm if sources_mm is None else sources_mm,
        heights_of(acquisition, grid),
        detector_shape=acquisition.detector_shape,
        pixel_mm=acquisition.pixel_mm,
    )
