"""The virtual tomograph: shots of a body whose line integrals are known in closed form."""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.modalities.tomosynthesis.acquisition import Acquisition
from isocenter.modalities.tomosynthesis.measurement import Measurement
from isocenter.physics.properties import attenuation_at
from isocenter.physics.xrays.transmission import HasLineIntegrals

EXAMPLE_BODY = "breast"


def exact_line_integrals(body: HasLineIntegrals, acquisition: Acquisition) -> FloatArray:
    """Return the line integrals (shot, row, column) from the focal spots to the middles of the pixels."""
    rows, columns = acquisition.detector_shape
    v, u = np.meshgrid(
        (np.arange(rows) - (rows - 1) / 2) * acquisition.pixel_mm,
        (np.arange(columns) - (columns - 1) / 2) * acquisition.pixel_mm,
        indexing="ij",
    )
    cells = acquisition.in_patient_mm(np.stack([u, v, np.zeros_like(u)], axis=-1))
    spots = acquisition.in_patient_mm(acquisition.sources_mm)
    value = attenuation_at(acquisition.energy_kev)
    return np.stack([body.line_integrals(np.broadcast_to(spot, cells.shape), cells, value) for spot in spots])


def simulate(body: HasLineIntegrals, acquisition: Acquisition, rng: np.random.Generator) -> Measurement:
    """Shoot at `body` with Poisson noise; the same `rng` state gives the same data.

    With `photons_per_pixel` 0 the measurement holds exact line integrals.
    """
    integrals = exact_line_integrals(body, acquisition)
    if not acquisition.photons_per_pixel:
        return Measurement(acquisition, integrals.astype(np.float32))
    counts = rng.poisson(acquisition.photons_per_pixel * np.exp(-integrals))
    return Measurement(acquisition, counts.astype(np.float32))


def example_acquisition() -> Acquisition:
    """Return a breast tomosynthesis of 15 shots over 40 degrees."""
    return Acquisition(
        path="arc",
        sweep_deg=40.0,
        n_shots=15,
        source_detector_mm=655.0,
        pivot_mm=45.0,
        n_rows=200,
        n_columns=256,
        pixel_mm=0.55,
        n_planes=26,
        plane_spacing_mm=2.0,
        lowest_plane_mm=18.0,
        view="cranio-caudal",
        origin_mm=43.0,
        photons_per_pixel=2e5,
        energy_kev=22.0,
    )
