"""Colours as people tell them apart: CIELAB of sRGB.

Source: IEC 61966-2-1 (sRGB); CIE 15:2018 (CIELAB), white D65.
"""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import Array, FloatArray, require_shape

_XYZ_OF_RGB = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_OF_WHITE = _XYZ_OF_RGB / _XYZ_OF_RGB.sum(axis=1, keepdims=True)
_LINEAR = np.arange(256) / 255.0
_LINEAR = np.where(_LINEAR <= 0.04045, _LINEAR / 12.92, ((_LINEAR + 0.055) / 1.055) ** 2.4).astype(np.float32)
_KNEE = (6 / 29) ** 3


def light(picture: Array) -> FloatArray:
    """Return the light (row, column, 3) of an sRGB picture of 8 bits, from 0 to 1: half of it is half of a pixel."""
    require_shape(picture, (*picture.shape[:2], 3), "colours (row, column, 3)")
    return np.asarray(_LINEAR[picture])


def lab(picture: Array) -> FloatArray:
    """Return L, a, b (row, column, 3) of an sRGB picture (row, column, 3) of 8 bits; L is from 0 to 100."""
    relative = light(picture) @ _OF_WHITE.T.astype(np.float32)
    root = np.where(relative > _KNEE, np.cbrt(relative), relative * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)
