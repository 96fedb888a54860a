"""The spectrum of an X-ray tube with a tungsten anode, and its heel effect.

Electrons slow down in the anode after Thomson and Whiddington and radiate on the way; what they radiate leaves the
anode under the take-off angle and is weakened by the tungsten above it. Bremsstrahlung and K lines both come from a
range of depths. Coefficients were fitted to measured spectra by the authors.

Source: Tucker, Barnes and Chakraborty, Med. Phys. 18 (1991) 211-218 (eq. 1 to 12 and their tables of coefficients);
shares of the K lines: xraylib's radiative rates.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import xraylib

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import OptionError
from isocenter.physics.attenuation import element_mass_attenuation_cm2_per_g
from isocenter.physics.tissues import tissue
from isocenter.physics.xrays.spectrum import Spectrum

MIN_KVP, MAX_KVP = 30.0, 150.0
MIN_ANGLE_DEG, MAX_ANGLE_DEG = 5.0, 25.0

_BIN_KEV = 1.0
_FIRST_KEV = 5.0
_ELECTRON_KEV = 510.99895
_K_EDGE_KEV = 69.525
# Thomson-Whiddington constant in keV2 cm2/g by tube voltage.
_PENETRATION = ((50.0, 75.0, 100.0, 150.0), (5.4e5, 6.25e5, 7.0e5, 8.4e5))
# Bremsstrahlung yield (A0 + A1 T0) (1 + B1 q + ... + B4 q^4), q = photon over electron energy.
_YIELD = (3.685e-2, 2.9e-5)
_SHAPE = (1.0, -5.049, 10.847, -10.516, 3.842)
# Mass stopping power of tungsten, a + b exp(-c T), in keV cm2/mg.
_STOPPING = (2.0241, 10.361, 0.04695)
_LINE_YIELD, _LINE_POWER = 1.349e-3, 1.648
# alpha r_e^2 Z^2 N_A / A in cm2/g, the unit of bremsstrahlung.
_CROSS_SECTION = (2.8179403e-13) ** 2 / 137.036 * 74**2 * 6.02214e23 / 183.84
_ELECTRONS_PER_MAS = 1e-3 / 1.602176634e-19
_LINES = (
    xraylib.KL2_LINE,
    xraylib.KL3_LINE,
    xraylib.KM2_LINE,
    xraylib.KM3_LINE,
    xraylib.KN2_LINE,
    xraylib.KN3_LINE,
)


@dataclass(frozen=True)
class Tube:
    """A tube with its filters: voltage, angle of the anode to the central ray, and (material, mm) in the beam.

    Raises
    ------
    OptionError
        If the voltage or the angle is outside what the model was made for.
    """

    kvp: float = 120.0
    anode_angle_deg: float = 10.0
    filters: tuple[tuple[str, float], ...] = (("aluminium", 6.0),)

    def __post_init__(self) -> None:
        for name, low, high in (("kvp", MIN_KVP, MAX_KVP), ("anode_angle_deg", MIN_ANGLE_DEG, MAX_ANGLE_DEG)):
            value = getattr(self, name)
            if not low <= value <= high:
                raise OptionError(f"{name} is out of range.", field=name, found=value, expected=f"{low:g} to {high:g}")
        for material, thickness_mm in self.filters:
            tissue(material)
            if not (np.isfinite(thickness_mm) and thickness_mm >= 0):
                raise OptionError(
                    f"The filter of {material} has no thickness.",
                    field="filters",
                    found=thickness_mm,
                    expected="0 mm or more",
                )

    def spectrum(self, distance_mm: float = 1000.0, *, towards_cathode_deg: float = 0.0) -> Spectrum:
        """Return the photons behind the filters; `towards_cathode_deg` leaves the central ray to the cathode's side.

        Raises
        ------
        OptionError
            If the ray grazes the anode, or the filters let nothing through.
        """
        take_off = self.anode_angle_deg + towards_cathode_deg
        if not take_off > 1.0:
            raise OptionError(
                "This ray does not leave the anode.",
                field="towards_cathode_deg",
                found=towards_cathode_deg,
                expected=f"more than {1 - self.anode_angle_deg:g} degrees",
            )
        energies, photons = _unfiltered(float(self.kvp), float(take_off))
        beam = Spectrum(energies, photons * _ELECTRONS_PER_MAS / (4 * np.pi * 1000.0**2))
        # The filter is a plate across the beam: off the central ray it is thicker.
        slant = 1 / np.cos(np.radians(towards_cathode_deg))
        for material, thickness_mm in self.filters:
            beam = beam.filtered(material, thickness_mm * slant)
        return beam.at_distance(distance_mm)

    def heel(self, towards_cathode_deg: FloatArray) -> FloatArray:
        """Return the air kerma at one distance along the axis of the tube, over that of the central ray."""
        middle = self.spectrum().air_kerma_mgy_per_mas()
        angles = np.asarray(towards_cathode_deg, dtype=float)
        values = [self.spectrum(towards_cathode_deg=float(angle)).air_kerma_mgy_per_mas() for angle in angles.ravel()]
        return np.reshape(values, angles.shape) / middle


@lru_cache(maxsize=64)
def _unfiltered(kvp: float, take_off_deg: float) -> tuple[FloatArray, FloatArray]:
    """Return energies and photons per electron into the whole sphere, per bin."""
    edges = np.arange(_FIRST_KEV, kvp + _BIN_KEV, _BIN_KEV)
    energies = (edges[:-1] + edges[1:]) / 2
    depth_constant = float(np.interp(kvp, *_PENETRATION)) * np.sin(np.radians(take_off_deg))
    photons = np.array([_bremsstrahlung(float(energy), kvp, depth_constant) for energy in energies]) * _BIN_KEV
    if kvp > _K_EDGE_KEV:
        shares = np.array([xraylib.RadRate(74, line) for line in _LINES])
        for line, share in zip(_LINES, shares / shares.sum(), strict=True):
            energy = float(xraylib.LineEnergy(74, line))
            photons[int((energy - _FIRST_KEV) / _BIN_KEV)] += share * _line(energy, kvp, depth_constant)
    for values in (energies, photons):
        values.setflags(write=False)
    return energies, photons


def _bremsstrahlung(energy_kev: float, kvp: float, depth_constant: float) -> float:
    """Return photons per electron and keV: the sum over all energies that the electron passes while it slows down."""
    if energy_kev >= kvp:
        return 0.0
    n = 200
    electron = energy_kev + (kvp - energy_kev) * (np.arange(n) + 0.5) / n
    shape = np.polynomial.polynomial.polyval(energy_kev / electron, _SHAPE)
    stopping = _STOPPING[0] + _STOPPING[1] * np.exp(-_STOPPING[2] * electron)
    mass_attenuation = element_mass_attenuation_cm2_per_g("W", energy_kev)
    leaving = np.exp(-mass_attenuation * (kvp**2 - electron**2) / depth_constant)
    integrand = shape * (electron + _ELECTRON_KEV) / electron / stopping * leaving
    amount = (_YIELD[0] + _YIELD[1] * kvp) * _CROSS_SECTION / energy_kev
    return float(amount * integrand.sum() * (kvp - energy_kev) / n)


def _line(energy_kev: float, kvp: float, depth_constant: float) -> float:
    """Return the K photons per electron at one energy, made down to the depth where electrons fall below the edge."""
    part = (np.arange(100) + 0.5) / 100
    deepest = (kvp**2 - _K_EDGE_KEV**2) / depth_constant
    weight = 1.5 * (1 - part**2) * np.exp(-element_mass_attenuation_cm2_per_g("W", energy_kev) * deepest * part)
    return float(_LINE_YIELD * (kvp / _K_EDGE_KEV - 1) ** _LINE_POWER * weight.mean())
