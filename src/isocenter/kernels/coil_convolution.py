"""Sum over coils of conj(S) K S x, K a convolution: the normal operators of SENSE, without images of coils in memory.

`LineConvolution` is periodic along one axis, as lines of a Cartesian scan are; `PaddedConvolution` is the Toeplitz
operator of scattered samples, over a plane of twice the size. Eight columns are weighted, transformed, multiplied,
transformed back and added while they lie in the first cache. The sum over coils keeps its order: the same data give the
same bits on any number of threads.

A plane of twice the size is never made: even and odd frequencies of padded columns are two transforms of their own
length, the odd ones after a turn by half a step.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray, IndexArray
from isocenter.kernels.compile import scalar, threads
from isocenter.kernels.lane_fft import WIDTH, backward, can_transform, forward, plan, times
from isocenter.kernels.lanes import LANES, load, spread, store, transpose

_PREPARED_COILS = 16  # whose spectra are kept at a time, in the last cache


class LineConvolution:
    """Images weighted by coils, convolved along the middle axis, weighted back and summed.

    Parameters
    ----------
    maps
        Weights (coil, before, n, behind), complex64 or complex128.
    spectrum
        Real factors (before or 1, n) of the transform along n, index 0 the constant.
    """

    def __init__(self, maps: ComplexArray, spectrum: FloatArray) -> None:
        n_coils, n_before, n, n_behind = maps.shape
        kind = maps.real.dtype
        self._plan = plan(n, str(kind))
        self._maps = np.empty((n_coils, n_before * -(-n_behind // LANES), n * WIDTH), dtype=kind)
        for coil in range(n_coils):
            _pack(maps[coil], self._maps[coil])
        factors = np.broadcast_to(spectrum, (n_before, n))[:, self._plan.order] / n
        self._spectrum = np.ascontiguousarray(factors, dtype=kind)

    def __call__(self, x: ComplexArray) -> ComplexArray:
        """Return the sum for an image (before, n, behind) of the maps' precision."""
        result = np.empty(x.shape, dtype=x.dtype)
        _convolve_lines(x, self._maps, self._spectrum, self._plan.n, self._plan.radices, self._plan.turns, result)
        return result

    def adjoint_of_lines(self, lines: ComplexArray, place: IndexArray) -> ComplexArray:
        """Return the sum over coils of conj(S) times the centred, unitary inverse transform of lines along n.

        Parameters
        ----------
        lines
            Samples (coil, before, line, behind) of the maps' precision.
        place
            For every frequency, the constant in the middle, its line, or -1 where it is zero; shape (n,).
        """
        _, n_before, _, n_behind = lines.shape
        result = np.empty((n_before, self._plan.n, n_behind), dtype=lines.dtype)
        scale = self._maps.dtype.type(self._plan.n**-0.5)
        source = place[(self._plan.order + self._plan.n // 2) % self._plan.n]
        _add_up_lines(lines, source, scale, self._maps, self._plan.n, self._plan.radices, self._plan.turns, result)
        return result


class PaddedConvolution:
    """Planes weighted by coils, convolved with a kernel of twice their size, weighted back and summed.

    Parameters
    ----------
    maps
        Weights (coil, plane, y, x), complex64 or complex128.
    spectrum
        Real spectrum (2 y, 2 x) of the kernel, as `toeplitz.kernel_spectrum` returns it.
    """

    def __init__(self, maps: ComplexArray, spectrum: FloatArray) -> None:
        n_coils, n_planes, n_y, n_x = maps.shape
        kind = maps.real.dtype
        self._plans = plan(n_y, str(kind)), plan(n_x, str(kind))
        self._maps = np.empty((n_coils, n_planes, -(-n_y // LANES), n_x * WIDTH), dtype=kind)
        for coil in range(n_coils):
            for z in range(n_planes):
                _pack(maps[coil, z].T[None], self._maps[coil, z])
        self._half_turns = tuple(np.exp(-1j * np.pi * np.arange(n) / n).view(float).astype(kind) for n in (n_y, n_x))
        self._spectrum = self._sorted(spectrum).astype(kind)
        n_columns = -(-n_x // LANES) * LANES
        # Columns beyond the image stay zero.
        self._room = np.zeros((min(n_coils, _PREPARED_COILS), 2, -(-n_y // LANES), n_columns * WIDTH), dtype=kind)

    def _sorted(self, spectrum: FloatArray) -> FloatArray:
        """Return the spectrum (odd x, column block, odd y, frequency y, lane) as the loops meet it."""
        (n_y, *_, order_y), (n_x, *_, order_x) = self._plans
        n_columns = -(-n_x // LANES) * LANES
        result = np.zeros((2, n_columns // LANES, 2, n_y, LANES))
        for odd_x in range(2):
            for odd_y in range(2):
                part = np.zeros((n_y, n_columns))
                part[:, :n_x] = spectrum[np.ix_(2 * order_y + odd_y, 2 * order_x + odd_x)] / (4 * n_x * n_y)
                result[odd_x, :, odd_y] = part.reshape(n_y, -1, LANES).transpose(1, 0, 2)
        return result

    def __call__(self, x: ComplexArray) -> ComplexArray:
        """Return the sum for planes (plane, y, x) of the maps' precision."""
        result = np.empty(x.shape, dtype=x.dtype)
        for z in range(x.shape[0]):
            total = np.zeros(self._maps.shape[2:], dtype=self._maps.dtype)
            packed = np.empty_like(total)
            _pack(x[z].T[None], packed)
            for first in range(0, self._maps.shape[0], _PREPARED_COILS):
                _convolve_planes(
                    packed,
                    self._maps[first : first + _PREPARED_COILS, z],
                    self._spectrum,
                    *(part for one in self._plans for part in one[:3]),
                    *self._half_turns,
                    self._room,
                    total,
                )
            _unpack(total, result[z].T[None])
        return result


def fits(length: int, dtype: Any) -> bool:
    """Return whether these loops can transform a length, in a precision."""
    return can_transform(length) and np.dtype(dtype) in (np.dtype(np.complex64), np.dtype(np.complex128))


@scalar
def _pack(x, packed):  # type: ignore[no-untyped-def]  # numba infers
    """Fill columns (block, n * 16) from an array (before, n, behind)."""
    n_blocks = packed.shape[0] // x.shape[0]
    for block in range(packed.shape[0]):
        _pack_block(x[block // n_blocks], LANES * (block % n_blocks), packed[block])


@scalar
def _unpack(packed, x):  # type: ignore[no-untyped-def]
    """Fill an array (before, n, behind) from columns (block, n * 16)."""
    n_blocks = packed.shape[0] // x.shape[0]
    for block in range(packed.shape[0]):
        _unpack_block(packed[block], x[block // n_blocks], LANES * (block % n_blocks))


@scalar
def _pack_block(x, first, column):  # type: ignore[no-untyped-def]
    n, n_behind = x.shape
    n_lanes = min(LANES, n_behind - first)
    if n_lanes < LANES:
        column[:] = 0
    for k in range(n):
        for lane in range(n_lanes):
            value = x[k, first + lane]
            column[WIDTH * k + lane] = value.real
            column[WIDTH * k + LANES + lane] = value.imag


@scalar
def _unpack_block(column, x, first):  # type: ignore[no-untyped-def]
    n, n_behind = x.shape
    for k in range(n):
        for lane in range(min(LANES, n_behind - first)):
            x[k, first + lane] = complex(column[WIDTH * k + lane], column[WIDTH * k + LANES + lane])


@scalar
def _aligned(size, like):  # type: ignore[no-untyped-def]
    """Return room that begins with a cache line."""
    room = np.empty(size + WIDTH, dtype=like.dtype)
    first = (-(room.ctypes.data // room.itemsize)) % WIDTH
    return room[first : first + size]


@scalar
def _weigh(x, weights, y):  # type: ignore[no-untyped-def]
    """Set columns y to x times weights."""
    for k in range(0, y.size, WIDTH):
        re, im = times(load(x, k), load(x, k + LANES), load(weights, k), load(weights, k + LANES))
        store(y, k, re)
        store(y, k + LANES, im)


@scalar
def _weigh_back(x, weights, total):  # type: ignore[no-untyped-def]
    """Add columns x times the conjugate of weights to a total."""
    for k in range(0, x.size, WIDTH):
        a, b, c, d = load(x, k), load(x, k + LANES), load(weights, k), load(weights, k + LANES)
        store(total, k, load(total, k) + a * c + b * d)
        store(total, k + LANES, load(total, k + LANES) + b * c - a * d)


@threads
def _convolve_lines(x, maps, spectrum, n, radices, turns, result):  # type: ignore[no-untyped-def]
    n_coils, n_all, _ = maps.shape
    n_blocks = n_all // x.shape[0]
    for block in numba.prange(n_all):
        column, total, image = _aligned(WIDTH * n, turns), _aligned(WIDTH * n, turns), _aligned(WIDTH * n, turns)
        before, first = block // n_blocks, LANES * (block % n_blocks)
        _pack_block(x[before], first, image)
        total[:] = 0
        for coil in range(n_coils):
            _weigh(image, maps[coil, block], column)
            forward(column, 0, n, radices, turns)
            for k in range(n):
                factor = spread(spectrum[before, k])
                store(column, WIDTH * k, factor * load(column, WIDTH * k))
                store(column, WIDTH * k + LANES, factor * load(column, WIDTH * k + LANES))
            backward(column, 0, n, radices, turns)
            _weigh_back(column, maps[coil, block], total)
        _unpack_block(total, result[before], first)


@threads
def _add_up_lines(lines, source, scale, maps, n, radices, turns, result):  # type: ignore[no-untyped-def]
    n_coils, n_all, _ = maps.shape
    n_blocks = n_all // result.shape[0]
    for block in numba.prange(n_all):
        column, total = _aligned(WIDTH * n, turns), _aligned(WIDTH * n, turns)
        centred = _aligned(WIDTH * n, turns)
        before, first = block // n_blocks, LANES * (block % n_blocks)
        total[:] = 0
        for coil in range(n_coils):
            column[:] = 0
            for k in range(n):
                if source[k] >= 0:
                    for lane in range(min(LANES, result.shape[2] - first)):
                        value = lines[coil, before, source[k], first + lane]
                        column[WIDTH * k + lane] = scale * value.real
                        column[WIDTH * k + LANES + lane] = scale * value.imag
            backward(column, 0, n, radices, turns)
            # The middle of the image comes first.
            middle = WIDTH * (n - n // 2)
            centred[: WIDTH * n - middle] = column[middle:]
            centred[WIDTH * n - middle :] = column[:middle]
            _weigh_back(centred, maps[coil, block], total)
        _unpack_block(total, result[before], first)


@threads
def _convolve_planes(  # type: ignore[no-untyped-def]
    x, maps, spectrum, n_y, radices_y, turns_y, n_x, radices_x, turns_x, half_y, half_x, room, total
):
    """Add the sum over some coils to `total`: images (row block, x * 16), `room` as (coil, odd, row block, x * 16)."""
    n_coils, n_rows, _ = maps.shape
    n_columns = spectrum.shape[1]
    for task in numba.prange(n_coils * n_rows):
        coil, row = task // n_rows, task % n_rows
        _weigh(x[row], maps[coil, row], room[coil, 0, row, : WIDTH * n_x])
        _turn(room[coil, 0, row], half_x, n_x, room[coil, 1, row])
        for odd in range(2):
            forward(room[coil, odd, row], 0, n_x, radices_x, turns_x)
    for task in numba.prange(n_coils * 2 * n_columns):
        coil, parity, column = task // (2 * n_columns), task // n_columns % 2, task % n_columns
        _convolve_columns(room[coil, parity], column, spectrum[parity, column], n_y, radices_y, turns_y, half_y)
    for row in numba.prange(n_rows):
        for coil in range(n_coils):
            for odd in range(2):
                backward(room[coil, odd, row], 0, n_x, radices_x, turns_x)
            even = room[coil, 0, row, : WIDTH * n_x]
            _add_turned_back(room[coil, 1, row], half_x, n_x, even)
            _weigh_back(even, maps[coil, row], total[row])


@scalar
def _turn(x, half, n, turned):  # type: ignore[no-untyped-def]
    """Set columns `turned` to those of odd frequencies: x turned by half a step a sample."""
    for k in range(n):
        at = WIDTH * k
        re, im = times(load(x, at), load(x, at + LANES), spread(half[2 * k]), spread(half[2 * k + 1]))
        store(turned, at, re)
        store(turned, at + LANES, im)


@scalar
def _add_turned_back(x, half, n, total):  # type: ignore[no-untyped-def]
    for k in range(n):
        at = WIDTH * k
        a, b, c, d = load(x, at), load(x, at + LANES), spread(half[2 * k]), spread(half[2 * k + 1])
        store(total, at, load(total, at) + a * c + b * d)
        store(total, at + LANES, load(total, at + LANES) + b * c - a * d)


@scalar
def _convolve_columns(rows, column, spectrum, n, radices, turns, half):  # type: ignore[no-untyped-def]
    """Convolve eight neighbouring frequencies along y, in place in `rows` (row block, x * 16)."""
    n_rows = rows.shape[0]
    first, size = WIDTH * LANES * column, WIDTH * LANES * n_rows
    both = _aligned(2 * size, turns)
    even, odd = both[:size], both[size:]
    for row in range(n_rows):
        transpose(rows[row], first, WIDTH, even, WIDTH * LANES * row, WIDTH)
        transpose(rows[row], first + LANES, WIDTH, even, WIDTH * LANES * row + LANES, WIDTH)
    _turn(even, half, n, odd)
    for parity in range(2):
        at = size * parity
        forward(both, at, n, radices, turns)
        for k in range(n):
            factor, here = load(spectrum[parity, k], 0), at + WIDTH * k
            store(both, here, factor * load(both, here))
            store(both, here + LANES, factor * load(both, here + LANES))
        backward(both, at, n, radices, turns)
    _add_turned_back(odd, half, n, even)
    for row in range(n_rows):
        transpose(even, WIDTH * LANES * row, WIDTH, rows[row], first, WIDTH)
        transpose(even, WIDTH * LANES * row + LANES, WIDTH, rows[row], first + LANES, WIDTH)
