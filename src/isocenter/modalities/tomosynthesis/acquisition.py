"""How a tomosynthesis scan was made: the way of the focal spot, the detector, and the planes of interest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import pi, radians, tan

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import GeometryError
from isocenter.core.geometry import Direction

# Columns are the patient's directions (LPS) of u (columns of the detector), v (rows) and towards the detector.
VIEWS: Mapping[str, Direction] = {
    "frontal": ((1, 0, 0), (0, 0, 1), (0, -1, 0)),  # rows of the matrix
    "cranio-caudal": ((1, 0, 0), (0, -1, 0), (0, 0, -1)),
}
MAX_SWEEP_DEG = 120.0


def _along(n: int) -> FloatArray:
    return np.linspace(-1, 1, n) if n > 1 else np.zeros(1)


def _linear(n: int) -> FloatArray:
    return np.stack([_along(n), np.zeros(n)], axis=1)


def _circular(n: int) -> FloatArray:
    turn = 2 * pi * np.arange(n) / n
    return np.stack([np.cos(turn), np.sin(turn)], axis=1)


def _hypocycloidal(n: int) -> FloatArray:
    """Return the curve with three cusps that a circle draws rolling in one of three times its radius."""
    turn = 2 * pi * np.arange(n) / n
    return np.stack([2 * np.cos(turn) + np.cos(2 * turn), 2 * np.sin(turn) - np.sin(2 * turn)], axis=1) / 3


# Ways of the focal spot in its plane, as parts of the largest way from the middle, shape (shot, 2).
# Source: Littleton, Tomography: Physical Principles and Clinical Applications, 1976.
PATHS: Mapping[str, Callable[[int], FloatArray]] = {
    "linear": _linear,
    "circular": _circular,
    "hypocycloidal": _hypocycloidal,
    "arc": _linear,
}


@dataclass(frozen=True)
class Acquisition:
    """Shots from several places onto one flat detector that stands still.

    Parameters
    ----------
    path
        One of `PATHS`; along u for "linear" (at one height) and "arc" (turning about the pivot).
    sweep_deg, n_shots
        The whole tomographic angle, seen from the pivot, and the number of shots.
    source_detector_mm, pivot_mm
        Height of the focal spot in the middle of its way, and of the pivot, above the detector.
    n_rows, n_columns, pixel_mm
        The detector.
    n_planes, plane_spacing_mm, lowest_plane_mm
        Planes of the image, and the height of the lowest above the detector.
    view, origin_mm
        One of `VIEWS`, and the height of the patient's origin above the detector.
    photons_per_pixel
        Photons that reach a pixel in one shot through air; 0 if the data are line integrals.
    energy_kev
        Effective energy of the beam.

    Raises
    ------
    GeometryError
        If lengths or numbers contradict each other.
    """

    path: str = "linear"
    sweep_deg: float = 40.0
    n_shots: int = 25
    source_detector_mm: float = 1000.0
    pivot_mm: float = 100.0
    n_rows: int = 128
    n_columns: int = 160
    pixel_mm: float = 1.0
    n_planes: int = 21
    plane_spacing_mm: float = 5.0
    lowest_plane_mm: float = 50.0
    view: str = "frontal"
    origin_mm: float = 100.0
    photons_per_pixel: float = 1e5
    energy_kev: float = 60.0

    def __post_init__(self) -> None:
        for name in (
            "n_shots",
            "source_detector_mm",
            "n_rows",
            "n_columns",
            "pixel_mm",
            "n_planes",
            "plane_spacing_mm",
            "energy_kev",
        ):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise GeometryError(
                    f"{name} must be positive.", field=name, found=getattr(self, name), expected="more than 0"
                )
        for name, known in (("path", tuple(PATHS)), ("view", tuple(VIEWS))):
            if getattr(self, name) not in known:
                raise GeometryError(
                    f"{name} is not known.", field=name, found=getattr(self, name), expected=", ".join(known)
                )
        if not 0 < self.sweep_deg <= MAX_SWEEP_DEG:
            raise GeometryError(
                "The sweep is no limited angle.",
                field="sweep_deg",
                found=self.sweep_deg,
                expected=f"more than 0, at most {MAX_SWEEP_DEG:g}",
            )
        if not (np.isfinite(self.photons_per_pixel) and self.photons_per_pixel >= 0):
            raise GeometryError(
                "photons_per_pixel cannot be negative.", field="photons_per_pixel", found=self.photons_per_pixel
            )
        lowest_source = float(self.sources_mm[:, 2].min())
        top = float(self.heights_mm[0])
        if not (self.lowest_plane_mm >= 0 and top < lowest_source and 0 <= self.pivot_mm < self.source_detector_mm):
            raise GeometryError(
                "Planes and pivot lie between the detector and the focal spot.",
                field="lowest_plane_mm, n_planes, pivot_mm",
                found=f"planes from {self.lowest_plane_mm:g} to {top:g} mm, pivot at {self.pivot_mm:g} mm",
                expected=f"0 to less than {lowest_source:g} mm above the detector",
            )

    @property
    def sources_mm(self) -> FloatArray:
        """Where the focal spot stands, (u, v, height above the detector), shape (shot, 3)."""
        way = PATHS[self.path](self.n_shots)
        arm, half = self.source_detector_mm - self.pivot_mm, radians(self.sweep_deg / 2)
        if self.path == "arc":
            angle = way[:, 0] * half
            return np.stack([arm * np.sin(angle), np.zeros_like(angle), self.pivot_mm + arm * np.cos(angle)], axis=1)
        reach = arm * tan(half)
        height = np.full(self.n_shots, self.source_detector_mm)
        return np.column_stack([way * reach, height])

    @property
    def heights_mm(self) -> FloatArray:
        """Heights of the planes above the detector, from the highest down, shape (plane,)."""
        return self.lowest_plane_mm + np.arange(self.n_planes)[::-1] * self.plane_spacing_mm

    @property
    def detector_shape(self) -> tuple[int, int]:
        """(row, column)."""
        return self.n_rows, self.n_columns

    @property
    def data_shape(self) -> tuple[int, int, int]:
        """(shot, row, column)."""
        return self.n_shots, self.n_rows, self.n_columns

    @property
    def patient_from_scanner(self) -> FloatArray:
        """3x3 matrix; its columns are the patient's directions of u, v and towards the detector."""
        return np.array(VIEWS[self.view], dtype=float)

    def in_patient_mm(self, points_mm: FloatArray) -> FloatArray:
        """Return points (..., 3) as (u, v, height) in LPS."""
        scanner = np.array(points_mm, dtype=float)
        scanner[..., 2] = self.origin_mm - scanner[..., 2]
        positions: FloatArray = scanner @ self.patient_from_scanner.T
        return positions
