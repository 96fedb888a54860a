"""Asking another node what is to be done: its modality worklist.

Source: DICOM PS3.4 annex K.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from isocenter.core.errors import ProtocolError
from isocenter.dicom.datasets import decode_dataset, encode_dataset
from isocenter.dicom.dictionary import tag_of, vr_of
from isocenter.dicom.json_reader import JsonDataset
from isocenter.dicom.uids import EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN
from isocenter.protocols.dimse import commands, statuses
from isocenter.protocols.upper_layer.pdus import ProposedContext
from isocenter.server.dimse.negotiation import WORKLIST
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.requestor import Requestor, association
from isocenter.server.dimse.scu import OWN_AE_TITLE

# What is asked for: of the item, and inside its scheduled procedure step.
_RETURNED = (
    "AccessionNumber ReferringPhysicianName PatientName PatientID PatientBirthDate PatientSex StudyInstanceUID "
    "RequestedProcedureDescription RequestedProcedureID RequestedProcedurePriority"
)
_RETURNED_OF_STEP = (
    "Modality ScheduledStationAETitle ScheduledProcedureStepStartDate ScheduledProcedureStepStartTime "
    "ScheduledPerformingPhysicianName ScheduledProcedureStepDescription ScheduledStationName "
    "ScheduledProcedureStepLocation ScheduledProcedureStepID ScheduledProtocolCodeSequence PreMedication "
    "RequestedContrastAgent"
)


def worklist(
    peer: Peer, filters: Mapping[str, str], *, limit: int | None = None, ae_title: str = OWN_AE_TITLE
) -> list[JsonDataset]:
    """Return the worklist items of a node as DICOM JSON; after `limit` of them the query is cancelled.

    `filters` are matching values by keyword; those of a scheduled procedure step are put inside its sequence.
    Raises `ProtocolError` if the peer cannot be reached or refuses.
    """
    keys = worklist_keys(filters)
    contexts = (ProposedContext(1, WORKLIST, (EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN)),)
    with association(peer, contexts, ae_title=ae_title) as asked:
        if 1 not in asked.accepted:
            raise ProtocolError("The peer has no worklist.", field="presentation context", found=str(peer))
        return list(_items(asked, encode_dataset(keys, asked.accepted[1]), limit))


def worklist_keys(filters: Mapping[str, str]) -> JsonDataset:
    """Return the identifier that asks for items with these values; raises `OptionError` for an unknown keyword."""
    keys: JsonDataset = {_tag(name): {"vr": vr_of(tag_of(name))} for name in _RETURNED.split()}
    step: JsonDataset = {_tag(name): {"vr": vr_of(tag_of(name))} for name in _RETURNED_OF_STEP.split()}
    for name, value in filters.items():
        tag = _tag(name)
        is_of_step = tag in step or (tag.startswith("0040") and name.startswith("Scheduled"))
        (step if is_of_step else keys)[tag] = _element(tag_of(name), value)
    keys["00400100"] = {"vr": "SQ", "Value": [dict(sorted(step.items()))]}
    return dict(sorted(keys.items()))


def _tag(name: str) -> str:
    return f"{tag_of(name):08X}"


def _element(tag: int, value: str) -> dict[str, Any]:
    vr = vr_of(tag)
    if not value:
        return {"vr": vr}
    if vr == "PN":
        return {"vr": vr, "Value": [{"Alphabetic": part} for part in value.split("\\")]}
    return {"vr": vr, "Value": list(value.split("\\"))}


def _items(asked: Requestor, identifier: bytes, limit: int | None) -> Iterator[JsonDataset]:
    request: commands.Command = {
        "AffectedSOPClassUID": WORKLIST,
        "CommandField": commands.C_FIND_RQ,
        "Priority": 0,
    }
    n_items = 0
    for answer, dataset in asked.ask(1, request, identifier):
        status = commands.integer(answer, "Status")
        if statuses.is_pending(status):
            n_items += 1
            if limit is None or n_items <= limit:
                yield decode_dataset(dataset, asked.accepted[1])
            if n_items == limit:
                asked.cancel(1)
        elif status in (statuses.SUCCESS, statuses.CANCEL):
            return
        else:
            raise ProtocolError("The peer refuses the query.", field="Status", found=statuses.meaning(status))
