"""Which presentation contexts are taken, and who may associate.

Source: DICOM PS3.8 sec. 7.1.1.13 and table 9-18 (results), table 9-21 (rejection); PS3.4 annexes A to C, F, J, K, R.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from isocenter.dicom.uids import (
    EXPLICIT_LITTLE_ENDIAN,
    IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION_NAME,
    IMPLICIT_LITTLE_ENDIAN,
)
from isocenter.protocols.dimse.extended_negotiation import answered
from isocenter.protocols.upper_layer.pdus import (
    APPLICATION_CONTEXT,
    AnsweredContext,
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    ProposedContext,
)
from isocenter.protocols.upper_layer.user_information import ExtendedNegotiation, UserInformation
from isocenter.server.dimse.allow_list import AllowList
from isocenter.server.dimse.connection import MAX_PDU_BYTES

VERIFICATION = "1.2.840.10008.1.1"
PATIENT_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.1.1"
STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
COMMITMENT = "1.2.840.10008.1.20.1"
PATIENT_ROOT_MOVE = "1.2.840.10008.5.1.4.1.2.1.2"
PATIENT_ROOT_GET = "1.2.840.10008.5.1.4.1.2.1.3"
STUDY_ROOT_MOVE = "1.2.840.10008.5.1.4.1.2.2.2"
STUDY_ROOT_GET = "1.2.840.10008.5.1.4.1.2.2.3"
WORKLIST = "1.2.840.10008.5.1.4.31"
PROCEDURE_STEP = "1.2.840.10008.3.1.2.3.3"
PROCEDURE_STEP_RETRIEVE = "1.2.840.10008.3.1.2.3.4"
AVAILABILITY = "1.2.840.10008.5.1.4.33"
PATIENT_ROOTS = frozenset({PATIENT_ROOT_FIND, PATIENT_ROOT_MOVE, PATIENT_ROOT_GET})
SERVICES: Mapping[str, str] = {
    VERIFICATION: "echo",
    PATIENT_ROOT_FIND: "find",
    STUDY_ROOT_FIND: "find",
    PATIENT_ROOT_MOVE: "move",
    STUDY_ROOT_MOVE: "move",
    PATIENT_ROOT_GET: "get",
    STUDY_ROOT_GET: "get",
    COMMITMENT: "commit",
    WORKLIST: "worklist",
    PROCEDURE_STEP: "step",
    PROCEDURE_STEP_RETRIEVE: "step-get",
    AVAILABILITY: "availability",
}

# Services of the standard that store nothing and are not offered here (PS3.4): their classes are not storage classes.
_NOT_STORAGE = (
    "1.2.840.10008.1.3.10",
    "1.2.840.10008.1.20.",
    "1.2.840.10008.1.40",
    "1.2.840.10008.1.42",
    "1.2.840.10008.3.1.",
    "1.2.840.10008.5.1.1.",
    "1.2.840.10008.5.1.4.1.2.",
    "1.2.840.10008.5.1.4.32",
    "1.2.840.10008.5.1.4.34.",
    "1.2.840.10008.5.1.4.37.",
    "1.2.840.10008.5.1.4.38.2",
    "1.2.840.10008.5.1.4.38.3",
    "1.2.840.10008.5.1.4.39.2",
    "1.2.840.10008.5.1.4.39.3",
    "1.2.840.10008.5.1.4.41",
    "1.2.840.10008.5.1.4.42",
    "1.2.840.10008.5.1.4.43.2",
    "1.2.840.10008.5.1.4.43.3",
    "1.2.840.10008.5.1.4.44.2",
    "1.2.840.10008.5.1.4.44.3",
)
ACCEPTED, NO_ABSTRACT_SYNTAX, NO_TRANSFER_SYNTAX = 0, 3, 4


def service_of(abstract_syntax: str) -> str | None:
    """Return the service of a class, None if it is not offered; unknown and private classes are storage."""
    if abstract_syntax in SERVICES:
        return SERVICES[abstract_syntax]
    return None if not abstract_syntax or abstract_syntax.startswith(_NOT_STORAGE) else "store"


def answer(
    request: AssociateRequest,
    ae_title: str,
    allow: AllowList,
    address: str,
    refused: frozenset[str] = frozenset(),
) -> AssociateAccept | AssociateReject:
    """Return the acceptance or rejection of an association that `address` asks for, without `refused` services."""
    if request.application_context != APPLICATION_CONTEXT:
        return AssociateReject(1, 1, 2)
    if request.called_ae_title != ae_title:
        return AssociateReject(1, 1, 7)
    if not request.calling_ae_title or not allow.allows(request.calling_ae_title, address):
        return AssociateReject(1, 1, 3)
    if not request.protocol_version & 1:
        return AssociateReject(1, 2, 2)
    roles = _answer_roles(request)
    contexts = tuple(
        _answer_context(context, refused, to_peer=roles.get(context.abstract_syntax, (True, False))[1])
        for context in request.contexts
    )
    user = replace(own_user_information(), roles=roles, extended=_answer_extended(request, refused))
    return AssociateAccept(request.called_ae_title, request.calling_ae_title, contexts, user)


def _answer_roles(request: AssociateRequest) -> dict[str, tuple[bool, bool]]:
    """Return (SCU, SCP) of the peer by SOP class: with C-GET it receives what it asks for (PS3.7 sec. D.3.3.4)."""
    offered = {context.abstract_syntax for context in request.contexts}
    return {
        name: (is_scu, is_scp)
        for name, (is_scu, is_scp) in request.user.roles.items()
        if name in offered and service_of(name) in ("store", "commit")
    }


def _answer_extended(request: AssociateRequest, refused: frozenset[str]) -> tuple[ExtendedNegotiation, ...]:
    """Return what is in force of what was proposed, for classes that are offered (PS3.7 sec. D.3.3.5)."""
    offered = {context.abstract_syntax for context in request.contexts}
    found = {}
    for each in request.user.extended:
        service = service_of(each.sop_class_uid)
        if each.sop_class_uid in offered and service is not None and service not in refused:
            information = answered(service, each.information)
            if information is not None:
                found[each.sop_class_uid] = ExtendedNegotiation(each.sop_class_uid, information)
    return tuple(found.values())


def own_user_information() -> UserInformation:
    """Return what this node says of itself."""
    return UserInformation(MAX_PDU_BYTES, IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME)


def _answer_context(context: ProposedContext, refused: frozenset[str], *, to_peer: bool) -> AnsweredContext:
    service = service_of(context.abstract_syntax)
    if service is None or service in refused:
        return AnsweredContext(context.context_id, NO_ABSTRACT_SYNTAX, IMPLICIT_LITTLE_ENDIAN)
    # Storage keeps what it is sent: the first syntax proposed is the sender's own.
    # What goes to the peer goes as it is stored where a context of its own allows, else without compression.
    readable = context.transfer_syntaxes
    if to_peer and EXPLICIT_LITTLE_ENDIAN in readable:
        readable = (EXPLICIT_LITTLE_ENDIAN,)
    if service != "store":
        readable = tuple(s for s in readable if s in (IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN))
    if not readable:
        return AnsweredContext(context.context_id, NO_TRANSFER_SYNTAX, IMPLICIT_LITTLE_ENDIAN)
    return AnsweredContext(context.context_id, ACCEPTED, readable[0])
