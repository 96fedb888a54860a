"""A grid of lead strips before the detector: what it lets through of primary and of scattered photons.

Source: Day and Dance, Phys. Med. Biol. 28 (1983) 1429-1433 (transmission of a parallel grid, by path lengths).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isocenter.core.errors import OptionError
from isocenter.physics.properties import attenuation_curve_per_mm
from isocenter.physics.tissues import tissue

_N = 200


@dataclass(frozen=True)
class AntiScatterGrid:
    """A focused grid: `ratio` of height to gap, lead strips and gaps of these widths, and what fills the gaps."""

    ratio: float = 12.0
    strip_mm: float = 0.04
    gap_mm: float = 0.25
    filling: str = "polyethylene"

    def __post_init__(self) -> None:
        for name in ("ratio", "strip_mm", "gap_mm"):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise OptionError(f"{name} must be positive.", field=name, found=getattr(self, name))
        tissue(self.filling)

    def transmission(self, energy_kev: float, angle_rad: float = 0.0) -> float:
        """Return the part of the photons that passes at an angle to the strips; 0 is the way of primary photons."""
        height, pitch = self.ratio * self.gap_mm, self.strip_mm + self.gap_mm
        lead, filling = (
            float(attenuation_curve_per_mm(tissue(name), np.array([energy_kev]))[0]) for name in ("lead", self.filling)
        )
        entry = (np.arange(_N) + 0.5) / _N * pitch
        depth = (np.arange(_N) + 0.5) / _N * height
        place = np.mod(entry[:, None] + depth * np.tan(angle_rad), pitch)
        path = height / np.cos(angle_rad)
        in_lead = (place < self.strip_mm).mean(axis=1) * path
        return float(np.exp(-lead * in_lead - filling * (path - in_lead)).mean())

    def scatter_transmission(self, energy_kev: float) -> float:
        """Return the part of scatter that passes, for scatter as even over directions as a diffuse surface sends it."""
        angles = (np.arange(60) + 0.5) / 60 * np.pi / 2
        weight = np.cos(angles)
        passed = np.array([self.transmission(energy_kev, float(angle)) for angle in angles])
        return float((weight * passed).sum() / weight.sum())

    def selectivity(self, energy_kev: float) -> float:
        """Return primary over scatter transmission; source: IEC 60627."""
        return self.transmission(energy_kev) / self.scatter_transmission(energy_kev)
