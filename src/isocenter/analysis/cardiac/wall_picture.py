"""A wall at end-diastole and end-systole over the loop, and how each of its segments shortened, as one picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from isocenter.analysis.cardiac.strain import VIEWS
from isocenter.analysis.cardiac.wall import POINTS_PER_SEGMENT, WallStrain, peak_percent
from isocenter.core.arrays import Array, FloatArray

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageDraw import ImageDraw

# One for each segment of a view, told apart by everybody. Source: Okabe and Ito, Color Universal Design, 2008.
COLOURS: tuple[str, ...] = ("#e69f00", "#56b4e9", "#00b386", "#f0e442", "#ff7f3f", "#d896c0")
_LEFT_OUT, _INK, _GRID, _GLOBAL = "#808080", "#e8e8e8", "#404040", "#ffffff"
_SIDE, _CURVES, _LEGEND = 480, 300, 270


def wall_picture(
    frames: Array,
    spacing_mm: tuple[float, float],
    found: WallStrain,
    end_systole: int,
    frame_ms: float | None = None,
    first: int = 0,
) -> Array:
    """Return a picture (row, column, 3), uint8: the wall in the first frame and at end-systole, its curves below.

    `frames` and `end_systole` are of the beat, whose first frame is number `first` of the loop, counted from 0.
    """
    from PIL import Image, ImageDraw  # here, because few ask for it and a start should not wait for it

    pair = [_over(np.asarray(frames[index]), spacing_mm, found, index, first) for index in (0, end_systole)]
    width = max(2 * pair[0].width, 720)
    page = Image.new("RGB", (width, pair[0].height + _CURVES), "black")
    for index, picture in enumerate(pair):
        page.paste(picture, (index * picture.width, 0))
    curves = Image.new("RGB", (width, _CURVES), "black")
    when = f"{end_systole * frame_ms:.0f} ms" if frame_ms else f"frame {first + end_systole + 1}"
    _draw_curves(ImageDraw.Draw(curves), (width, _CURVES), found, end_systole, when)
    page.paste(curves, (0, pair[0].height))
    return np.asarray(page)


def _over(frame: Array, spacing_mm: tuple[float, float], found: WallStrain, index: int, first: int) -> Picture:
    """Return a frame as a picture with square pixels, and the wall over it."""
    from PIL import Image, ImageDraw

    size_mm = np.array(frame.shape[::-1]) * np.array(spacing_mm[::-1])
    scale = _SIDE / size_mm[1]
    shades = Image.fromarray(np.clip(frame, 0, 255).astype(np.uint8))
    picture = shades.resize((max(1, round(size_mm[0] * scale)), _SIDE)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    places = (found.tracks_mm[index] + np.array(spacing_mm[::-1]) / 2) * scale
    for part, name in enumerate(VIEWS[found.view]):
        piece = places[part * POINTS_PER_SEGMENT : (part + 1) * POINTS_PER_SEGMENT + 1]
        colour = COLOURS[part] if found.is_followed(name) else _LEFT_OUT
        draw.line([tuple(place) for place in piece], fill=colour, width=3)
    moment = "end-diastole" if index == 0 else "end-systole"
    draw.text((8, 6), f"{moment}, frame {first + index + 1}", _INK, font_size=16)
    return picture


def _draw_curves(draw: ImageDraw, size: tuple[int, int], found: WallStrain, end_systole: int, when: str) -> None:
    left, top, right, bottom = 56, 18, size[0] - _LEGEND, size[1] - 40
    curves = found.segments_percent
    whole = found.global_percent
    every = [*curves.values(), *([] if whole is None else [whole])]
    low = min([-20.0, *(float(curve.min()) for curve in every)])
    high = max([5.0, *(float(curve.max()) for curve in every)])
    n_frames = len(found.tracks_mm)

    def at(frame: float, percent: float) -> tuple[float, float]:
        return left + (right - left) * frame / (n_frames - 1), top + (bottom - top) * (high - percent) / (high - low)

    for percent in range(int(np.ceil(low / 10)) * 10, int(high) + 1, 10):
        draw.line([at(0, percent), at(n_frames - 1, percent)], fill=_INK if percent == 0 else _GRID)
        draw.text((8, at(0, percent)[1] - 8), f"{percent} %", _INK, font_size=14)
    draw.line([at(end_systole, low), at(end_systole, high)], fill=_GRID, width=2)
    draw.text((at(end_systole, low)[0] - 40, bottom + 6), f"end-systole, {when}", _INK, font_size=14)
    down = top
    for part, name in enumerate(VIEWS[found.view]):
        curve = curves.get(name)
        if curve is not None:
            _draw_curve(draw, curve, at, COLOURS[part], 2)
        said = "not trackable" if curve is None else f"{peak_percent(curve, end_systole):.1f} %"
        colour = _LEFT_OUT if curve is None else COLOURS[part]
        draw.text((right + 16, down), f"{name}  {said}", colour, font_size=15)
        down += 24
    if whole is not None:
        _draw_curve(draw, whole, at, _GLOBAL, 4)
        draw.text((right + 16, down + 10), f"global  {peak_percent(whole, end_systole):.1f} %", _GLOBAL, font_size=18)


def _draw_curve(
    draw: ImageDraw, curve: FloatArray, at: Callable[[float, float], tuple[float, float]], colour: str, width: int
) -> None:
    places = [at(frame, float(percent)) for frame, percent in enumerate(curve)]
    draw.line(places, fill=colour, width=width, joint="curve")
