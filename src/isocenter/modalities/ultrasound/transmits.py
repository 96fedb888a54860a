"""What is sent: plane, diverging and focused waves, and single elements in turn.

Every function returns one transmit (10,): a point v and an axis a (x, y, z in mm, in the probe's frame), the kind of
wave, the time in s at which it passes v (for a plane wave: the plane through v), and the beam it reaches, as the
tangent of half its opening and its least half width in mm. A trace's time 0 is the acquisition's `start_s`.
"""

from __future__ import annotations

from math import cos, radians, sin

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import GeometryError
from isocenter.kernels.delays.geometry import DIVERGENT, EVERYWHERE, PLANE, SPHERICAL

_NO_OPENING = 0.0


def plane_wave(angle_deg: float, *, elevation_deg: float = 0.0, time_s: float = 0.0) -> FloatArray:
    """Return a plane wave that passes the probe's middle at `time_s`, tilted to +x and +y by the angles."""
    a, b = radians(angle_deg), radians(elevation_deg)
    axis = (sin(a) * cos(b), sin(b), cos(a) * cos(b))
    return np.array([0.0, 0.0, 0.0, *axis, PLANE, time_s, _NO_OPENING, EVERYWHERE])


def diverging_wave(source_mm: tuple[float, float, float], *, sound_speed_m_s: float, time_s: float = 0.0) -> FloatArray:
    """Return a wave from a virtual source behind the probe, which passes the probe's middle at `time_s`.

    Raises `GeometryError` if the source does not lie behind the probe.
    """
    source = np.asarray(source_mm, dtype=float)
    if not (np.isfinite(source).all() and source[2] < 0):
        raise GeometryError(
            "The source of a diverging wave lies behind the probe.",
            field="source_mm",
            found=source_mm,
            expected="z < 0",
        )
    distance = float(np.linalg.norm(source))
    began = time_s - distance * 1e-3 / sound_speed_m_s
    return np.array([*source, *(-source / distance), DIVERGENT, began, _NO_OPENING, EVERYWHERE])


def focused_wave(
    focus_mm: tuple[float, float, float],
    *,
    origin_mm: tuple[float, float, float] = (0.0, 0.0, 0.0),
    aperture_mm: float,
    sound_speed_m_s: float,
    time_s: float = 0.0,
    least_width_mm: float = 0.5,
) -> FloatArray:
    """Return a beam from `origin_mm` on the probe through a focus; its middle leaves the probe at `time_s`.

    Pixels within the cone from the aperture to the focus and beyond belong to it, and near the focus those within
    `least_width_mm`. Raises `GeometryError` if the focus does not lie in front of the probe.
    """
    focus, origin = np.asarray(focus_mm, dtype=float), np.asarray(origin_mm, dtype=float)
    way = focus - origin
    length = float(np.linalg.norm(way))
    if not (np.isfinite(way).all() and way[2] > 0 and aperture_mm > 0):
        raise GeometryError(
            "A focus lies in front of the probe, and its aperture is positive.",
            field="focus_mm, aperture_mm",
            found=(focus_mm, aperture_mm),
        )
    met = time_s + length * 1e-3 / sound_speed_m_s
    opening = aperture_mm / 2 / length
    return np.array([*focus, *(way / length), SPHERICAL, met, opening, least_width_mm / 2])


def single_element(element: FloatArray, *, time_s: float = 0.0) -> FloatArray:
    """Return the wave of one element of a probe (synthetic aperture)."""
    return np.array([*element[:3], *element[3:6], DIVERGENT, time_s, _NO_OPENING, EVERYWHERE])
