"""How a CT scan was made: rays, detector, beam and the patient's place on the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import GeometryError
from isocenter.core.geometry import Direction

# How the gantry's axes lie in the patient: columns are the patient's directions (LPS) of gantry x, y and z.
# Source: DICOM PS3.3 sec. C.7.3.1.1.2 (Patient Position).
PATIENT_POSITIONS: Mapping[str, Direction] = {
    "HFS": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "HFP": ((-1, 0, 0), (0, -1, 0), (0, 0, 1)),
    "FFS": ((-1, 0, 0), (0, 1, 0), (0, 0, -1)),
    "FFP": ((1, 0, 0), (0, -1, 0), (0, 0, -1)),
}


@dataclass(frozen=True, eq=False)
class Acquisition:
    """A scan in parallel transverse planes: all that the forward model needs.

    Parameters
    ----------
    angles_rad
        View angles, shape (view,). At 0 the rays run along +y, for a patient lying head first and supine
        from front to back; with growing angle the tube moves from the front to the patient's left.
    n_bins, bin_width_mm
        Detector bins per view and their width on the detector (on a curved one, along the arc).
    geometry
        "parallel" or "fan".
    detector_offset_mm
        How far the middle of the detector lies from the central ray, towards growing bins.
    source_isocenter_mm, source_detector_mm, detector
        Distances of the fan's source, and the shape of its detector: "flat" or "curved".
    photons_per_bin
        Photons that reach a bin through air; None if the data are line integrals.
    energy_kev
        Effective energy of the beam.
    n_slices, slice_spacing_mm, z_mm
        How many planes, their distance, and where the middle one lies in the patient.
    patient_position
        One of `PATIENT_POSITIONS`.

    Raises
    ------
    GeometryError
        If a length or a count is not positive, or the fan is not complete.
    """

    angles_rad: FloatArray
    n_bins: int
    bin_width_mm: float
    geometry: Literal["parallel", "fan"] = "parallel"
    detector_offset_mm: float = 0.0
    source_isocenter_mm: float = 0.0
    source_detector_mm: float = 0.0
    detector: Literal["flat", "curved"] = "flat"
    photons_per_bin: float | None = 1e5
    energy_kev: float = 70.0
    n_slices: int = 1
    slice_spacing_mm: float = 1.0
    z_mm: float = 0.0
    patient_position: str = "HFS"

    def __post_init__(self) -> None:
        angles = np.array(self.angles_rad, dtype=float)
        if angles.ndim != 1 or angles.size == 0 or not np.isfinite(angles).all():
            raise GeometryError(
                "A scan needs its view angles.",
                field="angles_rad",
                found=angles.shape,
                expected="finite, shape (view,)",
            )
        angles.setflags(write=False)
        object.__setattr__(self, "angles_rad", angles)
        for name in ("n_bins", "bin_width_mm", "n_slices", "slice_spacing_mm", "energy_kev"):
            self._require_positive(name)
        if self.photons_per_bin is not None:
            self._require_positive("photons_per_bin")
        self._require_word("geometry", ("parallel", "fan"))
        self._require_word("detector", ("flat", "curved"))
        self._require_word("patient_position", tuple(PATIENT_POSITIONS))
        if self.geometry == "fan":
            self._require_fan()

    def _require_positive(self, name: str) -> None:
        value = getattr(self, name)
        if not (np.isfinite(value) and value > 0):
            raise GeometryError(f"{name} must be positive.", field=name, found=value, expected="more than 0")

    def _require_word(self, name: str, known: tuple[str, ...]) -> None:
        if getattr(self, name) not in known:
            raise GeometryError(
                f"{name} is not known.", field=name, found=getattr(self, name), expected=", ".join(known)
            )

    def _require_fan(self) -> None:
        self._require_positive("source_isocenter_mm")
        if not self.source_detector_mm >= self.source_isocenter_mm:
            raise GeometryError(
                "The detector of a fan lies beyond the isocenter.",
                field="source_detector_mm",
                found=self.source_detector_mm,
                expected=f"at least {self.source_isocenter_mm:g} mm",
            )
        if not self.fov_radius_mm < self.source_isocenter_mm:
            raise GeometryError("The fan is wider than half a turn.", field="n_bins", found=self.n_bins)

    @property
    def n_views(self) -> int:
        """Number of views."""
        return int(self.angles_rad.size)

    @property
    def data_shape(self) -> tuple[int, ...]:
        """(view, bin), with (slice) in front for more than one slice."""
        return (self.n_slices, self.n_views, self.n_bins)[self.n_slices == 1 :]

    @property
    def positions_mm(self) -> FloatArray:
        """Where the middles of the bins lie on the detector, shape (bin,)."""
        middles: FloatArray = (np.arange(self.n_bins) - (self.n_bins - 1) / 2) * self.bin_width_mm
        return middles + self.detector_offset_mm

    @property
    def fan_rad(self) -> FloatArray:
        """Angle of every bin from the central ray, shape (bin,); zeros for parallel rays."""
        if self.geometry == "parallel":
            return np.zeros(self.n_bins)
        ratio = self.positions_mm / self.source_detector_mm
        return ratio if self.detector == "curved" else np.arctan(ratio)

    @property
    def fov_radius_mm(self) -> float:
        """Radius of the circle around the isocenter that every view sees."""
        ends = np.abs(self.positions_mm[[0, -1]]).min()
        if self.geometry == "parallel":
            return float(ends)
        angle = ends / self.source_detector_mm
        angle = min(angle if self.detector == "curved" else np.arctan(angle), np.pi / 2)
        return float(self.source_isocenter_mm * np.sin(angle))

    @property
    def patient_from_gantry(self) -> FloatArray:
        """3x3 matrix that turns gantry axes into the patient's LPS axes."""
        return np.array(PATIENT_POSITIONS[self.patient_position], dtype=float)

    @property
    def slice_positions_mm(self) -> FloatArray:
        """Where the planes lie along the patient's z axis, in the order of the data, shape (slice,)."""
        order = self.patient_from_gantry[2, 2]
        steps: FloatArray = (np.arange(self.n_slices) - (self.n_slices - 1) / 2) * self.slice_spacing_mm * order
        return steps + self.z_mm
