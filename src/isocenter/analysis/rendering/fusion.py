"""Two pictures of the same plane over each other: anatomy in grey, function in colour.

Source: T. Porter and T. Duff, SIGGRAPH Comput. Graph. 18 (1984) 253-259 (the operator "over").
"""

from __future__ import annotations

import numpy as np

from isocenter.analysis.rendering.colour_maps import coloured
from isocenter.analysis.rendering.volume import Volume
from isocenter.core.arrays import FloatArray
from isocenter.core.errors import GeometryError, OptionError

# Below this level colours fade, so that where nothing is taken up the anatomy is seen as it is.
FADING_BELOW = 0.1


def fuse(below: FloatArray, above: FloatArray, *, colours: str, opacity: float) -> FloatArray:
    """Return red, green and blue from 0 to 1: `above` over `below`, both levels from 0 to 1.

    Where `above` is not a number nothing covers what is below. Raises `OptionError` for an opacity out of 0 to 1 or an
    unknown colour map.
    """
    if not 0.0 <= opacity <= 1.0:
        raise OptionError("The opacity is out of range.", field="opacity", found=opacity, expected="0 to 1")
    levels = np.nan_to_num(above, nan=0.0)
    weight = np.where(np.isnan(above), 0.0, opacity * np.clip(levels / FADING_BELOW, 0.0, 1.0))[..., np.newaxis]
    fused: FloatArray = weight * coloured(levels, colours) + (1.0 - weight) * np.nan_to_num(below)[..., np.newaxis]
    return fused


def require_same_frame(below: Volume, above: Volume) -> None:
    """Raise `GeometryError` unless two volumes lie in the same frame of reference of the patient."""
    frames = [volume.grid.frame_of_reference_uid for volume in (below, above)]
    if None in frames or frames[0] != frames[1]:
        raise GeometryError(
            "The two series do not lie in the same frame of reference.",
            field="FrameOfReferenceUID",
            found=" and ".join(str(frame) for frame in frames),
            expected="one frame of reference",
            remedy="Register them first, or choose series of the same examination.",
        )
