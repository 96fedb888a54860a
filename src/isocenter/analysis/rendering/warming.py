"""Every kernel that draws views, compiled before anybody waits for it."""

from __future__ import annotations

import numpy as np

from isocenter.analysis.rendering.presets import PRESETS
from isocenter.analysis.rendering.reformat import PROJECTIONS, reformat
from isocenter.analysis.rendering.view import DIRECTIONS, view_around, whole
from isocenter.analysis.rendering.volume import Volume
from isocenter.analysis.rendering.volume_rendering import render_volume
from isocenter.core.grid import Grid


def compile_rendering() -> None:
    """Draw small views of both kinds of samples, straight and oblique; numba caches what it compiles."""
    for dtype in (np.int16, np.float32):
        volume = Volume(np.zeros((9, 9, 9), dtype), Grid((9, 9, 9), (1.0, 1.0, 1.0)))
        straight = whole(volume, *DIRECTIONS["axial"], shape=(8, 8))
        oblique = view_around((0.0, 0.0, 0.0), (0.6, 0.8, 0.0), (0.0, 0.0, -1.0), (1.0, 1.0), (8, 8))
        for view in (straight, oblique):
            for projection in PROJECTIONS:
                reformat(volume, view, slab_mm=100.0, projection=projection)
            render_volume(volume, view, PRESETS["ct-bone"])
