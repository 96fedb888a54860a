"""Regions of pixels: their pieces, holes and thin bridges, and the line around them."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from isocenter.core.arrays import Array, FloatArray

_SMOOTH_PX = 2.0


def piece_with(mask: Array, row: int, column: int) -> Array:
    """Return the connected piece of a mask that holds a pixel; empty if the pixel is not of the mask."""
    labels, _ = ndimage.label(mask)
    label = labels[row, column]
    return np.asarray((labels == label) & (label > 0))


def filled(mask: Array) -> Array:
    """Return a mask without holes."""
    labels, _ = ndimage.label(np.pad(~mask, 1, constant_values=True))
    return np.asarray((labels != labels[0, 0])[1:-1, 1:-1])


def opened(mask: Array, radius_px: float) -> Array:
    """Return what a disc of this radius can reach inside of a mask: bridges thinner than it are cut."""
    if radius_px < 1:
        return mask
    core = ndimage.distance_transform_edt(np.pad(mask, 1)) > radius_px
    if not core.any():
        return mask
    return np.asarray(ndimage.distance_transform_edt(~core) <= radius_px)[1:-1, 1:-1] & mask


def touches_edge(mask: Array) -> bool:
    """Return whether a mask reaches the edge of the picture."""
    return bool(mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any())


def outline(mask: Array) -> FloatArray:
    """Return the line around one piece without holes, (point, 2) of column and row, a point about every pixel.

    It runs between the pixels of the region and the others, where the centre of a pixel has whole numbers, and is
    smoothed over a few pixels so that its length is that of the border and not of the stairs.
    """
    padded = np.pad(mask, 1)
    steps: dict[tuple[int, int], list[tuple[int, int]]] = {}
    # Along each side of a pixel with the region on the right: top to the right, right side down, and so on.
    for (d_row, d_column), begin, end in (
        ((-1, 0), (0, 0), (0, 1)),
        ((0, 1), (0, 1), (1, 1)),
        ((1, 0), (1, 1), (1, 0)),
        ((0, -1), (1, 0), (0, 0)),
    ):
        beyond = np.roll(padded, (-d_row, -d_column), axis=(0, 1))
        for row, column in np.argwhere(padded & ~beyond).tolist():
            start, stop = (row + begin[0], column + begin[1]), (row + end[0], column + end[1])
            steps.setdefault(start, []).append(stop)
    first = min(steps)
    line, at = [first], steps[first].pop()
    while at != first:
        before, choices = line[-1], steps[at]
        line.append(at)
        # Two pixels that meet at a corner: turn right, which stays with the pixel one came along.
        right = (at[0] + (at[1] - before[1]), at[1] - (at[0] - before[0]))
        at = choices.pop(choices.index(right) if right in choices else 0)
    corners = np.array(line, float)[:, ::-1] - 1.5
    middles = (corners + np.roll(corners, -1, axis=0)) / 2
    return np.asarray(ndimage.gaussian_filter1d(middles, _SMOOTH_PX, axis=0, mode="wrap"))
