"""A water cylinder: the disc of every gate that has a closed form."""

from __future__ import annotations

from isocenter.physics.body import Body, Component
from isocenter.physics.shapes import EllipticCylinder
from isocenter.physics.tissues import tissue


def disc(
    *,
    radius_mm: float = 100.0,
    center_mm: tuple[float, float] = (0.0, 0.0),
    height_mm: float = 200.0,
    of: str = "water",
) -> Body:
    """Return an upright cylinder of one tissue; its transverse sections are discs."""
    shape = EllipticCylinder((*center_mm, 0.0), (radius_mm, radius_mm, height_mm / 2))
    return Body("disc", (Component("disc", shape, tissue(of)),))
