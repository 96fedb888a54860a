"""Coil sensitivities estimated from the middle of k-space, and the images of single coils.

Source: Walsh, Gmitro and Marcellin, Magn. Reson. Med. 43 (2000) 682-690 (adaptive combination).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.ndimage import uniform_filter

from isocenter.core.arrays import BoolArray, ComplexArray, FloatArray
from isocenter.core.errors import DataError
from isocenter.kernels import fourier
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.espirit import espirit
from isocenter.modalities.mri.geometry import scattered_transform
from isocenter.modalities.mri.trajectories import density_weights

MIN_LINES = 8
_NEIGHBOURHOOD = 7
_CALIBRATION = 24  # samples; more cost time and, the object being smooth there, tell little
_CALIBRATION_3D = 16
_KERNEL, _KERNEL_3D = 6, 4


@lru_cache(maxsize=4)
def acquisition_weights(acquisition: Acquisition) -> FloatArray:
    """Return the density weights (shot, sample) of a scan along a trajectory."""
    trajectory = acquisition.trajectory
    if trajectory is None:
        raise DataError("The scan is Cartesian.", field="trajectory", found="none", expected="a trajectory")
    return density_weights(trajectory, acquisition.encoded_shape[-trajectory.shape[2] :])


def coil_images(data: ComplexArray, acquisition: Acquisition) -> ComplexArray:
    """Return the image of every coil (coil, z, y, x) on the encoded grid: by Fourier transform, or by gridding."""
    if acquisition.trajectory is None:
        images: ComplexArray = fourier.ifft(data, acquisition.fourier_axes)
        return images
    weights = acquisition_weights(acquisition)
    transform = scattered_transform(acquisition, weights=weights)
    gridded: ComplexArray = transform.adjoint(data * np.sqrt(weights).astype(data.real.dtype))
    return gridded


def estimate_coil_maps(
    data: ComplexArray,
    acquisition: Acquisition,
    *,
    method: str = "walsh",
    calibration: ComplexArray | None = None,
) -> ComplexArray:
    """Return sensitivities (coil, z, y, x) on the encoded grid, of unit energy at every sample.

    By ``walsh``, the fully sampled middle of k-space gives images of low resolution; at every sample the strongest
    eigenvector of their covariance over the neighbourhood is the vector of sensitivities, its phase that of the
    strongest coil. By ``espirit``, they are zero where the coils see nothing; too few lines for it fall back to
    ``walsh``.

    Parameters
    ----------
    calibration
        Lines about the centre (coil, z, y, x) that were taken for the coils alone; they take the place of the data's.

    Raises
    ------
    DataError
        If fewer than 8 neighbouring lines about the centre of k-space were taken.
    """
    kspace, n_lines = data, acquisition.calibration_lines
    lines: BoolArray = acquisition.mask[:, acquisition.encoded_shape[1] // 2]
    n_partitions = _unbroken(lines)
    if calibration is not None:
        kspace = _embedded(calibration, (calibration.shape[0], *acquisition.encoded_shape))
        n_partitions, n_lines = calibration.shape[1:3]
    elif acquisition.trajectory is not None:
        kspace = fourier.fft(coil_images(data, acquisition), acquisition.fourier_axes)
        n_lines, n_partitions = _CALIBRATION, acquisition.encoded_shape[0]
    if n_lines < MIN_LINES:
        raise DataError(
            "Too few lines about the centre of k-space to estimate the coils.",
            field="sampled",
            found=n_lines,
            expected=f"at least {MIN_LINES}",
            remedy="Scan with calibration lines, or give coil maps.",
        )
    kernel = _KERNEL_3D if acquisition.is_3d else _KERNEL
    if method == "espirit" and n_lines >= 2 * kernel - 1:
        found = _espirit(kspace, acquisition, n_lines, n_partitions, kernel)
        if found is not None:
            return found
    n_z, n_y, n_x = kspace.shape[1:]
    window = _window(n_y, n_lines)[:, None] * _window(n_x, min(n_x, 2 * n_lines))
    if acquisition.is_3d:
        window = window * _window(n_z, min(n_z, n_lines))[:, None, None]
    images = fourier.ifft(kspace * window.astype(np.float32), acquisition.fourier_axes)
    maps = np.stack([_walsh(images[:, z]) for z in range(n_z)], axis=1)
    return maps.astype(data.dtype)


def _embedded(block: ComplexArray, shape: tuple[int, ...]) -> ComplexArray:
    """Return a block of k-space in the middle of an array of `shape`, zero around it."""
    kspace = np.zeros(shape, dtype=block.dtype)
    kspace[tuple(slice(n // 2 - m // 2, n // 2 - m // 2 + m) for n, m in zip(shape, block.shape, strict=True))] = block
    return kspace


def _espirit(
    kspace: ComplexArray, acquisition: Acquisition, n_lines: int, n_partitions: int, kernel: int
) -> ComplexArray | None:
    """Return the maps by ESPIRiT; None where another axis has too few samples for it."""
    n_z, n_y, n_x = acquisition.encoded_shape
    wanted = _CALIBRATION_3D if acquisition.is_3d else _CALIBRATION
    along_y, along_x = _middle(n_y, min(n_lines, wanted)), _middle(n_x, wanted)
    if not acquisition.is_3d:
        planes = [
            espirit(kspace[:, z : z + 1, along_y, along_x], (1, n_y, n_x), kernel_width=kernel).maps[0]
            for z in range(n_z)
        ]
        return np.concatenate(planes, axis=1).astype(kspace.dtype)
    if n_partitions < 2 * kernel - 1:
        return None
    along_z = _middle(n_z, min(n_partitions, wanted))
    block = kspace[:, along_z, along_y, along_x]
    found: ComplexArray = espirit(block, (n_z, n_y, n_x), kernel_width=kernel).maps[0].astype(kspace.dtype)
    return found


def _middle(n: int, width: int) -> slice:
    width = min(n, width)
    return slice(n // 2 - width // 2, n // 2 - width // 2 + width)


def _unbroken(lines: BoolArray) -> int:
    """Return how many neighbouring lines about the centre were taken."""
    center, reach = len(lines) // 2, 0
    while center - reach >= 0 and center + reach < len(lines) and lines[center - reach] and lines[center + reach]:
        reach += 1
    return max(0, 2 * reach - 1)


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
