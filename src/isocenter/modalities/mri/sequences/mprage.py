"""MPRAGE: an inversion, then a train of gradient echoes through all partitions of one ky."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import OptionError
from isocenter.modalities.mri.sequences.longitudinal import Pulse, Wait, steady_longitudinal
from isocenter.modalities.mri.sequences.sequence import Sequence, line_shape, settings
from isocenter.modalities.mri.spins import Spins

if TYPE_CHECKING:
    from isocenter.modalities.mri.acquisition import Acquisition


@dataclass(frozen=True)
class Mprage(Sequence):
    """The acquisition's repetition time is that between inversions; every kz of a train has its own signal.

    Parameters
    ----------
    inversion_time_s
        From the inversion to the excitation of the middle partition.
    echo_spacing_s
        Between excitations of a train.

    Notes
    -----
    Source: Mugler and Brookeman, Magn. Reson. Med. 15 (1990) 152-157; the train in closed form, Deichmann et al.,
    NeuroImage 12 (2000) 112-127.
    """

    inversion_time_s: float
    echo_spacing_s: float

    def amplitudes(self, spins: Spins, acquisition: Acquisition) -> ComplexArray:
        repetition_s, echo_s, flip_rad = settings(acquisition)
        n_train = line_shape(acquisition)[0]
        first_s = self.inversion_time_s - (n_train // 2) * self.echo_spacing_s
        rest_s = repetition_s - first_s - n_train * self.echo_spacing_s
        if n_train < 2 or first_s < 0 or rest_s < 0:
            raise OptionError(
                "The train does not fit between inversion and the next one.",
                field="inversion_time_s, echo_spacing_s, repetition_time_s",
                found=(self.inversion_time_s, self.echo_spacing_s, repetition_s),
                expected=f"room for {n_train} excitations, TI in their middle; at least two partitions",
            )
        train = (Pulse(flip_rad), Wait(self.echo_spacing_s)) * n_train
        longitudinal = steady_longitudinal((Pulse(np.pi), Wait(first_s), *train, Wait(rest_s)), spins.t1_s)[1:]
        decay = np.exp(-echo_s * (1 / spins.t2_s + spins.r2_prime_per_s)) * self.on_resonance(spins, acquisition)
        return np.asarray(spins.density * np.sin(flip_rad) * longitudinal[:, None] * decay)

    def times(self, acquisition: Acquisition) -> FloatArray:
        n_z, n_lines = line_shape(acquisition)
        return (np.arange(n_lines)[None, :] + np.arange(n_z)[:, None] / n_z) / n_lines
