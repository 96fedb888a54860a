"""Rays from points through planes parallel to a flat detector, their exact adjoint, and shift-and-add.

Heights count from the detector. A ray meets every plane once, so the planes are the steps of Joseph's walk: a bilinear
sample of each, times the distance of planes along the ray. Columns run along u, rows along v.

Arrays: image (plane, row, column); data (shot, row, column); sources (shot, 3) as (u, v, height) in mm; heights
(plane,) in mm; frames (2, 3) as (u of column 0, v of row 0, spacing) of planes and of detector.
Sources: P. M. Joseph, IEEE Trans. Med. Imaging 1 (1982) 192; Grant, IEEE Trans. Biomed. Eng. 19 (1972) 20
(shift-and-add).
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numba import prange

from isocenter.core.arrays import FloatArray
from isocenter.kernels.compile import scalar, threads


@scalar
def _line(source, part, frames, axis):  # type: ignore[no-untyped-def]  # numba infers
    """Return the index in a plane that detector index 0 meets, and the step; `part` is its height over the source's."""
    start = source * part + frames[1, axis] * (1.0 - part)
    return (start - frames[0, axis]) / frames[0, 2], frames[1, 2] * (1.0 - part) / frames[0, 2]


@scalar
def _length(source, row, column, frames, step_mm):  # type: ignore[no-untyped-def]  # numba infers
    """Return the distance of planes along the ray to a pixel."""
    across = frames[1, 0] + column * frames[1, 2] - source[0]
    down = frames[1, 1] + row * frames[1, 2] - source[1]
    return step_mm * sqrt(across * across + down * down + source[2] * source[2]) / source[2]


@threads
def _forward(data, image, sources, heights, frames, step_mm):  # type: ignore[no-untyped-def]  # numba infers
    n_shots, n_rows, n_columns = data.shape
    n_planes, n_y, n_x = image.shape
    for job in prange(n_shots * n_rows):
        shot, row = job // n_rows, job % n_rows
        source = sources[shot]
        line = data[shot, row]
        for plane in range(n_planes):
            part = heights[plane] / source[2]
            x0, dx = _line(source[0], part, frames, 0)
            y0, dy = _line(source[1], part, frames, 1)
            y = y0 + dy * row
            below = int(np.floor(y))
            if below < 0 or below + 1 >= n_y:
                continue
            down = y - below
            for column in range(n_columns):
                x = x0 + dx * column
                left = int(np.floor(x))
                if left < 0 or left + 1 >= n_x:
                    continue
                across = x - left
                upper = (1.0 - across) * image[plane, below, left] + across * image[plane, below, left + 1]
                lower = (1.0 - across) * image[plane, below + 1, left] + across * image[plane, below + 1, left + 1]
                line[column] += (1.0 - down) * upper + down * lower
        for column in range(n_columns):
            line[column] *= _length(source, row, column, frames, step_mm)


@threads
def _adjoint(image, data, sources, heights, frames, step_mm):  # type: ignore[no-untyped-def]  # numba infers
    n_shots, n_rows, n_columns = data.shape
    n_planes, n_y, n_x = image.shape
    # Every plane has one thread: nobody else writes to it.
    for plane in prange(n_planes):
        for shot in range(n_shots):
            source = sources[shot]
            part = heights[plane] / source[2]
            x0, dx = _line(source[0], part, frames, 0)
            y0, dy = _line(source[1], part, frames, 1)
            for row in range(n_rows):
                y = y0 + dy * row
                below = int(np.floor(y))
                if below < 0 or below + 1 >= n_y:
                    continue
                down = y - below
                for column in range(n_columns):
                    x = x0 + dx * column
                    left = int(np.floor(x))
                    if left < 0 or left + 1 >= n_x:
                        continue
                    across = x - left
                    value = data[shot, row, column] * _length(source, row, column, frames, step_mm)
                    image[plane, below, left] += (1.0 - down) * (1.0 - across) * value
                    image[plane, below, left + 1] += (1.0 - down) * across * value
                    image[plane, below + 1, left] += down * (1.0 - across) * value
                    image[plane, below + 1, left + 1] += down * across * value


@threads
def _gather(image, data, sources, heights, frames):  # type: ignore[no-untyped-def]  # numba infers
    n_shots, n_rows, n_columns = data.shape
    n_planes, n_y, n_x = image.shape
    for job in prange(n_planes * n_y):
        plane, row = job // n_y, job % n_y
        v = frames[0, 1] + row * frames[0, 2]
        seen = np.zeros(n_x, dtype=np.int64)
        for shot in range(n_shots):
            grown = sources[shot, 2] / (sources[shot, 2] - heights[plane])
            y = (sources[shot, 1] + (v - sources[shot, 1]) * grown - frames[1, 1]) / frames[1, 2]
            below = int(np.floor(y))
            if below < 0 or below + 1 >= n_rows:
                continue
            down = y - below
            first = (sources[shot, 0] + (frames[0, 0] - sources[shot, 0]) * grown - frames[1, 0]) / frames[1, 2]
            step = frames[0, 2] * grown / frames[1, 2]
            for column in range(n_x):
                x = first + step * column
                left = int(np.floor(x))
                if left < 0 or left + 1 >= n_columns:
                    continue
                across = x - left
                upper = (1.0 - across) * data[shot, below, left] + across * data[shot, below, left + 1]
                lower = (1.0 - across) * data[shot, below + 1, left] + across * data[shot, below + 1, left + 1]
                image[plane, row, column] += (1.0 - down) * upper + down * lower
                seen[column] += 1
        for column in range(n_x):
            image[plane, row, column] /= max(seen[column], 1)


def forward(
    image: FloatArray, sources: FloatArray, heights_mm: FloatArray, frames: FloatArray, shape: tuple[int, int]
) -> FloatArray:
    """Return line integrals (shot, row, column) of an image; `shape` is (row, column) of the detector."""
    data = np.zeros((sources.shape[0], *shape), dtype=image.dtype)
    _forward(data, np.ascontiguousarray(image), sources, heights_mm, frames, _step_mm(heights_mm))
    return data


def adjoint(
    data: FloatArray, sources: FloatArray, heights_mm: FloatArray, frames: FloatArray, shape: tuple[int, int]
) -> FloatArray:
    """Return the exact adjoint of `forward`; `shape` is (row, column) of the planes."""
    image = np.zeros((heights_mm.size, *shape), dtype=data.dtype)
    _adjoint(image, np.ascontiguousarray(data), sources, heights_mm, frames, _step_mm(heights_mm))
    return image


def shift_and_add(
    data: FloatArray, sources: FloatArray, heights_mm: FloatArray, frames: FloatArray, shape: tuple[int, int]
) -> FloatArray:
    """Return for every sample of the planes the mean of the shots that show it; 0 where none does."""
    image = np.zeros((heights_mm.size, *shape), dtype=data.dtype)
    _gather(image, np.ascontiguousarray(data), sources, heights_mm, frames)
    return image


def _step_mm(heights_mm: FloatArray) -> float:
    return abs(float(heights_mm[1] - heights_mm[0])) if heights_mm.size > 1 else 1.0
