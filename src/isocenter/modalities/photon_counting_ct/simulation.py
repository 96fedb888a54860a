"""The virtual photon-counting scanner: counts of a body whose lengths in each tissue are known in closed form."""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.modalities.photon_counting_ct.acquisition import Acquisition
from isocenter.modalities.photon_counting_ct.geometry import rays_in_patient_mm
from isocenter.modalities.photon_counting_ct.measurement import Measurement
from isocenter.modalities.photon_counting_ct.spectral_model import SpectralModel
from isocenter.physics.xrays.transmission import (
    HasLineIntegrals,
    attenuation_table_per_mm,
    tissue_lengths_mm,
    transmitted,
)

EXAMPLE_BODY = "multi-energy"


def expected_counts(body: HasLineIntegrals, acquisition: Acquisition) -> FloatArray:
    """Return the mean counts (energy, view, bin), less those that fall into dead times.

    Lengths come from the body's closed form. Dead time takes its part of all bins alike: pile-up loses counts here, but
    does not move them to higher bins.
    """
    model = SpectralModel.of(acquisition)
    tissues, lengths = tissue_lengths_mm(body, *rays_in_patient_mm(acquisition))
    counts = transmitted(model.weights, attenuation_table_per_mm(tissues, model.energies_kev), lengths)
    if acquisition.dead_time_ns == 0:
        return counts
    total = np.maximum(counts.sum(axis=0), 1e-30)
    per_s = total / (acquisition.pixels_per_bin * acquisition.view_s)
    seen: FloatArray = counts * (acquisition.detector.recorded_rate(per_s) / per_s)
    return seen


def simulate(body: HasLineIntegrals, acquisition: Acquisition, rng: np.random.Generator) -> Measurement:
    """Scan `body` with Poisson noise; the same `rng` state gives the same counts."""
    return Measurement(acquisition, rng.poisson(expected_counts(body, acquisition)).astype(np.float32))


def example_acquisition() -> Acquisition:
    """Return a full turn with four energy bins that tell water, iodine and gadolinium apart."""
    return Acquisition(
        angles_rad=np.arange(360) * (2 * np.pi / 360),
        thresholds_kev=np.array([20.0, 35.0, 51.0, 70.0]),
        n_bins=320,
        bin_width_mm=1.35,
        mas=400.0,
        second_contrast="Gd",
    )
