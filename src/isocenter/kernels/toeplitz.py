"""Convolution of images with a kernel of twice their size: how the normal operator of scattered samples is applied.

Source: Wajer and Pruessmann, ISMRM 2001, 767; Fessler et al., IEEE Trans. Signal Process. 53 (2005) 3393-3402.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.fft
from array_api_compat import array_namespace, is_numpy_array

from isocenter.kernels.processors import available_threads


def kernel_spectrum(kernel: Any) -> Any:
    """Return the real spectrum of a Hermitian kernel, shape (2 n, ...), whose lag 0 is at index n.

    The lag -n, which no pair of pixels has, is ignored.
    """
    xp = array_namespace(kernel)
    lags = xp.asarray(kernel, copy=True)
    for axis in range(lags.ndim):
        lags[tuple(0 if index == axis else slice(None) for index in range(lags.ndim))] = 0
    lags = xp.fft.ifftshift(lags)
    if is_numpy_array(lags):
        return np.real(scipy.fft.fftn(lags, workers=available_threads(), overwrite_x=True))
    return xp.real(xp.fft.fftn(lags))


def convolve(images: Any, spectrum: Any) -> Any:
    """Return every image (image, *shape) convolved with the kernel of `spectrum`, shape (2 n, ...), cut to its size.

    Rows that are zero because the image is padded are never transformed.
    """
    xp = array_namespace(images)
    result = xp.empty_like(images)
    for index in range(images.shape[0]):  # one at a time: the padded image then stays in the processor's cache
        result[index, ...] = _convolved(images[index, ...], spectrum)
    return result


def _convolved(image: Any, spectrum: Any) -> Any:
    fft, ifft = _transforms(image)
    padded = image
    for axis in reversed(range(image.ndim)):
        padded = fft(padded, spectrum.shape[axis], axis)
    padded *= spectrum
    for axis in range(image.ndim):
        kept = tuple(slice(None, image.shape[axis]) if index == axis else slice(None) for index in range(image.ndim))
        padded = ifft(padded, spectrum.shape[axis], axis)[kept]
    return padded


def _transforms(image: Any) -> tuple[Any, Any]:
    """Return forward and inverse transform over one axis, called with (array, length, axis)."""
    if is_numpy_array(image):
        workers = available_threads()
        return (
            lambda x, n, axis: scipy.fft.fft(x, n=n, axis=axis, workers=workers),
            lambda x, n, axis: scipy.fft.ifft(x, n=n, axis=axis, workers=workers, overwrite_x=True),
        )
    xp = array_namespace(image)
    return (lambda x, n, axis: xp.fft.fft(x, n=n, axis=axis)), (lambda x, n, axis: xp.fft.ifft(x, n=n, axis=axis))
