"""The virtual CT scanner: photon counts of a body whose line integrals are known in closed form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.modalities.ct.geometry import rays_in_patient_mm
from isocenter.modalities.ct.measurement import Measurement
from isocenter.physics.properties import attenuation_at

_REACH_MM = 1000.0
EXAMPLE_BODY = "thorax"


class HasLineIntegrals(Protocol):
    """A body that can be scanned with X-rays."""

    def line_integrals(self, starts_mm: FloatArray, ends_mm: FloatArray, value: Callable[..., Any]) -> FloatArray:
        """Return the integral of a tissue's value along segments between LPS points (..., 3)."""


def simulate(body: HasLineIntegrals, acquisition: Acquisition, rng: np.random.Generator) -> Measurement:
    """Scan `body` with photon noise; the same `rng` state gives the same counts.

    Line integrals come from the body's closed form, not from `forward_operator`. Without `photons_per_bin`
    the measurement holds the exact line integrals.
    """
    starts, ends = rays_in_patient_mm(acquisition, _REACH_MM)
    integrals = body.line_integrals(starts, ends, attenuation_at(acquisition.energy_kev))
    if acquisition.photons_per_bin is None:
        return Measurement(acquisition, integrals.astype(np.float32))
    counts = rng.poisson(acquisition.photons_per_bin * np.exp(-integrals))
    return Measurement(acquisition, counts.astype(np.float32))


def example_acquisition() -> Acquisition:
    """Return a full turn of a third-generation fan scanner with a curved detector."""
    return Acquisition(
        angles_rad=np.arange(720) * (2 * np.pi / 720),
        n_bins=512,
        bin_width_mm=1.85,
        geometry="fan",
        detector="curved",
        source_isocenter_mm=570.0,
        source_detector_mm=1040.0,
        photons_per_bin=5e5,
        energy_kev=70.0,
    )
