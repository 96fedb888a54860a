"""A phantom for multi-energy CT: solid water with inserts of iodine, gadolinium, calcium and fat.

The arrangement follows commercial multi-energy phantoms (an oval of 40 x 30 cm or a disc of 20 cm, rods of 28.5 mm):
McCollough et al., AAPM Task Group Report 291, Med. Phys. 47 (2020) e881.
"""

from __future__ import annotations

from math import cos, pi, sin

from isocenter.physics.body import Body, Component
from isocenter.physics.contrast import with_agent
from isocenter.physics.shapes import EllipticCylinder
from isocenter.physics.tissues import Tissue, tissue

IODINE_MG_PER_ML = (2.0, 5.0, 10.0, 15.0)
GADOLINIUM_MG_PER_ML = 8.0
ROD_RADIUS_MM = 14.25
RING_MM = 65.0


def rods() -> dict[str, Tissue]:
    """Return the inserts by name, in the order in which they stand around, from the patient's left to the back."""
    water = tissue("water")
    inserts = {f"iodine {c:g}": with_agent(water, c) for c in IODINE_MG_PER_ML}
    inserts["adipose"] = tissue("adipose")
    inserts[f"gadolinium {GADOLINIUM_MG_PER_ML:g}"] = with_agent(water, GADOLINIUM_MG_PER_ML, element="Gd")
    inserts["spongy bone"] = tissue("spongy bone")
    inserts["iodine in blood 5"] = with_agent(tissue("blood"), 5.0)
    return inserts


def rod_center_mm(name: str) -> tuple[float, float]:
    """Return where a rod stands, (x, y)."""
    index = list(rods()).index(name)
    angle = 2 * pi * index / len(rods())
    return RING_MM * cos(angle), RING_MM * sin(angle)


def multi_energy(*, radius_mm: float = 100.0) -> Body:
    """Return the phantom, upright, 165 mm long."""
    parts = [Component("water", EllipticCylinder((0, 0, 0), (radius_mm, radius_mm, 82.5)), tissue("water"))]
    for name, material in rods().items():
        shape = EllipticCylinder((*rod_center_mm(name), 0.0), (ROD_RADIUS_MM, ROD_RADIUS_MM, 82.0))
        parts.append(Component(name, shape, material, "water"))
    return Body("multi-energy", tuple(parts))
