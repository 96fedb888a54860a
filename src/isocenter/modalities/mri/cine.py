"""Images of a beating heart from lines taken at any time, sorted by the heartbeats afterwards (retrospective gating).

Source: Glover and Pelc, A rapid-gated cine MRI technique, Magn. Reson. Annu. (1988) 299-333; Feinstein, Epstein, Arai,
Foo, Hartley, Balaban and Wolff, Magn. Reson. Med. 38 (1997) 939-947.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, find_peaks, sosfiltfilt

from isocenter.core.arrays import BoolArray, ComplexArray, FloatArray, IndexArray, require_finite, require_shape
from isocenter.core.errors import DataError, OptionError


def heartbeats_s(ecg: FloatArray, sampling_hz: float) -> FloatArray:
    """Return when the R waves of an electrocardiogram (sample,) were, in s from its first sample.

    The steepness in the band of QRS complexes, squared and averaged, has a peak at every one; the R wave is the largest
    deflection around it. Source: Pan and Tompkins, IEEE Trans. Biomed. Eng. 32 (1985) 230-236.
    """
    require_finite(ecg, "electrocardiogram")
    if not sampling_hz >= 100:
        raise OptionError("An R wave needs 100 samples a second.", field="sampling_hz", found=sampling_hz, expected=100)
    band = sosfiltfilt(butter(2, [5.0, 15.0], btype="band", fs=sampling_hz, output="sos"), ecg)
    energy = np.gradient(band) ** 2
    width = max(1, int(0.15 * sampling_hz))
    smooth = np.convolve(energy, np.full(width, 1 / width), mode="same")
    # Half of what most beats reach: artefacts are higher, T waves lower.
    candidates, _ = find_peaks(smooth, distance=int(0.25 * sampling_hz))
    if candidates.size == 0:
        raise DataError("There are no heartbeats.", field="ecg", found=0, expected="R waves")
    threshold = 0.4 * float(np.percentile(smooth[candidates], 75))
    beats, reach = [], int(0.1 * sampling_hz)
    for peak in candidates[smooth[candidates] > threshold]:
        first = max(0, int(peak) - reach)
        beats.append(first + int(np.argmax(np.abs(band[first : int(peak) + reach]))))
    return np.unique(beats) / sampling_hz


def cardiac_phases(times_s: FloatArray, beats_s: FloatArray) -> FloatArray:
    """Return where in its heartbeat, from 0 to 1, every moment lies; NaN before the first and after the last R wave."""
    beats = np.asarray(beats_s, dtype=float)
    if beats.size < 2 or np.any(np.diff(beats) <= 0):
        raise DataError(
            "Heartbeats follow each other.", field="beats_s", found=beats.size, expected="two R waves or more, rising"
        )
    times = np.asarray(times_s, dtype=float)
    before = np.searchsorted(beats, times, side="right") - 1
    inside = (before >= 0) & (before < beats.size - 1)
    safe = np.clip(before, 0, beats.size - 2)
    return np.where(inside, (times - beats[safe]) / np.diff(beats)[safe], np.nan)


def usual_beats(beats_s: FloatArray, *, tolerance: float = 0.2) -> BoolArray:
    """Return which heartbeats (from one R wave to the next) are as long as the median, give or take a part."""
    lengths = np.diff(np.asarray(beats_s, dtype=float))
    usual: BoolArray = np.abs(lengths - np.median(lengths)) <= tolerance * np.median(lengths)
    return usual


def sorted_lines(
    lines: ComplexArray, ky: IndexArray, phases: FloatArray, n_lines: int, n_phases: int
) -> tuple[ComplexArray, BoolArray]:
    """Return k-space of every phase of the heartbeat, (phase, coil, y, x), and which lines it has, (phase, y).

    Of every ky, what was taken just before and just after a phase (around the end of the beat, too) is interpolated.

    Parameters
    ----------
    lines
        In the order in which they were taken, (line, coil, x).
    ky
        Which row of k-space each is.
    phases
        Where in the heartbeat each was taken; lines of NaN are left out.

    Raises
    ------
    ShapeError, DataError
        If there are not as many rows and phases as lines, or a row is outside of k-space.
    """
    require_shape(ky, lines.shape[:1], "rows of the lines")
    require_shape(phases, lines.shape[:1], "phases of the lines")
    if ky.size and not 0 <= int(ky.min()) <= int(ky.max()) < n_lines:
        raise DataError(
            "A line lies outside of k-space.", field="ky", found=int(ky.max()), expected=f"0 to {n_lines - 1}"
        )
    kspace = np.zeros((n_phases, lines.shape[1], n_lines, lines.shape[2]), dtype=lines.dtype)
    taken = np.zeros((n_phases, n_lines), dtype=bool)
    wanted = (np.arange(n_phases) + 0.5) / n_phases
    for row in range(n_lines):
        own = np.flatnonzero((ky == row) & np.isfinite(phases))
        if own.size == 0:
            continue
        own = own[np.argsort(phases[own], kind="stable")]
        # The beat goes round: the last comes before the first.
        around = np.concatenate([own[-1:], own, own[:1]])
        at = np.concatenate([[phases[own[-1]] - 1], phases[own], [phases[own[0]] + 1]])
        after = np.clip(np.searchsorted(at, wanted), 1, at.size - 1)
        gap = at[after] - at[after - 1]
        weight = np.where(gap > 0, (wanted - at[after - 1]) / np.where(gap > 0, gap, 1), 0.5)[:, None, None]
        kspace[:, :, row] = (1 - weight) * lines[around[after - 1]] + weight * lines[around[after]]
        taken[:, row] = True
    return kspace, taken
