"""Tissues: composition and the properties that scanners see, each with its unit, spread and source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from isocenter.core.errors import NotFoundError
from isocenter.core.units import unit_of
from isocenter.physics.tables.composition import COMPOSITIONS
from isocenter.physics.tables.properties import PROPERTIES


@dataclass(frozen=True)
class PropertyValue:
    """A published number: value, unit (UCUM), one standard deviation or half the published range, and source."""

    value: float
    unit: str
    uncertainty: float
    source: str

    def __post_init__(self) -> None:
        unit_of(self.unit)


@dataclass(frozen=True)
class Tissue:
    """One kind of tissue.

    `mass_fractions` by element symbol sum to one. `properties` go by name, such as ``t1_3t`` or ``sound_speed``;
    `property` returns one and says which are known when it is not.
    """

    name: str
    density_g_per_cm3: float
    mass_fractions: Mapping[str, float]
    composition_source: str
    properties: Mapping[str, PropertyValue] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(self.name)

    def property(self, name: str) -> PropertyValue:
        """Return a property; raises `NotFoundError` that lists the known ones."""
        try:
            return self.properties[name]
        except KeyError:
            raise NotFoundError(
                f"{self.name} has no such property here.",
                field=name,
                found=name,
                expected=", ".join(self.properties) or "none",
            ) from None


def _tissue(name: str) -> Tissue:
    density, fractions, source = COMPOSITIONS[name]
    properties = {key: PropertyValue(*row) for key, row in PROPERTIES.get(name, {}).items()}
    total = sum(fractions.values())
    normalised = {symbol: fraction / total for symbol, fraction in fractions.items()}
    return Tissue(name, density, MappingProxyType(normalised), source, MappingProxyType(properties))


TISSUES: Mapping[str, Tissue] = MappingProxyType({name: _tissue(name) for name in COMPOSITIONS})


def tissue(name: str) -> Tissue:
    """Return the tissue called `name`; raises `NotFoundError` that lists the known ones."""
    if name not in TISSUES:
        raise NotFoundError("There is no such tissue.", field="tissue", found=name, expected=", ".join(TISSUES))
    return TISSUES[name]
