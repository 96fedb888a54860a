"""Echocardiograms as DICOM structured reports: measured and derived values, each under its code.

Sources: DICOM PS3.3 sec. A.35 (Simplified Adult Echo SR), PS3.16 TID 5300, 5301, 5302, CID 12300 to 12305.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from io import BytesIO
from typing import NamedTuple

import pydicom
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from isocenter.analysis.cardiac.echocardiogram import NUMBERS, Echocardiogram
from isocenter.core.errors import FileFormatError
from isocenter.dicom.uids import new_uid
from isocenter.dicom.writers import modules

SIMPLIFIED_ADULT_ECHO_SR = "1.2.840.10008.5.1.4.1.1.88.75"
SERIES_NUMBER = 9910
# What a report takes over from an image of its study: whose it is and which study.
_OF_THE_STUDY = (
    "PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyDate",
    "StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName", "StudyDescription",
)  # fmt: skip


class Term(NamedTuple):
    """A code of a scheme."""

    value: str
    scheme: str
    meaning: str


class Entry(NamedTuple):
    """Under which code a value goes into the report, and in which unit (UCUM)."""

    concept: Term
    unit: str
    scale: float = 1.0


def _ln(value: str, meaning: str) -> Term:
    return Term(value, "LN", meaning)


def _dcm(value: str, meaning: str) -> Term:
    return Term(value, "DCM", meaning)


# Source: PS3.16 CID 12300 (Core Echo Measurements).
CORE: Mapping[str, Entry] = {
    "ventricle_diastolic_ml": Entry(_ln("79996-5", "Left ventricular end diastolic volume biplane (MOD)"), "ml"),
    "ventricle_systolic_ml": Entry(_ln("80001-1", "Left ventricular end systolic volume biplane (MOD)"), "ml"),
    "ejection_percent": Entry(_ln("79991-6", "Left ventricular ejection fraction biplane (MOD)"), "%"),
    "septum_cm": Entry(_ln("79969-2", "Interventricular septum diastolic dimension 2D"), "cm"),
    "ventricle_cm": Entry(_ln("80007-8", "Left ventricular internal diastolic dimension - 2D"), "cm"),
    "ventricle_systolic_cm": Entry(_ln("80011-0", "Left ventricular internal systolic dimension - 2D"), "cm"),
    "mass_g": Entry(_ln("80019-3", "Left ventricular mass (dimension method) 2D"), "g"),
    "mass_g_m2": Entry(_ln("80020-1", "Left ventricular mass (dimension method) 2D / BSA"), "g/m2"),
    "atrium_systolic_ml": Entry(_ln("79983-3", "Left atrial end systolic volume biplane (MOD)"), "ml"),
    "atrium_ml_m2": Entry(_ln("79984-1", "Left atrial end systolic volume biplane (MOD) / BSA"), "ml/m2"),
    "e_cm_s": Entry(_ln("80070-6", "Mitral valve E-wave Vmax"), "cm/s"),
    "a_cm_s": Entry(_ln("80066-4", "Mitral valve A-wave Vmax"), "cm/s"),
    "e_over_a": Entry(_ln("18038-0", "Mitral Valve E to A Ratio"), "1"),
    "deceleration_ms": Entry(_ln("78191-4", "Mitral valve deceleration time"), "ms"),
    "half_time_ms": Entry(_ln("79912-2", "Mitral valve pressure half-time"), "ms"),
    "mitral_cm2": Entry(_ln("80069-8", "Mitral valve area (Pressure Half-Time)"), "cm2"),
    "septal_cm_s": Entry(_ln("79911-4", "Mitral septal e-prime Vmax"), "cm/s"),
    "lateral_cm_s": Entry(_ln("80054-0", "Mitral lateral e-prime Vmax"), "cm/s"),
    "aortic_m_s": Entry(_ln("79964-3", "Aortic valve Vmax"), "m/s"),
    "aortic_mmhg": Entry(_ln("79963-5", "Aortic valve peak instantaneous gradient"), "mm[Hg]"),
    "aortic_mean_mmhg": Entry(_ln("79962-7", "Aortic valve mean gradient"), "mm[Hg]"),
    "aortic_integral_cm": Entry(_ln("79965-0", "Aortic valve VTI"), "cm"),
    "aortic_cm2": Entry(_ln("79958-5", "Aortic valve area (Continuity VTI)"), "cm2"),
    "tract_cm": Entry(_ln("80028-4", "Left ventricular outflow tract dimension (2D)"), "cm"),
    "tract_integral_cm": Entry(_ln("80030-0", "Left ventricular outflow tract VTI"), "cm"),
    "regurgitation_m_s": Entry(_ln("79921-3", "Tricuspid regurgitation Vmax"), "m/s"),
    "regurgitation_mmhg": Entry(_ln("79937-9", "Tricuspid regurgitation peak gradient"), "mm[Hg]"),
    "ring_excursion_cm": Entry(_ln("77903-3", "Tricuspid Annular Plane Systolic Excursion (TAPSE)"), "cm"),
    "strain_percent": Entry(_dcm("130694", "LV Peak GLS Multiview Mean (Endocardial)"), "%"),
}
# Source: PS3.16 CID 12305 (Basic Echo Anatomic Sites).
SEGMENT_CODES: Mapping[str, Term] = {
    name: Term(value, "SCT", f"left ventricle {name} segment")
    for name, value in {
        "basal anterior": "264850008",
        "basal anteroseptal": "396482007",
        "basal inferoseptal": "396646008",
        "basal inferior": "264846001",
        "basal inferolateral": "396652009",
        "basal anterolateral": "396654005",
        "mid anterior": "264848000",
        "mid anteroseptal": "396647004",
        "mid inferoseptal": "396649001",
        "mid inferior": "264847005",
        "mid inferolateral": "396655006",
        "mid anterolateral": "396656007",
        "apical anterior": "264844003",
        "apical septal": "264845002",
        "apical inferior": "264849008",
        "apical lateral": "264853005",
        "apex": "128564006",
    }.items()
}
PEAK_STRAIN = _dcm("130671", "Peak Longitudinal Lagrangian Strain")
PROPERTY, FINDING_SITE = _dcm("125307", "Measured Property"), Term("363698007", "SCT", "Finding Site")
_VENTRICLE = Term("87878005", "SCT", "Left Ventricle")
_STRUCTURE = _dcm("125311", "Structure of the Finding Site")
_BEHAVIOR = _dcm("125312", "Behavior of the Finding Site")
_HEMODYNAMIC = Term("44324008", "SCT", "Hemodynamic Measurements")
_MEASURED, _CALCULATED = _dcm("125316", "Directly measured"), _dcm("125315", "Calculated")


def echo_report(image: bytes, echo: Echocardiogram, *, written_at: datetime, observer: str = "") -> bytes:
    """Return a Simplified Adult Echo SR in the study of an image, as a DICOM file.

    Parameters
    ----------
    image
        Any object of the study, as a DICOM file: it says whose heart this is.
    observer
        Person name, as DICOM writes it; without one the software is the observer.

    Raises
    ------
    FileFormatError
        If `image` is no DICOM file of a study.
    """
    source = _study_of(image)
    context = modules.SeriesContext(written_at, str(source.StudyInstanceUID), new_uid(), "", "Echocardiogram", 0)
    report = modules.new_object(SIMPLIFIED_ADULT_ECHO_SR, context)
    for keyword in _OF_THE_STUDY:
        report[keyword] = source[keyword] if keyword in source else pydicom.DataElement(keyword, _vr(keyword), "")
    for optional in ("IssuerOfPatientID", "StudyDescription"):
        if not report[optional].value:
            del report[optional]
    report.Modality, report.SeriesInstanceUID = "SR", context.series_uid
    report.SeriesNumber, report.InstanceNumber = SERIES_NUMBER, 1
    report.SeriesDescription = context.series_description
    report.ReferencedPerformedProcedureStepSequence = Sequence([])
    modules.add_equipment(report, None)
    report.DeviceSerialNumber = "1"
    report.ContentDate, report.ContentTime = f"{written_at:%Y%m%d}", f"{written_at:%H%M%S}"
    report.CompletionFlag, report.VerificationFlag = "PARTIAL", "UNVERIFIED"
    report.PerformedProcedureCodeSequence = Sequence([])
    report.CurrentRequestedProcedureEvidenceSequence = _evidence(source)
    title = _dcm("125200", "Adult Echocardiography Procedure Report")
    root = _item("", "CONTAINER", title, ContinuityOfContent="SEPARATE")
    root.ContentTemplateSequence = _template("5300")
    root.ContentSequence = Sequence([*_context(observer), *_measurements(echo)])
    del root.RelationshipType
    report.update(root)
    stream = BytesIO()
    report.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def _study_of(image: bytes) -> Dataset:
    try:
        source = pydicom.dcmread(BytesIO(image), stop_before_pixels=True)
    except Exception as problem:  # pydicom raises many kinds on damaged data
        raise FileFormatError(
            "The image of the study cannot be read.", found=type(problem).__name__, expected="a DICOM file"
        ) from None
    if not source.get("StudyInstanceUID") or not source.get("SOPInstanceUID"):
        raise FileFormatError(
            "The image belongs to no study.", field="StudyInstanceUID", expected="an image of the study"
        )
    return source


def _vr(keyword: str) -> str:
    return pydicom.datadict.dictionary_VR(keyword)


def _evidence(source: Dataset) -> Sequence:
    """Return the reference to the image whose study this is."""
    instance, series, study = Dataset(), Dataset(), Dataset()
    instance.ReferencedSOPClassUID = source.SOPClassUID
    instance.ReferencedSOPInstanceUID = source.SOPInstanceUID
    series.SeriesInstanceUID = source.SeriesInstanceUID
    series.ReferencedSOPSequence = Sequence([instance])
    study.StudyInstanceUID = source.StudyInstanceUID
    study.ReferencedSeriesSequence = Sequence([series])
    return Sequence([study])


def _context(observer: str) -> Iterator[Dataset]:
    language = _item("HAS CONCEPT MOD", "CODE", _dcm("121049", "Language of Content Item and Descendants"))
    language.ConceptCodeSequence = modules.code("en", "RFC5646", "English")
    yield language
    kind = _item("HAS OBS CONTEXT", "CODE", _dcm("121005", "Observer Type"))
    who = _dcm("121006", "Person") if observer else _dcm("121007", "Device")
    kind.ConceptCodeSequence = modules.code(*who)
    yield kind
    if observer:
        yield _item("HAS OBS CONTEXT", "PNAME", _dcm("121008", "Person Observer Name"), PersonName=observer)
    else:
        yield _item("HAS OBS CONTEXT", "UIDREF", _dcm("121012", "Device Observer UID"), UID=new_uid())


def _measurements(echo: Echocardiogram) -> Iterator[Dataset]:
    derived = dict(echo.derived())
    values = {name: getattr(echo, name) for name in NUMBERS} | derived
    core = [
        _number(entry.concept, values[name], entry.unit) for name, entry in CORE.items() if values.get(name) is not None
    ]
    others = list(_others(echo, derived))
    for concept, items in (
        (_dcm("125301", "Pre-coordinated Measurements"), core),
        (_dcm("125302", "Post-coordinated Measurements"), others),
    ):
        if items:
            yield _item("CONTAINS", "CONTAINER", concept, ContinuityOfContent="SEPARATE", ContentSequence=items)


def _others(echo: Echocardiogram, derived: Mapping[str, float]) -> Iterator[Dataset]:
    """Yield what CID 12300 has no code for: each with the modifiers that say what it is."""
    if echo.posterior_wall_cm is not None:
        wall = _ln("18152-9", "Left Ventricle Posterior Wall Diastolic Thickness")
        yield _number(
            wall, echo.posterior_wall_cm, "cm",
            *_modifiers(_STRUCTURE, _ln("59089-3", "Thickness"), _VENTRICLE, _MEASURED, "LVPWd"),
        )  # fmt: skip
    if "e_over_e_prime" in derived:
        ratio = _ln("59111-5", "E Velocity to Annulus E Velocity Ratio")
        ring = Term("65197004", "SCT", "Mitral Annulus")
        yield _number(
            ratio, derived["e_over_e_prime"], "1",
            *_modifiers(_HEMODYNAMIC, _ln("20355-4", "Peak Blood Velocity"), ring, _CALCULATED, "E/e'"),
        )  # fmt: skip
    for segment, value in echo.strain_percent.items():
        yield _number(
            PEAK_STRAIN, value, "%",
            *_modifiers(_BEHAVIOR, PEAK_STRAIN, SEGMENT_CODES[segment], _MEASURED, segment[:16]),
        )  # fmt: skip


def _modifiers(observation: Term, what: Term, site: Term, how: Term, label: str) -> Iterator[Dataset]:
    for concept, value in (
        (_dcm("125305", "Finding Observation Type"), observation),
        (PROPERTY, what),
        (FINDING_SITE, site),
        (_dcm("125306", "Measurement Type"), how),
    ):
        item = _item("HAS CONCEPT MOD", "CODE", concept)
        item.ConceptCodeSequence = modules.code(*value)
        yield item
    yield _item("HAS CONCEPT MOD", "TEXT", _dcm("125309", "Short Label"), TextValue=label)


def _number(concept: Term, value: float, unit: str, *below: Dataset) -> Dataset:
    measured = Dataset()
    # Four digits to read; the whole number beside it.
    measured.NumericValue = f"{value:.4g}"
    measured.FloatingPointValue = float(value)
    measured.MeasurementUnitsCodeSequence = modules.code(unit, "UCUM", unit if unit != "1" else "no units")
    item = _item("CONTAINS", "NUM", concept, MeasuredValueSequence=[measured])
    if below:
        item.ContentSequence = Sequence(below)
    return item


def _item(relationship: str, value_type: str, concept: Term, **values: object) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType = relationship, value_type
    item.ConceptNameCodeSequence = modules.code(*concept)
    for keyword, value in values.items():
        setattr(item, keyword, Sequence(value) if isinstance(value, list) else value)
    return item


def _template(identifier: str) -> Sequence:
    item = Dataset()
    item.MappingResource, item.TemplateIdentifier = "DCMR", identifier
    return Sequence([item])
