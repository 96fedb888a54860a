"""One value between the eight nearest samples of a volume, and where a line enters and leaves the volume.

Index coordinates: sample (z, y, x) lies at (z, y, x) and fills half an index on every side; in the outer half of the
outermost samples the value stays that of the sample.
"""

from __future__ import annotations

from math import ceil, floor

from isocenter.kernels.compile import scalar


@scalar
def value_at(volume, z, y, x):  # type: ignore[no-untyped-def]  # numba infers
    """Return the trilinear value at an index position; positions outside count as the nearest inside."""
    z = min(max(z, 0.0), volume.shape[0] - 1.0)
    y = min(max(y, 0.0), volume.shape[1] - 1.0)
    x = min(max(x, 0.0), volume.shape[2] - 1.0)
    z0, y0, x0 = int(z), int(y), int(x)
    z1, y1, x1 = min(z0 + 1, volume.shape[0] - 1), min(y0 + 1, volume.shape[1] - 1), min(x0 + 1, volume.shape[2] - 1)
    fz, fy, fx = z - z0, y - y0, x - x0
    v00 = volume[z0, y0, x0] * (1.0 - fx) + volume[z0, y0, x1] * fx
    v01 = volume[z0, y1, x0] * (1.0 - fx) + volume[z0, y1, x1] * fx
    v10 = volume[z1, y0, x0] * (1.0 - fx) + volume[z1, y0, x1] * fx
    v11 = volume[z1, y1, x0] * (1.0 - fx) + volume[z1, y1, x1] * fx
    return (v00 * (1.0 - fy) + v01 * fy) * (1.0 - fz) + (v10 * (1.0 - fy) + v11 * fy) * fz


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
    return max(first, int(ceil(enter))), min(last, int(floor(leave)))


@scalar
def steps_inside(volume, z, y, x, dz, dy, dx, n_steps):  # type: ignore[no-untyped-def]  # numba infers
    """Return the first and the last step 0 to n_steps - 1 from (z, y, x) that lie in the volume; last < first if none."""
    first, last = _between(z, dz, volume.shape[0], 0, n_steps - 1)
    first, last = _between(y, dy, volume.shape[1], first, last)
    return _between(x, dx, volume.shape[2], first, last)
