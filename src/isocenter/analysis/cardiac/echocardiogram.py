"""All that one echocardiogram measured, and what follows from it.

Sources: Lang et al., J. Am. Soc. Echocardiogr. 28 (2015) 1; Nagueh et al., 29 (2016) 277; Baumgartner et al., 22 (2009)
1, of the same journal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields

import numpy as np

from isocenter.analysis.cardiac import diastole, valves, ventricle
from isocenter.analysis.cardiac.strain import SEGMENTS
from isocenter.core.errors import DataError


@dataclass(frozen=True)
class Echocardiogram:
    """What was measured; None was not obtained. Lengths are diastolic where nothing else is said.

    Raises
    ------
    DataError
        If a number is not positive, or a strain is of no known segment or not finite.
    """

    height_cm: float | None = None
    weight_kg: float | None = None
    ventricle_diastolic_ml: float | None = None
    ventricle_systolic_ml: float | None = None
    septum_cm: float | None = None
    ventricle_cm: float | None = None
    ventricle_systolic_cm: float | None = None
    posterior_wall_cm: float | None = None
    atrium_systolic_ml: float | None = None
    e_cm_s: float | None = None
    a_cm_s: float | None = None
    deceleration_ms: float | None = None
    half_time_ms: float | None = None
    septal_cm_s: float | None = None
    lateral_cm_s: float | None = None
    aortic_m_s: float | None = None
    aortic_mean_mmhg: float | None = None
    aortic_integral_cm: float | None = None
    tract_cm: float | None = None
    tract_integral_cm: float | None = None
    regurgitation_m_s: float | None = None
    ring_excursion_cm: float | None = None
    strain_percent: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in NUMBERS:
            value = getattr(self, name)
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if value is not None and not (is_number and 0 < value < float("inf")):
                raise DataError(f"{name} must be a positive number.", field=name, found=value, expected="more than 0")
        for segment, value in self.strain_percent.items():
            if segment not in SEGMENTS:
                raise DataError(
                    "There is no such segment.", field="strain_percent", found=segment, expected=", ".join(SEGMENTS)
                )
            if not (isinstance(value, int | float) and np.isfinite(value)):
                raise DataError("A strain is a number.", field=f"strain_percent, {segment}", found=value)

    @property
    def filling(self) -> diastole.Filling | None:
        """How the ventricle fills; None where E, A or the ejection fraction is not known.

        The grades hold where the ejection fraction is reduced or the heart muscle is diseased; for a normal one see
        `function`.
        """
        return diastole.filling(found) if (found := self._diastole()) else None

    @property
    def function(self) -> diastole.Function | None:
        """Whether a ventricle of normal ejection fraction fills normally; None where E or A is not known."""
        return diastole.function(found) if (found := self._diastole()) else None

    def _diastole(self) -> diastole.Diastole | None:
        if self.e_cm_s is None or self.a_cm_s is None:
            return None
        atrium = dict(self.derived()).get("atrium_ml_m2")
        return diastole.Diastole(
            self.e_cm_s, self.a_cm_s, self.septal_cm_s, self.lateral_cm_s, self.regurgitation_m_s, atrium
        )

    def derived(self) -> Iterator[tuple[str, float]]:
        """Yield name and value of everything that follows from what was measured."""
        surface = _of(ventricle.body_surface_m2, self.height_cm, self.weight_kg)
        mass = _of(ventricle.mass_g, self.septum_cm, self.ventricle_cm, self.posterior_wall_cm)
        e_prime = [value for value in (self.septal_cm_s, self.lateral_cm_s) if value is not None]
        values = {
            "surface_m2": surface,
            "ejection_percent": _of(
                ventricle.ejection_fraction_percent, self.ventricle_diastolic_ml, self.ventricle_systolic_ml
            ),
            "mass_g": mass,
            "mass_g_m2": _of(_ratio, mass, surface),
            "relative_wall": _of(ventricle.relative_wall_thickness, self.ventricle_cm, self.posterior_wall_cm),
            "atrium_ml_m2": _of(_ratio, self.atrium_systolic_ml, surface),
            "e_over_a": _of(_ratio, self.e_cm_s, self.a_cm_s),
            "e_over_e_prime": _of(_ratio, self.e_cm_s, float(np.mean(e_prime)) if e_prime else None),
            "mitral_cm2": _of(valves.half_time_area_cm2, self.half_time_ms),
            "aortic_mmhg": _of(valves.gradient_mmhg, self.aortic_m_s),
            "aortic_cm2": _of(
                valves.continuity_area_cm2, self.tract_cm, self.tract_integral_cm, self.aortic_integral_cm
            ),
            "stroke_ml": _of(valves.stroke_volume_ml, self.tract_cm, self.tract_integral_cm),
            "regurgitation_mmhg": _of(valves.gradient_mmhg, self.regurgitation_m_s),
            # The mean of the segments, as long as most of them were seen.
            "strain_percent": float(np.mean(list(self.strain_percent.values())))
            if len(self.strain_percent) >= _ENOUGH_SEGMENTS
            else None,
        }
        yield from ((name, value) for name, value in values.items() if value is not None)


_ENOUGH_SEGMENTS = 12
NUMBERS: tuple[str, ...] = tuple(each.name for each in fields(Echocardiogram) if each.name != "strain_percent")


def _ratio(a: float, b: float) -> float:
    return a / b


def _of(rule: Callable[..., float], *values: float | None) -> float | None:
    """Return what a rule makes of values, or None where one of them is not known."""
    return None if any(value is None for value in values) else float(rule(*values))


def read_values(values: object) -> Echocardiogram:
    """Return an echocardiogram from a mapping, as JSON gives it; raises `DataError` for a name that is not known."""
    if not isinstance(values, Mapping):
        raise DataError("The values are no object of names and numbers.", found=type(values).__name__)
    known = {each.name for each in fields(Echocardiogram)}
    if unknown := sorted(set(map(str, values)) - known):
        raise DataError("These names are not known.", field=", ".join(unknown), expected=", ".join(sorted(known)))
    strain = values.get("strain_percent", {})
    if not isinstance(strain, Mapping):
        raise DataError("Strains are given by segment.", field="strain_percent", found=type(strain).__name__)
    return Echocardiogram(**{str(name): value for name, value in values.items()})


def together(parts: Mapping[str, Echocardiogram]) -> Echocardiogram:
    """Return one echocardiogram of several parts by name, such as of each view; a segment's strain becomes the mean.

    Raises `DataError` where two parts give one number differently, or there is no part.
    """
    if not parts:
        raise DataError("There are no values.", field="values", expected="at least one part")
    numbers: dict[str, float] = {}
    strains: dict[str, list[float]] = {}
    for part, echo in parts.items():
        for name in NUMBERS:
            value = getattr(echo, name)
            if value is not None and numbers.setdefault(name, value) != value:
                raise DataError(
                    "Two files give one number differently.", file=part, field=name, found=value, expected=numbers[name]
                )
        for segment, percent in echo.strain_percent.items():
            strains.setdefault(segment, []).append(percent)
    means = {segment: float(np.mean(strains[segment])) for segment in SEGMENTS if segment in strains}
    return Echocardiogram(**numbers, strain_percent=means)
