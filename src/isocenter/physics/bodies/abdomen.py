"""An abdomen of analytic solids.

Outer dimensions follow the adult reference trunk of Cristy and Eckerman, ORNL/TM-8381 (1987); the inner solids are
schematic, their tissues and properties are published.
"""

from __future__ import annotations

from isocenter.core.errors import OptionError
from isocenter.physics.body import Body, Component
from isocenter.physics.contrast import with_agent
from isocenter.physics.shapes import Ellipsoid, EllipticCylinder
from isocenter.physics.tissues import tissue


def abdomen(*, lesions: bool = False, contrast_mg_per_ml: float = 0.0, pregnancy_weeks: float | None = None) -> Body:
    """Return an abdomen; the liver lies on the patient's right, the spleen on the left.

    Parameters
    ----------
    lesions
        Add a cyst of 12 mm radius to the liver.
    contrast_mg_per_ml
        Iodine in aorta and vena cava; `isocenter.physics.contrast.bolus_mg_per_ml` gives it over time.
    pregnancy_weeks
        8 to 20: a uterus with amniotic fluid and a fetus, whose lengths grow with the weeks, takes the place of the
        middle bowel.
    """
    blood = with_agent(tissue("blood"), contrast_mg_per_ml)
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
    parts += [
        Component("pancreas", Ellipsoid((18, 8, 20), (36, 10, 10)), tissue("pancreas"), "cavity"),
        Component("left bowel", Ellipsoid((88, -40, -62), (26, 28, 40)), tissue("bowel"), "cavity"),
        Component("right bowel", Ellipsoid((-88, -40, -74), (26, 28, 36)), tissue("bowel"), "cavity"),
        Component("left bowel gas", Ellipsoid((88, -54, -62), (9, 7, 20)), tissue("air"), "left bowel"),
        Component("bladder", Ellipsoid((0, -58, -103), (28, 20, 13)), tissue("bladder wall"), "cavity"),
        Component("urine", Ellipsoid((0, -58, -103), (25, 17, 10)), tissue("urine"), "bladder"),
    ]
    if lesions:
        parts.append(Component("cyst", Ellipsoid((-80, -25, 40), (12, 12, 12)), tissue("water"), "liver"))
    if pregnancy_weeks is None:
        parts.append(Component("middle bowel", Ellipsoid((0, -50, -40), (34, 26, 42)), tissue("bowel"), "cavity"))
    else:
        parts += _pregnancy(pregnancy_weeks)
    return Body("abdomen", tuple(parts))


def _pregnancy(weeks: float) -> list[Component]:
    """Return uterus, amniotic fluid and fetus; schematic, water standing for amniotic fluid (98 % water)."""
    if not 8 <= weeks <= 20:
        raise OptionError(
            "This age of pregnancy is not offered.", field="pregnancy_weeks", found=weeks, expected="8 to 20"
        )
    scale, center = weeks / 20, (0.0, -48.0, -48.0)
    return [
        Component("uterus", Ellipsoid(center, (50 * scale, 32 * scale, 40 * scale)), tissue("uterus"), "cavity"),
        Component("amniotic fluid", Ellipsoid(center, (44 * scale, 26 * scale, 34 * scale)), tissue("water"), "uterus"),
        Component(
            "fetal trunk",
            Ellipsoid((center[0] - 8 * scale, *center[1:]), (20 * scale, 11 * scale, 11 * scale)),
            tissue("soft tissue"),
            "amniotic fluid",
        ),
        Component(
            "fetal head",
            Ellipsoid((center[0] + 24 * scale, *center[1:]), (11 * scale, 10 * scale, 10 * scale)),
            tissue("soft tissue"),
            "amniotic fluid",
        ),
    ]
