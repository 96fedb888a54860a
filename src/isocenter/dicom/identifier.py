"""Query identifiers: the small data sets of C-FIND, to keywords and back.

Source: DICOM PS3.4 sec. C.4.1.1.3 (identifier structure); PS3.5 sec. 7.1 (data elements).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from struct import error, pack
from typing import Any

from pydicom._dicom_dict import DicomDictionary

from isocenter.core.errors import DataError, IsocenterError, NotSupportedError
from isocenter.dicom.dictionary import keyword_of, tag_of, vr_of
from isocenter.dicom.header import Header, scan_header
from isocenter.dicom.uids import EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN

# Value representations that are written as numbers; those with a length of four bytes (PS3.5 sec. 7.1.2).
_NUMBERS = {"US": "<H", "SS": "<h", "UL": "<L", "SL": "<l", "FL": "<f", "FD": "<d", "UV": "<Q", "SV": "<q"}
_LONG = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"})
_NOT_TEXT = frozenset({"AT", "OB", "OD", "OF", "OL", "OV", "OW", "SQ", "UN"})


def decode_identifier(data: bytes, transfer_syntax_uid: str) -> dict[str, str]:
    """Return the keys of an identifier with their matching values, lists joined by backslash.

    A sequence is named without its items; private and unknown keys are left out.
    Raises `DataError` if the bytes are no data set.
    """
    try:
        header = scan_header(data, _known_tags(), transfer_syntax_uid=transfer_syntax_uid)
        keys = {keyword_of(tag): _text(header, tag, vr) for tag, (vr, _) in header.elements.items()}
    except (IsocenterError, ValueError, LookupError) as problem:
        raise DataError("The identifier is no data set.", field="identifier", found=type(problem).__name__) from None
    if not keys and data:
        raise DataError("The identifier has no key that is known.", field="identifier", found=f"{len(data)} bytes")
    return keys


@cache
def _known_tags() -> frozenset[int]:
    return frozenset(DicomDictionary)


def _text(header: Header, tag: int, vr: str) -> str:
    if vr in _NOT_TEXT:
        return ""
    if vr in _NUMBERS:
        return "\\".join(f"{number:.15g}" for number in header.numbers(tag))
    return "\\".join(header.texts(tag))


def encode_identifier(values: Mapping[str, Any], transfer_syntax_uid: str) -> bytes:
    """Return an identifier with these keywords in UTF-8; None and empty text become empty elements.

    Raises `NotSupportedError` for a transfer syntax other than implicit and explicit little endian.
    """
    if transfer_syntax_uid not in (IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN):
        raise NotSupportedError("Identifiers are not written in this transfer syntax.", found=transfer_syntax_uid)
    is_implicit = transfer_syntax_uid == IMPLICIT_LITTLE_ENDIAN
    values = {**values, "SpecificCharacterSet": "ISO_IR 192"}
    return b"".join(
        _element(tag, vr, _value(keyword, vr, values[keyword]), is_implicit)
        for tag, vr, keyword in _in_order(tuple(values))
    )


@cache
def _in_order(keywords: tuple[str, ...]) -> list[tuple[int, str, str]]:
    """Return tag, value representation and keyword in ascending order of tag."""
    return sorted((tag_of(keyword), vr_of(tag_of(keyword)), keyword) for keyword in keywords)


def _element(tag: int, vr: str, value: bytes, is_implicit: bool) -> bytes:
    group, element = tag >> 16, tag & 0xFFFF
    if is_implicit:
        return pack("<HHL", group, element, len(value)) + value
    if vr in _LONG:
        return pack("<HH2sHL", group, element, vr.encode(), 0, len(value)) + value
    return pack("<HH2sH", group, element, vr.encode(), len(value)) + value


def _value(keyword: str, vr: str, value: Any) -> bytes:
    if value is None or value == "" or vr in _NOT_TEXT:
        return b""
    try:
        if vr in _NUMBERS:
            number = float if vr in ("FL", "FD") else int
            return b"".join(pack(_NUMBERS[vr], number(part)) for part in _parts(value))
        encoded = "\\".join(str(part) for part in _parts(value)).encode()
        if len(encoded) > 0xFFFE and vr not in _LONG:
            raise ValueError
    except (ValueError, error):
        raise DataError("A value does not fit its attribute.", field=keyword, expected=vr) from None
    return encoded + (b"\0" if vr == "UI" else b" ") * (len(encoded) % 2)


def _parts(value: Any) -> Sequence[Any]:
    if isinstance(value, str):
        return value.split("\\")
    return value if isinstance(value, list | tuple) else (value,)
