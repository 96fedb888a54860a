"""Where the encapsulated frames of an instance lie in its file: found once when it comes in, kept in the index.

Native frames need no table: their places are arithmetic. Encapsulated ones are a chain through the whole file, which
has to be walked anyway to see that nothing is missing.

Source: DICOM PS3.5 annex A.4 (encapsulated pixel data).
"""

from __future__ import annotations

import numpy as np
import zstandard

from isocenter.core.arrays import IndexArray
from isocenter.core.errors import DataError, IsocenterError
from isocenter.dicom.elements import Buffer
from isocenter.dicom.header import Header, fragments
from isocenter.dicom.pixels import FrameReader
from isocenter.dicom.uids import DEFLATED_EXPLICIT_LITTLE_ENDIAN

_DELIMITER_BYTES = 8


def table_of(header: Header) -> bytes | None:
    """Return the packed table (see `unpack`); None for native pixel data and for fragments that tell no frames apart.

    Raises `DataError` if the pixel data are cut off.
    """
    if header.pixels is None or header.pixels.length is not None:
        return None
    end = header.pixels.offset
    for start, length in fragments(header):
        end = start + length
    if end + _DELIMITER_BYTES > len(header.buffer):
        raise DataError(
            "The encapsulated pixel data end too early.",
            field="PixelData",
            found=f"the end of the data at byte {len(header.buffer)}",
            expected="a sequence delimiter",
            remedy="The file is cut off; send it again.",
        )
    if header.transfer_syntax_uid == DEFLATED_EXPLICIT_LITTLE_ENDIAN:
        return None  # offsets would refer to the inflated bytes
    try:
        table = FrameReader(header).table
    except IsocenterError:
        return None
    rows = [(index, start, length) for index, spans in enumerate(table) for start, length in spans]
    return zstandard.compress(np.array(rows, dtype="<i8").tobytes(), 3)


def unpack(packed: bytes) -> IndexArray:
    """Return the table as rows of frame index, offset and length in bytes."""
    return np.frombuffer(zstandard.decompress(packed), dtype="<i8").reshape(-1, 3)


def read_frame(file: Buffer, table: IndexArray, index: int) -> bytes:
    """Return the bytes of a frame's fragments, joined."""
    first, last = np.searchsorted(table[:, 0], (index, index + 1))
    return b"".join(file[start : start + length] for _, start, length in table[first:last].tolist())
