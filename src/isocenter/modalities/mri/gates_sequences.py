"""Acceptance gates of pulse sequences and of simulated scans: formulas of their signals, shifts, places."""

from __future__ import annotations

import numpy as np

from isocenter.core.gates import Gate
from isocenter.modalities.mri import bloch, sequences
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.coils import CoilArray
from isocenter.modalities.mri.imperfections import Imperfections
from isocenter.modalities.mri.reconstruction import reconstruct
from isocenter.modalities.mri.simulation import simulate
from isocenter.modalities.mri.spins import Spins
from isocenter.physics.bodies import BODIES
from isocenter.physics.body import Body, Component
from isocenter.physics.shapes import Ellipsoid
from isocenter.physics.tissues import tissue

_T1_S, _T2_S = 0.9, 0.08


def _timing(repetition_s: float, echo_s: float, flip_rad: float) -> Acquisition:
    return Acquisition(
        1,
        (1, 8, 8),
        (8.0, 64.0, 64.0),
        repetition_time_s=repetition_s,
        echo_time_s=echo_s,
        flip_angle_rad=flip_rad,
        field_t=3.0,
    )


def ernst_error() -> float:
    """Return the largest relative error of spoiled gradient echoes against Ernst's formula."""
    errors = []
    for flip in np.deg2rad([3.0, 10.0, 30.0, 90.0]):
        found = sequences.SpoiledGradientEcho().amplitudes(Spins(_T1_S, _T2_S), _timing(0.02, 0.005, float(flip)))
        recovery = np.exp(-0.02 / _T1_S)
        formula = np.sin(flip) * (1 - recovery) / (1 - np.cos(flip) * recovery) * np.exp(-0.005 / _T2_S)
        errors.append(abs(found.item() / formula - 1))
    return float(max(errors))


def rf_spoiling_error() -> float:
    """Return the relative error of RF spoiling, by phase graphs, against Ernst's formula."""
    timing = _timing(0.01, 0.002, np.deg2rad(15.0))
    spins = Spins(_T1_S, _T2_S)
    found = sequences.SpoiledGradientEcho(np.deg2rad(117.0)).amplitudes(spins, timing).item()
    return float(abs(abs(found) / abs(sequences.SpoiledGradientEcho().amplitudes(spins, timing).item()) - 1))


def balanced_ssfp_error() -> float:
    """Return the largest relative error of balanced SSFP on resonance against its formula."""
    errors, repetition_s = [], 0.005
    e1, e2 = np.exp(-repetition_s / _T1_S), np.exp(-repetition_s / _T2_S)
    for flip in np.deg2rad([10.0, 40.0, 70.0]):
        timing = _timing(repetition_s, repetition_s / 2, float(flip))
        found = sequences.BalancedSsfp().amplitudes(Spins(_T1_S, _T2_S), timing).item()
        formula = np.sin(flip) * (1 - e1) * np.sqrt(e2) / (1 - (e1 - e2) * np.cos(flip) - e1 * e2)
        errors.append(abs(found / formula - 1))
    return float(max(errors))


def inversion_null() -> float:
    """Return the signal of inversion recovery at the time at which there is none."""
    null_s = _T1_S * np.log(2 / (1 + np.exp(-3.0 / _T1_S)))
    found = sequences.InversionRecovery(float(null_s)).amplitudes(Spins(_T1_S, _T2_S), _timing(3.0, 1e-9, np.pi / 2))
    return float(abs(found.item()))


def turbo_decay_error() -> float:
    """Return the largest error of a train of 180 degree pulses against its exponential decay with T2."""
    echoes = sequences.TurboSpinEcho(16, 0.01).train(Spins(_T1_S, _T2_S), 3.0)
    return float(np.abs(echoes[1:] / echoes[:-1] - np.exp(-0.01 / _T2_S)).max())


def fingerprint_error() -> float:
    """Return the largest difference of a fingerprint between phase graphs and isochromats."""
    flips = np.deg2rad(10 + 50 * np.abs(np.sin(np.arange(40) / 7)))
    found = sequences.Fingerprinting(flips, np.full(40, 0.012), n_orders=50).fingerprint(_T1_S, _T2_S, 0.003)
    turns = np.arange(128) / 128
    vectors = np.zeros((128, 3)) + np.array([0.0, 0.0, 1.0])
    vectors = bloch.precess(bloch.pulse(vectors, np.pi, 0.0), 0.0, 0.02, _T1_S, _T2_S)
    errors = []
    for flip, signal in zip(flips, found, strict=True):
        vectors = bloch.pulse(vectors, float(flip), 0.0)
        errors.append(abs(signal - 1j * np.mean(vectors[:, 0] + 1j * vectors[:, 1]) * np.exp(-0.003 / _T2_S)))
        vectors = bloch.precess(vectors, turns, 0.012, _T1_S, _T2_S)
    return float(max(errors))


def _scan(**changes: object) -> Acquisition:
    settings: dict[str, object] = {
        "n_coils": 1,
        "encoded_shape": (1, 64, 64),
        "encoded_fov_mm": (5.0, 256.0, 256.0),
        "field_t": 3.0,
        "repetition_time_s": 3.0,
        "echo_time_s": 0.04,
        "coils": CoilArray(1, 256.0, radius_mm=1e6),
        **changes,
    }
    return Acquisition(**settings)  # type: ignore[arg-type]  # a table of fields


def _middle_mm(body: Body, scan: Acquisition) -> np.ndarray:
    image = reconstruct(simulate(body, scan, np.random.default_rng(0)), method="rss")
    weights = np.where(image.values > 0.5 * image.values.max(), image.values, 0.0)
    return np.asarray(np.tensordot(weights, image.grid.positions_mm(), axes=3) / weights.sum())


def echo_planar_shift_mm() -> float:
    """Return how far 50 Hz displace a disc along the lines of an echo-planar image."""
    body = BODIES["disc"](radius_mm=60.0, of="muscle")
    scan = _scan(protocol=sequences.EchoPlanar(0.7e-3))
    off = _scan(protocol=sequences.EchoPlanar(0.7e-3), imperfections=Imperfections(field_hz=50.0))
    return float((_middle_mm(body, off) - _middle_mm(body, scan))[1])


def oblique_volume_error_mm() -> float:
    """Return how far from its place an ellipsoid is found by a scan in three dimensions along oblique axes."""
    cosine, sine = np.cos(0.6), np.sin(0.6)
    scan = _scan(
        encoded_shape=(20, 24, 24),
        encoded_fov_mm=(160.0, 180.0, 180.0),
        is_3d=True,
        sequence="spin echo",
        center_mm=(10.0, 0.0, 15.0),
        read_dir=(cosine, 0.0, -sine),
        phase_dir=(0.0, 1.0, 0.0),
        slice_dir=(sine, 0.0, cosine),
    )
    at_mm = (12.0, -8.0, 20.0)
    body = Body("ball", (Component("ball", Ellipsoid(at_mm, (45.0, 36.0, 45.0)), tissue("muscle")),))
    return float(np.linalg.norm(_middle_mm(body, scan) - at_mm))


GATES: tuple[Gate, ...] = (
    Gate("ernst", "Spoiled gradient echo: relative error", 0, 1e-9, "1", "Ernst and Anderson 1966", ernst_error),
    Gate("rf-spoiling", "RF spoiling by 117 degrees against Ernst", 0, 0.05, "1", "Zur 1991", rf_spoiling_error),
    Gate("bssfp", "Balanced SSFP: relative error", 0, 1e-9, "1", "Freeman and Hill 1971", balanced_ssfp_error),
    Gate("ir-null", "Inversion recovery at its null", 0, 1e-7, "1", "TI = T1 ln(2 / (1 + e^(-TR/T1)))", inversion_null),
    Gate(
        "tse-decay", "Turbo spin echo of 180 degrees: decay", 0, 1e-9, "1", "e^(-echo spacing / T2)", turbo_decay_error
    ),
    Gate("mrf-bloch", "Fingerprint by phase graphs against isochromats", 0, 1e-9, "1", "Bloch", fingerprint_error),
    Gate("epi-shift", "50 Hz, 0.7 ms, 256 mm: shift", 50 * 0.7e-3 * 256, 0.3, "mm", "f T FOV", echo_planar_shift_mm),
    Gate("oblique-3d", "Place of an ellipsoid, oblique volume", 0, 0.3, "mm", "geometry", oblique_volume_error_mm),
)
