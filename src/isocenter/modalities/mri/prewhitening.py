"""Coils made independent and of equal noise, by a scan of noise alone.

Source: Pruessmann et al., Magn. Reson. Med. 46 (2001) 638-651, appendix B; Kellman and McVeigh, Magn. Reson. Med. 54
(2005) 1439-1447.
"""

from __future__ import annotations

import warnings

import numpy as np

from isocenter.core.arrays import ComplexArray, require_finite
from isocenter.core.errors import DataError, IsocenterWarning, ShapeError


def noise_covariance(noise: ComplexArray) -> ComplexArray:
    """Return the covariance (coil, coil) of complex noise (coil, sample): the mean of n n^H.

    Raises
    ------
    DataError
        If a coil is silent or two coils always say the same, so that the covariance has no inverse, or samples are no
        numbers.
    """
    require_finite(noise, "noise scan")
    covariance: ComplexArray = noise @ noise.conj().T / noise.shape[1]
    power = np.diag(covariance).real
    silent = np.flatnonzero(power <= 1e-12 * power.max(initial=0.0))
    if silent.size:
        raise DataError(
            "A coil has no noise: it was not connected.",
            field="noise",
            found=f"no noise in coil {', '.join(str(index) for index in silent)}",
            expected="noise in every coil",
            remedy="Leave the coil out, or reconstruct without the noise scan.",
        )
    correlation = covariance / np.sqrt(np.outer(power, power))
    if np.linalg.eigvalsh(correlation)[0] < 1e-6:
        raise DataError(
            "Coils repeat each other: their noise has no inverse covariance.",
            field="noise",
            found="a correlation of one",
            expected="independent coils",
            remedy="Compress the coils, or reconstruct without the noise scan.",
        )
    return covariance


def prewhiten(data: ComplexArray, noise: ComplexArray | None) -> ComplexArray:
    """Return data (coil, ...) with coils made independent and of equal noise, at the mean noise power they had.

    Without a noise scan the data come back as they are; so they do, with a warning, where the scan is shorter than
    twice the coils.

    Raises
    ------
    ShapeError, DataError
        If the noise scan is of other coils, or not usable.
    """
    if noise is None:
        return data
    n_coils = data.shape[0]
    if noise.ndim != 2 or noise.shape[0] != n_coils:
        raise ShapeError(
            "The noise scan is of other coils.", field="noise", found=noise.shape, expected=f"({n_coils}, sample)"
        )
    if noise.shape[1] < 2 * n_coils:
        warnings.warn(
            f"The noise scan has only {noise.shape[1]} samples for {n_coils} coils: the coils stay as they are.",
            IsocenterWarning,
            stacklevel=2,
        )
        return data
    covariance = noise_covariance(noise)
    root = np.linalg.cholesky(covariance / (np.trace(covariance).real / n_coils))
    flat = np.linalg.solve(root, data.reshape(n_coils, -1))
    return flat.reshape(data.shape).astype(data.dtype)
