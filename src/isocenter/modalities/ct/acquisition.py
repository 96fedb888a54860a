"""How a CT scan was made: rays, detector, beam, the table's way and the patient's place on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from isocenter.core.arrays import FloatArray, IndexArray
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
    """A scan: all that the forward model needs.

    Parallel and fan scans are made of transverse planes, one after the other. A cone scan is one set of views of a
    detector with rows; its source goes in a circle, in a helix (`source_z_mm`) or where `projection_matrices` say.

    Parameters
    ----------
    angles_rad
        View angles, shape (view,). At 0 the rays run along +y, for a patient lying head first and supine
        from front to back; with growing angle the tube moves from the front to the patient's left.
    n_bins, bin_width_mm
        Detector bins per view and their width on the detector (on a curved one, along the arc).
    geometry
        "parallel", "fan" or "cone".
    detector_offset_mm
        How far the middle of the detector lies from the central ray, towards growing bins.
    source_isocenter_mm, source_detector_mm, detector
        Distances of the source, and the shape of the detector: "flat" or "curved" (an arc around the source).
    photons_per_bin
        Photons that reach a bin through air; None if the data are line integrals.
    energy_kev
        Effective energy of the beam.
    n_slices, slice_spacing_mm, z_mm
        How many planes, their distance, and where the middle one lies in the patient. For a cone, `n_slices` is 1 and
        the distance is that of the image's slices, unless a grid is given.
    patient_position
        One of `PATIENT_POSITIONS`.
    n_rows, row_height_mm, row_offset_mm
        Rows of a cone's detector, their height on it, and how far its middle lies from the source's plane, along z.
    source_z_mm
        Where the source of each view of a cone stands along the gantry's z, seen from `z_mm`, shape (view,): a helix.
    focus_shift_mm
        How far the focal spot of each view was deflected from its nominal place, along u, along the central ray
        towards the detector, and along z, shape (view, 3): a flying focal spot. The detector stays.
    projection_matrices
        3x4 matrices of a C-arm from (x, y, z, 1) in mm of the gantry to (bin w, row w, w), shape (view, 3, 4); they
        override distances, steps and offsets, and `angles_rad` then says which way the views lie.
    is_half_fan
        Whether the detector is shifted to see half of the object in each view of a full turn: what only one of two
        opposite views sees counts double, and the field of view reaches to the far end of the detector.

    Raises
    ------
    GeometryError
        If a length or a count is not positive, the fan is not complete, or parts contradict each other.
    """

    angles_rad: FloatArray
    n_bins: int
    bin_width_mm: float
    geometry: Literal["parallel", "fan", "cone"] = "parallel"
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
    n_rows: int = 1
    row_height_mm: float = 1.0
    row_offset_mm: float = 0.0
    source_z_mm: FloatArray | None = None
    focus_shift_mm: FloatArray | None = None
    projection_matrices: FloatArray | None = None
    is_half_fan: bool = False

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
        for name in ("n_bins", "bin_width_mm", "n_slices", "slice_spacing_mm", "energy_kev", "n_rows", "row_height_mm"):
            self._require_positive(name)
        if self.photons_per_bin is not None:
            self._require_positive("photons_per_bin")
        self._require_word("geometry", ("parallel", "fan", "cone"))
        self._require_word("detector", ("flat", "curved"))
        self._require_word("patient_position", tuple(PATIENT_POSITIONS))
        self._require_views("source_z_mm", (self.n_views,))
        self._require_views("focus_shift_mm", (self.n_views, 3))
        self._require_views("projection_matrices", (self.n_views, 3, 4))
        if self.projection_matrices is None:
            self._require_axis()
        if self.geometry != "parallel":
            self._require_fan()
        self._require_cone()

    def _require_views(self, name: str, shape: tuple[int, ...]) -> None:
        """Make an array with one entry per view read-only, if there is one."""
        if getattr(self, name) is None:
            return
        values = np.array(getattr(self, name), dtype=float)
        if values.shape != shape or not np.isfinite(values).all():
            raise GeometryError(
                f"{name} needs one finite entry per view.", field=name, found=values.shape, expected=shape
            )
        values.setflags(write=False)
        object.__setattr__(self, name, values)

    def _require_cone(self) -> None:
        """Raise if what belongs to one geometry is given for another."""
        if self.geometry == "cone":
            if self.n_slices != 1:
                raise GeometryError(
                    "A cone scan is not made of slices.",
                    field="n_slices",
                    found=self.n_slices,
                    expected="1",
                    remedy="Say n_rows for the detector; choose slices by the grid.",
                )
            if self.projection_matrices is not None and (self.source_z_mm is not None or self.detector == "curved"):
                raise GeometryError(
                    "Projection matrices say it all: a flat detector and its source.",
                    field="projection_matrices",
                    found="also source_z_mm or a curved detector",
                )
            return
        given = [
            name
            for name, is_given in (
                ("n_rows", self.n_rows != 1),
                ("source_z_mm", self.source_z_mm is not None),
                ("focus_shift_mm", self.focus_shift_mm is not None),
                ("projection_matrices", self.projection_matrices is not None),
            )
            if is_given
        ]
        if given:
            raise GeometryError(
                "Only a cone scan has these.", field=", ".join(given), found=self.geometry, expected='geometry "cone"'
            )

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

    def _require_axis(self) -> None:
        """Raise if the detector lies beside the axis of rotation: then no place is seen by every view."""
        low_mm, high_mm = self.positions_mm[[0, -1]] + np.array([-0.5, 0.5]) * self.bin_width_mm
        if not low_mm <= 0.0 <= high_mm:
            raise GeometryError(
                "The detector does not reach the axis of rotation.",
                field="detector_offset_mm",
                found=f"bins from {low_mm:g} to {high_mm:g} mm",
                expected="bins on both sides of the central ray, or up to it",
            )

    def subset(self, views: IndexArray | slice) -> Acquisition:
        """Return the scan of some of its views, in the order given."""
        taken = {
            name: getattr(self, name)[views]
            for name in ("angles_rad", "source_z_mm", "focus_shift_mm", "projection_matrices")
            if getattr(self, name) is not None
        }
        return replace(self, **taken)

    @property
    def n_views(self) -> int:
        """Number of views."""
        return int(self.angles_rad.size)

    @property
    def data_shape(self) -> tuple[int, ...]:
        """(view, row, bin) for a cone; else (view, bin), with (slice) in front for more than one slice."""
        if self.geometry == "cone":
            return (self.n_views, self.n_rows, self.n_bins)
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
        """Radius of the circle around the isocenter that every view sees; of a half fan, one of two opposite views."""
        ends = np.abs(self.positions_mm[[0, -1]])
        ends = ends.max() if self.is_half_fan else ends.min()
        if self.geometry == "parallel":
            return float(ends)
        angle = ends / self.source_detector_mm
        angle = min(angle if self.detector == "curved" else np.arctan(angle), np.pi / 2)
        return float(self.source_isocenter_mm * np.sin(angle))

    @property
    def is_helical(self) -> bool:
        """Whether the source moves along the table."""
        return self.source_z_mm is not None and float(np.ptp(self.source_z_mm)) > 1e-6

    @property
    def z_in_gantry_mm(self) -> float:
        """Where `z_mm` lies along the gantry's own z axis."""
        return float(self.patient_from_gantry[2, 2] * self.z_mm)

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
