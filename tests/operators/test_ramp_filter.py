"""The ramp filter against its closed form."""

import numpy as np
import pytest

from isocenter.core.errors import OptionError
from isocenter.operators.ramp_filter import WINDOWS, ramp_filter, ramp_kernel_per_mm2


def test_the_kernel_is_that_of_kak_and_slaney() -> None:
    spacing_mm = 0.5
    expected = [1 / 4, -1 / np.pi**2, 0, -1 / (9 * np.pi**2)]
    assert ramp_kernel_per_mm2(4, spacing_mm) == pytest.approx(np.array(expected) / spacing_mm**2)


def test_an_impulse_gives_the_kernel(rng: np.random.Generator) -> None:
    impulse = np.zeros((2, 33))
    impulse[:, 16] = 1.0
    half = ramp_kernel_per_mm2(17, 0.8) * 0.8
    assert ramp_filter(impulse, 0.8)[1] == pytest.approx(np.concatenate([half[:0:-1], half]), abs=1e-12)


def test_the_filter_is_a_convolution_without_wrap(rng: np.random.Generator) -> None:
    views = rng.standard_normal((3, 40))
    half = ramp_kernel_per_mm2(40, 1.0)
    kernel = np.concatenate([half[:0:-1], half])
    expected = np.stack([np.convolve(view, kernel)[39:79] for view in views])
    assert ramp_filter(views, 1.0) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("window", sorted(set(WINDOWS) - {"ram-lak"}))
def test_windows_lower_the_noise_and_keep_the_mean(window: str, rng: np.random.Generator) -> None:
    views = rng.standard_normal((50, 256))
    assert ramp_filter(views, 1.0, window=window).std() < ramp_filter(views, 1.0).std()
    assert WINDOWS[window](np.zeros(1))[0] == pytest.approx(1.0)


def test_single_precision_stays_single() -> None:
    assert ramp_filter(np.ones((2, 8), np.float32), 1.0).dtype == np.float32


@pytest.mark.parametrize("options", [{"window": "box"}, {"cutoff": 0.0}, {"cutoff": 1.5}])
def test_wrong_options_are_refused(options: dict) -> None:
    with pytest.raises(OptionError):
        ramp_filter(np.ones((2, 8)), 1.0, **options)
