"""Key object notes and presentation states as lists."""

from __future__ import annotations

import html
import re
from io import BytesIO
from typing import Any

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset

from isocenter.reporting.documents.document import document_page
from isocenter.reporting.documents.page import Context
from isocenter.reporting.documents.words import say_in

PLACES = {"1.2.3.9": ("1.2.3", "1.2.3.5")}


def item(**values: Any) -> Dataset:
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def shown(**values: Any) -> str:
    dataset = item(StudyInstanceUID="1.2.3", SeriesInstanceUID="1.2.3.1", SOPInstanceUID="1.2.3.4", **values)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    stream = BytesIO()
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    return document_page(stream.getvalue(), Context(say_in("en"), places=PLACES))


def words_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", re.sub(r"<style>.*?</style>", "", page, flags=re.S))).split())


def code(meaning: str) -> list[Dataset]:
    return [item(CodeValue="1", CodingSchemeDesignator="DCM", CodeMeaning=meaning)]


IMAGE = item(ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.2", ReferencedSOPInstanceUID="1.2.3.9")


def test_key_images_are_listed_with_their_reason() -> None:
    page = shown(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.88.59",
        ValueType="CONTAINER",
        ConceptNameCodeSequence=code("For Teaching"),
        ContinuityOfContent="SEPARATE",
        ContentSequence=[
            item(
                RelationshipType="CONTAINS",
                ValueType="TEXT",
                ConceptNameCodeSequence=code("Key Object Description"),
                TextValue="Look at the ring.",
            ),
            item(RelationshipType="CONTAINS", ValueType="IMAGE", ReferencedSOPSequence=[IMAGE]),
        ],
    )
    assert "<h1>For Teaching</h1>" in page
    assert "Key Object Description: Look at the ring." in words_of(page)
    assert "/view/1.2.3/1.2.3.5?instance=1.2.3.9" in page
    assert "instances/1.2.3.9/thumbnail" in page


def test_a_presentation_state_says_what_it_shows_and_how() -> None:
    text = item(UnformattedTextValue="<b>mass</b>", AnchorPoint=[12.5, 40.0], AnchorPointAnnotationUnits="PIXEL")
    drawing = item(GraphicType="POLYLINE", GraphicData=[1.0, 2.0, 3.0, 4.0], GraphicAnnotationUnits="PIXEL")
    page = shown(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.11.1",
        ContentLabel="READING",
        ContentDescription="liver window",
        ContentCreatorName="Reader^Rita",
        PresentationCreationDate="20261121",
        ReferencedSeriesSequence=[item(SeriesInstanceUID="1.2.3.5", ReferencedImageSequence=[IMAGE])],
        SoftcopyVOILUTSequence=[item(WindowCenter="60", WindowWidth="150", WindowCenterWidthExplanation="LIVER")],
        DisplayedAreaSelectionSequence=[
            item(
                DisplayedAreaTopLeftHandCorner=[1, 1],
                DisplayedAreaBottomRightHandCorner=[512, 256],
                PresentationSizeMode="SCALE TO FIT",
            )
        ],
        GraphicAnnotationSequence=[
            item(GraphicLayer="FINDINGS", TextObjectSequence=[text], GraphicObjectSequence=[drawing])
        ],
        ImageRotation=90,
        ImageHorizontalFlip="Y",
    )
    words = words_of(page)
    for expected in (
        "READING", "liver window", "Reader, Rita", "2026-11-21", "centre 60, width 150 (LIVER)", "(1, 1) – (512, 256)",
        "SCALE TO FIT", "Layer FINDINGS", "<b>mass</b>", "(12.5, 40)", "POLYLINE (1, 2) (3, 4) PIXEL", "90°, mirrored",
        "all images",
    ):  # fmt: skip
        assert expected in words, expected
    assert "<b>mass" not in page
