"""How much each pixel scatters: the noise of an image, by reconstructing noise of the measured strength."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from isocenter.core.errors import DataError, OptionError
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.modalities.ct.measurement import Measurement
from isocenter.modalities.ct.reconstruction import reconstruct


def noise_map(
    measurement: Measurement,
    grid: Grid | None = None,
    *,
    rng: np.random.Generator,
    n_samples: int = 16,
    method: str | None = None,
    **parameters: Any,
) -> Image:
    """Return the standard deviation of every pixel in HU.

    The counts' own Poisson noise is drawn again `n_samples` times and reconstructed by the same linear method; so the
    figure is good to 1 / sqrt(2 n). Of a measurement of line integrals nobody knows the noise.

    Raises
    ------
    DataError
        If the measurement holds no counts.
    OptionError
        If there are fewer than two samples.
    """
    scan = measurement.acquisition
    if scan.photons_per_bin is None:
        raise DataError("Line integrals do not tell their noise.", field="photons_per_bin", expected="photon counts")
    if n_samples < 2:
        raise OptionError("A deviation needs two samples.", field="n_samples", found=n_samples, expected="2 or more")
    lines = replace(scan, photons_per_bin=None)
    counts = np.maximum(measurement.data, 0.5)
    total = square = np.zeros(())
    image: Image | None = None
    for _ in range(n_samples):
        # To first order the logarithm's noise is that of the counts over the counts.
        noise = (rng.poisson(counts) / counts - 1).astype(np.float32)
        image = reconstruct(replace(measurement, acquisition=lines, data=noise), grid, method=method, **parameters)
        values = image.values.astype(float)
        total, square = total + values, square + values**2
    assert image is not None
    deviation = np.sqrt(np.maximum(square / n_samples - (total / n_samples) ** 2, 0) * n_samples / (n_samples - 1))
    return replace(image, values=deviation.astype(np.float32), quantity="noise")
