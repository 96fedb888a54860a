"""A beating disc, whose k-space is known at any time, from lines sorted by irregular heartbeats."""

import numpy as np
import pytest

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError, OptionError
from isocenter.kernels import fourier
from isocenter.modalities.mri import cine
from isocenter.physics.planar_shapes import Ellipse

N, FOV_MM, N_PHASES, LINE_S = 64, 160.0, 16, 0.004


def beats(rng: np.random.Generator, n: int = 40) -> FloatArray:
    return 0.3 + np.concatenate([[0.0], np.cumsum(0.9 + 0.15 * rng.uniform(-1, 1, n))])


def radius_mm(phase: FloatArray) -> FloatArray:
    return 30 - 8 * np.sin(np.pi * phase) ** 2


def scan(beats_s: FloatArray) -> tuple[np.ndarray, np.ndarray, FloatArray]:
    """Return lines (line, coil, x), their rows and times: segments of 8 rows, each repeated for 1.3 s."""
    kx = (np.arange(N) - N // 2) / FOV_MM
    lines, rows, times = [], [], []
    now = 0.5
    for segment in range(N // 8):
        for repeat in range(int(1.3 / LINE_S)):
            row = segment * 8 + repeat % 8
            phase = cine.cardiac_phases(np.array([now]), beats_s)[0]
            radius = float(radius_mm(np.array(phase)))
            k = np.column_stack([kx, np.full(N, (row - N // 2) / FOV_MM)])
            lines.append(Ellipse((0.0, 0.0), (radius, radius)).fourier(k) * N / FOV_MM**2)
            rows.append(row)
            times.append(now)
            now += LINE_S
    return np.array(lines)[:, None], np.array(rows), np.array(times)


def area_mm2(kspace: np.ndarray) -> FloatArray:
    image = np.abs(fourier.ifft(kspace, (-2, -1)))[..., 0, :, :]
    return (image > 0.5).sum(axis=(-2, -1)) * (FOV_MM / N) ** 2


def test_every_phase_has_its_radius(rng: np.random.Generator) -> None:
    beats_s = beats(rng)
    lines, rows, times = scan(beats_s)
    kspace, taken = cine.sorted_lines(lines, rows, cine.cardiac_phases(times, beats_s), N, N_PHASES)
    assert taken.all()
    expected = radius_mm((np.arange(N_PHASES) + 0.5) / N_PHASES)
    assert np.sqrt(area_mm2(kspace) / np.pi) == pytest.approx(expected, abs=0.8)
    # Without the heartbeats all phases look alike.
    blind, _ = cine.sorted_lines(lines, rows, (times / 10.0) % 1, N, N_PHASES)
    assert np.ptp(np.sqrt(area_mm2(blind) / np.pi)) < 0.5 * np.ptp(expected)


def test_phases_run_from_beat_to_beat() -> None:
    phases = cine.cardiac_phases(np.array([0.5, 1.0, 1.4, 1.8, 3.0]), np.array([1.0, 1.8, 2.8]))
    assert phases[1:4] == pytest.approx([0.0, 0.5, 0.0])
    assert np.isnan(phases[[0, 4]]).all()
    assert cine.usual_beats(np.array([0.0, 1.0, 2.0, 2.4, 3.4])).tolist() == [True, True, False, True]
    with pytest.raises(DataError, match="Heartbeats"):
        cine.cardiac_phases(np.zeros(1), np.array([1.0]))


def test_r_waves_are_found_among_t_waves_drift_and_noise(rng: np.random.Generator) -> None:
    rate = 400.0
    beats_s = beats(rng, 30)
    t = np.arange(0, beats_s[-1] + 0.5, 1 / rate)
    ecg = 0.3 * np.sin(2 * np.pi * 0.25 * t) + 0.02 * rng.standard_normal(t.size)
    for beat in beats_s:
        ecg += np.exp(-(((t - beat) / 0.010) ** 2)) - 0.25 * np.exp(-(((t - beat - 0.03) / 0.012) ** 2))
        ecg += 0.3 * np.exp(-(((t - beat - 0.28) / 0.05) ** 2)) + 0.12 * np.exp(-(((t - beat + 0.16) / 0.03) ** 2))
    found = cine.heartbeats_s(ecg, rate)
    assert found.size == beats_s.size
    assert found == pytest.approx(beats_s, abs=0.012)
    assert cine.heartbeats_s(-ecg, rate) == pytest.approx(beats_s, abs=0.03)
    with pytest.raises(OptionError, match="100 samples"):
        cine.heartbeats_s(ecg, 50.0)
    with pytest.raises(DataError, match="no heartbeats"):
        cine.heartbeats_s(np.zeros(2000), rate)


def test_rows_that_are_never_taken_stay_empty() -> None:
    lines = np.ones((4, 1, 8), dtype=complex)
    kspace, taken = cine.sorted_lines(lines, np.array([0, 0, 2, 3]), np.array([0.1, 0.6, np.nan, 0.3]), 4, 2)
    assert taken.tolist() == [[True, False, False, True]] * 2
    assert np.all(kspace[:, :, 1:3] == 0)
    with pytest.raises(DataError, match="outside of k-space"):
        cine.sorted_lines(lines, np.array([0, 1, 2, 9]), np.zeros(4), 4, 2)
