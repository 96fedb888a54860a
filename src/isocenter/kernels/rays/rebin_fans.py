"""Fans of many rows turned into views of one direction: bin by bin between the two views that lie around it.

Arrays: fans (view, row, bin) in float32; order the views in the order of their angles; at (view, bin) where among these
a bin of the parallel view was measured; weight (row, bin); out (view, sample, bin), where row r is sample r + 1 and
samples beyond the outermost rows repeat them.
"""

from __future__ import annotations

from math import floor

import numpy as np
from numba import prange

from isocenter.core.arrays import FloatArray, IndexArray
from isocenter.kernels.compile import threads


@threads
def _rebin_threads(out, fans, order, at, weight):  # type: ignore[no-untyped-def]  # numba infers
    n_views, n_samples, n_bins = out.shape
    n_rows = fans.shape[1]
    for view in prange(n_views):
        for row in range(n_rows):
            for b in range(n_bins):
                low = min(max(floor(at[view, b]), 0), order.size - 2)
                part = np.float32(min(max(at[view, b] - low, 0.0), 1.0))
                near, far = fans[order[low], row, b], fans[order[low + 1], row, b]
                out[view, row + 1, b] = weight[row, b] * (near + part * (far - near))
        for b in range(n_bins):
            out[view, 0, b] = out[view, 1, b]
            for sample in range(n_rows + 1, n_samples):
                out[view, sample, b] = out[view, n_rows, b]


def rebin_fans(
    fans: FloatArray, order: IndexArray, at: FloatArray, weight: FloatArray, *, n_samples: int
) -> FloatArray:
    """Return (view, sample, bin) in float32 by linear interpolation along the views; arrays as the module says."""
    out = np.empty((at.shape[0], n_samples, at.shape[1]), dtype=np.float32)
    _rebin_threads(out, np.ascontiguousarray(fans, np.float32), order, at, weight.astype(np.float32))
    return out
