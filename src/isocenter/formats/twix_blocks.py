"""The blocks of a Siemens raw file, walked from header to end before a reader follows them.

Layouts: the scan headers of VB and of VD and later, as twixtools declares them (MIT licence).
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO, NamedTuple

from isocenter.core.errors import FileFormatError

_DIRECTORY_ENTRY, _MOST_SCANS = 152, 64
_IS_END, _IS_SYNCHRONISATION = 1 << 0, 1 << 5
_LENGTH = 0x01FFFFFF


class _Layout(NamedTuple):
    """Sizes of headers, and where flags and counts stand in the first of a block."""

    header: int
    channel_header: int
    flags: int
    counts: int
    has_shared_header: bool


_VB = _Layout(128, 128, 20, 28, False)
_VD = _Layout(192, 32, 40, 48, True)


def require_whole(path: Path) -> int:
    """Return the number of measurements in a file; raises `FileFormatError` if blocks lead nowhere or do not end."""
    size = path.stat().st_size
    with path.open("rb") as file:
        first, second = struct.unpack("<II", _read(file, 8, path))
        if first < 10_000 and 1 <= second <= _MOST_SCANS:
            table = _read(file, second * _DIRECTORY_ENTRY, path)
            places = [struct.unpack_from("<QQ", table, 8 + _DIRECTORY_ENTRY * index) for index in range(second)]
            layout = _VD
        else:
            places, layout = [(0, size)], _VB
        for number, (start, length) in enumerate(places):
            # A single measurement may have been left without its length; it fills the file.
            end = size if length == 0 and len(places) == 1 else start + length
            _walk(file, path, number, start, min(end, size), layout)
    return len(places)


def _walk(file: BinaryIO, path: Path, number: int, start: int, end: int, layout: _Layout) -> None:
    """Follow the blocks of one measurement to the one that marks its end."""
    file.seek(start)
    (header_length,) = struct.unpack("<I", _read(file, 4, path))
    position, n_blocks = start + header_length, 0
    while position + layout.header <= end:
        file.seek(position)
        head = _read(file, layout.header, path)
        (length,) = struct.unpack_from("<I", head, 0)
        (flags,) = struct.unpack_from("<Q", head, layout.flags)
        n_samples, n_channels = struct.unpack_from("<HH", head, layout.counts)
        if flags & _IS_END:
            return
        step = length & _LENGTH
        if not flags & _IS_SYNCHRONISATION:
            shared = layout.header if layout.has_shared_header else 0
            step = shared + n_channels * (layout.channel_header + 8 * n_samples)
        if step < layout.header:
            raise FileFormatError(
                "A block of the file has an impossible length.",
                file=path.name,
                field=f"measurement {number}, block {n_blocks}",
                found=f"{step} bytes, {n_channels} channels of {n_samples} samples",
                expected=f"at least {layout.header} bytes",
                remedy="Copy the file again from the scanner.",
            )
        position, n_blocks = position + step, n_blocks + 1
    raise FileFormatError(
        "The file is cut off.",
        file=path.name,
        field=f"measurement {number}",
        found=f"{n_blocks} blocks without an end",
        expected="a block that marks the end",
        remedy="Copy the file again from the scanner.",
    )


def _read(file: BinaryIO, n_bytes: int, path: Path) -> bytes:
    content: bytes = file.read(n_bytes)
    if len(content) < n_bytes:
        raise FileFormatError(
            "The file is cut off.",
            file=path.name,
            found=f"{len(content)} bytes where {n_bytes} belong",
            expected="a whole header",
            remedy="Copy the file again from the scanner.",
        )
    return content
