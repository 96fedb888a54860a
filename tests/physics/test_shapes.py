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


@pytest.mark.parametrize("z_mm", [0.0, 6.0, -14.0])
def test_a_tilted_cylinder_is_cut_in_an_ellipse_between_two_lines(z_mm: float) -> None:
    turn = Rotation.from_euler("xyz", [35, 20, 10], degrees=True).as_matrix()
    solid = EllipticCylinder((3, -2, 1), (12, 8, 15)).moved(turn, np.zeros(3))
    section = solid.section(z_mm)
    assert section is not None
    fine = (np.arange(1200) - 599.5) * 0.05
    x, y = np.meshgrid(fine, fine)
    points = np.stack([x, y], axis=-1)
    inside = solid.contains(np.concatenate([points, np.full((*x.shape, 1), z_mm)], axis=-1))
    assert (section.contains(points) == inside).mean() > 0.9999
    assert section.area_mm2 == pytest.approx(inside.sum() * 0.05**2, rel=2e-3)
    for k in ((0.0, 0.0), (0.03, -0.02), (-0.1, 0.06)):
        numeric = np.exp(-2j * np.pi * (points[inside] @ np.array(k))).sum() * 0.05**2
        assert section.fourier(np.array(k)[None])[0] == pytest.approx(numeric, abs=2e-3 * section.area_mm2)
    start, end = np.array([-40.0, -5.0]), np.array([40.0, 12.0])
    t = (np.arange(20_000) + 0.5) / 20_000
    length = float(np.linalg.norm(end - start))
    numeric_mm = section.contains(start + t[:, None] * (end - start)).mean() * length
    chord = section.chords_mm(start[:, None], (end - start)[:, None], np.array([length]))
    assert chord[0] == pytest.approx(numeric_mm, abs=0.02)
    directions = np.array([[1.0, 0.0], [0.6, 0.8], [-0.7071, 0.7071], [0.0, -1.0]])
    reach = ((points[inside] - np.array(section.center_mm)) @ directions.T).max(axis=0)
    assert section.extent_mm(directions) == pytest.approx(reach, abs=0.1)


def test_a_tilted_cylinder_far_away_has_no_section() -> None:
    turn = Rotation.from_euler("x", 30, degrees=True).as_matrix()
    solid = EllipticCylinder((0, 0, 0), (5, 4, 10)).moved(turn, np.zeros(3))
    assert solid.section(40.0) is None
    assert solid.section(-11.9) is None or solid.section(-11.9).area_mm2 > 0
