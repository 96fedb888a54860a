"""Telling another node what is being done: performed procedure steps, created, changed and read.

Source: DICOM PS3.4 annex F, sec. F.7 and F.8.
"""

from __future__ import annotations

from collections.abc import Sequence

from isocenter.core.errors import ProtocolError
from isocenter.dicom.datasets import decode_dataset, encode_dataset
from isocenter.dicom.dictionary import tag_of
from isocenter.dicom.json_reader import JsonDataset
from isocenter.dicom.uids import EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN, new_uid
from isocenter.protocols.dimse import commands, statuses
from isocenter.protocols.upper_layer.pdus import ProposedContext
from isocenter.server.dimse.negotiation import PROCEDURE_STEP, PROCEDURE_STEP_RETRIEVE
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.requestor import association
from isocenter.server.dimse.scu import OWN_AE_TITLE


def create_step(peer: Peer, step: JsonDataset, *, uid: str = "", ae_title: str = OWN_AE_TITLE) -> str:
    """Create a step at a node and return its UID; raises `ProtocolError` if the node refuses."""
    uid = uid or new_uid()
    command: commands.Command = {
        "AffectedSOPClassUID": PROCEDURE_STEP,
        "CommandField": commands.N_CREATE_RQ,
        "AffectedSOPInstanceUID": uid,
    }
    _ask(peer, PROCEDURE_STEP, command, step, ae_title)
    return uid


def change_step(peer: Peer, uid: str, changes: JsonDataset, *, ae_title: str = OWN_AE_TITLE) -> None:
    """Change a step, complete or discontinue it; raises `ProtocolError` if the node refuses."""
    command: commands.Command = {
        "RequestedSOPClassUID": PROCEDURE_STEP,
        "CommandField": commands.N_SET_RQ,
        "RequestedSOPInstanceUID": uid,
    }
    _ask(peer, PROCEDURE_STEP, command, changes, ae_title)


def read_step(peer: Peer, uid: str, *, attributes: Sequence[str] = (), ae_title: str = OWN_AE_TITLE) -> JsonDataset:
    """Return a step of a node, or these attributes of it; raises `ProtocolError` if the node refuses."""
    command: dict[str, str | int] = {
        "RequestedSOPClassUID": PROCEDURE_STEP_RETRIEVE,
        "CommandField": commands.N_GET_RQ,
        "RequestedSOPInstanceUID": uid,
    }
    if attributes:
        command["AttributeIdentifierList"] = commands.tags_text(tag_of(name) for name in attributes)
    return _ask(peer, PROCEDURE_STEP_RETRIEVE, command, None, ae_title)


def _ask(
    peer: Peer, sop_class_uid: str, command: commands.Command, dataset: JsonDataset | None, ae_title: str
) -> JsonDataset:
    contexts = (ProposedContext(1, sop_class_uid, (EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN)),)
    with association(peer, contexts, ae_title=ae_title) as asked:
        if 1 not in asked.accepted:
            raise ProtocolError("The peer takes no procedure steps.", field="presentation context", found=str(peer))
        syntax = asked.accepted[1]
        answer, told = next(asked.ask(1, command, None if dataset is None else encode_dataset(dataset, syntax)))
        status = commands.integer(answer, "Status")
        if not statuses.is_done(status):
            comment = str(answer.get("ErrorComment", ""))
            why = f"{statuses.meaning(status)}{': ' if comment else ''}{comment}"
            raise ProtocolError("The peer refuses the procedure step.", field="Status", found=why)
        return decode_dataset(told, syntax)
