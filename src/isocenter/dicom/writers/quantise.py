"""Floating-point values to 16 bit stored values with slope and intercept.

Source: DICOM PS3.3 sec. C.11.1 (Modality LUT: output = slope * stored + intercept), PS3.5 sec. 6.2 (DS: 16 characters).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pydicom.valuerep import format_number_as_ds

from isocenter.core.arrays import Array, require_finite
from isocenter.core.errors import DataError

_STEPS = 65533  # two of the 65536 stored values are left free, so that rounding never leaves the range
HU_PADDING = -1024.0
_WIDE_HU = 500.0


@dataclass(frozen=True)
class Quantised:
    """Unsigned 16 bit values with ``value = slope * stored + intercept``; the error is at most half of `slope`."""

    stored: Array
    slope: float
    intercept: float


def quantise(values: Array, unit: str) -> Quantised:
    """Return the stored values of an image.

    Whole numbers that fit are kept exactly. CT numbers over more than 500 HU get slope 1, as scanners write them;
    everything else is spread over the whole 16 bit range.

    Raises
    ------
    DataError
        If values are complex, NaN or infinite.
    """
    if np.iscomplexobj(values):
        raise DataError(
            "Complex values cannot be stored as one DICOM image.",
            field="values",
            found=str(values.dtype),
            expected="real values",
            remedy="Write the magnitude, the phase, or both as two images.",
        )
    require_finite(values, "image to be written")
    numbers = values.astype(np.float64)
    lowest, highest = float(numbers.min()), float(numbers.max())
    slope, intercept = _scale(numbers, lowest, highest, unit)
    stored = np.clip(np.rint((numbers - intercept) / slope), 0, 65535).astype(np.uint16)
    return Quantised(stored, slope, intercept)


def _scale(numbers: Array, lowest: float, highest: float, unit: str) -> tuple[float, float]:
    if unit == "[hnsf'U]" and highest - lowest > _WIDE_HU and highest - min(lowest, HU_PADDING) <= _STEPS:
        return 1.0, HU_PADDING if lowest >= HU_PADDING else float(np.floor(lowest))
    start = 0.0 if 0 <= lowest <= highest <= _STEPS else float(np.floor(lowest))
    if highest - start <= _STEPS and bool(np.all(numbers == np.rint(numbers))):
        return 1.0, start
    if highest == lowest:
        return 1.0, as_written(lowest)
    if lowest >= 0 and lowest < 0.5 * highest:
        return as_written(highest / _STEPS), 0.0
    slope = as_written((highest - lowest) / _STEPS)
    intercept = as_written(lowest - slope)
    if abs(intercept - (lowest - slope)) > slope or slope <= 0:
        raise DataError(
            "The values differ too little from each other to be stored with a slope.",
            field="values",
            found=f"{lowest!r} to {highest!r}",
            remedy="Subtract the common offset first.",
        )
    return slope, intercept


def as_written(value: float) -> float:
    """Return a number as it will be read back from a decimal string of 16 characters."""
    return float(format_number_as_ds(float(value)))


_AIR_HU, _DENSE_HU = -500.0, 2000.0  # denser than cortical bone


def window_of(values: Array, unit: str) -> tuple[float, float]:
    """Return centre and width of a display window: soft tissue for CT numbers, else the 0.5 to 99.5 percentiles.

    CT numbers of which most that is not air lies above soft tissue (a tooth, a part) get theirs by the percentiles too.
    """
    if unit == "[hnsf'U]":
        matter = values[values > _AIR_HU]
        if not matter.size or np.median(matter) < _DENSE_HU:
            return 40.0, 400.0
    low, high = (float(v) for v in np.percentile(values, (0.5, 99.5)))
    if high <= low:
        low, high = float(values.min()), float(values.max())
    return as_written((low + high) / 2), as_written(max(high - low, abs(high) * 1e-6, 1e-12))
