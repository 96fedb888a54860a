"""Photons scattered once on their way: Compton and Rayleigh, from points of a body to points of a detector.

A deterministic sum over scattering points: what reaches the point along its closed-form path, times electrons and
differential cross-section, times what is left on the way out. Twice scattered photons are not in it; in a body of
20 to 30 cm they add as much again in a broad, smooth background (Johns and Yaffe, Med. Phys. 9 (1982) 231).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xraylib

from isocenter.core.arrays import FloatArray
from isocenter.physics.properties import attenuation_at
from isocenter.physics.tissues import Tissue, tissue
from isocenter.physics.xrays.transmission import HasLineIntegrals


@dataclass(frozen=True, eq=False)
class ScatterPoints:
    """Places that scatter: LPS positions (point, 3) in mm, and mass in g at each."""

    positions_mm: FloatArray
    mass_g: FloatArray


def differential_cm2_per_g_sr(matter: Tissue, energy_kev: float, cosines: FloatArray) -> FloatArray:
    """Return Compton (with bound electrons) plus Rayleigh scattering per gram and steradian."""
    # Exactly forward xraylib knows no momentum transfer.
    angles = np.maximum(np.arccos(np.linspace(-1, 1, 361)), 1e-3)
    table = np.zeros_like(angles)
    for symbol, fraction in matter.mass_fractions.items():
        z = xraylib.SymbolToAtomicNumber(symbol)
        table += fraction * np.array(
            [xraylib.DCS_Compt(z, energy_kev, a) + xraylib.DCS_Rayl(z, energy_kev, a) for a in angles]
        )
    values: FloatArray = np.interp(cosines, np.linspace(-1, 1, 361), table)
    return values


def single_scatter(
    body: HasLineIntegrals,
    points: ScatterPoints,
    source_mm: FloatArray,
    detectors_mm: FloatArray,
    normals: FloatArray,
    energy_kev: float,
    matter: Tissue | None = None,
) -> FloatArray:
    """Return scattered over unattenuated primary fluence at each detector point, shape (detector,).

    Parameters
    ----------
    points
        The irradiated part of the body as scattering masses; all of one composition, `matter` (water if left out).
    source_mm, detectors_mm, normals
        LPS positions (3,), (detector, 3), and the outward unit normals of the detector (detector, 3).
    energy_kev
        Effective energy, on both ways: the loss of a Compton photon is not followed.
    """
    mu = attenuation_at(energy_kev)
    inward = points.positions_mm - source_mm
    inward_mm = np.linalg.norm(inward, axis=1)
    arriving = np.exp(-body.line_integrals(np.broadcast_to(source_mm, inward.shape), points.positions_mm, mu))
    strength = points.mass_g * arriving / inward_mm**2
    outward = detectors_mm[None] - points.positions_mm[:, None]
    outward_mm = np.linalg.norm(outward, axis=-1)
    starts = np.broadcast_to(points.positions_mm[:, None], outward.shape)
    leaving = np.exp(-body.line_integrals(starts, starts + outward, mu))
    cosines = np.einsum("pi,pdi->pd", inward, outward) / (inward_mm[:, None] * outward_mm)
    per_sr = differential_cm2_per_g_sr(matter or tissue("water"), energy_kev, cosines) * 100  # mm2 per g
    facing = np.maximum(np.einsum("pdi,di->pd", outward, normals) / outward_mm, 0.0)
    scattered = (strength[:, None] * per_sr * leaving * facing / outward_mm**2).sum(axis=0)
    primary = np.sum((detectors_mm - source_mm) ** 2, axis=1)
    fractions: FloatArray = scattered * primary
    return fractions
