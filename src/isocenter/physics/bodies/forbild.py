"""A head after the FORBILD head phantom: the ellipses of its middle section that no line cuts off.

Places, sizes and densities are those of the published section. Left out are the parts that lines cut off, which no
ellipsoid expresses: the bones behind the frontal sinus and between the eyes, the petrous bones, the occipital
protuberance and the inner ear with its air cells; and the resolution pattern of the left ear.

Source: Yu, Noo, Dennerlein, Wunderlich, Lauritsch and Hornegger, Phys. Med. Biol. 57 (2012) N237-N252, table 1.
"""

from __future__ import annotations

from math import cos, radians, sin

from isocenter.physics.body import Body, Component
from isocenter.physics.shapes import Ellipsoid
from isocenter.physics.tissues import tissue

# name, x and y of the centre in mm (x to the left, y to the nose), a, b in mm, angle in degrees, g/cm3 added.
# The names are ours; the table numbers its ellipses.
_TABLE = (
    ("skull", 0.0, 0.0, 96.0, 120.0, 0.0, 1.8),
    ("brain", 0.0, 0.0, 90.0, 114.0, 0.0, -0.75),
    ("left eye", 47.0, 43.0, 17.9989, 17.9989, 0.0, 0.010),
    ("right eye", -47.0, 43.0, 17.9989, 17.9989, 0.0, 0.010),
    ("frontal sinus", 0.0, 84.0, 18.0, 30.0, 0.0, -1.05),
    ("left nasal bone", 19.0, 54.0, 4.1633, 11.7425, -31.07698, 0.75),
    ("right nasal bone", -19.0, 54.0, 4.1633, 11.7425, 31.07698, 0.75),
    ("left orbital bone", 43.0, 68.0, 18.0, 2.4, 30.0, 0.75),
    ("right orbital bone", -43.0, 68.0, 18.0, 2.4, -30.0, 0.75),
    ("ventricle", 0.0, -36.0, 18.0, 36.0, 0.0, -0.005),
    ("hematoma", 63.9395, -63.9395, 12.0, 4.2, 58.1, 0.005),
    ("denser disc", -10.8, -90.0, 4.0, 4.0, 0.0, 0.0025),
    ("lighter disc", 10.8, -90.0, 4.0, 4.0, 0.0, -0.0025),
)


def forbild_head() -> Body:
    """Return the phantom as ellipsoids centred on z = 0, so that its section there is the table."""
    return Body("forbild-head", tuple(_component(*row) for row in _TABLE), is_additive=True)


def _component(name: str, x: float, y: float, a: float, b: float, angle_deg: float, density: float) -> Component:
    # LPS y leads to the back, the table's to the nose, which also turns the sense of the angle.
    angle = radians(-angle_deg)
    direction = ((cos(angle), -sin(angle), 0.0), (sin(angle), cos(angle), 0.0), (0.0, 0.0, 1.0))
    return Component(name, Ellipsoid((x, -y, 0.0), (a, b, min(a, b)), direction), tissue("water"), amplitude=density)
