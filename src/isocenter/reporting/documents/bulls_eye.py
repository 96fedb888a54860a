"""The strain of the heart's segments as a bull's eye: base outside, apex in the middle, the anterior wall on top.

Source: Cerqueira et al., Circulation 105 (2002) 539 (segments and their places); DICOM PS3.16 CID 12305 (their codes).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import cos, pi, sin

from isocenter.core.errors import IsocenterError
from isocenter.dicom.content_tree import ContentItem, concepts, measured
from isocenter.reporting.documents.markup import Markup, element
from isocenter.reporting.echocardiogram import FINDING_SITE, PEAK_STRAIN, SEGMENT_CODES

# Rings from outside: segments counterclockwise from the anterior wall, seen from the apex; radii, first angle.
_RINGS: tuple[tuple[tuple[str, ...], float, float, float], ...] = (
    (
        (
            "basal anterior", "basal anteroseptal", "basal inferoseptal", "basal inferior", "basal inferolateral",
            "basal anterolateral",
        ), 100.0, 72.0, 60.0,
    ),
    (
        (
            "mid anterior", "mid anteroseptal", "mid inferoseptal", "mid inferior", "mid inferolateral",
            "mid anterolateral",
        ), 72.0, 44.0, 60.0,
    ),
    (("apical anterior", "apical septal", "apical inferior", "apical lateral"), 44.0, 17.0, 45.0),
    (("apex",), 17.0, 0.0, 0.0),
)  # fmt: skip
# Full colour at this strain; what lengthens is blue.
_FULL_PERCENT = 25.0
_LARGE_ARC = 180.0


def strains_of(items: Iterable[ContentItem]) -> dict[str, float]:
    """Return the peak longitudinal strain of every segment that a report gives, in percent."""
    names = {code.value: name for name, code in SEGMENT_CODES.items()}
    found: dict[str, float] = {}
    for item in items:
        if item.value_type != "NUM" or item.name is None or item.name.value != PEAK_STRAIN.value:
            continue
        sites = [code.value for child in item.children if _is_site(child) for code in concepts(child)]
        known = [names[site] for site in sites if site in names]
        try:
            number = measured(item).number
        except IsocenterError:
            continue  # the page says of the item itself that it is damaged
        if known and number:
            found[known[0]] = float(number)
    return found


def _is_site(item: ContentItem) -> bool:
    return item.name is not None and item.name.value == FINDING_SITE.value


def bulls_eye(strains: Mapping[str, float], title: str) -> Markup:
    """Return the picture; segments without a value are left grey."""
    parts = []
    for names, outer, inner, first_deg in _RINGS:
        width = 360.0 / len(names)
        for index, name in enumerate(names):
            # Screen angles: 90 is up, growing to the left, where the septum lies.
            start = first_deg + index * width if inner else 0.0
            parts.append(_segment(name, strains.get(name), outer, inner, start, width))
    shapes = [shape for shape, _ in parts] + [label for _, label in parts]
    return element("figure", element("svg", *shapes, viewBox="-104 -104 208 208", width="320", role="img",
                                     aria_label=title), element("figcaption", title))  # fmt: skip


def _segment(
    name: str, strain: float | None, outer: float, inner: float, start_deg: float, width_deg: float
) -> tuple[Markup, Markup]:
    said = "?" if strain is None else f"{strain:.0f}"
    title = element("title", f"{name}: {'?' if strain is None else f'{strain:.1f} %'}")
    style = {"fill": _colour(strain), "stroke": "#333", "stroke_width": "0.8"}
    if inner == 0.0:
        shape = element("circle", title, cx="0", cy="0", r=f"{outer:g}", **style)
        x, y = 0.0, 0.0
    else:
        (x0, y0), (x1, y1) = _at(outer, start_deg), _at(outer, start_deg + width_deg)
        (x2, y2), (x3, y3) = _at(inner, start_deg + width_deg), _at(inner, start_deg)
        large = int(width_deg > _LARGE_ARC)
        path = (
            f"M{x0:.2f},{y0:.2f} A{outer:g},{outer:g} 0 {large} 0 {x1:.2f},{y1:.2f} "
            f"L{x2:.2f},{y2:.2f} A{inner:g},{inner:g} 0 {large} 1 {x3:.2f},{y3:.2f} Z"
        )
        shape = element("path", title, d=path, **style)
        x, y = _at((outer + inner) / 2, start_deg + width_deg / 2)
    dark = strain is not None and strain < -0.6 * _FULL_PERCENT
    label = element(
        "text", said, x=f"{x:.2f}", y=f"{y + 3.5:.2f}", text_anchor="middle", font_size="10",
        fill="#fff" if dark else "#111",
    )  # fmt: skip
    return shape, label


def _at(radius: float, angle_deg: float) -> tuple[float, float]:
    angle = angle_deg * pi / 180
    return radius * cos(angle), -radius * sin(angle)


def _colour(strain: float | None) -> str:
    """Return red, the deeper the more a segment shortens, white for none, blue where it lengthens."""
    if strain is None:
        return "#9a9a9a"
    share = min(1.0, abs(strain) / _FULL_PERCENT)
    pale = round(255 - share * 215)
    return f"rgb({round(255 - share * 75)},{pale},{pale})" if strain <= 0 else f"rgb({pale},{pale},255)"
