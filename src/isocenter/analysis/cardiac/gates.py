"""What numbers of the heart must reproduce: closed forms, and a wall of speckle that moves as it is told."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from isocenter.analysis.cardiac.diastole import Diastole, filling
from isocenter.analysis.cardiac.moving_wall import SPACING_MM, moving_wall
from isocenter.analysis.cardiac.strain import global_strain_percent, natural_percent
from isocenter.analysis.cardiac.ventricle import N_DISKS, biplane_volume_ml
from isocenter.analysis.cardiac.wall import WallStrain, peak_percent, wall_strain
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


# Six segments of one view: their mean is the strain of the whole wall, because they are equally long at rest.
_SHORTENING = (-20.0, -22.0, -24.0, -24.0, -18.0, 0.0)


@lru_cache(maxsize=2)
def _tracked(peaks: tuple[float, ...]) -> WallStrain:
    wall = moving_wall(peaks, np.random.default_rng(7), n_frames=16)
    return wall_strain(wall.frames, wall.drawn_px(), (SPACING_MM, SPACING_MM), "4 chamber")


def _global(peaks: tuple[float, ...]) -> float:
    found = _tracked(peaks).global_percent
    return float("nan") if found is None else float(found[np.abs(found).argmax()])


def _worst_segment() -> float:
    found = _tracked(_SHORTENING)
    curves = found.segments_percent.values()
    off = [peak_percent(curve, found.end_systole) - true for curve, true in zip(curves, _SHORTENING, strict=True)]
    return float(np.abs(off).max())


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
    Gate(
        "strain-tracked-global",
        "global strain of a tracked wall of speckle",
        float(np.mean(_SHORTENING)),
        1.5,
        "%",
        "scatterers moved as told",
        lambda: _global(_SHORTENING),
    ),
    Gate(
        "strain-tracked-segment",
        "error of the worst segment of it, from 24 % to none",
        0.0,
        3.0,
        "%",
        "the same",
        _worst_segment,
        "at_most",
    ),
    Gate(
        "strain-tracked-still", "global strain of a still wall", 0.0, 0.2, "%", "the same", lambda: _global((0.0,) * 6)
    ),
)
