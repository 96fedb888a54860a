"""A spectrum of photons: filters, mean energy, air kerma and half-value layers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import xraylib
from scipy.optimize import brentq

from isocenter.core.arrays import FloatArray, require_finite, require_shape
from isocenter.core.errors import DataError, OptionError
from isocenter.physics.properties import attenuation_curve_per_mm
from isocenter.physics.tissues import Tissue, tissue

_JOULE_PER_KEV = 1.602176634e-16


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Photons by energy: `energies_kev` are the middles of equal bins, `photons` per mm2 and mAs at `distance_mm`.

    Raises
    ------
    ShapeError, DataError
        If the two do not fit, energies do not rise, or photons are negative or not numbers.
    """

    energies_kev: FloatArray
    photons: FloatArray
    distance_mm: float = 1000.0

    def __post_init__(self) -> None:
        energies, photons = (np.array(values, dtype=float) for values in (self.energies_kev, self.photons))
        require_shape(photons, energies.shape, "photons of a spectrum")
        require_finite(photons, "photons of a spectrum")
        if energies.ndim != 1 or energies.size == 0 or np.any(np.diff(energies) <= 0) or energies[0] <= 0:
            raise DataError("The energies of a spectrum must rise.", field="energies_kev", expected="rising, above 0")
        if photons.min() < 0 or photons.max() <= 0:
            raise DataError("A spectrum has photons, nowhere less than none.", field="photons", found=photons.min())
        for name, values in (("energies_kev", energies), ("photons", photons)):
            values.setflags(write=False)
            object.__setattr__(self, name, values)

    @property
    def total(self) -> float:
        """Photons of all energies per mm2 and mAs."""
        return float(self.photons.sum())

    @property
    def mean_energy_kev(self) -> float:
        """Mean energy of the photons."""
        return float(self.photons @ self.energies_kev) / self.total

    def filtered(self, material: Tissue | str, thickness_mm: float) -> Spectrum:
        """Return what comes through so much of a material.

        Raises
        ------
        OptionError
            If the thickness is negative, or nothing is left of the beam.
        """
        if not thickness_mm >= 0:
            raise OptionError(
                "A filter cannot be thinner than nothing.",
                field="thickness_mm",
                found=thickness_mm,
                expected="0 or more",
            )
        matter = tissue(material) if isinstance(material, str) else material
        left = self.photons * np.exp(-attenuation_curve_per_mm(matter, self.energies_kev) * thickness_mm)
        if left.sum() < 1e-6 * self.total * np.finfo(float).eps:
            raise OptionError(
                "The filter lets nothing through.",
                field="thickness_mm",
                found=f"{thickness_mm:g} mm of {matter.name} before photons of at most {self.energies_kev[-1]:g} keV",
                remedy="Take a thinner filter or a higher tube voltage.",
            )
        return replace(self, photons=left)

    def at_distance(self, distance_mm: float) -> Spectrum:
        """Return the spectrum at another distance from the focal spot, by the inverse square."""
        if not distance_mm > 0:
            raise OptionError("A distance is positive.", field="distance_mm", found=distance_mm, expected="more than 0")
        return replace(self, photons=self.photons * (self.distance_mm / distance_mm) ** 2, distance_mm=distance_mm)

    def air_kerma_mgy_per_mas(self) -> float:
        """Return the air kerma free in air.

        Source: fluence times energy times the mass energy-transfer coefficient of air; ICRU Report 85, sec. 5.
        """
        per_g_kev = float((self.photons * 100 * self.energies_kev) @ _air_cm2_per_g(tuple(self.energies_kev)))
        return per_g_kev * _JOULE_PER_KEV * 1000 * 1000

    def half_value_layers_mm(self, material: str = "aluminium") -> tuple[float, float]:
        """Return the first and the second layer that each halve the air kerma, in good geometry (no scatter)."""
        mu = attenuation_curve_per_mm(tissue(material), self.energies_kev)
        kerma = self.photons * self.energies_kev * _air_cm2_per_g(tuple(self.energies_kev))

        def behind(thickness_mm: float, part: float) -> float:
            return float(kerma @ np.exp(-mu * thickness_mm)) / float(kerma.sum()) - part

        # In the hardest light of the beam the quarter needs at most so much.
        most = 2.5 / float(mu[kerma > 1e-6 * kerma.max()].min())
        first = float(brentq(behind, 0.0, most, args=(0.5,)))
        return first, float(brentq(behind, 0.0, most, args=(0.25,))) - first


@lru_cache(maxsize=32)
def _air_cm2_per_g(energies_kev: tuple[float, ...]) -> FloatArray:
    """Return the mass energy-transfer coefficient of dry air: photoelectric, and the recoil share of Compton.

    Fluorescence of such light elements is left with the electrons. Agrees with the mass energy-absorption coefficients
    of NISTIR 5632 to 1.5 % from 10 to 150 keV.
    """
    energies = np.array(energies_kev)
    recoil = compton_recoil_fraction(energies)
    total = np.zeros_like(energies)
    for symbol, fraction in tissue("air").mass_fractions.items():
        z = xraylib.SymbolToAtomicNumber(symbol)
        photo = np.array([xraylib.CS_Photo(z, e) for e in energies_kev])
        compton = np.array([xraylib.CS_Compt(z, e) for e in energies_kev])
        total += fraction * (photo + compton * recoil)
    return total


def compton_recoil_fraction(energies_kev: FloatArray) -> FloatArray:
    """Return the mean part of a photon's energy that a free electron takes, by Klein and Nishina's formula."""
    cosine = (np.arange(400) + 0.5) / 200 - 1
    ratio = 1 / (1 + np.asarray(energies_kev, dtype=float)[..., None] / 510.99895 * (1 - cosine))
    weight = ratio**2 * (ratio + 1 / ratio - (1 - cosine**2))
    fraction: FloatArray = (weight * (1 - ratio)).sum(axis=-1) / weight.sum(axis=-1)
    return fraction
