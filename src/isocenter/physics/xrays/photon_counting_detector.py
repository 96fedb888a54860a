"""A detector that counts photons into energy bins: blurred energies, charge shared by neighbours, pile-up.

Sources: Taguchi and Iwanczyk, Med. Phys. 40 (2013) 100901 (response, pile-up); Knoll, Radiation Detection and
Measurement, 4th ed. 2010, sec. 4.VII (dead time).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from scipy.special import erf

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError, OptionError
from isocenter.physics.properties import attenuation_curve_per_mm
from isocenter.physics.tissues import tissue

_N_PLACES = 301
_N_SHARES = 500
_REACH_SIGMAS = 4.0


@dataclass(frozen=True)
class PhotonCountingDetector:
    """A semiconductor in square pixels.

    Parameters
    ----------
    semiconductor, thickness_mm
        What stops the photons; a photon is taken to leave all its energy (no fluorescence escapes).
    pixel_mm, charge_sigma_mm
        Width of a pixel and standard deviation of the charge cloud that reaches it; 0 shares no charge.
    resolution_fwhm_kev
        Full width at half maximum of the electronics' energy.
    dead_time_ns, dead_time
        Time after a photon in which no other is seen, and whether a photon in it prolongs it ("paralysable").
    """

    semiconductor: str = "cadmium telluride"
    thickness_mm: float = 1.6
    pixel_mm: float = 0.3
    charge_sigma_mm: float = 0.015
    resolution_fwhm_kev: float = 6.0
    dead_time_ns: float = 0.0
    dead_time: Literal["paralysable", "non-paralysable"] = "non-paralysable"

    def __post_init__(self) -> None:
        tissue(self.semiconductor)
        for name in ("thickness_mm", "pixel_mm"):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise OptionError(f"{name} must be positive.", field=name, found=getattr(self, name))
        for name in ("charge_sigma_mm", "resolution_fwhm_kev", "dead_time_ns"):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                raise OptionError(f"{name} cannot be negative.", field=name, found=getattr(self, name))
        if self.charge_sigma_mm > self.pixel_mm / 2:
            raise OptionError(
                "The charge cloud is wider than a pixel.",
                field="charge_sigma_mm",
                found=self.charge_sigma_mm,
                expected=f"at most half of the pixel, {self.pixel_mm / 2:g} mm",
            )
        if self.dead_time not in ("paralysable", "non-paralysable"):
            raise OptionError(
                "This dead time is not known.",
                field="dead_time",
                found=self.dead_time,
                expected="paralysable, non-paralysable",
            )

    def absorbed(self, energies_kev: FloatArray) -> FloatArray:
        """Return the part of the photons of each energy that is stopped."""
        mu = attenuation_curve_per_mm(tissue(self.semiconductor), energies_kev)
        part: FloatArray = 1 - np.exp(-mu * self.thickness_mm)
        return part

    def bin_response(self, energies_kev: FloatArray, edges_kev: FloatArray) -> FloatArray:
        """Return how many counts of each bin one absorbed photon of each energy makes, shape (bin, energy).

        Counts of all pixels that see part of the charge are in it, so a photon may count twice, each time too low.
        """
        edges = require_edges(edges_kev)
        above = np.stack([self.counts_above(energies_kev, float(edge)) for edge in edges])
        return above[:-1] - above[1:]

    def counts_above(self, energies_kev: FloatArray, threshold_kev: float) -> FloatArray:
        """Return the counts above one threshold per absorbed photon of each energy, shape (energy,)."""
        energies = np.asarray(energies_kev, dtype=float)
        fractions, weights = charge_shares(self.pixel_mm, self.charge_sigma_mm)
        deposited = energies[:, None] * fractions
        sigma = self.resolution_fwhm_kev / 2.354820045
        if sigma > 0:
            seen = 0.5 * (1 + erf((deposited - threshold_kev) / (sigma * np.sqrt(2))))
        else:
            seen = (deposited > threshold_kev).astype(float)
        counts: FloatArray = seen @ weights
        return counts

    def recorded_rate(self, true_rate_per_s: FloatArray) -> FloatArray:
        """Return the rate that is counted: n / (1 + n tau), or n exp(-n tau) for a paralysable detector."""
        busy = np.asarray(true_rate_per_s, dtype=float) * self.dead_time_ns * 1e-9
        return true_rate_per_s * (np.exp(-busy) if self.dead_time == "paralysable" else 1 / (1 + busy))

    def true_rate(self, recorded_rate_per_s: FloatArray) -> FloatArray:
        """Return the rate of photons from the rate that is counted; of a paralysable detector's two the lower.

        Raises
        ------
        DataError
            If no rate of photons can make such counts.
        """
        recorded = np.asarray(recorded_rate_per_s, dtype=float)
        tau = self.dead_time_ns * 1e-9
        most = np.inf if tau == 0 else (1 / (np.e * tau) if self.dead_time == "paralysable" else 1 / tau)
        if recorded.size and not recorded.max() < most:
            raise DataError(
                "The detector cannot count so fast.",
                field="counts",
                found=f"{recorded.max():.4g} per second",
                expected=f"less than {most:.4g} per second for a dead time of {self.dead_time_ns:g} ns",
                remedy="Check dead_time_ns, or the time of a view.",
            )
        if tau == 0:
            return recorded
        if self.dead_time == "non-paralysable":
            return recorded / (1 - recorded * tau)
        rate = recorded.copy()
        for _ in range(60):  # Newton on n exp(-n tau) = m from below, where it is concave
            decay = np.exp(-rate * tau)
            rate = np.minimum(rate - (rate * decay - recorded) / np.maximum(decay * (1 - rate * tau), 1e-12), 1 / tau)
        return rate


@lru_cache(maxsize=32)
def charge_shares(pixel_mm: float, sigma_mm: float) -> tuple[FloatArray, FloatArray]:
    """Return the parts of a photon's charge that one pixel gets, and how many photons give it so much, per pixel.

    In x and y alike a pixel from -p/2 to p/2 gets (Phi((p/2 - x)/s) - Phi((-p/2 - x)/s)) of a cloud at x. The
    photons fall evenly, on the pixel and beyond its edge.
    """
    if sigma_mm == 0:
        return np.ones(1), np.ones(1)
    half, sigma = pixel_mm / 2, sigma_mm
    reach = _REACH_SIGMAS * sigma
    inner = max(half - reach, 0.0)
    # Far from the edge a pixel gets all; near it the places are dense.
    nodes, spans = np.polynomial.legendre.leggauss(_N_PLACES)
    places = inner + (half + reach - inner) * (nodes + 1) / 2
    weights = spans / 2 * (half + reach - inner) / half
    got = 0.5 * (erf((half - places) / (sigma * np.sqrt(2))) - erf((-half - places) / (sigma * np.sqrt(2))))
    line = np.append(got, 1.0), np.append(weights, inner / half)
    parts, photons = np.outer(line[0], line[0]).ravel(), np.outer(line[1], line[1]).ravel()
    # Like parts are gathered: the sums that follow then cost little.
    index = np.minimum((parts * _N_SHARES).astype(int), _N_SHARES)
    gathered: FloatArray = np.bincount(index, photons, _N_SHARES + 1).astype(float)
    charge: FloatArray = np.bincount(index, photons * parts, _N_SHARES + 1).astype(float)
    is_met = gathered > 0
    return charge[is_met] / gathered[is_met], gathered[is_met]


def require_edges(edges_kev: FloatArray) -> FloatArray:
    """Return the edges of energy bins as an array; raises `OptionError` unless they rise and are at least two."""
    edges = np.asarray(edges_kev, dtype=float)
    if edges.ndim != 1 or edges.size < 2 or not np.isfinite(edges).all() or np.any(np.diff(edges) <= 0):
        raise OptionError(
            "The energy bins contradict each other.",
            field="thresholds_kev",
            found=edges.tolist(),
            expected="at least two rising energies: the lower edge of each bin, and the end of the last",
        )
    return edges
