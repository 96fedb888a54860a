"""The virtual CT scanner with a real tube: all energies of the spectrum, an integrating detector, scatter."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import OptionError
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.modalities.ct.geometry import rays_in_patient_mm
from isocenter.modalities.ct.measurement import Measurement
from isocenter.operators.projection import directions
from isocenter.physics.xrays.ct_dose import Dose, Phantom, estimate_dose
from isocenter.physics.xrays.focal_spot import FocalSpot
from isocenter.physics.xrays.integrating_detector import IntegratingDetector
from isocenter.physics.xrays.spectrum import Spectrum
from isocenter.physics.xrays.transmission import (
    HasLineIntegrals,
    attenuation_table_per_mm,
    tissue_lengths_mm,
    transmitted,
)
from isocenter.physics.xrays.tube import Tube

_REACH_MM = 1000.0


@dataclass(frozen=True)
class Beam:
    """Tube, tube load, detector and focal spot of a CT scanner.

    `mas` is the tube current times the time of one turn. `n_focal_points` point sources stand for the focal spot.
    """

    tube: Tube = field(default_factory=Tube)
    mas: float = 200.0
    detector: IntegratingDetector = field(default_factory=IntegratingDetector)
    focal_spot: FocalSpot = field(default_factory=lambda: FocalSpot(0.0, 0.0))
    n_focal_points: int = 1

    def __post_init__(self) -> None:
        if not (np.isfinite(self.mas) and self.mas > 0):
            raise OptionError("A scan needs a tube current.", field="mas", found=self.mas, expected="more than 0")

    def spectrum(self, acquisition: Acquisition) -> Spectrum:
        """Return the photons per mm2 and mAs at the detector (at 1 m for parallel rays)."""
        return self.tube.spectrum(acquisition.source_detector_mm or 1000.0)

    def weights_kev(self, acquisition: Acquisition) -> FloatArray:
        """Return the energy that each energy of the beam leaves in a bin in one view through air, shape (energy,)."""
        beam = self.spectrum(acquisition)
        magnification = acquisition.source_detector_mm / acquisition.source_isocenter_mm if _is_fan(acquisition) else 1
        is_cone = acquisition.geometry == "cone"
        height_mm = acquisition.row_height_mm if is_cone else acquisition.slice_spacing_mm * magnification
        area_mm2 = acquisition.bin_width_mm * height_mm
        photons = beam.photons * area_mm2 * self.mas / acquisition.n_views
        weights: FloatArray = photons * self.detector.absorbed(beam.energies_kev) * beam.energies_kev
        return weights

    def reference_kev(self, acquisition: Acquisition) -> float:
        """Return the energy that corrected data stand for: the mean of what the detector sees in air."""
        weights, beam = self.weights_kev(acquisition), self.spectrum(acquisition)
        return float(weights @ beam.energies_kev / weights.sum())

    def dose(self, acquisition: Acquisition, *, phantom: Phantom = "body") -> Dose:
        """Return the estimated dose of one turn over all slices or rows side by side."""
        length_mm = acquisition.n_slices * acquisition.slice_spacing_mm
        if acquisition.geometry == "cone":
            demagnified = acquisition.source_isocenter_mm / acquisition.source_detector_mm
            length_mm = acquisition.n_rows * acquisition.row_height_mm * demagnified
        return estimate_dose(
            self.tube,
            self.mas,
            source_isocenter_mm=acquisition.source_isocenter_mm or 570.0,
            scan_length_mm=length_mm,
            phantom=phantom,
        )


def simulate_polychromatic(
    body: HasLineIntegrals,
    acquisition: Acquisition,
    beam: Beam,
    rng: np.random.Generator | None,
    *,
    scatter: FloatArray | None = None,
) -> Measurement:
    """Scan `body` with all energies of `beam`; the same `rng` state gives the same data, None gives no noise.

    Lengths in tissue come from the body's closed form. Readings are scaled so that `photons_per_bin` is the number of
    photons of one energy that would be as noisy in air; `energy_kev` becomes the beam's reference energy.

    Parameters
    ----------
    scatter
        Scattered over unattenuated primary signal, shape as the data or what broadcasts to it; left out, none.
    """
    energies = beam.spectrum(acquisition).energies_kev
    weights = beam.weights_kev(acquisition)
    moments = np.stack([weights, weights * energies])
    total = np.zeros((2, *acquisition.data_shape))
    offsets = beam.focal_spot.offsets_mm(beam.n_focal_points) if _is_fan(acquisition) else np.zeros(1)
    for offset_mm in offsets:
        starts, ends = _rays(acquisition, float(offset_mm))
        tissues, lengths = tissue_lengths_mm(body, starts, ends)
        total += transmitted(moments, attenuation_table_per_mm(tissues, energies), lengths) / offsets.size
    air_kev, air_kev2 = moments.sum(axis=1)
    if scatter is not None:
        total += np.array([air_kev, air_kev2]).reshape(2, *(1,) * (total.ndim - 1)) * scatter
    if acquisition.n_slices > 1:
        total = np.moveaxis(total, 1, 2)  # views first: afterglow runs along them
    read = beam.detector.read(total[0], total[1], rng)
    if acquisition.n_slices > 1:
        read = np.moveaxis(read, 0, 1)
    photons = float(air_kev**2 / air_kev2)
    known = replace(acquisition, photons_per_bin=photons, energy_kev=beam.reference_kev(acquisition))
    # Electronics may read below nothing; counts cannot.
    return Measurement(known, np.maximum(read / air_kev * photons, 0.0).astype(np.float32))


def _is_fan(acquisition: Acquisition) -> bool:
    return acquisition.source_isocenter_mm > 0 and acquisition.geometry != "parallel"


def _rays(acquisition: Acquisition, offset_mm: float) -> tuple[FloatArray, FloatArray]:
    """Return start and end of every ray, the source moved across the fan, the detector where it is."""
    if acquisition.geometry == "cone" and offset_mm:
        shifts = (
            np.zeros((acquisition.n_views, 3)) if acquisition.focus_shift_mm is None else acquisition.focus_shift_mm
        )
        moved_focus = shifts + np.array([offset_mm, 0.0, 0.0])
        return rays_in_patient_mm(replace(acquisition, focus_shift_mm=moved_focus), _REACH_MM)
    starts, ends = rays_in_patient_mm(acquisition, _REACH_MM)
    if offset_mm == 0.0:
        return starts, ends
    aims = ends - starts
    aims /= np.linalg.norm(aims, axis=-1, keepdims=True)
    to_detector = np.full(acquisition.n_bins, acquisition.source_detector_mm)
    if acquisition.detector == "flat":
        to_detector = to_detector / np.cos(acquisition.fan_rad)
    cells = starts + aims * to_detector[:, None]
    across = directions(acquisition.angles_rad)[1] @ acquisition.patient_from_gantry[:, :2].T
    moved = starts + offset_mm * across[:, None, :]
    aims = cells - moved
    aims /= np.linalg.norm(aims, axis=-1, keepdims=True)
    return moved, moved + aims * (acquisition.source_isocenter_mm + _REACH_MM)
