"""Balanced steady-state free precession."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from isocenter.core.arrays import ComplexArray
from isocenter.core.errors import NotSupportedError
from isocenter.modalities.mri import bloch
from isocenter.modalities.mri.sequences.sequence import Sequence, settings
from isocenter.modalities.mri.spins import Spins

if TYPE_CHECKING:
    from isocenter.modalities.mri.acquisition import Acquisition


@dataclass(frozen=True)
class BalancedSsfp(Sequence):
    """Pulses of alternating phase without any gradient left over, in the steady state of the Bloch equations.

    Spins of one offset have one signal, dark where they precess by half a turn in a repetition. In a gradient of the
    field that would differ from place to place, which a closed form does not give.

    Source: Freeman and Hill, J. Magn. Reson. 4 (1971) 366-383; refocusing at half the repetition time, Scheffler and
    Hennig, Magn. Reson. Med. 49 (2003) 395-397.
    """

    is_refocused: ClassVar[bool] = True

    def amplitudes(self, spins: Spins, acquisition: Acquisition) -> ComplexArray:
        repetition_s, echo_s, flip_rad = settings(acquisition)
        if acquisition.imperfections is not None and any(acquisition.imperfections.field_gradient_hz_per_mm):
            raise NotSupportedError(
                "The bands of balanced SSFP have no closed form in a gradient of the field.",
                field="field_gradient_hz_per_mm",
                found=acquisition.imperfections.field_gradient_hz_per_mm,
                expected="zero, or another sequence",
            )
        # Receiver and pulse turn by half a turn every repetition: on resonance that is the same as precession.
        own = -spins.offset_hz * repetition_s
        x, y, _ = bloch.steady_state(flip_rad, 0.5 + own, repetition_s, spins.t1_s, spins.t2_s)
        after_pulse = 1j * complex(x, y)
        at_echo = after_pulse * np.exp(-echo_s / spins.t2_s + 2j * np.pi * own * echo_s / repetition_s)
        broadening = np.exp(-spins.r2_prime_per_s * abs(echo_s - repetition_s / 2))
        return np.array([[spins.density * at_echo * broadening]])
