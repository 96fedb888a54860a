"""How the left ventricle fills: ratios, and the grade by the rules of 2016.

Source: Nagueh et al., J. Am. Soc. Echocardiogr. 29 (2016) 277 (ASE and EACVI), figures 8A and 8B.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from isocenter.core.errors import DataError

Filling = Literal[
    "normal LAP, grade I",
    "elevated LAP, grade II",
    "elevated LAP, grade III",
    "indeterminate",
    "cannot be determined",
]
Function = Literal["normal", "indeterminate", "dysfunction", "cannot be determined"]

E_OVER_E_PRIME, REGURGITATION_M_S, ATRIUM_ML_M2 = 14.0, 2.8, 34.0
SEPTAL_CM_S, LATERAL_CM_S = 7.0, 10.0


@dataclass(frozen=True)
class Diastole:
    """What is measured; None was not obtained.

    Parameters
    ----------
    e_cm_s, a_cm_s
        Peak velocities of the mitral inflow.
    septal_cm_s, lateral_cm_s
        Early diastolic velocities of the mitral ring (e').
    regurgitation_m_s
        Peak velocity of the tricuspid regurgitation.
    atrium_ml_m2
        Largest volume of the left atrium by body surface.

    Raises
    ------
    DataError
        If a velocity or volume is not positive.
    """

    e_cm_s: float
    a_cm_s: float
    septal_cm_s: float | None = None
    lateral_cm_s: float | None = None
    regurgitation_m_s: float | None = None
    atrium_ml_m2: float | None = None

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value is not None and not 0 < value < float("inf"):
                raise DataError(f"{name} must be positive.", field=name, found=value, expected="more than 0, or None")

    @property
    def e_over_a(self) -> float:
        """E / A."""
        return self.e_cm_s / self.a_cm_s

    @property
    def e_over_e_prime(self) -> float | None:
        """E over the mean of both e', or over the one there is."""
        known = [value for value in (self.septal_cm_s, self.lateral_cm_s) if value is not None]
        return self.e_cm_s / (sum(known) / len(known)) if known else None

    def _signs(self) -> list[bool]:
        """Return which of the three signs of a full atrium are there, of those that are known."""
        ratio = self.e_over_e_prime
        found = (
            None if ratio is None else ratio > E_OVER_E_PRIME,
            None if self.regurgitation_m_s is None else self.regurgitation_m_s > REGURGITATION_M_S,
            None if self.atrium_ml_m2 is None else self.atrium_ml_m2 > ATRIUM_ML_M2,
        )
        return [sign for sign in found if sign is not None]


def filling(measured: Diastole) -> Filling:
    """Return left atrial pressure and grade, for a reduced ejection fraction or a diseased myocardium (figure 8B)."""
    if measured.e_over_a <= 0.8 and measured.e_cm_s <= 50:
        return "normal LAP, grade I"
    if measured.e_over_a >= 2:
        return "elevated LAP, grade III"
    signs = measured._signs()
    if len(signs) < 2:
        return "cannot be determined"
    n_there = sum(signs)
    if 2 * n_there == len(signs):
        return "indeterminate"
    return "elevated LAP, grade II" if 2 * n_there > len(signs) else "normal LAP, grade I"


def function(measured: Diastole) -> Function:
    """Return whether diastolic function is normal, for a normal ejection fraction (figure 8A)."""
    slow = None
    if measured.septal_cm_s is not None or measured.lateral_cm_s is not None:
        is_slow_septum = measured.septal_cm_s is not None and measured.septal_cm_s < SEPTAL_CM_S
        slow = is_slow_septum or (measured.lateral_cm_s is not None and measured.lateral_cm_s < LATERAL_CM_S)
    signs = measured._signs() + ([] if slow is None else [slow])
    if len(signs) < 2:
        return "cannot be determined"
    n_there = sum(signs)
    if 2 * n_there == len(signs):
        return "indeterminate"
    return "dysfunction" if 2 * n_there > len(signs) else "normal"
