"""What a scan's tube and detector make of materials: counts in air by energy, and attenuation of the basis."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.modalities.photon_counting_ct.acquisition import Acquisition
from isocenter.physics.attenuation import element_mass_attenuation_cm2_per_g
from isocenter.physics.properties import attenuation_curve_per_mm
from isocenter.physics.tissues import tissue
from isocenter.physics.xrays.photon_counting_detector import PhotonCountingDetector
from isocenter.physics.xrays.tube import Tube


@dataclass(frozen=True, eq=False)
class SpectralModel:
    """Counts through air by photon energy, and the basis.

    Parameters
    ----------
    energies_kev
        Photon energies, shape (photon energy,).
    weights
        Counts of each bin and photon energy in one view through air, shape (energy bin, photon energy).
    basis
        Attenuation of the basis, shape (material, photon energy): water in 1/mm, agents in 1/mm per mg/mL.
    """

    energies_kev: FloatArray
    weights: FloatArray
    basis: FloatArray

    @classmethod
    def of(cls, acquisition: Acquisition) -> SpectralModel:
        """Return the model of a scan, without dead time."""
        beam = acquisition.tube.spectrum(acquisition.source_detector_mm)
        energies = beam.energies_kev
        area_mm2 = acquisition.pixels_per_bin * acquisition.pixel_mm**2
        photons = beam.photons * area_mm2 * acquisition.mas / acquisition.n_views
        absorbed = photons * acquisition.detector.absorbed(energies)
        response = _response(acquisition.detector, acquisition.tube, tuple(acquisition.edges_kev))
        return cls(energies, response * absorbed, basis_per_mm(acquisition.materials, energies))

    @property
    def air(self) -> FloatArray:
        """Counts of each bin in one view through air, shape (energy bin,)."""
        counts: FloatArray = self.weights.sum(axis=1)
        return counts

    @property
    def effective(self) -> FloatArray:
        """Attenuation of the basis as each bin sees a little of it, shape (energy bin, material)."""
        mean: FloatArray = self.weights @ self.basis.T / self.air[:, None]
        return mean

    def information(self, lengths: FloatArray) -> FloatArray:
        """Return the Fisher information of the lengths (material, ...), shape (..., material, material).

        F_ij = sum over bins of (d lambda / d A_i)(d lambda / d A_j) / lambda. Its inverse bounds the covariance.
        Source: Roessl and Herrmann, Phys. Med. Biol. 54 (2009) 1307.
        """
        passed = np.exp(-np.tensordot(self.basis.T, lengths, 1))
        mean = np.tensordot(self.weights, passed, 1)
        slopes = np.stack([np.tensordot(self.weights * mu, passed, 1) for mu in self.basis])
        information: FloatArray = np.einsum("ib...,jb...,b...->...ij", slopes, slopes, 1 / mean)
        return information


def basis_per_mm(materials: tuple[str, ...], energies_kev: FloatArray) -> FloatArray:
    """Return attenuation by energy of water in 1/mm and of elements in 1/mm per mg/mL, shape (material, energy)."""
    rows = [
        attenuation_curve_per_mm(tissue(name), energies_kev)
        if name == "water"
        else np.array([element_mass_attenuation_cm2_per_g(name, float(e)) for e in energies_kev]) * 1e-4
        for name in materials
    ]
    return np.stack(rows)


@lru_cache(maxsize=16)
def _response(detector: PhotonCountingDetector, tube: Tube, edges_kev: tuple[float, ...]) -> FloatArray:
    energies = tube.spectrum().energies_kev
    # The last bin is open above: blurred photons of the highest energies still count.
    edges = np.array([*edges_kev[:-1], 10 * edges_kev[-1]])
    return detector.bin_response(energies, edges)
