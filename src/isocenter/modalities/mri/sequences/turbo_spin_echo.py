"""The turbo spin echo (fast spin echo, RARE)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray, IndexArray
from isocenter.core.errors import OptionError
from isocenter.modalities.mri.phase_graphs import PhaseGraph
from isocenter.modalities.mri.sequences.sequence import Sequence, line_shape, settings
from isocenter.modalities.mri.spins import Spins

if TYPE_CHECKING:
    from isocenter.modalities.mri.acquisition import Acquisition


@dataclass(frozen=True)
class TurboSpinEcho(Sequence):
    """A train of spin echoes, one band of ky for every echo, by phase graphs.

    The band in the middle of k-space has the echo nearest to the acquisition's echo time; the others follow in turn.

    Parameters
    ----------
    train_length
        Echoes after an excitation.
    echo_spacing_s
        Time between echoes.
    refocusing_rad
        Flip angle of the refocusing pulses; the axis is that of Carr, Purcell, Meiboom and Gill.

    Notes
    -----
    Source: Hennig, Nauerth and Friedburg, Magn. Reson. Med. 3 (1986) 823-833.
    """

    train_length: int
    echo_spacing_s: float
    refocusing_rad: float = np.pi
    is_refocused: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.train_length < 1 or not self.echo_spacing_s > 0:
            raise OptionError(
                "An echo train has echoes.",
                field="train_length, echo_spacing_s",
                found=(self.train_length, self.echo_spacing_s),
                expected="> 0",
            )

    def amplitudes(self, spins: Spins, acquisition: Acquisition) -> ComplexArray:
        echoes = spins.density * self.train(spins, settings(acquisition)[0])
        return np.asarray(echoes[self.echoes(acquisition)])[None, :]

    def echoes(self, acquisition: Acquisition) -> IndexArray:
        """Return which echo, from 0, every line belongs to, shape (line,)."""
        n_lines = line_shape(acquisition)[1]
        effective = round(settings(acquisition)[1] / self.echo_spacing_s) - 1
        if not 0 <= effective < self.train_length:
            raise OptionError(
                "The echo time is none of the train's.",
                field="echo_time_s",
                found=acquisition.echo_time_s,
                expected=f"{self.echo_spacing_s:g} to {self.echo_spacing_s * self.train_length:g}",
            )
        band = np.arange(n_lines) * self.train_length // n_lines
        return np.asarray((band - band[n_lines // 2] + effective) % self.train_length)

    def times(self, acquisition: Acquisition) -> FloatArray:
        n_z, n_lines = line_shape(acquisition)
        n_trains = -(-n_lines // self.train_length)
        # The lines of a train are one band's width apart, and taken at nearly the same time.
        band_start = -(-(np.arange(n_lines) * self.train_length // n_lines) * n_lines // self.train_length)
        train = np.arange(n_lines) - band_start
        inside = (train + self.echoes(acquisition) / self.train_length) / n_trains
        return (np.arange(n_z)[:, None] + np.clip(inside, 0.0, 1.0)) / n_z

    def train(self, spins: Spins, repetition_s: float) -> ComplexArray:
        """Return the echoes of a train, transverse magnetisation being spoiled before the next: shape (echo,)."""
        at_zero, end_at_zero = self._played(spins, 0.0)
        at_one, end_at_one = self._played(spins, 1.0)
        rest = np.exp(-(repetition_s - self.train_length * self.echo_spacing_s) / spins.t1_s)
        gain = (end_at_one - end_at_zero) * rest
        start = (1 - rest + end_at_zero * rest) / (1 - gain)
        echoes: ComplexArray = at_zero + (at_one - at_zero) * start
        return echoes

    def _played(self, spins: Spins, longitudinal: float) -> tuple[ComplexArray, float]:
        """Return the echoes after a given longitudinal magnetisation, and what of it there is at the end."""
        graph = PhaseGraph(2 * self.train_length + 2, spins.t1_s, spins.t2_s)
        graph.states[2, 0] = longitudinal
        graph.pulse(np.pi / 2, np.pi / 2)
        echoes = []
        for _ in range(self.train_length):
            graph.relax(self.echo_spacing_s / 2)
            graph.dephase()
            graph.pulse(self.refocusing_rad, 0.0)
            graph.relax(self.echo_spacing_s / 2)
            graph.dephase()
            echoes.append(graph.signal)
        return np.array(echoes), float(graph.states[2, 0].real)
