"""A detector that sees half of the object: a full turn of it is made into one of a whole detector.

What two opposite views see is shared between them by smooth weights, and what the detector does not reach counts as
nothing; the sum over the turn is then that of a detector on both sides. The filter's tails need the missing bins too.
Source: G. Wang, Med. Phys. 29 (2002) 1634-1636.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import GeometryError
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.modalities.ct.views import too_few_angles, turn_steps_rad


def made_whole(acquisition: Acquisition, line_integrals: FloatArray) -> tuple[Acquisition, FloatArray]:
    """Return a half fan's scan with bins on both sides, weighted; any other scan as it is.

    Raises
    ------
    GeometryError
        If the views do not close a turn, or the detector does not reach the axis of rotation.
    """
    if not acquisition.is_half_fan:
        return acquisition, line_integrals
    _, is_closed, covered = turn_steps_rad(acquisition.angles_rad, 2 * np.pi)
    if not is_closed:
        raise too_few_angles(covered, 2 * np.pi)
    positions, half = acquisition.positions_mm, acquisition.bin_width_mm / 2
    low, high = float(positions[0]) - half, float(positions[-1]) + half
    shared = min(-low, high)
    if shared <= 0:
        raise GeometryError(
            "The shifted detector does not reach the axis of rotation.",
            field="detector_offset_mm",
            found=f"bins from {low:g} to {high:g} mm",
            expected="bins on both sides of the central ray",
        )
    toward = 1.0 if high > -low else -1.0
    weights = (
        2
        * np.sin(
            np.pi / 4 * (1 + np.clip(toward * _angle(acquisition, positions) / _angle(acquisition, shared), -1, 1))
        )
        ** 2
    )
    # A parallel scan's half turns are averaged one by one: its full turn is counted over pi, as its half turn is.
    weighted = line_integrals * weights.astype(line_integrals.dtype)
    n_more = round(abs(high + low) / acquisition.bin_width_mm)
    before, behind = (n_more, 0) if toward > 0 else (0, n_more)
    padded = np.pad(weighted, [(0, 0)] * (weighted.ndim - 1) + [(before, behind)])
    matrices = acquisition.projection_matrices
    if matrices is not None:
        matrices = matrices.copy()
        matrices[:, 0] += before * matrices[:, 2]
    whole = replace(
        acquisition,
        n_bins=acquisition.n_bins + n_more,
        detector_offset_mm=acquisition.detector_offset_mm + (behind - before) / 2 * acquisition.bin_width_mm,
        projection_matrices=matrices,
        is_half_fan=False,
    )
    return whole, padded


def _angle(acquisition: Acquisition, positions: FloatArray | float) -> FloatArray:
    """Return what the weights of opposite rays are odd in: the fan's angle, or a parallel ray's distance."""
    if acquisition.geometry == "parallel":
        return np.asarray(positions)
    ratio = np.asarray(positions) / acquisition.source_detector_mm
    return ratio if acquisition.detector == "curved" else np.arctan(ratio)
