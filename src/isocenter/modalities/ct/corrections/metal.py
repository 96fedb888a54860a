"""Metal: rays through it are taken from their neighbours, plainly or after division by a prior.

Sources: Kalender, Hebel and Ebersberger, Radiology 164 (1987) 576-577 (linear interpolation); Meyer et al., Med. Phys.
37 (2010) 5482-5493 (normalised, NMAR).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.ndimage import gaussian_filter

from isocenter.core.arrays import Array, BoolArray, FloatArray, require_shape
from isocenter.core.errors import DataError, OptionError
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.core.provenance import Provenance
from isocenter.modalities.ct.geometry import default_grid, forward_operator
from isocenter.modalities.ct.measurement import Measurement
from isocenter.modalities.ct.reconstruction import default_method, reconstruct
from isocenter.modalities.ct.water import water_per_mm

WAYS = ("interpolation", "normalised")
_AIR_HU, _BONE_HU = -500.0, 300.0
_MOST_OF_A_VIEW = 0.5


@dataclass(frozen=True, eq=False)
class MetalReduction:
    """The image with its metal, where that is, the rays through it, and the completed scan."""

    image: Image
    metal: BoolArray
    trace: BoolArray
    measurement: Measurement


def interpolated(line_integrals: FloatArray, trace: BoolArray) -> FloatArray:
    """Return line integrals (..., bin) whose marked bins are joined by straight lines from bin to bin of the view.

    Raises
    ------
    DataError
        If a view has no unmarked bin.
    """
    require_shape(trace, line_integrals.shape, "trace of metal")
    flat, marked = line_integrals.reshape(-1, line_integrals.shape[-1]).copy(), trace.reshape(-1, trace.shape[-1])
    bins = np.arange(flat.shape[1])
    for view, hidden in zip(flat, marked, strict=True):
        if hidden.all():
            raise DataError(
                "Metal hides a whole view.",
                field="trace",
                found="all bins marked",
                expected="some bins free in every view",
                remedy="Raise threshold_hu.",
            )
        if hidden.any():
            view[hidden] = np.interp(bins[hidden], bins[~hidden], view[~hidden])
    return flat.reshape(line_integrals.shape)


def normalised(line_integrals: FloatArray, trace: BoolArray, prior_integrals: FloatArray) -> FloatArray:
    """Return the same, joined after division by the projections of a prior image: where it is right, all is flat."""
    require_shape(prior_integrals, line_integrals.shape, "projections of the prior")
    floor = 0.02 * float(np.abs(prior_integrals).max())
    safe = np.maximum(prior_integrals, max(floor, 1e-6))
    joined = interpolated(line_integrals / safe, trace) * safe
    return np.where(trace, joined, line_integrals).astype(line_integrals.dtype)


def reduce_metal(
    measurement: Measurement,
    *,
    way: Literal["interpolation", "normalised"] = "normalised",
    threshold_hu: float = 2500.0,
    n_passes: int = 2,
    grid: Grid | None = None,
    window: str = "ram-lak",
    cutoff: float = 1.0,
) -> MetalReduction:
    """Return the scan reconstructed by its geometry's method, metal taken out of the data and put back.

    Metal is what a first image shows above `threshold_hu`; bins are marked that its projection touches, and one more on
    each side. The prior is made from the image of the pass before, the first from plain interpolation.

    Raises
    ------
    OptionError
        If the way is unknown.
    DataError
        If there is no metal, or it fills half of what a view sees.
    """
    if way not in WAYS:
        raise OptionError("There is no such way.", field="way", found=way, expected=", ".join(WAYS))
    scan = measurement.acquisition
    place = grid or default_grid(scan)
    method = default_method(measurement)
    first = reconstruct(measurement, place, method=method, window=window, cutoff=cutoff)
    metal: BoolArray = first.values > threshold_hu
    if not metal.any():
        raise DataError(
            "There is no metal in the image.",
            field="threshold_hu",
            found=f"at most {float(first.values.max()):.0f} HU",
            expected=f"more than {threshold_hu:g} HU",
            remedy="Lower threshold_hu, or reconstruct without this correction.",
        )
    A = forward_operator(scan, place)
    trace = _widened(A(metal.astype(np.float32)) > 0.05 * min(place.spacing_mm[-2:]))
    if trace.mean(axis=-1).max() > _MOST_OF_A_VIEW:
        raise DataError(
            "Metal fills most of a view.",
            field="threshold_hu",
            found=f"{trace.mean(axis=-1).max():.0%} of a view",
            expected=f"at most {_MOST_OF_A_VIEW:.0%}",
            remedy="Raise threshold_hu.",
        )
    data = measurement.line_integrals()
    joined = interpolated(data, trace)
    for _ in range(n_passes if way == "normalised" else 0):
        last = reconstruct(_with(measurement, joined), place, method=method, window=window, cutoff=cutoff)
        prior = prior_attenuation(last.values, metal, water_per_mm(scan.energy_kev))
        joined = normalised(data, trace, A(prior.astype(np.float32)))
    completed = _with(measurement, joined)
    image = reconstruct(completed, place, method=method, window=window, cutoff=cutoff)
    values = np.where(metal, first.values, image.values)
    known = image.provenance or Provenance("ct.fbp")
    told = replace(
        known,
        method="ct.metal-reduction",
        parameters={**known.parameters, "way": way, "threshold_hu": threshold_hu, "n_passes": n_passes},
    )
    return MetalReduction(replace(image, values=values, provenance=told), metal, trace, completed)


def prior_attenuation(values_hu: Array, metal: BoolArray, mu_water_per_mm: float) -> FloatArray:
    """Return a prior in 1/mm: air, water and bone as it is, without what metal left over; smooth against streaks."""
    smooth = gaussian_filter(np.where(metal, 0.0, values_hu), [0] * (values_hu.ndim - 2) + [1.5, 1.5])
    prior = np.where(smooth < _AIR_HU, -1000.0, np.where(smooth > _BONE_HU, smooth, 0.0))
    prior = np.where(metal, 0.0, prior)
    attenuation: FloatArray = (prior / 1000 + 1) * mu_water_per_mm
    return attenuation


def _widened(trace: BoolArray) -> BoolArray:
    wide = trace.copy()
    wide[..., 1:] |= trace[..., :-1]
    wide[..., :-1] |= trace[..., 1:]
    return wide


def _with(measurement: Measurement, line_integrals: FloatArray) -> Measurement:
    return replace(measurement, acquisition=replace(measurement.acquisition, photons_per_bin=None), data=line_integrals)
