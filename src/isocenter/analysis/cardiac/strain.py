"""Shortening of the myocardium: strain of lengths, of tracked borders, and its 17 segments.

Source: Voigt et al., Eur. Heart J. Cardiovasc. Imaging 16 (2015) 1 (definitions); Cerqueira et al., Circulation 105
(2002) 539 (17 segments).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError

SEGMENTS: tuple[str, ...] = (
    "basal anterior",
    "basal anteroseptal",
    "basal inferoseptal",
    "basal inferior",
    "basal inferolateral",
    "basal anterolateral",
    "mid anterior",
    "mid anteroseptal",
    "mid inferoseptal",
    "mid inferior",
    "mid inferolateral",
    "mid anterolateral",
    "apical anterior",
    "apical septal",
    "apical inferior",
    "apical lateral",
    "apex",
)
# What each apical view shows: one wall up from the base (mid and base), over the apex, and the other wall down.
VIEWS: Mapping[str, tuple[str, ...]] = {
    "4 chamber": (
        "basal inferoseptal",
        "mid inferoseptal",
        "apical septal",
        "apical lateral",
        "mid anterolateral",
        "basal anterolateral",
    ),
    "2 chamber": (
        "basal inferior",
        "mid inferior",
        "apical inferior",
        "apical anterior",
        "mid anterior",
        "basal anterior",
    ),
    "3 chamber": (
        "basal inferolateral",
        "mid inferolateral",
        "apical lateral",
        "apical septal",
        "mid anteroseptal",
        "basal anteroseptal",
    ),
}


def lagrangian_percent(length: FloatArray | float, at_first: FloatArray | float) -> FloatArray:
    """Return 100 (L - L0) / L0: negative where it shortens."""
    first = np.asarray(at_first, dtype=float)
    if not (np.isfinite(first).all() and (first > 0).all()):
        raise DataError("A length at rest is positive.", field="at_first", found=at_first, expected="more than 0")
    strain: FloatArray = 100 * (np.asarray(length, dtype=float) - first) / first
    return strain


def natural_percent(length: FloatArray | float, at_first: FloatArray | float) -> FloatArray:
    """Return 100 ln(L / L0)."""
    ratio = lagrangian_percent(length, at_first) / 100 + 1
    if not (ratio > 0).all():
        raise DataError("A length is positive.", field="length", found=length, expected="more than 0")
    strain: FloatArray = 100 * np.log(ratio)
    return strain


def line_lengths(tracks_mm: FloatArray) -> FloatArray:
    """Return the length (frame,) of a line whose points (frame, point, 2) move."""
    lengths: FloatArray = np.linalg.norm(np.diff(np.asarray(tracks_mm, dtype=float), axis=1), axis=2).sum(axis=1)
    return lengths


def global_strain_percent(tracks_mm: FloatArray) -> FloatArray:
    """Return the longitudinal strain (frame,) of a whole tracked wall, against its first frame (end-diastole)."""
    lengths = line_lengths(tracks_mm)
    return lagrangian_percent(lengths, float(lengths[0]))


def segment_strains_percent(tracks_mm: FloatArray, view: str) -> Mapping[str, FloatArray]:
    """Return strain (frame,) of each segment of an apical view; the wall is cut into six equal parts at rest.

    `tracks_mm` (frame, point, 2) runs from the base up the wall that `VIEWS` names first. Raises `DataError` for a view
    that is not known or too few points.
    """
    if view not in VIEWS:
        raise DataError("This view is not known.", field="view", found=view, expected=", ".join(VIEWS))
    tracks = np.asarray(tracks_mm, dtype=float)
    names = VIEWS[view]
    steps = np.linalg.norm(np.diff(tracks, axis=1), axis=2)
    if steps.shape[1] < len(names):
        raise DataError(
            "The wall has too few points.", field="tracks_mm", found=tracks.shape, expected=f"{len(names) + 1} points"
        )
    middle = (np.cumsum(steps[0]) - steps[0] / 2) / steps[0].sum()
    part = np.minimum((middle * len(names)).astype(int), len(names) - 1)
    strains = {}
    for index, name in enumerate(names):
        lengths = steps[:, part == index].sum(axis=1)
        if lengths[0] == 0:
            raise DataError("A segment of the wall has no points.", field="tracks_mm", found=name)
        strains[name] = lagrangian_percent(lengths, float(lengths[0]))
    return strains


def bulls_eye(by_view: Mapping[str, Mapping[str, float]]) -> FloatArray:
    """Return one value for each of `SEGMENTS` (17,) from those of the views: the mean where two views see a segment.

    The apex is the mean of the apical segments; what no view shows is NaN.
    """
    values = np.full(len(SEGMENTS), np.nan)
    for index, name in enumerate(SEGMENTS[:-1]):
        seen = [strains[name] for strains in by_view.values() if name in strains]
        if seen:
            values[index] = float(np.mean(seen))
    apical = values[12:16]
    if np.isfinite(apical).any():
        values[16] = float(np.nanmean(apical))
    return values
