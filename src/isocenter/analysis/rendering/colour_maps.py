"""Colour maps for functional images: from nothing (0) to the most (1), as red, green and blue.

Source: DICOM PS3.6 annex B (Well-known Color Palettes: hot iron, PET); P. Green, Bull. Astron. Soc. India 39 (2011) 289
(cubehelix).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import OptionError

_ENTRIES = 256


def _through(*points: tuple[float, float, float, float]) -> FloatArray:
    """Return a map that is linear between points (place, red, green, blue)."""
    at, (places, *colours) = np.linspace(0.0, 1.0, _ENTRIES), np.array(points).T
    return np.stack([np.interp(at, places, colour) for colour in colours], axis=-1)


def _cubehelix() -> FloatArray:
    at = np.linspace(0.0, 1.0, _ENTRIES)
    angle, amplitude = 2 * np.pi * (0.5 / 3 + 1.0 - 1.5 * at), at * (1 - at) / 2
    waves = np.stack([np.cos(angle), np.sin(angle)])
    mix = np.array([[-0.14861, 1.78277], [-0.29227, -0.90649], [1.97294, 0.0]])
    helix: FloatArray = np.clip(at[:, None] + amplitude[:, None] * (mix @ waves).T, 0.0, 1.0)
    return helix


COLOUR_MAPS: Mapping[str, FloatArray] = {
    "grey": _through((0, 0, 0, 0), (1, 1, 1, 1)),
    "inverse-grey": _through((0, 1, 1, 1), (1, 0, 0, 0)),
    "hot-iron": _through((0, 0, 0, 0), (0.5, 1, 0, 0), (0.75, 1, 0.5, 0), (1, 1, 1, 1)),
    "pet": _through((0, 0, 0, 0), (0.25, 0, 0.5, 0.5), (0.5, 0.5, 0, 1), (0.75, 1, 0.5, 0.5), (1, 1, 1, 1)),
    "rainbow": _through(
        (0, 0, 0, 0.5), (0.15, 0, 0, 1), (0.4, 0, 1, 1), (0.6, 1, 1, 0), (0.85, 1, 0, 0), (1, 0.5, 0, 0)
    ),
    "cubehelix": _cubehelix(),
}


def coloured(levels: FloatArray, name: str) -> FloatArray:
    """Return levels from 0 to 1 as red, green and blue from 0 to 1; raises `OptionError` for an unknown map."""
    if name not in COLOUR_MAPS:
        raise OptionError("There is no such colour map.", field="colours", found=name, expected=", ".join(COLOUR_MAPS))
    places = np.rint(np.clip(levels, 0.0, 1.0) * (_ENTRIES - 1)).astype(np.intp)
    found: FloatArray = COLOUR_MAPS[name][places]
    return found
