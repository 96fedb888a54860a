"""Rings: bins that read a little too high or too low in every view, found in the sinogram and taken out.

Source: Boin and Haibel, Opt. Express 14 (2006) 12071-12075: what sticks out from neighbouring bins in the sum over the
views is the bin's own. Here the median over the views instead, as what belongs to the object moves from bin to bin.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import savgol_filter

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import OptionError


def without_rings(line_integrals: FloatArray, n_bins: int = 9) -> FloatArray:
    """Return line integrals (..., view, bin) less each bin's own error, for errors of fewer bins than half of `n_bins`.

    For a cone's (view, row, bin) give ``data.transpose(1, 0, 2)``, row by row.
    """
    if n_bins < 3 or n_bins % 2 == 0:
        raise OptionError("The window is an odd number of bins.", field="n_bins", found=n_bins, expected="3, 5, 7, ...")
    # A parabola through the neighbours follows the slope of a view, which a median would not.
    smooth = savgol_filter(line_integrals, n_bins, min(2, n_bins - 1), axis=-1)
    own = np.median(line_integrals - smooth, axis=-2, keepdims=True)
    cleaned: FloatArray = (line_integrals - own).astype(line_integrals.dtype)
    return cleaned
