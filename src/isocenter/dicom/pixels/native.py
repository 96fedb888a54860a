"""Native (uncompressed) frames: byte order, planes, shared colour, packed bits.

Source: DICOM PS3.5 sec. 8.1.1 and 8.2, PS3.3 sec. C.7.6.3.1.2 and C.7.6.3.1.3.
"""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import Array
from isocenter.core.errors import DataError
from isocenter.dicom.pixels.description import PixelDescription


def decode_native(encoded: bytes, description: PixelDescription) -> Array:
    """Return raw samples of one native frame, shape (row, column) or (row, column, sample)."""
    if len(encoded) < description.frame_bytes:
        raise DataError(
            "A frame has fewer bytes than its size needs.",
            field="PixelData",
            found=f"{len(encoded)} bytes",
            expected=f"{description.frame_bytes} bytes",
            remedy="The file is cut off or its Image Pixel attributes are wrong; ask the sender for a valid one.",
        )
    if description.bits_allocated == 1:
        return unpack_bits(encoded, 0, description)
    count = description.frame_bits // description.bits_allocated
    samples = np.frombuffer(encoded, description.stored_dtype, count)
    samples = samples.astype(samples.dtype.newbyteorder("="), copy=False)
    if description.samples_per_pixel == 1:
        return samples.reshape(description.shape)
    if description.is_subsampled:
        return _spread_colour(samples, description)
    if description.planar_configuration == 1:
        planes = samples.reshape(description.samples_per_pixel, description.rows, description.columns)
        return np.ascontiguousarray(np.moveaxis(planes, 0, -1))
    return samples.reshape(description.shape)


def unpack_bits(encoded: bytes, first_bit: int, description: PixelDescription) -> Array:
    """Return one-bit samples as 0 and 1, least significant bit first, from `first_bit` on (PS3.5 annex D)."""
    count = description.rows * description.columns * description.samples_per_pixel
    bits = np.unpackbits(np.frombuffer(encoded, np.uint8), bitorder="little")
    return bits[first_bit : first_bit + count].reshape(description.shape)


def _spread_colour(samples: Array, description: PixelDescription) -> Array:
    """Return Y, Cb, Cr per pixel from Y1 Y2 Cb Cr of two neighbours."""
    if description.columns % 2:
        raise DataError(
            "Pixels that share colour need an even number of columns.", field="Columns", found=description.columns
        )
    pairs = samples.reshape(description.rows, description.columns // 2, 4)
    frame = np.empty(description.shape, samples.dtype)
    frame[..., 0] = pairs[..., :2].reshape(description.rows, description.columns)
    frame[..., 1] = np.repeat(pairs[..., 2], 2, axis=1)
    frame[..., 2] = np.repeat(pairs[..., 3], 2, axis=1)
    return frame
