"""Water, the zero of the CT number."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from isocenter.core.arrays import FloatArray
from isocenter.physics.properties import attenuation_at
from isocenter.physics.tissues import tissue


def water_per_mm(energy_kev: float) -> float:
    """Return the linear attenuation of water at one energy."""
    return attenuation_at(energy_kev)(tissue("water"))


def hounsfield(attenuation_per_mm: FloatArray, mu_water_per_mm: float) -> FloatArray:
    """Return CT numbers: 1000 (mu - mu_water) / mu_water, so that water is 0 and nothing is -1000.

    Source: DICOM PS3.3 sec. C.8.2.1.1 (Hounsfield units); G. N. Hounsfield, Br. J. Radiol. 46 (1973) 1016.
    """
    numbers: FloatArray = (attenuation_per_mm - np.float32(mu_water_per_mm)) * np.float32(1000 / mu_water_per_mm)
    return numbers


def energy_of_water_kev(mu_water_per_mm: float) -> float:
    """Return the energy from 20 to 150 keV at which water attenuates so, or the nearer end of this range."""
    low, high = 20.0, 150.0
    if mu_water_per_mm >= water_per_mm(low):
        return low
    if mu_water_per_mm <= water_per_mm(high):
        return high
    return float(brentq(lambda energy: water_per_mm(energy) - mu_water_per_mm, low, high, xtol=1e-3))
