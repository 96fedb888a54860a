"""Contrast agents in tissue: how much, when, and what it does to attenuation."""

from __future__ import annotations

from dataclasses import replace
from math import exp

from isocenter.core.errors import OptionError
from isocenter.physics.tissues import Tissue

MAX_MG_PER_ML = 400.0


def with_agent(tissue: Tissue, mg_per_ml: float, *, element: str = "I") -> Tissue:
    """Return a tissue with so much iodine (or Ba, Gd) in every mL; its volume is taken as unchanged.

    Raises `OptionError` for a concentration below zero or above that of the undiluted agent.
    """
    if not 0 <= mg_per_ml <= MAX_MG_PER_ML:
        raise OptionError(
            "This concentration is impossible.", field="mg_per_ml", found=mg_per_ml, expected=f"0 to {MAX_MG_PER_ML:g}"
        )
    if mg_per_ml == 0:
        return tissue
    added_g_per_cm3 = mg_per_ml / 1000
    density = tissue.density_g_per_cm3 + added_g_per_cm3
    share = tissue.density_g_per_cm3 / density
    fractions = {symbol: fraction * share for symbol, fraction in tissue.mass_fractions.items()}
    fractions[element] = fractions.get(element, 0.0) + added_g_per_cm3 / density
    name = f"{tissue.name} with {mg_per_ml:.4g} mg/mL {element}"
    return replace(tissue, name=name, density_g_per_cm3=density, mass_fractions=fractions)


def bolus_mg_per_ml(
    time_s: float,
    *,
    peak_mg_per_ml: float = 12.0,
    arrival_s: float = 12.0,
    time_to_peak_s: float = 10.0,
    shape: float = 3.0,
) -> float:
    """Return the concentration in blood at a time after injection, as a gamma variate.

    Source: Thompson et al., Circ. Res. 14 (1964) 502-515.
    """
    relative = (time_s - arrival_s) / time_to_peak_s
    return 0.0 if relative <= 0 else peak_mg_per_ml * relative**shape * exp(shape * (1 - relative))
