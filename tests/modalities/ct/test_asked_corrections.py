"""Corrections asked for by parameters: they do what the functions do, say so, and refuse what does not fit."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from isocenter.core.errors import DataError, GeometryError, OptionError
from isocenter.core.grid import Grid
from isocenter.modalities import ct
from isocenter.modalities.ct.corrections.asked import CORRECTIONS
from isocenter.modalities.ct.corrections.beam_hardening import water_corrected
from isocenter.modalities.ct.corrections.gates import pelvis
from isocenter.modalities.ct.corrections.metal import reduce_metal
from isocenter.modalities.ct.motion import parse, undone
from isocenter.modalities.ct.polychromatic import Beam, simulate_polychromatic
from isocenter.modalities.ct.rings import without_rings
from isocenter.modalities.ct.scattered import scatter_of
from isocenter.physics.bodies.disc import disc
from isocenter.physics.body import Body, Component
from isocenter.physics.shapes import EllipticCylinder
from isocenter.physics.tissues import tissue
from isocenter.physics.xrays.tube import Tube

GRID = Grid((128, 128), (2.6, 2.6))
FAN = replace(ct.example_acquisition(), angles_rad=np.arange(240) * np.pi / 120, n_bins=240, bin_width_mm=3.2)
PARALLEL = ct.Acquisition(np.arange(180) * (np.pi / 180), 128, 1.5, photons_per_bin=None)
PLANE = Grid((128, 128), (1.5, 1.5))
BEAM = Beam(Tube(120.0))


@cache
def _pelvis(of: str) -> ct.Measurement:
    return simulate_polychromatic(pelvis(of), FAN, BEAM, None)


def _turned(degrees: np.ndarray) -> np.ndarray:
    """Return turns about z, shape (view, 3, 3)."""
    angle = np.radians(degrees)
    matrices = np.zeros((angle.size, 3, 3))
    matrices[:, 0, 0] = matrices[:, 1, 1] = np.cos(angle)
    matrices[:, 1, 0], matrices[:, 0, 1], matrices[:, 2, 2] = np.sin(angle), -np.sin(angle), 1
    return matrices


def test_every_method_takes_them_and_none_is_told_unless_asked_for() -> None:
    for method in ct.METHODS.values():
        if method.name == "noise":
            continue
        assert {item.name for item in CORRECTIONS} <= {parameter.name for parameter in method.parameters}
    image = ct.reconstruct(_pelvis("cortical bone"), GRID)
    assert image.provenance is not None
    assert "hardening" not in image.provenance.parameters


def test_beam_hardening_is_that_of_the_function_and_is_told() -> None:
    got = ct.reconstruct(_pelvis("cortical bone"), GRID, hardening="water", kvp=120.0)
    expected = ct.reconstruct(water_corrected(_pelvis("cortical bone"), BEAM), GRID)
    assert got.values == pytest.approx(expected.values, abs=1e-3)
    assert got.provenance is not None
    told = got.provenance.parameters
    assert (told["hardening"], told["kvp"], told["filter_al_mm"]) == ("water", 120.0, 6.0)


def test_metal_is_taken_out_of_the_whole_scan_and_put_back_into_the_region() -> None:
    asked = {"hardening": "water", "kvp": 120.0, "metal": "normalised", "metal_hu": 3000.0}
    scan = water_corrected(_pelvis("iron"), BEAM)
    expected = reduce_metal(scan, way="normalised", threshold_hu=3000.0).measurement
    # A region beside the stems: their streaks go although no metal lies in it.
    region = Grid((64, 64), (1.0, 1.0))
    got = ct.reconstruct(_pelvis("iron"), region, **asked).values
    assert got == pytest.approx(ct.reconstruct(expected, region).values, abs=1e-3)
    whole = ct.reconstruct(_pelvis("iron"), GRID, **asked)
    assert whole.values[64, 64 + round(75 / 2.6)] > 3000.0
    plain = ct.reconstruct(_pelvis("iron"), GRID, **asked, scale="attenuation")
    water = ct.water_per_mm(BEAM.reference_kev(FAN))
    assert plain.values.max() == pytest.approx((whole.values.max() / 1000 + 1) * water, rel=1e-3)


def test_scatter_of_a_body_that_the_kernel_was_not_fitted_to_goes() -> None:
    oval = Component("oval", EllipticCylinder((0, 0, 0), (140, 100, 150)), tissue("water"))
    body = Body("oval", (oval,))
    scatter = scatter_of(body, FAN, BEAM.reference_kev(FAN))
    scan = simulate_polychromatic(body, FAN, BEAM, None, scatter=scatter)
    middle = np.hypot(*GRID.positions_mm()[..., :2].transpose(2, 0, 1)) < 25
    before, after = (
        float(ct.reconstruct(scan, GRID, hardening="water", kvp=120.0, scatter=way).values[middle].mean())
        for way in ("none", "water")
    )
    assert before < -25.0
    assert abs(after) < 8.0


def test_rings_go_in_planes_and_cones() -> None:
    data = ct.simulate(disc(radius_mm=60.0), PARALLEL, np.random.default_rng(0)).data
    ringed = ct.Measurement(PARALLEL, data + 0.02 * np.random.default_rng(1).standard_normal(128).astype(np.float32))
    expected = ct.reconstruct(ct.Measurement(PARALLEL, without_rings(ringed.data)), PLANE).values
    assert ct.reconstruct(ringed, PLANE, rings=True).values == pytest.approx(expected, abs=1e-3)
    cone = ct.Acquisition(
        np.arange(120) * np.pi / 60,
        96,
        3.0,
        geometry="cone",
        source_isocenter_mm=500.0,
        source_detector_mm=1000.0,
        photons_per_bin=None,
        n_rows=3,
        row_height_mm=3.0,
    )
    lines = ct.simulate(disc(radius_mm=40.0, height_mm=500.0), cone, np.random.default_rng(0)).data
    spoilt = lines + 0.02 * np.random.default_rng(2).standard_normal((3, 96)).astype(np.float32)
    place = Grid((1, 64, 64), (1.5, 1.5, 1.5))
    inside = np.hypot(*place.positions_mm()[..., :2].transpose(3, 0, 1, 2)) < 32
    clean, before, after = (
        ct.reconstruct(ct.Measurement(cone, values), place, rings=rings).values[inside]
        for values, rings in ((lines, False), (spoilt, False), (spoilt, True))
    )
    assert np.std(after - clean) < 0.5 * np.std(before - clean)


def test_missing_views_are_filled_and_counted() -> None:
    whole = ct.simulate(disc(radius_mm=60.0, center_mm=(15.0, -10.0)), PARALLEL, np.random.default_rng(0))
    kept = np.setdiff1d(np.arange(180), [40, 41, 99])
    part = replace(whole, acquisition=PARALLEL.subset(kept), data=whole.data[kept])
    image = ct.reconstruct(part, PLANE, missing_views=True)
    assert image.provenance is not None
    assert image.provenance.parameters["views_filled"] == 3
    inside = np.hypot(*(PLANE.positions_mm()[..., :2] - [15.0, -10.0]).transpose(2, 0, 1)) < 48
    assert np.std(image.values[inside]) < np.std(ct.reconstruct(part, PLANE).values[inside])


def test_a_patient_who_moved_in_parallel_rays_is_seen_as_if_he_had_lain_still() -> None:
    """Each view is simulated of a body that stands elsewhere; the patient turns too, so half a turn is not enough."""
    scan = replace(PARALLEL, angles_rad=np.radians(np.arange(190)))
    steps = np.arange(190)
    shifts = np.stack([np.interp(steps, [60, 189], [0, 9]), np.interp(steps, [60, 189], [0, -4])], axis=1)
    turns = np.interp(steps, [60, 189], [0, 3])
    still = np.array([40.0, 10.0])
    data = np.zeros(scan.data_shape, dtype=np.float32)
    for view in steps:
        place = _turned(turns[view : view + 1])[0, :2, :2] @ still + shifts[view]
        body = disc(radius_mm=15.0, center_mm=tuple(place))
        data[view] = ct.simulate(body, scan.subset(slice(view, view + 1)), np.random.default_rng(0)).data[0]
    moved = ct.Measurement(scan, data)
    body = disc(radius_mm=15.0, center_mm=tuple(still))
    truth = ct.reconstruct(ct.simulate(body, scan, np.random.default_rng(0)), PLANE)
    motion = "0: 0 0 0\n60: 0 0 0; 189: 9, -4, 0, 0, 0, 3"
    followed = ct.reconstruct(moved, PLANE, motion=motion)
    before, after = (
        float(np.sqrt(np.mean((image.values - truth.values) ** 2)))
        for image in (ct.reconstruct(moved, PLANE), followed)
    )
    assert before > 50.0
    assert after < before / 8
    assert followed.provenance is not None
    assert followed.provenance.parameters["motion"] == motion


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0: 1 2", "no motion"),
        ("0: 1 2 x", "no motion"),
        ("first: 1 2 3", "no motion"),
        ("5: 1 2 3; 5: 1 2 3", "rise"),
        ("0: 0 0 0; 99: 1 2 3", "rise"),
        ("0: nan 0 0", "no motion"),
        (" ; ", "rise"),
    ],
)
def test_what_is_no_motion_is_refused(text: str, words: str) -> None:
    with pytest.raises(OptionError, match=words):
        parse(text, 90)


def test_motion_is_linear_between_the_views_that_are_given() -> None:
    rotations, shifts = parse("10: 0 0 0 0 0 0; 20: 10 -20 30 0 0 90", 40)
    assert shifts[15] == pytest.approx([5.0, -10.0, 15.0])
    assert shifts[[0, 39]] == pytest.approx(np.array([[0, 0, 0], [10, -20, 30]]))
    assert rotations[20] == pytest.approx(np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]]), abs=1e-12)


def test_corrections_that_do_not_fit_the_scan_are_refused() -> None:
    scan = ct.simulate(disc(radius_mm=60.0), PARALLEL, np.random.default_rng(0))
    with pytest.raises(OptionError, match="voltage") as caught:
        ct.reconstruct(scan, PLANE, hardening="water")
    assert caught.value.remedy
    with pytest.raises(OptionError, match="how far the detector"):
        ct.reconstruct(scan, PLANE, scatter="water", kvp=100.0)
    with pytest.raises(OptionError, match="photon counts"):
        ct.reconstruct(
            replace(_pelvis("iron"), acquisition=replace(FAN, photons_per_bin=None)), scatter="water", kvp=90
        )
    with pytest.raises(DataError, match="no metal"):
        ct.reconstruct(scan, PLANE, metal="normalised", metal_hu=30000)
    with pytest.raises(GeometryError, match="own plane"):
        undone(scan, *parse("0: 0 0 5", 180))
    with pytest.raises(GeometryError, match="flat detector"):
        ct.reconstruct(_pelvis("iron"), GRID, motion="0: 1 0 0")
