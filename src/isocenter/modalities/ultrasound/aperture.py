"""How wide an aperture may be: as wide as its elements still hear."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from isocenter.core.arrays import FloatArray

WIDEST, NARROWEST = 0.5, 10.0
_HEARD = 0.71


def directivity(angle_rad: FloatArray | float, width_wavelengths: float) -> FloatArray:
    """Return what a strip hears from an angle off its normal, as part of what it hears from the front.

    Source: Selfridge, Kino and Khuri-Yakub, Appl. Phys. Lett. 37 (1980) 35 (soft baffle).
    """
    angle = np.asarray(angle_rad, dtype=float)
    heard: FloatArray = np.cos(angle) * np.sinc(width_wavelengths * np.sin(angle))
    return heard


def fitting_f_number(width_mm: float, wavelength_mm: float) -> float:
    """Return the F-number at whose edge an element hears 0.71 of what it does from the front.

    Source: Perrot et al., Ultrasonics 111 (2021) 106309, sec. 3.4.
    """
    angle = brentq(lambda a: float(directivity(a, width_mm / wavelength_mm)) - _HEARD, 0.0, np.pi / 2)
    return float(np.clip(1 / (2 * np.tan(angle)), WIDEST, NARROWEST))
