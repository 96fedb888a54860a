"""An estimate of the power that radio frequency leaves in a body (SAR), averaged over the whole body.

The body is a long, uniform cylinder in a field that rotates about its axis, uniform across it: the electric field at
the distance r from the axis is omega B1 r, along the axis, so the mean over the section is sigma omega^2 B1^2 R^2 /
(4 rho). A real body absorbs less (it is not wide everywhere, nor all in the coil) and has hot spots of ten times the
mean: this says whether a protocol is near a limit, not whether it is safe. A scanner measures its own power.
Source: Bottomley, Redington, Edelstein and Schenck, Magn. Reson. Med. 2 (1985) 336-349; limits, IEC 60601-2-33:2010,
sec. 201.12.4.103.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from isocenter.core.errors import OptionError
from isocenter.modalities.mri.event_sequence import EventSequence
from isocenter.modalities.mri.water_fat import GYROMAGNETIC_HZ_PER_T

NORMAL_LIMIT_W_PER_KG = 2.0
FIRST_LEVEL_LIMIT_W_PER_KG = 4.0


@dataclass(frozen=True)
class AbsorbingBody:
    """A cylinder: radius, conductivity and density; by default a trunk of tissue like muscle, two thirds of it."""

    radius_mm: float = 150.0
    conductivity_s_per_m: float = 0.5
    density_kg_per_m3: float = 1000.0


def rectangular_energy_hz2_s(flip_rad: float, duration_s: float) -> float:
    """Return the energy of a rectangular pulse: the square of its nutation frequency times its duration."""
    if not duration_s > 0:
        raise OptionError("A pulse takes time.", field="duration_s", found=duration_s, expected="> 0")
    return float((flip_rad / (2 * np.pi)) ** 2 / duration_s)


def whole_body_sar_w_per_kg(
    energies_hz2_s: Iterable[float], duration_s: float, field_t: float, body: AbsorbingBody | None = None
) -> float:
    """Return the mean specific absorption rate of pulses of these energies played within a duration.

    Parameters
    ----------
    energies_hz2_s
        For every pulse, the integral of its squared amplitude, in Hz of nutation of protons.
    duration_s
        Of the repetition, or of the whole sequence, in which these pulses are played.
    """
    if not (duration_s > 0 and field_t > 0):
        raise OptionError(
            "Duration and field are positive.", field="duration_s, field_t", found=(duration_s, field_t), expected="> 0"
        )
    cylinder = body or AbsorbingBody()
    mean_square_t2 = sum(energies_hz2_s) / duration_s / GYROMAGNETIC_HZ_PER_T**2
    omega = 2 * np.pi * GYROMAGNETIC_HZ_PER_T * field_t
    factor = cylinder.conductivity_s_per_m * omega**2 * (cylinder.radius_mm / 1000) ** 2
    return float(factor * mean_square_t2 / (4 * cylinder.density_kg_per_m3))


def sar_of(sequence: EventSequence, field_t: float, body: AbsorbingBody | None = None) -> float:
    """Return the mean specific absorption rate (W/kg) of a whole sequence."""
    return whole_body_sar_w_per_kg((p.energy_hz2_s for p in sequence.pulses), sequence.duration_s, field_t, body)
