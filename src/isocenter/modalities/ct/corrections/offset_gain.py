"""Offset and gain: raw readings to line integrals, cell by cell, with dead cells filled in.

Source: Hsieh, Computed Tomography, 3rd ed. 2015, sec. 3.2; air and dark scans before the patient's.
"""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import BoolArray, FloatArray
from isocenter.core.errors import DataError, ShapeError

_DEAD_PART = 0.1
_MOST_DEAD = 0.2


def line_integrals_of_raw(
    raw: FloatArray, dark: FloatArray, air: FloatArray, reference: FloatArray | None = None
) -> FloatArray:
    """Return -ln((raw - dark) / (air - dark)), bins last; cells that are dead or give no number are filled in.

    Parameters
    ----------
    raw
        Readings (..., view, bin).
    dark, air
        Readings without and with the beam, (bin,) or (reading, bin): readings are averaged.
    reference
        Output of the tube in every view of `raw`, over that of the air scan, (view,); left out, it never changed.

    Raises
    ------
    ShapeError
        If bins or views do not agree.
    DataError
        If more than a fifth of the cells is dead, or the reference is not positive.
    """
    offset, full = _mean(dark, raw, "dark"), _mean(air, raw, "air")
    gain = full - offset
    signal = raw - offset
    if reference is not None:
        output = np.asarray(reference, dtype=float)
        if output.shape != raw.shape[-2:-1]:
            raise ShapeError(
                "The reference has one value per view.",
                field="reference",
                found=output.shape,
                expected=raw.shape[-2:-1],
            )
        if not (np.isfinite(output).all() and output.min() > 0):
            raise DataError("The tube gave nothing in a view.", field="reference", found=float(np.nanmin(output)))
        signal = signal / output[:, None]
    is_dead = dead_cells(gain) | ~np.isfinite(signal).reshape(-1, raw.shape[-1]).all(axis=0)
    safe = np.where(is_dead, 1.0, gain)
    least = 0.5 / np.where(is_dead, 1.0, np.maximum(safe, 1.0))
    # Where nothing came through, half a unit of reading did: a logarithm of nothing is infinite.
    integrals = -np.log(np.maximum(np.where(is_dead, 1.0, signal / safe), least))
    return filled(integrals, is_dead)


def dead_cells(gain: FloatArray) -> BoolArray:
    """Return which cells answer the beam with less than a tenth of the median, or with no number, shape (bin,)."""
    with np.errstate(invalid="ignore"):
        dead: BoolArray = ~(gain > _DEAD_PART * np.nanmedian(gain))
    return dead


def filled(views: FloatArray, is_dead: BoolArray) -> FloatArray:
    """Return views (..., bin) with dead cells taken linearly from the nearest living ones.

    Raises
    ------
    DataError
        If more than a fifth of the cells is dead.
    """
    if not is_dead.any():
        return views
    if is_dead.mean() > _MOST_DEAD:
        raise DataError(
            "Too many detector cells are dead.",
            field="air",
            found=f"{int(is_dead.sum())} of {is_dead.size}",
            expected=f"at most {_MOST_DEAD:.0%}",
            remedy="Check that dark and air scans are not exchanged and belong to this detector.",
        )
    places = np.arange(is_dead.size)
    alive = places[~is_dead]
    above = np.clip(np.searchsorted(alive, places[is_dead]), 1, alive.size - 1)
    low, high = alive[above - 1], alive[above]
    part = np.clip((places[is_dead] - low) / (high - low), 0, 1)
    out = views.copy()
    out[..., is_dead] = views[..., low] * (1 - part) + views[..., high] * part
    return out


def _mean(readings: FloatArray, raw: FloatArray, name: str) -> FloatArray:
    values = np.asarray(readings, dtype=float)
    if values.ndim not in (1, 2) or values.shape[-1] != raw.shape[-1]:
        raise ShapeError(
            f"The {name} scan does not fit the detector.",
            field=name,
            found=values.shape,
            expected=f"({raw.shape[-1]},) or (reading, {raw.shape[-1]})",
        )
    mean: FloatArray = values if values.ndim == 1 else values.mean(axis=0)
    return mean
