"""Acceptance gates of sequences of events: every pathway against isochromats, absorbed power against its integral."""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import ComplexArray
from isocenter.core.gates import Gate
from isocenter.modalities.mri import bloch
from isocenter.modalities.mri.phase_distribution import PhaseDistribution
from isocenter.modalities.mri.specific_absorption import rectangular_energy_hz2_s, whole_body_sar_w_per_kg
from isocenter.modalities.mri.spins import Spins

_T1_S, _T2_S = 0.9, 0.08
_FLIPS = np.deg2rad([50.0, 70.0, 20.0, 110.0, 150.0, 60.0])
_PHASES = (0.0, 0.6, 1.9, 0.2, 2.8, 1.1)


def _line(k_per_m: np.ndarray) -> ComplexArray:
    """Return the transform of a line of length 1 m about 0."""
    return np.asarray(np.sinc(k_per_m) + 0j)


def pathway_error() -> float:
    """Return the largest difference of signals of a line of spins in unequal gradients, as waves and as isochromats."""
    moments = np.array([1.3, -0.4, 2.2, 0.7, -1.9, 0.6])
    spins = Spins(_T1_S, _T2_S, offset_hz=23.0)
    graph = PhaseDistribution([spins], smallest=1e-12, n_waves=100000)
    nodes, weights = np.polynomial.legendre.leggauss(200)
    x = nodes / 2
    vectors = np.zeros((x.size, 3)) + np.array([0.0, 0.0, 1.0])
    errors = []
    for flip, phase, moment in zip(_FLIPS, _PHASES, moments, strict=True):
        graph.pulse(float(flip), phase)
        graph.wait(0.01, np.array([moment, 0.0, 0.0]))
        vectors = bloch.pulse(vectors, float(flip), phase)
        vectors = bloch.precess(vectors, -(moment * x + 23.0 * 0.01), 0.01, _T1_S, _T2_S)
        waves = graph.transverse
        heard = (waves.amplitudes[:, 0] * _line(waves.places_per_m[:, 0])).sum()
        errors.append(abs(heard - (vectors[:, 0] + 1j * vectors[:, 1]) @ weights / 2))
    return float(max(errors))


def absorbed_power_error() -> float:
    """Return the relative error of the absorbed power against its sum over the section of a cylinder."""
    b1_t, omega = 0.5e-3 / (42.577478518e6 * 1e-6), 2 * np.pi * 42.577478518e6 * 3.0
    r = (np.arange(2000) + 0.5) * 0.15 / 2000
    density = 0.5 * (omega * b1_t * r) ** 2 / (2 * 1000.0)
    expected = (density * r).sum() / r.sum() * 1e-3 / 0.1
    # A pulse of 1 ms turns by 2 pi gamma B1 1 ms.
    flip = 2 * np.pi * 42.577478518e6 * b1_t * 1e-3
    return float(abs(whole_body_sar_w_per_kg([rectangular_energy_hz2_s(flip, 1e-3)], 0.1, 3.0) / expected - 1))


GATES: tuple[Gate, ...] = (
    Gate("pathways", "Waves of any sequence against isochromats", 0, 1e-9, "1", "Bloch equations", pathway_error),
    Gate("sar", "Absorbed power of a cylinder: relative error", 0, 1e-5, "1", "Bottomley 1985", absorbed_power_error),
)
