"""The soft threshold in one pass is the formula, and its sum is what remains."""

import numpy as np
import pytest

from isocenter.kernels.soft_threshold import can_threshold, soft_threshold


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128])
def test_magnitudes_shrink_and_phases_stay(dtype: type, rng: np.random.Generator) -> None:
    values = rng.standard_normal((7, 9)) + 1j * rng.standard_normal((7, 9))
    x = (values if np.dtype(dtype).kind == "c" else values.real).astype(dtype)
    x[0, 0] = 0
    before = x.copy()
    found, total = soft_threshold(x, 0.7)
    kept = np.maximum(np.abs(x) - 0.7, 0)
    assert found.dtype == dtype
    assert found == pytest.approx(kept * np.exp(1j * np.angle(x)), abs=1e-6)
    assert total == pytest.approx(kept.sum(dtype=float), rel=1e-6)
    assert np.array_equal(x, before)


@pytest.mark.parametrize("dtype", [np.float32, np.complex64])
def test_what_is_no_number_stays_none(dtype: type) -> None:
    found, _ = soft_threshold(np.array([1, np.nan], dtype=dtype), 0.5)
    assert found[0] == pytest.approx(0.5)
    assert np.isnan(found[1])


def test_turned_arrays_are_read_in_their_order(rng: np.random.Generator) -> None:
    x = rng.standard_normal((4, 6)).T
    assert np.array_equal(soft_threshold(x, 0.1)[0], soft_threshold(x.copy(), 0.1)[0])


def test_other_arrays_are_left_to_others() -> None:
    assert not can_threshold([1.0])
    assert not can_threshold(np.zeros(3, dtype=int))
