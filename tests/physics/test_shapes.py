"""Chords, volumes and transforms of solids agree with geometry and with each other."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from isocenter.core.errors import GeometryError
from isocenter.core.geometry import as_direction
from isocenter.physics.shapes import Box, Ellipsoid, EllipticCylinder, Shape

TURN = as_direction(Rotation.from_euler("zyx", [30, 20, 10], degrees=True).as_matrix())
SOLIDS = [
    Ellipsoid((3, -4, 5), (10, 20, 15), TURN),
    Box((3, -4, 5), (10, 20, 15), TURN),
    EllipticCylinder((3, -4, 5), (10, 20, 15), TURN),
]


def test_a_ray_through_the_middle_of_a_sphere_measures_its_diameter() -> None:
    sphere = Ellipsoid((1, 2, 3), (10, 10, 10))
    assert sphere.chord_mm(np.array([-100.0, 2, 3]), np.array([100.0, 2, 3])) == pytest.approx(20)
    assert sphere.chord_mm(np.array([-100.0, 8, 3]), np.array([100.0, 8, 3])) == pytest.approx(16)
    assert sphere.chord_mm(np.array([-100.0, 13, 3]), np.array([100.0, 13, 3])) == 0


def test_a_segment_that_ends_inside_counts_only_to_its_end() -> None:
    sphere = Ellipsoid((0, 0, 0), (10, 10, 10))
    assert sphere.chord_mm(np.array([-100.0, 0, 0]), np.zeros(3)) == pytest.approx(10)
    assert sphere.chord_mm(np.array([-3.0, 0, 0]), np.array([4.0, 0, 0])) == pytest.approx(7)
    assert sphere.chord_mm(np.zeros(3), np.zeros(3)) == 0


def test_rays_through_box_and_cylinder_measure_their_sides() -> None:
    box, cylinder = Box((0, 0, 0), (10, 20, 30)), EllipticCylinder((0, 0, 0), (10, 20, 30))
    far = 100.0
    for solid in (box, cylinder):
        for axis, length in enumerate((20, 40, 60)):
            end = np.zeros(3)
            end[axis] = far
            assert solid.chord_mm(-end, end) == pytest.approx(length)
    assert box.chord_mm(np.array([-far, -far, 0]), np.array([far, far, 0])) == pytest.approx(20 * 2**0.5)


@pytest.mark.parametrize("solid", SOLIDS, ids=lambda solid: type(solid).__name__)
def test_the_transform_at_zero_is_the_volume_and_smooth_there(solid: Shape) -> None:
    assert solid.fourier(np.zeros(3)) == pytest.approx(solid.volume_mm3)
    # The closed form and its series meet: the transform changes by less than the distance allows.
    k = np.linspace(0, 2e-3, 4001)[:, None] * np.array([1.0, 0.5, -0.3])
    steps = np.abs(np.diff(solid.fourier(k))) / solid.volume_mm3
    assert steps.max() < 2 * np.pi * 1e-6 * 60


@pytest.mark.parametrize("solid", SOLIDS, ids=lambda solid: type(solid).__name__)
def test_the_transform_of_a_projection_is_a_slice_of_the_transform(solid: Shape, rng: np.random.Generator) -> None:
    """Projection-slice theorem: chords along w, transformed over the plane (u, v), give F on that plane."""
    axes = Rotation.random(random_state=7).as_matrix()
    u = np.linspace(-40, 40, 401)
    plane = u[:, None, None] * axes[0] + u[None, :, None] * axes[1]
    chords = solid.chord_mm(plane - 100 * axes[2], plane + 100 * axes[2])
    for ku, kv in rng.uniform(-0.03, 0.03, (4, 2)):
        wave = np.exp(-2j * np.pi * (ku * u[:, None] + kv * u[None, :]))
        numeric = (chords * wave).sum() * (u[1] - u[0]) ** 2
        assert abs(numeric - solid.fourier(ku * axes[0] + kv * axes[1])) < 3e-3 * solid.volume_mm3


@pytest.mark.parametrize("solid", SOLIDS, ids=lambda solid: type(solid).__name__)
def test_points_inside_fill_the_volume(solid: Shape, rng: np.random.Generator) -> None:
    points = rng.uniform(-40, 40, (400_000, 3)) + np.array(solid.center_mm)
    assert solid.contains(points).mean() * 80**3 == pytest.approx(solid.volume_mm3, rel=0.02)
    assert solid.gauge(solid.local(solid.surface_points_mm())) == pytest.approx(1.0)


@pytest.mark.parametrize("solid", SOLIDS[:1], ids=["Ellipsoid"])
def test_sections_stack_up_to_the_volume(solid: Shape) -> None:
    heights = np.linspace(-30, 40, 2001)
    sections = [solid.section(float(z)) for z in heights]
    total = sum(section.area_mm2 for section in sections if section is not None) * (heights[1] - heights[0])
    assert total == pytest.approx(solid.volume_mm3, rel=1e-3)


def test_a_section_holds_the_points_of_the_solid_in_its_plane(rng: np.random.Generator) -> None:
    upright = as_direction(Rotation.from_euler("z", 30, degrees=True).as_matrix())
    lying = as_direction(Rotation.from_euler("yz", [90, 30], degrees=True).as_matrix())
    solids = (SOLIDS[0], Box((3, -4, 5), (10, 20, 15), upright), EllipticCylinder((3, -4, 5), (10, 20, 15), upright))
    for solid in (*solids, EllipticCylinder((3, -4, 5), (10, 20, 15), lying)):
        section = solid.section(8.0)
        assert section is not None
        points = rng.uniform(-30, 30, (20_000, 2))
        in_plane = np.column_stack([points, np.full(len(points), 8.0)])
        assert (section.contains(points) == solid.contains(in_plane)).mean() > 0.9999
        assert section.fourier(np.zeros(2)) == pytest.approx(section.area_mm2)


def test_a_rigid_motion_moves_the_transform_by_its_phase() -> None:
    solid = SOLIDS[0]
    turn, shift = Rotation.from_euler("x", 90, degrees=True).as_matrix(), np.array([1.0, 2.0, 3.0])
    k = np.array([0.01, 0.02, -0.015])
    moved = solid.moved(turn, shift)
    assert moved.fourier(k) == pytest.approx(solid.fourier(turn.T @ k) * np.exp(-2j * np.pi * k @ shift))


def test_impossible_solids_and_sections_are_refused() -> None:
    with pytest.raises(GeometryError):
        Ellipsoid((0, 0, 0), (1, 0, 1))
    with pytest.raises(GeometryError, match="tilted"):
        SOLIDS[1].section(5.0)
    assert Ellipsoid((0, 0, 0), (1, 1, 1)).section(2.0) is None
