"""Bodies: every measurement is the exact sum over nested tissues."""

import numpy as np
import pytest

from isocenter.core.errors import GeometryError, OptionError
from isocenter.core.grid import Grid
from isocenter.physics.bodies import BODIES
from isocenter.physics.body import Body, Component
from isocenter.physics.contrast import bolus_mg_per_ml, with_agent
from isocenter.physics.properties import attenuation_at, density
from isocenter.physics.shapes import Ellipsoid
from isocenter.physics.tissues import tissue

WATER, BONE = tissue("water"), tissue("cortical bone")
OUTER = Component("outer", Ellipsoid((0, 0, 0), (50, 40, 30)), WATER)


def test_a_ray_through_nested_tissues_adds_their_lengths() -> None:
    body = Body("test", (OUTER, Component("core", Ellipsoid((10, 0, 0), (5, 5, 5)), BONE, "outer")))
    got = body.line_integrals(np.array([-100.0, 0, 0]), np.array([100.0, 0, 0]), density)
    assert got == pytest.approx(90 * 1.0 + 10 * 1.92)


@pytest.mark.parametrize(
    ("component", "match"),
    [
        (Component("a", Ellipsoid((48, 0, 0), (5, 5, 5)), BONE, "outer"), "leaves"),
        (Component("a", Ellipsoid((5, 0, 0), (12, 5, 5)), BONE, "outer"), "meets"),
        (Component("a", Ellipsoid((0, 0, 0), (5, 5, 5)), BONE, "nowhere"), "does not stand before"),
        (Component("outer", Ellipsoid((0, 0, 0), (5, 5, 5)), BONE, "outer"), "one name"),
    ],
)
def test_components_that_do_not_nest_are_refused(component: Component, match: str) -> None:
    neighbour = Component("neighbour", Ellipsoid((20, 0, 0), (8, 8, 8)), BONE, "outer")
    with pytest.raises(GeometryError, match=match):
        Body("test", (OUTER, neighbour, component))


@pytest.mark.parametrize("name", BODIES)
def test_voxels_and_transform_hold_the_same_mass(name: str) -> None:
    body, value = BODIES[name](), attenuation_at(60.0)
    mass = sum(shape.volume_mm3 * contrast.real for shape, contrast in body.contrasts(value))
    step_mm = 2.0 if name == "breast" else 5.0  # a breast is small and has a thin skin
    volume = body.voxelise(Grid((60, 64, 84), (step_mm,) * 3), value)
    assert volume.sum() * step_mm**3 == pytest.approx(mass, rel=1e-3)
    assert body.kspace(np.zeros((1, 3)), value)[0] == pytest.approx(mass)


@pytest.mark.parametrize("name", BODIES)
def test_a_slice_is_what_the_volume_shows_there(name: str) -> None:
    body, value = BODIES[name](), attenuation_at(60.0)
    grid = Grid((96, 96), (4.3, 4.3), center_mm=(0.0, 0.0, 6.0), slice_thickness_mm=1e-6)
    plane, volume = body.slice_at(6.0).voxelise(grid, value), body.voxelise(grid, value, oversampling=8)
    assert plane.sum() == pytest.approx(volume.sum(), rel=2e-3)
    assert np.abs(plane - volume).mean() < 1e-5


def test_the_left_side_of_the_head_is_told_by_its_ventricle() -> None:
    labels, names = BODIES["head"]().labels(Grid((1, 64, 64), (1.0, 3.0, 3.0), center_mm=(0.0, 0.0, 8.0)))
    left, right = (np.argwhere(labels == names.index(f"{side} ventricle")) for side in ("left", "right"))
    assert left[:, 2].mean() > 32 > right[:, 2].mean()  # columns grow to the patient's left
    assert len(left) > len(right)


def test_lesions_fiducials_and_contrast_add_to_a_body() -> None:
    assert len(BODIES["head"](lesions=True, fiducials=True).components) == len(BODIES["head"]().components) + 5
    iodine = BODIES["thorax"](contrast_mg_per_ml=12.0).tissue_of("aorta")
    assert attenuation_at(60.0)(iodine) > 1.2 * attenuation_at(60.0)(tissue("blood"))


def test_shepp_logan_has_the_values_of_its_table() -> None:
    body = BODIES["shepp-logan"](half_field_mm=100.0, original=True)
    water = density(WATER)
    points = {(0.0, 0.0): 1.02, (0.0, -90.0): 2.0, (22.0, 0.0): 1.0, (0.0, -35.0): 1.03, (0.0, 99.0): 0.0}
    # The left ventricle leans outwards to the front: 25 mm along its long axis it is there, mirrored it is not.
    points |= {(29.7, -23.8): 1.0, (14.3, -23.8): 1.03}
    for (x, y), expected in points.items():
        grid = Grid((1, 1), (0.1, 0.1), center_mm=(x, y, 0.0))
        assert body.slice_at(0.0).voxelise(grid, density)[0, 0] == pytest.approx(expected * water, abs=1e-9)


def test_a_moved_body_is_the_body_moved() -> None:
    body = BODIES["head"]()
    moved = body.moved(translation_mm=(10.0, 0.0, 0.0))
    start, end = np.array([10.0, -200, 0]), np.array([10.0, 200, 0])
    shift = np.array([10.0, 0, 0])
    assert moved.line_integrals(start, end, density) == pytest.approx(
        body.line_integrals(start - shift, end - shift, density)
    )


def test_contrast_raises_attenuation_by_what_its_iodine_weighs() -> None:
    blood = tissue("blood")
    iodinated = with_agent(blood, 10.0)
    added = attenuation_at(60.0)(iodinated) - attenuation_at(60.0)(blood)
    # 10 mg/mL of iodine: mass attenuation at 60 keV 7.579 cm2/g (NISTIR 5632, table 3) times 0.010 g/cm3.
    assert added * 10 == pytest.approx(0.0758, rel=0.01)
    assert with_agent(blood, 0.0) is blood
    with pytest.raises(OptionError):
        with_agent(blood, -1.0)


def test_a_bolus_comes_peaks_and_goes() -> None:
    curve = [bolus_mg_per_ml(float(t), peak_mg_per_ml=12.0, arrival_s=12.0, time_to_peak_s=10.0) for t in range(80)]
    assert max(curve[:13]) == 0
    assert int(np.argmax(curve)) == 22
    assert max(curve) == pytest.approx(12.0)
    assert curve[79] < 0.2


@pytest.mark.parametrize(("breath", "heartbeat"), [(0.0, 0.0), (0.5, 1.0), (1.0, 0.5)])
def test_a_thorax_breathes_and_beats(breath: float, heartbeat: float) -> None:
    still, moved = BODIES["thorax"](), BODIES["thorax"](breath=breath, heartbeat=heartbeat)
    volumes = [{c.name: c.shape.volume_mm3 for c in body.components} for body in (still, moved)]
    assert volumes[1]["right lung"] == pytest.approx(volumes[0]["right lung"] * (115 + 20 * breath) / 135)
    assert volumes[1]["left chambers"] == pytest.approx(volumes[0]["left chambers"] * (1 - 0.2 * heartbeat) ** 3)
    with pytest.raises(OptionError, match="phase"):
        BODIES["thorax"](breath=1.5)


def test_a_pregnancy_grows() -> None:
    early, late = (BODIES["abdomen"](pregnancy_weeks=weeks) for weeks in (10, 20))
    volumes = [next(c.shape.volume_mm3 for c in body.components if c.name == "uterus") for body in (early, late)]
    assert volumes[1] == pytest.approx(8 * volumes[0])
    with pytest.raises(OptionError):
        BODIES["abdomen"](pregnancy_weeks=39)


def test_the_forbild_head_has_the_densities_of_its_table() -> None:
    plane = BODIES["forbild-head"]().slice_at(0.0)
    points = {(-30.0, 0.0): 1.05, (0.0, 117.0): 1.8, (47.0, -43.0): 1.06, (0.0, 36.0): 1.045, (-10.8, 90.0): 1.0525}
    points |= {(0.0, -84.0): 0.0, (19.0, -54.0): 1.8, (-43.0, -68.0): 1.8, (63.9395, 63.9395): 1.055}
    # The bone of the left orbit rises to the side: 15 mm along its long axis it is bone, mirrored it is brain.
    points |= {(56.0, -75.5): 1.8, (56.0, -60.5): 1.05}
    for (x, y), expected in points.items():
        grid = Grid((1, 1), (0.1, 0.1), center_mm=(x, y, 0.0))
        assert plane.voxelise(grid, density)[0, 0] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", BODIES)
def test_lines_in_a_section_measure_what_lines_in_space_do(name: str, rng: np.random.Generator) -> None:
    body, value, z_mm = BODIES[name](), attenuation_at(60.0), 6.0
    starts, ends = rng.uniform(-150, 150, (2, 500, 2))
    flat = body.slice_at(z_mm).line_integrals(starts, ends, value)
    height = np.full((500, 1), z_mm)
    solid = body.line_integrals(np.hstack([starts, height]), np.hstack([ends, height]), value)
    assert np.abs(flat - solid).max() < 1e-9


def test_rays_from_one_source_need_it_only_once() -> None:
    body, bins = BODIES["thorax"](), np.stack([np.linspace(-200, 200, 50), np.full(50, 400.0), np.zeros(50)], axis=-1)
    source = np.array([0.0, -600.0, 0.0])
    fan = body.line_integrals(source, bins, density)
    assert fan.shape == (50,)
    assert fan[25] == pytest.approx(body.line_integrals(source, bins[25], density))


def test_the_energy_of_a_section_is_the_same_in_space_and_in_kspace() -> None:
    """Parseval: the integral of f^2 over the plane is that of |F|^2 over k-space."""
    plane = Body("disc", (Component("disc", Ellipsoid((5, -3, 0), (20, 12, 9)), WATER),)).slice_at(0.0)
    k = np.linspace(-1.0, 1.0, 801)
    grid = np.stack(np.meshgrid(k, k, indexing="ij"), axis=-1)
    energy = (np.abs(plane.kspace(grid, density)) ** 2).sum() * (k[1] - k[0]) ** 2
    assert energy == pytest.approx(np.pi * 20 * 12, rel=2e-2)  # |F|^2 falls like 1/k^3: 1.3 % lies beyond 1/mm


def test_the_head_holds_a_brain_of_the_reference_mass() -> None:
    """ICRP Publication 89: brain 1.3 kg (woman) to 1.45 kg (man)."""
    body, step_mm = BODIES["head"](), 3.0
    labels, names = body.labels(Grid((80, 70, 60), (step_mm,) * 3))
    grams = {"grey matter": 0.0, "white matter": 0.0}
    for number, component in enumerate(body.components, 1):
        if component.tissue.name in grams:
            voxels = int((labels == number).sum())
            grams[component.tissue.name] += voxels * step_mm**3 / 1000 * component.tissue.density_g_per_cm3
    assert 1250 < sum(grams.values()) < 1450
    assert "left eye" in names


def test_left_and_right_are_the_patient_s() -> None:
    """Liver on the right, spleen and heart on the left; x grows to the left."""
    places = {c.name: c.shape.center_mm for name in ("thorax", "abdomen") for c in BODIES[name]().components}
    assert places["liver"][0] < 0 < places["spleen"][0]
    assert places["left chambers"][0] > 0
    assert places["left rib 1 side"][0] > 100
    assert places["right rib 1 side"][0] < -100
    # Ribs rise towards the back.
    assert places["left rib 1 back"][1] > 0
    assert places["left rib 1 back"][2] > places["left rib 1 front"][2]


@pytest.mark.parametrize("weeks", [8, 14, 20])
@pytest.mark.parametrize("lesions", [False, True])
def test_every_pregnancy_fits(weeks: int, lesions: bool) -> None:
    names = [c.name for c in BODIES["abdomen"](pregnancy_weeks=weeks, lesions=lesions).components]
    assert "uterus" in names
    assert "middle bowel" not in names
