"""MR fingerprinting: an inversion, then a train in which every pulse has another flip angle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray, require_shape
from isocenter.modalities.mri.phase_graphs import PhaseGraph
from isocenter.modalities.mri.sequences.sequence import Sequence, line_shape, settings
from isocenter.modalities.mri.spins import Spins

if TYPE_CHECKING:
    from isocenter.modalities.mri.acquisition import Acquisition


@dataclass(frozen=True, eq=False)
class Fingerprinting(Sequence):
    """Gradient-spoiled (FISP) fingerprinting from equilibrium, one shot of the trajectory after every pulse.

    Parameters
    ----------
    flips_rad, repetition_times_s
        One for every shot, shape (shot,).
    inversion_time_s
        From the inversion to the first pulse.
    n_orders
        Orders of the phase graph that are kept.

    Notes
    -----
    Source: Jiang et al., Magn. Reson. Med. 74 (2015) 1621-1631.
    """

    flips_rad: FloatArray
    repetition_times_s: FloatArray
    inversion_time_s: float = 0.02
    n_orders: int = 40

    def amplitudes(self, spins: Spins, acquisition: Acquisition) -> ComplexArray:
        n_shots = line_shape(acquisition)[1]
        require_shape(self.flips_rad, (n_shots,), "flip angles of fingerprinting")
        require_shape(self.repetition_times_s, (n_shots,), "repetition times of fingerprinting")
        echo_s = settings(acquisition)[1]
        decay = np.exp(-echo_s * spins.r2_prime_per_s) * self.on_resonance(spins, acquisition)
        return np.asarray(spins.density * self.fingerprint(spins.t1_s, spins.t2_s, echo_s)[None, :] * decay)

    def fingerprint(self, t1_s: float, t2_s: float, echo_s: float) -> ComplexArray:
        """Return the signal at the echo of every shot, shape (shot,): an entry of a dictionary."""
        graph = PhaseGraph(self.n_orders, t1_s, t2_s)
        graph.pulse(np.pi, 0.0)
        graph.relax(self.inversion_time_s)
        signals = []
        for flip, repetition_s in zip(self.flips_rad, self.repetition_times_s, strict=True):
            graph.pulse(float(flip), 0.0)
            signals.append(1j * graph.signal * np.exp(-echo_s / t2_s))
            graph.relax(float(repetition_s))
            graph.dephase()
        return np.array(signals)


def varied_flips_rad(n_shots: int, *, period: int = 200) -> FloatArray:
    """Return flip angles in lobes of 10 to 60 degrees, every other one half as high, with a pause between them.

    After the sinusoidal lobes of Jiang et al. 2015, without their noise.
    """
    index = np.arange(n_shots)
    height = np.where((index // period) % 2 == 0, 60.0, 30.0)
    lobe = np.sin(np.pi * np.minimum(index % period, period - 20) / (period - 20))
    return np.asarray(np.deg2rad(np.maximum(height * lobe, 5.0)))
