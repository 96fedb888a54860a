"""The page of an object, whatever it is: which writer writes it is told by its SOP class.

Source: DICOM PS3.4 sec. B.5 (Standard SOP Classes), PS3.6 annex A.
"""

from __future__ import annotations

from isocenter.core.errors import DataError
from isocenter.dicom.content_tree import evidence
from isocenter.dicom.dictionary import tag_of
from isocenter.dicom.elements import Buffer
from isocenter.dicom.header import Header, scan_header
from isocenter.dicom.json_model import read_json
from isocenter.dicom.waveforms import WAVEFORM_TAGS
from isocenter.reporting.documents.attributes import attribute_page
from isocenter.reporting.documents.encapsulated import ENCAPSULATED_TAGS, encapsulated, encapsulated_page
from isocenter.reporting.documents.markup import Content, Markup, element
from isocenter.reporting.documents.narrative import clinical_document, plain_text
from isocenter.reporting.documents.page import HEAD_TAGS, Context
from isocenter.reporting.documents.presentation_state import PRESENTATION_TAGS, presentation_page
from isocenter.reporting.documents.structured_report import REPORT_TAGS, report_page
from isocenter.reporting.documents.waveform import waveform_page
from isocenter.reporting.documents.waveform_drawing import Scale

DOCUMENT_TAGS = HEAD_TAGS | REPORT_TAGS | PRESENTATION_TAGS | WAVEFORM_TAGS | ENCAPSULATED_TAGS
_REPORTS, _STATES = "1.2.840.10008.5.1.4.1.1.88.", "1.2.840.10008.5.1.4.1.1.11."
_WAVEFORMS, _ENCAPSULATED = "1.2.840.10008.5.1.4.1.1.9.", "1.2.840.10008.5.1.4.1.1.104."


def kind_of(sop_class_uid: str) -> str:
    """Return what writes the page of a SOP class: report, state, waveform, file or attributes."""
    kinds = {_REPORTS: "report", _STATES: "state", _WAVEFORMS: "waveform", _ENCAPSULATED: "file"}
    return next((kind for root, kind in kinds.items() if sop_class_uid.startswith(root)), "attributes")


def open_document(file: Buffer) -> Header:
    """Return the header of a file with everything that a page may need."""
    return scan_header(file, DOCUMENT_TAGS)


def document_page(file: Buffer, context: Context, *, scale: Scale | None = None, form: str = "") -> Markup:
    """Return the page of an object; with the form ``attributes`` always that of its attributes.

    What has no content of its kind (a report without a tree) is shown by its attributes, too.
    """
    header = open_document(file)
    kind = form or _kind_here(header)
    if kind == "report":
        return report_page(header, context)
    if kind == "state":
        return presentation_page(header, context)
    if kind == "waveform":
        return waveform_page(header, context, scale or Scale())
    if kind == "file":
        return encapsulated_page(header, context, _narrative(header, context))
    return attribute_page(header, read_json(file), context)


def _kind_here(header: Header) -> str:
    kind = kind_of(header.text(tag_of("SOPClassUID")))
    if kind == "attributes" and header.text(tag_of("ValueType")) == "CONTAINER":
        return "report"
    needed = {"report": "ValueType", "waveform": "WaveformSequence", "file": "EncapsulatedDocument"}.get(kind)
    return kind if needed is None or tag_of(needed) in header else "attributes"


def _narrative(header: Header, context: Context) -> Content:
    found = encapsulated(header)
    if found.media == "text/plain":
        return plain_text(found.content)
    if found.media not in ("text/xml", "application/xml", "application/hl7-sda+xml"):
        return None
    try:
        return clinical_document(found.content)
    except DataError as problem:
        return element("p", f"{context.say('unreadable')}: {problem.message}", class_="warning")


def referenced_studies(header: Header) -> set[str]:
    """Return the studies whose objects a document names, as far as it says where they are."""
    return {study for study, _ in evidence(header).values()}
