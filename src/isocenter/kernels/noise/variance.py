"""Back-projection of variances: what `isocenter.kernels.rays.backproject` does to noise that bins have by themselves.

A pixel takes (1 - f) q[j] + f q[j + 1] of a filtered view. Its variance is the parabola in f

    c0 + f (c1 + f c2),   c0 = V[j], c1 = 2 (C[j] - V[j]), c2 = V[j] + V[j + 1] - 2 C[j]

with the variances V of the filtered bins and the covariances C of neighbours. Views are independent, so theirs add up;
a fan's weight of one over the squared depth enters squared.

Arrays: curves (view, bin, 3); table (view, 6) as in `backproject`; image (row, column).
"""

from __future__ import annotations

import numpy as np
from numba import prange

from isocenter.core.arrays import FloatArray, IndexArray
from isocenter.kernels.compile import scalar, threads


@scalar
def _of_pixel(curves, table, row, column, is_fan):  # type: ignore[no-untyped-def]  # numba infers
    """Sum one pixel over all views."""
    total, last = 0.0, curves.shape[1] - 1
    for view in range(curves.shape[0]):
        position = table[view, 0] + table[view, 1] * column + table[view, 2] * row
        weight = 1.0
        if is_fan:
            inverse = 1.0 / (table[view, 3] + table[view, 4] * column + table[view, 5] * row)
            position, weight = position * inverse, inverse * inverse
        below = int(np.floor(position))
        if 0 <= below < last:
            f = position - below
            curve = curves[view, below]
            total += weight * weight * (curve[0] + f * (curve[1] + f * curve[2]))
    return total


@threads
def _pixels(image, curves, table, columns, is_fan):  # type: ignore[no-untyped-def]  # numba infers
    for row in prange(image.shape[0]):
        for column in range(columns[row, 0], columns[row, 1]):
            image[row, column] = _of_pixel(curves, table, row, column, is_fan)


def backproject_variance(
    curves: FloatArray, table: FloatArray, columns: IndexArray, shape: tuple[int, int], *, is_fan: bool
) -> FloatArray:
    """Return the variance of every pixel (row, column); nothing outside `columns` (row, 2)."""
    image = np.zeros(shape)
    _pixels(image, curves, table, columns, is_fan)
    return image
