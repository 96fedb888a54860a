"""Performed procedure steps: what they must hold when they begin and when they end, and how they may change.

Source: DICOM PS3.4 annex F: tables F.1-3 and F.1-4 (states), F.7.2-1 (attributes), F.7.2-2 (error of a final step).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from isocenter.dicom.dictionary import keyword_of, tag_of
from isocenter.dicom.json_reader import JsonDataset
from isocenter.dicom.uids import is_uid
from isocenter.protocols.dimse import statuses
from isocenter.protocols.dimse.refusals import RefusedError

IN_PROGRESS, COMPLETED, DISCONTINUED = "IN PROGRESS", "COMPLETED", "DISCONTINUED"
FINAL = frozenset({COMPLETED, DISCONTINUED})
FINAL_STEP_ERROR_ID = 0xA710
STATUS, CHARACTER_SET = tag_of("PerformedProcedureStepStatus"), tag_of("SpecificCharacterSet")
SCHEDULED, SERIES = tag_of("ScheduledStepAttributesSequence"), tag_of("PerformedSeriesSequence")

_FORMS = {"DA": re.compile(r"\d{8}"), "TM": re.compile(r"\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?")}


def _named(names: str) -> tuple[int, ...]:
    return tuple(tag_of(name) for name in names.split())


# With a value, and present but perhaps empty, when a step is created.
_CREATE_1 = _named(
    "PerformedProcedureStepID PerformedStationAETitle PerformedProcedureStepStartDate PerformedProcedureStepStartTime "
    "PerformedProcedureStepStatus Modality ScheduledStepAttributesSequence"
)
_CREATE_2 = _named(
    "PatientName PatientID PatientBirthDate PatientSex ReferencedPatientSequence PerformedStationName "
    "PerformedLocation PerformedProcedureStepDescription PerformedProcedureTypeDescription ProcedureCodeSequence "
    "PerformedProcedureStepEndDate PerformedProcedureStepEndTime StudyID PerformedProtocolCodeSequence "
    "PerformedSeriesSequence"
)
_SCHEDULED_1 = _named("StudyInstanceUID")
_SCHEDULED_2 = _named(
    "ReferencedStudySequence AccessionNumber RequestedProcedureID RequestedProcedureDescription "
    "ScheduledProcedureStepID ScheduledProcedureStepDescription ScheduledProtocolCodeSequence"
)
# With a value when it ends.
_FINAL_1 = _named("PerformedProcedureStepEndDate PerformedProcedureStepEndTime PerformedSeriesSequence")
_FINAL_SERIES_1 = _named("SeriesInstanceUID ProtocolName")
# What a step is about does not change after it was created.
_FIXED = _named(
    "ScheduledStepAttributesSequence PatientName PatientID PatientBirthDate PatientSex ReferencedPatientSequence "
    "PerformedProcedureStepID PerformedStationAETitle PerformedStationName PerformedLocation "
    "PerformedProcedureStepStartDate PerformedProcedureStepStartTime Modality StudyID"
)


def check_created(step: JsonDataset) -> None:
    """Raise `RefusedError` unless this can be the beginning of a step."""
    _require(step, _CREATE_1, _CREATE_2)
    for item in items(step, SCHEDULED):
        _require(item, _SCHEDULED_1, _SCHEDULED_2)
    _check_values(step)
    if status_of(step) != IN_PROGRESS:
        raise _invalid("A step begins in progress.", STATUS)


def check_change(step: JsonDataset, changes: JsonDataset) -> None:
    """Raise `RefusedError` unless a step that is kept may be changed so."""
    if status_of(step) != IN_PROGRESS:
        raise RefusedError(
            "Performed Procedure Step Object may no longer be updated",
            statuses.PROCESSING_FAILURE,
            error_id=FINAL_STEP_ERROR_ID,
        )
    for tag in _FIXED:
        key = f"{tag:08X}"
        if key in changes and changes[key].get("Value") != step.get(key, {}).get("Value"):
            raise _invalid("This is fixed when the step is created.", tag)
    if f"{STATUS:08X}" in changes and status_of(changes) not in FINAL | {IN_PROGRESS}:
        raise _invalid("There is no such state.", STATUS)
    after = merged(step, changes)
    _check_values(after)
    if status_of(after) in FINAL:
        _require(after, _FINAL_1, ())
        for item in items(after, SERIES):
            _require(item, _FINAL_SERIES_1, ())


def merged(step: JsonDataset, changes: JsonDataset) -> JsonDataset:
    """Return a step after a change; its character set stays (PS3.4 sec. F.7.2.2.3)."""
    kept = {key: element for key, element in changes.items() if key != f"{CHARACTER_SET:08X}" or key not in step}
    return dict(sorted({**step, **kept}.items()))


def status_of(step: JsonDataset) -> str:
    """Return the state of a step, empty if it has none."""
    return str(value(step, STATUS) or "")


def study_uids(step: JsonDataset) -> tuple[str, ...]:
    """Return the studies that a step belongs to."""
    found = (value(item, tag_of("StudyInstanceUID")) for item in items(step, SCHEDULED))
    return tuple(sorted({str(uid) for uid in found if uid}))


def value(dataset: JsonDataset, tag: int) -> Any:
    """Return the first value of an attribute, None if it has none."""
    return next(iter(dataset.get(f"{tag:08X}", {}).get("Value") or ()), None)


def items(dataset: JsonDataset, tag: int) -> list[JsonDataset]:
    """Return the items of a sequence."""
    return [item for item in dataset.get(f"{tag:08X}", {}).get("Value") or () if isinstance(item, dict)]


def _require(dataset: JsonDataset, with_value: tuple[int, ...], present: tuple[int, ...]) -> None:
    missing = tuple(tag for tag in sorted((*with_value, *present)) if f"{tag:08X}" not in dataset)
    if missing:
        raise RefusedError(
            f"Missing: {', '.join(keyword_of(tag) for tag in missing)}", statuses.MISSING_ATTRIBUTE, tags=missing
        )
    empty = tuple(tag for tag in sorted(with_value) if value(dataset, tag) is None)
    if empty:
        raise RefusedError(
            f"No value: {', '.join(keyword_of(tag) for tag in empty)}", statuses.MISSING_ATTRIBUTE_VALUE, tags=empty
        )


def _check_values(step: JsonDataset) -> None:
    """Raise `RefusedError` for a date, a time or a UID that is none."""
    for tag, vr, found in _values(step):
        is_sound = is_uid(found) if vr == "UI" else _FORMS[vr].fullmatch(found) is not None
        if not is_sound:
            raise _invalid("The value has the wrong form.", tag)


def _values(step: JsonDataset) -> Iterator[tuple[int, str, str]]:
    for key, element in step.items():
        for each in element.get("Value") or ():
            if isinstance(each, dict) and element["vr"] == "SQ":
                yield from _values(each)
            elif each is not None and element["vr"] in ("DA", "TM", "UI"):
                yield int(key, 16), element["vr"], str(each)


def _invalid(message: str, tag: int) -> RefusedError:
    return RefusedError(f"{keyword_of(tag)}: {message}", statuses.INVALID_ATTRIBUTE_VALUE, tags=(tag,))
