"""Inversion recovery with a spin echo: nulls what has T1 = TI / ln 2 or so (STIR, FLAIR)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from isocenter.core.arrays import ComplexArray
from isocenter.core.errors import OptionError
from isocenter.modalities.mri.sequences.longitudinal import Pulse, Wait, steady_longitudinal
from isocenter.modalities.mri.sequences.sequence import Sequence, settings
from isocenter.modalities.mri.spins import Spins

if TYPE_CHECKING:
    from isocenter.modalities.mri.acquisition import Acquisition


@dataclass(frozen=True)
class InversionRecovery(Sequence):
    """An inversion, `inversion_time_s` later the excitation of a spin echo, in the steady state; the sign is kept.

    Source: Bernstein, King and Zhou, Handbook of MRI Pulse Sequences, 2004, sec. 14.2.
    """

    inversion_time_s: float
    is_refocused: ClassVar[bool] = True

    def amplitudes(self, spins: Spins, acquisition: Acquisition) -> ComplexArray:
        repetition_s, echo_s, flip_rad = settings(acquisition)
        rest_s = repetition_s - self.inversion_time_s - echo_s / 2
        if not self.inversion_time_s > 0 or rest_s < 0:
            raise OptionError(
                "The inversion time does not fit into the repetition time.",
                field="inversion_time_s",
                found=self.inversion_time_s,
                expected=f"0 to {repetition_s - echo_s / 2:g}",
            )
        train = (
            Pulse(np.pi),
            Wait(self.inversion_time_s),
            Pulse(flip_rad),
            Wait(echo_s / 2),
            Pulse(np.pi),
            Wait(rest_s),
        )
        longitudinal = steady_longitudinal(train, spins.t1_s)[1]
        return np.array([[spins.density * longitudinal * np.sin(flip_rad) * np.exp(-echo_s / spins.t2_s) + 0j]])
