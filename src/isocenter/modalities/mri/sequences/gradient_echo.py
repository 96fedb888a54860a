"""The spoiled gradient echo."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from isocenter.core.arrays import ComplexArray
from isocenter.modalities.mri import phase_graphs
from isocenter.modalities.mri.contrast_agent import ContrastAgent
from isocenter.modalities.mri.sequences.longitudinal import Pulse, Wait, steady_longitudinal
from isocenter.modalities.mri.sequences.sequence import Sequence, settings
from isocenter.modalities.mri.spins import Spins

if TYPE_CHECKING:
    from isocenter.modalities.mri.acquisition import Acquisition

_N_PULSES = 400


@dataclass(frozen=True)
class SpoiledGradientEcho(Sequence):
    """A train of pulses in the steady state, the echo decaying with T2*.

    Parameters
    ----------
    phase_increment_rad
        None spoils ideally (Ernst's formula); a number is the phase increment of RF spoiling, by phase graphs.
    agent
        A contrast agent, at one moment of its way.

    Notes
    -----
    Source: Ernst and Anderson, Rev. Sci. Instrum. 37 (1966) 93-102; RF spoiling, Zur et al., Magn. Reson. Med. 21
    (1991) 251-263.
    """

    phase_increment_rad: float | None = None
    agent: ContrastAgent | None = None

    def amplitudes(self, spins: Spins, acquisition: Acquisition) -> ComplexArray:
        if self.agent is not None:
            spins = self.agent.changed(spins)
        repetition_s, echo_s, flip_rad = settings(acquisition)
        decay = np.exp(-echo_s * (1 / spins.t2_s + spins.r2_prime_per_s)) * self.on_resonance(spins, acquisition)
        if self.phase_increment_rad is None:
            train = (Pulse(flip_rad), Wait(repetition_s))
            transverse = steady_longitudinal(train, spins.t1_s)[0] * np.sin(flip_rad)
        else:
            transverse = self._rf_spoiled(spins, repetition_s, flip_rad, self.phase_increment_rad)
        return np.asarray(spins.density * transverse * decay)

    @staticmethod
    def _rf_spoiled(spins: Spins, repetition_s: float, flip_rad: float, increment_rad: float) -> complex:
        # The train may be long against T1; its transverse part is forgotten after a few T2.
        n_pulses = max(_N_PULSES, int(5 * spins.t1_s / repetition_s))
        n_orders = int(min(n_pulses, 20 + 6 * spins.t2_s / repetition_s))
        signals = phase_graphs.spoiled_train(
            flip_rad,
            n_pulses,
            repetition_s,
            spins.t1_s,
            spins.t2_s,
            phase_increment_rad=increment_rad,
            n_orders=n_orders,
        )
        # A pulse about x turns z to -y: the receiver's axis.
        return complex(signals[-1] * 1j)


def with_agent(acquisition: Acquisition, agent: ContrastAgent) -> Acquisition:
    """Return the scan of a gradient echo while a contrast agent is in the body."""
    own = acquisition.protocol if isinstance(acquisition.protocol, SpoiledGradientEcho) else SpoiledGradientEcho()
    return replace(acquisition, protocol=replace(own, agent=agent))
