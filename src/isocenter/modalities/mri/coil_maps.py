"""Coil sensitivities estimated from the middle of k-space.

Source: Walsh, Gmitro and Marcellin, Magn. Reson. Med. 43 (2000) 682-690 (adaptive combination).
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import uniform_filter

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import DataError
from isocenter.kernels import fourier
from isocenter.modalities.mri.acquisition import Acquisition

MIN_LINES = 8
_NEIGHBOURHOOD = 7


def estimate_coil_maps(data: ComplexArray, acquisition: Acquisition) -> ComplexArray:
    """Return sensitivities (coil, z, y, x) on the encoded grid, of unit energy at every sample.

    The fully sampled middle of k-space gives images of low resolution; at every sample the strongest eigenvector of
    their covariance over the neighbourhood is the vector of sensitivities, its phase that of the strongest coil.

    Raises
    ------
    DataError
        If fewer than 8 neighbouring lines about the centre of k-space were taken.
    """
    n_lines = acquisition.calibration_lines
    if n_lines < MIN_LINES:
        raise DataError(
            "Too few lines about the centre of k-space to estimate the coils.",
            field="sampled",
            found=n_lines,
            expected=f"at least {MIN_LINES}",
            remedy="Scan with calibration lines, or give coil maps.",
        )
    _, n_z, n_y, n_x = data.shape
    window = _window(n_y, n_lines)[:, None] * _window(n_x, min(n_x, 2 * n_lines))
    if acquisition.is_3d:
        window = window * _window(n_z, min(n_z, n_lines))[:, None, None]
    images = fourier.ifft(data * window.astype(np.float32), acquisition.fourier_axes)
    maps = np.stack([_walsh(images[:, z]) for z in range(n_z)], axis=1)
    return maps.astype(data.dtype)


def _window(n: int, width: int) -> FloatArray:
    """Return a Hann window of `width` samples about the centre of n."""
    distance = np.abs(np.arange(n) - n // 2) / ((width + 1) / 2)
    window: FloatArray = np.where(distance < 1, 0.5 + 0.5 * np.cos(np.pi * np.minimum(distance, 1)), 0.0)
    return window


def _walsh(images: ComplexArray) -> ComplexArray:
    """Return the sensitivities (coil, y, x) of one slice."""
    n_coils = images.shape[0]
    covariance = np.empty((*images.shape[1:], n_coils, n_coils), dtype=np.complex64)
    for row in range(n_coils):
        for column in range(row + 1):
            product = images[row] * images[column].conj()
            smooth = uniform_filter(product.real, _NEIGHBOURHOOD) + 1j * uniform_filter(product.imag, _NEIGHBOURHOOD)
            covariance[..., row, column] = smooth
            covariance[..., column, row] = smooth.conj()
    _, vectors = np.linalg.eigh(covariance)
    strongest = np.moveaxis(vectors[..., -1], -1, 0)
    reference = strongest[int(np.argmax(np.sum(np.abs(images) ** 2, axis=(1, 2))))]
    phase = np.where(np.abs(reference) > 0, reference / np.maximum(np.abs(reference), 1e-12), 1.0)
    maps: ComplexArray = strongest * phase.conj()
    return maps
