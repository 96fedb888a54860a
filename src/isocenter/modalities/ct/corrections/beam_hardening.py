"""Beam hardening: polychromatic line integrals to those of one energy, for water and for water with bone.

Sources: water, Herman, Phys. Med. Biol. 24 (1979) 81-106; bone, Joseph and Spital, J. Comput. Assist. Tomogr. 2
(1978) 100-108: both by inverting the beam's own transmission, so no polynomial has to be fitted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.ndimage import map_coordinates

from isocenter.core.arrays import FloatArray, require_shape
from isocenter.core.errors import OptionError
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.modalities.ct.geometry import default_grid, forward_operator
from isocenter.modalities.ct.measurement import Measurement
from isocenter.modalities.ct.polychromatic import Beam
from isocenter.modalities.ct.reconstruction import default_method, reconstruct
from isocenter.modalities.ct.water import hounsfield, water_per_mm
from isocenter.physics.properties import attenuation_at, attenuation_curve_per_mm
from isocenter.physics.tissues import tissue

_LONGEST_WATER_MM, _N_WATER = 800.0, 401
_LONGEST_BONE_MM, _N_BONE, _N_INTEGRALS = 200.0, 81, 401
BONE = "cortical bone"


@dataclass(frozen=True, eq=False)
class WaterCurve:
    """What a beam measures through water: `integrals` (length,) of `lengths_mm`; `mu_water_per_mm` at one energy."""

    lengths_mm: FloatArray
    integrals: FloatArray
    mu_water_per_mm: float

    @classmethod
    def of(cls, beam: Beam, acquisition: Acquisition) -> WaterCurve:
        """Return the curve of a beam; it ends where water becomes too long to be measured."""
        energies, weights = beam.spectrum(acquisition).energies_kev, beam.weights_kev(acquisition)
        lengths = np.linspace(0.0, _LONGEST_WATER_MM, _N_WATER)
        mu = attenuation_curve_per_mm(tissue("water"), energies)
        integrals = _log(weights, mu[:, None] * lengths)
        return cls(lengths, integrals, water_per_mm(beam.reference_kev(acquisition)))

    @classmethod
    def measured(cls, lengths_mm: FloatArray, integrals: FloatArray, energy_kev: float) -> WaterCurve:
        """Return the curve of a real scanner, from line integrals measured behind known lengths of water.

        Raises
        ------
        OptionError
            If there are fewer than three, or they do not rise from 0 on.
        """
        lengths, found = (np.asarray(values, dtype=float) for values in (lengths_mm, integrals))
        rises = lengths.shape == found.shape and lengths.size >= 2 and (np.diff(lengths) > 0).all()
        if not (rises and (np.diff(found) > 0).all() and lengths[0] >= 0):
            raise OptionError(
                "A curve of water needs lengths and line integrals that rise together.",
                field="lengths_mm, integrals",
                found=(lengths.tolist(), found.tolist()),
                expected="at least two lengths, rising, each with its line integral",
            )
        if lengths[0] > 0:
            lengths, found = np.insert(lengths, 0, 0.0), np.insert(found, 0, 0.0)
        return cls(lengths, found, water_per_mm(energy_kev))

    def corrected(self, line_integrals: FloatArray) -> FloatArray:
        """Return the line integrals that photons of one energy would have, if all were water.

        Beyond the curve's end it goes on straight; below 0 noise is scaled by the slope at 0.
        """
        spline = CubicSpline(self.integrals, self.lengths_mm)
        inside = np.clip(line_integrals, self.integrals[0], self.integrals[-1])
        outside = line_integrals - inside
        slopes = np.where(outside > 0, spline(self.integrals[-1], 1), spline(0.0, 1))
        lengths = spline(inside) + outside * slopes
        corrected: FloatArray = (lengths * self.mu_water_per_mm).astype(line_integrals.dtype)
        return corrected


def water_corrected(measurement: Measurement, beam: Beam) -> Measurement:
    """Return the scan with beam hardening of water taken out, as line integrals at the beam's reference energy."""
    scan = measurement.acquisition
    curve = WaterCurve.of(beam, scan)
    corrected = curve.corrected(measurement.line_integrals())
    known = replace(scan, photons_per_bin=None, energy_kev=beam.reference_kev(scan))
    return replace(measurement, acquisition=known, data=corrected)


def bone_corrected_integrals(
    line_integrals: FloatArray, bone_mm: FloatArray, beam: Beam, acquisition: Acquisition
) -> FloatArray:
    """Return line integrals of one energy of rays that pass known lengths of bone, the rest being water.

    The length of water is the one with which the beam's transmission through both is what was measured.
    """
    require_shape(bone_mm, line_integrals.shape, "lengths of bone")
    energies, weights = beam.spectrum(acquisition).energies_kev, beam.weights_kev(acquisition)
    mu_water, mu_bone = (attenuation_curve_per_mm(tissue(name), energies) for name in ("water", BONE))
    water = np.linspace(-20.0, _LONGEST_WATER_MM, _N_WATER)
    bone = np.linspace(0.0, _LONGEST_BONE_MM, _N_BONE)
    top = float(_log(weights, mu_water[:, None] * water[-1:])[0])
    levels = np.linspace(0.0, top, _N_INTEGRALS)
    table = np.empty((_N_BONE, _N_INTEGRALS))
    for row, length in enumerate(bone):
        integrals = _log(weights, mu_water[:, None] * water + mu_bone[:, None] * length)
        spline = CubicSpline(integrals, water, extrapolate=True)
        low, slope = float(spline(integrals[0])), float(spline(integrals[0], 1))
        table[row] = np.where(levels < integrals[0], low + slope * (levels - integrals[0]), spline(levels))
    place = np.stack([bone_mm / bone[1], np.clip(line_integrals, 0, top) / levels[1]])
    water_mm = map_coordinates(table, place, order=3, mode="nearest")
    energy = beam.reference_kev(acquisition)
    bone_per_mm = attenuation_at(energy)(tissue(BONE))
    corrected: FloatArray = water_mm * water_per_mm(energy) + bone_mm * bone_per_mm
    return corrected.astype(line_integrals.dtype)


def bone_corrected(
    measurement: Measurement, beam: Beam, *, threshold_hu: float = 250.0, n_passes: int = 3, grid: Grid | None = None
) -> Measurement:
    """Return the scan with beam hardening of water and bone taken out.

    A first image, corrected for water, is split: above `threshold_hu` a pixel holds as much cortical bone as its CT
    number says. Its projections are the lengths of bone. Corrected for water alone bone looks too thin, so each further
    pass splits the image of the pass before.

    Raises
    ------
    OptionError
        If there is no pass to make.
    """
    if n_passes < 1:
        raise OptionError("Bone takes a pass at least.", field="n_passes", found=n_passes, expected="1 or more")
    scan = measurement.acquisition
    place = grid or default_grid(scan)
    project = forward_operator(scan, place)
    known = replace(scan, photons_per_bin=None, energy_kev=beam.reference_kev(scan))
    corrected = water_corrected(measurement, beam)
    for _ in range(n_passes):
        image = reconstruct(corrected, place, method=default_method(measurement), window="hann")
        lengths = np.maximum(project(bone_share(image, beam, scan, threshold_hu)), 0)
        integrals = bone_corrected_integrals(measurement.line_integrals(), lengths, beam, scan)
        corrected = replace(measurement, acquisition=known, data=integrals)
    return corrected


def bone_share(image: Image, beam: Beam, acquisition: Acquisition, threshold_hu: float) -> FloatArray:
    """Return how much of every pixel is cortical bone, 0 below the threshold."""
    energy = beam.reference_kev(acquisition)
    full = np.array(attenuation_at(energy)(tissue(BONE)))
    bone_hu = float(hounsfield(full, water_per_mm(energy)))
    share: FloatArray = np.where(image.values > threshold_hu, image.values / bone_hu, 0.0).astype(np.float32)
    return share


def _log(weights: FloatArray, exponents: FloatArray) -> FloatArray:
    """Return minus the logarithm of the transmission, for exponents (energy, length) that may be large."""
    least = exponents.min(axis=0)
    integrals: FloatArray = least - np.log(weights @ np.exp(-(exponents - least)) / weights.sum())
    return integrals
