"""Real traces made complex: shifted down by their centre frequency, with only the pulse's band left.

Source: Kirkhorn, Introduction to IQ-demodulation of RF-data, NTNU, 1999.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft

from isocenter.core.arrays import Array, ComplexArray, FloatArray, IndexArray
from isocenter.core.errors import DataError
from isocenter.kernels.delays.delay_and_sum import PAD, padded
from isocenter.kernels.delays.eight_channels import LANES
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
    band, traces = _Band.of(acquisition, n, delay=0), data.reshape(-1, n)
    low = np.empty((len(traces), band.length), dtype=np.complex64)
    band.shift(traces, low)
    out: ComplexArray = low[:, :n].reshape(data.shape)
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


class Demodulator:
    """One frame after another as `isocenter.kernels.delays` reads it, shifted down by `shift_hz`, in the same memory.

    The same as `padded` of `demodulated`; raises the same.
    """

    def __init__(self, acquisition: Acquisition) -> None:
        self._is_demodulated = acquisition.is_demodulated
        self.shift_hz = acquisition.demodulated_hz
        if not self._is_demodulated:
            self._band = _Band.of(acquisition, acquisition.n_samples, delay=PAD)
            self.shift_hz = self._band.shift_hz
            by_eights = -(-len(acquisition.elements) // LANES) * LANES
            shape = len(acquisition.transmits), by_eights, self._band.length
            self._samples = np.zeros(shape, dtype=np.complex64)

    def __call__(self, traces: Array) -> FloatArray:
        """Return the samples of traces (transmit, channel, sample); the next call writes over them."""
        if self._is_demodulated:
            samples: FloatArray = padded(traces)
            return samples
        n_channels, n = traces.shape[1:]
        for each, low in zip(traces, self._samples, strict=True):
            self._band.shift(each, low[:n_channels])
            low[:, :PAD] = 0
            low[:, PAD + n :] = 0
        return self._samples.view(np.float32)


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

    def shift(self, traces: Array, low: ComplexArray) -> None:
        """Write traces (trace, sample) shifted down into complex64 (trace, length)."""
        spectrum = fft.rfft(np.asarray(traces, dtype=np.float32), self.length, axis=-1, workers=-1)
        low[...] = 0
        middle = len(self.put) // 2
        # A real trace's spectrum ends at half the rate; what is beyond is the mirror of what is before.
        for there in (slice(0, middle), slice(middle, None)):
            taken, put = self.taken[there], self.put[there]
            if not self.is_mirrored[there].any() and (np.diff(taken) == 1).all():
                whole = slice(int(put[0]), int(put[-1]) + 1)
                np.multiply(spectrum[:, taken[0] : taken[-1] + 1], self.weights[there], out=low[:, whole])
                continue
            part = spectrum[:, taken]
            part[:, self.is_mirrored[there]] = part[:, self.is_mirrored[there]].conj()
            low[:, put] = part * self.weights[there]
        made = fft.ifft(low, axis=-1, workers=-1, overwrite_x=True)
        if not np.may_share_memory(made, low):  # scipy may, but need not, write in place
            low[...] = made
