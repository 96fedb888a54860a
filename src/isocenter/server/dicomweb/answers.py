"""What QIDO-RS answers with: a row of the index as a data set, and what only the metadata of an instance have.

Source: DICOM PS3.18 sec. 10.6.3.3 (Search Response, tables 10.6.3-3 to 10.6.3-5); annex F (DICOM JSON Model).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any

from isocenter.archive.archive import Archive
from isocenter.archive.attributes import ATTRIBUTES, SEQUENCE_TAGS, Level
from isocenter.archive.query import Query
from isocenter.core.errors import NotFoundError
from isocenter.dicom.dictionary import tag_of, tags_of, vr_of
from isocenter.dicom.json_model import JsonDataset
from isocenter.dicom.segmentation_frames import PER_FRAME

# Of what is smaller, all that is kept is read as soon as a part.
_LARGE_BYTES = 4 << 20
# Of each attribute: its tag, its VR, the tag of the sequence it stands in, and how it is matched.
_NAMES: Mapping[str, tuple[str, str, str, str]] = {
    keyword: (
        f"{tag_of(keyword):08X}",
        vr_of(tag_of(keyword)),
        f"{SEQUENCE_TAGS[keyword]:08X}" if found.sequence else "",
        found.matching,
    )
    for keyword, found in ATTRIBUTES.items()
}
_OF_EVERY_ANSWER: JsonDataset = {
    "00080056": {"vr": "CS", "Value": ["ONLINE"]},
    "00080005": {"vr": "CS", "Value": ["ISO_IR 192"]},
}
_PATHS: Mapping[Level, str] = {
    "STUDY": "/studies/{StudyInstanceUID}",
    "SERIES": "/studies/{StudyInstanceUID}/series/{SeriesInstanceUID}",
    "IMAGE": "/studies/{StudyInstanceUID}/series/{SeriesInstanceUID}/instances/{SOPInstanceUID}",
}
# What includefield=all adds: the attributes of PS3.3 sec. C.7.1.1, C.7.2.1 and C.7.2.2 describe a study, those of
# C.7.3.1, C.7.4.1 and C.7.5.1 a series; of an instance it is everything.
_OF_STUDY = tags_of(
    *"""PatientName PatientID IssuerOfPatientID PatientBirthDate PatientSex PatientBirthTime OtherPatientIDsSequence
    OtherPatientNames EthnicGroup PatientComments PatientIdentityRemoved DeidentificationMethod StudyInstanceUID
    StudyDate StudyTime ReferringPhysicianName StudyID AccessionNumber IssuerOfAccessionNumberSequence
    StudyDescription PhysiciansOfRecord NameOfPhysiciansReadingStudy ProcedureCodeSequence ReferencedStudySequence
    AdmittingDiagnosesDescription PatientAge PatientSize PatientWeight Occupation AdditionalPatientHistory
    PregnancyStatus Allergies TimezoneOffsetFromUTC InstitutionName""".split()  # noqa: SIM905 - a list that can be read
)
_OF_SERIES = tags_of(
    *"""Modality SeriesInstanceUID SeriesNumber Laterality SeriesDate SeriesTime PerformingPhysicianName ProtocolName
    SeriesDescription SeriesDescriptionCodeSequence OperatorsName ReferencedPerformedProcedureStepSequence
    BodyPartExamined PatientPosition RequestAttributesSequence PerformedProcedureStepID
    PerformedProcedureStepStartDate PerformedProcedureStepStartTime PerformedProcedureStepDescription
    PerformedProtocolCodeSequence FrameOfReferenceUID PositionReferenceIndicator Manufacturer InstitutionName
    InstitutionAddress StationName InstitutionalDepartmentName ManufacturerModelName DeviceSerialNumber
    SoftwareVersions""".split()  # noqa: SIM905 - a list that can be read
)
ALL_OF_LEVEL: Mapping[Level, frozenset[int] | None] = {
    "STUDY": _OF_STUDY,
    "SERIES": _OF_STUDY | _OF_SERIES,
    "IMAGE": None,
}


def answer_of(row: Mapping[str, Any], level: Level, base: str) -> JsonDataset:
    """Return one answer in the DICOM JSON model, with where to retrieve it; its tags ascend."""
    answer: JsonDataset = {}
    for keyword, tag, vr, sequence, matching in _in_order(tuple(row), level):
        if not keyword:
            answer[tag] = _OF_EVERY_ANSWER.get(tag) or {"vr": vr, "Value": [base + _PATHS[level].format_map(row)]}
        elif not sequence:
            answer[tag] = _element(vr, matching, row[keyword])
        elif row[keyword]:
            parent = answer.setdefault(sequence, {"vr": "SQ", "Value": []})
            _put_into_items(parent["Value"], tag, vr, row[keyword].split("\\"))
    return answer


@cache
def _in_order(keywords: tuple[str, ...], level: Level) -> list[tuple[str, str, str, str, str]]:
    """Return keyword and description of every element of an answer by ascending tag; those of ours have no keyword."""
    ours = [("", tag, "CS", "", "") for tag in _OF_EVERY_ANSWER]
    ours += [("", "00081190", "UR", "", "")] if level in _PATHS else []
    return sorted([(k, *_NAMES[k]) for k in keywords] + ours, key=lambda each: each[3] or each[1])


def metadata_of(
    archive: Archive, row: Mapping[str, Any], level: Level, wanted: frozenset[int] | None = None
) -> JsonDataset:
    """Return the metadata of the instance a row is about, or of the first instance of its series or study.

    Where only `wanted` is needed, of a large object no more may be returned than what stands before its frames.
    """
    keywords = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
    if level != "IMAGE":
        within = {keyword: row[keyword] for keyword in keywords if keyword in row}
        row = next(iter(archive.find(Query("IMAGE", within, limit=1))), {})
        if not row:
            return {}
    try:
        instance = archive.instances(*(row[keyword] for keyword in keywords))[0]
        if wanted is not None and max(wanted) < PER_FRAME and instance.size_bytes > _LARGE_BYTES:
            return archive.metadata_before_frames(instance)
        return archive.metadata(instance)
    except NotFoundError:
        return {}  # gone since it was found


def with_metadata(answer: JsonDataset, metadata: JsonDataset, wanted: Iterable[int] | None) -> JsonDataset:
    """Return an answer with further attributes, all of them for None; what the index says is kept, bulk data is not."""
    tags = metadata.keys() if wanted is None else [f"{tag:08X}" for tag in wanted]
    found = {tag: metadata[tag] for tag in tags if tag in metadata and _is_small(metadata[tag])}
    return found | {tag: element for tag, element in answer.items() if tag not in found or tag in _KEPT}


def _is_small(element: Mapping[str, Any]) -> bool:
    """Whether an element can be part of an answer: no bulk data, not even in the items of a sequence."""
    if "BulkDataURI" in element:
        return False
    items = element.get("Value", ()) if element["vr"] == "SQ" else ()
    return all(_is_small(inner) for item in items if item for inner in item.values())


def _put_into_items(items: list[dict[str, Any]], tag: str, vr: str, values: list[str]) -> None:
    items += [{} for _ in range(len(values) - len(items))]
    for item, value in zip(items, values, strict=False):
        item[tag] = _element(vr, "text", value)


@lru_cache(4096)
def _element(vr: str, matching: str, value: Any) -> dict[str, Any]:
    """Return a value as an element, which is not to be changed: the instances of a series share most of theirs."""
    if value is None or value == "":
        return {"vr": vr}
    if not isinstance(value, str):
        return {"vr": vr, "Value": [value]}
    if vr == "PN":
        if "=" not in value and "\\" not in value:
            return {"vr": vr, "Value": [{"Alphabetic": value}]}
        groups = ("Alphabetic", "Ideographic", "Phonetic")
        names = [zip(groups, name.split("="), strict=False) for name in value.split("\\")]
        return {"vr": vr, "Value": [{group: part for group, part in name if part} for name in names]}
    if matching == "modalities":
        return {"vr": vr, "Value": value.split(",")}
    return {"vr": vr, "Value": value.split("\\")}


# A sequence is indexed in parts only; the metadata have it whole.
_KEPT = frozenset(tag for tag, *_ in _NAMES.values()) | {"00081190", "00080056", "00080005"}
