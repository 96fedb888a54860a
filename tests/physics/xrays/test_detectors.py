"""Detectors against closed forms: moments of noise, cross-talk, afterglow, charge sharing and dead time."""

import numpy as np
import pytest
from scipy.stats import norm

from isocenter.core.errors import DataError, OptionError
from isocenter.physics.xrays.integrating_detector import IntegratingDetector
from isocenter.physics.xrays.photon_counting_detector import PhotonCountingDetector, charge_shares


def test_a_reading_has_the_mean_and_variance_of_many_energies(rng: np.random.Generator) -> None:
    energies, numbers = np.array([30.0, 60.0, 100.0]), np.array([40.0, 25.0, 10.0])
    mean, square = float(numbers @ energies), float(numbers @ energies**2)
    shape = (200, 500)
    read = IntegratingDetector(electronic_noise_kev=150.0).read(np.full(shape, mean), np.full(shape, square), rng)
    assert read.mean() == pytest.approx(mean, rel=0.002)
    assert read.var() == pytest.approx(square + 150.0**2, rel=0.02)


def test_crosstalk_blurs_by_its_closed_form() -> None:
    detector = IntegratingDetector(crosstalk=0.06)
    frequency = 1 / 8
    wave = 1 + 0.5 * np.cos(2 * np.pi * frequency * np.arange(64))
    seen = detector.read(wave[None], wave[None], None)[0]
    assert np.ptp(seen[8:-8]) / np.ptp(wave) == pytest.approx(float(detector.modulation(np.array([frequency]))[0]))


def test_afterglow_falls_by_its_time_and_keeps_the_light() -> None:
    detector = IntegratingDetector(afterglow=0.1, afterglow_views=5.0)
    light = np.zeros((60, 1))
    light[:10] = 1.0
    seen = detector.read(light, light, None)[:, 0]
    assert seen[:10] == pytest.approx(1.0)
    assert seen[20] / seen[15] == pytest.approx(np.exp(-1.0))
    assert seen[10] == pytest.approx(0.1 * np.exp(-1 / 5))


def test_shared_charge_adds_up_to_all_of_it() -> None:
    parts, weights = charge_shares(0.3, 0.03)
    assert parts @ weights == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("threshold", [0.1, 0.25, 0.5, 0.75])
def test_counts_of_shared_charge_follow_the_closed_form(threshold: float) -> None:
    """Each of four edges moves by s Phi^-1(1 - t/E); corners add what is quadratic in s / p."""
    pixel, sigma = 1.0, 0.004
    detector = PhotonCountingDetector(pixel_mm=pixel, charge_sigma_mm=sigma, resolution_fwhm_kev=0.5)
    counts = detector.counts_above(np.array([100.0]), 100 * threshold)[0]
    assert counts == pytest.approx(1 + 4 * sigma / pixel * norm.ppf(1 - threshold), abs=4 * (sigma / pixel) ** 2 * 10)


def test_counts_of_shared_charge_are_those_of_thrown_clouds(rng: np.random.Generator) -> None:
    """Photons at random over a pixel, their charge split among its neighbours."""
    pixel, sigma, n = 0.3, 0.03, 200_000
    places = rng.uniform(-pixel / 2, pixel / 2, (n, 2))
    edges = np.array([-1.5, -0.5, 0.5, 1.5]) * pixel
    parts = norm.cdf(edges[None, :, None], places[:, None], sigma)
    split = np.diff(parts, axis=1)
    charge = 60.0 * split[:, :, None, 0] * split[:, None, :, 1]
    detector = PhotonCountingDetector(pixel_mm=pixel, charge_sigma_mm=sigma, resolution_fwhm_kev=2.0)
    seen = charge + rng.normal(0, 2.0 / 2.3548, charge.shape)
    for threshold in (20.0, 30.0, 45.0):
        thrown = (seen > threshold).sum() / n
        assert detector.counts_above(np.array([60.0]), threshold)[0] == pytest.approx(thrown, rel=0.005)


def test_bins_share_out_what_is_above_the_lowest_threshold() -> None:
    detector, energies = PhotonCountingDetector(), np.array([40.0, 70.0, 100.0])
    bins = detector.bin_response(energies, np.array([25.0, 50.0, 75.0, 200.0]))
    assert bins.sum(axis=0) == pytest.approx(detector.counts_above(energies, 25.0))
    assert (bins.argmax(axis=0) == [0, 1, 2]).all()


@pytest.mark.parametrize("kind", ["paralysable", "non-paralysable"])
def test_dead_time_is_that_of_photons_thrown_in_time(kind: str, rng: np.random.Generator) -> None:
    detector = PhotonCountingDetector(dead_time_ns=50.0, dead_time=kind)  # type: ignore[arg-type]
    rate, n = 8e6, 400_000
    times = np.cumsum(rng.exponential(1 / rate, n))
    if kind == "paralysable":
        counted = 1 + int((np.diff(times) > 50e-9).sum())
    else:
        counted, free_at = 0, 0.0
        for time in times:
            if time >= free_at:
                counted, free_at = counted + 1, time + 50e-9
    assert detector.recorded_rate(np.array(rate)) == pytest.approx(counted / times[-1], rel=0.006)


@pytest.mark.parametrize("kind", ["paralysable", "non-paralysable"])
def test_the_true_rate_comes_back(kind: str) -> None:
    detector = PhotonCountingDetector(dead_time_ns=20.0, dead_time=kind)  # type: ignore[arg-type]
    rates = np.array([0.0, 1e4, 1e6, 1e7, 4.5e7])
    assert detector.true_rate(detector.recorded_rate(rates)) == pytest.approx(rates, rel=1e-9, abs=1e-6)


def test_counts_that_no_rate_can_make_are_refused() -> None:
    with pytest.raises(DataError, match="cannot count so fast"):
        PhotonCountingDetector(dead_time_ns=100.0).true_rate(np.array([2e7]))


@pytest.mark.parametrize("edges", [[50.0], [50.0, 40.0, 120.0], [20.0, 20.0, 120.0], [20.0, float("nan"), 120.0]])
def test_energy_bins_that_contradict_are_refused(edges: list[float]) -> None:
    with pytest.raises(OptionError, match="contradict"):
        PhotonCountingDetector().bin_response(np.array([60.0]), np.array(edges))


@pytest.mark.parametrize(
    "given",
    [{"pixel_mm": 0.0}, {"charge_sigma_mm": 0.3}, {"dead_time_ns": -1.0}, {"resolution_fwhm_kev": float("nan")}],
)
def test_an_impossible_detector_is_refused(given: dict[str, float]) -> None:
    with pytest.raises(OptionError):
        PhotonCountingDetector(**given)  # type: ignore[arg-type]
