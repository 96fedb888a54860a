"""Rigid motion of the body between lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from isocenter.core.arrays import FloatArray, IndexArray
from isocenter.core.errors import ShapeError


class Pose(NamedTuple):
    """Where a body stands: r -> rotation r + translation_mm, in LPS about the isocenter."""

    rotation: FloatArray
    translation_mm: FloatArray


AT_REST = Pose(np.eye(3), np.zeros(3))


@dataclass(frozen=True, eq=False)
class Motion:
    """A body that steps from pose to pose.

    Parameters
    ----------
    starts
        When each pose begins, as part of the scan from 0 to 1, rising; before the first the body is at rest.
    rotations_rad
        Rotation vectors (pose, 3) about the LPS axes x, y, z through the isocenter.
    translations_mm
        Shifts (pose, 3).
    """

    starts: FloatArray
    rotations_rad: FloatArray
    translations_mm: FloatArray

    def __post_init__(self) -> None:
        n = np.shape(self.starts)[0]
        if np.shape(self.rotations_rad) != (n, 3) or np.shape(self.translations_mm) != (n, 3):
            raise ShapeError(
                "Every pose has a rotation and a shift.",
                field="rotations_rad, translations_mm",
                found=(np.shape(self.rotations_rad), np.shape(self.translations_mm)),
                expected=(n, 3),
            )
        if np.any(np.diff(self.starts) <= 0):
            raise ShapeError("Poses follow each other.", field="starts", found=list(self.starts), expected="rising")

    def poses(self) -> tuple[Pose, ...]:
        """Return the body at rest, then every pose."""
        rotations = Rotation.from_rotvec(np.asarray(self.rotations_rad, dtype=float)).as_matrix()
        shifts = np.asarray(self.translations_mm, dtype=float)
        return (AT_REST, *(Pose(turn, shift) for turn, shift in zip(rotations, shifts, strict=True)))

    def pose_at(self, times: FloatArray) -> IndexArray:
        """Return which of `poses` the body has at times from 0 to 1."""
        return np.searchsorted(np.asarray(self.starts), times, side="right")
