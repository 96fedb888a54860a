"""Protocol data units, to bytes and back.

Source: DICOM PS3.8 sec. 9.3 (PDU structure) and annex D (user information items of PS3.7).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from struct import error, pack, unpack_from
from typing import TypeAlias

from isocenter.core.errors import ProtocolError

HEADER_BYTES = 6
APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"
MAX_ASSOCIATE_BYTES = 1 << 20


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
class UserInformation:
    """What both sides say of themselves; `roles` maps an abstract syntax to (SCU, SCP), `other` keeps unread items."""

    max_pdu_bytes: int = 16384
    implementation_class_uid: str = ""
    implementation_version: str = ""
    roles: Mapping[str, tuple[bool, bool]] = field(default_factory=dict)
    other: tuple[tuple[int, bytes], ...] = ()


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
    """Return the PDU of a type byte and the bytes after its header; raises `ProtocolError`; for P-DATA see `pdvs`."""
    try:
        decoder = _DECODERS.get(kind)
        if decoder is None:
            raise ProtocolError("There is no such PDU.", field="PDU type", found=kind, expected="1 to 7")
        return decoder(body)
    except (error, IndexError, UnicodeDecodeError):
        raise ProtocolError(
            "A PDU is cut off or malformed.", field=f"PDU type {kind}", found=f"{len(body)} bytes"
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
            raise ProtocolError("A presentation data value is cut off.", field="P-DATA-TF")
        (length,) = unpack_from(">L", body, position)
        end = position + 4 + length
        if length < 2 or end > len(body):
            raise ProtocolError("A presentation data value has an impossible length.", field="P-DATA-TF", found=length)
        yield body[position + 4], body[position + 5], body[position + 6 : end]
        position = end


def _framed(kind: int, body: bytes) -> bytes:
    return pack(">BBL", kind, 0, len(body)) + body


def _item(kind: int, body: bytes) -> bytes:
    return pack(">BBH", kind, 0, len(body)) + body


def _items(body: bytes, start: int = 0) -> Iterator[tuple[int, bytes]]:
    while start < len(body):
        kind, _, length = unpack_from(">BBH", body, start)
        if start + 4 + length > len(body):
            raise ProtocolError("An item leads beyond its PDU.", field=f"item {kind:02X}H", found=length)
        yield kind, body[start + 4 : start + 4 + length]
        start += 4 + length


def _uid(body: bytes) -> str:
    return body.rstrip(b"\0 ").decode("ascii")


def _title(body: bytes) -> str:
    return body.decode("ascii").strip()


def _encode_associate(pdu: AssociateRequest | AssociateAccept) -> bytes:
    is_request = isinstance(pdu, AssociateRequest)
    fixed = pack(
        ">HH16s16s32x", 1, 0, *(title.encode().ljust(16)[:16] for title in (pdu.called_ae_title, pdu.calling_ae_title))
    )
    parts = [fixed, _item(0x10, pdu.application_context.encode())]
    for context in pdu.contexts:
        if isinstance(context, ProposedContext):
            inner = _item(0x30, context.abstract_syntax.encode())
            inner += b"".join(_item(0x40, syntax.encode()) for syntax in context.transfer_syntaxes)
            parts.append(_item(0x20, pack(">BBBB", context.context_id, 0, 0, 0) + inner))
        else:
            head = pack(">BBBB", context.context_id, 0, context.result, 0)
            parts.append(_item(0x21, head + _item(0x40, context.transfer_syntax.encode())))
    parts.append(_item(0x50, _encode_user(pdu.user)))
    return _framed(ASSOCIATE_RQ if is_request else ASSOCIATE_AC, b"".join(parts))


def _encode_user(user: UserInformation) -> bytes:
    parts = [_item(0x51, pack(">L", user.max_pdu_bytes))]
    if user.implementation_class_uid:
        parts.append(_item(0x52, user.implementation_class_uid.encode()))
    for abstract_syntax, (scu, scp) in user.roles.items():
        name = abstract_syntax.encode()
        parts.append(_item(0x54, pack(">H", len(name)) + name + bytes([scu, scp])))
    if user.implementation_version:
        parts.append(_item(0x55, user.implementation_version.encode()[:16]))
    parts += [_item(kind, body) for kind, body in user.other]
    return b"".join(parts)


def _decode_user(body: bytes) -> UserInformation:
    max_pdu, class_uid, version = 0, "", ""
    roles: dict[str, tuple[bool, bool]] = {}
    other = []
    for kind, content in _items(body):
        if kind == 0x51:
            (max_pdu,) = unpack_from(">L", content)
        elif kind == 0x52:
            class_uid = _uid(content)
        elif kind == 0x55:
            version = content.decode("ascii", "replace").strip()
        elif kind == 0x54:
            (length,) = unpack_from(">H", content)
            roles[_uid(content[2 : 2 + length])] = (bool(content[2 + length]), bool(content[3 + length]))
        else:
            other.append((kind, content))
    return UserInformation(max_pdu, class_uid, version, roles, tuple(other))


def _decode_request(body: bytes) -> AssociateRequest:
    version, _, called, calling = unpack_from(">HH16s16s", body)
    context_name, user, contexts = "", UserInformation(), []
    for kind, content in _items(body, 68):
        if kind == 0x10:
            context_name = _uid(content)
        elif kind == 0x20:
            inner = list(_items(content, 4))
            abstract = next((_uid(value) for inner_kind, value in inner if inner_kind == 0x30), "")
            syntaxes = tuple(_uid(value) for inner_kind, value in inner if inner_kind == 0x40)
            contexts.append(ProposedContext(content[0], abstract, syntaxes))
        elif kind == 0x50:
            user = _decode_user(content)
    return AssociateRequest(_title(called), _title(calling), tuple(contexts), user, context_name, version)


def _decode_accept(body: bytes) -> AssociateAccept:
    _, _, called, calling = unpack_from(">HH16s16s", body)
    context_name, user, contexts = "", UserInformation(), []
    for kind, content in _items(body, 68):
        if kind == 0x10:
            context_name = _uid(content)
        elif kind == 0x21:
            syntax = next((_uid(value) for inner, value in _items(content, 4) if inner == 0x40), "")
            contexts.append(AnsweredContext(content[0], content[2], syntax))
        elif kind == 0x50:
            user = _decode_user(content)
    return AssociateAccept(_title(called), _title(calling), tuple(contexts), user, context_name)


def _decode_reject(body: bytes) -> AssociateReject:
    return AssociateReject(body[1], body[2], body[3])


def _decode_abort(body: bytes) -> Abort:
    return Abort(body[2], body[3])


_DECODERS: Mapping[int, Callable[[bytes], Pdu]] = {
    ASSOCIATE_RQ: _decode_request,
    ASSOCIATE_AC: _decode_accept,
    ASSOCIATE_RJ: _decode_reject,
    RELEASE_RQ: lambda _: ReleaseRequest(),
    RELEASE_RP: lambda _: ReleaseResponse(),
    ABORT: _decode_abort,
}
