"""Where the samples of an image lie in the patient."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import GeometryError
from isocenter.core.geometry import IDENTITY, Direction, Vector, affine_of, as_vector, decompose, require_orthonormal


@dataclass(frozen=True)
class Grid:
    """A regular, rectangular lattice of samples in the patient's LPS frame.

    Parameters
    ----------
    shape
        (z, y, x), or (y, x) for one plane.
    spacing_mm
        Distance of neighbours along each axis, in the order of `shape`.
    center_mm
        LPS position (x, y, z) of the middle of the lattice.
    direction
        3x3; its columns are the LPS unit vectors along which x, y and z indices grow.
    slice_thickness_mm
        Thickness of the plane of a two-dimensional grid; a three-dimensional one has its z spacing.
    frame_of_reference_uid
        DICOM Frame of Reference UID (0020,0052), where one is known.

    Raises
    ------
    GeometryError
        If shape and spacing disagree, a length is not positive, or the axes are not orthonormal.
    """

    shape: tuple[int, ...]
    spacing_mm: tuple[float, ...]
    center_mm: Vector = (0.0, 0.0, 0.0)
    direction: Direction = IDENTITY
    slice_thickness_mm: float = 1.0
    frame_of_reference_uid: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", tuple(int(n) for n in self.shape))
        object.__setattr__(self, "spacing_mm", tuple(float(d) for d in self.spacing_mm))
        if len(self.shape) not in (2, 3) or len(self.spacing_mm) != len(self.shape):
            raise GeometryError(
                "A grid has two or three axes, each with its spacing.",
                field="shape, spacing_mm",
                found=(self.shape, self.spacing_mm),
                expected="(y, x) or (z, y, x) for both",
            )
        if min(self.shape) < 1 or not all(
            np.isfinite(d) and d > 0 for d in (*self.spacing_mm, self.slice_thickness_mm)
        ):
            raise GeometryError(
                "A grid needs at least one sample along each axis and positive spacings.",
                field="shape, spacing_mm",
                found=(self.shape, self.spacing_mm, self.slice_thickness_mm),
            )
        require_orthonormal(np.asarray(self.direction, dtype=float))

    @classmethod
    def from_affine(
        cls, shape: tuple[int, ...], affine: FloatArray, *, frame_of_reference_uid: str | None = None
    ) -> Grid:
        """Return the grid of `shape` whose index (x, y, z, 1) maps to LPS mm by the 4x4 `affine`."""
        spacing, direction, _ = decompose(affine)
        shape_zyx = (1,) * (3 - len(shape)) + tuple(shape)
        middle = np.append((np.asarray(shape_zyx[::-1], dtype=float) - 1) / 2, 1.0)
        return cls(
            tuple(shape),
            spacing[-len(shape) :],
            as_vector((np.asarray(affine, dtype=float) @ middle)[:3]),
            direction,
            slice_thickness_mm=spacing[0],
            frame_of_reference_uid=frame_of_reference_uid,
        )

    @property
    def ndim(self) -> int:
        """Two for a plane, three for a volume."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of samples."""
        return prod(self.shape)

    @property
    def shape_zyx(self) -> tuple[int, int, int]:
        """The shape as a volume; a plane is one slice."""
        z, y, x = (1,) * (3 - self.ndim) + self.shape
        return (z, y, x)

    @property
    def spacing_zyx_mm(self) -> Vector:
        """The spacing as a volume; a plane has its thickness."""
        z, y, x = (self.slice_thickness_mm,) * (3 - self.ndim) + self.spacing_mm
        return (z, y, x)

    @property
    def affine(self) -> FloatArray:
        """4x4 matrix from the index (x, y, z, 1) to LPS mm; columns in x, y, z order."""
        return affine_of(self.shape_zyx, self.spacing_zyx_mm, self.center_mm, self.direction)

    @property
    def extent_mm(self) -> tuple[float, ...]:
        """Length of each axis, from outer edge to outer edge of the samples."""
        return tuple(n * d for n, d in zip(self.shape, self.spacing_mm, strict=True))

    def positions_mm(self) -> FloatArray:
        """Return the LPS position of every sample, shape (*shape, 3)."""
        z, y, x = np.indices(self.shape_zyx, dtype=float)
        affine = self.affine
        positions = np.stack([x, y, z], axis=-1) @ affine[:3, :3].T + affine[:3, 3]
        return positions.reshape(*self.shape, 3)

    def plane(self, z_index: int) -> Grid:
        """Return the two-dimensional grid of one slice of a volume."""
        if self.ndim == 2:
            return self
        center = self.affine @ np.array([(self.shape[2] - 1) / 2, (self.shape[1] - 1) / 2, z_index, 1.0])
        return replace(
            self,
            shape=self.shape[1:],
            spacing_mm=self.spacing_mm[1:],
            center_mm=as_vector(center[:3]),
            slice_thickness_mm=self.spacing_mm[0],
        )

    def as_volume(self) -> Grid:
        """Return the same samples as a three-dimensional grid."""
        return replace(self, shape=self.shape_zyx, spacing_mm=self.spacing_zyx_mm)
