"""Scatter of a virtual CT scan, computed from a body's closed form on a coarse lattice of views, bins and points."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import OptionError
from isocenter.core.grid import Grid
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.modalities.ct.geometry import rays_in_patient_mm
from isocenter.physics.body import Body
from isocenter.physics.properties import density
from isocenter.physics.xrays.scatter import ScatterPoints, single_scatter

_LAYERS = 2


def scatter_of(
    body: Body,
    acquisition: Acquisition,
    energy_kev: float,
    *,
    collimation_mm: float = 40.0,
    n_views: int = 12,
    n_bins: int = 24,
    spacing_mm: float = 12.0,
) -> FloatArray:
    """Return scattered over unattenuated primary signal of every view and bin, shape (view, bin).

    Single scattering in the slab of `collimation_mm` around the middle slice; see `isocenter.physics.xrays.scatter`.

    Raises
    ------
    OptionError
        If the scan is not a fan over a full turn.
    """
    if acquisition.geometry != "fan" or np.ptp(acquisition.angles_rad) < 1.5 * np.pi:
        raise OptionError(
            "Scatter is computed for fans that go all around.",
            field="geometry",
            found=f"{acquisition.geometry}, {np.degrees(np.ptp(acquisition.angles_rad)):.0f} degrees",
            expected="fan, 360 degrees",
        )
    every = max(1, acquisition.n_views // n_views)
    views = np.arange(0, acquisition.n_views - every // 2, every)
    bins = np.unique(np.round(np.linspace(0, acquisition.n_bins - 1, n_bins)).astype(int))
    starts, ends = rays_in_patient_mm(acquisition, 1000.0)
    if acquisition.n_slices > 1:
        middle = acquisition.n_slices // 2
        starts, ends = starts[middle], ends[middle]
    starts, aims = starts[views][:, bins], (ends - starts)[views][:, bins]
    aims = aims / np.linalg.norm(aims, axis=-1, keepdims=True)
    lengths = acquisition.source_detector_mm / (
        np.cos(acquisition.fan_rad[bins]) if acquisition.detector == "flat" else np.ones(bins.size)
    )
    central = aims.mean(axis=1)
    central /= np.linalg.norm(central, axis=-1, keepdims=True)
    points = _points(body, acquisition, collimation_mm, spacing_mm)
    coarse = np.empty((views.size, bins.size))
    for row in range(views.size):
        cells = starts[row] + aims[row] * lengths[:, None]
        normals = aims[row] if acquisition.detector == "curved" else np.broadcast_to(central[row], aims[row].shape)
        coarse[row] = single_scatter(body, points, starts[row, 0], cells, normals, energy_kev)
    across = CubicSpline(bins, coarse, axis=1)(np.arange(acquisition.n_bins))
    angles = np.append(acquisition.angles_rad[views], acquisition.angles_rad[views[0]] + 2 * np.pi)
    around = CubicSpline(angles, np.concatenate([across, across[:1]]), axis=0, bc_type="periodic")
    smooth: FloatArray = np.maximum(around(acquisition.angles_rad), 0.0)
    return smooth


def _points(body: Body, acquisition: Acquisition, collimation_mm: float, spacing_mm: float) -> ScatterPoints:
    n = 2 * int(np.ceil(acquisition.fov_radius_mm / spacing_mm))
    layer = collimation_mm / _LAYERS
    grid = Grid((_LAYERS, n, n), (layer, spacing_mm, spacing_mm), center_mm=(0.0, 0.0, acquisition.z_mm))
    mass = np.asarray(body.voxelise(grid, density)) * layer * spacing_mm**2 / 1000
    is_there = mass > 1e-3 * mass.max()
    return ScatterPoints(grid.positions_mm()[is_there], mass[is_there])
