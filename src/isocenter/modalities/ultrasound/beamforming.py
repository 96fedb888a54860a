"""From traces to complex pictures: delay and sum, and weights that look at the data.

Every function of `SUMS` takes a `Beam` and padded samples of one frame and returns complex pixels in the beam's order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from isocenter.core.arrays import Array, ComplexArray, FloatArray, IndexArray
from isocenter.core.grid import Grid
from isocenter.core.progress import OnProgress, report
from isocenter.kernels.delays.align import aligned, capon, least_loading
from isocenter.kernels.delays.delay_and_sum import Aperture, DelayAndSum, Timing, tiled
from isocenter.kernels.delays.geometry import BOXCAR, HANN, TUKEY
from isocenter.modalities.ultrasound.acquisition import Acquisition
from isocenter.modalities.ultrasound.demodulation import Demodulator
from isocenter.modalities.ultrasound.geometry import in_probe_mm

WINDOWS: Mapping[str, int] = {"boxcar": BOXCAR, "hann": HANN, "tukey": TUKEY}
_TILE_DEPTH, _TILE_WIDTH = 16, 8
_BLOCK_PIXELS = 1 << 14


@dataclass(frozen=True, eq=False)
class Beam:
    """Pixels in the order of their tiles, and all that turns traces into their values."""

    pixels_mm: FloatArray
    order: IndexArray
    shape: tuple[int, ...]
    acquisition: Acquisition
    timing: Timing
    aperture: Aperture
    summed: DelayAndSum

    @classmethod
    def of(cls, acquisition: Acquisition, grid: Grid, *, demodulated_hz: float, f_number: float, window: str) -> Beam:
        """Return the beam of a scan on a grid."""
        order = tiled(grid.shape, (1,) * (grid.ndim - 2) + (_TILE_DEPTH, _TILE_WIDTH))
        pixels = in_probe_mm(acquisition, grid).reshape(-1, 3)[order]
        timing = Timing(acquisition.samples_per_mm, demodulated_hz / acquisition.sampling_hz)
        aperture = Aperture(f_number, WINDOWS[window])
        # A trace that begins at start_s has turned until then; what is read at sample 0 is as old as that.
        summed = DelayAndSum(pixels, acquisition.elements, acquisition.transmit_rows(), timing, aperture)
        return cls(pixels, order, grid.shape, acquisition, timing, aperture, summed)

    def picture(self, values: Array) -> Array:
        """Return values in the beam's order as a picture."""
        out = np.empty(len(self.order), dtype=values.dtype)
        out[self.order] = values
        return out.reshape(self.shape)


def delay_and_sum(beam: Beam, samples: Any) -> ComplexArray:
    """Return the mean over transmits of what all channels say.

    Source: Perrot et al., Ultrasonics 111 (2021) 106309; Montaldo et al., IEEE Trans. Ultrason. Ferroelectr. Freq.
    Control 56 (2009) 489 (coherent compounding).
    """
    total, n_reached = beam.summed(samples)
    mean: ComplexArray = total / np.maximum(n_reached, 1)
    return mean


def coherence_factor(beam: Beam, samples: Any) -> ComplexArray:
    """Return the sum times the part of the channels' energy that agrees.

    Source: Mallart and Fink, J. Acoust. Soc. Am. 96 (1994) 3721; Hollman et al., IEEE Ultrason. Symp. 1999, 1257.
    """
    return _by_blocks(beam, samples, _coherent)


def _coherent(answers: ComplexArray, weights: FloatArray) -> ComplexArray:
    weighted = answers * weights
    total = weighted.sum(axis=1)
    energy = (np.abs(weighted) ** 2).sum(axis=1) * np.maximum((weights > 0).sum(axis=1), 1)
    factor = np.abs(total) ** 2 / np.maximum(energy, np.finfo(np.float32).tiny)
    out: ComplexArray = total * factor
    return out


def multiply_and_sum(beam: Beam, samples: Any) -> ComplexArray:
    """Return the sum over channels of roots of their answers, squared again: pairs that agree count.

    Source: Shen and Hsieh, Ultrasonics 96 (2019) 165 (baseband delay-multiply-and-sum), after Matrone et al., IEEE
    Trans. Med. Imaging 34 (2015) 940.
    """
    return _by_blocks(beam, samples, _multiplied)


def _multiplied(answers: ComplexArray, weights: FloatArray) -> ComplexArray:
    weighted = answers * weights
    size = np.abs(weighted)
    roots = weighted / np.sqrt(np.maximum(size, np.finfo(np.float32).tiny))
    mean = roots.sum(axis=1)
    out: ComplexArray = mean * np.abs(mean) / np.maximum((weights > 0).sum(axis=1), 1)
    return out


def least_variance(beam: Beam, samples: Any, *, loading: float) -> ComplexArray:
    """Return sums whose weights suppress what comes from elsewhere (Capon); `loading` makes them robust."""
    return _by_blocks(beam, samples, lambda a, w: capon(a, w, loading=max(loading, least_loading())))


def _by_blocks(beam: Beam, samples: Any, combine: Callable[[ComplexArray, FloatArray], ComplexArray]) -> ComplexArray:
    """Return what `combine` makes of the channels of every pixel, a few thousand pixels at a time."""
    scan, out = beam.acquisition, np.empty(len(beam.order), dtype=np.complex64)
    rows = scan.transmit_rows()
    for start in range(0, len(out), _BLOCK_PIXELS):
        part = slice(start, start + _BLOCK_PIXELS)
        answers, weights = aligned(samples, beam.pixels_mm[part], scan.elements, rows, beam.timing, beam.aperture)
        out[part] = combine(answers, weights) / len(rows)
    return out


def pictures(
    acquisition: Acquisition,
    data: Array,
    grid: Grid,
    combine: Callable[[Beam, Any], ComplexArray] = delay_and_sum,
    *,
    f_number: float = 1.75,
    window: str = "tukey",
    on_progress: OnProgress | None = None,
) -> ComplexArray:
    """Return complex pictures (frame, *grid): their magnitude is the envelope, their phase follows the reflectors."""
    samples_of = Demodulator(acquisition)
    beam = Beam.of(acquisition, grid, demodulated_hz=samples_of.shift_hz, f_number=f_number, window=window)
    out = np.empty((len(data), *grid.shape), dtype=np.complex64)
    for index, frame in enumerate(data):
        report(on_progress, index, len(data), "beamforming")
        out[index] = beam.picture(combine(beam, samples_of(frame)))
    report(on_progress, len(data), len(data), "beamforming")
    return out
