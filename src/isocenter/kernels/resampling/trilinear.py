"""One value between the eight nearest samples of a volume, and where a line enters and leaves the volume.

Index coordinates: sample (z, y, x) lies at (z, y, x) and fills half an index on every side; in the outer half of the
outermost samples the value stays that of the sample. Volumes come flat, with their shape.
"""

from __future__ import annotations

from math import ceil, floor

from numba import float32, uint64

from isocenter.kernels.compile import scalar


@scalar
def corners(flat, shape, z, y, x):  # type: ignore[no-untyped-def]  # numba infers
    """Return the eight samples around a position, x fastest, and how far it lies between them along z, y and x.

    Unsigned places spare the check for negative ones, which would take as long as the rest.
    """
    z = min(max(z, 0.0), shape[0] - 1.0)
    y = min(max(y, 0.0), shape[1] - 1.0)
    x = min(max(x, 0.0), shape[2] - 1.0)
    z0, y0, x0 = min(int(z), max(shape[0] - 2, 0)), min(int(y), max(shape[1] - 2, 0)), min(int(x), max(shape[2] - 2, 0))
    along_z = uint64(shape[1] * shape[2] if shape[0] > 1 else 0)
    along_y = uint64(shape[2] if shape[1] > 1 else 0)
    along_x = uint64(1 if shape[2] > 1 else 0)
    at = uint64((z0 * shape[1] + y0) * shape[2] + x0)
    up = at + along_z
    return (
        flat[at],
        flat[at + along_x],
        flat[at + along_y],
        flat[at + along_y + along_x],
        flat[up],
        flat[up + along_x],
        flat[up + along_y],
        flat[up + along_y + along_x],
        float32(z - z0),
        float32(y - y0),
        float32(x - x0),
    )


@scalar
def between(a, b, c, d, e, f, g, h, fz, fy, fx):  # type: ignore[no-untyped-def]  # numba infers
    """Return the trilinear value of what `corners` gives."""
    one = float32(1.0)
    ab = float32(a) * (one - fx) + float32(b) * fx
    cd = float32(c) * (one - fx) + float32(d) * fx
    ef = float32(e) * (one - fx) + float32(f) * fx
    gh = float32(g) * (one - fx) + float32(h) * fx
    return (ab * (one - fy) + cd * fy) * (one - fz) + (ef * (one - fy) + gh * fy) * fz


@scalar
def value_at(flat, shape, z, y, x):  # type: ignore[no-untyped-def]  # numba infers
    """Return the trilinear value at an index position; positions outside count as the nearest inside."""
    a, b, c, d, e, f, g, h, fz, fy, fx = corners(flat, shape, z, y, x)
    return between(a, b, c, d, e, f, g, h, fz, fy, fx)


@scalar
def _between(at, step, n, first, last):  # type: ignore[no-untyped-def]  # numba infers
    """Return the steps among first to last at which one coordinate lies within -0.5 to n - 0.5."""
    low, high = -0.5 - 1e-9, n - 0.5 + 1e-9
    if abs(step) < 1e-12:
        if at < low or at > high:
            return first, first - 1
        return first, last
    enter, leave = (low - at) / step, (high - at) / step
    if enter > leave:
        enter, leave = leave, enter
    # Compared as floats first: a line that misses may meet the box beyond what an integer holds.
    if enter > last or leave < first:
        return first, first - 1
    return max(first, ceil(enter)), min(last, floor(leave))


@scalar
def steps_inside(shape, z, y, x, dz, dy, dx, n_steps):  # type: ignore[no-untyped-def]  # numba infers
    """Return the first and the last of n_steps from (z, y, x) that lie in the volume; last < first if none does."""
    first, last = _between(z, dz, shape[0], 0, n_steps - 1)
    first, last = _between(y, dy, shape[1], first, last)
    return _between(x, dx, shape[2], first, last)
