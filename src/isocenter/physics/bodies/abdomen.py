"""An abdomen of analytic solids.

Outer dimensions follow the adult reference trunk of Cristy and Eckerman, ORNL/TM-8381 (1987); the inner solids are
schematic, their tissues and properties are published.
"""

from __future__ import annotations

from isocenter.physics.body import Body, Component
from isocenter.physics.shapes import Ellipsoid, EllipticCylinder
from isocenter.physics.tissues import tissue


def abdomen(*, lesions: bool = False, contrast: bool = False) -> Body:
    """Return an abdomen; the liver lies on the patient's right, the spleen on the left.

    `lesions` adds a cyst of 12 mm radius to the liver; `contrast` fills aorta and vena cava with iodinated blood.
    """
    blood = tissue("iodinated blood" if contrast else "blood")
    parts = [
        Component("fat", EllipticCylinder((0, 0, 0), (185, 125, 120)), tissue("adipose")),
        Component("wall", EllipticCylinder((0, 0, 0), (165, 106, 119)), tissue("muscle"), "fat"),
        Component("cavity", EllipticCylinder((0, -14, 0), (148, 80, 118)), tissue("adipose"), "wall"),
        Component("liver", Ellipsoid((-72, -20, 40), (62, 58, 64)), tissue("liver"), "cavity"),
        Component("spleen", Ellipsoid((98, 2, 45), (24, 30, 46)), tissue("spleen"), "cavity"),
        Component("right kidney", Ellipsoid((-58, 22, -48), (25, 21, 38)), tissue("kidney"), "cavity"),
        Component("left kidney", Ellipsoid((58, 22, -25), (25, 21, 42)), tissue("kidney"), "cavity"),
        Component("stomach", Ellipsoid((46, -38, 50), (34, 28, 38)), tissue("water"), "cavity"),
        Component("aorta", EllipticCylinder((13, 44, 0), (9, 9, 117)), blood, "cavity"),
        Component("vena cava", EllipticCylinder((-13, 46, 0), (9, 9, 117)), blood, "cavity"),
        Component("vertebrae", EllipticCylinder((0, 85, 0), (20, 17, 118)), tissue("cortical bone"), "wall"),
        Component("marrow", EllipticCylinder((0, 85, 0), (17, 14, 117)), tissue("spongy bone"), "vertebrae"),
    ]
    if lesions:
        parts.append(Component("cyst", Ellipsoid((-80, -25, 40), (12, 12, 12)), tissue("water"), "liver"))
    return Body("abdomen", tuple(parts))
