"""Maps computed from a series of scans, as images in the patient with their provenance."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.image import Image
from isocenter.core.provenance import ParameterValue, Provenance, Source
from isocenter.modalities.mri.geometry import default_grid
from isocenter.modalities.mri.series import Series


def image_of(
    values: FloatArray,
    series: Series,
    quantity: str,
    unit: str,
    method: str,
    settings: Mapping[str, ParameterValue],
    axes: tuple[str, ...] = (),
) -> Image:
    """Return values (*axes, z, y, x) at the place of the series' scans."""
    first = series.frames[0]
    sources: dict[str, Source] = {source.sha256: source for frame in series.frames for source in frame.sources}
    return Image(
        values.astype(np.float32),
        default_grid(first.acquisition),
        quantity=quantity,
        unit=unit,
        axes=axes,
        acquired_at=first.acquired_at,
        provenance=Provenance(f"mri.{method}", settings, tuple(sources.values())),
        patient=first.patient,
        study=first.study,
    )
