"""The strongest eigenvectors, at every voxel, of a matrix of coils whose entries are short Fourier series.

Rows of voxels are worked on with all voxels side by side, so that the processor's vectors are full; a row starts from
the vectors of the row before it, which are nearly its own.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.kernels.compile import scalar
from isocenter.kernels.processors import available_threads

_ROWS = 32  # rows that follow each other; not the number of processors, so that results do not depend on it
_FIRST, _LATER = 60, 25  # iterations at most, in the first and in a later row
_SETTLED = np.float32(1e-4)


def coil_eigenmaps(
    series: ComplexArray, shape: tuple[int, int, int], n_maps: int, reference: ComplexArray, crop: float
) -> tuple[ComplexArray, FloatArray]:
    """Return eigenvectors (map, coil, z, y, x) of norm 1 and eigenvalues (map, z, y, x), the largest first.

    Parameters
    ----------
    series
        Coefficients (coil, coil, dz, dy, dx) of G(r) = sum over d of series[d] exp(2 pi i d . r / shape), Hermitian at
        every voxel; lag 0 is the middle entry, r = index - n // 2.
    shape
        Voxels (z, y, x).
    n_maps
        How many eigenvectors.
    reference
        Weights (coil) of the sum of coils whose phase is made zero.
    crop
        Eigenvectors of a smaller eigenvalue are zero.

    Notes
    -----
    Orthogonal iteration; source: Golub and Van Loan, Matrix Computations, 4th ed. 2013, sec. 8.2.4.
    """
    n_coils = series.shape[0]
    waves = []
    for n, n_lags in zip(shape, series.shape[2:], strict=True):
        lag, position = np.arange(n_lags) - n_lags // 2, np.arange(n) - n // 2
        waves.append(np.exp(2j * np.pi * np.outer(lag, position) / n).astype(np.complex64))
    rows, columns = np.tril_indices(n_coils)
    pairs = np.ascontiguousarray(series[rows, columns], dtype=np.complex64)
    start = np.random.default_rng(0).standard_normal((n_maps, n_coils, 2)).astype(np.float32)
    maps = np.empty((n_maps, n_coils, *shape), dtype=np.complex64)
    values = np.empty((n_maps, *shape), dtype=np.float32)
    weights = np.asarray(reference, dtype=np.complex64)
    _eigenmaps(pairs, waves, start, weights, crop, maps, values)
    return maps, values


def _eigenmaps(
    pairs: ComplexArray,
    waves: list[ComplexArray],
    start: FloatArray,
    reference: ComplexArray,
    crop: float,
    maps: ComplexArray,
    values: FloatArray,
) -> None:
    """Fill maps and values, block after block of rows, on threads."""
    real, imaginary = (np.ascontiguousarray(part) for part in (waves[2].real, waves[2].imag))

    def fill(task: tuple[int, int]) -> None:
        z, first = task
        plane = np.tensordot(waves[0][:, z], pairs, axes=(0, 1))
        _block_of_rows(
            plane, waves[1], real, imaginary, start, reference, np.float32(crop), first, maps[:, :, z], values[:, z]
        )

    tasks = [(z, first) for z in range(maps.shape[2]) for first in range(0, maps.shape[3], _ROWS)]
    with ThreadPoolExecutor(available_threads()) as pool:
        deque(pool.map(fill, tasks), maxlen=0)


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _block_of_rows(  # type: ignore[no-untyped-def]
    plane, wave_y, wave_x_re, wave_x_im, start, reference, crop, first, maps, values
):
    """Fill some rows of one plane, from row `first` on."""
    n_maps, n_coils, n_y, n_x = maps.shape
    n_pairs = plane.shape[0]
    v = np.empty((n_maps, n_coils, 2, n_x), dtype=np.float32)
    w = np.empty((n_maps, n_coils, 2, n_x), dtype=np.float32)
    for m in range(n_maps):
        for c in range(n_coils):
            v[m, c, 0, :], v[m, c, 1, :] = start[m, c, 0], start[m, c, 1]
    matrix = np.empty((n_pairs, 2, n_x), dtype=np.float32)
    norm = np.empty((n_maps, n_x), dtype=np.float32)
    for y in range(first, min(first + _ROWS, n_y)):
        _row_of_matrices(plane, wave_y[:, y], wave_x_re, wave_x_im, matrix)
        for iteration in range(_FIRST if y == first else _LATER):
            _multiply(matrix, v, w)
            if _orthonormalise(w, v, norm) < _SETTLED and iteration > 0:
                break
        values[:, y] = norm
        _write(v, norm, reference, crop, maps[:, :, y])


@scalar
def _write(v, norm, reference, crop, row):  # type: ignore[no-untyped-def]
    """Write the vectors of one row, their phase set and cropped."""
    n_maps, n_coils, _, n_x = v.shape
    for m in range(n_maps):
        for x in range(n_x):
            re, im = np.float32(0), np.float32(0)
            for c in range(n_coils):
                re += reference[c].real * v[m, c, 0, x] + reference[c].imag * v[m, c, 1, x]
                im += reference[c].real * v[m, c, 1, x] - reference[c].imag * v[m, c, 0, x]
            size = np.sqrt(re * re + im * im)
            scale = np.float32(1) / max(size, np.float32(1e-20)) if norm[m, x] >= crop else np.float32(0)
            turn = np.complex64(complex(re * scale, -im * scale))
            for c in range(n_coils):
                row[m, c, x] = turn * np.complex64(complex(v[m, c, 0, x], v[m, c, 1, x]))


@scalar
def _row_of_matrices(plane, wave_y, wave_x_re, wave_x_im, matrix):  # type: ignore[no-untyped-def]
    """Fill `matrix` (pair, part, x) with the entries of one row of voxels."""
    n_pairs, n_dy, n_dx = plane.shape
    n_x = matrix.shape[2]
    for pair in range(n_pairs):
        matrix[pair] = 0
        for dx in range(n_dx):
            re, im = np.float32(0), np.float32(0)
            for dy in range(n_dy):
                term = plane[pair, dy, dx] * wave_y[dy]
                re += term.real
                im += term.imag
            for x in range(n_x):
                matrix[pair, 0, x] += re * wave_x_re[dx, x] - im * wave_x_im[dx, x]
                matrix[pair, 1, x] += re * wave_x_im[dx, x] + im * wave_x_re[dx, x]


@scalar
def _multiply(matrix, v, w):  # type: ignore[no-untyped-def]
    """Set w to the matrices times v, voxel by voxel; only the lower triangle of a matrix is kept."""
    n_maps, n_coils, _, n_x = v.shape
    for m in range(n_maps):
        w[m] = 0
        pair = 0
        for i in range(n_coils):
            for j in range(i):
                for x in range(n_x):
                    re, im = matrix[pair, 0, x], matrix[pair, 1, x]
                    w[m, i, 0, x] += re * v[m, j, 0, x] - im * v[m, j, 1, x]
                    w[m, i, 1, x] += re * v[m, j, 1, x] + im * v[m, j, 0, x]
                    w[m, j, 0, x] += re * v[m, i, 0, x] + im * v[m, i, 1, x]
                    w[m, j, 1, x] += re * v[m, i, 1, x] - im * v[m, i, 0, x]
                pair += 1
            for x in range(n_x):
                w[m, i, 0, x] += matrix[pair, 0, x] * v[m, i, 0, x]
                w[m, i, 1, x] += matrix[pair, 0, x] * v[m, i, 1, x]
            pair += 1


@scalar
def _remove_earlier(w, v, m, re, im):  # type: ignore[no-untyped-def]
    """Take from w[m] its parts along the vectors before it; `re` and `im` are room to work in."""
    _, n_coils, _, n_x = v.shape
    for k in range(m):
        re[:] = 0
        im[:] = 0
        for c in range(n_coils):
            for x in range(n_x):
                re[x] += v[k, c, 0, x] * w[m, c, 0, x] + v[k, c, 1, x] * w[m, c, 1, x]
                im[x] += v[k, c, 0, x] * w[m, c, 1, x] - v[k, c, 1, x] * w[m, c, 0, x]
        for c in range(n_coils):
            for x in range(n_x):
                w[m, c, 0, x] -= re[x] * v[k, c, 0, x] - im[x] * v[k, c, 1, x]
                w[m, c, 1, x] -= re[x] * v[k, c, 1, x] + im[x] * v[k, c, 0, x]


@scalar
def _orthonormalise(w, v, norm):  # type: ignore[no-untyped-def]
    """Set v to w made orthonormal, map after map, and `norm` to the lengths; return the largest change that matters.

    Changes count by the eigenvalue: where there is no signal the vectors may turn.
    """
    n_maps, n_coils, _, n_x = v.shape
    change = np.zeros(n_x, dtype=np.float32)
    re, im = np.empty(n_x, dtype=np.float32), np.empty(n_x, dtype=np.float32)
    for m in range(n_maps):
        _remove_earlier(w, v, m, re, im)
        re[:] = 0
        for c in range(n_coils):
            for x in range(n_x):
                re[x] += w[m, c, 0, x] * w[m, c, 0, x] + w[m, c, 1, x] * w[m, c, 1, x]
        for x in range(n_x):
            norm[m, x] = np.sqrt(re[x])
            im[x] = np.float32(1) / max(norm[m, x], np.float32(1e-20))
        re[:] = 0
        for c in range(n_coils):
            for x in range(n_x):
                new_re, new_im = w[m, c, 0, x] * im[x], w[m, c, 1, x] * im[x]
                re[x] += (new_re - v[m, c, 0, x]) ** 2 + (new_im - v[m, c, 1, x]) ** 2
                v[m, c, 0, x], v[m, c, 1, x] = new_re, new_im
        for x in range(n_x):
            counted = re[x] if norm[m, x] > np.float32(0.5) else np.float32(0)
            change[x] = max(change[x], counted)
    return np.sqrt(change.max())
