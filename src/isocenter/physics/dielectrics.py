"""How tissue carries current: conductivity and permittivity at any frequency from 10 Hz to 100 GHz."""

from __future__ import annotations

from collections.abc import Callable
from math import pi

from isocenter.core.errors import NotFoundError, OptionError
from isocenter.physics.tables.dielectrics import COLE_COLE
from isocenter.physics.tissues import Tissue

MIN_HZ, MAX_HZ = 10.0, 100e9
_VACUUM_F_PER_M = 8.8541878128e-12


def complex_permittivity(tissue: Tissue, frequency_hz: float) -> complex:
    """Return the permittivity relative to vacuum; its negative imaginary part holds the conductivity.

    The authors expect 15 to 25 % below 1 MHz, where electrodes polarise, and 5 to 10 % above 100 MHz.

    Raises
    ------
    OptionError
        Outside 10 Hz to 100 GHz.
    NotFoundError
        For a tissue without parameters.

    Notes
    -----
    Source: Gabriel, Lau and Gabriel, Phys. Med. Biol. 41 (1996) 2271-2293, eq. 1 (four Cole-Cole terms).
    """
    if not MIN_HZ <= frequency_hz <= MAX_HZ:
        raise OptionError(
            "There are no dielectric properties at this frequency.",
            field="frequency_hz",
            found=frequency_hz,
            expected=f"{MIN_HZ:g} to {MAX_HZ:g} Hz",
        )
    if tissue.name not in COLE_COLE:
        raise NotFoundError(
            f"{tissue.name} has no dielectric properties here.", field="tissue", expected=", ".join(COLE_COLE)
        )
    at_infinity, resting_s_per_m, terms = COLE_COLE[tissue.name]
    i_omega = 2j * pi * frequency_hz
    dispersion = sum(step / (1 + (i_omega * time_s) ** (1 - alpha)) for step, time_s, alpha in terms)
    return at_infinity + dispersion + resting_s_per_m / (i_omega * _VACUUM_F_PER_M)


def conductivity_at(frequency_hz: float) -> Callable[[Tissue], float]:
    """Return the conductivity in S/m at one frequency, as a function of the tissue."""

    def conductivity(tissue: Tissue) -> float:
        return -complex_permittivity(tissue, frequency_hz).imag * 2 * pi * frequency_hz * _VACUUM_F_PER_M

    return conductivity


def permittivity_at(frequency_hz: float) -> Callable[[Tissue], float]:
    """Return the permittivity relative to vacuum at one frequency, as a function of the tissue."""

    def permittivity(tissue: Tissue) -> float:
        return complex_permittivity(tissue, frequency_hz).real

    return permittivity
