"""From the scan as it came through the corrections asked for to an image: what a person calls `reconstruct`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.core.methods import Method, choose
from isocenter.core.progress import OnProgress
from isocenter.core.provenance import ParameterValue
from isocenter.modalities.ct import noise, reconstruction
from isocenter.modalities.ct.corrections.asked import CORRECTIONS, DEFAULTS, corrected, with_metal_back
from isocenter.modalities.ct.measurement import Measurement
from isocenter.modalities.ct.reconstruction import TITLE, default_method

METHODS: Mapping[str, Method] = {
    **{
        name: replace(method, parameters=(*method.parameters, *CORRECTIONS))
        for name, method in reconstruction.METHODS.items()
    },
    noise.METHOD.name: noise.METHOD,
}


def reconstruct(
    measurement: Measurement,
    grid: Grid | None = None,
    *,
    method: str | None = None,
    on_progress: OnProgress | None = None,
    **parameters: ParameterValue,
) -> Image:
    """Return CT numbers (or linear attenuation) on `grid`, or their noise, by one of `METHODS` or `default_method`.

    The parameters of `isocenter.modalities.ct.corrections.asked.CORRECTIONS` are applied to the data first, in the
    order they belong in; provenance tells those that were asked for. The rest is `reconstruction.reconstruct`'s.

    Raises
    ------
    OptionError
        If there is no such method or a parameter is wrong.
    DataError, GeometryError
        If the grid does not lie in the scan, the views do not suffice, or a correction refuses the scan.
    """
    chosen = choose(METHODS, default_method(measurement) if method is None else method, TITLE)
    settings: dict[str, Any] = dict(chosen.resolve(parameters))
    if chosen is noise.METHOD:
        return noise.noise_image(measurement, grid, on_progress=on_progress, **settings)
    asked = {name: settings.pop(name) for name in DEFAULTS}
    scan = corrected(measurement, asked, on_progress)
    image = reconstruction.reconstruct(scan.measurement, grid, method=chosen.name, on_progress=on_progress, **settings)
    if scan.with_metal is not None:
        uncorrected = reconstruction.reconstruct(scan.with_metal, grid, method=chosen.name, **settings)
        image = with_metal_back(image, uncorrected, float(asked["metal_hu"]))
    if image.provenance is None or not scan.told:
        return image
    return replace(image, provenance=replace(image.provenance, parameters={**image.provenance.parameters, **scan.told}))
