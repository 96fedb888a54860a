"""How a photon-counting CT scan was made: rays, tube, energy bins and detector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import GeometryError, OptionError
from isocenter.physics.xrays.ct_dose import Dose, estimate_dose
from isocenter.physics.xrays.photon_counting_detector import PhotonCountingDetector, require_edges
from isocenter.physics.xrays.tube import Tube

# Elements whose K edge lies where diagnostic photons are, with the edge in keV (xraylib).
K_EDGES_KEV = {"I": 33.17, "Ba": 37.44, "Gd": 50.24, "Yb": 61.33, "Au": 80.72}


@dataclass(frozen=True, eq=False)
class Acquisition:
    """One slice of a fan scan with a curved detector that counts photons into energy bins.

    Parameters
    ----------
    angles_rad
        View angles, shape (view,), even steps of a full turn. At 0 the rays run along +y, for a patient lying head
        first and supine from front to back; with growing angle the tube moves to the patient's left.
    thresholds_kev
        Lower edge of each energy bin, rising; the last bin ends at the tube voltage.
    n_bins, bin_width_mm, slice_thickness_mm
        Detector bins per view and their width along the arc; thickness of the slice at the isocenter.
    detector_offset_mm
        How far the middle of the detector lies from the central ray, towards growing bins.
    source_isocenter_mm, source_detector_mm
        Distances of the focal spot.
    kvp, anode_angle_deg, aluminium_mm, tin_mm, mas, rotation_s
        Tube, its filters, current times time of one turn, and that time.
    pixel_mm, charge_sigma_mm, resolution_fwhm_kev, crystal_mm, dead_time_ns
        The cadmium telluride detector; see `isocenter.physics.xrays.photon_counting_detector`.
    contrast, second_contrast
        Elements of the contrast agents that are told from water: one, or two for K-edge imaging; "" is none.
    z_mm
        Where the slice lies in the patient.

    Raises
    ------
    GeometryError, OptionError
        If lengths, energies or elements contradict each other.
    """

    angles_rad: FloatArray
    thresholds_kev: FloatArray
    n_bins: int
    bin_width_mm: float
    slice_thickness_mm: float = 2.0
    detector_offset_mm: float = 0.0
    source_isocenter_mm: float = 610.0
    source_detector_mm: float = 1113.0
    kvp: float = 120.0
    anode_angle_deg: float = 8.0
    aluminium_mm: float = 6.0
    tin_mm: float = 0.0
    mas: float = 200.0
    rotation_s: float = 0.5
    pixel_mm: float = 0.3
    charge_sigma_mm: float = 0.015
    resolution_fwhm_kev: float = 6.0
    crystal_mm: float = 1.6
    dead_time_ns: float = 0.0
    contrast: str = "I"
    second_contrast: str = ""
    z_mm: float = 0.0

    def __post_init__(self) -> None:
        for name in ("angles_rad", "thresholds_kev"):
            values = np.array(getattr(self, name), dtype=float)
            if values.ndim != 1 or values.size == 0 or not np.isfinite(values).all():
                raise GeometryError(f"{name} is a list of numbers.", field=name, found=values.shape)
            values.setflags(write=False)
            object.__setattr__(self, name, values)
        for name in (
            "n_bins",
            "bin_width_mm",
            "slice_thickness_mm",
            "source_isocenter_mm",
            "mas",
            "rotation_s",
        ):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise GeometryError(
                    f"{name} must be positive.", field=name, found=getattr(self, name), expected="more than 0"
                )
        if not self.source_detector_mm >= self.source_isocenter_mm:
            raise GeometryError(
                "The detector lies beyond the isocenter.",
                field="source_detector_mm",
                found=self.source_detector_mm,
                expected=f"at least {self.source_isocenter_mm:g} mm",
            )
        if not np.abs(self.fan_rad).max() < np.pi / 2:
            raise GeometryError("The fan is wider than half a turn.", field="n_bins", found=self.n_bins)
        self._require_energies()
        for name in ("detector", "tube"):
            getattr(self, name)  # they check themselves

    def _require_energies(self) -> None:
        edges = require_edges(np.append(self.thresholds_kev, self.kvp))
        if edges[0] < 10:
            raise OptionError(
                "The lowest threshold lies in the noise of the electronics.",
                field="thresholds_kev",
                found=f"{edges[0]:g} keV",
                expected="at least 10 keV",
            )
        for name in ("contrast", "second_contrast"):
            element = getattr(self, name)
            if element not in K_EDGES_KEV and not (name == "second_contrast" and element == ""):
                raise OptionError(
                    "This contrast agent is not known.", field=name, found=element, expected=", ".join(K_EDGES_KEV)
                )
        if self.second_contrast == self.contrast:
            raise OptionError("The two contrast agents are one.", field="second_contrast", found=self.second_contrast)
        if self.n_energies < self.n_materials:
            raise OptionError(
                "There are fewer energy bins than materials to tell apart.",
                field="thresholds_kev",
                found=f"{self.n_energies} bins",
                expected=f"at least {self.n_materials}: water, " + ", ".join(self.materials[1:]),
                remedy="Set more thresholds, or leave second_contrast out.",
            )

    @property
    def n_views(self) -> int:
        """Number of views."""
        return int(self.angles_rad.size)

    @property
    def n_energies(self) -> int:
        """Number of energy bins."""
        return int(self.thresholds_kev.size)

    @property
    def edges_kev(self) -> FloatArray:
        """Edges of the energy bins, shape (energy + 1,)."""
        return np.append(self.thresholds_kev, self.kvp)

    @property
    def materials(self) -> tuple[str, ...]:
        """Water and the elements of the contrast agents."""
        return tuple(name for name in ("water", self.contrast, self.second_contrast) if name)

    @property
    def n_materials(self) -> int:
        """Two, or three with a second contrast agent."""
        return len(self.materials)

    @property
    def data_shape(self) -> tuple[int, int, int]:
        """(energy, view, bin)."""
        return (self.n_energies, self.n_views, self.n_bins)

    @property
    def bin_angle_rad(self) -> float:
        """Angle between neighbouring bins, seen from the focal spot."""
        return self.bin_width_mm / self.source_detector_mm

    @property
    def middle_bin(self) -> float:
        """The bin, with its fraction, that the central ray meets."""
        return (self.n_bins - 1) / 2 - self.detector_offset_mm / self.bin_width_mm

    @property
    def fan_rad(self) -> FloatArray:
        """Angle of every bin from the central ray, shape (bin,)."""
        return (np.arange(self.n_bins) - self.middle_bin) * self.bin_angle_rad

    @property
    def fov_radius_mm(self) -> float:
        """Radius of the circle around the isocenter that every view sees."""
        return float(self.source_isocenter_mm * np.sin(np.abs(self.fan_rad[[0, -1]]).min()))

    @property
    def view_s(self) -> float:
        """Time of one view."""
        return self.rotation_s / self.n_views

    @property
    def pixels_per_bin(self) -> float:
        """How many detector pixels one bin of the data adds up."""
        height_mm = self.slice_thickness_mm * self.source_detector_mm / self.source_isocenter_mm
        return self.bin_width_mm * height_mm / self.pixel_mm**2

    @property
    def tube(self) -> Tube:
        """The tube with its filters."""
        filters = (("aluminium", self.aluminium_mm), ("tin", self.tin_mm))
        return Tube(self.kvp, self.anode_angle_deg, filters)

    @property
    def detector(self) -> PhotonCountingDetector:
        """The detector."""
        return PhotonCountingDetector(
            "cadmium telluride",
            self.crystal_mm,
            self.pixel_mm,
            self.charge_sigma_mm,
            self.resolution_fwhm_kev,
            self.dead_time_ns,
        )

    @property
    def dose(self) -> Dose:
        """The estimated dose of this slice, in the body phantom."""
        return estimate_dose(
            self.tube,
            self.mas,
            source_isocenter_mm=self.source_isocenter_mm,
            scan_length_mm=self.slice_thickness_mm,
        )
