"""The scan of a body by a sequence of events: waves of magnetisation times the body's closed-form transform."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray, IndexArray
from isocenter.modalities.mri.body_kspace import BodyKspace, Samples
from isocenter.modalities.mri.event_sequence import EventSequence
from isocenter.modalities.mri.phase_distribution import PhaseDistribution
from isocenter.modalities.mri.spins import Spins
from isocenter.physics.tissues import Tissue

#: Waves below this part of the strongest, and those further out than this many times the scan's k-space, are not heard.
_FAINT = 1e-3
_OUTSIDE = 4.0


class Slice(NamedTuple):
    """A slice of the frame: its place along the frame's z, its thickness, and the pulses that it feels."""

    position_mm: float
    thickness_mm: float
    pulses: IndexArray


class _Heard(NamedTuple):
    """Samples of waves: their window and index, place, dephasing time and the amplitude of every kind of spins."""

    window: IndexArray
    sample: IndexArray
    k_per_mm: FloatArray
    dephased_s: FloatArray
    amplitudes: ComplexArray


def simulate_windows(
    body: BodyKspace,
    sequence: EventSequence,
    axes: FloatArray,
    where: Slice | None,
    windows: IndexArray,
    kinds: Callable[[Tissue], tuple[Spins, ...]],
    tissues: tuple[Tissue, ...],
) -> ComplexArray:
    """Return the samples (coil, window, sample) of some windows, of one slice or (None) of the whole body.

    Parameters
    ----------
    axes
        Columns are the frame's x, y and z in the scanner's axes.
    windows
        Which of the sequence's windows are wanted.
    kinds, tissues
        The spins of a tissue, and all tissues of the body.
    """
    columns: dict[str, slice] = {}
    spins: list[Spins] = []
    for tissue in tissues:
        found = kinds(tissue)
        columns[tissue.name] = slice(len(spins), len(spins) + len(found))
        spins.extend(found)
    n_samples = sequence.windows[int(windows[0])].n_samples
    if not spins:
        return np.zeros((body.n_coils, windows.size, n_samples), dtype=complex)
    heard = _heard(sequence, axes, where, windows, spins)
    samples = Samples(heard.k_per_mm[:, : 2 if where else 3], heard.dephased_s)

    def signal(tissue: Tissue) -> ComplexArray:
        own = columns[tissue.name]
        return np.asarray(heard.amplitudes[:, own] @ np.array([kind.density for kind in spins[own]], dtype=complex))

    if where is None:
        values = body.volume(samples, signal)
    else:
        along = heard.k_per_mm[:, 2]
        profile = np.sinc(along * where.thickness_mm) * np.exp(-2j * np.pi * along * where.position_mm)
        values = body.section(where.position_mm, samples, signal) * profile
    data = np.zeros((windows.size, n_samples, values.shape[0]), dtype=complex)
    np.add.at(data, (heard.window, heard.sample), values.T)
    return np.moveaxis(data, -1, 0)


def _heard(
    sequence: EventSequence, axes: FloatArray, where: Slice | None, windows: IndexArray, spins: list[Spins]
) -> _Heard:
    """Play the sequence and return every wave that the windows hear."""
    played = np.arange(len(sequence.pulses)) if where is None else where.pulses
    events = [(sequence.pulses[index].time_s, 0, int(index)) for index in played]
    events += [(sequence.windows[index].start_s, 1, place) for place, index in enumerate(windows)]
    path = sequence.trajectory_per_m()[windows] @ axes[:, : 2 if where else 3]
    reach_per_mm = _OUTSIDE * float(np.linalg.norm(path, axis=-1).max()) / 1000
    graph = PhaseDistribution(spins)
    now, moment = 0.0, sequence.moment_per_m(0.0)
    parts: list[_Heard] = []
    for time_s, is_window, index in sorted(events):
        after = sequence.moment_per_m(time_s)
        graph.wait(time_s - now, after - moment)
        now, moment = time_s, after
        if is_window:
            parts.extend(_window(graph, sequence, axes, where, (index, int(windows[index])), moment, reach_per_mm))
        else:
            pulse = sequence.pulses[index]
            # Phases count in the direction of precession, which is exp(-2 pi i f t) here.
            graph.pulse(pulse.flip_rad, -pulse.phase_rad)
    if not parts:
        empty = np.zeros(0, dtype=int)
        return _Heard(empty, empty, np.zeros((0, 3)), np.zeros(0), np.zeros((0, len(spins)), dtype=complex))
    return _Heard(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _window(
    graph: PhaseDistribution,
    sequence: EventSequence,
    axes: FloatArray,
    where: Slice | None,
    which: tuple[int, int],
    moment: FloatArray,
    reach_per_mm: float,
) -> list[_Heard]:
    place, index = which
    window = sequence.windows[index]
    delays = window.times_s - window.start_s
    moved = (sequence.moment_per_m(window.times_s) - moment) @ axes / 1000
    decay = graph.transverse_decay(delays) * np.exp(1j * window.phase_rad)
    waves = graph.transverse
    size = np.abs(waves.amplitudes).max(axis=1, initial=0.0)
    found = []
    for wave in np.flatnonzero(size > _FAINT * size.max(initial=0.0)):
        k = waves.places_per_m[wave] @ axes / 1000 + moved
        encoded = k[:, : 2 if where else 3]
        inside = np.linalg.norm(encoded, axis=1) <= reach_per_mm
        if where is not None:
            inside &= np.abs(np.sinc(k[:, 2] * where.thickness_mm)) > _FAINT
        if not inside.any():
            continue
        dephased = waves.dephased_s[wave] + delays
        amplitudes = waves.amplitudes[wave] * decay * graph.broadening(dephased)
        samples = np.flatnonzero(inside)
        found.append(_Heard(np.full(samples.size, place), samples, k[samples], dephased[samples], amplitudes[samples]))
    return found
