"""Storage commitment as requester: ask another node whether what it was sent is safe there.

The result is awaited on the association that asked for it. A node that reports on an association of its own instead,
as PS3.4 also allows, is not waited for.

Source: DICOM PS3.4 annex J (Storage Commitment Push Model), PS3.7 sec. 10.1.1 and 10.1.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from isocenter.core.errors import DataError, NotSupportedError, ProtocolError
from isocenter.dicom.references import Reference, decode_commitment, encode_commitment
from isocenter.dicom.uids import EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN, new_uid
from isocenter.protocols.dimse import commands, statuses
from isocenter.protocols.upper_layer.pdus import ProposedContext
from isocenter.server.dimse.commitment import COMMITMENT_INSTANCE, PROCESSING_FAILURE, REQUEST_COMMITMENT
from isocenter.server.dimse.negotiation import COMMITMENT
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.requestor import Requestor, association

RESULT_TIMEOUT_S = 30.0
_CONTEXT = 1
_REQUEST: commands.Command = {
    "RequestedSOPClassUID": COMMITMENT,
    "CommandField": commands.N_ACTION_RQ,
    "RequestedSOPInstanceUID": COMMITMENT_INSTANCE,
    "ActionTypeID": REQUEST_COMMITMENT,
}


def request_commitment(
    peer: Peer, references: Sequence[Reference], *, ae_title: str, timeout_s: float = RESULT_TIMEOUT_S
) -> tuple[Reference, ...] | None:
    """Return the references with the reason why each is not safe, 0 if it is; None if no result came in time.

    Raises
    ------
    NotSupportedError
        If the node does not offer storage commitment.
    ProtocolError
        If it cannot be reached, refuses the request or breaks the protocol.
    """
    contexts = (ProposedContext(_CONTEXT, COMMITMENT, (EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN)),)
    with association(peer, contexts, ae_title=ae_title) as asked:
        if _CONTEXT not in asked.accepted:
            raise NotSupportedError("The node does not offer storage commitment.", found=str(peer))
        told = _result(asked, new_uid(), references, timeout_s)
    if told is None:
        return None
    reasons = {each.sop_instance_uid: each.failure_reason for each in told}
    # What the result leaves out has not been said to be safe.
    return tuple(
        replace(each, failure_reason=reasons.get(each.sop_instance_uid, PROCESSING_FAILURE)) for each in references
    )


def _result(
    asked: Requestor, transaction_uid: str, references: Sequence[Reference], timeout_s: float
) -> tuple[Reference, ...] | None:
    """Ask, and return the result; the response to the request and the result may come in either order."""
    syntax = asked.accepted[_CONTEXT]
    request = encode_commitment(transaction_uid, references, syntax)
    told: tuple[Reference, ...] | None = None
    is_taken = False
    for context_id, command, dataset in asked.converse(_CONTEXT, _REQUEST, request, timeout_s=timeout_s):
        match command.get("CommandField"):
            case commands.N_ACTION_RSP:
                status = commands.integer(command, "Status")
                if status != statuses.SUCCESS:
                    found = statuses.meaning(status)
                    raise ProtocolError("The node refuses storage commitment.", field="Status", found=found)
                is_taken = True
            case commands.N_EVENT_REPORT_RQ:
                told = _taken_in(asked, context_id, command, dataset, transaction_uid) or told
            case other:
                raise ProtocolError("A message came where a result was due.", field="CommandField", found=other)
        if is_taken and told is not None:
            break
    if not is_taken:
        raise ProtocolError("The node does not answer the request for storage commitment.", field="N-ACTION-RSP")
    return told


def _taken_in(
    asked: Requestor, context_id: int, command: commands.Command, dataset: bytes, transaction_uid: str
) -> tuple[Reference, ...] | None:
    """Answer a result and return it; None if it is of another transaction or cannot be read."""
    told: tuple[Reference, ...] | None = None
    status: int = statuses.SUCCESS
    try:
        transaction, references = decode_commitment(dataset, asked.accepted.get(context_id, ""))
    except DataError:
        status = statuses.INVALID_ARGUMENT
    else:
        # Success would let the peer forget a result that nobody here has asked for.
        told, status = (references, status) if transaction == transaction_uid else (None, PROCESSING_FAILURE)
    answer = commands.response(command, commands.N_EVENT_REPORT_RSP, status)
    asked.reply(context_id, answer | {"EventTypeID": commands.integer(command, "EventTypeID")})
    return told
