"""How much each pixel scatters: the noise of an image, carried through the method, or drawn and reconstructed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError, OptionError
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.core.methods import Method, Parameter
from isocenter.core.progress import OnProgress, report
from isocenter.core.provenance import ParameterValue, Provenance
from isocenter.modalities.ct import reconstruction
from isocenter.modalities.ct.geometry import require_grid
from isocenter.modalities.ct.measurement import Measurement
from isocenter.modalities.ct.propagated_noise import fbp_variance
from isocenter.modalities.ct.reconstruction import default_method, reconstruct
from isocenter.modalities.ct.region import region, thickened
from isocenter.modalities.ct.sharpness import cutoff_for
from isocenter.modalities.ct.water import water_per_mm

METHOD = Method(
    "noise",
    "The noise map: by how much each pixel of the filtered back-projection scatters, from the photons counted.",
    "Wunderlich and Noo, Phys. Med. Biol. 53 (2008) 2471",
    fbp_variance,
    (
        *(item for item in reconstruction.METHODS["fbp"].parameters if item.name != "extrapolate"),
        Parameter("n_samples", 16, "noise is drawn so often where the scan is a cone", minimum=2, maximum=1000),
    ),
)


def noise_image(
    measurement: Measurement,
    grid: Grid | None = None,
    *,
    on_progress: OnProgress | None = None,
    **parameters: ParameterValue,
) -> Image:
    """Return the standard deviation that the counts' Poisson noise gives every pixel of the analytic method's image.

    Planes get theirs exactly to first order, by `fbp_variance`; cones and half fans by `noise_map` with a fixed seed,
    good to 1 / sqrt(2 n_samples).

    Raises
    ------
    DataError
        If the measurement holds line integrals: they do not tell their noise.
    OptionError, GeometryError
        If a parameter is wrong, or there is no analytic method for the scan.
    """
    scan = measurement.acquisition
    settings = METHOD.resolve(parameters)
    if scan.geometry == "cone" or scan.is_half_fan:
        others: dict[str, Any] = {name: value for name, value in settings.items() if name != "n_samples"}
        n = int(settings["n_samples"])
        return noise_map(
            measurement, grid, rng=np.random.default_rng(0), n_samples=n, on_progress=on_progress, **others
        )
    variance = _variance(measurement)
    place = region(scan, settings) if grid is None else grid
    require_grid(scan, place)
    window, sharpness = str(settings["window"]), float(settings["mtf50_per_cm"])
    if sharpness:
        settings["cutoff"] = cutoff_for(scan, window, sharpness)
    values = fbp_variance(
        scan, place, variance, window=window, cutoff=float(settings["cutoff"]), on_progress=on_progress
    )
    thin = place
    values, place = thickened(values, place, float(settings["slice_thickness_mm"]))
    # Slices scatter independently: the mean of n has an n-th of their mean variance.
    n_thin = thin.shape[0] // place.shape[0] if place.ndim == 3 else 1
    deviation = np.sqrt(np.asarray(values, dtype=float) / n_thin)
    mu_water = float(settings["mu_water_per_mm"]) or water_per_mm(scan.energy_kev)
    settings["mu_water_per_mm"] = mu_water
    is_hu = settings["scale"] == "hu"
    return Image(
        (deviation * 1000 / mu_water if is_hu else deviation).astype(np.float32),
        place,
        quantity="noise",
        unit="[hnsf'U]" if is_hu else "/mm",
        acquired_at=measurement.acquired_at,
        provenance=Provenance("ct.noise", settings, measurement.sources),
        patient=measurement.patient,
        study=measurement.study,
    )


def _variance(measurement: Measurement) -> FloatArray:
    """Return the variance of every line integral: one over its count, to first order."""
    if measurement.acquisition.photons_per_bin is None:
        raise DataError("Line integrals do not tell their noise.", field="photons_per_bin", expected="photon counts")
    variance: FloatArray = 1 / np.maximum(measurement.data.astype(float), 0.5)
    return variance


def noise_map(
    measurement: Measurement,
    grid: Grid | None = None,
    *,
    rng: np.random.Generator,
    n_samples: int = 16,
    method: str | None = None,
    on_progress: OnProgress | None = None,
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
    variance = _variance(measurement)
    if n_samples < 2:
        raise OptionError("A deviation needs two samples.", field="n_samples", found=n_samples, expected="2 or more")
    lines = replace(scan, photons_per_bin=None)
    counts = 1 / variance
    method = default_method(measurement) if method is None else method
    total = square = np.zeros(())
    image: Image | None = None
    for index in range(n_samples):
        # To first order the logarithm's noise is that of the counts over the counts.
        noise = (rng.poisson(counts) / counts - 1).astype(np.float32)
        image = reconstruct(replace(measurement, acquisition=lines, data=noise), grid, method=method, **parameters)
        values = image.values.astype(float)
        total, square = total + values, square + values**2
        report(on_progress, index + 1, n_samples, "noise")
    assert image is not None
    deviation = np.sqrt(np.maximum(square / n_samples - (total / n_samples) ** 2, 0) * n_samples / (n_samples - 1))
    return replace(image, values=deviation.astype(np.float32), quantity="noise")
