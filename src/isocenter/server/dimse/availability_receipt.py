"""Instance availability notification as provider: another node says which instances can be had from it.

Source: DICOM PS3.4 annex R, table R.3.2-1.
"""

from __future__ import annotations

from collections.abc import Callable

from isocenter.dicom.dictionary import tag_of
from isocenter.dicom.json_reader import JsonDataset
from isocenter.dicom.uids import is_uid, new_uid
from isocenter.protocols.dimse import statuses
from isocenter.protocols.dimse.commands import Command
from isocenter.protocols.dimse.performed_step import items, value
from isocenter.protocols.dimse.refusals import RefusedError
from isocenter.server.dimse.negotiation import AVAILABILITY
from isocenter.server.dimse.normalised import Normalised, Outcome
from isocenter.server.dimse.operation import Context

STUDY, SERIES_SEQUENCE = tag_of("StudyInstanceUID"), tag_of("ReferencedSeriesSequence")
SERIES, INSTANCES = tag_of("SeriesInstanceUID"), tag_of("ReferencedSOPSequence")
_OF_AN_INSTANCE = tuple(
    tag_of(name)
    for name in ("ReferencedSOPClassUID", "ReferencedSOPInstanceUID", "InstanceAvailability", "RetrieveAETitle")
)


def notification(
    on_availability: Callable[[str, JsonDataset], None] | None, context: Context, request: Command
) -> Normalised:
    """Return an N-CREATE that has begun; it is checked, written into the audit trail and handed on if wanted."""

    def carry_out(dataset: JsonDataset) -> Outcome:
        if request.get("AffectedSOPClassUID") != AVAILABILITY:
            raise RefusedError("The SOP class is not the one of its presentation context.", 0x0118)
        uid = str(request.get("AffectedSOPInstanceUID") or "") or new_uid()
        if not is_uid(uid):
            raise RefusedError("The SOP Instance UID is none.", statuses.INVALID_INSTANCE)
        study = _checked(dataset)
        if on_availability is not None:
            on_availability(context.calling_ae_title, dataset)
        return Outcome(uid, study_uids=(study,))

    return Normalised(context, request, "availability", carry_out)


def _checked(dataset: JsonDataset) -> str:
    """Return the study; raises `RefusedError` where the notification is incomplete."""
    _require(dataset, STUDY, SERIES_SEQUENCE)
    study = str(value(dataset, STUDY))
    if not is_uid(study):
        raise RefusedError("The study is no UID.", statuses.INVALID_ATTRIBUTE_VALUE, tags=(STUDY,))
    for series in items(dataset, SERIES_SEQUENCE):
        _require(series, SERIES, INSTANCES)
        for instance in items(series, INSTANCES):
            _require(instance, *_OF_AN_INSTANCE)
    return study


def _require(dataset: JsonDataset, *tags: int) -> None:
    missing = tuple(tag for tag in tags if value(dataset, tag) is None)
    if missing:
        is_absent = any(f"{tag:08X}" not in dataset for tag in missing)
        status = statuses.MISSING_ATTRIBUTE if is_absent else statuses.MISSING_ATTRIBUTE_VALUE
        raise RefusedError("The notification is incomplete.", status, tags=missing)
