"""What measures of photographs must reproduce: published colours and closed forms."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from isocenter.analysis.photography.colour import lab
from isocenter.analysis.photography.healing import Visit, healing
from isocenter.analysis.photography.plane import plane_of_square
from isocenter.analysis.photography.wound import wound_of_outline
from isocenter.core.arrays import FloatArray
from isocenter.core.gates import Gate


def _seen(points_mm: FloatArray) -> FloatArray:
    """Return points of a plane as a pinhole of 1000 pixels, 30 cm away and 40 degrees aslant, shows them."""
    x, y = points_mm.T
    tilt = np.radians(40)
    depth = 300 + y * np.sin(tilt)
    return np.asarray(np.column_stack([500 + 1000 * x / depth, 400 + 1000 * y * np.cos(tilt) / depth]))


def _red() -> float:
    return float(np.linalg.norm(lab(np.array([[[255, 0, 0]]], np.uint8))[0, 0] - (53.24, 80.09, 67.20)))


def _ellipse() -> float:
    """Return the area of an ellipse 60 mm beside a square of 20 mm, over pi a b."""
    plane = plane_of_square(_seen(np.array([[0.0, 0], [20, 0], [20, 20], [0, 20]])), 20.0)
    angle = np.linspace(0, 2 * np.pi, 1000, endpoint=False)
    border = np.column_stack([60 + 25 * np.cos(angle), -30 + 15 * np.sin(angle)])
    return wound_of_outline(_seen(border), plane).area_cm2 / (np.pi * 2.5 * 1.5)


def _advance() -> float:
    """Return how fast the border of a disc moves whose radius falls from 20 mm to 17 mm in two weeks."""
    discs = [(1, 2.0), (15, 1.7)]
    visits = [Visit(datetime(2026, 1, day), np.pi * r * r, 2 * np.pi * r) for day, r in discs]
    return float(healing(visits)[-1].advance_mm_per_week or np.nan)


GATES: tuple[Gate, ...] = (
    Gate("cielab-red", "colour distance of sRGB red from its CIELAB", 0.0, 0.02, "1", "IEC 61966-2-1, CIE 15", _red),
    Gate(
        "wound-perspective",
        "area of an ellipse seen 40 degrees aslant, through a square marker, over pi a b",
        1.0,
        1e-5,
        "1",
        "pinhole camera; closed form",
        _ellipse,
    ),
    Gate("wound-advance", "advance of the border of a shrinking disc", 1.5, 1e-12, "mm/wk", "Gilman 1990", _advance),
)
