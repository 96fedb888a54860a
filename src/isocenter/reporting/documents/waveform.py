"""A waveform object as a page: every recording on millimetre paper, its channels and filters, what was measured.

Source: DICOM PS3.3 sec. A.34 (Waveform IODs), C.10.9 and C.10.10.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from isocenter.core.errors import NotFoundError
from isocenter.dicom.header import Header
from isocenter.dicom.uid_names import name_of
from isocenter.dicom.waveforms import Annotation, Channel, Recording, annotations_of, recordings
from isocenter.reporting.documents.markup import Content, Markup, element, joined
from isocenter.reporting.documents.page import Context, facts, page
from isocenter.reporting.documents.values import date_time_text
from isocenter.reporting.documents.waveform_drawing import Scale, draw, is_twelve_leads, lead_of, shown_s
from isocenter.reporting.documents.words import Say


def waveform_page(header: Header, context: Context, scale: Scale) -> Markup:
    """Return the page of a waveform object; raises `DataError` if it cannot be read."""
    found, said = recordings(header), annotations_of(header)
    title = name_of(header.text(0x00080016)).removesuffix(" Storage")
    content: list[Content] = [_spoken(said)]
    for number, recording in enumerate(found, start=1):
        content += _recording(recording, number, said, context, scale)
    content.append(_said(said, context.say))
    return page(header, context, title, content)


def waveform_drawing(header: Header, number: int, scale: Scale) -> Markup:
    """Return one recording, counted from 1, as SVG; raises `NotFoundError` if there is no such."""
    found = recordings(header)
    if not 1 <= number <= len(found):
        raise NotFoundError(
            "There is no such recording.", field="recording", found=number, expected=f"1 to {len(found)}"
        )
    return draw(found[number - 1], moments(annotations_of(header), number, found[number - 1]), scale)


def moments(said: Sequence[Annotation], number: int, recording: Recording) -> list[tuple[float, Annotation]]:
    """Return what is said about moments of one recording with its time in s, sample positions counted from 1."""
    found = []
    for annotation in said:
        if annotation.channels and number not in {group for group, _ in annotation.channels}:
            continue
        if annotation.times.unit == "sample":
            found += [((float(v) - 1) / recording.rate_hz, annotation) for v in annotation.times.values]
        elif annotation.times.unit == "ms":
            found += [(float(v) / 1000.0, annotation) for v in annotation.times.values]
    return sorted(found, key=lambda pair: pair[0])


def _recording(
    recording: Recording, number: int, said: Sequence[Annotation], context: Context, scale: Scale
) -> Iterator[Content]:
    say = context.say
    words = f"{say('group')} {number}" + (f": {recording.label}" if recording.label else "")
    size = f"{len(recording.channels)} x {recording.channels[0].values.size} {say('samples')}"
    yield element("h2", words)
    yield element(
        "p", f"{size}, {recording.rate_hz:g} Hz, {recording.duration_s:.4g} s", *_ways(recording, context, scale)
    )
    yield element("div", draw(recording, moments(said, number, recording), scale), class_="paper")
    yield element("details", element("summary", say("filters")), _channels(recording.channels, say))


def _ways(recording: Recording, context: Context, scale: Scale) -> Iterator[Content]:
    """Yield links to what comes earlier and later, and to the other sheet."""
    shown = shown_s(recording, scale)
    sheet = "&leads=all" if scale.has_all_leads else ""
    if scale.start_s > 0:
        yield joined(
            (" · ", _link(f"{context.base}?start={max(scale.start_s - shown, 0):g}{sheet}", context.say("earlier")))
        )
    if scale.start_s + shown < recording.duration_s:
        yield joined((" · ", _link(f"{context.base}?start={scale.start_s + shown:g}{sheet}", context.say("later"))))
    if is_twelve_leads(recording):
        other = ("", "12 leads") if scale.has_all_leads else ("&leads=all", "whole recording")
        yield joined((" · ", _link(f"{context.base}?start={scale.start_s:g}{other[0]}", context.say(other[1]))))


def _link(address: str, words: str) -> Markup:
    return element("a", words, href=address)


def _channels(channels: Sequence[Channel], say: Say) -> Markup:
    names = ("lead", "sensitivity", "high pass", "low pass", "notch", "lowest", "highest")
    rows = [
        element(
            "tr",
            *(element("td", value, class_="number" if place else None) for place, value in enumerate(_row(each, say))),
        )
        for each in channels
    ]
    return element(
        "table", element("thead", element("tr", *(element("th", say(name)) for name in names))), element("tbody", *rows)
    )


def _row(channel: Channel, say: Say) -> list[str]:
    def hertz(value: float | None) -> str:
        return f"{value:g} Hz" if value is not None else say("no filter")

    has_values = bool(np.isfinite(channel.values).any())
    ends = [float(np.nanmin(channel.values)), float(np.nanmax(channel.values))] if has_values else []
    step = f"{channel.sensitivity:g} {channel.unit}" if channel.sensitivity is not None else ""
    name = lead_of(channel)
    return [
        name if name == channel.label else f"{name} ({channel.label})",
        step,
        hertz(channel.high_pass_hz),
        hertz(channel.low_pass_hz),
        hertz(channel.notch_hz),
        *(f"{value:.6g} {channel.unit}" for value in ends),
    ]


def _spoken(said: Sequence[Annotation]) -> Markup | None:
    """Return what was said in words and numbers about the whole: interpretation, rates, intervals."""
    texts = [each for each in said if not each.times.values and each.words and each.name is None]
    lines = element("ul", *(element("li", each.words) for each in texts)) if texts else None
    whole = [each for each in said if not each.times.values and each.name is not None]
    numbers = [
        (
            each.name.words if each.name else "",
            " ".join(part for part in (each.number, _unit(each), each.words) if part),
        )
        for each in whole
    ]
    return joined((lines, facts(numbers, are_many=True))) if texts or numbers else None


def _said(said: Sequence[Annotation], say: Say) -> Markup | None:
    """Return everything that was said about moments, as a table."""
    timed = [each for each in said if each.times.values]
    if not timed:
        return None
    rows = [
        element(
            "tr",
            element("td", each.name.words if each.name else ""),
            element("td", " ".join(part for part in (each.number, _unit(each), each.words) if part)),
            element("td", _when(each)),
            element("td", ", ".join(f"{group}.{channel}" for group, channel in each.channels)),
        )
        for each in timed
    ]
    head = element("tr", *(element("th", say(name)) for name in ("measurement", "value", "time", "channel")))
    table = element("table", element("thead", head), element("tbody", *rows))
    return element("details", element("summary", f"{say('annotations')} ({len(timed)})"), table)


def _when(annotation: Annotation) -> str:
    found = annotation.times
    values = [value if found.unit else date_time_text(value) for value in found.values]
    return f"{found.kind} {', '.join(values)} {found.unit}".strip()


def _unit(annotation: Annotation) -> str:
    return annotation.unit.value if annotation.unit else ""
