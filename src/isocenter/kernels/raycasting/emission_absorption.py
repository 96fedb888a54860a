"""Volume rendering: parallel rays through a medium that emits and absorbs, lit from the eye by its gradient.

Front to back: colour += T a c, T *= 1 - a, with a = 1 - exp(-extinction x step) per step, so that a homogeneous medium
obeys the law of Beer and Lambert whatever the step.

Arrays: volume (z, y, x); table (entry, 4): red, green, blue and a; out (row, column, 4): colour times opacity, opacity;
geometry (4, 3) as in `isocenter.kernels.resampling.slabs`.
Source: N. Max, IEEE Trans. Vis. Comput. Graph. 1 (1995) 99-108; M. Levoy, IEEE Comput. Graph. Appl. 8 (1988) 29-37.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from numba import prange

from isocenter.kernels.compile import launch, on_gpu, scalar, threads
from isocenter.kernels.resampling.bricks import brick_of, steps_to_leave
from isocenter.kernels.resampling.trilinear import steps_inside, value_at

# A ray that has lost all but this much of its light is not followed further.
_DARK = 1e-3
_SHININESS = 24


@scalar
def _light(flat, shape, z, y, x, spacing, eye, shading, steep):  # type: ignore[no-untyped-def]  # numba infers
    """Return diffuse and specular light at a place: Blinn and Phong with the lamp at the eye.

    Where the gradient is small against `steep` there is no surface, and the place is lit from everywhere.
    """
    gz = (value_at(flat, shape, z + 1.0, y, x) - value_at(flat, shape, z - 1.0, y, x)) / spacing[0]
    gy = (value_at(flat, shape, z, y + 1.0, x) - value_at(flat, shape, z, y - 1.0, x)) / spacing[1]
    gx = (value_at(flat, shape, z, y, x + 1.0) - value_at(flat, shape, z, y, x - 1.0)) / spacing[2]
    size = sqrt(gz * gz + gy * gy + gx * gx)
    if size < 1e-12:
        return 1.0, 0.0
    facing = abs(gz * eye[0] + gy * eye[1] + gx * eye[2]) / size
    surface = min(size / steep, 1.0)
    bright = 1.0
    for _ in range(_SHININESS):
        bright *= facing
    diffuse = shading[0] + shading[1] * facing
    return 1.0 + surface * (diffuse - 1.0), surface * shading[2] * bright


@scalar
def _element(index, out, flat, shape, occupied, geometry, n_steps, table, scale, spacing, eye, shading):  # type: ignore[no-untyped-def]  # numba infers
    """Follow one ray; `scale` turns a stored value into a place in the table, and says how steep a surface is."""
    row, column = index // out.shape[1], index % out.shape[1]
    z = geometry[0, 0] + row * geometry[1, 0] + column * geometry[2, 0]
    y = geometry[0, 1] + row * geometry[1, 1] + column * geometry[2, 1]
    x = geometry[0, 2] + row * geometry[1, 2] + column * geometry[2, 2]
    dz, dy, dx = geometry[3, 0], geometry[3, 1], geometry[3, 2]
    first, last = steps_inside(shape, z, y, x, dz, dy, dx, n_steps)
    red = green = blue = 0.0
    passing = 1.0
    step = first
    while step <= last and passing > _DARK:
        pz, py, px = z + step * dz, y + step * dy, x + step * dx
        bz, by, bx = brick_of(pz, occupied.shape[0]), brick_of(py, occupied.shape[1]), brick_of(px, occupied.shape[2])
        beyond = min(step + steps_to_leave(occupied, bz, by, bx, pz, py, px, dz, dy, dx), last + 1)
        if occupied[bz, by, bx]:
            for inside in range(step, beyond):
                pz, py, px = z + inside * dz, y + inside * dy, x + inside * dx
                place = value_at(flat, shape, pz, py, px) * scale[0] + scale[1]
                entry = min(max(int(place + 0.5), 0), table.shape[0] - 1)
                opacity = table[entry, 3]
                if opacity > 0.0:
                    diffuse, specular = _light(flat, shape, pz, py, px, spacing, eye, shading, scale[2])
                    weight = passing * opacity
                    red += weight * (table[entry, 0] * diffuse + specular)
                    green += weight * (table[entry, 1] * diffuse + specular)
                    blue += weight * (table[entry, 2] * diffuse + specular)
                    passing *= 1.0 - opacity
                    if passing <= _DARK:
                        break
        step = beyond
    out[row, column, 0], out[row, column, 1], out[row, column, 2] = red, green, blue
    out[row, column, 3] = 1.0 - passing


@threads
def _threads(out, flat, shape, occupied, geometry, n_steps, table, scale, spacing, eye, shading):  # type: ignore[no-untyped-def]  # numba infers
    for row in prange(out.shape[0]):
        for column in range(out.shape[1]):
            index = row * out.shape[1] + column
            _element(index, out, flat, shape, occupied, geometry, n_steps, table, scale, spacing, eye, shading)


def cast(
    volume: Any,
    occupied: Any,
    geometry: Any,
    shape: tuple[int, int],
    n_steps: int,
    *,
    table: Any,
    scale: Any,
    spacing_zyx_mm: Any,
    eye_zyx: Any,
    shading: Any,
) -> Any:
    """Return a picture (row, column, 4) in float32: colour times opacity, and opacity.

    Parameters
    ----------
    occupied
        For every brick whether anything in it can be seen.
    table
        Colour and opacity per step of equal stretches of values.
    scale
        Factor and offset from a stored value to a place in the table; change of stored values per mm of a full surface.
    eye_zyx
        Unit vector to the eye along the axes of the volume.
    shading
        Ambient, diffuse and specular light.
    """
    out = array_namespace(volume).empty((*shape, 4), dtype=np.float32)
    given = (geometry, n_steps, table, scale, spacing_zyx_mm, eye_zyx, shading)
    if on_gpu(volume):
        launch(_element, shape[0] * shape[1], out, volume.reshape(-1), volume.shape, occupied, *given)
    else:
        _threads(out, volume.reshape(-1), volume.shape, occupied, *given)
    return out
