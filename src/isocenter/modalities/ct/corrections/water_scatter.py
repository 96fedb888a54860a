"""The scatter kernel of a scanner, fitted to what cylinders of water scatter in its geometry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from isocenter.core.errors import OptionError
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.modalities.ct.corrections.scatter import ScatterKernel
from isocenter.modalities.ct.scattered import scatter_of
from isocenter.modalities.ct.simulation import simulate
from isocenter.physics.body import Body, Component
from isocenter.physics.shapes import EllipticCylinder
from isocenter.physics.tissues import tissue

_RADII = (0.35, 0.5, 0.65)
_N_VIEWS = 12


def water_kernel(acquisition: Acquisition, energy_kev: float, collimation_mm: float) -> ScatterKernel:
    """Return the kernel that fits cylinders of water of three sizes, scattered once, in this scanner's middle plane.

    Raises
    ------
    OptionError
        If rays are parallel: there is no distance to the detector, so nobody knows how much scatter arrives.
    """
    if acquisition.geometry == "parallel":
        raise OptionError(
            "Scatter needs to know how far the detector stands away.",
            field="geometry",
            found="parallel",
            expected="fan or cone",
            remedy="Reconstruct without this correction.",
        )
    plane = replace(
        acquisition,
        geometry="fan",
        angles_rad=np.arange(_N_VIEWS) * (2 * np.pi / _N_VIEWS),
        n_slices=1,
        n_rows=1,
        row_offset_mm=0.0,
        source_z_mm=None,
        focus_shift_mm=None,
        projection_matrices=None,
        is_half_fan=False,
        photons_per_bin=None,
        energy_kev=energy_kev,
        z_mm=0.0,
    )
    transmissions, known = [], []
    for part in _RADII:
        radius_mm = part * plane.fov_radius_mm
        water = EllipticCylinder((0.0, 0.0, 0.0), (radius_mm, radius_mm, 200.0))
        body = Body("water", (Component("water", water, tissue("water")),))
        lines = simulate(body, plane, np.random.default_rng(0)).data
        transmissions.append(np.exp(-lines[:1].astype(float)))
        known.append(scatter_of(body, plane, energy_kev, collimation_mm=collimation_mm)[:1])
    return ScatterKernel.fitted(np.concatenate(transmissions), np.concatenate(known), plane.bin_width_mm)
