"""Sixteen bits: the error is at most half a step, and the slope survives its decimal string."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isocenter.core.errors import DataError
from isocenter.dicom.writers.quantise import as_written, quantise, window_of


@settings(max_examples=200, deadline=None)
@given(
    st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.sampled_from(["1", "[hnsf'U]", "/mm", "ms"]), st.integers(0, 2**31)
)
def test_error_is_at_most_half_a_step(low: float, span: float, unit: str, seed: int) -> None:
    values = np.random.default_rng(seed).uniform(low, low + span, 200)
    if span < abs(low) * 1e-6:
        return  # the step would be lost in the decimal string of the intercept
    quantised = quantise(values, unit)
    assert as_written(quantised.slope) == quantised.slope
    assert as_written(quantised.intercept) == quantised.intercept
    restored = quantised.stored * quantised.slope + quantised.intercept
    assert np.abs(restored - values).max() <= 0.5 * quantised.slope * (1 + 1e-6)


def test_whole_numbers_are_exact() -> None:
    values = np.array([0, 5, 4095])
    quantised = quantise(values, "1")
    assert (quantised.slope, quantised.intercept) == (1.0, 0.0)
    assert np.array_equal(quantised.stored, values)
    signed = quantise(np.array([-300, 0, 60000]), "1")
    assert np.array_equal(signed.stored * signed.slope + signed.intercept, [-300, 0, 60000])


def test_narrow_ct_numbers_keep_their_fractions() -> None:
    values = np.linspace(-50, 100, 1000)
    assert quantise(values, "[hnsf'U]").slope < 0.01


def test_very_low_ct_numbers_move_the_intercept() -> None:
    quantised = quantise(np.array([-1500.0, 2000.0]), "[hnsf'U]")
    assert (quantised.slope, quantised.intercept) == (1.0, -1500.0)


def test_a_constant_image_is_kept() -> None:
    quantised = quantise(np.full(5, 0.1234), "1")
    assert quantised.stored * quantised.slope + quantised.intercept == pytest.approx(0.1234)


def test_what_has_no_number_is_refused() -> None:
    for values in (np.array([1.0, np.inf]), np.array([np.nan]), np.array([1j])):
        with pytest.raises(DataError):
            quantise(values, "1")


def test_windows_hold_what_matters() -> None:
    assert window_of(np.array([-1000.0, 1000.0]), "[hnsf'U]") == (40.0, 400.0)
    center, width = window_of(np.linspace(0, 1, 1001), "1")
    assert center == pytest.approx(0.5)
    assert width == pytest.approx(0.99, abs=1e-3)
    assert window_of(np.zeros(4), "1")[1] > 0


def test_ct_numbers_of_bodies_are_shown_as_soft_tissue_and_those_of_teeth_as_they_are() -> None:
    air, body = np.full(600, -1000.0), np.linspace(-100, 1200, 400)
    assert window_of(np.concatenate([air, body]), "[hnsf'U]") == (40.0, 400.0)
    assert window_of(air, "[hnsf'U]") == (40.0, 400.0)
    center, width = window_of(np.concatenate([air, np.linspace(5000, 12000, 400)]), "[hnsf'U]")
    assert center - width / 2 == pytest.approx(-1000, abs=50)
    assert center + width / 2 == pytest.approx(12000, abs=200)
