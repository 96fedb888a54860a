"""The magnetisation of a whole sequence as waves, each with a place in k-space: phase distribution graphs.

A pulse splits every wave in three, gradients move those that are transverse. The signal of a body is the sum over waves
of their amplitude times the body's transform at their place: spoiling, stimulated echoes and steady states come by
themselves, and no voxels are needed.
Source: Endres et al., Magn. Reson. Med. 92 (2024) 1189-1204; Malik, Sbrizzi, Hoogduin and Hajnal, Magn. Reson. Med. 79
(2018) 3150-3162 (configurations in k-space).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.modalities.mri.spins import Spins

#: Waves whose places differ by less are one, in cycles per metre; and by less than this in dephasing time, in s.
_SAME_PER_M = 1e-3
_SAME_S = 1e-9


class Waves(NamedTuple):
    """Transverse waves: places (wave, 3) in cycles per metre, dephasing times (wave,), amplitudes (wave, spins)."""

    places_per_m: FloatArray
    dephased_s: FloatArray
    amplitudes: ComplexArray


class PhaseDistribution:
    """The waves of several kinds of spins at once.

    Parameters
    ----------
    smallest
        Waves below this amplitude, of all kinds of spins, are dropped.
    n_waves
        At most so many transverse and as many longitudinal waves are kept, the strongest.
    """

    def __init__(self, spins: Sequence[Spins], *, smallest: float = 1e-5, n_waves: int = 1000) -> None:
        self._r1 = np.array([1 / s.t1_s for s in spins])
        self._r2 = np.array([1 / s.t2_s for s in spins])
        self._r2_prime = np.array([s.r2_prime_per_s for s in spins])
        self._offset_hz = np.array([s.offset_hz for s in spins])
        self._smallest, self._n_waves = smallest, n_waves
        n = len(spins)
        self.transverse = Waves(np.zeros((0, 3)), np.zeros(0), np.zeros((0, n), dtype=complex))
        self.longitudinal = Waves(np.zeros((1, 3)), np.zeros(1), np.ones((1, n), dtype=complex))

    def pulse(self, flip_rad: float, phase_rad: float) -> None:
        """Mix the waves by a hard pulse about the axis at `phase_rad` from x."""
        c, s = np.cos(flip_rad), np.sin(flip_rad)
        c2, s2, turn = np.cos(flip_rad / 2) ** 2, np.sin(flip_rad / 2) ** 2, np.exp(1j * phase_rad)
        plus, z = self.transverse, self.longitudinal
        minus = Waves(-plus.places_per_m, -plus.dephased_s, plus.amplitudes.conj())
        self.transverse = self._joined([(plus, c2), (minus, turn**2 * s2), (z, -1j * turn * s)])
        self.longitudinal = self._joined([(z, c), (plus, -0.5j * turn.conjugate() * s), (minus, 0.5j * turn * s)])

    def wait(self, duration_s: float, moment_per_m: FloatArray) -> None:
        """Let time pass in which the gradients have an area (3,)."""
        self.transverse = self.moved(duration_s, moment_per_m)
        decay = np.exp(-duration_s * self._r1)
        z = self.longitudinal
        amplitudes = z.amplitudes * decay
        rest = np.flatnonzero(np.all(np.abs(z.places_per_m) < _SAME_PER_M, axis=1) & (np.abs(z.dephased_s) < _SAME_S))
        if rest.size:
            amplitudes[rest[0]] += 1 - decay
            self.longitudinal = z._replace(amplitudes=amplitudes)
        else:
            self.longitudinal = Waves(
                np.concatenate([z.places_per_m, np.zeros((1, 3))]),
                np.concatenate([z.dephased_s, [0.0]]),
                np.concatenate([amplitudes, (1 - decay)[None] + 0j]),
            )

    def moved(self, duration_s: float, moment_per_m: FloatArray) -> Waves:
        """Return what the transverse waves will be, without letting time pass."""
        plus = self.transverse
        turn = np.exp(-duration_s * (self._r2 + 2j * np.pi * self._offset_hz))
        return Waves(plus.places_per_m + moment_per_m, plus.dephased_s + duration_s, plus.amplitudes * turn)

    def broadening(self, dephased_s: FloatArray) -> FloatArray:
        """Return what is left (..., spins) of waves dephased for a time, by fields that differ within a voxel."""
        return np.asarray(np.exp(-np.abs(dephased_s)[..., None] * self._r2_prime))

    def transverse_decay(self, durations_s: FloatArray) -> ComplexArray:
        """Return decay and precession (..., spins) over durations."""
        return np.asarray(np.exp(-np.asarray(durations_s)[..., None] * (self._r2 + 2j * np.pi * self._offset_hz)))

    def _joined(self, parts: list[tuple[Waves, complex]]) -> Waves:
        places = np.concatenate([waves.places_per_m for waves, _ in parts])
        times = np.concatenate([waves.dephased_s for waves, _ in parts])
        amplitudes = np.concatenate([waves.amplitudes * factor for waves, factor in parts])
        key = np.column_stack([np.round(places / _SAME_PER_M), np.round(times / _SAME_S)]).astype(np.int64)
        _, first, which = np.unique(key, axis=0, return_index=True, return_inverse=True)
        total = np.zeros((first.size, amplitudes.shape[1]), dtype=complex)
        np.add.at(total, which.ravel(), amplitudes)
        size = np.abs(total).max(axis=1, initial=0.0)
        kept = np.flatnonzero(size > self._smallest)
        if kept.size > self._n_waves:
            kept = kept[np.argpartition(size[kept], -self._n_waves)[-self._n_waves :]]
        return Waves(places[first[kept]], times[first[kept]], total[kept])
