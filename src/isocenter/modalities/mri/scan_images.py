"""The images of all scans of a series, each by a method for one scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from isocenter.core.image import Image
from isocenter.core.progress import OnProgress, report
from isocenter.core.provenance import Provenance
from isocenter.modalities.mri.reconstruction import default_method, reconstruct
from isocenter.modalities.mri.series import Series


def images(series: Series, on_progress: OnProgress | None, settings: Mapping[str, Any]) -> Mapping[str, Image]:
    """Return an image of every echo or encoding by its name, such as ``echo-1``; scans in time are one image."""
    method = str(settings["by"]) or default_method(series.frames[0])
    made = []
    for index, frame in enumerate(series.frames):
        report(on_progress, index, len(series.frames), f"{series.axis} {index + 1}")
        made.append(reconstruct(frame, method=method))
    if series.axis != "time":
        return {f"{series.axis}-{index}": image for index, image in enumerate(made, start=1)}
    first = made[0]
    provenance = first.provenance or Provenance(f"mri.{method}")
    values = np.stack([image.values for image in made])
    return {"images": replace(first, values=values, axes=("time",), provenance=provenance)}
