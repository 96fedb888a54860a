"""X-ray attenuation of mixtures from their elements.

Cross-sections come from xraylib (BSD licence), whose photon tables are those of XCOM and Kissel; total attenuation
with coherent scattering agrees with the tables of NISTIR 5632 (Hubbell and Seltzer, 1995) to about 1 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import xraylib

from isocenter.core.errors import OptionError

MIN_KEV, MAX_KEV = 1.0, 800.0


@lru_cache(maxsize=100_000)
def element_mass_attenuation_cm2_per_g(symbol: str, energy_kev: float) -> float:
    """Return the total mass attenuation coefficient of an element; raises `OptionError` outside 1 to 800 keV."""
    if not MIN_KEV <= energy_kev <= MAX_KEV:
        raise OptionError(
            "There is no attenuation at this energy.",
            field="energy_kev",
            found=energy_kev,
            expected=f"{MIN_KEV:g} to {MAX_KEV:g} keV",
        )
    return float(xraylib.CS_Total(xraylib.SymbolToAtomicNumber(symbol), energy_kev))


def mass_attenuation_cm2_per_g(mass_fractions: Mapping[str, float], energy_kev: float) -> float:
    """Return the mass attenuation coefficient of a mixture, by the sum over its elements' mass fractions.

    Source: NISTIR 5632, eq. 3 (mixture rule).
    """
    return sum(
        fraction * element_mass_attenuation_cm2_per_g(symbol, float(energy_kev))
        for symbol, fraction in mass_fractions.items()
    )
