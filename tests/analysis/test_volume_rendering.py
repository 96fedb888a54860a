"""Emission and absorption, against the law of Beer and Lambert; fusion, against its formula."""

from __future__ import annotations

import numpy as np
import pytest

from isocenter.analysis.rendering.colour_maps import COLOUR_MAPS, coloured
from isocenter.analysis.rendering.fusion import fuse, require_same_frame
from isocenter.analysis.rendering.presets import PRESETS, Preset, preset_of
from isocenter.analysis.rendering.view import DIRECTIONS, view_around, whole
from isocenter.analysis.rendering.volume import Volume
from isocenter.analysis.rendering.volume_rendering import render_volume
from isocenter.core.errors import GeometryError, OptionError
from isocenter.core.geometry import as_direction
from isocenter.core.grid import Grid

EXTINCTION = 0.05  # 1/mm
FLAT = Preset(
    "flat",
    ((0, 0.2, 0.4, 0.8, 0.0), (1000, 0.2, 0.4, 0.8, EXTINCTION)),
    steepness=1e9,
    ambient=1,
    diffuse=0,
    specular=0,
)
TURN = as_direction(np.linalg.qr(np.random.default_rng(5).standard_normal((3, 3)))[0])


def ball(radius_mm: float, spacing: tuple[float, float, float]) -> Volume:
    """Return a ball of 1000 whose edge is as soft as one sample: its integral along a line is that of a sharp one."""
    shape = tuple(int(2 * (radius_mm + 4) / d) for d in spacing)
    grid = Grid(shape, spacing, direction=TURN)
    distance = np.linalg.norm(grid.positions_mm(), axis=-1)
    return Volume((1000 * np.clip((radius_mm - distance) / max(spacing) + 0.5, 0, 1)).astype(np.float32), grid)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (2.0, 0.9, 1.1)])
@pytest.mark.parametrize("name", sorted(DIRECTIONS))
def test_a_homogeneous_ball_obeys_beer_and_lambert(spacing: tuple[float, float, float], name: str) -> None:
    radius_mm, pixel_mm = 25.0, 1.0
    view = view_around((0.0, 0.0, 0.0), *DIRECTIONS[name], (pixel_mm, pixel_mm), (61, 61))
    picture = render_volume(ball(radius_mm, spacing), view, FLAT)
    rows, columns = (np.indices(picture.shape[:2]) - 30) * pixel_mm
    from_axis = np.hypot(rows, columns)
    chord_mm = 2 * np.sqrt(np.clip(radius_mm**2 - from_axis**2, 0, None))
    inside = from_axis < 0.8 * radius_mm
    expected = 1 - np.exp(-EXTINCTION * chord_mm)
    # Half a sample of depth may be missed at either end; what is left is 1/e of the light after 20 mm.
    np.testing.assert_allclose(picture[..., 3][inside], expected[inside], atol=EXTINCTION * max(spacing) / 4)
    assert np.abs(picture[..., 3][inside] - expected[inside]).mean() < 0.004
    # One colour everywhere: light that is emitted is light that is absorbed (source function constant).
    np.testing.assert_allclose(picture[inside][:, :3], picture[inside][:, 3:] * [0.2, 0.4, 0.8], rtol=1e-3)
    assert (picture[from_axis > radius_mm + 3] == 0).all()


def test_bone_hides_what_lies_behind_it() -> None:
    samples = np.full((30, 40, 40), -1000, np.int16)
    samples[:, 5:10], samples[:, 25:30] = 1000, 200
    volume = Volume(samples, Grid(samples.shape, (1.0, 1.0, 1.0)))
    front = view_around((0.0, 0.0, 0.0), *DIRECTIONS["coronal"], (1.0, 1.0), (9, 9))
    picture = render_volume(volume, front, PRESETS["ct-bone"])
    assert picture[4, 4, 3] > 0.99
    only_bone = samples.copy()
    only_bone[:, 25:30] = -1000
    alone = render_volume(Volume(only_bone, volume.grid), front, PRESETS["ct-bone"])
    np.testing.assert_allclose(picture, alone, atol=1 - picture[..., 3].min())  # what the bone lets through


def test_a_surface_is_brightest_where_it_faces_the_eye() -> None:
    body = ball(25.0, (1.0, 1.0, 1.0))
    preset = Preset(
        "dull", ((400, 1, 1, 1, 0.0), (600, 1, 1, 1, 5.0)), steepness=50, ambient=0.0, diffuse=1.0, specular=0.0
    )
    view = view_around((0.0, 0.0, 0.0), *DIRECTIONS["coronal"], (1.0, 1.0), (61, 61))
    picture = render_volume(body, view, preset)
    for offset in (0, 10, 20):  # Lambert: the cosine of the angle at which the ball is met
        assert picture[30, 30 + offset, 0] == pytest.approx(np.sqrt(1 - (offset / 25) ** 2), abs=0.06)


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_nothing_is_brighter_than_white_by_much_and_air_is_empty(name: str) -> None:
    volume = ball(15.0, (1.0, 1.0, 1.0))
    picture = render_volume(volume, whole(volume, *DIRECTIONS["axial"], shape=(64, 64)), PRESETS[name])
    assert np.isfinite(picture).all()
    assert picture[..., 3].max() <= 1.0
    assert picture[0, 0, 3] == 0.0
    assert picture[32, 32, 3] > 0.3


def test_an_unknown_preset_is_told() -> None:
    with pytest.raises(OptionError, match="no such preset"):
        preset_of("xray")


def test_fusion_is_over_with_fading() -> None:
    below = np.array([[0.5, 0.5, 0.5, np.nan]])
    above = np.array([[0.0, 0.05, 1.0, np.nan]])
    fused = fuse(below, above, colours="hot-iron", opacity=0.6)
    np.testing.assert_allclose(fused[0, 0], 0.5)
    np.testing.assert_allclose(fused[0, 1], 0.3 * coloured(np.array(0.05), "hot-iron") + 0.7 * 0.5)
    np.testing.assert_allclose(fused[0, 2], 0.6 * 1.0 + 0.4 * 0.5)
    np.testing.assert_allclose(fused[0, 3], 0.0)
    with pytest.raises(OptionError, match="opacity"):
        fuse(below, above, colours="hot-iron", opacity=1.5)


def test_colour_maps_begin_dark_and_get_brighter() -> None:
    weights = np.array([0.2126, 0.7152, 0.0722])  # luminance, ITU-R BT.709
    for name in ("grey", "hot-iron", "pet", "cubehelix"):
        brightness = COLOUR_MAPS[name] @ weights
        assert brightness[0] < 0.01
        assert brightness[-1] > 0.9
    assert (np.diff(COLOUR_MAPS["cubehelix"] @ weights) > -1e-3).all()


def test_series_of_other_frames_are_not_laid_over_each_other() -> None:
    def volume(frame: str | None) -> Volume:
        return Volume(np.zeros((2, 2, 2), np.int16), Grid((2, 2, 2), (1, 1, 1), frame_of_reference_uid=frame))

    require_same_frame(volume("1.2"), volume("1.2"))
    for frames in (("1.2", "1.3"), (None, None)):
        with pytest.raises(GeometryError, match="frame of reference"):
            require_same_frame(*map(volume, frames))
