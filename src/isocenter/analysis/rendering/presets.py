"""How volumes are rendered: which values shine in which colour and how much of them light passes.

Values of CT presets are in HU; those of presets for other modalities are fractions of the volume's window. Extinction
is in 1/mm: what a body of this value takes of the light that passes through it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from isocenter.analysis.rendering.volume import Volume
from isocenter.core.arrays import FloatArray
from isocenter.core.errors import OptionError

Point = tuple[float, float, float, float, float]


@dataclass(frozen=True)
class Preset:
    """A transfer function, linear between points (value, red, green, blue, extinction per mm), and its light.

    `steepness` is the change of value per mm that makes a full surface; `ambient`, `diffuse`, `specular` are its light.
    """

    name: str
    points: tuple[Point, ...]
    is_relative: bool = False
    steepness: float = 100.0
    ambient: float = 0.25
    diffuse: float = 0.75
    specular: float = 0.2

    def values(self, volume: Volume) -> FloatArray:
        """Return the points of the transfer function in the volume's unit."""
        points = np.array(self.points)
        if self.is_relative:
            center, width = volume.window
            points[:, 0] = center + (points[:, 0] - 0.5) * width
        return points

    def steep(self, volume: Volume) -> float:
        """Return the steepness of a full surface in the volume's unit per mm."""
        return self.steepness * (volume.window[1] if self.is_relative else 1.0)


PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "ct-bone",
            (
                (150, 0.75, 0.45, 0.3, 0.0), (250, 0.9, 0.7, 0.5, 0.08), (500, 1.0, 0.93, 0.8, 0.8),
                (1500, 1, 1, 0.97, 2.0),
            ),
        ),
        Preset(
            "ct-soft",
            (
                (-600, 0.8, 0.5, 0.4, 0.0), (-400, 0.85, 0.6, 0.5, 0.03), (-150, 0.9, 0.68, 0.55, 0.15),
                (-20, 0.85, 0.5, 0.4, 0.2), (60, 0.8, 0.3, 0.25, 0.35), (200, 0.95, 0.85, 0.7, 0.6),
                (600, 1, 1, 0.95, 1.5),
            ),
            steepness=60.0,
        ),
        Preset(
            "ct-angio",
            (
                (120, 0.6, 0.1, 0.08, 0.0), (180, 0.8, 0.15, 0.1, 0.12), (300, 0.95, 0.35, 0.2, 0.6),
                (450, 1.0, 0.75, 0.55, 0.8), (900, 1, 0.97, 0.9, 1.5),
            ),
        ),
        Preset(
            "mr",
            (
                (0.15, 0.25, 0.2, 0.2, 0.0), (0.3, 0.6, 0.45, 0.4, 0.03), (0.6, 0.85, 0.75, 0.65, 0.15),
                (1, 1, 1, 1, 0.6),
            ),
            is_relative=True,
            steepness=0.15,
        ),
        Preset(
            "hot-spots",
            ((0.2, 0.2, 0.0, 0.0, 0.0), (0.5, 1.0, 0.3, 0.0, 0.05), (1.0, 1.0, 1.0, 0.6, 0.4)),
            is_relative=True,
            steepness=1e9,
        ),
    )
}  # fmt: skip


def preset_of(name: str) -> Preset:
    """Return a preset; raises `OptionError` for an unknown name."""
    if name not in PRESETS:
        raise OptionError("There is no such preset.", field="preset", found=name, expected=", ".join(PRESETS))
    return PRESETS[name]
