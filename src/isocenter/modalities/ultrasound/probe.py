"""Probes: where the elements of an array lie, where they look, and how long they are.

Every function returns elements (element, 9): centre, normal, and half the length of a line element along its axis,
each (x, y, z) in mm in the probe's own frame: x along the array, y across it (elevation), z into the body.
"""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import GeometryError

_WIDTH = 9


def _places(n: int, pitch_mm: float, what: str) -> FloatArray:
    if n < 1 or not (np.isfinite(pitch_mm) and pitch_mm > 0):
        raise GeometryError(
            "A probe has elements at a positive pitch.",
            field=what,
            found=f"{n} elements, {pitch_mm} mm",
            expected="at least 1 element and more than 0 mm",
        )
    return (np.arange(n) - (n - 1) / 2) * pitch_mm


def linear_probe(n_elements: int, pitch_mm: float) -> FloatArray:
    """Return a flat array; a phased one differs only in its pitch."""
    elements = np.zeros((n_elements, _WIDTH))
    elements[:, 0] = _places(n_elements, pitch_mm, "n_elements, pitch_mm")
    elements[:, 5] = 1.0
    return elements


def curved_probe(n_elements: int, pitch_mm: float, radius_mm: float) -> FloatArray:
    """Return an array on a circle of `radius_mm`, its middle at the origin; the pitch is along the arc."""
    if not (np.isfinite(radius_mm) and radius_mm > 0):
        raise GeometryError("The radius must be positive.", field="radius_mm", found=radius_mm, expected="more than 0")
    angles = _places(n_elements, pitch_mm, "n_elements, pitch_mm") / radius_mm
    elements = np.zeros((n_elements, _WIDTH))
    elements[:, 0], elements[:, 2] = radius_mm * np.sin(angles), radius_mm * (np.cos(angles) - 1)
    elements[:, 3], elements[:, 5] = np.sin(angles), np.cos(angles)
    return elements


def matrix_probe(shape: tuple[int, int], pitch_mm: tuple[float, float]) -> FloatArray:
    """Return a flat matrix (y, x), rows first."""
    y, x = np.meshgrid(
        _places(shape[0], pitch_mm[0], "shape, pitch_mm"),
        _places(shape[1], pitch_mm[1], "shape, pitch_mm"),
        indexing="ij",
    )
    elements = np.zeros((x.size, _WIDTH))
    elements[:, 0], elements[:, 1], elements[:, 5] = x.ravel(), y.ravel(), 1.0
    return elements


def row_column_probe(n_elements: int, pitch_mm: float) -> FloatArray:
    """Return a row-column array: first the columns (lines along y, one beside the other in x), then the rows."""
    places, half = _places(n_elements, pitch_mm, "n_elements, pitch_mm"), n_elements * pitch_mm / 2
    elements = np.zeros((2 * n_elements, _WIDTH))
    elements[:, 5] = 1.0
    elements[:n_elements, 0], elements[:n_elements, 7] = places, half
    elements[n_elements:, 1], elements[n_elements:, 6] = places, half
    return elements
