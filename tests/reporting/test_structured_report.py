"""Reports as pages: nothing that a report says is lost, and nothing it says becomes part of the page."""

from __future__ import annotations

import html
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from isocenter.reporting.documents.document import document_page, open_document
from isocenter.reporting.documents.page import Context
from isocenter.reporting.documents.words import WORDS, say_in

CONTEXT = Context(say_in("en"), base="/api/documents/x")
COMPREHENSIVE_3D = "1.2.840.10008.5.1.4.1.1.88.34"


def code(value: str, meaning: str, scheme: str = "99TEST") -> Sequence:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return Sequence([item])


def content(relationship: str, value_type: str, name: str | None, *children: Dataset, **values: Any) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType = relationship, value_type
    if name is not None:
        item.ConceptNameCodeSequence = code(name[:8], name)
    for keyword, value in values.items():
        setattr(item, keyword, value)
    if children:
        item.ContentSequence = Sequence(children)
    return item


def number(name: str, value: str, unit: str, *children: Dataset) -> Dataset:
    measured = Dataset()
    measured.NumericValue, measured.MeasurementUnitsCodeSequence = value, code(unit, f"meaning of {unit}", "UCUM")
    return content("CONTAINS", "NUM", name, *children, MeasuredValueSequence=Sequence([measured]))


def reference(uid: str, sop_class: str = "1.2.840.10008.5.1.4.1.1.2", **values: Any) -> Sequence:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, uid
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return Sequence([item])


def file_of(*children: Dataset, **values: Any) -> bytes:
    root = content("", "CONTAINER", "Imaging report", *children, ContinuityOfContent="SEPARATE")
    del root.RelationshipType
    root.SOPClassUID, root.SOPInstanceUID = COMPREHENSIVE_3D, "1.2.3.4"
    root.StudyInstanceUID, root.SeriesInstanceUID = "1.2.3", "1.2.3.1"
    root.SpecificCharacterSet = "ISO_IR 192"
    for keyword, value in values.items():
        setattr(root, keyword, value)
    root.file_meta = pydicom.dataset.FileMetaDataset()
    root.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    stream = BytesIO()
    pydicom.dcmwrite(stream, root, enforce_file_format=True)
    return stream.getvalue()


def words_of(page: str) -> str:
    """Return what a person reads on a page, white space made equal."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def said(dataset: Dataset) -> list[str]:
    """Return every text, number, code meaning and part of a name that a real report holds, by pydicom alone."""
    found: list[str] = []
    for item in dataset.get("ContentSequence", []):
        kind = item.get("ValueType")
        if kind == "TEXT":
            found.append(str(item.TextValue))
        elif kind == "NUM" and item.MeasuredValueSequence:
            measured = item.MeasuredValueSequence[0]
            found.append(str(measured.NumericValue))
        elif kind == "CODE":
            found.append(item.ConceptCodeSequence[0].CodeMeaning)
        elif kind == "PNAME":
            found += re.split(r"[\^=]", str(item.PersonName))
        if "ConceptNameCodeSequence" in item and item.ConceptNameCodeSequence:
            found.append(item.ConceptNameCodeSequence[0].CodeMeaning)
        found += said(item)
    return [" ".join(each.split()) for each in found if each.strip()]


def shown(file: bytes) -> str:
    return document_page(file, CONTEXT)


def test_every_real_report_is_shown_without_loss(shared_data: Path) -> None:
    n_reports = n_values = 0
    for path in sorted((shared_data / "dicom").rglob("*")):
        if not path.is_file() or path.read_bytes()[128:132] != b"DICM" or "malformed" in str(path):
            continue
        try:
            dataset = pydicom.dcmread(path, stop_before_pixels=True)
            is_report = "ContentSequence" in dataset and "Rows" not in dataset
        except Exception:  # other files of the collection are damaged on purpose
            continue
        if not is_report:
            continue
        page = words_of(document_page(path.read_bytes(), CONTEXT))
        for each in said(dataset):
            assert each in page, f"{path.name}: {each}"
        n_reports, n_values = n_reports + 1, n_values + len(said(dataset))
    assert n_reports >= 15
    assert n_values >= 200


def test_every_value_type_is_shown() -> None:
    table = Dataset()
    cell = Dataset()
    cell.TableRowNumber, cell.TableColumnNumber, cell.NumericValue = 1, 1, "17.25"
    column = Dataset()
    column.TableColumnNumber, column.ConceptNameCodeSequence = 1, code("c", "Column of depth")
    table.NumberOfTableRows, table.NumberOfTableColumns = 1, 1
    table.CellValuesSequence, table.TableColumnDefinitionSequence = Sequence([cell]), Sequence([column])
    by_hand = content("HAS PROPERTIES", "CODE", "Method", ConceptCodeSequence=code("m", "by hand"))
    image = reference("1.2.3.9", ReferencedFrameNumber=[1, 2, 3, 7])
    trace = reference("1.2.3.11", ReferencedWaveformChannels=[1, 2])
    point = {"GraphicType": "POINT", "GraphicData": [-10.25, 20, 30], "ReferencedFrameOfReferenceUID": "1.9.9"}
    running = (content("CONTAINS", "TEXT", None, TextValue=each) for each in ("The liver", "is normal."))
    page = shown(
        file_of(
            content("CONTAINS", "TEXT", "Finding", TextValue="first line\nsecond line"),
            number("Length", "12.50", "mm", by_hand),
            number("Ratio", "0.30", "1"),
            content("CONTAINS", "CODE", "Side", ConceptCodeSequence=code("l", "Left")),
            content("CONTAINS", "PNAME", "Reader", PersonName="Müller^Änne^^Dr."),
            content("CONTAINS", "DATE", "Day", Date="20260228"),
            content("CONTAINS", "TIME", "Hour", Time="134501.5"),
            content("CONTAINS", "DATETIME", "Moment", DateTime="20261121134500+0700"),
            content("CONTAINS", "UIDREF", "Tracking", UID="1.2.3.77"),
            content("CONTAINS", "IMAGE", None, ReferencedSOPSequence=image),
            content("CONTAINS", "COMPOSITE", "Plan", ReferencedSOPSequence=reference("1.2.3.10")),
            content("CONTAINS", "WAVEFORM", "Trace", ReferencedSOPSequence=trace),
            content("CONTAINS", "SCOORD", "Outline", GraphicType="POLYLINE", GraphicData=[1.5, 2.5, 3.5, 4.5]),
            content("CONTAINS", "SCOORD3D", "Place", **point),
            content("CONTAINS", "TCOORD", "Span", TemporalRangeType="SEGMENT", ReferencedTimeOffsets=["0.5", "1.25"]),
            content("CONTAINS", "TABLE", "Profile", TabulatedValuesSequence=Sequence([table])),
            content("CONTAINS", "CONTAINER", "Running text", *running, ContinuityOfContent="CONTINUOUS"),
            content("CONTAINS", "NEWTYPE", "Of the future"),
        )
    )
    words = words_of(page)
    for expected in (
        "Imaging report", "first line second line", "12.50", "by hand", "0.30", "Left", "Müller, Änne (Dr.)",
        "2026-02-28", "13:45:01.5", "2026-11-21 13:45:00 +07:00", "1.2.3.77", "frame 1-3, 7", "1.2.3.10",
        "channel 1.2", "(1.5, 2.5) (3.5, 4.5)", "(-10.25, 20, 30)", "1.9.9", "SEGMENT: 0.5, 1.25 s",
        "Column of depth", "17.25", "The liver is normal.", "[NEWTYPE]",
    ):  # fmt: skip
        assert expected in words, expected
    assert "first line\nsecond line" in page


def test_a_relationship_by_reference_leads_to_its_item() -> None:
    pointer = Dataset()
    pointer.RelationshipType, pointer.ReferencedContentItemIdentifier = "INFERRED FROM", [1, 1]
    page = shown(
        file_of(
            number("Volume of the lesion", "3.1", "cm3"),
            content("CONTAINS", "TEXT", "Conclusion", pointer, TextValue="Grows."),
        )
    )
    assert 'href="#item-1.1"' in page
    assert re.search(r'id="item-1\.1"[^>]*>.{0,40}Volume of the lesion', page)
    assert "inferred from see Volume of the lesion" in words_of(page)


def test_what_a_report_says_is_never_markup() -> None:
    evil = '<script>alert(1)</script>" onload="x'
    page = shown(
        file_of(
            content("CONTAINS", "TEXT", evil, TextValue=evil),
            content("CONTAINS", "UIDREF", "u", UID='1.2"><img src=x>'),
            content("CONTAINS", "IMAGE", None, ReferencedSOPSequence=reference('1"><script>')),
            PatientName=evil,
            StudyDescription="</title><script>",
        )
    )
    assert "<script" not in page
    assert "<img src=x" not in page
    assert not re.search(r"<[^>]*\sonload=", re.sub(r'="[^"]*"', "", page))
    assert "<script>alert(1)</script>" in words_of(page.replace("&lt;", "&amp;lt;")).replace("&lt;", "<").replace(
        "&gt;", ">"
    )


@pytest.mark.parametrize(
    ("character_set", "text"),
    [
        ("ISO_IR 100", "Größe überprüft"),
        ("ISO_IR 192", "Gan bình thường, không tổn thương"),
        ("ISO 2022 IR 87", "肝臓は正常"),
        ("GB18030", "肝脏正常"),
    ],
)
def test_character_sets_are_read_right(character_set: str, text: str) -> None:
    sets = ["", character_set] if character_set.startswith("ISO 2022") else character_set
    file = file_of(content("CONTAINS", "TEXT", "Befund", TextValue=text), SpecificCharacterSet=sets)
    assert text in words_of(shown(file))


def test_links_lead_to_what_is_here_and_say_what_is_not() -> None:
    file = file_of(
        content("CONTAINS", "IMAGE", None, ReferencedSOPSequence=reference("1.2.3.9", ReferencedFrameNumber=4)),
        content("CONTAINS", "IMAGE", None, ReferencedSOPSequence=reference("1.2.3.8")),
    )
    page = document_page(file, Context(say_in("en"), places={"1.2.3.9": ("1.2.3", "1.2.3.5")}))
    assert 'href="/view/1.2.3/1.2.3.5?instance=1.2.3.9&amp;frame=4"' in page
    assert "/dicom-web/studies/1.2.3/series/1.2.3.5/instances/1.2.3.9/frames/4/thumbnail" in page
    assert "not in this archive 1.2.3.8" in words_of(page)


def test_a_damaged_value_does_not_hide_the_rest() -> None:
    broken = content("CONTAINS", "SCOORD", "Outline", GraphicType="POINT", GraphicData=[1.0, 2.0])
    file = file_of(
        broken,
        content("CONTAINS", "TABLE", "Empty table"),
        content("CONTAINS", "TEXT", "After", TextValue="still here"),
    )
    words = words_of(document_page(file, CONTEXT))
    assert "cannot be read: A table has no values." in words
    assert "still here" in words


def test_a_report_without_a_tree_is_shown_by_its_attributes() -> None:
    dataset = pydicom.dcmread(BytesIO(file_of()))
    del dataset.ValueType
    stream = BytesIO()
    dataset.save_as(stream)
    assert "Series Instance UID" in words_of(document_page(stream.getvalue(), CONTEXT))
    assert open_document(stream.getvalue()).pixels is None


def test_every_word_has_three_languages() -> None:
    assert all(len(each) == 3 and all(each) for each in WORDS.values())
    assert "nicht in diesem Archiv" in document_page(
        file_of(content("CONTAINS", "IMAGE", None, ReferencedSOPSequence=reference("1.2"))), Context(say_in("de"), "de")
    )
