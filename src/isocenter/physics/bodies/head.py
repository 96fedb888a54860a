"""A head of analytic solids with the proportions of an adult's.

Outer dimensions follow the adult reference head of ICRP Publication 89 (breadth 15 to 16 cm, length 19 to 20 cm); the
inner solids are schematic: their places and sizes are ours, their tissues and properties are published.
"""

from __future__ import annotations

from isocenter.physics.body import Body, Component
from isocenter.physics.shapes import Ellipsoid
from isocenter.physics.tissues import tissue


def head(*, lesions: bool = False, fiducials: bool = False) -> Body:
    """Return a head centred on the brain; the left side has one ventricle larger, so that sides can be told apart.

    `lesions` adds a bleeding of 8 mm radius in the left hemisphere; `fiducials` four titanium balls of 2 mm radius
    under the scalp's outer surface.
    """
    parts = [
        Component("scalp", Ellipsoid((0, 0, 0), (78, 98, 112)), tissue("skin")),
        Component("skull", Ellipsoid((0, 0, 0), (72, 92, 106)), tissue("cortical bone"), "scalp"),
        Component("cerebrospinal fluid", Ellipsoid((0, 0, 0), (65, 85, 99)), tissue("cerebrospinal fluid"), "skull"),
        Component("cortex", Ellipsoid((0, 0, 0), (62, 82, 96)), tissue("grey matter"), "cerebrospinal fluid"),
        Component("white matter", Ellipsoid((0, 0, 4), (52, 71, 80)), tissue("white matter"), "cortex"),
        Component("left ventricle", Ellipsoid((13, 4, 8), (8, 27, 16)), tissue("cerebrospinal fluid"), "white matter"),
        Component(
            "right ventricle", Ellipsoid((-12, 4, 8), (5, 24, 14)), tissue("cerebrospinal fluid"), "white matter"
        ),
        Component("left thalamus", Ellipsoid((11, 4, -18), (9, 14, 8)), tissue("grey matter"), "white matter"),
        Component("right thalamus", Ellipsoid((-11, 4, -18), (9, 14, 8)), tissue("grey matter"), "white matter"),
        Component("left caudate", Ellipsoid((26, -18, 8), (3.5, 12, 9)), tissue("grey matter"), "white matter"),
        Component("right caudate", Ellipsoid((-26, -18, 8), (3.5, 12, 9)), tissue("grey matter"), "white matter"),
    ]
    if lesions:
        parts.append(Component("bleeding", Ellipsoid((33, 22, 4), (8, 8, 8)), tissue("blood"), "white matter"))
    if fiducials:
        places = {"left": (74.9, 0, 0), "right": (-74.9, 0, 0), "front": (0, -94.9, 0), "back": (0, 94.9, 0)}
        parts += [
            Component(f"fiducial {side}", Ellipsoid(place, (2, 2, 2)), tissue("titanium"), "scalp")
            for side, place in places.items()
        ]
    return Body("head", tuple(parts))
