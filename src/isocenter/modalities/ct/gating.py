"""Scans of what moves in a rhythm, sorted by phase: breathing and heartbeat in four dimensions.

Sources: Ford et al., Med. Phys. 30 (2003) 88-97 (respiratory phase); Flohr and Ohnesorge, J. Comput. Assist. Tomogr. 25
(2001) 907-923 (retrospective ECG gating).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.signal import find_peaks

from isocenter.core.arrays import FloatArray, IndexArray
from isocenter.core.errors import DataError, OptionError, ShapeError
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.core.progress import OnProgress, report
from isocenter.modalities.ct.measurement import Measurement
from isocenter.modalities.ct.reconstruction import reconstruct

_FEWEST = 8


def phase_of_peaks(times_s: FloatArray, peaks_s: FloatArray) -> FloatArray:
    """Return the phase, 0 up to 1, of every time between the peaks around it (R peaks, or ends of inspiration).

    Before the first and after the last peak the nearest cycle goes on.
    """
    peaks = np.sort(np.asarray(peaks_s, dtype=float))
    if peaks.size < 2:
        raise DataError("A rhythm needs two peaks.", field="peaks_s", found=peaks.size, expected="2 or more")
    cycle = np.clip(np.searchsorted(peaks, times_s, side="right") - 1, 0, peaks.size - 2)
    phase: FloatArray = np.mod((np.asarray(times_s) - peaks[cycle]) / (peaks[cycle + 1] - peaks[cycle]), 1.0)
    return phase


def breathing_peaks_s(times_s: FloatArray, signal: FloatArray, shortest_cycle_s: float = 2.0) -> FloatArray:
    """Return the times of the peaks of a breathing signal (a belt, or the height of the diaphragm in each view)."""
    values, times = np.asarray(signal, dtype=float), np.asarray(times_s, dtype=float)
    if values.shape != times.shape or values.ndim != 1:
        raise ShapeError("Every time needs its signal.", field="signal", found=values.shape, expected=times.shape)
    step = float(np.median(np.diff(times)))
    found, _ = find_peaks(values, distance=max(1, round(shortest_cycle_s / step)), prominence=0.3 * np.ptp(values))
    peaks: FloatArray = times[found]
    return peaks


def views_of_phase(phases: FloatArray, at: float, width: float) -> IndexArray:
    """Return the views whose phase lies within `width` / 2 of `at`, around the end of the cycle too."""
    away = np.abs(np.mod(np.asarray(phases) - at + 0.5, 1.0) - 0.5)
    views: IndexArray = np.flatnonzero(away <= width / 2 + 1e-9)
    return views


def reconstruct_phases(
    measurement: Measurement,
    phases: FloatArray,
    grid: Grid,
    *,
    n_phases: int = 10,
    width: float | None = None,
    method: str = "os-sart",
    on_progress: OnProgress | None = None,
    **parameters: Any,
) -> Image:
    """Return one image per phase, axes (phase, ...); phases of views overlap where `width` exceeds 1 / `n_phases`.

    Raises
    ------
    ShapeError
        If there is not one phase for every view.
    OptionError, DataError
        If there is no phase to form, or one has too few views.
    """
    scan = measurement.acquisition
    if np.shape(phases) != (scan.n_views,):
        raise ShapeError("Every view has its phase.", field="phases", found=np.shape(phases), expected=(scan.n_views,))
    if n_phases < 1:
        raise OptionError("There is a phase at least.", field="n_phases", found=n_phases, expected="1 or more")
    axis = 0 if scan.geometry == "cone" else -2
    images = []
    for index in range(n_phases):
        views = views_of_phase(phases, index / n_phases, width or 1 / n_phases)
        if views.size < _FEWEST:
            raise DataError(
                "A phase has too few views.",
                field="phases",
                found=f"{views.size} views at phase {index / n_phases:.2f}",
                expected=f"{_FEWEST} or more",
                remedy="Ask for fewer or wider phases.",
            )
        part = replace(measurement, acquisition=scan.subset(views), data=np.take(measurement.data, views, axis=axis))
        images.append(reconstruct(part, grid, method=method, **parameters))
        report(on_progress, index + 1, n_phases, "phases")
    return replace(images[0], values=np.stack([image.values for image in images]), axes=("phase",))
