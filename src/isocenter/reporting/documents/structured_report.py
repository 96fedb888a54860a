"""Structured reports of every template as a page: headings, running text, lists, tables of measurements.

Source: DICOM PS3.3 sec. C.17.3 (SR Document Content), C.17.2 (SR Document General), C.18 (Content Macros).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from isocenter.core.errors import IsocenterError
from isocenter.dicom.content_tree import (
    CONTENT_TAGS,
    ContentItem,
    Place,
    Reference,
    concepts,
    content_tree,
    coordinates,
    measured,
    references,
    table,
    times,
)
from isocenter.dicom.dictionary import tag_of, tags_of
from isocenter.dicom.header import Header
from isocenter.reporting.documents.bulls_eye import bulls_eye, strains_of
from isocenter.reporting.documents.links import reference_link
from isocenter.reporting.documents.markup import Content, Markup, element, joined
from isocenter.reporting.documents.page import Context, facts, page
from isocenter.reporting.documents.values import date_text, date_time_text, name_text, time_text

REPORT_TAGS = CONTENT_TAGS | tags_of(
    "CompletionFlag", "CompletionFlagDescription", "VerificationFlag", "PreliminaryFlag", "VerifyingObserverSequence",
    "AuthorObserverSequence", "PredecessorDocumentsSequence", "CurrentRequestedProcedureEvidenceSequence",
    "PertinentOtherEvidenceSequence", "ContentTemplateSequence",
)  # fmt: skip
_SHOWN_POINTS = 12
# Relationships that are said; that an item is part of its parent, or tells of its context, its place shows.
_TOLD = ("INFERRED FROM", "SELECTED FROM")


def report_page(header: Header, context: Context) -> Markup:
    """Return the page of a report or key object note; raises `DataError` if it has no content tree."""
    root = content_tree(header)
    items = {item.place: item for item in root.walk()}
    writer = _Writer(context, items)
    title = root.name.words if root.name else "?"
    strains = strains_of(items.values())
    picture = [bulls_eye(strains, context.say("peak longitudinal strain, %"))] if strains else []
    content = [facts(_standing(header, context)), *picture, *writer.contents(root, 2)]
    return page(header, context, title, content)


def _standing(header: Header, context: Context) -> Iterator[tuple[str, Content]]:
    """Yield how far the report is: complete, verified, by whom, what it replaces."""
    say = context.say
    flags = [say(header.text(tag_of(name))) for name in ("CompletionFlag", "VerificationFlag", "PreliminaryFlag")]
    flags.append(header.text(tag_of("CompletionFlagDescription")))
    yield say("state"), ", ".join(flag for flag in flags if flag)
    for each in header.items(tag_of("VerifyingObserverSequence")):
        who = [name_text(each.text(tag_of("VerifyingObserverName"))), each.text(tag_of("VerifyingOrganization"))]
        who.append(date_time_text(each.text(tag_of("VerificationDateTime"))))
        yield say("verified by"), ", ".join(part for part in who if part)
    for each in header.items(tag_of("AuthorObserverSequence")):
        who = [name_text(each.text(tag_of("PersonName"))), each.text(tag_of("InstitutionName"))]
        yield say("author"), ", ".join(part for part in who if part)
    old = _predecessors(header)
    yield say("template"), template_of(header)
    yield say("supersedes"), joined(reference_link(each, context, with_picture=False) for each in old) or None


def _predecessors(header: Header) -> list[Reference]:
    return [
        reference
        for study in header.items(tag_of("PredecessorDocumentsSequence"))
        for series in study.items(tag_of("ReferencedSeriesSequence"))
        for reference in references(series)
    ]


@dataclass(frozen=True)
class _Writer:
    """Writes items; knows where objects are and which item lies at which place of the tree."""

    context: Context
    items: Mapping[Place, ContentItem]

    def contents(self, item: ContentItem, level: int) -> Iterator[Content]:
        """Yield everything below an item: sections for containers, a table where numbers follow each other."""
        for kind, run in groupby(item.children, key=_kind):
            run_items = list(run)
            if kind == "container":
                for child in run_items:
                    yield self._section(child, level)
            elif kind == "number" and len(run_items) > 1:
                yield self._measurements(run_items, level)
            else:
                yield element("ul", *(self._entry(child, level) for child in run_items))

    def _section(self, item: ContentItem, level: int) -> Markup:
        heading = element(f"h{min(level, 6)}", item.name.words, self._relation(item)) if item.name else None
        if item.is_separate or any(_kind(child) == "container" or child.target for child in item.children):
            return element("section", heading, *self.contents(item, level + 1), id=_anchor(item.place))
        running = [joined((self._spoken(child), " ")) for child in item.children]
        return element("section", heading, element("p", *running, class_="value"), id=_anchor(item.place))

    def _spoken(self, item: ContentItem) -> Markup:
        """Return an item of running text: its value, and what hangs on it."""
        below = [element("ul", *(self._entry(child, 6) for child in item.children))] if item.children else []
        name = element("span", item.name.words, ": ", class_="name") if item.name else None
        return element("span", name, self._value(item), *below, id=_anchor(item.place))

    def _entry(self, item: ContentItem, level: int) -> Markup:
        if item.target is not None:
            return element("li", self._relation(item, is_always=True), self._pointer(item.target))
        if item.value_type == "CONTAINER":
            return element("li", self._section(item, level))
        name = element("span", item.name.words, ": ", class_="name") if item.name else None
        return element(
            "li", self._relation(item), name, self._value(item), *self._below(item, level), id=_anchor(item.place)
        )

    def _below(self, item: ContentItem, level: int) -> Iterator[Content]:
        when = item.values.text(tag_of("ObservationDateTime"))
        if when:
            yield element("span", f" ({self.context.say('observed')} {date_time_text(when)})", class_="relation")
        if item.children:
            yield from self.contents(item, level)

    def _measurements(self, run: list[ContentItem], level: int) -> Markup:
        say = self.context.say
        has_details = any(item.children or item.values.text(tag_of("ObservationDateTime")) for item in run)
        head = [
            element("th", say("measurement")),
            element("th", say("value"), class_="number"),
            element("th", say("unit")),
        ]
        head += [element("th", say("details"))] if has_details else []
        return element(
            "table",
            element("thead", element("tr", *head)),
            element("tbody", *(self._measurement(item, level, has_details=has_details) for item in run)),
        )

    def _measurement(self, item: ContentItem, level: int, *, has_details: bool) -> Markup:
        try:
            found = measured(item)
        except IsocenterError as problem:
            return element(
                "tr", element("td", item.name.words if item.name else ""), element("td", self._damaged(problem))
            )
        number = found.number or self.context.say("no value")
        qualifier = f" ({found.qualifier.words})" if found.qualifier else None
        cells = [
            element("td", item.name.words if item.name else ""),
            element("td", number, qualifier, class_="number"),
            element("td", _unit(found.unit.meaning, found.unit.value) if found.unit else ""),
        ]
        cells += [element("td", *self._below(item, level))] if has_details else []
        return element("tr", *cells, id=_anchor(item.place))

    def _relation(self, item: ContentItem, *, is_always: bool = False) -> Markup | None:
        """Return how an item relates to its parent, where that is more than being part of it."""
        is_plain = item.relationship not in _TOLD
        if is_plain and not is_always:
            return None
        return element("span", self.context.say(item.relationship), " ", class_="relation")

    def _pointer(self, target: Place) -> Markup:
        """Return a link to another item of the tree."""
        item = self.items.get(target)
        name = item.name.words if item is not None and item.name else ".".join(map(str, target))
        say = self.context.say
        return joined(
            (
                f"{say('see')} ",
                element("a", name, href=f"#{_anchor(target)}"),
                f" ({say('item')} {'.'.join(map(str, target))})",
            )
        )

    def _value(self, item: ContentItem) -> Markup:
        """Return the value of an item; a damaged one says so and does not hide the rest."""
        write = _VALUES.get(item.value_type)
        try:
            if write is None:
                return element("span", f"[{item.value_type}]", class_="warning")
            return write(self, item)
        except IsocenterError as problem:
            return self._damaged(problem)

    def _damaged(self, problem: IsocenterError) -> Markup:
        return element("span", f"{self.context.say('unreadable')}: {problem.message}", class_="warning")

    def _text(self, item: ContentItem) -> Markup:
        return element("span", item.values.text(tag_of("TextValue")), class_="value")

    def _number(self, item: ContentItem) -> Markup:
        found = measured(item)
        unit = f" {_unit(found.unit.meaning, found.unit.value)}" if found.unit else ""
        qualifier = f" ({found.qualifier.words})" if found.qualifier else ""
        return element("span", (found.number or self.context.say("no value")) + unit + qualifier, class_="value")

    def _codes(self, item: ContentItem) -> Markup:
        return joined(
            element("span", each.words, title=f"{each.value}, {each.scheme}", class_="value") for each in concepts(item)
        )

    def _person(self, item: ContentItem) -> Markup:
        return element("span", name_text(item.values.text(tag_of("PersonName"))), class_="value")

    def _date(self, item: ContentItem) -> Markup:
        return element("span", date_text(item.values.text(tag_of("Date"))), class_="value")

    def _time(self, item: ContentItem) -> Markup:
        return element("span", time_text(item.values.text(tag_of("Time"))), class_="value")

    def _date_time(self, item: ContentItem) -> Markup:
        return element("span", date_time_text(item.values.text(tag_of("DateTime"))), class_="value")

    def _uid(self, item: ContentItem) -> Markup:
        return element("span", item.values.text(tag_of("UID")), class_="uid")

    def _references(self, item: ContentItem) -> Markup:
        return joined(reference_link(each, self.context) for each in references(item.values))

    def _coordinates(self, item: ContentItem) -> Markup:
        found = coordinates(item)
        where = self.context.say("in patient" if item.value_type == "SCOORD3D" else "in image")
        points = [f"({', '.join(f'{value:.7g}' for value in point)})" for point in found.points]
        summary = f"{found.kind}, {len(points)} {self.context.say('points')}, {where}"
        uids = " ".join(uid for uid in (found.frame_of_reference_uid, found.fiducial_uid) if uid)
        shown = " ".join(points)
        if len(points) > _SHOWN_POINTS:
            return joined((element("details", element("summary", summary), shown), element("span", uids, class_="uid")))
        return joined((f"{summary}: {shown} ", element("span", uids, class_="uid")))

    def _times(self, item: ContentItem) -> Markup:
        found = times(item.values)
        values = [date_time_text(value) if not found.unit else value for value in found.values]
        return element("span", f"{found.kind}: {', '.join(values)} {found.unit}".rstrip(), class_="value")

    def _table(self, item: ContentItem) -> Markup:
        found = table(item)

        def named(defined: dict[int, tuple[object, object]], number: int) -> str:
            name, unit = defined.get(number, (None, None))
            words = [getattr(each, "words", "") for each in (name, unit)]
            return f"{words[0]} [{words[1]}]" if words[1] else words[0]

        head = [element("th", named(dict(found.columns), column)) for column in range(1, found.n_columns + 1)]
        rows = [
            element(
                "tr",
                element("th", named(dict(found.rows), row)),
                *(element("td", found.cells.get((row, column), "")) for column in range(1, found.n_columns + 1)),
            )
            for row in range(1, found.n_rows + 1)
        ]
        return element("table", element("thead", element("tr", element("th"), *head)), element("tbody", *rows))


_VALUES = {
    "TEXT": _Writer._text,
    "NUM": _Writer._number,
    "CODE": _Writer._codes,
    "PNAME": _Writer._person,
    "DATE": _Writer._date,
    "TIME": _Writer._time,
    "DATETIME": _Writer._date_time,
    "UIDREF": _Writer._uid,
    "IMAGE": _Writer._references,
    "COMPOSITE": _Writer._references,
    "WAVEFORM": _Writer._references,
    "SCOORD": _Writer._coordinates,
    "SCOORD3D": _Writer._coordinates,
    "TCOORD": _Writer._times,
    "TABLE": _Writer._table,
}


def _kind(item: ContentItem) -> str:
    if item.target is None and item.value_type in ("CONTAINER", "NUM"):
        return {"CONTAINER": "container", "NUM": "number"}[item.value_type]
    return "entry"


def _unit(meaning: str, value: str) -> str:
    """Return a unit as it is written: its code, unless that is made of words (UCUM annotations)."""
    return meaning if value in ("", "1") or "{" in value or "[" in value else value


def _anchor(place: Place) -> str:
    return "item-" + ".".join(map(str, place))


def template_of(header: Header) -> str:
    """Return the identifier of the template a report says it follows, for example ``DCMR 1500``."""
    found = header.items(tag_of("ContentTemplateSequence"))
    if not found:
        return ""
    return " ".join(found[0].text(tag_of(name)) for name in ("MappingResource", "TemplateIdentifier")).strip()
