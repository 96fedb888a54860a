"""The content tree of a structured report: its items, their values, and which item speaks of which.

Source: DICOM PS3.3 sec. C.17.3 (SR Document Content), C.18 (Content Macros).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from isocenter.core.errors import DataError
from isocenter.dicom.codes import Code, code_of, codes_of
from isocenter.dicom.dictionary import tag_of, tags_of, vr_of
from isocenter.dicom.header import Header

CONTENT_TAGS = tags_of("ValueType", "ConceptNameCodeSequence", "ContentSequence", "ContinuityOfContent")
MAX_DEPTH = 64

Place: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class ContentItem:
    """One item: its place in the tree, how it relates to its parent, its concept name, and what it holds.

    `target` is the place of another item if this one only refers to it (PS3.3 sec. C.17.3.2.5).
    """

    place: Place
    relationship: str
    value_type: str
    name: Code | None
    values: Header
    children: tuple[ContentItem, ...]
    target: Place | None = None

    def walk(self) -> Iterator[ContentItem]:
        """Yield this item and all below it, in the order in which they are read."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def is_separate(self) -> bool:
        """Whether a container's items are headings and paragraphs of their own, not one running text."""
        return self.values.text(tag_of("ContinuityOfContent")) != "CONTINUOUS"


@dataclass(frozen=True)
class Measured:
    """A number as it was written, its unit, and what is said about it (for example not a number)."""

    number: str
    unit: Code | None
    qualifier: Code | None


@dataclass(frozen=True)
class Reference:
    """An object, and what of it is meant: frames, segments, waveform channels (group and channel)."""

    sop_class_uid: str
    instance_uid: str
    frames: tuple[int, ...] = ()
    segments: tuple[int, ...] = ()
    channels: tuple[tuple[int, int], ...] = ()
    presentation: str = ""
    purpose: Code | None = None


@dataclass(frozen=True)
class Coordinates:
    """A drawing in an image (two numbers a point, pixels) or in the patient (three, mm)."""

    kind: str
    points: tuple[tuple[float, ...], ...]
    frame_of_reference_uid: str = ""
    fiducial_uid: str = ""


@dataclass(frozen=True)
class Times:
    """Moments or stretches of time, by sample, by offset in seconds or by clock."""

    kind: str
    unit: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Cells by row and column, counted from 1, and the concepts that name rows and columns, with their units."""

    n_rows: int
    n_columns: int
    rows: dict[int, tuple[Code | None, Code | None]]
    columns: dict[int, tuple[Code | None, Code | None]]
    cells: dict[tuple[int, int], str]


def content_tree(header: Header) -> ContentItem:
    """Return the root of the tree of a data set scanned for `CONTENT_TAGS`.

    Raises `DataError` if it has none or it is nested too deeply.
    """
    if not header.text(tag_of("ValueType")):
        raise DataError(
            "The object has no content tree.", field="ValueType", found="absent", expected="CONTAINER at the root"
        )
    return _item(header, (1,))


def _item(values: Header, place: Place) -> ContentItem:
    if len(place) > MAX_DEPTH:
        raise DataError(
            "The content tree is nested too deeply.", field="ContentSequence", expected=f"{MAX_DEPTH} levels"
        )
    target = tuple(int(number) for number in values.numbers(tag_of("ReferencedContentItemIdentifier")))
    children = values.items(tag_of("ContentSequence"))
    return ContentItem(
        place,
        values.text(tag_of("RelationshipType")),
        values.text(tag_of("ValueType")),
        code_of(values, "ConceptNameCodeSequence"),
        values,
        tuple(_item(child, (*place, index)) for index, child in enumerate(children, start=1)),
        target or None,
    )


def measured(item: ContentItem) -> Measured:
    """Return the value of a NUM item; the number is empty where only a qualifier says why there is none."""
    qualifier = code_of(item.values, "NumericValueQualifierCodeSequence")
    found = item.values.items(tag_of("MeasuredValueSequence"))
    if not found:
        return Measured("", None, qualifier)
    unit = code_of(found[0], "MeasurementUnitsCodeSequence")
    number = found[0].text(tag_of("NumericValue"))
    if not number:
        floating = found[0].numbers(tag_of("FloatingPointValue"))
        number = f"{floating[0]:.17g}" if floating else ""
    return Measured(number, unit, qualifier)


def references(item: Header, keyword: str = "ReferencedSOPSequence") -> tuple[Reference, ...]:
    """Return the objects that a sequence names, by default that of an IMAGE, WAVEFORM or COMPOSITE item."""
    return tuple(_reference(each) for each in item.items(tag_of(keyword)))


def _reference(item: Header) -> Reference:
    channels = tuple(int(number) for number in item.numbers(tag_of("ReferencedWaveformChannels")))
    states = references(item)
    return Reference(
        item.text(tag_of("ReferencedSOPClassUID")),
        item.text(tag_of("ReferencedSOPInstanceUID")),
        tuple(int(number) for number in item.numbers(tag_of("ReferencedFrameNumber"))),
        tuple(int(number) for number in item.numbers(tag_of("ReferencedSegmentNumber"))),
        tuple(zip(channels[::2], channels[1::2], strict=False)),
        states[0].instance_uid if states else "",
        code_of(item, "PurposeOfReferenceCodeSequence"),
    )


def coordinates(item: ContentItem) -> Coordinates:
    """Return the drawing of a SCOORD or SCOORD3D item."""
    numbers = item.values.numbers(tag_of("GraphicData"))
    size = 3 if item.value_type == "SCOORD3D" else 2
    points = tuple(tuple(numbers[at : at + size]) for at in range(0, len(numbers), size))
    return Coordinates(
        item.values.text(tag_of("GraphicType")),
        points,
        item.values.text(tag_of("ReferencedFrameOfReferenceUID")),
        item.values.text(tag_of("FiducialUID")),
    )


def times(item: Header, *, offset_unit: str = "s") -> Times:
    """Return the moments of a TCOORD item, or of a waveform annotation, whose offsets are in ms (C.10.10)."""
    kind = item.text(tag_of("TemporalRangeType"))
    for keyword, unit in (
        ("ReferencedSamplePositions", "sample"),
        ("ReferencedTimeOffsets", offset_unit),
        ("ReferencedDateTime", ""),
    ):
        tag = tag_of(keyword)
        if tag in item:
            is_binary = vr_of(tag) == "UL"
            found = tuple(f"{n:.15g}" for n in item.numbers(tag)) if is_binary else item.texts(tag)
            return Times(kind, unit, found)
    return Times(kind, "", ())


def table(item: ContentItem) -> Table:
    """Return the values of a TABLE item; raises `DataError` if there are none."""
    found = item.values.items(tag_of("TabulatedValuesSequence"))
    if not found:
        raise DataError("A table has no values.", field="TabulatedValuesSequence", found="absent")
    holder = found[0]
    rows = _definitions(holder, "TableRowDefinitionSequence", "TableRowNumber")
    columns = _definitions(holder, "TableColumnDefinitionSequence", "TableColumnNumber")
    cells = {
        (_number(cell, "TableRowNumber"), _number(cell, "TableColumnNumber")): _cell(cell)
        for cell in holder.items(tag_of("CellValuesSequence"))
    }
    n_rows = max(_number(holder, "NumberOfTableRows"), *(row for row, _ in cells), *rows, 0)
    n_columns = max(_number(holder, "NumberOfTableColumns"), *(column for _, column in cells), *columns, 0)
    return Table(n_rows, n_columns, rows, columns, cells)


def _definitions(holder: Header, keyword: str, number: str) -> dict[int, tuple[Code | None, Code | None]]:
    return {
        _number(each, number): (
            code_of(each, "ConceptNameCodeSequence"),
            code_of(each, "MeasurementUnitsCodeSequence"),
        )
        for each in holder.items(tag_of(keyword))
    }


def _number(item: Header, keyword: str) -> int:
    return item.integer(tag_of(keyword), 0) or 0


def _cell(cell: Header) -> str:
    """Return what a cell holds as text: whatever value attributes stand beside its row and column."""
    parts = []
    for tag, (vr, _) in sorted(cell.elements.items()):
        if tag in _NOT_CELL_VALUES:
            continue
        if vr == "SQ":
            parts += [Code.from_item(each).words for each in cell.items(tag)]
        elif vr in ("US", "SS", "UL", "SL", "FL", "FD", "UV", "SV"):
            parts += [f"{number:.15g}" for number in cell.numbers(tag)]
        else:
            parts += [text for text in cell.texts(tag) if text]
    return ", ".join(parts)


_NOT_CELL_VALUES = tags_of("TableRowNumber", "TableColumnNumber", "SpecificCharacterSet", "SelectorAttributeVR")


def evidence(header: Header) -> dict[str, tuple[str, str]]:
    """Return study and series of every object that a report lists as its evidence, by SOP Instance UID."""
    found: dict[str, tuple[str, str]] = {}
    for keyword in ("CurrentRequestedProcedureEvidenceSequence", "PertinentOtherEvidenceSequence"):
        for study in header.items(tag_of(keyword)):
            for series in study.items(tag_of("ReferencedSeriesSequence")):
                where = study.text(tag_of("StudyInstanceUID")), series.text(tag_of("SeriesInstanceUID"))
                found.update((reference.instance_uid, where) for reference in references(series))
    return found


def concepts(item: ContentItem) -> tuple[Code, ...]:
    """Return the codes of a CODE item."""
    return codes_of(item.values, "ConceptCodeSequence")
