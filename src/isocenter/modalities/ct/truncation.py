"""Views that the object overhangs, continued smoothly beyond the detector so that the filter sees no edge.

Without it a truncated scan is bright at the rim of its field of view and too bright inside.
Source: Ohnesorge, Flohr, Schwarz, Heiken and Bae, Med. Phys. 27 (2000) 39-46: a symmetric mirror about each end.
"""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import FloatArray


def extended(views: FloatArray, part: float = 0.5) -> tuple[FloatArray, int]:
    """Return views (..., bin) with `part` of their bins more on either side, and how many stand in front.

    Each end is continued by its mirror image about the end's own value, ``2 p(end) - p(mirrored)``, where that is
    positive, and fades to nothing like a squared cosine.
    """
    n_bins = views.shape[-1]
    n = max(1, min(n_bins - 1, round(part * n_bins)))
    fade = np.cos(np.linspace(0.0, np.pi / 2, n + 2)[1:-1]) ** 2
    fade = fade.astype(views.dtype)
    before = np.maximum(2 * views[..., :1] - views[..., 1 : n + 1], 0) * fade
    behind = np.maximum(2 * views[..., -1:] - views[..., -n - 1 : -1][..., ::-1], 0) * fade
    return np.concatenate([before[..., ::-1], views, behind], axis=-1), n
