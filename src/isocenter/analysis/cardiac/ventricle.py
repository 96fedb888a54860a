"""Volume, ejection fraction and mass of the left ventricle from what is drawn or measured in echocardiograms.

Source: Lang et al., J. Am. Soc. Echocardiogr. 28 (2015) 1 (chamber quantification, ASE and EACVI).
"""

from __future__ import annotations

from math import pi

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError

MYOCARDIUM_G_ML = 1.05
N_DISKS = 20


def biplane_volume_ml(diameters_4ch_cm: FloatArray, diameters_2ch_cm: FloatArray, length_cm: float) -> float:
    """Return pi/4 sum(a b) L / n, the volume of n elliptic disks (modified Simpson's rule).

    `diameters_4ch_cm` and `diameters_2ch_cm` (disk,) come from the apical four- and two-chamber views, base to apex;
    `length_cm` is the longer of both long axes. Raises `DataError` if they do not match or are not positive.
    """
    a, b = np.asarray(diameters_4ch_cm, dtype=float), np.asarray(diameters_2ch_cm, dtype=float)
    if a.shape != b.shape or a.ndim != 1 or a.size == 0:
        raise DataError(
            "Both views need as many disks.", field="diameters", found=(a.shape, b.shape), expected="(disk,) twice"
        )
    _require_positive("length_cm", length_cm)
    if not (np.isfinite(a).all() and np.isfinite(b).all() and min(a.min(), b.min()) >= 0):
        raise DataError("Diameters are lengths.", field="diameters", expected="finite, not negative")
    return float(pi / 4 * (a * b).sum() * length_cm / a.size)


def single_plane_volume_ml(diameters_cm: FloatArray, length_cm: float) -> float:
    """Return the volume of round disks of one view."""
    return biplane_volume_ml(diameters_cm, diameters_cm, length_cm)


def area_length_volume_ml(area_4ch_cm2: float, area_2ch_cm2: float, length_cm: float) -> float:
    """Return 8 A1 A2 / (3 pi L), 0.85 A1 A2 / L; `length_cm` is the shorter of both, as for the left atrium."""
    for name, value in (("area_4ch_cm2", area_4ch_cm2), ("area_2ch_cm2", area_2ch_cm2), ("length_cm", length_cm)):
        _require_positive(name, value)
    return 8 * area_4ch_cm2 * area_2ch_cm2 / (3 * pi * length_cm)


def ejection_fraction_percent(end_diastolic_ml: float, end_systolic_ml: float) -> float:
    """Return 100 (EDV - ESV) / EDV; raises `DataError` if the ventricle is larger in systole."""
    _require_positive("end_diastolic_ml", end_diastolic_ml)
    if not 0 <= end_systolic_ml <= end_diastolic_ml:
        raise DataError(
            "The volume in systole is no part of that in diastole.",
            field="end_systolic_ml",
            found=end_systolic_ml,
            expected=f"0 to {end_diastolic_ml:g} mL",
            remedy="Look whether both frames were exchanged.",
        )
    return 100 * (end_diastolic_ml - end_systolic_ml) / end_diastolic_ml


def mass_g(septum_cm: float, diameter_cm: float, posterior_wall_cm: float) -> float:
    """Return 0.8 * 1.04 [(IVS + LVID + PW)^3 - LVID^3] + 0.6, all at end-diastole (cube formula)."""
    for name, value in (
        ("septum_cm", septum_cm),
        ("diameter_cm", diameter_cm),
        ("posterior_wall_cm", posterior_wall_cm),
    ):
        _require_positive(name, value)
    return float(0.8 * 1.04 * ((septum_cm + diameter_cm + posterior_wall_cm) ** 3 - diameter_cm**3) + 0.6)


def relative_wall_thickness(diameter_cm: float, posterior_wall_cm: float) -> float:
    """Return 2 PW / LVID: above 0.42 the ventricle is concentric."""
    _require_positive("diameter_cm", diameter_cm)
    return 2 * posterior_wall_cm / diameter_cm


def body_surface_m2(height_cm: float, weight_kg: float) -> float:
    """Return 0.007184 H^0.725 W^0.425 (Du Bois and Du Bois, Arch. Intern. Med. 17 (1916) 863)."""
    for name, value in (("height_cm", height_cm), ("weight_kg", weight_kg)):
        _require_positive(name, value)
    return float(0.007184 * height_cm**0.725 * weight_kg**0.425)


def disks(border_mm: FloatArray, n_disks: int = N_DISKS) -> tuple[FloatArray, float]:
    """Return diameters in cm (disk,), base to apex, and the length of the long axis in cm, of a drawn border.

    `border_mm` (point, 2) is an open line from one side of the valve's ring over the apex to the other. The long axis
    runs from the middle of the ring to the point farthest from it. Raises `DataError` for a border too short.
    """
    line = np.asarray(border_mm, dtype=float)
    if line.ndim != 2 or line.shape[1] != 2 or len(line) < 5 or not np.isfinite(line).all():
        raise DataError("A border is a line of points.", field="border_mm", found=line.shape, expected="(5 or more, 2)")
    base = (line[0] + line[-1]) / 2
    apex = line[np.linalg.norm(line - base, axis=1).argmax()]
    length = float(np.linalg.norm(apex - base))
    _require_positive("length of the border", length)
    axis = (apex - base) / length
    across = np.array([-axis[1], axis[0]])
    along, beside = (line - base) @ axis, (line - base) @ across
    middles = (np.arange(n_disks) + 0.5) / n_disks * length
    diameters = np.array([_width(along, beside, at) for at in middles])
    return diameters / 10, length / 10


def _width(along: FloatArray, beside: FloatArray, at: float) -> float:
    """Return the distance of the outermost crossings of a line at a height."""
    before, after = along[:-1], along[1:]
    crossing = (np.minimum(before, after) <= at) & (np.maximum(before, after) > at)
    if not crossing.any():
        return 0.0
    part = (at - before[crossing]) / (after[crossing] - before[crossing])
    where = beside[:-1][crossing] + part * (beside[1:][crossing] - beside[:-1][crossing])
    return float(np.ptp(where))


def _require_positive(name: str, value: float) -> None:
    if not (np.isfinite(value) and value > 0):
        raise DataError(f"{name} must be positive.", field=name, found=value, expected="more than 0")
