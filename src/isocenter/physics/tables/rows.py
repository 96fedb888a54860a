"""The form of a table of tissue properties."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Property:
    """One property of many tissues from one source: by tissue a value and its uncertainty, in one UCUM unit."""

    name: str
    unit: str
    source: str
    values: dict[str, tuple[float, float]]
