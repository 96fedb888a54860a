"""Cone scans: right place, right way round, and what cannot be is refused."""

from dataclasses import replace

import numpy as np
import pytest

from isocenter.core.errors import GeometryError, ShapeError
from isocenter.core.grid import Grid
from isocenter.modalities import ct
from isocenter.modalities.ct.geometry import detector_views
from isocenter.modalities.ct.truncation import extended
from isocenter.physics.bodies.disc import disc
from isocenter.physics.body import Body, Component
from isocenter.physics.shapes import Ellipsoid
from isocenter.physics.tissues import tissue

CIRCLE = ct.Acquisition(
    np.arange(120) * (2 * np.pi / 120),
    64,
    5.0,
    geometry="cone",
    source_isocenter_mm=400.0,
    source_detector_mm=800.0,
    photons_per_bin=None,
    n_rows=32,
    row_height_mm=5.0,
    slice_spacing_mm=2.5,
)
_TURNS = np.arange(360) * (2 * np.pi / 120)
HELIX = replace(CIRCLE, angles_rad=_TURNS, detector="curved", source_z_mm=(_TURNS - _TURNS.mean()) * 8.0)
BALL = Body("ball", (Component("ball", Ellipsoid((24.0, -15.0, 18.0), (9.0, 9.0, 9.0)), tissue("water")),))
GRID = Grid((24, 40, 40), (3.0, 3.0, 3.0), center_mm=(0.0, 0.0, 12.0))


def _middle_of_mass_mm(image) -> np.ndarray:
    weights = np.clip(image.values + 1000.0, 0, None) * (image.values > -500)
    return (image.grid.positions_mm() * weights[..., None]).reshape(-1, 3).sum(axis=0) / weights.sum()


def _scan(acquisition: ct.Acquisition, body: Body = BALL) -> ct.Measurement:
    return ct.simulate(body, acquisition, np.random.default_rng(0))


@pytest.mark.parametrize("scan", [CIRCLE, replace(CIRCLE, detector="curved"), HELIX], ids=["flat", "curved", "helix"])
@pytest.mark.parametrize("position", ["HFS", "FFP"])
def test_a_ball_is_found_where_it_lies_in_the_patient(scan: ct.Acquisition, position: str) -> None:
    scan = replace(scan, patient_position=position, z_mm=12.0)
    grid = replace(GRID, direction=ct.default_grid(scan).direction)
    image = ct.reconstruct(_scan(scan), grid)
    assert _middle_of_mass_mm(image) == pytest.approx([24.0, -15.0, 18.0], abs=0.4)


@pytest.mark.parametrize("method", ["sirt", "cgls", "os-sart", "pwls", "pdhg-tv"])
def test_iterative_methods_find_the_ball_too(method: str) -> None:
    scan = replace(CIRCLE.subset(slice(0, 120, 4)), z_mm=12.0)
    short = {"n_iterations": 4 if method == "os-sart" else 15}
    image = ct.reconstruct(_scan(scan), GRID, method=method, **short)
    assert _middle_of_mass_mm(image) == pytest.approx([24.0, -15.0, 18.0], abs=0.7)
    assert image.values.max() > -300


def test_default_methods_suit_the_scan() -> None:
    assert ct.default_method(_scan(CIRCLE)) == "fdk"
    assert ct.default_method(_scan(HELIX)) == "wfbp"
    assert ct.default_method(_scan(CIRCLE.subset(slice(0, 40)))) == "os-sart"


def test_a_matrix_trajectory_that_leans_finds_the_ball() -> None:
    views = detector_views(CIRCLE)
    lean = np.array([[1.0, 0, 0], [0, np.cos(0.05), -np.sin(0.05)], [0, np.sin(0.05), np.cos(0.05)]])
    matrices = views.in_frame(lean, np.zeros(3)).projection_matrices()
    image = ct.reconstruct(_scan(replace(CIRCLE, projection_matrices=matrices, z_mm=12.0)), GRID)
    assert _middle_of_mass_mm(image) == pytest.approx([24.0, -15.0, 18.0], abs=0.5)


def test_an_image_is_as_long_as_what_the_detector_sees() -> None:
    grid = ct.default_grid(replace(CIRCLE, z_mm=7.0))
    assert grid.shape == (32, 64, 64)
    assert grid.center_mm[2] == 7.0
    assert grid.spacing_mm[0] == 2.5


def test_truncated_views_are_continued() -> None:
    scan = ct.Acquisition(np.arange(180) * (np.pi / 180), 100, 1.0, photons_per_bin=None)
    measurement = _scan(scan, disc(radius_mm=80.0))
    grid = Grid((60, 60), (1.5, 1.5))
    inside = np.hypot(*(grid.positions_mm()[..., :2].transpose(2, 0, 1))) < 44
    plain, better = (
        np.abs(ct.reconstruct(measurement, grid, extrapolate=on).values[inside]).mean() for on in (False, True)
    )
    assert better < 0.25 * plain


def test_a_view_of_an_object_that_ends_inside_is_continued_by_nothing() -> None:
    views, n = extended(np.pad(np.ones((3, 40), dtype=np.float32), ((0, 0), (30, 30))))
    assert not views[:, :n].any()
    assert not views[:, -n:].any()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"n_slices": 3}, "n_slices"),
        ({"source_z_mm": np.zeros(7)}, "source_z_mm"),
        ({"focus_shift_mm": np.full((120, 3), np.nan)}, "focus_shift_mm"),
        ({"n_rows": 0}, "n_rows"),
        ({"source_detector_mm": 100.0}, "source_detector_mm"),
        ({"projection_matrices": np.zeros((120, 3, 4)), "detector": "curved"}, "projection_matrices"),
        ({"geometry": "fan"}, "n_rows"),
    ],
)
def test_contradictory_geometry_is_refused(change: dict[str, object], field: str) -> None:
    with pytest.raises(GeometryError) as caught:
        replace(CIRCLE, **change)
    assert caught.value.field == field


def test_wrong_order_and_missing_views_are_refused_with_a_remedy() -> None:
    data = _scan(HELIX).data
    for views, message in ((np.r_[0:50, 60:360], "missing"), (np.r_[1, 0, 2:360], "one direction")):
        with pytest.raises(GeometryError, match=message):
            ct.reconstruct(ct.Measurement(HELIX.subset(views), data[views]), GRID)


def test_a_method_that_does_not_suit_says_which_does() -> None:
    with pytest.raises(GeometryError, match="fdk or wfbp"):
        ct.reconstruct(_scan(CIRCLE), GRID, method="fbp")
    with pytest.raises(GeometryError, match="wfbp"):
        ct.reconstruct(_scan(HELIX), GRID, method="fdk")
    with pytest.raises(GeometryError, match="half a turn"):
        ct.reconstruct(_scan(HELIX.subset(slice(0, 50))), GRID, method="wfbp")


def test_data_without_rows_are_refused() -> None:
    with pytest.raises(ShapeError):
        ct.Measurement(CIRCLE, np.zeros((120, 64)))
