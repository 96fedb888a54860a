"""Echo-planar imaging, with diffusion weighting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import DataError, OptionError
from isocenter.modalities.mri.sequences.gradient_echo import SpoiledGradientEcho
from isocenter.modalities.mri.sequences.sequence import Sequence, line_shape
from isocenter.modalities.mri.sequences.spin_echo import SpinEcho
from isocenter.modalities.mri.spins import Spins

if TYPE_CHECKING:
    from isocenter.modalities.mri.acquisition import Acquisition


@dataclass(frozen=True)
class EchoPlanar(Sequence):
    """All lines of a shot after one excitation, every other one backwards; the middle line is at the echo time.

    Parameters
    ----------
    echo_spacing_s
        Between lines.
    n_shots
        Interleaved excitations.
    is_descending
        Whether ky falls with time: the distortion points the other way.
    is_spin_echo
        Whether a 180 degree pulse refocuses at the echo time.
    b_s_per_mm2
        Diffusion weighting.
    read_delay_s
        How much later than the receiver the readout gradient is: lines read forwards and backwards come apart, the
        image has a ghost half a field away.

    Notes
    -----
    Source: Mansfield, J. Phys. C 10 (1977) L55-L58; diffusion, Stejskal and Tanner, J. Chem. Phys. 42 (1965) 288-292;
    ghost, Bruder et al., Magn. Reson. Med. 23 (1992) 311-323.
    """

    echo_spacing_s: float
    n_shots: int = 1
    is_descending: bool = False
    is_spin_echo: bool = True
    b_s_per_mm2: float = 0.0
    read_delay_s: float = 0.0

    def __post_init__(self) -> None:
        if not self.echo_spacing_s > 0 or self.n_shots < 1 or not self.b_s_per_mm2 >= 0:
            raise OptionError(
                "There is no such echo-planar sequence.",
                field="echo_spacing_s, n_shots, b_s_per_mm2",
                found=(self.echo_spacing_s, self.n_shots, self.b_s_per_mm2),
                expected="positive, at least 1, at least 0",
            )

    @property
    def is_refocused(self) -> bool:  # type: ignore[override]
        """Whether the echo is a spin echo."""
        return self.is_spin_echo

    def amplitudes(self, spins: Spins, acquisition: Acquisition) -> ComplexArray:
        excitation = SpinEcho() if self.is_spin_echo else SpoiledGradientEcho()
        signal = excitation.amplitudes(spins, acquisition)
        if self.b_s_per_mm2 == 0:
            return signal
        if spins.diffusion_mm2_per_s is None:
            raise DataError(
                "The diffusion of a tissue is not known.",
                field="apparent_diffusion",
                found=spins.tissue,
                expected="a tissue with a published coefficient, or `Imperfections.diffusion_mm2_per_s`",
            )
        return np.asarray(signal * np.exp(-self.b_s_per_mm2 * spins.diffusion_mm2_per_s))

    def line_delays_s(self, acquisition: Acquisition) -> FloatArray:
        steps = self._steps(acquisition)
        return (steps * self.echo_spacing_s * (-1 if self.is_descending else 1))[None, :]

    def read_directions(self, acquisition: Acquisition) -> FloatArray:
        return np.where(self._steps(acquisition) % 2 == 0, 1.0, -1.0)[None, :]

    def times(self, acquisition: Acquisition) -> FloatArray:
        n_lines = line_shape(acquisition)[1]
        shot = (np.arange(n_lines) - n_lines // 2) % self.n_shots
        return (shot / self.n_shots)[None, :]

    def _steps(self, acquisition: Acquisition) -> FloatArray:
        """Return how many lines of its shot lie between a line and the middle."""
        n_lines = line_shape(acquisition)[1]
        return np.floor((np.arange(n_lines) - n_lines // 2) / self.n_shots)
