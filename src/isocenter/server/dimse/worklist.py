"""Modality worklist: what a modality is to do next, from whatever source knows it.

Source: DICOM PS3.4 annex K, table K.6-1 (attributes of the worklist information model).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from isocenter.dicom.datasets import decode_dataset, encode_dataset
from isocenter.dicom.dictionary import tags_of
from isocenter.dicom.json_reader import JsonDataset
from isocenter.protocols.dimse.commands import Command
from isocenter.protocols.dimse.extended_negotiation import QueryOptions
from isocenter.server.dimse.finding import Finding
from isocenter.server.dimse.item_matching import is_key, matcher, returned
from isocenter.server.dimse.operation import Context, Reply

SCHEDULED_STEPS = "00400100"
_CHARACTER_SET = "00080005"
_OF_THE_QUERY = frozenset({_CHARACTER_SET, "00080052", "00080201"})
# The attributes of table K.6-1 that every worklist knows, though an item may have no value for one.
_ATTRIBUTES = (
    "ScheduledProcedureStepSequence ScheduledStationAETitle ScheduledProcedureStepStartDate Modality "
    "ScheduledProcedureStepStartTime ScheduledPerformingPhysicianName ScheduledProcedureStepDescription "
    "ScheduledStationName ScheduledProcedureStepLocation ScheduledProtocolCodeSequence PreMedication "
    "ScheduledProcedureStepID RequestedContrastAgent ScheduledProcedureStepStatus RequestedProcedureID "
    "RequestedProcedureDescription RequestedProcedureCodeSequence StudyInstanceUID ReferencedStudySequence "
    "RequestedProcedurePriority PatientTransportArrangements AccessionNumber RequestingPhysician "
    "ReferringPhysicianName AdmissionID CurrentPatientLocation ReferencedPatientSequence PatientName PatientID "
    "PatientBirthDate PatientSex PatientWeight ConfidentialityConstraintOnPatientDataDescription PatientState "
    "PregnancyStatus MedicalAlerts Allergies SpecialNeeds StudyDate StudyTime"
)
_KNOWN = frozenset(f"{tag:08X}" for tag in tags_of(*_ATTRIBUTES.split()))


class WorklistSource(Protocol):
    """What knows what is to be done."""

    def items(self, keys: JsonDataset) -> Iterable[JsonDataset]:
        """Yield every worklist item that may match these keys, as DICOM JSON; what does not match is left out later."""


class FindWorklist(Finding):
    """One C-FIND in a worklist; one answer is about one scheduled procedure step."""

    def __init__(self, source: WorklistSource, context: Context, request: Command) -> None:
        super().__init__(context, request)
        self._source = source

    def _matches(self, identifier: bytes) -> Iterator[Reply]:
        syntax = self._context.transfer_syntax
        keys = decode_dataset(identifier, syntax)
        is_fuzzy = QueryOptions.agreed(self._context.extended).is_fuzzy
        fits = matcher(keys, is_fuzzy=is_fuzzy)
        for item in self._source.items(keys):
            for step in _each_step(item, keys):
                if fits(step):
                    answer = returned(step, keys, is_fuzzy=is_fuzzy)
                    if _CHARACTER_SET in item:
                        answer[_CHARACTER_SET] = item[_CHARACTER_SET]
                    yield self._pending(encode_dataset(answer, syntax), is_supported=_is_supported(keys, step))


def _each_step(item: JsonDataset, keys: JsonDataset) -> Iterator[JsonDataset]:
    """Yield a worklist item once for each of its scheduled procedure steps."""
    steps = item.get(SCHEDULED_STEPS, {}).get("Value") or ()
    if len(steps) < 2 or SCHEDULED_STEPS not in keys:
        yield item
        return
    for step in steps:
        yield {**item, SCHEDULED_STEPS: {"vr": "SQ", "Value": [step]}}


def _is_supported(keys: JsonDataset, item: JsonDataset) -> bool:
    """Return whether every key is known: it is one of every worklist, or this item has it."""
    for tag, key in keys.items():
        if tag in _OF_THE_QUERY:
            continue
        if not is_key(tag) or (tag not in _KNOWN and tag not in item):
            return False
        if key["vr"] != "SQ":
            continue
        inner = next((each for each in key.get("Value") or () if isinstance(each, dict)), {})
        found = next((each for each in item.get(tag, {}).get("Value") or () if isinstance(each, dict)), None)
        if inner and found is not None and not _is_supported(inner, found):
            return False
    return True
