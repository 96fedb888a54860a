"""Coil sensitivities as eigenvectors of what calibration data allow: ESPIRiT.

Source: Uecker et al., Magn. Reson. Med. 71 (2014) 990-1001; phase reference, Uecker and Lustig, Magn. Reson. Med. 77
(2017) 1201-1207.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.linalg

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import DataError, OptionError
from isocenter.kernels.coil_eigenmaps import coil_eigenmaps


class EspiritMaps(NamedTuple):
    """Sensitivities (map, coil, z, y, x), zero where the eigenvalue is below the crop, and eigenvalues (map, z, y, x).

    One set of maps explains the data where no object folds within the field of view; where it does, two sets do
    (soft-SENSE: the image is the sum of both).
    """

    maps: ComplexArray
    eigenvalues: FloatArray


def espirit(
    calibration: ComplexArray,
    shape: tuple[int, int, int],
    *,
    n_maps: int = 1,
    kernel_width: int = 6,
    threshold: float = 0.02,
    crop: float = 0.8,
) -> EspiritMaps:
    """Return sensitivities on `shape` from fully sampled, central k-space (coil, z, y, x).

    Parameters
    ----------
    calibration
        The middle of k-space; an axis of length 1 is not encoded.
    n_maps
        Sets of maps.
    kernel_width
        Width of the patches of k-space, in samples.
    threshold
        Singular values of the patches below this part of the largest are noise.
    crop
        Maps are zero where their eigenvalue, 1 for an object seen by the coils, is smaller.

    Raises
    ------
    DataError
        If the calibration is smaller than two patches' width less one.
    OptionError
        If there cannot be so many maps.

    Notes
    -----
    Maps have unit energy over the coils, their phase is that of the strongest virtual coil of the calibration data.
    """
    n_coils = calibration.shape[0]
    if not 1 <= n_maps <= n_coils:
        raise OptionError("There cannot be so many maps.", field="n_maps", found=n_maps, expected=f"1 to {n_coils}")
    widths = tuple(kernel_width if n > 1 else 1 for n in calibration.shape[1:])
    if any(n < 2 * width - 1 for n, width in zip(calibration.shape[1:], widths, strict=True)):
        raise DataError(
            "The calibration region is too small.",
            field="calibration",
            found=f"(z, y, x) = {calibration.shape[1:]}",
            expected=f"at least {2 * kernel_width - 1} samples along every encoded axis",
            remedy="Scan with more calibration lines, or take a smaller kernel.",
        )
    projector = _projector(_patches(calibration, widths), threshold)
    series = _series(projector, n_coils, widths)
    return EspiritMaps(*coil_eigenmaps(series, shape, n_maps, strongest_coil(calibration), crop))


def _patches(calibration: ComplexArray, widths: tuple[int, ...]) -> ComplexArray:
    """Return every patch of the calibration as a column: (coil and lag, patch)."""
    windows = np.lib.stride_tricks.sliding_window_view(calibration, widths, axis=(1, 2, 3))
    n_coils = calibration.shape[0]
    columns: ComplexArray = windows.transpose(0, 4, 5, 6, 1, 2, 3).reshape(n_coils * int(np.prod(widths)), -1)
    return columns.astype(np.complex64)


def _projector(patches: ComplexArray, threshold: float) -> ComplexArray:
    """Return the projection onto the space that the patches span, by the smaller of its two Gram matrices."""
    is_wide = patches.shape[1] > patches.shape[0]
    gram = patches @ patches.conj().T if is_wide else patches.conj().T @ patches
    squares, vectors = scipy.linalg.eigh(gram, check_finite=True, overwrite_a=True, driver="evr")
    if not squares[-1] > 0:
        raise DataError("The calibration data are zero.", field="calibration", found=0, expected="signal")
    kept = squares > threshold**2 * squares[-1]
    basis = vectors[:, kept] if is_wide else (patches @ vectors[:, kept]) / np.sqrt(squares[kept])
    projector: ComplexArray = basis @ basis.conj().T
    return projector


def _series(projector: ComplexArray, n_coils: int, widths: tuple[int, ...]) -> ComplexArray:
    """Return the projection averaged over all patches that hold a sample, as a convolution: (coil, coil, lags)."""
    blocks = projector.reshape(n_coils, *widths, n_coils, *widths)
    series = np.zeros((n_coils, n_coils, *(2 * width - 1 for width in widths)), dtype=np.complex64)
    for to in np.ndindex(*widths):
        # The lag runs from `to` less the last to `to` less the first sample of the patch.
        lags = tuple(slice(t, t + width) for t, width in zip(to, widths, strict=True))
        series[(slice(None), slice(None), *lags)] += blocks[(slice(None), *to)][:, :, ::-1, ::-1, ::-1]
    return series / np.prod(widths)


def strongest_coil(calibration: ComplexArray) -> ComplexArray:
    """Return the weights (coil) of the virtual coil that has most of the signal: the first of a compression."""
    flat = calibration.reshape(calibration.shape[0], -1)
    _, vectors = np.linalg.eigh(flat @ flat.conj().T)
    strongest: ComplexArray = vectors[:, -1]
    return strongest
