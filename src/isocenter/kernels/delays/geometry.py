"""Times of flight in numbers that a kernel reads: from a transmit to a pixel, and from there to an element.

Elements (9, element): centre, normal, and half the length of a line element along its axis, x y z each, in mm. A point
element has no length. Transmits (transmit, 10): the point v, the axis a, then kind, offset in samples, tangent of the
half opening and half width in mm. A wave meets a pixel at r

    plane        offset + k a.(r - v)
    spherical    offset + k s |r - v|,  s the sign of a.(r - v): it runs towards a focus, and away from it after
    divergent    offset + k |r - v|

after its trace has begun, k samples per mm. It reaches pixels whose distance from the axis is at most the larger of the
half width and the tangent times the distance along the axis.

Source: Nikolov and Jensen, IEEE Ultrasonics Symposium 2002, 1683 (virtual sources); Montaldo et al., IEEE Trans.
Ultrason. Ferroelectr. Freq. Control 56 (2009) 489 (plane waves).
"""

from __future__ import annotations

import math

import numpy as np

from isocenter.kernels.compile import scalar

PLANE, SPHERICAL, DIVERGENT = 0, 1, 2
BOXCAR, HANN, TUKEY = 0, 1, 2
ELEMENT_WIDTH, TRANSMIT_WIDTH = 9, 10
EVERYWHERE = 1e9
"""Half width in mm of a transmit that reaches every pixel."""


@scalar
def time_of_transmit(transmits, t, x, y, z, samples_per_mm):  # type: ignore[no-untyped-def]  # numba infers
    """Return when transmit `t` meets a pixel, in samples after its trace has begun."""
    dx, dy, dz = x - transmits[t, 0], y - transmits[t, 1], z - transmits[t, 2]
    along = dx * transmits[t, 3] + dy * transmits[t, 4] + dz * transmits[t, 5]
    kind, way = transmits[t, 6], along
    if kind != PLANE:
        way = math.sqrt(dx * dx + dy * dy + dz * dz)
        if kind == SPHERICAL and along < 0:
            way = -way
    return transmits[t, 7] + samples_per_mm * way


@scalar
def is_reached(transmits, t, x, y, z):  # type: ignore[no-untyped-def]  # numba infers
    """Return 1 if a pixel lies in the beam of transmit `t`, else 0."""
    if transmits[t, 9] >= EVERYWHERE:
        return np.float32(1)
    dx, dy, dz = x - transmits[t, 0], y - transmits[t, 1], z - transmits[t, 2]
    along = dx * transmits[t, 3] + dy * transmits[t, 4] + dz * transmits[t, 5]
    beside = math.sqrt(max(0.0, dx * dx + dy * dy + dz * dz - along * along))
    return np.float32(beside <= max(transmits[t, 9], transmits[t, 8] * abs(along)))


@scalar
def way_to_element(elements, e, x, y, z):  # type: ignore[no-untyped-def]  # numba infers
    """Return the distance to element `e` and, of that, the part along its normal, both in mm."""
    dx, dy, dz = x - elements[0, e], y - elements[1, e], z - elements[2, e]
    ax, ay, az = elements[6, e], elements[7, e], elements[8, e]
    square = ax * ax + ay * ay + az * az
    part = (dx * ax + dy * ay + dz * az) / max(square, 1e-12)
    part = min(1.0, max(-1.0, part))
    dx, dy, dz = dx - part * ax, dy - part * ay, dz - part * az
    along = dx * elements[3, e] + dy * elements[4, e] + dz * elements[5, e]
    return math.sqrt(dx * dx + dy * dy + dz * dz), along


@scalar
def turn(cycles):  # type: ignore[no-untyped-def]  # numba infers
    """Return cos and sin of 2 pi times `cycles`, a float32 from -1000 to a million, to 2e-6.

    There is no branch in it, so that a loop of it becomes vectors.
    """
    one, whole = np.float32(1), np.int32(1024)
    near = cycles - np.float32(np.int32(cycles + np.float32(1024.5)) - whole)
    # Half the angle lies within a quarter turn either way, where the series are short; then it is doubled.
    half = near * np.float32(math.pi)
    square = half * half
    s = np.float32(1 / 362880) - square * np.float32(1 / 39916800)
    s = np.float32(-1 / 5040) + square * s
    s = np.float32(1 / 120) + square * s
    s = np.float32(-1 / 6) + square * s
    s = half * (one + square * s)
    c = np.float32(-1 / 3628800) + square * np.float32(1 / 479001600)
    c = np.float32(1 / 40320) + square * c
    c = np.float32(-1 / 720) + square * c
    c = np.float32(1 / 24) + square * c
    c = np.float32(-1 / 2) + square * c
    c = one + square * c
    return c * c - s * s, np.float32(2) * s * c


@scalar
def receive_weight(distance, along, twice_f_number, window):  # type: ignore[no-untyped-def]  # numba infers
    """Return the weight of an element, in float32: 0 where it lies outside the aperture along / F, or looks away."""
    zero, one = np.float32(0), np.float32(1)
    square = distance * distance - along * along
    u = (
        twice_f_number
        * np.float32(math.sqrt(square if square > zero else zero))
        / (along if along > np.float32(1e-6) else np.float32(1e-6))
    )
    # A hair more than 1: a boxcar's edge does not hang on the last bit.
    inside = one if along > zero else zero
    inside = inside if u <= np.float32(1.000005) else zero
    fall = u if window == HANN else np.float32(2) * u - one
    fall = fall if fall > zero else zero
    fall = fall if fall < one else one
    cosine, _ = turn(np.float32(0.5) * fall)
    rise = one if window == BOXCAR else np.float32(0.5) + np.float32(0.5) * cosine
    return inside * rise
