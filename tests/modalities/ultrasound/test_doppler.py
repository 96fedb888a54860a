"""Doppler: velocities, what is taken out before them, and what cannot be seen."""

import numpy as np
import pytest

from isocenter.core.arrays import ComplexArray
from isocenter.core.errors import OptionError
from isocenter.modalities.ultrasound import doppler

HOW = {"prf_hz": 4e3, "center_hz": 5e6, "sound_speed_m_s": 1540.0}


def _moving(velocity_m_s: float, n_frames: int = 32, amplitude: float = 1.0) -> ComplexArray:
    cycles = 2 * velocity_m_s * 5e6 / 1540 / 4e3
    series: ComplexArray = amplitude * np.exp(2j * np.pi * cycles * np.arange(n_frames))
    return series[:, np.newaxis, np.newaxis] * np.ones((4, 5))


def test_the_nyquist_velocity_is_that_of_the_textbook() -> None:
    assert doppler.nyquist_m_s(**HOW) == pytest.approx(0.308)


@pytest.mark.parametrize("velocity", [-0.3, -0.01, 0.0, 0.2])
def test_velocity_comes_back(velocity: float) -> None:
    assert doppler.colour_velocity(_moving(velocity), **HOW) == pytest.approx(velocity, abs=1e-12)


def test_what_is_too_fast_is_folded_and_can_be_unfolded() -> None:
    speed = doppler.nyquist_m_s(**HOW)
    profile = np.linspace(0, 0.5, 40)
    folded = np.array([doppler.colour_velocity(_moving(v), **HOW)[0, 0] for v in profile])
    assert folded.max() < speed
    assert doppler.unfolded(folded, speed) == pytest.approx(profile, abs=1e-9)


@pytest.mark.parametrize("name", ["polynomial", "fir", "svd"])
def test_tissue_a_thousand_times_stronger_does_not_hide_flow(name: str, rng: np.random.Generator) -> None:
    shape = (24, 20)
    tissue = 1000 * (rng.standard_normal(shape) + 1j * rng.standard_normal(shape))
    flow = _moving(0.15)[:, :1, :1] * (rng.standard_normal(shape) + 1j * rng.standard_normal(shape))
    frames = tissue + flow
    filtered = {
        "polynomial": lambda: doppler.polynomial_filtered(frames, order=1),
        "fir": lambda: doppler.highpass_filtered(frames, cutoff_hz=400, prf_hz=4e3),
        "svd": lambda: doppler.svd_filtered(frames, n_removed=1),
    }[name]()
    velocity = doppler.colour_velocity(filtered, **HOW, smoothing=5)
    assert np.median(velocity) == pytest.approx(0.15, abs=0.01)
    # Without a filter only the tissue is seen.
    assert np.abs(np.median(doppler.colour_velocity(frames, **HOW))) < 0.01


def test_a_polynomial_filter_leaves_nothing_of_its_own_order() -> None:
    times = np.linspace(0, 1, 16)
    frames = (3 + 2j * times - times**2)[:, np.newaxis, np.newaxis] * np.ones((2, 2))
    assert np.abs(doppler.polynomial_filtered(frames, order=2)).max() < 1e-12


def test_a_spectrum_has_its_peak_at_the_velocity() -> None:
    power, velocities, times = doppler.spectrogram(_moving(0.1, 256)[:, 0, 0], **HOW)
    step = velocities[1] - velocities[0]
    assert np.abs(velocities[power.argmax(axis=0)] - 0.1).max() <= step
    assert velocities[0] == pytest.approx(-0.308)
    assert np.diff(times) == pytest.approx(8 / 4e3)


def test_variance_is_0_for_one_velocity_and_large_for_noise(rng: np.random.Generator) -> None:
    noise = rng.standard_normal((64, 8, 8)) + 1j * rng.standard_normal((64, 8, 8))
    assert np.abs(doppler.doppler_variance(_moving(0.1))).max() < 1e-12
    assert doppler.doppler_variance(noise).mean() > 0.7


def test_flow_across_the_beam_is_found_from_two_sides() -> None:
    flow = np.array([0.3, -0.12])  # to +x, and towards the probe
    send = np.array([-10.0, 10.0, 0.0])
    listen = np.array([-10.0, 10.0, 5.0])
    ways = np.radians(np.stack([send, listen]))
    looks = (np.stack([np.sin(ways), np.cos(ways)]).sum(axis=1) / 2).T
    towards = -(looks @ flow)  # away from the probe is +z
    vectors = doppler.flow_vectors(towards[:, np.newaxis, np.newaxis] * np.ones((3, 2, 2)), send, listen)
    assert vectors[:, 0, 0] == pytest.approx(flow)
    with pytest.raises(OptionError, match="two directions"):
        doppler.flow_vectors(np.zeros((2, 3)), np.array([0.0, 0.0]), np.array([0.0, 0.0]))


def test_too_few_frames_are_refused() -> None:
    for act in (
        lambda: doppler.autocorrelation(_moving(0.1, 1)),
        lambda: doppler.polynomial_filtered(_moving(0.1, 2), order=1),
        lambda: doppler.highpass_filtered(_moving(0.1, 4), cutoff_hz=100, prf_hz=4e3, n_taps=5),
        lambda: doppler.svd_filtered(_moving(0.1, 3), n_removed=3),
    ):
        with pytest.raises(OptionError):
            act()
