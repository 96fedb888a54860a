"""What a scanner weighs a tissue by: functions from tissue to number, for bodies to sum."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xraylib

from isocenter.core.arrays import FloatArray
from isocenter.physics.attenuation import mass_attenuation_cm2_per_g
from isocenter.physics.tissues import Tissue


def attenuation_at(energy_kev: float) -> Callable[[Tissue], float]:
    """Return the linear attenuation coefficient in 1/mm at one energy, as a function of the tissue."""

    def linear_attenuation(tissue: Tissue) -> float:
        return mass_attenuation_cm2_per_g(tissue.mass_fractions, energy_kev) * tissue.density_g_per_cm3 / 10

    return linear_attenuation


def attenuation_curve_per_mm(tissue: Tissue, energies_kev: FloatArray) -> FloatArray:
    """Return the linear attenuation coefficients in 1/mm of a tissue at many energies, shape (energy,)."""
    factor = tissue.density_g_per_cm3 / 10
    return np.array([mass_attenuation_cm2_per_g(tissue.mass_fractions, float(e)) * factor for e in energies_kev])


def electrons_per_mm3(tissue: Tissue) -> float:
    """Return the number of electrons in a cubic millimetre: N_A times density times the mean of Z/A."""
    z_over_a = sum(
        fraction * xraylib.SymbolToAtomicNumber(symbol) / xraylib.AtomicWeight(xraylib.SymbolToAtomicNumber(symbol))
        for symbol, fraction in tissue.mass_fractions.items()
    )
    return float(6.02214076e23 * tissue.density_g_per_cm3 * z_over_a / 1000)


def density(tissue: Tissue) -> float:
    """Return the mass density in g/cm3."""
    return tissue.density_g_per_cm3


def relaxation_s(tissue: Tissue, field_t: float) -> tuple[float, float] | None:
    """Return T1 and T2 in s at 1.5 T or 3 T, whichever is nearer; None for a tissue without signal here."""
    suffix = "1.5t" if field_t < 2.25 else "3t"
    if f"t1_{suffix}" not in tissue.properties:
        return None
    return tissue.property(f"t1_{suffix}").value / 1000, tissue.property(f"t2_{suffix}").value / 1000


def proton_density(tissue: Tissue) -> float:
    """Return the proton density relative to water; 0 for a tissue without signal here."""
    return tissue.property("proton_density").value if "proton_density" in tissue.properties else 0.0
