"""What both sides of an association say of themselves, to bytes and back.

Source: DICOM PS3.8 annex D.1 (maximum length) and PS3.7 annex D.3.3 (all other items).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from struct import pack, unpack_from
from typing import Any

from isocenter.protocols.upper_layer.errors import INVALID_PARAMETER, PduError

MAX_LENGTH, CLASS_UID, WINDOW, ROLE, VERSION = 0x51, 0x52, 0x53, 0x54, 0x55
EXTENDED, COMMON_EXTENDED, IDENTITY, IDENTITY_ANSWER = 0x56, 0x57, 0x58, 0x59
MAX_ITEMS = 1024


@dataclass(frozen=True)
class ExtendedNegotiation:
    """What a service class wants to agree on for one SOP class; the bytes are the service's own."""

    sop_class_uid: str
    information: bytes


@dataclass(frozen=True)
class CommonExtendedNegotiation:
    """The service class of a SOP class, and the general SOP classes that a receiver may treat it as."""

    sop_class_uid: str
    service_class_uid: str
    related_sop_class_uids: tuple[str, ...] = ()


@dataclass(frozen=True)
class UserIdentity:
    """Who asks: `kind` 1 user name, 2 with passcode, 3 Kerberos, 4 SAML, 5 JSON web token; secrets are not shown."""

    kind: int
    primary: bytes = field(repr=False)
    secondary: bytes = field(default=b"", repr=False)
    wants_answer: bool = False


@dataclass(frozen=True)
class UserInformation:
    """What one side says of itself.

    Parameters
    ----------
    max_pdu_bytes
        The longest P-DATA-TF body it takes; 0 is no limit.
    roles
        Abstract syntax to (SCU, SCP).
    window
        How many operations may be under way, (invoked, performed); None is one each.
    other
        Items of unknown type, kept as they came.
    """

    max_pdu_bytes: int = 16384
    implementation_class_uid: str = ""
    implementation_version: str = ""
    roles: Mapping[str, tuple[bool, bool]] = field(default_factory=dict)
    window: tuple[int, int] | None = None
    extended: tuple[ExtendedNegotiation, ...] = ()
    common_extended: tuple[CommonExtendedNegotiation, ...] = ()
    identity: UserIdentity | None = None
    identity_answer: bytes | None = field(default=None, repr=False)
    other: tuple[tuple[int, bytes], ...] = ()


def item(kind: int, body: bytes) -> bytes:
    """Return an item: type, reserved byte, length, body."""
    return pack(">BBH", kind, 0, len(body)) + body


def items(body: bytes, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """Yield type and body of every item; raises `PduError` where one leads beyond the end."""
    while start < len(body):
        kind, _, length = unpack_from(">BBH", body, start)
        if start + 4 + length > len(body):
            raise PduError(
                "An item leads beyond its PDU.", reason=INVALID_PARAMETER, field=f"item {kind:02X}H", found=length
            )
        yield kind, body[start + 4 : start + 4 + length]
        start += 4 + length


def uid_text(body: bytes) -> str:
    """Return a UID without its padding."""
    return body.rstrip(b"\0 ").decode("ascii")


def encode_user_information(user: UserInformation) -> bytes:
    """Return the body of the user information item, its sub-items in ascending order of type."""
    parts = [item(MAX_LENGTH, pack(">L", user.max_pdu_bytes))]
    if user.implementation_class_uid:
        parts.append(item(CLASS_UID, user.implementation_class_uid.encode()))
    if user.window is not None:
        parts.append(item(WINDOW, pack(">HH", *user.window)))
    parts += [item(ROLE, _counted(name.encode()) + bytes(roles)) for name, roles in user.roles.items()]
    if user.implementation_version:
        parts.append(item(VERSION, user.implementation_version.encode()[:16]))
    parts += [item(EXTENDED, _counted(each.sop_class_uid.encode()) + each.information) for each in user.extended]
    parts += [item(COMMON_EXTENDED, _encode_common(each)) for each in user.common_extended]
    if user.identity is not None:
        who = user.identity
        head = bytes((who.kind, who.wants_answer))
        parts.append(item(IDENTITY, head + _counted(who.primary) + _counted(who.secondary)))
    if user.identity_answer is not None:
        parts.append(item(IDENTITY_ANSWER, _counted(user.identity_answer)))
    parts += [item(kind, body) for kind, body in user.other]
    return b"".join(parts)


def decode_user_information(body: bytes) -> UserInformation:
    """Return the sub-items of a user information item."""
    user = UserInformation(max_pdu_bytes=0)
    for number, (kind, content) in enumerate(items(body)):
        if number == MAX_ITEMS:
            raise PduError("There are too many user items.", reason=INVALID_PARAMETER, field="user information")
        reader = _READERS.get(kind)
        changed = {"other": (*user.other, (kind, content))} if reader is None else reader(user, content)
        user = replace(user, **changed)
    return user


def _counted(value: bytes) -> bytes:
    return pack(">H", len(value)) + value


def _take(body: bytes, start: int) -> tuple[bytes, int]:
    """Return the value counted at `start`, and where it ends."""
    (length,) = unpack_from(">H", body, start)
    end = start + 2 + length
    if end > len(body):
        raise PduError("A counted value leads beyond its item.", reason=INVALID_PARAMETER, found=length)
    return body[start + 2 : end], end


def _encode_common(each: CommonExtendedNegotiation) -> bytes:
    related = b"".join(_counted(uid.encode()) for uid in each.related_sop_class_uids)
    return _counted(each.sop_class_uid.encode()) + _counted(each.service_class_uid.encode()) + _counted(related)


def _read_role(user: UserInformation, content: bytes) -> dict[str, Any]:
    name, end = _take(content, 0)
    return {"roles": {**user.roles, uid_text(name): (bool(content[end]), bool(content[end + 1]))}}


def _read_extended(user: UserInformation, content: bytes) -> dict[str, Any]:
    name, end = _take(content, 0)
    return {"extended": (*user.extended, ExtendedNegotiation(uid_text(name), content[end:]))}


def _read_common(user: UserInformation, content: bytes) -> dict[str, Any]:
    name, end = _take(content, 0)
    service, end = _take(content, end)
    # The list may be absent where there is nothing to name.
    related, _ = _take(content, end) if end < len(content) else (b"", end)
    uids, start = [], 0
    while start < len(related):
        uid, start = _take(related, start)
        uids.append(uid_text(uid))
    entry = CommonExtendedNegotiation(uid_text(name), uid_text(service), tuple(uids))
    return {"common_extended": (*user.common_extended, entry)}


def _read_identity(_: UserInformation, content: bytes) -> dict[str, Any]:
    primary, end = _take(content, 2)
    secondary, _end = _take(content, end)
    return {"identity": UserIdentity(content[0], primary, secondary, bool(content[1]))}


_READERS: Mapping[int, Callable[[UserInformation, bytes], dict[str, Any]]] = {
    MAX_LENGTH: lambda _, content: {"max_pdu_bytes": unpack_from(">L", content)[0]},
    CLASS_UID: lambda _, content: {"implementation_class_uid": uid_text(content)},
    WINDOW: lambda _, content: {"window": unpack_from(">HH", content)},
    ROLE: _read_role,
    VERSION: lambda _, content: {"implementation_version": content.decode("ascii", "replace").strip("\0 ")},
    EXTENDED: _read_extended,
    COMMON_EXTENDED: _read_common,
    IDENTITY: _read_identity,
    IDENTITY_ANSWER: lambda _, content: {"identity_answer": _take(content, 0)[0]},
}
