"""One step of a periodic wavelet transform along the middle axis of an array: into halves, and back.

Complex numbers are pairs of real ones here: filters are real. Along the last axis a row is first parted into its even
and odd samples, so that neighbours in memory are neighbours in a vector register.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from isocenter.core.arrays import Array
from isocenter.kernels.compile import scalar
from isocenter.kernels.lanes import LANES, load, spread, store


def analyse(x: Array, low: tuple[float, ...], high: tuple[float, ...]) -> Array:
    """Return (outer, n, inner) whose first half holds the coarse part of `x`, the second the fine part."""
    return _step(x, _analyse_rows, _analyse, low, high)


def synthesise(y: Array, low: tuple[float, ...], high: tuple[float, ...]) -> Array:
    """Return what `analyse` was given; it is its inverse and its adjoint."""
    return _step(y, _synthesise_rows, _synthesise, low, high)


def _step(x: Array, along_rows: Any, across: Any, low: tuple[float, ...], high: tuple[float, ...]) -> Array:
    result = np.empty_like(x)
    # Tuples: their length is known to the compiler, which then writes the sum over taps out.
    kind = x.real.dtype.type
    taps = tuple(kind(tap) for tap in low), tuple(kind(tap) for tap in high)
    if x.shape[2] == 1:
        # Whole vectors are read and written beyond the end.
        room = np.zeros((4, x.shape[1] // 2 + len(low) // 2 + LANES), dtype=x.dtype)
        along_rows(x[..., 0], *taps, room, room.view(kind), result[..., 0])
    else:
        n_inner = x.shape[2] * (2 if x.dtype.kind == "c" else 1)
        across(_numbers(x), n_inner, x.shape[1], *taps, _numbers(result))
    return result


def _numbers(x: Array) -> Array:
    """Return a contiguous array as a row of real numbers."""
    return x.view(x.real.dtype).reshape(-1)


@scalar
def _analyse(x, n_inner, n, low, high, result):  # type: ignore[no-untyped-def]
    half, n_outer = n // 2, x.size // (n * n_inner)
    at = np.empty(len(low), dtype=np.int64)
    zero = x.dtype.type(0)
    for outer in range(n_outer):
        for i in range(half):
            for k in range(len(low)):
                at[k] = (outer * n + (2 * i + k) % n) * n_inner
            coarse, fine = (outer * n + i) * n_inner, (outer * n + half + i) * n_inner
            n_lanes = n_inner - n_inner % LANES
            for inner in range(0, n_lanes, LANES):
                a = b = spread(zero)
                for k in range(len(low)):
                    sample = load(x, at[k] + inner)
                    a = a + spread(low[k]) * sample
                    b = b + spread(high[k]) * sample
                store(result, coarse + inner, a)
                store(result, fine + inner, b)
            for inner in range(n_lanes, n_inner):
                c = d = zero
                for k in range(len(low)):
                    c += low[k] * x[at[k] + inner]
                    d += high[k] * x[at[k] + inner]
                result[coarse + inner], result[fine + inner] = c, d


@scalar
def _synthesise(y, n_inner, n, low, high, result):  # type: ignore[no-untyped-def]
    half, n_outer = n // 2, y.size // (n * n_inner)
    at = np.empty(len(low) // 2, dtype=np.int64)
    zero = y.dtype.type(0)
    for outer in range(n_outer):
        for i in range(half):
            for m in range(len(low) // 2):
                at[m] = (outer * n + (i - m) % half) * n_inner
            even, odd, down = (outer * n + 2 * i) * n_inner, (outer * n + 2 * i + 1) * n_inner, half * n_inner
            n_lanes = n_inner - n_inner % LANES
            for inner in range(0, n_lanes, LANES):
                a = b = spread(zero)
                for m in range(len(low) // 2):
                    coarse, fine = load(y, at[m] + inner), load(y, at[m] + down + inner)
                    a = a + spread(low[2 * m]) * coarse + spread(high[2 * m]) * fine
                    b = b + spread(low[2 * m + 1]) * coarse + spread(high[2 * m + 1]) * fine
                store(result, even + inner, a)
                store(result, odd + inner, b)
            for inner in range(n_lanes, n_inner):
                c = d = zero
                for m in range(len(low) // 2):
                    p, q = y[at[m] + inner], y[at[m] + down + inner]
                    c += low[2 * m] * p + high[2 * m] * q
                    d += low[2 * m + 1] * p + high[2 * m + 1] * q
                result[even + inner], result[odd + inner] = c, d


@scalar
def _analyse_rows(x, low, high, room, numbers, result):  # type: ignore[no-untyped-def]
    """Fill rows; `room` is four rows with some more than half a row each, `numbers` the same as real numbers."""
    n_rows, n = x.shape
    half, n_parts = n // 2, numbers.shape[1] // room.shape[1]
    for row in range(n_rows):
        for i in range(half):
            room[0, i] = x[row, 2 * i]
            room[1, i] = x[row, 2 * i + 1]
        for i in range(half, half + len(low) // 2):
            room[0, i], room[1, i] = room[0, i % half], room[1, i % half]
        for i in range(0, half * n_parts, LANES):
            a = b = spread(numbers.dtype.type(0))
            for m in range(len(low) // 2):
                p, q = load(numbers[0], i + m * n_parts), load(numbers[1], i + m * n_parts)
                a = a + spread(low[2 * m]) * p + spread(low[2 * m + 1]) * q
                b = b + spread(high[2 * m]) * p + spread(high[2 * m + 1]) * q
            store(numbers[2], i, a)
            store(numbers[3], i, b)
        for i in range(half):
            result[row, i] = room[2, i]
            result[row, half + i] = room[3, i]


@scalar
def _synthesise_rows(y, low, high, room, numbers, result):  # type: ignore[no-untyped-def]
    n_rows, n = y.shape
    half, before, n_parts = n // 2, len(low) // 2 - 1, numbers.shape[1] // room.shape[1]
    for row in range(n_rows):
        for i in range(half):
            room[0, before + i] = y[row, i]
            room[1, before + i] = y[row, half + i]
        for i in range(before):
            room[0, i], room[1, i] = y[row, (i - before) % half], y[row, half + (i - before) % half]
        for i in range(0, half * n_parts, LANES):
            a = b = spread(numbers.dtype.type(0))
            for m in range(len(low) // 2):
                p, q = load(numbers[0], i + (before - m) * n_parts), load(numbers[1], i + (before - m) * n_parts)
                a = a + spread(low[2 * m]) * p + spread(high[2 * m]) * q
                b = b + spread(low[2 * m + 1]) * p + spread(high[2 * m + 1]) * q
            store(numbers[2], i, a)
            store(numbers[3], i, b)
        for i in range(half):
            result[row, 2 * i] = room[2, i]
            result[row, 2 * i + 1] = room[3, i]
