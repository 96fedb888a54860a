"""What a CT scan gives: CTDI in the standard phantoms by Monte Carlo, CTDIvol and DLP.

Photons of the tube's spectrum enter a PMMA cylinder of 16 or 32 cm turning around it, scatter after Klein and Nishina,
are absorbed, and leave their energy in a central and a peripheral rod. Rayleigh scattering, binding and the way of the
electrons are left out. Sources: IEC 60601-2-44 (CTDI, CTDIw, CTDIvol, DLP); Shope et al., Med. Phys. 8 (1981) 488.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import xraylib

from isocenter.core.arrays import BoolArray, FloatArray
from isocenter.core.errors import OptionError
from isocenter.physics.tissues import tissue
from isocenter.physics.xrays.spectrum import Spectrum, compton_recoil_fraction
from isocenter.physics.xrays.tube import Tube

Phantom = Literal["head", "body"]

PHANTOM_DIAMETER_MM = {"head": 160.0, "body": 320.0}
_LENGTH_MM = 150.0
_INTEGRATION_MM = 100.0
_ROD_DEPTH_MM = 10.0
_ROD_HALF_MM = 10.0
_ELECTRON_KEV = 510.99895
_N_PHOTONS = 120_000


@dataclass(frozen=True)
class Dose:
    """What one scan gave, in the words of the standard."""

    kvp: float
    mas: float
    phantom: Phantom
    kerma_isocenter_mgy: float
    ctdi_w_mgy: float
    ctdi_vol_mgy: float
    dlp_mgy_cm: float


def ctdi_weighted(center_mgy: float, periphery_mgy: float) -> float:
    """Return CTDIw = 1/3 CTDI100(centre) + 2/3 CTDI100(periphery)."""
    return center_mgy / 3 + 2 * periphery_mgy / 3


def ctdi_volume(ctdi_w_mgy: float, pitch: float) -> float:
    """Return CTDIvol = CTDIw / pitch; raises `OptionError` for a pitch that is not positive."""
    if not pitch > 0:
        raise OptionError("A pitch is positive.", field="pitch", found=pitch, expected="more than 0")
    return float(ctdi_w_mgy) / pitch


def dose_length_product(ctdi_vol_mgy: float, scan_length_mm: float) -> float:
    """Return DLP = CTDIvol times the length of the scan, in mGy cm."""
    return ctdi_vol_mgy * scan_length_mm / 10


def estimate_dose(
    tube: Tube,
    mas: float,
    *,
    source_isocenter_mm: float = 570.0,
    scan_length_mm: float = 100.0,
    pitch: float = 1.0,
    phantom: Phantom = "body",
) -> Dose:
    """Return the estimated dose of a scan with `mas` per rotation; the beam is as wide as the collimation."""
    if not (np.isfinite(mas) and mas > 0):
        raise OptionError("A scan needs a tube current.", field="mas", found=mas, expected="more than 0")
    beam = tube.spectrum(source_isocenter_mm)
    kerma = beam.air_kerma_mgy_per_mas() * mas
    center, periphery = _per_kerma(tube, source_isocenter_mm, phantom)
    weighted = ctdi_weighted(center * kerma, periphery * kerma)
    volume = ctdi_volume(weighted, pitch)
    return Dose(tube.kvp, mas, phantom, kerma, weighted, volume, dose_length_product(volume, scan_length_mm))


@lru_cache(maxsize=32)
def _per_kerma(tube: Tube, source_isocenter_mm: float, phantom: Phantom) -> tuple[float, float]:
    """Return CTDI100 at the centre and at 1 cm depth over the air kerma in the isocenter."""
    return ctdi_per_kerma(tube.spectrum(source_isocenter_mm), phantom, source_isocenter_mm, np.random.default_rng(0))


def ctdi_per_kerma(
    beam: Spectrum, phantom: Phantom, source_isocenter_mm: float, rng: np.random.Generator, n_photons: int = _N_PHOTONS
) -> tuple[float, float]:
    """Return CTDI100 (air kerma in the rods) at centre and periphery per air kerma free in air at the isocenter.

    A pencil of the fan at z = 0 is followed; by shift invariance along z the dose that it leaves over 100 mm is the
    dose in the middle of 100 mm of them. Absorbed energy in PMMA is turned into air kerma by the ratio of their mass
    energy-transfer at the place (collision by collision).
    """
    if phantom not in PHANTOM_DIAMETER_MM:
        raise OptionError(
            "There is no such phantom.", field="phantom", found=phantom, expected=", ".join(PHANTOM_DIAMETER_MM)
        )
    radius = PHANTOM_DIAMETER_MM[phantom] / 2
    table = _Table.of(beam)
    # Photons start evenly over the fan that just covers the phantom; the gantry's turn is the phantom's symmetry.
    opening = np.arcsin(radius / source_isocenter_mm)
    fan = rng.uniform(-opening, opening, n_photons)
    energy = rng.choice(beam.energies_kev, n_photons, p=beam.photons / beam.total)
    direction = np.stack([-np.cos(fan), np.sin(fan), np.zeros(n_photons)], axis=1)
    b = -source_isocenter_mm * np.cos(fan)
    entry = -b - np.sqrt(np.maximum(b**2 - source_isocenter_mm**2 + radius**2, 0.0))
    position = np.array([source_isocenter_mm, 0.0, 0.0]) + (entry + 1e-6)[:, None] * direction
    center, periphery = 0.0, 0.0
    while energy.size:
        mu = np.interp(energy, table.energies, table.total)
        position = position + (-np.log(rng.random(energy.size)) / mu)[:, None] * direction
        inside = (np.hypot(position[:, 0], position[:, 1]) < radius) & (np.abs(position[:, 2]) < _LENGTH_MM / 2)
        energy, position, direction = energy[inside], position[inside], direction[inside]
        is_compton = rng.random(energy.size) < np.interp(energy, table.energies, table.compton_part)
        left, cosine = _compton(energy, rng)
        deposited = np.where(is_compton, energy - left, energy)
        air = deposited * np.interp(energy, table.energies, table.air_over_pmma)
        at_center, at_edge = _rods(position, radius)
        center, periphery = center + float(air[at_center].sum()), periphery + float(air[at_edge].sum())
        energy, position = left[is_compton], position[is_compton]
        direction = _turned(direction[is_compton], cosine[is_compton], rng)
        alive = energy > 5.0
        energy, position, direction = energy[alive], position[alive], direction[alive]
    # Kerma of these photons at the isocenter, if the fan crossed it freely: photons per mm of arc there.
    per_mm = n_photons / (2 * opening * source_isocenter_mm)
    free = per_mm * beam.air_kerma_mgy_per_mas() / beam.total  # mGy mm2 per photon, times photons per mm
    density_g_per_mm3 = tissue("PMMA").density_g_per_cm3 / 1000
    to_mgy = 1.602176634e-16 * 1e6 / (density_g_per_mm3 * _INTEGRATION_MM)  # keV per mm2 of rod to mGy, over 100 mm
    center_area = np.pi * _ROD_HALF_MM**2
    ring_area = np.pi * ((radius - _ROD_DEPTH_MM + 5) ** 2 - (radius - _ROD_DEPTH_MM - 5) ** 2)
    # A slab of 1 mm along z was irradiated: CTDI100 = (1 / T) integral D dz, with T = 1 mm.
    scale = _INTEGRATION_MM * to_mgy / free
    return float(center / center_area * scale), float(periphery / ring_area * scale)


def _rods(position_mm: FloatArray, radius_mm: float) -> tuple[BoolArray, BoolArray]:
    """Return which places lie in the middle of the phantom, and which 1 cm below its surface, both within 100 mm."""
    out = np.hypot(position_mm[:, 0], position_mm[:, 1])
    along = np.abs(position_mm[:, 2]) < _INTEGRATION_MM / 2
    depth = radius_mm - out
    return (out < _ROD_HALF_MM) & along, (np.abs(depth - _ROD_DEPTH_MM) < 5) & along


def _compton(energy_kev: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Return energy and cosine after scattering on a free electron, by rejection on the cosine.

    Source: Klein and Nishina, Z. Phys. 52 (1929) 853.
    """
    left, cosine = energy_kev.copy(), np.ones_like(energy_kev)
    open_ = np.arange(energy_kev.size)
    while open_.size:
        trial = rng.uniform(-1, 1, open_.size)
        ratio = 1 / (1 + energy_kev[open_] / _ELECTRON_KEV * (1 - trial))
        weight = ratio**2 * (ratio + 1 / ratio - 1 + trial**2) / 2
        taken = rng.random(open_.size) < weight
        left[open_[taken]] = energy_kev[open_[taken]] * ratio[taken]
        cosine[open_[taken]] = trial[taken]
        open_ = open_[~taken]
    return left, cosine


def _turned(direction: FloatArray, cosine: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return directions after a turn by an angle of this cosine, evenly around the old one."""
    around = rng.uniform(0, 2 * np.pi, cosine.size)
    helper = np.where(np.abs(direction[:, 2:]) < 0.9, [[0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0]])
    across = np.cross(direction, helper)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    third = np.cross(direction, across)
    sine = np.sqrt(np.maximum(1 - cosine**2, 0))
    turned: FloatArray = (
        cosine[:, None] * direction
        + (sine * np.cos(around))[:, None] * across
        + (sine * np.sin(around))[:, None] * third
    )
    return turned


@dataclass(frozen=True, eq=False)
class _Table:
    """Interaction of photons with PMMA by energy: total in 1/mm, part that is Compton, air over PMMA transfer."""

    energies: FloatArray
    total: FloatArray
    compton_part: FloatArray
    air_over_pmma: FloatArray

    @classmethod
    def of(cls, beam: Spectrum) -> _Table:
        energies = np.arange(4.0, beam.energies_kev[-1] + 1.0)
        recoil = compton_recoil_fraction(energies)
        parts = {}
        for name in ("PMMA", "air"):
            photo, compton = np.zeros_like(energies), np.zeros_like(energies)
            for symbol, fraction in tissue(name).mass_fractions.items():
                z = xraylib.SymbolToAtomicNumber(symbol)
                photo += fraction * np.array([xraylib.CS_Photo(z, e) for e in energies])
                compton += fraction * np.array([xraylib.CS_Compt(z, e) for e in energies])
            parts[name] = photo, compton
        photo, compton = parts["PMMA"]
        density = tissue("PMMA").density_g_per_cm3 / 10
        transfer = {name: p + c * recoil for name, (p, c) in parts.items()}
        return cls(
            energies, (photo + compton) * density, compton / (photo + compton), transfer["air"] / transfer["PMMA"]
        )
