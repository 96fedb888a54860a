"""What maps of water and contrast agents say: images of one energy, electron density, effective atomic number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xraylib

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import OptionError
from isocenter.modalities.photon_counting_ct.spectral_model import basis_per_mm
from isocenter.physics.properties import electrons_per_mm3
from isocenter.physics.tissues import tissue

MIN_KEV, MAX_KEV = 40.0, 190.0
_POWER = 2.94
_LEAST_DENSITY = 0.1


def monoenergetic_hu(maps: FloatArray, materials: Sequence[str], energy_kev: float) -> FloatArray:
    """Return CT numbers at one energy, 1000 (mu - mu_water) / mu_water.

    Raises
    ------
    OptionError
        If the energy is not from 40 to 190 keV.
    """
    if not MIN_KEV <= energy_kev <= MAX_KEV:
        raise OptionError(
            "There is no image at this energy.",
            field="energy_kev",
            found=energy_kev,
            expected=f"{MIN_KEV:g} to {MAX_KEV:g} keV",
        )
    mu = basis_per_mm(tuple(materials), np.array([energy_kev]))[:, 0]
    numbers: FloatArray = 1000 * (np.tensordot(mu / mu[0], maps, 1) - 1)
    return numbers


def electron_density(maps: FloatArray, materials: Sequence[str]) -> FloatArray:
    """Return 10^23 electrons per mL; water has 3.343."""
    per_unit = [_electrons_per_ml(name) / 1e23 for name in materials]
    density: FloatArray = np.tensordot(np.array(per_unit), maps, 1)
    return density


def effective_atomic_number(maps: FloatArray, materials: Sequence[str]) -> FloatArray:
    """Return (sum of electrons Z^2.94 / sum of electrons)^(1/2.94); 7.42 for water, 0 where hardly anything is.

    Source: Mayneord, Acta Int. Union Against Cancer 2 (1937) 271; AAPM Task Group Report 291, sec. 3.
    """
    electrons = np.stack([_electrons_per_ml(name) * image for name, image in zip(materials, maps, strict=True)])
    powers = np.array([_mean_power(name) for name in materials])
    total = electrons.sum(axis=0)
    is_there = total > _LEAST_DENSITY * _electrons_per_ml("water")
    mean = np.tensordot(powers, electrons, 1) / np.where(is_there, total, 1.0)
    number: FloatArray = np.where(is_there, np.maximum(mean, 1.0) ** (1 / _POWER), 0.0)
    return number


def _electrons_per_ml(name: str) -> float:
    """Return electrons in a mL of water, or of 1 mg of an element in a mL."""
    if name == "water":
        return electrons_per_mm3(tissue("water")) * 1000
    z = xraylib.SymbolToAtomicNumber(name)
    return float(6.02214076e23 * z / xraylib.AtomicWeight(z) * 1e-3)


def _mean_power(name: str) -> float:
    """Return the mean of Z^2.94 over the electrons of a material."""
    if name != "water":
        return float(xraylib.SymbolToAtomicNumber(name) ** _POWER)
    parts = [
        (fraction * z / xraylib.AtomicWeight(z), z)
        for symbol, fraction in tissue("water").mass_fractions.items()
        for z in (xraylib.SymbolToAtomicNumber(symbol),)
    ]
    return float(sum(share * z**_POWER for share, z in parts) / sum(share for share, _ in parts))
