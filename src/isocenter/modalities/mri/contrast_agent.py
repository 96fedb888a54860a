"""A contrast agent on its way: arterial input, uptake by tissues, shorter relaxation.

Source: arterial input, Parker et al., Magn. Reson. Med. 56 (2006) 993-1000; extended Tofts model, Tofts et al., J.
Magn. Reson. Imaging 10 (1999) 223-232.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from scipy.special import erf

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import OptionError
from isocenter.modalities.mri.spins import Spins

_STEP_MIN = 0.1 / 60


class Uptake(NamedTuple):
    """How a tissue takes up the agent: transfer constant, extravascular extracellular and plasma volume fraction."""

    ktrans_per_min: float
    ve: float
    vp: float = 0.0


def arterial_blood_mm(time_s: FloatArray) -> FloatArray:
    """Return the concentration (mmol/l) in arterial blood after the start of the bolus, Parker's population average."""
    t = np.asarray(time_s, dtype=float) / 60
    total = np.zeros_like(t)
    for area, center, width in ((0.809, 0.17046, 0.0563), (0.330, 0.365, 0.132)):
        total += area / (width * np.sqrt(2 * np.pi)) * np.exp(-((t - center) ** 2) / (2 * width**2))
    total += 1.050 * np.exp(-0.1685 * t) / (1 + np.exp(-38.078 * (t - 0.483)))
    return np.where(t >= 0, total, 0.0)


def tissue_mm(time_s: FloatArray, uptake: Uptake, *, hematocrit: float = 0.42) -> FloatArray:
    """Return the concentration (mmol/l) in a tissue, by the extended Tofts model and Parker's input.

    The two bolus peaks are convolved with the exponential in closed form, the tail by the trapezoidal rule at 0.1 s.
    """
    t = np.atleast_1d(np.asarray(time_s, dtype=float)) / 60
    if not uptake.ve > 0:
        raise OptionError("The extracellular volume is positive.", field="ve", found=uptake.ve, expected="> 0")
    rate = uptake.ktrans_per_min / uptake.ve
    leaked = np.zeros_like(t)
    for area, center, width in ((0.809, 0.17046, 0.0563), (0.330, 0.365, 0.132)):
        mean = center + rate * width**2
        growth = np.exp(np.minimum(rate * (center - t) + (rate * width) ** 2 / 2, 700.0))
        leaked += area / 2 * growth * (erf((t - mean) / (width * 2**0.5)) + erf(mean / (width * 2**0.5)))
    fine = np.arange(0, max(float(t.max()), 0.0) + 2 * _STEP_MIN, _STEP_MIN)
    tail = 1.050 * np.exp(-0.1685 * fine) / (1 + np.exp(-38.078 * (fine - 0.483)))
    # e^(-rate t) times the integral of tail e^(rate s), stepwise, so that nothing overflows.
    decay, passed = np.exp(-rate * _STEP_MIN), np.zeros_like(fine)
    for index in range(1, fine.size):
        passed[index] = decay * passed[index - 1] + _STEP_MIN / 2 * (decay * tail[index - 1] + tail[index])
    leaked += np.interp(t, fine, passed)
    plasma = arterial_blood_mm(t * 60) / (1 - hematocrit)
    taken = uptake.ktrans_per_min * np.where(t > 0, leaked, 0.0) / (1 - hematocrit)
    return np.asarray(uptake.vp * plasma + taken).reshape(np.shape(time_s))


@dataclass(frozen=True)
class ContrastAgent:
    """An agent `time_s` after the bolus reached the arteries.

    Parameters
    ----------
    uptakes
        By name of the tissue; blood has the arterial concentration, other tissues none.
    r1_per_s_per_mm, r2star_per_s_per_mm
        Relaxivities, those of gadobutrol in plasma at 1.5 T unless given.

    Notes
    -----
    Source of the relaxivities: Rohrer et al., Invest. Radiol. 40 (2005) 715-724 (r1 5.2, r2 6.1 at 1.5 T).
    """

    time_s: float
    uptakes: Mapping[str, Uptake] = field(default_factory=dict)
    r1_per_s_per_mm: float = 5.2
    r2star_per_s_per_mm: float = 6.1

    def concentration_mm(self, tissue: str) -> float:
        """Return the concentration (mmol/l) in a tissue at this moment."""
        if tissue in self.uptakes:
            return float(tissue_mm(np.array([self.time_s]), self.uptakes[tissue])[0])
        return float(arterial_blood_mm(np.array(self.time_s))) if tissue == "blood" else 0.0

    def changed(self, spins: Spins) -> Spins:
        """Return the spins with the agent's relaxation."""
        concentration = self.concentration_mm(spins.tissue)
        return replace(
            spins,
            t1_s=1 / (1 / spins.t1_s + self.r1_per_s_per_mm * concentration),
            t2_s=1 / (1 / spins.t2_s + self.r2star_per_s_per_mm * concentration),
        )
