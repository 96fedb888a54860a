"""From the encoded grid to the image's: oversampling is cut off, the matrix interpolated by Fourier."""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import ComplexArray
from isocenter.kernels import fourier
from isocenter.modalities.mri.acquisition import Acquisition


def to_recon_space(images: ComplexArray, acquisition: Acquisition) -> ComplexArray:
    """Return images (..., z, y, x) of the encoded grid on the image's field and matrix; values keep their scale."""
    result = images
    for axis, (encoded, image, n_out) in enumerate(
        zip(acquisition.encoded_fov_mm, acquisition.image_fov_mm, acquisition.recon_matrix, strict=True)
    ):
        from_end = axis - 3
        n_in = result.shape[from_end]
        n_kept = max(1, min(n_in, round(n_in * image / encoded)))
        result = _centred(result, from_end, n_kept)
        if n_out != n_kept and (axis > 0 or acquisition.is_3d):
            kspace = _centred(fourier.fft(result, (from_end,)), from_end, n_out)
            result = fourier.ifft(kspace, (from_end,)) * (n_out / n_kept) ** 0.5
    return result


def _centred(array: ComplexArray, axis: int, n_out: int) -> ComplexArray:
    """Cut or zero-fill one axis so that its origin, index n // 2, stays the origin."""
    n_in = array.shape[axis]
    if n_in == n_out:
        return array
    first = n_in // 2 - n_out // 2
    if first >= 0:
        return np.take(array, range(first, first + n_out), axis=axis)
    widths = [(0, 0)] * array.ndim
    widths[axis] = (-first, n_out - n_in + first)
    return np.pad(array, widths)
