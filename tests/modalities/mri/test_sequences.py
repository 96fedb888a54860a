"""Signals of pulse sequences against formulas and against isochromats, step by step."""

from dataclasses import replace

import numpy as np
import pytest

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError, OptionError
from isocenter.modalities import mri
from isocenter.modalities.mri import bloch, sequences
from isocenter.modalities.mri.contrast_agent import ContrastAgent, Uptake, arterial_blood_mm, tissue_mm
from isocenter.modalities.mri.sequences.fingerprinting import varied_flips_rad
from isocenter.modalities.mri.sequences.gradient_echo import with_agent
from isocenter.modalities.mri.spins import Spins, spins_of
from isocenter.physics.tissues import tissue

T1_S, T2_S = 0.9, 0.08
SPINS = Spins(T1_S, T2_S)


def scan(repetition_s: float, echo_s: float, flip_deg: float = 90.0, shape: tuple[int, int, int] = (1, 8, 8)):
    return mri.Acquisition(
        1,
        shape,
        (8.0 * shape[0], 64.0, 64.0),
        is_3d=shape[0] > 1,
        repetition_time_s=repetition_s,
        echo_time_s=echo_s,
        flip_angle_rad=np.deg2rad(flip_deg),
        field_t=3.0,
    )


def spoiled(vector: FloatArray) -> FloatArray:
    return vector * np.array([0.0, 0.0, 1.0])


def test_a_spin_echo_is_its_formula() -> None:
    signal = sequences.SpinEcho().amplitudes(SPINS, scan(0.6, 0.03))
    expected = 1 - 2 * np.exp(-(0.6 - 0.015) / T1_S) + np.exp(-0.6 / T1_S)
    assert signal == pytest.approx(expected * np.exp(-0.03 / T2_S))


@pytest.mark.parametrize("flip_deg", [5.0, 20.0, 90.0])
def test_ideal_spoiling_gives_ernsts_formula(flip_deg: float) -> None:
    signal = sequences.SpoiledGradientEcho().amplitudes(
        replace(SPINS, r2_prime_per_s=10.0), scan(0.02, 0.005, flip_deg)
    )
    recovery, flip = np.exp(-0.02 / T1_S), np.deg2rad(flip_deg)
    ernst = np.sin(flip) * (1 - recovery) / (1 - np.cos(flip) * recovery)
    assert signal == pytest.approx(ernst * np.exp(-0.005 * (1 / T2_S + 10.0)), rel=1e-12)


def test_the_ernst_angle_has_the_highest_signal() -> None:
    degrees = np.arange(2.0, 40.0, 0.25)
    signals = [abs(sequences.SpoiledGradientEcho().amplitudes(SPINS, scan(0.02, 1e-6, d))).item() for d in degrees]
    assert degrees[int(np.argmax(signals))] == pytest.approx(np.degrees(np.arccos(np.exp(-0.02 / T1_S))), abs=0.13)


def test_rf_spoiling_comes_near_to_ernst_and_keeps_its_phase() -> None:
    ideal = sequences.SpoiledGradientEcho().amplitudes(SPINS, scan(0.01, 0.002, 15.0)).item()
    spoiling = sequences.SpoiledGradientEcho(np.deg2rad(117.0)).amplitudes(SPINS, scan(0.01, 0.002, 15.0)).item()
    assert abs(spoiling) == pytest.approx(abs(ideal), rel=0.05)
    assert abs(np.angle(spoiling)) < 0.2
    unspoiled = sequences.SpoiledGradientEcho(0.0).amplitudes(SPINS, scan(0.01, 0.002, 15.0)).item()
    assert abs(unspoiled) > 1.2 * abs(ideal)


def test_balanced_ssfp_is_its_formula_on_resonance_and_dark_half_a_turn_off() -> None:
    repetition_s, flip = 0.005, np.deg2rad(40.0)
    timing = scan(repetition_s, repetition_s / 2, 40.0)
    e1, e2 = np.exp(-repetition_s / T1_S), np.exp(-repetition_s / T2_S)
    # Freeman and Hill 1971, pulses of alternating phase, at the echo.
    expected = np.sin(flip) * (1 - e1) * np.sqrt(e2) / (1 - (e1 - e2) * np.cos(flip) - e1 * e2)
    assert sequences.BalancedSsfp().amplitudes(SPINS, timing) == pytest.approx(expected, rel=1e-9)
    off = sequences.BalancedSsfp().amplitudes(replace(SPINS, offset_hz=0.5 / repetition_s), timing)
    assert abs(off).item() < 0.2 * expected
    # Within the band the echo is refocused: no phase (Scheffler and Hennig 2003).
    near = sequences.BalancedSsfp().amplitudes(replace(SPINS, offset_hz=0.1 / repetition_s), timing)
    assert np.angle(near).item() == pytest.approx(0.0, abs=0.02)


def test_inversion_recovery_has_no_signal_at_the_null() -> None:
    repetition_s = 3.0
    null_s = T1_S * np.log(2 / (1 + np.exp(-repetition_s / T1_S)))
    timing = scan(repetition_s, 1e-9)
    assert sequences.InversionRecovery(null_s).amplitudes(SPINS, timing) == pytest.approx(0.0, abs=1e-8)
    assert sequences.InversionRecovery(0.9 * null_s).amplitudes(SPINS, timing).real < -0.01
    assert sequences.InversionRecovery(1.1 * null_s).amplitudes(SPINS, timing).real > 0.01
    with pytest.raises(OptionError, match="inversion time"):
        sequences.InversionRecovery(3.1).amplitudes(SPINS, timing)


def test_mprage_is_what_bloch_vectors_do_step_by_step() -> None:
    n_train, spacing_s, repetition_s, inversion_s, flip = 8, 0.01, 1.5, 0.7, np.deg2rad(9.0)
    timing = scan(repetition_s, 0.003, 9.0, (n_train, 8, 8))
    found = sequences.Mprage(inversion_s, spacing_s).amplitudes(SPINS, timing)
    vector, first_s = np.array([0.0, 0.0, 1.0]), inversion_s - n_train // 2 * spacing_s
    signals: list[float] = []
    for _ in range(30):
        vector = spoiled(bloch.pulse(vector, np.pi, 0.0))
        vector, signals = bloch.precess(vector, 0.0, first_s, T1_S, T2_S), []
        for _ in range(n_train):
            vector = bloch.pulse(vector, flip, 0.0)
            signals.append(-vector[1] * np.exp(-0.003 / T2_S))
            vector = bloch.precess(spoiled(vector), 0.0, spacing_s, T1_S, T2_S)
        vector = bloch.precess(vector, 0.0, repetition_s - first_s - n_train * spacing_s, T1_S, T2_S)
    assert found.ravel() == pytest.approx(np.array(signals), rel=1e-9)
    with pytest.raises(OptionError, match="does not fit"):
        sequences.Mprage(0.01, spacing_s).amplitudes(SPINS, timing)


@pytest.mark.parametrize("refocusing_deg", [180.0, 130.0])
def test_a_turbo_spin_echo_is_what_isochromats_do_in_the_steady_state(refocusing_deg: float) -> None:
    n_echoes, spacing_s, repetition_s = 8, 0.012, 0.8
    sequence = sequences.TurboSpinEcho(n_echoes, spacing_s, np.deg2rad(refocusing_deg))
    turns = np.arange(64) / 64
    vectors = np.zeros((64, 3)) + np.array([0.0, 0.0, 1.0])
    echoes: list[complex] = []
    for _ in range(25):
        vectors, echoes = bloch.pulse(vectors, np.pi / 2, np.pi / 2), []
        for _ in range(n_echoes):
            vectors = bloch.precess(vectors, turns, spacing_s / 2, T1_S, T2_S)
            vectors = bloch.pulse(vectors, np.deg2rad(refocusing_deg), 0.0)
            vectors = bloch.precess(vectors, turns, spacing_s / 2, T1_S, T2_S)
            echoes.append(np.mean(vectors[:, 0] + 1j * vectors[:, 1]))
        rest_s = repetition_s - n_echoes * spacing_s
        vectors = bloch.precess(spoiled(np.broadcast_to(vectors.mean(axis=0), (64, 3))), 0.0, rest_s, T1_S, T2_S)
    assert sequence.train(SPINS, repetition_s) == pytest.approx(np.array(echoes), rel=1e-9)
    if refocusing_deg == 180.0:
        assert np.abs(echoes[1:]) / np.abs(echoes[:-1]) == pytest.approx(np.exp(-spacing_s / T2_S))


def test_the_middle_of_kspace_has_the_echo_of_the_echo_time() -> None:
    sequence = sequences.TurboSpinEcho(4, 0.01)
    timing = scan(1.0, 0.03, shape=(1, 16, 8))
    echoes = sequence.echoes(timing)
    assert echoes[8] == 2
    assert np.bincount(echoes).tolist() == [4, 4, 4, 4]
    assert (np.diff(np.flatnonzero(echoes == 0)) == 1).all()
    order = np.argsort(sequence.times(timing)[0], kind="stable")
    assert echoes[order[:4]].tolist() == [0, 1, 2, 3]
    with pytest.raises(OptionError, match="echo time"):
        sequence.echoes(scan(1.0, 0.06))


def test_diffusion_weighting_is_an_exponential() -> None:
    spins = replace(SPINS, diffusion_mm2_per_s=0.8e-3)
    timing = scan(5.0, 0.08)
    weak, strong = (sequences.EchoPlanar(0.7e-3, b_s_per_mm2=b).amplitudes(spins, timing).item() for b in (0.0, 1000.0))
    assert np.log(abs(weak) / abs(strong)) / 1000 == pytest.approx(0.8e-3, rel=1e-12)
    with pytest.raises(DataError, match="diffusion"):
        sequences.EchoPlanar(0.7e-3, b_s_per_mm2=500.0).amplitudes(SPINS, timing)


def test_a_fingerprint_is_what_isochromats_do() -> None:
    n_shots, repetition_s, echo_s = 60, 0.012, 0.003
    flips = varied_flips_rad(n_shots, period=40)
    sequence = sequences.Fingerprinting(flips, np.full(n_shots, repetition_s), n_orders=70)
    turns = np.arange(256) / 256
    vectors = np.zeros((256, 3)) + np.array([0.0, 0.0, 1.0])
    vectors = bloch.precess(bloch.pulse(vectors, np.pi, 0.0), 0.0, 0.02, T1_S, T2_S)
    signals = []
    for flip in flips:
        vectors = bloch.pulse(vectors, float(flip), 0.0)
        signals.append(1j * np.mean(vectors[:, 0] + 1j * vectors[:, 1]) * np.exp(-echo_s / T2_S))
        vectors = bloch.precess(vectors, turns, repetition_s, T1_S, T2_S)
    assert sequence.fingerprint(T1_S, T2_S, echo_s) == pytest.approx(np.array(signals), abs=1e-9)
    with pytest.raises(ValueError, match="flip angles"):
        sequence.amplitudes(SPINS, scan(0.012, 0.003))


def test_the_uptake_of_an_agent_is_its_convolution() -> None:
    uptake = Uptake(0.25, 0.4, 0.05)
    fine_s = np.arange(0.0, 180.0, 0.02)
    plasma = arterial_blood_mm(fine_s) / 0.58
    kernel = np.exp(-0.25 / 0.4 * fine_s / 60)
    leaked = np.convolve(plasma, kernel)[: fine_s.size] * 0.02 / 60
    expected = 0.05 * plasma + 0.25 * leaked
    times = np.array([0.0, 12.0, 30.0, 90.0, 170.0])
    assert tissue_mm(times, uptake) == pytest.approx(np.interp(times, fine_s, expected), rel=2e-3, abs=1e-3)
    assert tissue_mm(np.array([-5.0]), uptake) == pytest.approx(0.0)
    with pytest.raises(OptionError, match="extracellular"):
        tissue_mm(times, Uptake(0.1, 0.0))


def test_an_agent_brightens_a_gradient_echo() -> None:
    base = replace(scan(0.005, 0.001, 15.0), protocol=sequences.SpoiledGradientEcho())
    muscle = spins_of(tissue("muscle"), 3.0)[0]
    before, after = (with_agent(base, ContrastAgent(t, {"muscle": Uptake(0.2, 0.2)})) for t in (-1.0, 60.0))
    first, second = (abs(a.protocol.amplitudes(muscle, a).item()) for a in (before, after))
    concentration = tissue_mm(np.array([60.0]), Uptake(0.2, 0.2)).item()
    rate = 1 / muscle.t1_s + 5.2 * concentration
    recovery, flip = np.exp(-0.005 * rate), np.deg2rad(15.0)
    decay = np.exp(-0.001 * (1 / muscle.t2_s + 6.1 * concentration))
    ernst = np.sin(flip) * (1 - recovery) / (1 - np.cos(flip) * recovery)
    assert second == pytest.approx(muscle.density * ernst * decay)
    assert second > 1.5 * first


def test_fat_is_six_lines_and_bone_nothing() -> None:
    fat = spins_of(tissue("adipose"), 3.0)
    assert len(fat) == 6
    assert sum(spins.density for spins in fat) == pytest.approx(0.90)
    assert min(spins.offset_hz for spins in fat) == pytest.approx(-3.8e-6 * 42.577478518e6 * 3.0)
    assert spins_of(tissue("cortical bone"), 3.0) == ()
