"""Protocol data units, to bytes and back.

Source: DICOM PS3.8 sec. 9.3 (PDU structure).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from struct import error, pack, unpack_from
from typing import TypeAlias

from isocenter.protocols.upper_layer.errors import INVALID_PARAMETER, UNRECOGNISED_PDU, PduError
from isocenter.protocols.upper_layer.user_information import (
    UserInformation,
    decode_user_information,
    encode_user_information,
    item,
    items,
    uid_text,
)

HEADER_BYTES = 6
APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"
MAX_ASSOCIATE_BYTES = 1 << 18
_FIXED_BYTES = 68


@dataclass(frozen=True)
class ProposedContext:
    """A presentation context as the requestor proposes it."""

    context_id: int
    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...]


@dataclass(frozen=True)
class AnsweredContext:
    """A presentation context as the acceptor answers it; result 0 accepts (PS3.8 table 9-18)."""

    context_id: int
    result: int
    transfer_syntax: str


@dataclass(frozen=True)
class AssociateRequest:
    """A-ASSOCIATE-RQ."""

    called_ae_title: str
    calling_ae_title: str
    contexts: tuple[ProposedContext, ...]
    user: UserInformation
    application_context: str = APPLICATION_CONTEXT
    protocol_version: int = 1


@dataclass(frozen=True)
class AssociateAccept:
    """A-ASSOCIATE-AC."""

    called_ae_title: str
    calling_ae_title: str
    contexts: tuple[AnsweredContext, ...]
    user: UserInformation
    application_context: str = APPLICATION_CONTEXT


@dataclass(frozen=True)
class AssociateReject:
    """A-ASSOCIATE-RJ; result, source and reason of PS3.8 table 9-21."""

    result: int
    source: int
    reason: int


@dataclass(frozen=True)
class ReleaseRequest:
    """A-RELEASE-RQ."""


@dataclass(frozen=True)
class ReleaseResponse:
    """A-RELEASE-RP."""


@dataclass(frozen=True)
class Abort:
    """A-ABORT; source 0 is the user, 2 the provider, reasons of PS3.8 table 9-26."""

    source: int = 0
    reason: int = 0


Pdu: TypeAlias = AssociateRequest | AssociateAccept | AssociateReject | ReleaseRequest | ReleaseResponse | Abort

ASSOCIATE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ, P_DATA, RELEASE_RQ, RELEASE_RP, ABORT = 1, 2, 3, 4, 5, 6, 7
_FOUR_BYTES = (ASSOCIATE_RJ, RELEASE_RQ, RELEASE_RP, ABORT)


def encode(pdu: Pdu) -> bytes:
    """Return a PDU as bytes."""
    if isinstance(pdu, AssociateRequest | AssociateAccept):
        return _encode_associate(pdu)
    if isinstance(pdu, AssociateReject):
        return _framed(ASSOCIATE_RJ, pack(">BBBB", 0, pdu.result, pdu.source, pdu.reason))
    if isinstance(pdu, Abort):
        return _framed(ABORT, pack(">BBBB", 0, 0, pdu.source, pdu.reason))
    return _framed(RELEASE_RQ if isinstance(pdu, ReleaseRequest) else RELEASE_RP, b"\0\0\0\0")


def decode(kind: int, body: bytes) -> Pdu:
    """Return the PDU of a type byte and the bytes after its header; raises `PduError`; for P-DATA see `pdvs`."""
    decoder = _DECODERS.get(kind)
    if decoder is None:
        raise PduError("There is no such PDU.", reason=UNRECOGNISED_PDU, field="PDU type", found=kind)
    try:
        if kind in _FOUR_BYTES and len(body) != 4:
            raise IndexError
        return decoder(body)
    except (error, IndexError, UnicodeDecodeError):
        raise PduError(
            "A PDU is cut off or malformed.",
            reason=INVALID_PARAMETER,
            field=f"PDU type {kind}",
            found=f"{len(body)} bytes",
        ) from None


def pdv_header(context_id: int, length: int, *, is_command: bool, is_last: bool) -> bytes:
    """Return the header of a P-DATA-TF PDU with one presentation data value of `length` bytes."""
    control = (1 if is_command else 0) | (2 if is_last else 0)
    return pack(">BBLLBB", P_DATA, 0, length + 6, length + 2, context_id, control)


def pdvs(body: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """Yield context ID, control byte (1 command, 2 last) and bytes of every value in a P-DATA-TF body; no copies."""
    position = 0
    while position < len(body):
        if position + 6 > len(body):
            raise PduError("A presentation data value is cut off.", reason=INVALID_PARAMETER, field="P-DATA-TF")
        (length,) = unpack_from(">L", body, position)
        end = position + 4 + length
        if length < 2 or end > len(body):
            raise PduError(
                "A presentation data value has an impossible length.",
                reason=INVALID_PARAMETER,
                field="P-DATA-TF",
                found=length,
            )
        yield body[position + 4], body[position + 5], body[position + 6 : end]
        position = end


def _framed(kind: int, body: bytes) -> bytes:
    return pack(">BBL", kind, 0, len(body)) + body


def _title(body: bytes) -> str:
    """Return an AE title; what cannot be printed becomes a question mark, for titles go into logs."""
    title = body.decode("ascii").strip("\0 ")
    return "".join(letter if letter.isprintable() else "?" for letter in title)


def _encode_associate(pdu: AssociateRequest | AssociateAccept) -> bytes:
    is_request = isinstance(pdu, AssociateRequest)
    fixed = pack(
        ">HH16s16s32x", 1, 0, *(title.encode().ljust(16)[:16] for title in (pdu.called_ae_title, pdu.calling_ae_title))
    )
    parts = [fixed, item(0x10, pdu.application_context.encode())]
    for context in pdu.contexts:
        if isinstance(context, ProposedContext):
            inner = item(0x30, context.abstract_syntax.encode())
            inner += b"".join(item(0x40, syntax.encode()) for syntax in context.transfer_syntaxes)
            parts.append(item(0x20, pack(">BBBB", context.context_id, 0, 0, 0) + inner))
        else:
            head = pack(">BBBB", context.context_id, 0, context.result, 0)
            parts.append(item(0x21, head + item(0x40, context.transfer_syntax.encode())))
    parts.append(item(0x50, encode_user_information(pdu.user)))
    return _framed(ASSOCIATE_RQ if is_request else ASSOCIATE_AC, b"".join(parts))


def _decode_request(body: bytes) -> AssociateRequest:
    version, _, called, calling = unpack_from(">HH16s16s", body)
    context_name, user, contexts = "", UserInformation(), []
    for kind, content in items(body, _FIXED_BYTES):
        if kind == 0x10:
            context_name = uid_text(content)
        elif kind == 0x20:
            inner = list(items(content, 4))
            abstract = next((uid_text(value) for inner_kind, value in inner if inner_kind == 0x30), "")
            syntaxes = tuple(uid_text(value) for inner_kind, value in inner if inner_kind == 0x40)
            contexts.append(ProposedContext(content[0], abstract, syntaxes))
        elif kind == 0x50:
            user = decode_user_information(content)
    _check_context_ids([context.context_id for context in contexts])
    return AssociateRequest(_title(called), _title(calling), tuple(contexts), user, context_name, version)


def _decode_accept(body: bytes) -> AssociateAccept:
    _, _, called, calling = unpack_from(">HH16s16s", body)
    context_name, user, contexts = "", UserInformation(), []
    for kind, content in items(body, _FIXED_BYTES):
        if kind == 0x10:
            context_name = uid_text(content)
        elif kind == 0x21:
            syntax = next((uid_text(value) for inner, value in items(content, 4) if inner == 0x40), "")
            contexts.append(AnsweredContext(content[0], content[2], syntax))
        elif kind == 0x50:
            user = decode_user_information(content)
    _check_context_ids([context.context_id for context in contexts])
    return AssociateAccept(_title(called), _title(calling), tuple(contexts), user, context_name)


def _check_context_ids(context_ids: list[int]) -> None:
    """Presentation context IDs are odd, from 1 to 255, and each is used once (PS3.8 sec. 9.3.2.2)."""
    if any(number % 2 == 0 for number in context_ids) or len(set(context_ids)) != len(context_ids):
        raise PduError(
            "A presentation context ID is even or used twice.",
            reason=INVALID_PARAMETER,
            field="presentation context ID",
            found=context_ids[:8],
        )


_DECODERS: Mapping[int, Callable[[bytes], Pdu]] = {
    ASSOCIATE_RQ: _decode_request,
    ASSOCIATE_AC: _decode_accept,
    ASSOCIATE_RJ: lambda body: AssociateReject(*body[1:]),
    RELEASE_RQ: lambda _: ReleaseRequest(),
    RELEASE_RP: lambda _: ReleaseResponse(),
    ABORT: lambda body: Abort(*body[2:]),
}
