"""The marker on the skin that says how large a pixel is: a white, grey or black square or disc of known size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy import ndimage
from scipy.spatial import ConvexHull

from isocenter.analysis.photography.colour import lab, light
from isocenter.analysis.photography.edges import crossings, ellipse, straight
from isocenter.analysis.photography.growing import grown
from isocenter.analysis.photography.plane import Plane, plane_of_ellipse, plane_of_square
from isocenter.analysis.photography.regions import filled, touches_edge
from isocenter.core.arrays import Array, FloatArray
from isocenter.core.errors import DataError, OptionError

Form: TypeAlias = Literal["square", "circle"]
FORMS: tuple[Form, ...] = ("square", "circle")
_NEUTRAL_CHROMA = (8.0, 12.0, 16.0, 5.0)  # skin has 12 to 30; white in the light of a lamp up to about 10
_LEAST_PX = 16  # across: below, half a pixel of edge is more than 3 % of the size
_FIT = 0.03  # how much of the area may lie outside of the fitted form
_N_PROFILES = 64


@dataclass(frozen=True, eq=False)
class Marker:
    """A marker that was found: its border (point, 2) of column and row, its pixels, and the plane it tells of."""

    border: FloatArray
    mask: Array
    plane: Plane


def find_marker(
    picture: Array, size_mm: float, form: Form = "square", *, at: tuple[float, float] | None = None
) -> Marker:
    """Return the marker of a photograph (row, column, 3), sRGB of 8 bits.

    Parameters
    ----------
    size_mm
        Side of a square, diameter of a circle.
    at
        A point (column, row) on it, for a marker that has a colour or is not alone; None looks for what is neutral.

    Raises
    ------
    DataError
        If there is none, more than one, or it is cut off by the edge of the picture.
    OptionError
        If the form is unknown or the point is outside of the picture.
    """
    if form not in FORMS:
        raise OptionError("A marker is a square or a circle.", field="marker", found=form, expected=", ".join(FORMS))
    colours, lit = lab(picture), light(picture)
    is_cut, refused = False, ""
    if at is not None:
        region = grown(colours, [at], name="marker", may_touch_edge=True)
        candidates: Iterator[list[Array]] = iter([[region.mask]])
    else:
        candidates = _neutral(colours)
    for masks in candidates:
        found = []
        for mask in masks:
            if touches_edge(mask):
                is_cut = is_cut or not _is_background(mask)
                continue
            marker = _fitted(lit, mask, size_mm, form)
            if isinstance(marker, Marker):
                found.append(marker)
            else:
                refused = marker
        if len(found) > 1:
            centres = [marker.border.mean(axis=0) for marker in found]
            raise DataError(
                f"There is more than one {form} that may be the marker.",
                field="marker",
                found=" and ".join(f"{column:.0f},{row:.0f}" for column, row in centres),
                remedy="Point at the right one (--marker-at COLUMN,ROW).",
            )
        if found:
            return found[0]
    if is_cut:
        raise DataError(
            "The marker is cut off by the edge of the picture.",
            field="marker",
            expected=f"a whole {form} of {size_mm:g} mm",
            remedy="Photograph it again with the whole marker, or give two points (--scale X0,Y0,X1,Y1,MM).",
        )
    raise DataError(
        "There is no marker in the picture.",
        field="marker",
        found=refused or "nothing white, grey or black of that form",
        expected=f"one {form} of {size_mm:g} mm, at least {_LEAST_PX} pixels across",
        remedy="Point at it (--marker-at COLUMN,ROW), or give two points (--scale X0,Y0,X1,Y1,MM).",
    )


def _neutral(colours: FloatArray) -> Iterator[list[Array]]:
    """Yield the neutral pieces of a picture, by one limit of colour after the other."""
    chroma = np.hypot(*(ndimage.gaussian_filter(colours[..., k], 1.0) for k in (1, 2)))
    for limit in _NEUTRAL_CHROMA:
        labels, _ = ndimage.label(chroma <= limit)
        masks = []
        for index, part in enumerate(ndimage.find_objects(labels), 1):
            if part is not None and min(s.stop - s.start for s in part) >= _LEAST_PX:
                mask = np.zeros(labels.shape, bool)
                mask[part] = filled(labels[part] == index)
                masks.append(mask)
        yield masks


def _is_background(mask: Array) -> bool:
    """Return whether what reaches the edge does so on more than one side of the picture: a drape, a table."""
    return sum(bool(side.any()) for side in (mask[0], mask[-1], mask[:, 0], mask[:, -1])) > 1 and mask.mean() > 0.05


def _fitted(lit: FloatArray, mask: Array, size_mm: float, form: Form) -> Marker | str:
    """Return the marker, or why it is none."""
    fit = _square if form == "square" else _circle
    border = fit(lit, mask)
    if isinstance(border, str):
        return border
    outside = _share_outside(mask, border)
    if outside > _FIT:
        return f"something neutral, {100 * outside:.0f} % of which is not of a {form}"
    if form == "square":
        return Marker(border, mask, plane_of_square(border, size_mm))
    return Marker(border, mask, plane_of_ellipse(*ellipse(border), size_mm))


def _hull(mask: Array) -> FloatArray:
    points = np.argwhere(mask & ~ndimage.binary_erosion(mask))[:, ::-1].astype(float)
    return np.asarray(points[ConvexHull(points).vertices])


def _square(lit: FloatArray, mask: Array) -> FloatArray | str:
    """Return the corners of a square, where lines through its edges meet."""
    hull = _hull(mask)
    apart = np.linalg.norm(hull[:, None] - hull[None], axis=-1)
    one, other = (hull[k] for k in np.unravel_index(apart.argmax(), apart.shape))
    side = (hull - one) @ np.array([-(other - one)[1], (other - one)[0]])
    corners = np.array([one, hull[side.argmin()], other, hull[side.argmax()]])
    centre, lines = corners.mean(axis=0), []
    for begin, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        length = float(np.linalg.norm(end - begin))
        if length < _LEAST_PX / 2:
            return "something too narrow"
        way = (end - begin) / length
        outward = np.array([way[1], -way[0]])
        outward = outward if (begin - centre) @ outward > 0 else -outward
        points = begin + np.linspace(0.12, 0.88, _N_PROFILES)[:, None] * (end - begin)
        edge = crossings(lit, points, np.broadcast_to(outward, points.shape), min(6.0, 0.12 * length + 2))
        if len(edge) < _N_PROFILES // 3:
            return "something without clear edges"
        lines.append(straight(edge))
    return np.array([_meeting(lines[k - 1], lines[k]) for k in range(4)])


def _meeting(one: tuple[FloatArray, FloatArray], other: tuple[FloatArray, FloatArray]) -> FloatArray:
    along = np.column_stack([one[1], -other[1]])
    if abs(np.linalg.det(along)) < 0.05:  # of two unit vectors: 3 degrees
        return np.array([np.inf, np.inf])
    return np.asarray(one[0] + np.linalg.solve(along, other[0] - one[0])[0] * one[1])


def _circle(lit: FloatArray, mask: Array) -> FloatArray | str:
    """Return points on the border of an ellipse."""
    places = np.argwhere(mask)[:, ::-1].astype(float)
    centre: FloatArray = places.mean(axis=0)
    spread = np.cov(places.T)
    if np.linalg.eigvalsh(spread)[0] < (_LEAST_PX / 4) ** 2 / 4:
        return "something too narrow"
    angle = np.linspace(0, 2 * np.pi, 2 * _N_PROFILES, endpoint=False)
    form = np.linalg.inv(spread) / 4  # the moments of an ellipse are a quarter of its half axes squared
    ray = np.column_stack([np.cos(angle), np.sin(angle)])
    points = centre + ray / np.sqrt(np.einsum("ni,ij,nj->n", ray, form, ray))[:, None]
    outward = (points - centre) @ form
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    edge = crossings(lit, points, outward, 6.0)
    if len(edge) < _N_PROFILES:
        return "something without clear edges"
    middle, found = ellipse(edge)
    if not (np.linalg.eigvalsh(found) > 0).all():
        return "something that is no ellipse"
    values, vectors = np.linalg.eigh(found)
    return np.asarray(middle + ray @ (vectors / np.sqrt(values)).T)


def _share_outside(mask: Array, border: FloatArray) -> float:
    """Return how much of mask and polygon is not of both, over the mask."""
    from PIL import Image, ImageDraw

    if not np.isfinite(border).all():
        return 1.0
    drawn = Image.new("1", mask.shape[::-1])
    ImageDraw.Draw(drawn).polygon([(float(x), float(y)) for x, y in border], fill=1)
    core = ndimage.distance_transform_edt(mask ^ np.array(drawn)) > 1.5  # the colour's limit is not the edge itself
    return float(core.sum() / mask.sum())
