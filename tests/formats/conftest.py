"""Scans that the format tests write and read."""

import numpy as np
import pytest

from isocenter.modalities import ct
from isocenter.physics.bodies.disc import disc


@pytest.fixture
def ct_scan(rng: np.random.Generator) -> ct.Measurement:
    """Return a small fan scan of a disc, with photon counts."""
    acquisition = ct.Acquisition(
        np.linspace(0, 2 * np.pi, 40, endpoint=False),
        50,
        8.0,
        geometry="fan",
        detector="curved",
        source_isocenter_mm=500.0,
        source_detector_mm=900.0,
        n_slices=2,
        slice_spacing_mm=5.0,
        z_mm=-7.0,
        detector_offset_mm=2.0,
        patient_position="FFS",
    )
    return ct.simulate(disc(radius_mm=60.0), acquisition, rng)
