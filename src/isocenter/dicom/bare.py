"""The file head that a data set lacks which came without preamble.

Source: DICOM PS3.10 sec. 7.1 (DICOM File Meta Information); PS3.5 sec. 7.1 (Data Elements), annex A (their syntaxes).
"""

from __future__ import annotations

from isocenter.core.errors import DataError
from isocenter.dicom.elements import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, UNDEFINED, Layout, read_head
from isocenter.dicom.part10 import PREAMBLE, file_meta
from isocenter.dicom.uids import EXPLICIT_BIG_ENDIAN, EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN

DECIDED_BYTES = 4096
"""Within so many bytes a bare data set has said what it is: group 0008 comes first."""

_CLASS, _INSTANCE = 0x00080016, 0x00080018
_FIRST_GROUPS = frozenset({0x0004, 0x0008})


def missing_head(data: bytes) -> bytes:
    """Return what to put before the beginning of a file: its preamble, preamble and file meta, or nothing.

    Nothing also for bytes that are no DICOM at all: who reads them says so.
    """
    if data[128:132] == b"DICM":
        return b""
    if data[:4] == b"DICM":
        return PREAMBLE[:128]
    if data[:2] == b"\2\0":
        return PREAMBLE
    syntax, layout = _syntax(data)
    try:
        uids = _uids(data, layout)
        return file_meta(uids[_CLASS], uids[_INSTANCE], syntax)
    except (DataError, KeyError):
        return b""


def _syntax(data: bytes) -> tuple[str, Layout]:
    """Return the transfer syntax that the first element is written in."""
    if int.from_bytes(data[:2], "big") in _FIRST_GROUPS:
        return EXPLICIT_BIG_ENDIAN, EXPLICIT_BE
    if data[4:6].isalpha() and data[4:6].isupper():
        return EXPLICIT_LITTLE_ENDIAN, EXPLICIT_LE
    return IMPLICIT_LITTLE_ENDIAN, IMPLICIT_LE


def _uids(data: bytes, layout: Layout) -> dict[int, str]:
    found: dict[int, str] = {}
    position, tag = 0, 0
    while tag < _INSTANCE:
        key, _, start, length = read_head(data, position, layout)
        before, tag = tag, layout.key(key)
        if tag <= before or tag >> 16 not in _FIRST_GROUPS or length == UNDEFINED:
            break
        if tag in (_CLASS, _INSTANCE):
            found[tag] = data[start : start + length].rstrip(b"\0 ").decode("ascii", "replace")
        position = start + length
    return found
