"""The axis of rotation is found from the data."""

import numpy as np
import pytest

from isocenter.core.errors import DataError
from isocenter.modalities import ct
from isocenter.modalities.ct.rotation_center import estimate_rotation_center
from isocenter.physics.bodies import BODIES


@pytest.mark.parametrize("offset_bins", [-31.3, -4.0, 0.0, 2.6, 27.5])
@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_the_axis_is_found_to_a_fifth_of_a_bin(offset_bins: float, noise: float, rng: np.random.Generator) -> None:
    scan = ct.Acquisition(
        np.radians(np.arange(181)), 320, 1.5, detector_offset_mm=offset_bins * 1.5, photons_per_bin=None
    )
    data = ct.simulate(BODIES["head"](), scan, rng).data
    noisy = data + noise * rng.standard_normal(data.shape)
    assert estimate_rotation_center(noisy, scan.angles_rad) == pytest.approx(159.5 - offset_bins, abs=0.2)


def test_a_short_arc_has_no_opposite_views() -> None:
    with pytest.raises(DataError, match="half a turn"):
        estimate_rotation_center(np.ones((90, 20)), np.radians(np.arange(90)))
