"""The band-limited ramp filter of filtered back-projection, with its usual windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy import fft

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import OptionError

# Windows over frequency relative to Nyquist, 0 to 1.
WINDOWS: Mapping[str, Callable[[FloatArray], FloatArray]] = {
    "ram-lak": np.ones_like,
    "shepp-logan": lambda f: np.sinc(f / 2),
    "cosine": lambda f: np.cos(np.pi * f / 2),
    "hamming": lambda f: 0.54 + 0.46 * np.cos(np.pi * f),
    "hann": lambda f: 0.5 + 0.5 * np.cos(np.pi * f),
}


def ramp_kernel_per_mm2(n_lags: int, spacing_mm: float, bin_angle_rad: float | None = None) -> FloatArray:
    """Return the exact samples h(0 ... n_lags - 1) of the band-limited ramp, in 1/mm2.

    A sampled |f| would lose the mean of the image; the kernel sampled in space does not. With `bin_angle_rad`
    it is the kernel of a fan of equal angles, h(n) (n a / sin(n a))^2.

    Source: Kak and Slaney 1988, eq. 61 of chapter 3; for the fan sec. 3.4.1.
    """
    lags = np.arange(n_lags)
    kernel = np.zeros(n_lags)
    kernel[0] = 0.25
    kernel[1::2] = -1.0 / (np.pi * lags[1::2]) ** 2
    if bin_angle_rad is not None:
        angle = lags[1:] * bin_angle_rad
        kernel[1:] *= (angle / np.sin(angle)) ** 2
    return kernel / spacing_mm**2


def ramp_filter(
    views: FloatArray,
    spacing_mm: float,
    *,
    window: str = "ram-lak",
    cutoff: float = 1.0,
    bin_angle_rad: float | None = None,
) -> FloatArray:
    """Return views (..., bin) filtered with the windowed ramp, in the unit of the views per mm.

    Parameters
    ----------
    views
        Line integrals; padded with zeros here, so that ends do not meet.
    spacing_mm
        Distance of the bins.
    window, cutoff
        One of `WINDOWS`, narrowed to `cutoff` times the Nyquist frequency; nothing passes above.
    bin_angle_rad
        Angle between the bins of a curved detector; None for parallel rays and a flat detector.

    Raises
    ------
    OptionError
        If the window is unknown or the cut-off is not above 0 and at most 1.
    """
    if window not in WINDOWS:
        raise OptionError("There is no such window.", field="window", found=window, expected=", ".join(WINDOWS))
    if not 0 < cutoff <= 1:
        raise OptionError("The cut-off is a part of Nyquist.", field="cutoff", found=cutoff, expected="0 to 1")
    n_bins = views.shape[-1]
    length = fft.next_fast_len(2 * n_bins, real=True)
    half = ramp_kernel_per_mm2(n_bins, spacing_mm, bin_angle_rad)
    kernel = np.zeros(length)
    kernel[:n_bins] = half
    kernel[length - n_bins + 1 :] = half[:0:-1]
    relative = np.arange(length // 2 + 1) / (length / 2) / cutoff
    response = fft.rfft(kernel).real * spacing_mm * np.where(relative <= 1, WINDOWS[window](relative), 0.0)
    spectrum = fft.rfft(views, length, axis=-1, workers=-1)
    spectrum *= response.astype(views.dtype)
    filtered: FloatArray = fft.irfft(spectrum, length, axis=-1, workers=-1, overwrite_x=True)[..., :n_bins]
    return filtered
