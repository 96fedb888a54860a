"""Real traces made complex: shifted down by their centre frequency, with only the pulse's band left.

Source: Kirkhorn, Introduction to IQ-demodulation of RF-data, NTNU, 1999.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft

from isocenter.core.arrays import Array, ComplexArray, FloatArray, IndexArray
from isocenter.core.errors import DataError
from isocenter.kernels.delays.delay_and_sum import LANES, PAD, padded
from isocenter.modalities.ultrasound.acquisition import Acquisition

_PASSED, _STOPPED = 0.75, 1.25  # of the -6 dB bandwidth, either side counted: flat up to the first, nothing after
_TAIL = 64


def demodulated(acquisition: Acquisition, data: Array) -> tuple[ComplexArray, float]:
    """Return complex traces and the frequency they were shifted down by; those that are complex stay.

    The sum of two sides counts: an echo ``a cos(2 pi f t + p)`` becomes ``a exp(1j p)``. Sampling may have folded the
    band down (band-pass sampling), as long as its two sides stay apart.

    Raises
    ------
    DataError
        If the sides of the band lie upon each other at this sampling rate.
    """
    if acquisition.is_demodulated:
        return data.astype(np.complex64, copy=False), acquisition.demodulated_hz
    n, center = data.shape[-1], acquisition.center_hz
    band = _Band.of(acquisition, n, delay=0)
    out: ComplexArray = band.shifted(data.reshape(-1, n), len(data.reshape(-1, n)))[:, :n].reshape(data.shape)
    # The spectrum has moved by whole bins; the rest is a slow turn in time.
    rest_hz = center - band.shift_hz
    if rest_hz:
        times = acquisition.start_s + np.arange(n) / acquisition.sampling_hz
        out *= np.exp(-2j * np.pi * rest_hz * times).astype(np.complex64)
    return out, center


def shift_hz(acquisition: Acquisition) -> float:
    """Return the frequency that `samples_of` shifts down by: the centre, to whole bins of a trace's spectrum."""
    if acquisition.is_demodulated:
        return acquisition.demodulated_hz
    return _Band.of(acquisition, acquisition.n_samples, delay=PAD).shift_hz


def samples_of(acquisition: Acquisition, traces: Array) -> FloatArray:
    """Return one frame (transmit, channel, sample) as `isocenter.kernels.delays` reads it, shifted by `shift_hz`.

    The same as `padded` of `demodulated`, without copies. Raises the same.
    """
    if acquisition.is_demodulated:
        samples: FloatArray = padded(traces)
        return samples
    n_transmits, n_channels, n = traces.shape
    band = _Band.of(acquisition, n, delay=PAD)
    by_eights = -(-n_channels // LANES) * LANES
    if by_eights > n_channels:
        full = np.zeros((n_transmits, by_eights, n), dtype=np.float32)
        full[:, :n_channels] = traces
        traces = full
    low = band.shifted(traces.reshape(-1, n), n_transmits * by_eights)
    low[:, :PAD] = 0
    low[:, PAD + n :] = 0
    samples = low.view(np.float32).reshape(n_transmits, by_eights, -1)
    return samples


@dataclass(frozen=True, eq=False)
class _Band:
    """Which bins of a trace's spectrum are kept, where they go, and with which weights."""

    length: int
    shift_hz: float
    taken: IndexArray
    is_mirrored: Array
    put: IndexArray
    weights: ComplexArray

    @classmethod
    def of(cls, acquisition: Acquisition, n: int, *, delay: int) -> _Band:
        """Return the band of a scan for traces of `n` samples that come out `delay` samples later."""
        rate, center = acquisition.sampling_hz, acquisition.center_hz
        # Where the other side of the band comes to lie when this one is put at 0.
        mirror = abs((-2 * center + rate / 2) % rate - rate / 2)
        stop = min(_STOPPED * center * acquisition.bandwidth / 2, mirror / 2)
        passed = min(_PASSED * center * acquisition.bandwidth / 2, 0.8 * stop)
        if stop < center * acquisition.bandwidth / 4:
            raise DataError(
                "The sides of the band lie upon each other at this sampling rate.",
                field="sampling_hz",
                found=f"{rate:.6g} Hz for {center:.6g} Hz",
                expected=f"another rate, such as {4 * center:.6g} Hz",
                remedy="Check sampling_hz and center_hz: one of them may be another than the scanner's.",
            )
        length = fft.next_fast_len(n + _TAIL)
        shift = round(center / rate * length)
        shift_hz = shift * rate / length
        widest = int((stop + abs(center - shift_hz)) * length / rate) + 1
        put = np.arange(-widest, widest + 1)
        away_hz = np.abs(put * rate / length - (center - shift_hz))
        window = np.clip((stop - away_hz) / (stop - passed), 0.0, 1.0)
        # Phases count from time 0, not from the first sample.
        turn = np.exp(-2j * np.pi * (shift_hz * acquisition.start_s + put * delay / length))
        taken = (put + shift) % length
        is_mirrored = taken > length // 2
        return cls(
            length,
            shift_hz,
            np.where(is_mirrored, length - taken, taken),
            is_mirrored,
            put % length,
            (2 * (0.5 - 0.5 * np.cos(np.pi * window)) * turn).astype(np.complex64),
        )

    def shifted(self, traces: Array, n_traces: int) -> ComplexArray:
        """Return traces (trace, sample) shifted down, complex64 (trace, length)."""
        spectrum = fft.rfft(np.asarray(traces, dtype=np.float32), self.length, axis=-1, workers=-1)
        moved = np.zeros((n_traces, self.length), dtype=np.complex64)
        middle = len(self.put) // 2
        # A real trace's spectrum ends at half the rate; what is beyond is the mirror of what is before.
        for there in (slice(0, middle), slice(middle, None)):
            taken, put = self.taken[there], self.put[there]
            if not self.is_mirrored[there].any() and (np.diff(taken) == 1).all():
                whole = slice(int(put[0]), int(put[-1]) + 1)
                np.multiply(spectrum[:, taken[0] : taken[-1] + 1], self.weights[there], out=moved[:, whole])
                continue
            part = spectrum[:, taken]
            part[:, self.is_mirrored[there]] = part[:, self.is_mirrored[there]].conj()
            moved[:, put] = part * self.weights[there]
        low: ComplexArray = fft.ifft(moved, axis=-1, workers=-1, overwrite_x=True)
        return low
