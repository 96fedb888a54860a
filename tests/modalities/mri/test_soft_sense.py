"""Several sets of coil maps where the object is larger than its field of view."""

from dataclasses import replace

import numpy as np
import pytest

from isocenter.core.errors import DataError, NotSupportedError
from isocenter.kernels import fourier
from isocenter.modalities import mri
from isocenter.modalities.mri.geometry import encoded_grid, forward_operator
from isocenter.modalities.mri.soft_sense import estimate_map_sets
from isocenter.operators.soft_sensitivity import SoftSensitivityOperator
from isocenter.physics.bodies import BODIES

# The head is 196 mm from front to back; 150 mm fold it.
N = 96
SCAN = mri.Acquisition(
    n_coils=8,
    encoded_shape=(1, N, N),
    encoded_fov_mm=(5.0, 150.0, 240.0),
    center_mm=(0.0, 0.0, 8.0),
    field_t=1.5,
    repetition_time_s=4.0,
    echo_time_s=0.09,
    sequence="spin echo",
    coils=mri.CoilArray(8, 240.0),
)


def undersampled() -> mri.Acquisition:
    sampled = np.zeros((1, N), dtype=bool)
    sampled[:, ::2] = True
    sampled[:, N // 2 - 12 : N // 2 + 12] = True
    return replace(SCAN, sampled=sampled)


def test_the_adjoint_is_exact(rng: np.random.Generator) -> None:
    maps = rng.standard_normal((2, 4, 1, 6, 5)) + 1j * rng.standard_normal((2, 4, 1, 6, 5))
    assert SoftSensitivityOperator(maps).check(rng, dtype="complex128") < 1e-12
    with pytest.raises(ValueError, match="sets and coils"):
        SoftSensitivityOperator(maps[0, 0, 0])


def test_two_images_are_seen_as_their_sum(rng: np.random.Generator) -> None:
    maps = rng.standard_normal((2, 8, 1, N, N)) + 1j * rng.standard_normal((2, 8, 1, N, N))
    images = rng.standard_normal((2, 1, N, N)) + 0j
    A = forward_operator(SCAN, encoded_grid(SCAN), maps)
    assert A(images) == pytest.approx(fourier.fft(maps[0] * images[0] + maps[1] * images[1], (-2, -1)))


def test_a_folded_head_needs_two_sets_of_maps() -> None:
    """What is behind the fold is in the data of all coils: the full scan's sum of squares is the truth."""
    body = BODIES["head"]()
    full = mri.simulate(body, SCAN, np.random.default_rng(0))
    few = mri.simulate(body, undersampled(), np.random.default_rng(0))
    truth = mri.reconstruct(full, method="rss").values
    errors = {
        n_maps: np.linalg.norm(mri.reconstruct(few, method="soft-sense", n_maps=n_maps, damping=1e-4).values - truth)
        / np.linalg.norm(truth)
        for n_maps in (1, 2)
    }
    assert errors[2] < 0.03
    assert errors[1] > 2.5 * errors[2]


def test_other_scans_are_refused() -> None:
    with pytest.raises(NotSupportedError, match="Cartesian slices"):
        estimate_map_sets(np.zeros((8, 8, N, N), dtype=complex), replace(SCAN, encoded_shape=(8, N, N), is_3d=True))
    with pytest.raises(DataError, match="Too few lines"):
        estimate_map_sets(np.zeros((8, 1, N, N), dtype=complex), replace(SCAN, sampled=np.arange(N)[None] % 2 == 0))
