"""The spin echo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from isocenter.core.arrays import ComplexArray
from isocenter.modalities.mri.sequences.longitudinal import Pulse, Wait, steady_longitudinal
from isocenter.modalities.mri.sequences.sequence import Sequence, settings
from isocenter.modalities.mri.spins import Spins

if TYPE_CHECKING:
    from isocenter.modalities.mri.acquisition import Acquisition


@dataclass(frozen=True)
class SpinEcho(Sequence):
    """Excitation by the flip angle, 180 degrees at half the echo time, in the steady state.

    Source: Bernstein, King and Zhou, Handbook of MRI Pulse Sequences, 2004, sec. 14.3.
    """

    is_refocused: ClassVar[bool] = True

    def amplitudes(self, spins: Spins, acquisition: Acquisition) -> ComplexArray:
        repetition_s, echo_s, flip_rad = settings(acquisition)
        train = (Pulse(flip_rad), Wait(echo_s / 2), Pulse(np.pi), Wait(repetition_s - echo_s / 2))
        longitudinal = steady_longitudinal(train, spins.t1_s)[0]
        return np.array([[spins.density * longitudinal * np.sin(flip_rad) * np.exp(-echo_s / spins.t2_s) + 0j]])
