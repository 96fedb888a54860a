"""Text values: from the bytes of a data element to a string, honouring Specific Character Set.

Source: DICOM PS3.5 sec. 6.1 (Support of Character Repertoires), PS3.3 sec. C.12.1.1.2.
"""

from __future__ import annotations

import warnings
from functools import lru_cache

from pydicom.charset import convert_encodings, decode_bytes

_LOCALISED_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
_TEXT_DELIMITERS = {0x0D, 0x0A, 0x09, 0x0C, 0x5C}
_NAME_DELIMITERS = _TEXT_DELIMITERS | {ord("^"), ord("=")}


def decode(value: bytes, vr: str, character_set: bytes | None) -> str:
    """Return the text of a value, padding removed; what cannot be decoded becomes a replacement character.

    `character_set` is the raw value of (0008,0005) Specific Character Set; None means ASCII.
    """
    if (b"\x1b" not in value and value.isascii()) or vr not in _LOCALISED_VRS:
        return value.decode("latin-1").strip("\0 ")
    encodings = _encodings(character_set or b"")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        decoded = decode_bytes(value, encodings, _NAME_DELIMITERS if vr == "PN" else _TEXT_DELIMITERS)
    return decoded.strip("\0 ")


def decode_uid(value: bytes) -> str:
    """Return a UID without its padding."""
    return value.decode("latin-1").strip("\0 ")


@lru_cache(maxsize=64)
def _encodings(character_set: bytes) -> list[str]:
    """Return Python's names of the encodings; unknown ones fall back to Latin-1, which never fails."""
    names = [part.strip("\0 ") for part in character_set.decode("latin-1").split("\\")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return list(convert_encodings(names))
        except (LookupError, ValueError):  # unknown, or with a zero byte in it
            return ["iso8859"]
