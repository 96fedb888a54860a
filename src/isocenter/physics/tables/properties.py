"""Properties of tissues by name: (value, UCUM unit, uncertainty, source), from the tables of this folder.

A tissue has the properties for which a source is named, and no others. Mass density stands in the composition table,
conductivity and permittivity at any frequency in the dielectric one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from isocenter.physics.tables.acoustics import ACOUSTICS
from isocenter.physics.tables.optics import OPTICS
from isocenter.physics.tables.relaxation import RELAXATION
from isocenter.physics.tables.rows import Property
from isocenter.physics.tables.tracers import TRACERS

Row: TypeAlias = tuple[float, str, float, str]


def _by_tissue(tables: Iterable[Property]) -> dict[str, dict[str, Row]]:
    found: dict[str, dict[str, Row]] = {}
    for table in tables:
        for tissue, (value, spread) in table.values.items():
            row = (float(value), table.unit, float(spread), table.source)
            if found.setdefault(tissue, {}).setdefault(table.name, row) is not row:
                raise ValueError(f"{tissue} has {table.name} twice")
    return found


PROPERTIES: dict[str, dict[str, Row]] = _by_tissue((*RELAXATION, *ACOUSTICS, *OPTICS, *TRACERS))
