"""A detector that adds up energy: quantum and electronic noise, cross-talk between cells, afterglow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import OptionError
from isocenter.physics.properties import attenuation_curve_per_mm
from isocenter.physics.tissues import tissue


@dataclass(frozen=True)
class IntegratingDetector:
    """A scintillator of one thickness with its electronics.

    Parameters
    ----------
    scintillator, thickness_mm
        What stops the photons, from the table of tissues and materials.
    electronic_noise_kev
        Standard deviation of the electronics in one reading, as deposited energy.
    crosstalk
        Part of a cell's light that goes to each of its two neighbours, 0 to 0.25.
    afterglow, afterglow_views
        Part of the light that comes late, and the time after which it has fallen to 1/e, in views.
    """

    scintillator: str = "gadolinium oxysulphide"
    thickness_mm: float = 1.4
    electronic_noise_kev: float = 0.0
    crosstalk: float = 0.0
    afterglow: float = 0.0
    afterglow_views: float = 1.0

    def __post_init__(self) -> None:
        tissue(self.scintillator)
        limits = {
            "thickness_mm": (1e-3, 100.0),
            "electronic_noise_kev": (0.0, 1e6),
            "crosstalk": (0.0, 0.25),
            "afterglow": (0.0, 0.5),
            "afterglow_views": (1e-3, 1e6),
        }
        for name, (low, high) in limits.items():
            if not low <= getattr(self, name) <= high:
                raise OptionError(
                    f"{name} is out of range.", field=name, found=getattr(self, name), expected=f"{low:g} to {high:g}"
                )

    def absorbed(self, energies_kev: FloatArray) -> FloatArray:
        """Return the part of the photons of each energy that is stopped."""
        mu = attenuation_curve_per_mm(tissue(self.scintillator), energies_kev)
        part: FloatArray = 1 - np.exp(-mu * self.thickness_mm)
        return part

    def read(
        self, energy_kev: FloatArray, energy_squared_kev2: FloatArray, rng: np.random.Generator | None
    ) -> FloatArray:
        """Return readings in keV, shape (view, ..., bin), of the mean deposited energy and its second moment.

        A compound Poisson sum of photons of many energies is drawn as a scaled Poisson number with the same mean and
        variance: mean M, variance V = sum of n E^2. Light then spreads, glows on, and the electronics add their noise.
        Without `rng` there is no noise. Source: Whiting et al., Med. Phys. 33 (2006) 3290, sec. II.
        """
        signal = np.asarray(energy_kev, dtype=float)
        if rng is not None:
            gain = energy_squared_kev2 / np.maximum(signal, 1e-30)
            signal = gain * rng.poisson(signal / np.maximum(gain, 1e-30))
        signal = self._glowing(self._spread(signal))
        if rng is not None and self.electronic_noise_kev:
            signal = signal + rng.normal(0.0, self.electronic_noise_kev, signal.shape)
        return signal

    def modulation(self, cycles_per_bin: FloatArray) -> FloatArray:
        """Return the modulation transfer of the cross-talk alone: 1 - 2 c (1 - cos 2 pi f)."""
        part: FloatArray = 1 - 2 * self.crosstalk * (1 - np.cos(2 * np.pi * np.asarray(cycles_per_bin)))
        return part

    def _spread(self, signal: FloatArray) -> FloatArray:
        if not self.crosstalk:
            return signal
        padded = np.pad(signal, [(0, 0)] * (signal.ndim - 1) + [(1, 1)], mode="edge")
        neighbours = padded[..., :-2] + padded[..., 2:]
        spread: FloatArray = (1 - 2 * self.crosstalk) * signal + self.crosstalk * neighbours
        return spread

    def _glowing(self, signal: FloatArray) -> FloatArray:
        """Return what is read when part of the light comes late, from view to view, after a long air scan."""
        if not self.afterglow:
            return signal
        kept = float(np.exp(-1 / self.afterglow_views))
        stored = signal[0] * self.afterglow  # in balance with the first view
        out = np.empty_like(signal)
        for view, now in enumerate(signal):
            stored = kept * stored + (1 - kept) * self.afterglow * now
            out[view] = (1 - self.afterglow) * now + stored
        return out
