"""Presentation states as lists: which images they speak of, how these are shown, what is written on them.

Source: DICOM PS3.3 sec. A.33 (Softcopy Presentation State IODs), C.10.4 to C.10.7, C.11.8 to C.11.11.
"""

from __future__ import annotations

from collections.abc import Iterator

from isocenter.dicom.content_tree import references
from isocenter.dicom.dictionary import tag_of, tags_of
from isocenter.dicom.header import Header
from isocenter.dicom.uid_names import name_of
from isocenter.reporting.documents.links import reference_link
from isocenter.reporting.documents.markup import Content, Markup, element, joined
from isocenter.reporting.documents.page import Context, facts, page
from isocenter.reporting.documents.values import date_text, name_text, time_text
from isocenter.reporting.documents.words import Say

PRESENTATION_TAGS = tags_of(
    "ContentLabel", "ContentDescription", "ContentCreatorName", "PresentationCreationDate", "PresentationCreationTime",
    "ReferencedSeriesSequence", "SoftcopyVOILUTSequence", "DisplayedAreaSelectionSequence", "GraphicLayerSequence",
    "GraphicAnnotationSequence", "ShutterShape", "ShutterPresentationValue", "ImageRotation", "ImageHorizontalFlip",
    "PresentationLUTShape", "ModalityLUTSequence", "RescaleSlope", "RescaleIntercept", "RescaleType",
    "PaletteColorLookupTableUID", "BlendingSequence",
)  # fmt: skip


def presentation_page(header: Header, context: Context) -> Markup:
    """Return the page of a presentation state."""
    say = context.say
    title = header.text(tag_of("ContentLabel")) or name_of(header.text(tag_of("SOPClassUID")))
    content: list[Content] = [facts(_about(header, say))]
    content += _section(say("shown images"), _images(header, context))
    content += _section(say("windows"), _windows(header, context))
    content += _section(say("displayed areas"), _areas(header, context))
    content += _section(say("annotations"), _annotations(header, context))
    return page(header, context, title, content)


def _section(heading: str, entries: Iterator[Markup]) -> Iterator[Content]:
    found = list(entries)
    if found:
        yield element("h2", heading)
        yield element("ul", *found)


def _about(header: Header, say: Say) -> Iterator[tuple[str, Content]]:
    moment = date_text(header.text(tag_of("PresentationCreationDate")))
    yield say("details"), header.text(tag_of("ContentDescription"))
    yield say("author"), name_text(header.text(tag_of("ContentCreatorName")))
    yield say("made"), f"{moment} {time_text(header.text(tag_of('PresentationCreationTime')))}".strip()
    yield say("shutters"), header.text(tag_of("ShutterShape")).replace("\\", ", ")
    rotation = header.integer(tag_of("ImageRotation"), 0)
    turned = [f"{rotation}°"] if rotation else []
    turned += [say("mirrored")] if header.text(tag_of("ImageHorizontalFlip")) == "Y" else []
    yield say("turned"), ", ".join(turned)
    palette = header.text(tag_of("PaletteColorLookupTableUID"))
    tables = [header.text(tag_of("PresentationLUTShape")), name_of(palette) if palette else ""]
    slope = header.texts(tag_of("RescaleSlope")) + header.texts(tag_of("RescaleIntercept"))
    tables.append(" x + ".join(slope) + f" {header.text(tag_of('RescaleType'))}" if len(slope) == 2 else "")
    yield say("lookup"), ", ".join(table for table in tables if table)


def _images(header: Header, context: Context) -> Iterator[Markup]:
    holders = [header, *header.items(tag_of("BlendingSequence"))]
    for holder in holders:
        for series in holder.items(tag_of("ReferencedSeriesSequence")):
            for image in references(series, "ReferencedImageSequence"):
                yield element("li", reference_link(image, context))


def _of(item: Header, context: Context) -> Markup:
    """Return which images an item is about; all of them if it names none."""
    named = references(item, "ReferencedImageSequence")
    if not named:
        return element("span", context.say("all images"), class_="relation")
    return joined(part for each in named for part in (reference_link(each, context, with_picture=False), " "))


def _windows(header: Header, context: Context) -> Iterator[Markup]:
    for item in header.items(tag_of("SoftcopyVOILUTSequence")):
        centers, widths = item.texts(tag_of("WindowCenter")), item.texts(tag_of("WindowWidth"))
        names = item.texts(tag_of("WindowCenterWidthExplanation"))
        function = item.text(tag_of("VOILUTFunction"))
        words = [
            context.say("window").replace("{0}", center).replace("{1}", width)
            + (f" ({names[place]})" if place < len(names) else "")
            for place, (center, width) in enumerate(zip(centers, widths, strict=False))
        ]
        tables = [each.text(tag_of("LUTExplanation")) or "LUT" for each in item.items(tag_of("VOILUTSequence"))]
        yield element("li", ", ".join([*words, *tables, *([function] if function else [])]), " · ", _of(item, context))


def _areas(header: Header, context: Context) -> Iterator[Markup]:
    for item in header.items(tag_of("DisplayedAreaSelectionSequence")):
        corners = [item.numbers(tag_of(f"DisplayedArea{corner}HandCorner")) for corner in ("TopLeft", "BottomRight")]
        area = " – ".join(f"({', '.join(f'{value:g}' for value in corner)})" for corner in corners if corner)
        mode = item.text(tag_of("PresentationSizeMode"))
        zoom = item.text(tag_of("PresentationPixelMagnificationRatio"))
        ratio = "".join(f" x{value:g}" for value in item.numbers(tag_of("PresentationPixelMagnificationRatio"))[:1])
        yield element("li", f"{mode}{ratio if zoom else ''} {area}", " · ", _of(item, context))


def _annotations(header: Header, context: Context) -> Iterator[Markup]:
    for item in header.items(tag_of("GraphicAnnotationSequence")):
        lines = [*_texts(item, context.say), *_graphics(item, context.say)]
        layer = f"{context.say('layer')} {item.text(tag_of('GraphicLayer'))}"
        yield element("li", layer, " · ", _of(item, context), element("ul", *lines))


def _texts(item: Header, say: Say) -> Iterator[Markup]:
    for each in item.items(tag_of("TextObjectSequence")):
        anchor = each.numbers(tag_of("AnchorPoint")) or each.numbers(tag_of("BoundingBoxTopLeftHandCorner"))
        at = f" ({', '.join(f'{value:.6g}' for value in anchor)})" if anchor else ""
        text = element("span", each.text(tag_of("UnformattedTextValue")), class_="value")
        yield element("li", f"{say('text')}: ", text, element("span", at, class_="relation"))


def _graphics(item: Header, say: Say) -> Iterator[Markup]:
    for keyword, kind in (("GraphicObjectSequence", "GraphicType"), ("CompoundGraphicSequence", "CompoundGraphicType")):
        for each in item.items(tag_of(keyword)):
            numbers = each.numbers(tag_of("GraphicData"))
            points = " ".join(f"({x:.6g}, {y:.6g})" for x, y in zip(numbers[::2], numbers[1::2], strict=False))
            unit = each.text(tag_of("GraphicAnnotationUnits"))
            yield element("li", f"{say('graphic')}: {each.text(tag_of(kind))} {points} {unit}".rstrip())
