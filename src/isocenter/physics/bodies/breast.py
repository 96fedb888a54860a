"""A compressed breast of analytic solids: skin, fat, glands, a mass and specks of calcification.

Compressed thickness and skin follow the usual dosimetry model: 50 mm, 1.45 mm of skin (Huang et al., Med. Phys. 35
(2008) 1199; Dance et al., Phys. Med. Biol. 45 (2000) 3225). Head to foot is the direction of compression.
"""

from __future__ import annotations

from isocenter.physics.body import Body, Component
from isocenter.physics.shapes import Ellipsoid, EllipticCylinder
from isocenter.physics.tissues import tissue

CALCIFICATION_RADIUS_MM = 0.35
# Specks as (x, y, z): two clusters, 14 mm above and 12 mm below the middle plane.
SPECKS_MM = (
    (-24.0, -12.0, 14.0),
    (-20.0, -16.0, 14.0),
    (-27.0, -18.0, 14.0),
    (20.0, -20.0, -12.0),
    (24.0, -14.0, -12.0),
)
MASS_MM = (6.0, 22.0, 2.0)


def breast(*, thickness_mm: float = 50.0) -> Body:
    """Return a breast between its plates, seen whole; its middle is the origin."""
    half = thickness_mm / 2
    speck = CALCIFICATION_RADIUS_MM
    parts = [
        Component("skin", EllipticCylinder((0, 0, 0), (60, 48, half)), tissue("skin")),
        Component("fat", EllipticCylinder((0, 0, 0), (58.5, 46.5, half - 1.5)), tissue("adipose"), "skin"),
        Component("left glands", Ellipsoid((22, -16, -8), (18, 14, 10)), tissue("breast"), "fat"),
        Component("right glands", Ellipsoid((-24, -14, 10), (17, 15, 9)), tissue("breast"), "fat"),
        Component("back glands", Ellipsoid((-8, 20, -10), (10, 12, 8)), tissue("breast"), "fat"),
        Component("mass", Ellipsoid(MASS_MM, (5, 5, 5)), tissue("soft tissue"), "fat"),
    ]
    for number, place in enumerate(SPECKS_MM, 1):
        side = "right glands" if place[0] < 0 else "left glands"
        shape = Ellipsoid(place, (speck, speck, speck))
        parts.append(Component(f"speck {number}", shape, tissue("calcification"), side))
    return Body("breast", tuple(parts))
