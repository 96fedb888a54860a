"""Fast Fourier transforms of eight columns side by side, in place and in the first cache, for fused loops.

A column buffer is one contiguous array in which sample k of eight columns lies at 16 k: eight real parts, then eight
imaginary parts. `forward` leaves the frequencies in the order of `Plan.order`, `backward` takes them in that order:
what only multiplies a spectrum, as a convolution does, never needs them sorted. Nothing is normalised.

Source: Van Loan, Computational Frameworks for the Fast Fourier Transform, 1992, secs. 1.7, 1.9 and 2.4.
"""

from __future__ import annotations

from functools import cache
from math import prod
from typing import NamedTuple

import numpy as np

from isocenter.core.arrays import FloatArray, IndexArray
from isocenter.kernels.compile import scalar
from isocenter.kernels.lanes import LANES, load, spread, store

WIDTH = 2 * LANES
_RADICES = (4, 2, 3, 5)


class Plan(NamedTuple):
    """How a length is transformed: radices, outermost first, and what turns their parts, in one precision."""

    n: int
    radices: IndexArray
    turns: FloatArray
    order: IndexArray


def can_transform(n: int) -> bool:
    """Return whether a length has no prime factors but 2, 3 and 5."""
    return n > 0 and prod(_radices(n)) == n


@cache
def plan(n: int, dtype: str) -> Plan:
    """Return the plan of a length for columns of float32 or float64."""
    radices = _radices(n)
    turns, length = [], n
    for radix in radices:
        step = length // radix
        angles = -2 * np.pi / length * np.outer(np.arange(step), np.arange(1, radix)).ravel()
        turns.append(np.column_stack([np.cos(angles), np.sin(angles)]).ravel())
        length = step
    # What radices 3 and 5 need comes first.
    fixed = [np.sin(np.pi / 3), *(f(i * np.pi / 5) for f in (np.cos, np.sin) for i in (2, 4))]
    return Plan(
        n,
        np.array(radices, dtype=np.int64),
        np.concatenate([fixed, *turns]).astype(dtype),
        _order(n, radices),
    )


def _radices(n: int) -> tuple[int, ...]:
    radices = []
    for radix in _RADICES:
        while n % radix == 0:
            radices.append(radix)
            n //= radix
    return tuple(sorted(radices))


def _order(n: int, radices: tuple[int, ...]) -> IndexArray:
    if n == 1:
        return np.zeros(1, dtype=np.int64)
    inner = _order(n // radices[0], radices[1:])
    return np.concatenate([radices[0] * inner + first for first in range(radices[0])])


@scalar
def forward(x, at, n, radices, turns):  # type: ignore[no-untyped-def]  # numba infers
    """Transform the columns from index `at` on, with exp(-2 pi i k r / n)."""
    length, used = n, 5
    for radix in radices:
        step = length // radix
        if radix == 4:
            _down4(x, at, n, length, turns, used)
        elif radix == 2:
            _down2(x, at, n, length, turns, used)
        elif radix == 3:
            _down3(x, at, n, length, turns, used)
        else:
            _down5(x, at, n, length, turns, used)
        used += 2 * step * (radix - 1)
        length = step


@scalar
def backward(x, at, n, radices, turns):  # type: ignore[no-untyped-def]  # numba infers
    """Transform back, without the division by n: with real and imaginary parts exchanged it is the forward one."""
    length, used = 1, turns.size
    for level in range(radices.size - 1, -1, -1):
        radix = radices[level]
        step, length = length, length * radix
        used -= 2 * step * (radix - 1)
        if radix == 4:
            _up4(x, at, n, length, turns, used)
        elif radix == 2:
            _up2(x, at, n, length, turns, used)
        elif radix == 3:
            _up3(x, at, n, length, turns, used)
        else:
            _up5(x, at, n, length, turns, used)


@scalar
def times(re, im, turn_re, turn_im):  # type: ignore[no-untyped-def]  # numba infers
    """Return the complex product of lanes."""
    return re * turn_re - im * turn_im, re * turn_im + im * turn_re


@scalar
def _turn(x, at):  # type: ignore[no-untyped-def]
    return spread(x[at]), spread(x[at + 1])


@scalar
def _get(x, at):  # type: ignore[no-untyped-def]
    return load(x, at), load(x, at + LANES)


@scalar
def _swapped(x, at):  # type: ignore[no-untyped-def]
    return load(x, at + LANES), load(x, at)


@scalar
def _put(x, at, z):  # type: ignore[no-untyped-def]
    store(x, at, z[0])
    store(x, at + LANES, z[1])


@scalar
def _put_swapped(x, at, z):  # type: ignore[no-untyped-def]
    store(x, at + LANES, z[0])
    store(x, at, z[1])


@scalar
def _dft2(a, b):  # type: ignore[no-untyped-def]
    return (a[0] + b[0], a[1] + b[1]), (a[0] - b[0], a[1] - b[1])


@scalar
def _dft3(a, b, c, turns):  # type: ignore[no-untyped-def]
    s, half = spread(turns[0]), spread(turns.dtype.type(0.5))
    re, im = b[0] + c[0], b[1] + c[1]
    mid_re, mid_im = a[0] - half * re, a[1] - half * im
    side_re, side_im = s * (b[1] - c[1]), s * (b[0] - c[0])
    return (a[0] + re, a[1] + im), (mid_re + side_re, mid_im - side_im), (mid_re - side_re, mid_im + side_im)


@scalar
def _dft4(a, b, c, d):  # type: ignore[no-untyped-def]
    p, q = _dft2(a, c)
    r, s = _dft2(b, d)
    y0, y2 = _dft2(p, r)
    return y0, (q[0] + s[1], q[1] - s[0]), y2, (q[0] - s[1], q[1] + s[0])


@scalar
def _dft5(a, b, c, d, e, turns):  # type: ignore[no-untyped-def]
    c1, c2, s1, s2 = spread(turns[1]), spread(turns[2]), spread(turns[3]), spread(turns[4])
    p, m = _dft2(b, e)
    q, n = _dft2(c, d)
    u_re, u_im = a[0] + c1 * p[0] + c2 * q[0], a[1] + c1 * p[1] + c2 * q[1]
    v_re, v_im = a[0] + c2 * p[0] + c1 * q[0], a[1] + c2 * p[1] + c1 * q[1]
    w_re, w_im = s1 * m[0] + s2 * n[0], s1 * m[1] + s2 * n[1]
    z_re, z_im = s2 * m[0] - s1 * n[0], s2 * m[1] - s1 * n[1]
    return (
        (a[0] + p[0] + q[0], a[1] + p[1] + q[1]),
        (u_re + w_im, u_im - w_re),
        (v_re + z_im, v_im - z_re),
        (v_re - z_im, v_im + z_re),
        (u_re - w_im, u_im + w_re),
    )


@scalar
def _down2(x, at, n, length, turns, used):  # type: ignore[no-untyped-def]
    step = length // 2
    for j in range(step):
        w = _turn(turns, used + 2 * j)
        for first in range(at + WIDTH * j, at + WIDTH * n, WIDTH * length):
            y0, y1 = _dft2(_get(x, first), _get(x, first + WIDTH * step))
            _put(x, first, y0)
            _put(x, first + WIDTH * step, times(y1[0], y1[1], w[0], w[1]))


@scalar
def _up2(x, at, n, length, turns, used):  # type: ignore[no-untyped-def]
    step = length // 2
    for j in range(step):
        w = _turn(turns, used + 2 * j)
        for first in range(at + WIDTH * j, at + WIDTH * n, WIDTH * length):
            b = _swapped(x, first + WIDTH * step)
            y0, y1 = _dft2(_swapped(x, first), times(b[0], b[1], w[0], w[1]))
            _put_swapped(x, first, y0)
            _put_swapped(x, first + WIDTH * step, y1)


@scalar
def _down3(x, at, n, length, turns, used):  # type: ignore[no-untyped-def]
    step = length // 3
    for j in range(step):
        w1, w2 = _turn(turns, used + 4 * j), _turn(turns, used + 4 * j + 2)
        for first in range(at + WIDTH * j, at + WIDTH * n, WIDTH * length):
            second, third = first + WIDTH * step, first + 2 * WIDTH * step
            y0, y1, y2 = _dft3(_get(x, first), _get(x, second), _get(x, third), turns)
            _put(x, first, y0)
            _put(x, second, times(y1[0], y1[1], w1[0], w1[1]))
            _put(x, third, times(y2[0], y2[1], w2[0], w2[1]))


@scalar
def _up3(x, at, n, length, turns, used):  # type: ignore[no-untyped-def]
    step = length // 3
    for j in range(step):
        w1, w2 = _turn(turns, used + 4 * j), _turn(turns, used + 4 * j + 2)
        for first in range(at + WIDTH * j, at + WIDTH * n, WIDTH * length):
            second, third = first + WIDTH * step, first + 2 * WIDTH * step
            b, c = _swapped(x, second), _swapped(x, third)
            y0, y1, y2 = _dft3(
                _swapped(x, first), times(b[0], b[1], w1[0], w1[1]), times(c[0], c[1], w2[0], w2[1]), turns
            )
            _put_swapped(x, first, y0)
            _put_swapped(x, second, y1)
            _put_swapped(x, third, y2)


@scalar
def _down4(x, at, n, length, turns, used):  # type: ignore[no-untyped-def]
    step = length // 4
    far = WIDTH * step
    for first in range(at, at + WIDTH * n, WIDTH * length):
        y0, y1, y2, y3 = _dft4(_get(x, first), _get(x, first + far), _get(x, first + 2 * far), _get(x, first + 3 * far))
        _put(x, first, y0)
        _put(x, first + far, y1)
        _put(x, first + 2 * far, y2)
        _put(x, first + 3 * far, y3)
    for j in range(1, step):
        w1, w2, w3 = _turn(turns, used + 6 * j), _turn(turns, used + 6 * j + 2), _turn(turns, used + 6 * j + 4)
        for first in range(at + WIDTH * j, at + WIDTH * n, WIDTH * length):
            y0, y1, y2, y3 = _dft4(
                _get(x, first), _get(x, first + far), _get(x, first + 2 * far), _get(x, first + 3 * far)
            )
            _put(x, first, y0)
            _put(x, first + far, times(y1[0], y1[1], w1[0], w1[1]))
            _put(x, first + 2 * far, times(y2[0], y2[1], w2[0], w2[1]))
            _put(x, first + 3 * far, times(y3[0], y3[1], w3[0], w3[1]))


@scalar
def _up4(x, at, n, length, turns, used):  # type: ignore[no-untyped-def]
    step = length // 4
    far = WIDTH * step
    for first in range(at, at + WIDTH * n, WIDTH * length):
        y0, y1, y2, y3 = _dft4(
            _swapped(x, first), _swapped(x, first + far), _swapped(x, first + 2 * far), _swapped(x, first + 3 * far)
        )
        _put_swapped(x, first, y0)
        _put_swapped(x, first + far, y1)
        _put_swapped(x, first + 2 * far, y2)
        _put_swapped(x, first + 3 * far, y3)
    for j in range(1, step):
        w1, w2, w3 = _turn(turns, used + 6 * j), _turn(turns, used + 6 * j + 2), _turn(turns, used + 6 * j + 4)
        for first in range(at + WIDTH * j, at + WIDTH * n, WIDTH * length):
            b, c, d = _swapped(x, first + far), _swapped(x, first + 2 * far), _swapped(x, first + 3 * far)
            y0, y1, y2, y3 = _dft4(
                _swapped(x, first),
                times(b[0], b[1], w1[0], w1[1]),
                times(c[0], c[1], w2[0], w2[1]),
                times(d[0], d[1], w3[0], w3[1]),
            )
            _put_swapped(x, first, y0)
            _put_swapped(x, first + far, y1)
            _put_swapped(x, first + 2 * far, y2)
            _put_swapped(x, first + 3 * far, y3)


@scalar
def _down5(x, at, n, length, turns, used):  # type: ignore[no-untyped-def]
    far = WIDTH * (length // 5)
    for j in range(length // 5):
        base = used + 8 * j
        w1, w2, w3, w4 = _turn(turns, base), _turn(turns, base + 2), _turn(turns, base + 4), _turn(turns, base + 6)
        for first in range(at + WIDTH * j, at + WIDTH * n, WIDTH * length):
            y0, y1, y2, y3, y4 = _dft5(
                _get(x, first),
                _get(x, first + far),
                _get(x, first + 2 * far),
                _get(x, first + 3 * far),
                _get(x, first + 4 * far),
                turns,
            )
            _put(x, first, y0)
            _put(x, first + far, times(y1[0], y1[1], w1[0], w1[1]))
            _put(x, first + 2 * far, times(y2[0], y2[1], w2[0], w2[1]))
            _put(x, first + 3 * far, times(y3[0], y3[1], w3[0], w3[1]))
            _put(x, first + 4 * far, times(y4[0], y4[1], w4[0], w4[1]))


@scalar
def _up5(x, at, n, length, turns, used):  # type: ignore[no-untyped-def]
    far = WIDTH * (length // 5)
    for j in range(length // 5):
        base = used + 8 * j
        w1, w2, w3, w4 = _turn(turns, base), _turn(turns, base + 2), _turn(turns, base + 4), _turn(turns, base + 6)
        for first in range(at + WIDTH * j, at + WIDTH * n, WIDTH * length):
            b, c = _swapped(x, first + far), _swapped(x, first + 2 * far)
            d, e = _swapped(x, first + 3 * far), _swapped(x, first + 4 * far)
            y0, y1, y2, y3, y4 = _dft5(
                _swapped(x, first),
                times(b[0], b[1], w1[0], w1[1]),
                times(c[0], c[1], w2[0], w2[1]),
                times(d[0], d[1], w3[0], w3[1]),
                times(e[0], e[1], w4[0], w4[1]),
                turns,
            )
            _put_swapped(x, first, y0)
            _put_swapped(x, first + far, y1)
            _put_swapped(x, first + 2 * far, y2)
            _put_swapped(x, first + 3 * far, y3)
            _put_swapped(x, first + 4 * far, y4)
