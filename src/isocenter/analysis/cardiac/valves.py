"""Gradients and areas of valves from velocities.

Source: Baumgartner et al., J. Am. Soc. Echocardiogr. 30 (2017) 372 (aortic stenosis); Hatle et al., Circulation 60
(1979) 1096 (pressure half-time).
"""

from __future__ import annotations

from math import pi

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError


def gradient_mmhg(velocity_m_s: float, before_m_s: float = 0.0) -> float:
    """Return 4 (v2^2 - v1^2), the pressure difference by the simplified Bernoulli equation."""
    if not (np.isfinite(velocity_m_s) and np.isfinite(before_m_s) and abs(velocity_m_s) >= abs(before_m_s)):
        raise DataError(
            "The velocity in the jet is larger than before it.",
            field="velocity_m_s",
            found=(velocity_m_s, before_m_s),
            expected="the larger first",
        )
    return 4 * (velocity_m_s**2 - before_m_s**2)


def mean_gradient_mmhg(velocities_m_s: FloatArray) -> float:
    """Return the mean over time of the gradients of a traced jet (equal steps), not the gradient of the mean."""
    traced = np.asarray(velocities_m_s, dtype=float)
    if traced.size == 0 or not np.isfinite(traced).all():
        raise DataError("A trace has finite velocities.", field="velocities_m_s", found=f"{traced.size} values")
    return float((4 * traced**2).mean())


def velocity_time_integral_cm(velocities_m_s: FloatArray, step_s: float) -> float:
    """Return the way of blood in one beat: the integral of a traced velocity, by trapezoids."""
    return float(np.trapezoid(np.asarray(velocities_m_s, dtype=float), dx=step_s) * 100)


def stroke_volume_ml(diameter_cm: float, integral_cm: float) -> float:
    """Return pi/4 d^2 VTI, what passes a round tract."""
    if not (diameter_cm > 0 and integral_cm > 0):
        raise DataError("Diameter and way are positive.", field="diameter_cm", found=(diameter_cm, integral_cm))
    return pi / 4 * diameter_cm**2 * integral_cm


def continuity_area_cm2(tract_diameter_cm: float, tract_integral_cm: float, valve_integral_cm: float) -> float:
    """Return the area of a valve through which as much must pass as through the tract before it."""
    if not valve_integral_cm > 0:
        raise DataError("The way in the jet is positive.", field="valve_integral_cm", found=valve_integral_cm)
    return stroke_volume_ml(tract_diameter_cm, tract_integral_cm) / valve_integral_cm


def half_time_area_cm2(half_time_ms: float) -> float:
    """Return 220 / pressure half-time, the area of a native mitral valve."""
    if not half_time_ms > 0:
        raise DataError("A half-time is positive.", field="half_time_ms", found=half_time_ms)
    return 220 / half_time_ms


def right_ventricular_pressure_mmhg(regurgitation_m_s: float, atrial_mmhg: float) -> float:
    """Return 4 v^2 of the tricuspid regurgitation and the pressure in the right atrium."""
    return gradient_mmhg(regurgitation_m_s) + atrial_mmhg
