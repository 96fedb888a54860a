"""Single values as DICOM JSON writes them.

Source: DICOM PS3.18 sec. F.2.2 to F.2.7.
"""

from __future__ import annotations

import base64
import math
from typing import Any

BINARY_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
INTEGER_VRS = frozenset({"IS", "SL", "SS", "SV", "UL", "US", "UV"})
FLOAT_VRS = frozenset({"DS", "FD", "FL"})
_WORD_BYTES = {"OD": 8, "OF": 4, "OL": 4, "OV": 8, "OW": 2}
_NAME_GROUPS = ("Alphabetic", "Ideographic", "Phonetic")


def number(value: Any, kind: type[int] | type[float]) -> int | float | str:
    """Return a number, or its text where JSON has no such number (sec. F.2.3.1 lets IS and DS be strings)."""
    try:
        converted = kind(value)
    except (TypeError, ValueError, OverflowError):
        return str(value)
    if math.isnan(converted):
        return "NaN"
    if math.isinf(converted):
        return "inf" if converted > 0 else "-inf"
    return converted


def person_name(name: str) -> dict[str, str] | None:
    """Return the component groups of a name that are not empty (sec. F.2.2)."""
    groups = {key: part.rstrip("^ \0") for key, part in zip(_NAME_GROUPS, name.split("="), strict=False)}
    return {key: part for key, part in groups.items() if part} or None


def inline_binary(value: bytes, vr: str, *, is_big: bool) -> str:
    """Return bytes in base64, words in little endian order (sec. F.2.7)."""
    size = _WORD_BYTES.get(vr, 1)
    if is_big and size > 1 and len(value) % size == 0:
        value = b"".join(value[at : at + size][::-1] for at in range(0, len(value), size))
    return base64.b64encode(value).decode("ascii")
