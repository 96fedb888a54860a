"""Where the axis of rotation meets the detector, from a parallel scan's own data."""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError

_MAX_PAIRS = 24


def estimate_rotation_center(sinogram: FloatArray, angles_rad: FloatArray) -> float:
    """Return the bin (counted from 0, with its fraction) that the axis of rotation projects to.

    A view and the one half a turn later are mirror images about the axis. So a view convolved with its
    opposite peaks at twice the axis; here every pair of opposite views adds its squared difference for each trial
    axis, over the bins that both see, and a parabola through the least three gives the fraction.

    Parameters
    ----------
    sinogram
        Line integrals, shape (view, bin).
    angles_rad
        View angles, shape (view,).

    Raises
    ------
    DataError
        If no two views are half a turn apart.

    Source: the 0/180 degree registration of Donath, Beckmann and Schreyer, J. Opt. Soc. Am. A 23 (2006) 1048, sec. 2.
    """
    pairs = _opposite_views(np.asarray(angles_rad, dtype=float))
    if not pairs:
        raise DataError(
            "The axis of rotation cannot be found: no two views are half a turn apart.",
            field="angles_rad",
            found=f"{np.degrees(np.ptp(angles_rad)):.1f} degrees",
            expected="180 degrees or more",
            remedy="Give rotation_center.",
        )
    n_bins = sinogram.shape[1]
    first = sinogram[[pair[0] for pair in pairs]]
    mirrored = sinogram[[pair[1] for pair in pairs]][:, ::-1]
    # Mirroring about c maps bin b to 2c - b; on the reversed row that is a shift of 2c - (n_bins - 1).
    reach = n_bins // 2
    shifts = np.arange(-reach, reach + 1)
    costs = np.array([_difference(first, mirrored, int(shift)) for shift in shifts])
    best = int(np.argmin(costs))
    fraction = 0.0
    if 0 < best < costs.size - 1:
        below, least, above = costs[best - 1 : best + 2]
        curvature = below - 2 * least + above
        fraction = 0.5 * (below - above) / curvature if curvature > 0 else 0.0
    return float((n_bins - 1 + shifts[best] + fraction) / 2)


def _opposite_views(angles_rad: FloatArray) -> list[tuple[int, int]]:
    """Return pairs of views half a turn apart, to within 1.5 steps: many scans end one step before the half turn."""
    step = float(np.median(np.abs(np.diff(np.sort(angles_rad))))) if angles_rad.size > 1 else 0.0
    apart = np.mod(angles_rad[None, :] - angles_rad[:, None], 2 * np.pi) - np.pi
    nearest = np.abs(apart).argmin(axis=1)
    pairs = [
        (view, int(other))
        for view, other in enumerate(nearest)
        if view < other and abs(apart[view, other]) <= 1.5 * step + 1e-6
    ]
    return pairs[:: max(1, len(pairs) // _MAX_PAIRS)]


def _difference(first: FloatArray, mirrored: FloatArray, shift: int) -> float:
    """Return the mean squared difference over the overlap, relative to the signal in it."""
    n_bins = first.shape[1]
    low, high = max(0, shift), min(n_bins, n_bins + shift)
    one, other = first[:, low:high], mirrored[:, low - shift : high - shift]
    # An empty overlap at the edge of the detector would agree perfectly: weigh by what is seen.
    signal = float((one**2).sum() + (other**2).sum())
    whole = float((first**2).sum() + (mirrored**2).sum())
    missed = max(whole - signal, 0.0)
    return (float(((one - other) ** 2).sum()) + missed) / max(whole, 1e-30)
