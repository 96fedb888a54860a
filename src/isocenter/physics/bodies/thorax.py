"""A thorax of analytic solids.

Outer dimensions follow the adult reference trunk of Cristy and Eckerman, ORNL/TM-8381 (1987): an elliptical cylinder of
40 cm by 20 cm, here a little deeper; the inner solids are schematic, their tissues and properties are published.
"""

from __future__ import annotations

from math import atan2, cos, radians, sin

from isocenter.core.errors import OptionError
from isocenter.core.geometry import Vector
from isocenter.physics.body import Body, Component
from isocenter.physics.contrast import with_agent
from isocenter.physics.shapes import Ellipsoid, EllipticCylinder
from isocenter.physics.tissues import tissue


def thorax(
    *, lesions: bool = False, contrast_mg_per_ml: float = 0.0, breath: float = 1.0, heartbeat: float = 0.0
) -> Body:
    """Return a thorax; the heart and the aorta lie on the patient's left.

    Parameters
    ----------
    lesions
        Add a nodule of 6 mm radius to the right lung.
    contrast_mg_per_ml
        Iodine in chambers and aorta; `isocenter.physics.contrast.bolus_mg_per_ml` gives it over time.
    breath
        1 is full inspiration, 0 expiration: the lungs are 20 mm lower at each end, the heart 10 mm higher.
    heartbeat
        0 is the end of diastole, 1 of systole: the chambers have 0.8 of their length.
    """
    for name, phase in (("breath", breath), ("heartbeat", heartbeat)):
        if not 0 <= phase <= 1:
            raise OptionError("A phase lies between 0 and 1.", field=name, found=phase, expected="0 to 1")
    blood = with_agent(tissue("blood"), contrast_mg_per_ml)
    lung, bone = tissue("lung"), tissue("cortical bone")
    rise, squeeze = 10 * (1 - breath), 1 - 0.2 * heartbeat
    parts = [
        Component("fat", EllipticCylinder((0, 0, 0), (190, 125, 150)), tissue("adipose")),
        Component("wall", EllipticCylinder((0, 0, 0), (178, 114, 149)), tissue("muscle"), "fat"),
        Component("right lung", Ellipsoid((-86, -4, 0), (60, 81, 115 + 20 * breath)), lung, "wall"),
        Component("left lung", Ellipsoid((98, 4, 0), (50, 80, 110 + 20 * breath)), lung, "wall"),
        Component("heart", Ellipsoid((12, -48, rise - 30), (31, 36, 50)), tissue("heart"), "wall"),
        Component("left chambers", _chamber((23, -44, rise - 30), (14, 22, 34), squeeze), blood, "heart"),
        Component("right chambers", _chamber((-6, -52, rise - 30), (10, 18, 30), squeeze), blood, "heart"),
        Component("aorta", EllipticCylinder((24, 38, 0), (12, 12, 148)), blood, "wall"),
        Component("trachea", EllipticCylinder((-1, 2, 90), (9, 8, 55)), tissue("air"), "wall"),
        Component("vertebrae", EllipticCylinder((0, 70, 0), (19, 16, 148)), bone, "wall"),
        Component("marrow", EllipticCylinder((0, 70, 0), (16, 13, 147)), tissue("spongy bone"), "vertebrae"),
        Component("sternum", EllipticCylinder((0, -101, 20), (16, 5, 80)), bone, "wall"),
    ]
    parts += _ribs()
    if lesions:
        parts.append(Component("nodule", Ellipsoid((-100, 20, 10), (6, 6, 6)), tissue("soft tissue"), "right lung"))
    return Body("thorax", tuple(parts))


def _chamber(center_mm: Vector, semi_axes_mm: Vector, squeeze: float) -> Ellipsoid:
    a, b, c = semi_axes_mm
    return Ellipsoid(center_mm, (a * squeeze, b * squeeze, c * squeeze))


def _ribs() -> list[Component]:
    """Return three straight pieces of each of six ribs on both sides, which rise towards the back."""
    pieces = []
    for side, name in ((1, "left"), (-1, "right")):
        for number, level_mm in enumerate(range(108, -101, -40), 1):
            for part, angle_deg in (("front", -35), ("side", 0), ("back", 35)):
                along = radians(angle_deg)
                center = (side * 170 * cos(along), 109 * sin(along), level_mm + 15 * sin(along))
                outward = atan2(sin(along) / 109, side * cos(along) / 170)
                turn = ((cos(outward), -sin(outward), 0.0), (sin(outward), cos(outward), 0.0), (0.0, 0.0, 1.0))
                shape = Ellipsoid(center, (3.5, 24, 6), turn)
                pieces.append(Component(f"{name} rib {number} {part}", shape, tissue("cortical bone"), "wall"))
    return pieces
