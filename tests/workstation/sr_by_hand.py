"""Measurement reports written with pydicom alone, following TID 1500 as highdicom and dcmqi do.

Source: DICOM PS3.16 TID 1500, 1410, 1501, 300; PS3.3 sec. C.18.6 (SCOORD), C.18.9 (SCOORD3D).
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import Comprehensive3DSRStorage, CTImageStorage, ExplicitVRLittleEndian, generate_uid

REPORT = ("126000", "DCM", "Imaging Measurement Report")
MEASUREMENTS = ("126010", "DCM", "Imaging Measurements")
GROUP = ("125007", "DCM", "Measurement Group")
REGION = ("111030", "DCM", "Image Region")
LENGTH = ("410668003", "SCT", "Length")
LONG_AXIS, SHORT_AXIS = ("103339001", "SCT", "Long Axis"), ("103340004", "SCT", "Short Axis")
ANGLE, COBB = ("1483009", "SCT", "Angle"), ("285285000", "SCT", "Cobb angle")
AREA = ("42798000", "SCT", "Area")
MM, MM2, DEGREE = ("mm", "UCUM", "mm"), ("mm2", "UCUM", "mm2"), ("deg", "UCUM", "deg")
HU = ("[hnsf'U]", "UCUM", "Hounsfield unit")
ATTENUATION, MEAN = ("112031", "DCM", "Attenuation Coefficient"), ("373098007", "SCT", "Mean")


def code(value: tuple[str, str, str]) -> Sequence:
    """Return a code sequence of one item."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value
    return Sequence([item])


def content(relationship: str, kind: str, concept: tuple[str, str, str] | None = None, **values: Any) -> Dataset:
    """Return a content item; `children` become its content sequence."""
    item = Dataset()
    item.RelationshipType, item.ValueType = relationship, kind
    if concept is not None:
        item.ConceptNameCodeSequence = code(concept)
    children = values.pop("children", None)
    for keyword, value in values.items():
        setattr(item, keyword, value)
    if children:
        item.ContentSequence = Sequence(children)
    return item


def image(sop_instance_uid: str, relationship: str = "SELECTED FROM") -> Dataset:
    """Return a reference to an image."""
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = CTImageStorage, sop_instance_uid
    return content(relationship, "IMAGE", ReferencedSOPSequence=Sequence([reference]))


def shape(graphic: str, points: list[list[float]], on: str, concept: tuple[str, str, str] | None = None) -> Dataset:
    """Return a planar region on an image (pixels)."""
    relationship = "CONTAINS" if concept else "INFERRED FROM"
    flat = [x for point in points for x in point]
    return content(relationship, "SCOORD", concept, GraphicType=graphic, GraphicData=flat, children=[image(on)])


def shape_in_space(graphic: str, points: list[list[float]], frame_of_reference: str) -> Dataset:
    """Return a region in a frame of reference (mm)."""
    flat = [x for point in points for x in point]
    values = {"GraphicType": graphic, "GraphicData": flat, "ReferencedFrameOfReferenceUID": frame_of_reference}
    return content("CONTAINS", "SCOORD3D", REGION, **values)


def number(
    concept: tuple[str, str, str],
    value: float,
    unit: tuple[str, str, str],
    *shapes: Dataset,
    derivation: tuple[str, str, str] | None = None,
) -> Dataset:
    """Return a measured value, inferred from these shapes."""
    measured = Dataset()
    measured.NumericValue, measured.MeasurementUnitsCodeSequence = f"{value:.10g}", code(unit)
    modifiers = []
    if derivation is not None:
        concept_of_derivation = ("121401", "DCM", "Derivation")
        modifiers = [content("HAS CONCEPT MOD", "CODE", concept_of_derivation, ConceptCodeSequence=code(derivation))]
    return content(
        "CONTAINS", "NUM", concept, MeasuredValueSequence=Sequence([measured]), children=[*modifiers, *shapes]
    )


def group(name: str, *children: Dataset, template: str) -> Dataset:
    """Return a measurement group with its tracking identifiers."""
    identity = [
        content("HAS OBS CONTEXT", "TEXT", ("112039", "DCM", "Tracking Identifier"), TextValue=name),
        content(
            "HAS OBS CONTEXT",
            "UIDREF",
            ("112040", "DCM", "Tracking Unique Identifier"),
            UID=generate_uid(entropy_srcs=[name]),
        ),
    ]
    made = content("CONTAINS", "CONTAINER", GROUP, ContinuityOfContent="SEPARATE", children=[*identity, *children])
    made.ContentTemplateSequence = _template(template)
    return made


def every_kind(on: str) -> list[Dataset]:
    """Return one group of each kind that can be drawn on an image, with single precision points."""
    values = [number(AREA, 120.5, MM2), number(ATTENUATION, 60.25, HU, derivation=MEAN)]
    region = {"template": "1410"}
    line = {"template": "1501"}
    long, short = [[10.5, 20.25], [50.5, 60.75]], [[20.5, 50.5], [40.25, 30.125]]
    square = [[30.5, 20.5], [60.5, 20.5], [60.5, 40.25], [30.5, 40.25], [30.5, 20.5]]
    contour = [[10.5, 20.5], [60.5, 22.5], [55.0, 60.25], [30.5, 70.75], [10.5, 20.5]]
    axes = [[70.5, 50.0], [110.5, 50.0], [90.5, 60.0], [90.5, 40.0]]
    angle = [[5.5, 5.5], [30.5, 40.5], [50.5, 6.5]]
    return [
        group("Length 1", number(LENGTH, 57.25, MM, shape("POLYLINE", long, on)), **line),
        group(
            "Bidirectional 1",
            number(LONG_AXIS, 57.25, MM, shape("POLYLINE", long, on)),
            number(SHORT_AXIS, 28.5, MM, shape("POLYLINE", short, on)),
            **line,
        ),
        group("Angle 1", number(ANGLE, 47.5, DEGREE, shape("POLYLINE", angle, on)), **line),
        group(
            "Cobb angle 1",
            number(COBB, 12.5, DEGREE, shape("POLYLINE", long, on), shape("POLYLINE", short, on)),
            **line,
        ),
        group("Ellipse 1", shape("ELLIPSE", axes, on, REGION), *values, **region),
        group("Rectangle 1", shape("POLYLINE", square, on, REGION), *values, **region),
        group("Freehand 1", shape("POLYLINE", contour, on, REGION), *values, **region),
        group("Freehand 2", shape("POLYLINE", contour[:-1], on, REGION), **region),
        group("Point 1", shape("POINT", [[64.5, 48.5]], on, REGION), values[1], **region),
        group("Arrow 1", shape("POLYLINE", short, on, REGION), **region),
    ]


def report(source: pydicom.Dataset, groups: list[Dataset], *, manufacturer: str, model: str) -> bytes:
    """Return a Comprehensive 3D SR in the study of `source`, which the groups refer to."""
    dataset = Dataset()
    for keyword in ("StudyDate", "StudyTime", "AccessionNumber", "StudyID", "ReferringPhysicianName", "PatientName"):
        setattr(dataset, keyword, source.get(keyword, ""))
    for keyword in ("PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID"):
        setattr(dataset, keyword, source.get(keyword, ""))
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID, dataset.SOPInstanceUID = Comprehensive3DSRStorage, generate_uid()
    dataset.SeriesInstanceUID, dataset.SeriesNumber, dataset.InstanceNumber = generate_uid(), 77, 1
    dataset.Modality, dataset.Manufacturer, dataset.ManufacturerModelName = "SR", manufacturer, model
    dataset.DeviceSerialNumber, dataset.SoftwareVersions = "1", "1"
    dataset.ContentDate, dataset.ContentTime = "20260103", "120000"
    dataset.CompletionFlag, dataset.VerificationFlag = "COMPLETE", "UNVERIFIED"
    dataset.ReferencedPerformedProcedureStepSequence = Sequence()
    dataset.PerformedProcedureCodeSequence = Sequence()
    dataset.CurrentRequestedProcedureEvidenceSequence = Sequence([_evidence(source)])
    dataset.ValueType, dataset.ContinuityOfContent = "CONTAINER", "SEPARATE"
    dataset.ConceptNameCodeSequence, dataset.ContentTemplateSequence = code(REPORT), _template("1500")
    language = ("121049", "DCM", "Language of Content Item and Descendants")
    procedure = ("121058", "DCM", "Procedure reported")
    dataset.ContentSequence = Sequence(
        [
            content("HAS CONCEPT MOD", "CODE", language, ConceptCodeSequence=code(("en", "RFC5646", "English"))),
            content(
                "HAS CONCEPT MOD",
                "CODE",
                procedure,
                ConceptCodeSequence=code(("363679005", "SCT", "Imaging procedure")),
            ),
            content("CONTAINS", "CONTAINER", MEASUREMENTS, ContinuityOfContent="SEPARATE", children=groups),
        ]
    )
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    stream = BytesIO()
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()


def _template(identifier: str) -> Sequence:
    item = Dataset()
    item.MappingResource, item.TemplateIdentifier = "DCMR", identifier
    return Sequence([item])


def _evidence(source: pydicom.Dataset) -> Dataset:
    study, series, instance = Dataset(), Dataset(), Dataset()
    instance.ReferencedSOPClassUID, instance.ReferencedSOPInstanceUID = source.SOPClassUID, source.SOPInstanceUID
    series.SeriesInstanceUID, series.ReferencedSOPSequence = source.SeriesInstanceUID, Sequence([instance])
    study.StudyInstanceUID, study.ReferencedSeriesSequence = source.StudyInstanceUID, Sequence([series])
    return study
