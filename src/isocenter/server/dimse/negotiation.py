"""Which presentation contexts are taken, and who may associate.

Source: DICOM PS3.8 sec. 7.1.1.13 and table 9-18 (results), table 9-21 (rejection); PS3.4 annexes A, B and C.
"""

from __future__ import annotations

from collections.abc import Mapping

from isocenter.dicom.uids import (
    EXPLICIT_LITTLE_ENDIAN,
    IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION_NAME,
    IMPLICIT_LITTLE_ENDIAN,
)
from isocenter.protocols.upper_layer.pdus import (
    APPLICATION_CONTEXT,
    AnsweredContext,
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    ProposedContext,
)
from isocenter.protocols.upper_layer.user_information import UserInformation
from isocenter.server.dimse.allow_list import AllowList
from isocenter.server.dimse.connection import MAX_PDU_BYTES

VERIFICATION = "1.2.840.10008.1.1"
PATIENT_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.1.1"
STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
SERVICES: Mapping[str, str] = {VERIFICATION: "echo", PATIENT_ROOT_FIND: "find", STUDY_ROOT_FIND: "find"}

# Services of the standard that store nothing and are not offered here (PS3.4): their classes are not storage classes.
_NOT_STORAGE = (
    "1.2.840.10008.1.3.10",
    "1.2.840.10008.1.20.",
    "1.2.840.10008.1.40",
    "1.2.840.10008.1.42",
    "1.2.840.10008.3.1.",
    "1.2.840.10008.5.1.1.",
    "1.2.840.10008.5.1.4.1.2.",
    "1.2.840.10008.5.1.4.31",
    "1.2.840.10008.5.1.4.32",
    "1.2.840.10008.5.1.4.33",
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
    """Return echo, find or store; None for a service that is not offered. Unknown and private classes are storage."""
    if abstract_syntax in SERVICES:
        return SERVICES[abstract_syntax]
    return None if not abstract_syntax or abstract_syntax.startswith(_NOT_STORAGE) else "store"


def answer(
    request: AssociateRequest, ae_title: str, allow: AllowList, address: str
) -> AssociateAccept | AssociateReject:
    """Return the acceptance or rejection of an association that `address` asks for."""
    if request.application_context != APPLICATION_CONTEXT:
        return AssociateReject(1, 1, 2)
    if request.called_ae_title != ae_title:
        return AssociateReject(1, 1, 7)
    if not request.calling_ae_title or not allow.allows(request.calling_ae_title, address):
        return AssociateReject(1, 1, 3)
    if not request.protocol_version & 1:
        return AssociateReject(1, 2, 2)
    contexts = tuple(_answer_context(context) for context in request.contexts)
    return AssociateAccept(request.called_ae_title, request.calling_ae_title, contexts, own_user_information())


def own_user_information() -> UserInformation:
    """Return what this node says of itself."""
    return UserInformation(MAX_PDU_BYTES, IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME)


def _answer_context(context: ProposedContext) -> AnsweredContext:
    service = service_of(context.abstract_syntax)
    if service is None:
        return AnsweredContext(context.context_id, NO_ABSTRACT_SYNTAX, IMPLICIT_LITTLE_ENDIAN)
    # Storage keeps what it is sent: the first syntax proposed is the sender's own.
    readable = context.transfer_syntaxes
    if service != "store":
        readable = tuple(s for s in readable if s in (IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN))
    if not readable:
        return AnsweredContext(context.context_id, NO_TRANSFER_SYNTAX, IMPLICIT_LITTLE_ENDIAN)
    return AnsweredContext(context.context_id, ACCEPTED, readable[0])
