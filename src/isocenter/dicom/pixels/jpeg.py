"""JPEG frames: 8 and 12 bit lossy, lossless, and the colour space that a stream really has.

Source: ITU-T T.81 annex B (markers) and H (lossless); Adobe TN 5116 (APP14); DICOM PS3.5 sec. 8.2.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import unpack_from

import imagecodecs
import numpy as np

from isocenter.core.arrays import Array
from isocenter.dicom.pixels.description import PixelDescription

_APP0, _APP14, _SCAN = 0xE0, 0xEE, 0xDA
_FRAME_STARTS = frozenset({*range(0xC0, 0xD0), 0xF7}) - {0xC4, 0xC8, 0xCC}
_BOX_BYTES = 512  # a JP2 wrapper stands before the codestream in some objects
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})


def decode_jpeg(encoded: bytes, description: PixelDescription) -> Array:
    """Return samples of a lossy frame, colour as red, green and blue."""
    if description.samples_per_pixel == 1:
        return np.asarray(imagecodecs.jpeg8_decode(encoded))
    space = "YCBCR" if is_luminance_chrominance(encoded, description.photometric_interpretation) else "RGB"
    return np.asarray(imagecodecs.jpeg8_decode(encoded, colorspace=space, outcolorspace="RGB"))


def decode_jpeg_lossless(encoded: bytes, description: PixelDescription) -> Array:
    """Return samples of a lossless frame (process 14), colour as stored."""
    if description.samples_per_pixel == 1 and description.bits_stored <= 16:
        return np.asarray(imagecodecs.ljpeg_decode(encoded))
    return np.asarray(imagecodecs.jpegsof3_decode(encoded))


def is_luminance_chrominance(encoded: bytes, photometric_interpretation: str) -> bool:
    """Return whether a colour stream holds YCbCr: the stream's own markers first, then what the header says.

    Many objects say RGB and hold YCbCr: the Adobe marker, a JFIF marker and component names tell.
    """
    has_jfif = False
    for marker, body in _segments(encoded):
        if marker == _APP14 and body[:5] == b"Adobe" and len(body) >= 12:
            return body[11] != 0
        if marker == _APP0 and body[:4] == b"JFIF":
            has_jfif = True
        if marker in _FRAME_STARTS and len(body) >= 15 and bytes(body[6:15:3]) == b"RGB":
            return False
    return has_jfif or photometric_interpretation != "RGB"


def stated_size(encoded: bytes) -> tuple[int, int] | None:
    """Return rows and columns that a JPEG, JPEG-LS or JPEG 2000 stream states, or None if it states none.

    Source: T.81 sec. B.2.2 (SOF), T.87 annex C (SOF55), T.800 sec. A.5.1 (SIZ).
    """
    siz = encoded[:_BOX_BYTES].find(b"\xff\x4f\xff\x51")
    if siz >= 0 and len(encoded) >= siz + 24:
        width, height, left, top = unpack_from(">IIII", encoded, siz + 8)
        return height - top, width - left
    if encoded[:2] != b"\xff\xd8":
        return None
    for marker, body in _segments(encoded):
        if marker in _FRAME_STARTS and len(body) >= 5:
            rows, columns = unpack_from(">HH", body, 1)
            return rows, columns
    return None


def _segments(encoded: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield marker and content of the segments before the first scan."""
    position = 2
    while position + 4 <= len(encoded) and encoded[position] == 0xFF:
        marker = encoded[position + 1]
        if marker == _SCAN:
            return
        if marker in _STANDALONE or marker == 0xFF:
            position += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(encoded[position + 2 : position + 4], "big")
        yield marker, encoded[position + 4 : position + 2 + length]
        position += 2 + max(length, 2)
