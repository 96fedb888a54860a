"""Real traces made complex: shifted down by their centre frequency, with only the pulse's band left."""

from __future__ import annotations

import numpy as np
from scipy import fft

from isocenter.core.arrays import Array, ComplexArray
from isocenter.core.errors import DataError
from isocenter.modalities.ultrasound.acquisition import Acquisition

_PASSED, _STOPPED = 0.75, 1.25  # of the -6 dB bandwidth, either side counted: flat up to the first, nothing after


def demodulated(acquisition: Acquisition, data: Array) -> tuple[ComplexArray, float]:
    """Return complex traces and the frequency they were shifted down by; those that are complex stay.

    The sum of two sides counts: an echo ``a cos(2 pi f t + p)`` becomes ``a exp(1j p)``. Sampling may have folded the
    band down (band-pass sampling), as long as its two sides stay apart.

    Raises
    ------
    DataError
        If the sides of the band lie upon each other at this sampling rate.

    Notes
    -----
    Source: Kirkhorn, Introduction to IQ-demodulation of RF-data, NTNU, 1999.
    """
    if acquisition.is_demodulated:
        return data.astype(np.complex64, copy=False), acquisition.demodulated_hz
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
    n = data.shape[-1]
    length = fft.next_fast_len(n + 64)
    frequencies = fft.fftfreq(length, 1 / rate)
    # The spectrum of a real trace, moved down by the nearest whole bin; the rest is a slow turn in time.
    bins = round(center / rate * length)
    rest_hz = center - bins * rate / length
    window = np.clip((stop - np.abs(frequencies - rest_hz)) / (stop - passed), 0.0, 1.0)
    window = (2 * (0.5 - 0.5 * np.cos(np.pi * window))).astype(np.float32)
    spectrum = fft.fft(np.asarray(data, dtype=np.float32), length, axis=-1, workers=-1)
    low = fft.ifft(np.roll(spectrum, -bins, axis=-1) * window, axis=-1, workers=-1, overwrite_x=True)[..., :n]
    times = acquisition.start_s + np.arange(n) / rate
    # Phases count from time 0, not from the first sample.
    turn = np.exp(-2j * np.pi * (center * acquisition.start_s + rest_hz * (times - acquisition.start_s)))
    out: ComplexArray = (low * turn.astype(np.complex64)).astype(np.complex64, copy=False)
    return out, center
