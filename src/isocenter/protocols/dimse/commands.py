"""DIMSE command sets, to bytes and back: always implicit little endian.

Source: DICOM PS3.7 sec. 6.3 (command set structure), annex E (command dictionary).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from struct import error, iter_unpack, pack, unpack_from
from typing import TypeAlias

from isocenter.core.errors import ProtocolError

Command: TypeAlias = Mapping[str, str | int]

_ELEMENTS: Mapping[str, tuple[int, str]] = {
    "AffectedSOPClassUID": (0x0002, "UI"),
    "RequestedSOPClassUID": (0x0003, "UI"),
    "CommandField": (0x0100, "US"),
    "MessageID": (0x0110, "US"),
    "MessageIDBeingRespondedTo": (0x0120, "US"),
    "MoveDestination": (0x0600, "AE"),
    "Priority": (0x0700, "US"),
    "CommandDataSetType": (0x0800, "US"),
    "Status": (0x0900, "US"),
    "OffendingElement": (0x0901, "AT"),
    "ErrorComment": (0x0902, "LO"),
    "ErrorID": (0x0903, "US"),
    "AffectedSOPInstanceUID": (0x1000, "UI"),
    "RequestedSOPInstanceUID": (0x1001, "UI"),
    "EventTypeID": (0x1002, "US"),
    "AttributeIdentifierList": (0x1005, "AT list"),
    "ActionTypeID": (0x1008, "US"),
    "NumberOfRemainingSuboperations": (0x1020, "US"),
    "NumberOfCompletedSuboperations": (0x1021, "US"),
    "NumberOfFailedSuboperations": (0x1022, "US"),
    "NumberOfWarningSuboperations": (0x1023, "US"),
    "MoveOriginatorApplicationEntityTitle": (0x1030, "AE"),
    "MoveOriginatorMessageID": (0x1031, "US"),
}
_KEYWORDS = {element: (keyword, vr) for keyword, (element, vr) in _ELEMENTS.items()}

C_STORE_RQ, C_STORE_RSP = 0x0001, 0x8001
C_GET_RQ, C_GET_RSP = 0x0010, 0x8010
C_FIND_RQ, C_FIND_RSP = 0x0020, 0x8020
C_MOVE_RQ, C_MOVE_RSP = 0x0021, 0x8021
C_ECHO_RQ, C_ECHO_RSP = 0x0030, 0x8030
N_EVENT_REPORT_RQ, N_EVENT_REPORT_RSP = 0x0100, 0x8100
N_GET_RQ, N_GET_RSP = 0x0110, 0x8110
N_SET_RQ, N_SET_RSP = 0x0120, 0x8120
N_ACTION_RQ, N_ACTION_RSP = 0x0130, 0x8130
N_CREATE_RQ, N_CREATE_RSP = 0x0140, 0x8140
C_CANCEL_RQ = 0x0FFF
RESPONSE = 0x8000
NO_DATASET, WITH_DATASET = 0x0101, 0x0000


def encode(command: Command) -> bytes:
    """Return a command set with its group length."""
    parts = []
    for keyword, value in sorted(command.items(), key=lambda item: _ELEMENTS[item[0]][0]):
        element, vr = _ELEMENTS[keyword]
        parts.append(_encode_element(element, vr, value))
    body = b"".join(parts)
    return pack("<HHLL", 0, 0, 4, len(body)) + body


def decode(data: bytes | bytearray | memoryview) -> dict[str, str | int]:
    """Return a command set by keyword; unknown elements are passed over; raises `ProtocolError`."""
    command: dict[str, str | int] = {}
    view, position = memoryview(data), 0
    try:
        while position < len(view):
            group, element, length = unpack_from("<HHL", view, position)
            value = bytes(view[position + 8 : position + 8 + length])
            if group != 0 or len(value) != length:
                raise ProtocolError(
                    "The command set is malformed.", field=f"({group:04X},{element:04X})", found=f"{length} bytes"
                )
            position += 8 + length
            known = _KEYWORDS.get(element)
            if known is not None:
                command[known[0]] = _decode_value(known[1], value)
    except (error, UnicodeDecodeError):
        raise ProtocolError("The command set is cut off or malformed.", field="command set") from None
    return command


def integer(command: Command, keyword: str) -> int:
    """Return a number of a command set; raises `ProtocolError` if it is missing."""
    value = command.get(keyword)
    if not isinstance(value, int):
        raise ProtocolError(f"The command set has no {keyword}.", field=keyword, found=value, expected="a number")
    return value


def text(command: Command, keyword: str) -> str:
    """Return a text of a command set; raises `ProtocolError` if it is missing."""
    value = command.get(keyword)
    if not isinstance(value, str) or not value:
        raise ProtocolError(f"The command set has no {keyword}.", field=keyword, found=value, expected="text")
    return value


def response(
    request: Command, field: int, status: int, *, has_dataset: bool = False, comment: str = ""
) -> dict[str, str | int]:
    """Return the response to a request, with its message ID and SOP class."""
    answer: dict[str, str | int] = {
        "CommandField": field,
        "MessageIDBeingRespondedTo": integer(request, "MessageID"),
        "CommandDataSetType": WITH_DATASET if has_dataset else NO_DATASET,
        "Status": status,
    }
    for keyword in ("AffectedSOPClassUID", "AffectedSOPInstanceUID"):
        if keyword in request:
            answer[keyword] = request[keyword]
    if comment:
        answer["ErrorComment"] = comment[:64]
    return answer


def normalised_response(
    request: Command, status: int, instance_uid: str, *, has_dataset: bool = False, comment: str = ""
) -> dict[str, str | int]:
    """Return the response to an N-CREATE, N-SET or N-GET, which names class and instance as affected (PS3.7 ch. 10)."""
    field = integer(request, "CommandField") | RESPONSE
    answer = response(request, field, status, has_dataset=has_dataset, comment=comment)
    sop_class = request.get("AffectedSOPClassUID") or request.get("RequestedSOPClassUID")
    if sop_class:
        answer["AffectedSOPClassUID"] = sop_class
    if instance_uid:
        answer["AffectedSOPInstanceUID"] = instance_uid
    return answer


def tags(command: Command, keyword: str) -> tuple[int, ...]:
    """Return a list of tags of a command set, empty if there is none."""
    return tuple(int(part, 16) for part in str(command.get(keyword, "")).split("\\") if part)


def tags_text(listed: Iterable[int]) -> str:
    """Return tags as a command set holds them here."""
    return "\\".join(f"{tag:08X}" for tag in listed)


def _encode_element(element: int, vr: str, value: str | int) -> bytes:
    if vr == "AT list":
        body = b"".join(pack("<HH", *divmod(int(part, 16), 1 << 16)) for part in str(value).split("\\") if part)
    elif isinstance(value, int):
        body = pack("<L" if vr == "AT" else "<H", value)
    else:
        body = value.encode("ascii", "replace")
        if len(body) % 2:
            body += b"\0" if vr == "UI" else b" "
    return pack("<HHL", 0, element, len(body)) + body


def _decode_value(vr: str, value: bytes) -> str | int:
    if vr == "US":
        return int(unpack_from("<H", value)[0])
    if vr == "AT":
        return int(unpack_from("<L", value)[0])
    if vr == "AT list":
        return tags_text(group << 16 | element for group, element in iter_unpack("<HH", value))
    return value.decode("ascii").strip("\0 ")
