"""A region from a click: all that has the colour of the clicked places, up to where the colour changes most.

The limit of colour is the one whose region stands out most from what is around it (Hojjatoleslami and Kittler, Region
growing: a new approach, IEEE Trans. Image Process. 7 (1998) 1079, peripheral contrast).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from isocenter.analysis.photography.regions import filled, opened, piece_with, touches_edge
from isocenter.core.arrays import Array, FloatArray
from isocenter.core.errors import DataError, OptionError

_LIGHTNESS = 0.5  # lightness also changes with the lamp and the curve of the skin: it counts half
_COARSE_PX = 200_000
_LIMITS = np.arange(2.0, 61.0)
_LEAST_CONTRAST = 4.0  # colour distance; 2 to 3 is what an eye just tells apart
_BRIDGE = 0.015


@dataclass(frozen=True, eq=False)
class Region:
    """Its pixels (row, column), the limit of colour distance that made it, and how far its border stands out."""

    mask: Array
    tolerance: float
    contrast: float


def grown(
    colours: FloatArray,
    seeds: Sequence[tuple[float, float]],
    *,
    name: str = "wound",
    without: Array | None = None,
    tolerance: float | None = None,
    may_touch_edge: bool = False,
) -> Region:
    """Return the region around one or more clicked points.

    Parameters
    ----------
    colours
        CIELAB (row, column, 3).
    seeds
        Points (column, row); several for a region of several colours, all of which are in it.
    without
        Pixels that do not belong to it, such as the marker.
    tolerance
        The colour distance that still belongs to it; None finds it.

    Raises
    ------
    OptionError
        If a point is outside of the picture or on what is left out.
    DataError
        If nothing stands out there, or it is cut off by the edge of the picture.
    """
    rows, columns = colours.shape[:2]
    places = [(round(row), round(column)) for column, row in seeds]
    for (row, column), seed in zip(places, seeds, strict=True):
        shown = f"{seed[0]:g},{seed[1]:g}"
        if not (0 <= row < rows and 0 <= column < columns):
            raise OptionError(
                f"The point on the {name} is outside of the picture.",
                field="at",
                found=shown,
                expected=f"column 0 to {columns - 1}, row 0 to {rows - 1}",
            )
        if without is not None and without[row, column]:
            raise OptionError(
                f"The point is on the marker, not on the {name}.", field="at", found=shown, expected=f"on the {name}"
            )
    factor = max(1, int(np.sqrt(rows * columns / _COARSE_PX)))
    fine = ndimage.gaussian_filter(colours, (factor / 2 + 0.5, factor / 2 + 0.5, 0))
    away = _distance(fine, places)
    if without is not None:
        away = np.where(ndimage.binary_dilation(without, iterations=2 * factor), np.inf, away)
    if tolerance is None:
        coarse = [(min(r // factor, rows // factor - 1), min(c // factor, columns // factor - 1)) for r, c in places]
        tolerance = _limit(_averaged(away, factor), coarse, name, may_touch_edge=may_touch_edge)
        # Its border is where the colour is half way between the two sides.
        tolerance = float(np.mean(_sides(_joined(away <= tolerance, places), away, factor) or tolerance))
    mask = _joined(away <= tolerance, places)
    size_px = 2 * np.sqrt(mask.sum() / np.pi)
    mask = _joined(opened(mask, _BRIDGE * size_px), places)
    if not mask.any():
        raise DataError(f"There is nothing at the point on the {name}.", field="at", remedy="Click inside of it.")
    if touches_edge(mask) and not may_touch_edge:
        raise _cut_off(name)
    return Region(mask, float(tolerance), _contrast(mask, away, factor))


def _distance(colours: FloatArray, places: Sequence[tuple[int, int]]) -> FloatArray:
    """Return how far each pixel's colour is from the nearest of the clicked places'."""
    weights = np.array([_LIGHTNESS, 1.0, 1.0])
    reach = max(2, min(colours.shape[:2]) // 200)
    away = np.full(colours.shape[:2], np.inf)
    for row, column in places:
        around = colours[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1]
        own = np.median(around.reshape(-1, 3), axis=0)
        away = np.minimum(away, np.sqrt((((colours - own) * weights) ** 2).sum(axis=-1)))
    return away


def _averaged(values: FloatArray, factor: int) -> FloatArray:
    rows, columns = (n // factor * factor for n in values.shape)
    blocks = values[:rows, :columns].reshape(rows // factor, factor, columns // factor, factor)
    return np.asarray(blocks.mean(axis=(1, 3)))


def _joined(mask: Array, places: Sequence[tuple[int, int]]) -> Array:
    """Return the pieces that hold the clicked places, without holes."""
    whole = np.zeros(mask.shape, bool)
    for row, column in places:
        if not whole[row, column]:
            whole |= filled(piece_with(mask, row, column))
    return whole


def _limit(away: FloatArray, places: Sequence[tuple[int, int]], name: str, *, may_touch_edge: bool) -> float:
    """Return the colour distance whose region has the strongest border."""
    best, best_contrast, cut_contrast, n_before = 0.0, 0.0, 0.0, 0
    for limit in _LIMITS:
        mask = _joined(away <= limit, places)
        n_pixels = int(mask.sum())
        if n_pixels < 12 or n_pixels == n_before:
            continue
        n_before = n_pixels
        is_cut = touches_edge(mask) and not may_touch_edge
        if is_cut and (best_contrast >= _LEAST_CONTRAST or n_pixels > mask.size / 2):
            break
        contrast = _contrast(mask, away, 1)
        if is_cut:
            cut_contrast = max(cut_contrast, contrast)
        elif contrast > best_contrast:
            best, best_contrast = float(limit), contrast
    if best_contrast < _LEAST_CONTRAST:
        if cut_contrast >= _LEAST_CONTRAST:
            raise _cut_off(name)
        raise DataError(
            f"Nothing stands out around the point on the {name}.",
            field="at",
            found=f"colour distance {best_contrast:.1f} across the clearest border",
            expected=f"at least {_LEAST_CONTRAST:g}",
            remedy=f"Click inside of the {name}, or say which colours belong to it (--tolerance).",
        )
    return best


def _contrast(mask: Array, away: FloatArray, reach: int) -> float:
    """Return how much further the colours just outside are than those just inside."""
    sides = _sides(mask, away, reach)
    return 0.0 if sides is None else sides[1] - sides[0]


def _sides(mask: Array, away: FloatArray, reach: int) -> tuple[float, float] | None:
    """Return how far the colours just inside and just outside of a border are; None if there is none."""
    if not mask.any():
        return None
    rows, columns = (np.nonzero(mask.any(axis=axis))[0] for axis in (1, 0))
    margin = 2 * reach + 1
    part = (
        slice(max(0, rows[0] - margin), rows[-1] + margin + 1),
        slice(max(0, columns[0] - margin), columns[-1] + margin + 1),
    )
    own, values = mask[part], away[part]
    outer = ndimage.binary_dilation(own, iterations=2 * reach) & ~own & np.isfinite(values)
    inner = own & ~ndimage.binary_erosion(own, iterations=2 * reach, border_value=1)
    if not (outer.any() and inner.any()):
        return None
    return float(values[inner].mean()), float(values[outer].mean())


def _cut_off(name: str) -> DataError:
    return DataError(
        f"The {name} is cut off by the edge of the picture.",
        field="at",
        expected=f"skin all around the {name}",
        remedy=f"Photograph the whole {name}, or say which colours belong to it (--tolerance).",
    )
