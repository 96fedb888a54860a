"""Where straight lines enter and leave the unit ball and the unit cube, of any dimension.

A line is start + t step; `start` and `step` have the shape (dimension, line). Both functions return the parameters t at
which the lines enter and leave; a line that misses leaves no later than it enters.
"""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import BoolArray, FloatArray


def ball_interval(start: FloatArray, step: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return where lines cross the unit ball: the roots of |start + t step| = 1."""
    a = np.einsum("in,in->n", step, step)
    b = np.einsum("in,in->n", start, step)
    c = np.einsum("in,in->n", start, start) - 1
    is_still = a == 0
    safe = np.where(is_still, 1.0, a)
    root = np.sqrt(np.maximum(b * b - a * c, 0.0))
    enter, leave = (-b - root) / safe, (-b + root) / safe
    if is_still.any():
        enter, leave = _for_still(is_still, c < 0, enter, leave)
    return enter, leave


def cube_interval(start: FloatArray, step: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return where lines cross the cube [-1, 1]^n, by its pairs of planes."""
    is_still = step == 0
    safe = np.where(is_still, 1.0, step)
    first, second = (-1 - start) / safe, (1 - start) / safe
    low, high = np.minimum(first, second), np.maximum(first, second)
    if is_still.any():
        low, high = _for_still(is_still, np.abs(start) < 1, low, high)
    enter: FloatArray = low.max(axis=0)
    leave: FloatArray = high.min(axis=0)
    return enter, leave


def _for_still(
    is_still: BoolArray, is_inside: BoolArray, enter: FloatArray, leave: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the intervals where lines that do not move are for ever inside or never."""
    return (
        np.where(is_still, np.where(is_inside, -np.inf, np.inf), enter),
        np.where(is_still, np.where(is_inside, np.inf, -np.inf), leave),
    )


def lengths_inside(enter: FloatArray, leave: FloatArray, length_mm: FloatArray) -> FloatArray:
    """Return how much of each segment, t from 0 to 1, lies between `enter` and `leave`."""
    inside = np.minimum(leave, 1.0) - np.maximum(enter, 0.0)
    lengths: FloatArray = np.maximum(inside, 0.0) * length_mm
    return lengths
