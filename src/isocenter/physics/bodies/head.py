"""A head of analytic solids with the proportions of an adult's.

Outer dimensions follow the adult reference head of ICRP Publication 89 (breadth 15 to 16 cm, length 19 to 20 cm), and
the brain has its volume (1.3 L, for a mass of 1.3 to 1.45 kg). The inner solids are schematic: their places and sizes
are ours, their tissues and properties are published. Eyes hold water for vitreous humour, which is 98 to 99 % water.
"""

from __future__ import annotations

from isocenter.physics.body import Body, Component
from isocenter.physics.shapes import Ellipsoid, EllipticCylinder
from isocenter.physics.tissues import tissue


def head(*, lesions: bool = False, fiducials: bool = False) -> Body:
    """Return a head centred on the brain; the left side has one ventricle larger, so that sides can be told apart.

    `lesions` adds a bleeding of 8 mm radius in the left hemisphere; `fiducials` four titanium balls of 2 mm radius
    under the scalp's outer surface.
    """
    skin, bone, liquor = tissue("skin"), tissue("cortical bone"), tissue("cerebrospinal fluid")
    grey, white, air, water = tissue("grey matter"), tissue("white matter"), tissue("air"), tissue("water")
    parts = [
        Component("scalp", Ellipsoid((0, 0, 0), (78, 98, 112)), skin),
        Component("muscle", Ellipsoid((0, 0, 0), (72.5, 92.5, 106.5)), tissue("muscle"), "scalp"),
        Component("skull", Ellipsoid((0, 0, 22), (68, 87, 76)), bone, "muscle"),
        Component("cerebrospinal fluid", Ellipsoid((0, 0, 22), (62, 81, 70)), liquor, "skull"),
        Component("cortex", Ellipsoid((0, 0, 22), (59, 78, 67)), grey, "cerebrospinal fluid"),
        Component("white matter", Ellipsoid((0, 0, 24), (49, 67, 55)), white, "cortex"),
        Component("left ventricle", Ellipsoid((13, 4, 8), (8, 27, 16)), liquor, "white matter"),
        Component("right ventricle", Ellipsoid((-12, 4, 8), (5, 24, 14)), liquor, "white matter"),
        Component("left thalamus", Ellipsoid((11, 4, -17), (9, 14, 8)), grey, "white matter"),
        Component("right thalamus", Ellipsoid((-11, 4, -17), (9, 14, 8)), grey, "white matter"),
        Component("left caudate", Ellipsoid((26, -18, 8), (3.5, 12, 9)), grey, "white matter"),
        Component("right caudate", Ellipsoid((-26, -18, 8), (3.5, 12, 9)), grey, "white matter"),
        Component("left eye", Ellipsoid((31, -56, -44), (12, 12, 12)), water, "muscle"),
        Component("right eye", Ellipsoid((-31, -56, -44), (12, 12, 12)), water, "muscle"),
        Component("left lens", Ellipsoid((31, -65, -44), (4.5, 2, 4.5)), tissue("eye lens"), "left eye"),
        Component("right lens", Ellipsoid((-31, -65, -44), (4.5, 2, 4.5)), tissue("eye lens"), "right eye"),
        Component("nasal cavity", Ellipsoid((0, -50, -64), (9, 18, 14)), air, "muscle"),
        Component("airway", EllipticCylinder((0, -4, -80), (8, 8, 14)), air, "muscle"),
        Component("vertebrae", EllipticCylinder((0, 26, -76), (14, 12, 17)), bone, "muscle"),
        Component("marrow", EllipticCylinder((0, 26, -76), (11, 9, 16)), tissue("spongy bone"), "vertebrae"),
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
