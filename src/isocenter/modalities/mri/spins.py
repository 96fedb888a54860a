"""Spins of one kind: what a pulse sequence needs to know of a tissue."""

from __future__ import annotations

from dataclasses import dataclass

from isocenter.modalities.mri.water_fat import FAT_PARTS, FAT_PPM, GYROMAGNETIC_HZ_PER_T
from isocenter.physics.properties import proton_density, relaxation_s
from isocenter.physics.tissues import Tissue


@dataclass(frozen=True)
class Spins:
    """Protons that precess and relax alike.

    Parameters
    ----------
    t1_s, t2_s
        Relaxation times.
    density
        Protons relative to water.
    r2_prime_per_s
        Additional decay of a gradient echo, by fields that differ within a voxel: 1/T2* - 1/T2.
    offset_hz
        How much faster than the receiver they precess.
    diffusion_mm2_per_s
        Apparent diffusion coefficient; None where no table has one.
    tissue
        Name of the tissue, for what depends on the tissue alone: the uptake of a contrast agent.
    """

    t1_s: float
    t2_s: float
    density: float = 1.0
    r2_prime_per_s: float = 0.0
    offset_hz: float = 0.0
    diffusion_mm2_per_s: float | None = None
    tissue: str = ""


def spins_of(
    tissue: Tissue, field_t: float, *, r2_prime_per_s: float = 0.0, offset_hz: float = 0.0
) -> tuple[Spins, ...]:
    """Return the kinds of spins of a tissue: one of water, six of fat; none of a tissue without signal (bone, air).

    Source: fat spectrum, Hamilton et al., NMR Biomed. 24 (2011) 784-790.
    """
    relaxation, density = relaxation_s(tissue, field_t), proton_density(tissue)
    if relaxation is None or density == 0:
        return ()
    key = "apparent_diffusion"
    diffusion = tissue.property(key).value if key in tissue.properties else None
    parts = [(0.0, 1.0)]
    if "chemical_shift" in tissue.properties:
        to_hz = 1e-6 * GYROMAGNETIC_HZ_PER_T * field_t
        parts = [(ppm * to_hz, part / sum(FAT_PARTS)) for ppm, part in zip(FAT_PPM, FAT_PARTS, strict=True)]
    return tuple(
        Spins(*relaxation, density * part, r2_prime_per_s, offset_hz + shift_hz, diffusion, tissue.name)
        for shift_hz, part in parts
    )
