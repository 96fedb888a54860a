"""What numbers of the heart must reproduce: closed forms."""

from __future__ import annotations

import numpy as np

from isocenter.analysis.cardiac.diastole import Diastole, filling
from isocenter.analysis.cardiac.strain import global_strain_percent, natural_percent
from isocenter.analysis.cardiac.ventricle import N_DISKS, biplane_volume_ml
from isocenter.core.gates import Gate


def _ellipsoid() -> float:
    """Return the volume of 20 disks of an ellipsoid over pi/6 L D1 D2; it is 1 + 1 / (2 n^2)."""
    heights = (np.arange(N_DISKS) + 0.5) / N_DISKS
    form = np.sqrt(1 - (2 * heights - 1) ** 2)
    return biplane_volume_ml(5 * form, 4.6 * form, 9.0) / (np.pi / 6 * 9.0 * 5 * 4.6)


def _shortened() -> float:
    angle = np.linspace(0, np.pi, 91)
    wall = np.stack([30 * np.cos(angle), 80 * np.sin(angle)], axis=1)
    return float(global_strain_percent(np.stack([wall, 0.8 * wall]))[1])


def _graded() -> float:
    """Return how many of the four ends of the rules of 2016 are told rightly."""
    cases = (
        (Diastole(40, 60, 6, 9, 2.4, 30), "normal LAP, grade I"),
        (Diastole(80, 70, 5, 5, 3.0, 40), "elevated LAP, grade II"),
        (Diastole(90, 40, 4, 5, 3.1, 42), "elevated LAP, grade III"),
        (Diastole(70, 60, 4, 4.5, None, 30), "indeterminate"),
    )
    return float(sum(filling(measured) == expected for measured, expected in cases))


GATES: tuple[Gate, ...] = (
    Gate(
        "simpson-ellipsoid",
        "biplane volume of an ellipsoid by 20 disks over the exact one",
        1 + 1 / (2 * N_DISKS**2),
        1e-12,
        "1",
        "Lang et al. 2015; midpoint rule",
        _ellipsoid,
    ),
    Gate("strain-lagrangian", "strain of a wall that shortens by a fifth", -20.0, 1e-9, "%", "definition", _shortened),
    Gate(
        "strain-natural",
        "natural strain of the same",
        100 * float(np.log(0.8)),
        1e-9,
        "%",
        "definition",
        lambda: float(natural_percent(0.8, 1.0)),
    ),
    Gate(
        "diastole-grades",
        "ends of the rules of 2016 that are told rightly, of 4",
        4.0,
        0.0,
        "1",
        "Nagueh et al. 2016",
        _graded,
    ),
)
