"""The one place that turns array indices (z, y, x) into patient positions (x, y, z) and back.

Patient coordinates are DICOM's LPS frame: +x to the patient's left, +y to the back, +z to the head.
Source: DICOM PS3.3 sec. C.7.6.2.1.1 (Image Position and Orientation).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import GeometryError

Vector: TypeAlias = tuple[float, float, float]
Direction: TypeAlias = tuple[Vector, Vector, Vector]

IDENTITY: Direction = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))

LPS_TO_RAS: FloatArray = np.diag([-1.0, -1.0, 1.0, 1.0])


def affine_of(
    shape_zyx: tuple[int, int, int], spacing_zyx_mm: Vector, center_mm: Vector, direction: Direction
) -> FloatArray:
    """Return the 4x4 matrix from the index (x, y, z, 1) to LPS mm, the columns in x, y, z order."""
    axes = np.asarray(direction, dtype=float)
    step = axes * np.asarray(spacing_zyx_mm[::-1])
    middle = (np.asarray(shape_zyx[::-1], dtype=float) - 1) / 2
    affine = np.eye(4)
    affine[:3, :3] = step
    affine[:3, 3] = np.asarray(center_mm) - step @ middle
    return affine


def decompose(affine: FloatArray) -> tuple[Vector, Direction, Vector]:
    """Return spacing (z, y, x) mm, direction and origin of an affine; refuses one with shear or zero spacing."""
    step = np.asarray(affine, dtype=float)[:3, :3]
    spacing_xyz = np.linalg.norm(step, axis=0)
    if not np.all(np.isfinite(affine)) or np.any(spacing_xyz <= 0):
        raise GeometryError("The affine has an axis of no length.", field="affine", found=spacing_xyz.tolist())
    axes = step / spacing_xyz
    require_orthonormal(axes)
    dx, dy, dz = (float(value) for value in spacing_xyz)
    return (dz, dy, dx), as_direction(axes), as_vector(np.asarray(affine)[:3, 3])


def require_orthonormal(axes: FloatArray, tolerance: float = 1e-4) -> None:
    """Raise `GeometryError` unless the columns of `axes` are unit vectors at right angles."""
    deviation = float(np.abs(axes.T @ axes - np.eye(3)).max())
    if deviation > tolerance:
        raise GeometryError(
            "The image axes are not at right angles.",
            field="direction",
            found=f"largest deviation from orthonormal {deviation:.2g}",
            expected=f"at most {tolerance:g}",
            remedy="Resample sheared data (for example from a tilted gantry) onto a rectangular grid first.",
        )


def as_vector(values: FloatArray) -> Vector:
    """Return three floats."""
    x, y, z = (float(value) for value in values)
    return (x, y, z)


def as_direction(axes: FloatArray) -> Direction:
    """Return a 3x3 array as nested tuples, row by row."""
    first, second, third = (as_vector(row) for row in np.asarray(axes))
    return (first, second, third)


def orientation_letters(vector: Vector, threshold: float = 0.02) -> str:
    """Return the patient directions a vector points to, strongest first: ``"L"``, ``"PH"`` ...

    Source: DICOM PS3.3 sec. C.7.6.1.1.1 (Patient Orientation).
    """
    letters = (("R", "L"), ("A", "P"), ("F", "H"))
    parts = sorted(((abs(value), axis) for axis, value in enumerate(vector)), reverse=True)
    return "".join(letters[axis][vector[axis] > 0] for size, axis in parts if size > threshold)
