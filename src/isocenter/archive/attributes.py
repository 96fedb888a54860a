"""The attributes that are indexed, and how each is matched: one table for storage, C-FIND and QIDO-RS.

Source: DICOM PS3.4 tables C.6-1 to C.6-5 (query/retrieve keys) and PS3.18 tables 10.6.1-3 to 10.6.1-5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from isocenter.core.errors import OptionError
from isocenter.dicom.dictionary import tag_of, vr_of

Level: TypeAlias = Literal["PATIENT", "STUDY", "SERIES", "IMAGE"]
Matching: TypeAlias = Literal["text", "texts", "name", "range", "uid", "number", "count", "modalities"]
LEVELS: tuple[Level, ...] = ("PATIENT", "STUDY", "SERIES", "IMAGE")


@dataclass(frozen=True)
class Attribute:
    """One indexed attribute: its level, its matching, the SQL that gives its value, the sequence it stands in.

    One that is costly is counted for who asks for it.
    """

    keyword: str
    level: Level
    matching: Matching
    sql: str
    sequence: str = ""
    is_costly: bool = False


def _of_patient(keyword: str, counted: str) -> Attribute:
    sql = f'(SELECT {counted} FROM study AS other WHERE other."PatientID" = study."PatientID")'  # noqa: S608 - from tables
    return Attribute(keyword, "PATIENT", "count", sql, is_costly=True)


def _stored(level: Level, table: str, matching: Matching, keywords: str) -> list[Attribute]:
    return [Attribute(keyword, level, matching, f'{table}."{keyword}"') for keyword in keywords.split()]


_TABLE = (
    *_stored("PATIENT", "study", "name", "PatientName"),
    *_stored("PATIENT", "study", "text", "PatientID IssuerOfPatientID PatientSex"),
    *_stored("PATIENT", "study", "range", "PatientBirthDate"),
    _of_patient("NumberOfPatientRelatedStudies", "count(*)"),
    _of_patient("NumberOfPatientRelatedSeries", "sum(other.n_series)"),
    _of_patient("NumberOfPatientRelatedInstances", "sum(other.n_instances)"),
    *_stored("STUDY", "study", "uid", "StudyInstanceUID"),
    *_stored("STUDY", "study", "range", "StudyDate StudyTime"),
    *_stored("STUDY", "study", "text", "AccessionNumber StudyID StudyDescription"),
    *_stored("STUDY", "study", "name", "ReferringPhysicianName"),
    Attribute("ModalitiesInStudy", "STUDY", "modalities", "study.modalities"),
    Attribute("SOPClassesInStudy", "STUDY", "modalities", "study.sop_classes"),
    Attribute("NumberOfStudyRelatedSeries", "STUDY", "count", "study.n_series"),
    Attribute("NumberOfStudyRelatedInstances", "STUDY", "count", "study.n_instances"),
    *_stored("SERIES", "series", "uid", "SeriesInstanceUID"),
    *_stored(
        "SERIES", "series", "text", "Modality SeriesDescription BodyPartExamined ProtocolName StationName Manufacturer"
    ),
    *_stored("SERIES", "series", "number", "SeriesNumber"),
    *_stored(
        "SERIES",
        "series",
        "range",
        "SeriesDate SeriesTime PerformedProcedureStepStartDate PerformedProcedureStepStartTime",
    ),
    *_stored("SERIES", "series", "name", "PerformingPhysicianName OperatorsName"),
    *(
        Attribute(keyword, "SERIES", "texts", f'series."{keyword}"', "RequestAttributesSequence")
        for keyword in ("ScheduledProcedureStepID", "RequestedProcedureID")
    ),
    Attribute("NumberOfSeriesRelatedInstances", "SERIES", "count", "series.n_instances"),
    *_stored("IMAGE", "instance", "uid", "SOPInstanceUID SOPClassUID"),
    *_stored("IMAGE", "instance", "number", "InstanceNumber Rows Columns BitsAllocated NumberOfFrames"),
    *_stored("IMAGE", "instance", "range", "ContentDate ContentTime"),
    Attribute("AvailableTransferSyntaxUID", "IMAGE", "uid", "instance.transfer_syntax_uid"),
)
ATTRIBUTES: Mapping[str, Attribute] = {attribute.keyword: attribute for attribute in _TABLE}
STORED_TAGS: Mapping[str, int] = {a.keyword: tag_of(a.keyword) for a in _TABLE if a.sql.endswith(f'."{a.keyword}"')}
SEQUENCE_TAGS: Mapping[str, int] = {a.keyword: tag_of(a.sequence) for a in _TABLE if a.sequence}
UNIQUE_KEYS: Mapping[Level, str] = {
    "PATIENT": "PatientID",
    "STUDY": "StudyInstanceUID",
    "SERIES": "SeriesInstanceUID",
    "IMAGE": "SOPInstanceUID",
}


def attribute(keyword: str) -> Attribute:
    """Return an indexed attribute; raises `OptionError` for one that is not indexed."""
    if keyword not in ATTRIBUTES:
        raise OptionError(
            "This attribute cannot be searched.",
            field=keyword,
            found=keyword,
            expected="one of " + ", ".join(ATTRIBUTES),
        )
    return ATTRIBUTES[keyword]


def columns(level: Level) -> tuple[str, ...]:
    """Return the stored keywords of a level, for its table."""
    return tuple(a.keyword for a in _TABLE if a.level == level and a.keyword in STORED_TAGS)


def is_number(keyword: str) -> bool:
    """Return whether an attribute is stored as a number."""
    return vr_of(tag_of(keyword)) in ("IS", "US", "UL", "SS", "SL")
