"""A thorax of analytic solids.

Outer dimensions follow the adult reference trunk of Cristy and Eckerman, ORNL/TM-8381 (1987): an elliptical cylinder of
40 cm by 20 cm, here a little deeper; the inner solids are schematic, their tissues and properties are published.
"""

from __future__ import annotations

from isocenter.physics.body import Body, Component
from isocenter.physics.shapes import Ellipsoid, EllipticCylinder
from isocenter.physics.tissues import tissue


def thorax(*, lesions: bool = False, contrast: bool = False) -> Body:
    """Return a thorax; the heart and the aorta lie on the patient's left.

    `lesions` adds a nodule of 6 mm radius to the right lung; `contrast` fills the chambers and the aorta with
    iodinated blood.
    """
    blood = tissue("iodinated blood" if contrast else "blood")
    lung, bone = tissue("lung"), tissue("cortical bone")
    parts = [
        Component("fat", EllipticCylinder((0, 0, 0), (190, 125, 150)), tissue("adipose")),
        Component("wall", EllipticCylinder((0, 0, 0), (178, 114, 149)), tissue("muscle"), "fat"),
        Component("right lung", Ellipsoid((-88, -6, 0), (66, 88, 135)), lung, "wall"),
        Component("left lung", Ellipsoid((98, 4, 0), (54, 84, 130)), lung, "wall"),
        Component("heart", Ellipsoid((12, -48, -30), (31, 36, 50)), tissue("heart"), "wall"),
        Component("left chambers", Ellipsoid((23, -44, -30), (14, 22, 34)), blood, "heart"),
        Component("right chambers", Ellipsoid((-6, -52, -30), (10, 18, 30)), blood, "heart"),
        Component("aorta", EllipticCylinder((24, 38, 0), (12, 12, 148)), blood, "wall"),
        Component("trachea", EllipticCylinder((-1, 2, 90), (9, 8, 55)), tissue("air"), "wall"),
        Component("vertebrae", EllipticCylinder((0, 70, 0), (19, 16, 148)), bone, "wall"),
        Component("marrow", EllipticCylinder((0, 70, 0), (16, 13, 147)), tissue("spongy bone"), "vertebrae"),
        Component("sternum", EllipticCylinder((0, -101, 20), (16, 5, 80)), bone, "wall"),
    ]
    if lesions:
        parts.append(Component("nodule", Ellipsoid((-100, 20, 10), (6, 6, 6)), tissue("soft tissue"), "right lung"))
    return Body("thorax", tuple(parts))
