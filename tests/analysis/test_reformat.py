"""Planes and slabs through volumes, against closed forms: linear fields, spheres, known distances."""

from __future__ import annotations

import numpy as np
import pytest

from isocenter.analysis.rendering.reformat import reformat
from isocenter.analysis.rendering.view import DIRECTIONS, View, view_around, whole
from isocenter.analysis.rendering.volume import Volume, stored_as_int16
from isocenter.core.arrays import Array, FloatArray
from isocenter.core.errors import OptionError, ShapeError
from isocenter.core.geometry import Direction, as_direction, as_vector
from isocenter.core.grid import Grid

SLOPES = np.array([1.3, -0.7, 2.1])  # per mm along LPS x, y, z


def turned(seed: int = 7) -> Direction:
    """Return axes that are parallel to nothing."""
    axes, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3)))
    return as_direction(axes * np.sign(np.linalg.det(axes)))


def linear_volume(direction: Direction) -> Volume:
    """Return a field that grows evenly through the patient, on an anisotropic grid."""
    grid = Grid((24, 40, 36), (3.0, 0.8, 1.1), (12.0, -30.0, 55.0), direction)
    values = grid.positions_mm() @ SLOPES
    return Volume(values.astype(np.float32), grid)


def oblique_view(center: tuple[float, float, float], shape: tuple[int, int] = (9, 11)) -> View:
    axes = np.array(turned(3))
    return view_around(center, as_vector(axes[:, 0]), as_vector(axes[:, 1]), (0.9, 1.7), shape)


def positions(view: View) -> FloatArray:
    rows, columns = np.indices(view.shape)
    down, across = np.asarray(view.column) * view.spacing_mm[0], np.asarray(view.row) * view.spacing_mm[1]
    return np.asarray(view.origin_mm) + rows[..., None] * down + columns[..., None] * across


@pytest.mark.parametrize("direction", [as_direction(np.eye(3)), turned()])
def test_a_linear_field_is_reproduced_on_any_plane(direction: Direction) -> None:
    volume = linear_volume(direction)
    view = oblique_view(volume.grid.center_mm)
    np.testing.assert_allclose(reformat(volume, view), positions(view) @ SLOPES, atol=2e-4)  # float32 of some 200


@pytest.mark.parametrize("projection", ["max", "min", "mean"])
def test_a_slab_of_a_linear_field_is_known(projection: str) -> None:
    volume = linear_volume(turned())
    view = oblique_view(volume.grid.center_mm, (5, 5))
    across = abs(float(np.asarray(view.normal) @ SLOPES)) * 6.0 / 2
    expected = positions(view) @ SLOPES + {"max": across, "min": -across, "mean": 0.0}[projection]
    np.testing.assert_allclose(reformat(volume, view, slab_mm=6.0, projection=projection), expected, atol=3e-4)


@pytest.mark.parametrize("name", sorted(DIRECTIONS))
def test_standard_planes_through_samples_are_the_samples(name: str, rng: np.random.Generator) -> None:
    samples = rng.integers(-1000, 3000, (7, 9, 11)).astype(np.int16)
    volume = Volume(samples, Grid(samples.shape, (2.0, 1.0, 1.0), (0.0, 0.0, 0.0)), 0.5, -10.0)
    row, column = DIRECTIONS[name]
    shown = {
        "axial": samples[3],
        "coronal": samples[::-1, 4],
        "sagittal": samples[::-1, :, 5],
    }[name] * 0.5 - 10.0  # fmt: skip
    tall = 2.0 if name != "axial" else 1.0
    view = view_around((0.0, 0.0, 0.0), row, column, (tall, 1.0), shown.shape)
    np.testing.assert_array_equal(reformat(volume, view), shown)


@pytest.mark.parametrize(("projection", "reduce"), [("max", np.max), ("min", np.min)])
@pytest.mark.parametrize("dtype", [np.int16, np.float32])
@pytest.mark.parametrize(("name", "axis"), [("axial", 0), ("coronal", 1), ("sagittal", 2)])
def test_the_extreme_through_all_is_numpys(
    name: str, axis: int, dtype: type, projection: str, reduce: object, rng: np.random.Generator
) -> None:
    samples = rng.normal(0, 300, (41, 37, 45)).astype(dtype)
    volume = Volume(samples, Grid(samples.shape, (1.0, 1.0, 1.0)))
    row, column = DIRECTIONS[name]
    expected = reduce(samples, axis=axis)  # type: ignore[operator]
    expected = expected if name == "axial" else expected[::-1]
    view = view_around((0.3, 0.3, 0.3), row, column, (1.0, 1.0), expected.shape)
    on_samples = view.moved(0.0)
    shifted = np.asarray(view.origin_mm) - 0.3 * (np.asarray(row) + np.asarray(column)) * np.sign(
        np.asarray(row) + np.asarray(column)
    )
    view = View(as_vector(shifted), on_samples.row, on_samples.column, (1.0, 1.0), on_samples.shape)
    np.testing.assert_array_equal(reformat(volume, view, slab_mm=1e5, projection=projection), expected)


@pytest.mark.parametrize("projection", ["max", "min"])
def test_what_is_passed_over_would_not_have_mattered(projection: str, rng: np.random.Generator) -> None:
    """The same slab with and without bricks, on an oblique plane through noise."""
    samples = rng.normal(0, 300, (30, 50, 40)).astype(np.float32)
    volume = Volume(samples, Grid(samples.shape, (1.5, 1.0, 0.9), direction=turned()))
    view = oblique_view((0.0, 0.0, 0.0), (40, 40))
    found = reformat(volume, view, slab_mm=1e5, projection=projection)
    hidden = Volume(samples, volume.grid)
    everything = np.full_like(volume.extremes[0], 1e9 if projection == "max" else -1e9)
    hidden.__dict__["extremes"] = (everything, everything)
    np.testing.assert_array_equal(found, reformat(hidden, view, slab_mm=1e5, projection=projection))


def spheres(grid: Grid, places: list[tuple[tuple[float, float, float], float]]) -> Array:
    """Return 1000 inside of spheres (centre, radius in mm), 0 outside, with an edge of one mm."""
    at = grid.positions_mm()
    inside = [
        np.clip(radius - np.linalg.norm(at - np.asarray(center), axis=-1) + 0.5, 0, 1) for center, radius in places
    ]
    return np.round(1000 * np.max(inside, axis=0)).astype(np.int16)


@pytest.mark.parametrize("direction", [as_direction(np.eye(3)), turned(11)])
def test_a_maximum_projection_shows_spheres_where_and_as_large_as_they_are(direction: Direction) -> None:
    grid = Grid((50, 110, 100), (1.5, 0.7, 0.8), (5.0, 10.0, -20.0), direction)
    center = np.asarray(grid.center_mm)
    places = [
        (as_vector(center + np.array(offset)), radius)
        for offset, radius in [((-12.0, 8.0, 6.0), 7.0), ((14.0, -9.0, -5.0), 5.0)]
    ]
    view = oblique_view(grid.center_mm, (1, 1))
    view = view_around(grid.center_mm, view.row, view.column, (0.25, 0.25), (240, 240))
    picture = reformat(Volume(spheres(grid, places), grid), view, slab_mm=1e5)
    for middle, radius in places:
        offset = np.asarray(middle) - np.asarray(view.origin_mm)
        column, row = offset @ np.asarray(view.row), offset @ np.asarray(view.column)
        rows, columns = np.indices(picture.shape) * 0.25
        near = np.hypot(rows - row, columns - column) < radius + 4
        weight = np.where(near, np.nan_to_num(picture), 0.0)
        found = (rows * weight).sum() / weight.sum(), (columns * weight).sum() / weight.sum()
        assert found == pytest.approx((row, column), abs=0.1)
        area = weight.sum() / 1000 * 0.25**2
        assert np.sqrt(area / np.pi) == pytest.approx(radius, abs=0.15)


def test_outside_of_the_volume_there_is_no_value() -> None:
    volume = linear_volume(as_direction(np.eye(3)))
    view = view_around((500.0, 0.0, 0.0), *DIRECTIONS["axial"], (1.0, 1.0), (4, 4))
    for projection in ("max", "min", "mean"):
        assert np.isnan(reformat(volume, view, slab_mm=20.0, projection=projection)).all()


def test_a_single_slice_is_a_volume() -> None:
    samples = np.arange(30, dtype=np.int16).reshape(1, 5, 6)
    volume = Volume(samples, Grid((5, 6), (1.0, 1.0), slice_thickness_mm=4.0))
    view = view_around((0.0, 0.0, 1.5), *DIRECTIONS["axial"], (1.0, 1.0), (5, 6))
    np.testing.assert_array_equal(reformat(volume, view), samples[0])
    np.testing.assert_array_equal(reformat(volume, view, slab_mm=50), samples[0])


def test_the_whole_volume_is_in_view() -> None:
    volume = linear_volume(turned())
    for row, column in DIRECTIONS.values():
        view = whole(volume, row, column)
        picture = reformat(volume, view, slab_mm=1e5)
        assert np.isfinite(picture).any(axis=0).mean() > 0.9
        assert np.isnan(picture[0]).mean() > 0.5
        assert whole(volume, row, column, (100, 50)).shape == (100, 50)


def test_sixteen_bits_without_sign_are_kept_exactly() -> None:
    stored = np.array([[[0, 1, 32767, 32768, 65535]]], np.uint16)
    lifted = stored_as_int16(stored)
    assert lifted is not None
    np.testing.assert_array_equal(lifted[0].astype(int) + lifted[1], stored)
    assert stored_as_int16(np.zeros(3, np.int32)) is None


def test_a_falling_scale_turns_largest_and_smallest() -> None:
    samples = np.array([[[1]], [[5]], [[3]]], np.int16)
    volume = Volume(samples, Grid((3, 1, 1), (1.0, 1.0, 1.0)), slope=-2.0)
    view = view_around((0.0, 0.0, 0.0), *DIRECTIONS["axial"], (1.0, 1.0), (1, 1))
    assert reformat(volume, view, slab_mm=100)[0, 0] == -2.0
    assert reformat(volume, view, slab_mm=100, projection="min")[0, 0] == -10.0


def test_what_is_no_view_is_refused() -> None:
    with pytest.raises(OptionError, match="right angles"):
        View((0, 0, 0), (1, 0, 0), (0.1, 1, 0), (1, 1), (4, 4))
    with pytest.raises(OptionError, match="size"):
        View((0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1), (4, 100_000))
    with pytest.raises(ShapeError):
        Volume(np.zeros((2, 2, 2)), Grid((2, 2, 2), (1, 1, 1)))
