"""Where a photon-counting CT scan puts its image, its rays, and its forward operator."""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import GeometryError
from isocenter.core.grid import Grid
from isocenter.modalities.photon_counting_ct.acquisition import Acquisition
from isocenter.modalities.photon_counting_ct.spectral_model import SpectralModel
from isocenter.operators.linear import LinearOperator
from isocenter.operators.projection import FanBeamProjector, bin_positions_mm, fan_rays


def default_grid(acquisition: Acquisition) -> Grid:
    """Return the square that just holds the circle every view sees, with as many pixels as there are bins."""
    n = acquisition.n_bins
    spacing_mm = 2 * acquisition.fov_radius_mm / max(n - 1, 1)
    return Grid(
        (n, n),
        (spacing_mm, spacing_mm),
        center_mm=(0.0, 0.0, acquisition.z_mm),
        slice_thickness_mm=acquisition.slice_thickness_mm,
    )


def require_grid(acquisition: Acquisition, grid: Grid) -> None:
    """Raise `GeometryError` unless the grid is one transverse plane where the slice is."""
    is_upright = np.allclose(np.asarray(grid.direction), np.eye(3), atol=1e-6)
    if grid.ndim != 2 or not is_upright or abs(grid.center_mm[2] - acquisition.z_mm) > 1e-3:
        raise GeometryError(
            "The grid is not the plane of the scan.",
            field="grid",
            found=f"shape {grid.shape}, middle at z = {grid.center_mm[2]:g} mm",
            expected=f"(y, x), upright, at z = {acquisition.z_mm:g} mm",
            remedy="Reconstruct on default_grid(acquisition) and resample the image.",
        )


def rays_in_patient_mm(acquisition: Acquisition, reach_mm: float = 1000.0) -> tuple[FloatArray, FloatArray]:
    """Return start and end of every ray in LPS, shape (view, bin, 3), `reach_mm` past the isocenter."""
    positions = bin_positions_mm(acquisition.n_bins, acquisition.bin_width_mm, acquisition.detector_offset_mm)
    starts, aims = fan_rays(
        acquisition.angles_rad,
        positions,
        acquisition.source_isocenter_mm,
        acquisition.source_detector_mm,
        is_curved=True,
    )
    ends = starts + (acquisition.source_isocenter_mm + reach_mm) * aims
    height = np.full((*starts.shape[:-1], 1), acquisition.z_mm)
    return np.concatenate([starts, height], axis=-1), np.concatenate([ends, height], axis=-1)


class BasisProjector(LinearOperator):
    """Basis images to minus the logarithm of relative counts, linearised where there is nothing.

    Notes
    -----
    Maps (material, y, x), water as a fraction and agents in mg/mL, to (energy, view, bin) without unit:
    line integrals of each material, then its attenuation as each energy bin sees a little of it.
    """

    def __init__(self, acquisition: Acquisition, grid: Grid) -> None:
        require_grid(acquisition, grid)
        stack = Grid((acquisition.n_materials, *grid.shape), (1.0, *grid.spacing_mm), center_mm=grid.center_mm)
        self._rays = FanBeamProjector(
            stack,
            acquisition.angles_rad,
            n_bins=acquisition.n_bins,
            bin_width_mm=acquisition.bin_width_mm,
            source_isocenter_mm=acquisition.source_isocenter_mm,
            source_detector_mm=acquisition.source_detector_mm,
            is_curved=True,
            detector_offset_mm=acquisition.detector_offset_mm,
        )
        self._mixing = SpectralModel.of(acquisition).effective
        super().__init__(stack.shape, acquisition.data_shape, in_grid=grid)

    def _forward(self, x: Any) -> Any:
        return self._mix(self._mixing, self._rays(x))

    def _adjoint(self, y: Any) -> Any:
        return self._rays.adjoint(self._mix(self._mixing.T, y))

    @staticmethod
    def _mix(matrix: FloatArray, data: Any) -> Any:
        xp = array_namespace(data)
        return xp.tensordot(xp.asarray(matrix.astype(data.dtype)), data, axes=1)


def forward_operator(acquisition: Acquisition, grid: Grid) -> BasisProjector:
    """Return the linearised physics, with its exact adjoint; raises as `require_grid`."""
    return BasisProjector(acquisition, grid)
