"""The cut-off of a window that gives an asked-for sharpness: where the modulation transfer has fallen to a half.

The transfer of filtered back-projection is the window's, times that of linear interpolation between bins, sinc^2(f d).
Source: Kak and Slaney 1988, sec. 3.3.2; Boone, Med. Phys. 28 (2001) 356 (MTF of kernels).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from isocenter.core.errors import OptionError
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.operators.ramp_filter import WINDOWS


def bin_at_isocenter_mm(acquisition: Acquisition) -> float:
    """Return the distance of the bins at the isocenter."""
    if acquisition.geometry == "parallel":
        return acquisition.bin_width_mm
    return acquisition.bin_width_mm * acquisition.source_isocenter_mm / acquisition.source_detector_mm


def transfer(frequency_per_mm: float, window: str, cutoff: float, bin_mm: float) -> float:
    """Return the modulation transfer at a frequency; nothing passes above the cut-off."""
    relative = 2 * frequency_per_mm * bin_mm / cutoff
    if relative > 1:
        return 0.0
    return float(WINDOWS[window](np.array([relative]))[0] * np.sinc(frequency_per_mm * bin_mm) ** 2)


def cutoff_for(acquisition: Acquisition, window: str, mtf50_per_cm: float) -> float:
    """Return the cut-off (part of Nyquist) with which the transfer is a half at `mtf50_per_cm` line pairs per cm.

    Raises
    ------
    OptionError
        If the detector's bins are too wide for it, or the window cannot be made so smooth.
    """
    bin_mm, wanted = bin_at_isocenter_mm(acquisition), mtf50_per_cm / 10
    sharpest = transfer(wanted, window, 1.0, bin_mm)
    if sharpest < 0.5:
        raise OptionError(
            "The scan is not as sharp as that.",
            field="mtf50_per_cm",
            found=f"{mtf50_per_cm:g}",
            expected=f"less, with bins of {bin_mm:.3g} mm at the isocenter and the window {window}",
            remedy="Ask for less, or for a sharper window.",
        )
    lowest = max(0.05, 2 * wanted * bin_mm)
    if transfer(wanted, window, lowest, bin_mm) >= 0.5:
        return lowest
    return float(brentq(lambda cutoff: transfer(wanted, window, cutoff, bin_mm) - 0.5, lowest, 1.0, xtol=1e-4))
