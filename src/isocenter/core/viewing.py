"""Planes turned as radiologists look at them: the patient's left at the right of the picture, the head or nose up.

Source: the orientations that scanners store: transverse rows from right to left and columns from front to back, coronal
and sagittal columns from head to feet; DICOM PS3.3 sec. C.7.6.2.1.1.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from isocenter.core.geometry import as_direction, as_vector
from isocenter.core.image import Image

# By the axis (x, y, z) that the slices' normal is nearest to: where columns and rows of the picture grow.
_ACROSS = np.array([[0, 1, 0], [1, 0, 0], [1, 0, 0]], dtype=float)
_DOWN = np.array([[0, 0, -1], [0, 0, -1], [0, 1, 0]], dtype=float)


def as_viewed(image: Image) -> Image:
    """Return the same samples at the same places, rows and columns exchanged or turned so that a picture is upright."""
    grid = image.grid
    axes = np.asarray(grid.direction, dtype=float)
    plane = int(np.abs(axes[:, 2]).argmax())
    across, down = _ACROSS[plane], _DOWN[plane]
    values, x, y = image.values, axes[:, 0], axes[:, 1]
    spacing, shape = list(grid.spacing_mm), list(grid.shape)
    if abs(y @ across) > abs(x @ across):
        values, x, y = np.swapaxes(values, -1, -2), y, x
        spacing[-2:], shape[-2:] = spacing[:-3:-1], shape[:-3:-1]
    # The middle of a grid stays where it is when an axis is turned around.
    if x @ across < 0:
        values, x = np.flip(values, -1), -x
    if y @ down < 0:
        values, y = np.flip(values, -2), -y
    turned = as_direction(np.stack([x, y, axes[:, 2]], axis=1))
    center = as_vector(np.asarray(grid.center_mm))
    place = replace(grid, shape=tuple(shape), spacing_mm=tuple(spacing), direction=turned, center_mm=center)
    return replace(image, values=np.ascontiguousarray(values), grid=place)
