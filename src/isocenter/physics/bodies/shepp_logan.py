"""The head phantom of Shepp and Logan, in two and in three dimensions.

Sources: Shepp and Logan, IEEE Trans. Nucl. Sci. 21 (1974) 21-43, table 1; contrast as modified by Toft, The Radon
Transform, PhD thesis, DTU 1996, p. 199; third axis by Kak and Slaney 1988, table 3.1, as in Schabel's table.
"""

from __future__ import annotations

from math import cos, pi, sin

from isocenter.core.geometry import Direction
from isocenter.physics.body import Body, Component
from isocenter.physics.shapes import Ellipsoid
from isocenter.physics.tissues import tissue

# x0, y0, z0, a, b, c in units of half the field, angle in degrees, original amplitude, modified amplitude.
_TABLE = (
    (0.0, 0.0, 0.0, 0.69, 0.92, 0.81, 0.0, 2.0, 1.0),
    (0.0, -0.0184, 0.0, 0.6624, 0.874, 0.78, 0.0, -0.98, -0.8),
    (0.22, 0.0, 0.0, 0.11, 0.31, 0.22, -18.0, -0.02, -0.2),
    (-0.22, 0.0, 0.0, 0.16, 0.41, 0.28, 18.0, -0.02, -0.2),
    (0.0, 0.35, -0.15, 0.21, 0.25, 0.41, 0.0, 0.01, 0.1),
    (0.0, 0.1, 0.25, 0.046, 0.046, 0.05, 0.0, 0.01, 0.1),
    (0.0, -0.1, 0.25, 0.046, 0.046, 0.05, 0.0, 0.01, 0.1),
    (-0.08, -0.605, 0.0, 0.046, 0.023, 0.05, 0.0, 0.01, 0.1),
    (0.0, -0.605, 0.0, 0.023, 0.023, 0.02, 0.0, 0.01, 0.1),
    (0.06, -0.605, 0.0, 0.023, 0.046, 0.02, 0.0, 0.01, 0.1),
)


def shepp_logan(*, half_field_mm: float = 110.0, original: bool = False) -> Body:
    """Return the two-dimensional phantom: ellipsoids centred on z = 0, whose section there is the table."""
    return _phantom("shepp-logan", half_field_mm, original, is_flat=True)


def shepp_logan_3d(*, half_field_mm: float = 110.0, original: bool = False) -> Body:
    """Return the three-dimensional phantom."""
    return _phantom("shepp-logan-3d", half_field_mm, original, is_flat=False)


def _phantom(name: str, half_field_mm: float, original: bool, *, is_flat: bool) -> Body:
    water = tissue("water")
    components = []
    for number, (x, y, z, a, b, c, angle_deg, first, modified) in enumerate(_TABLE, 1):
        # The table's y points to the nose; LPS y to the back, which also turns the sense of the angle.
        center = (x * half_field_mm, -y * half_field_mm, 0.0 if is_flat else z * half_field_mm)
        axes = (a * half_field_mm, b * half_field_mm, c * half_field_mm)
        shape = Ellipsoid(center, axes, _turn(-angle_deg * pi / 180))
        components.append(Component(f"ellipsoid {number}", shape, water, amplitude=first if original else modified))
    return Body(name, tuple(components), is_additive=True)


def _turn(angle_rad: float) -> Direction:
    return ((cos(angle_rad), -sin(angle_rad), 0.0), (sin(angle_rad), cos(angle_rad), 0.0), (0.0, 0.0, 1.0))
