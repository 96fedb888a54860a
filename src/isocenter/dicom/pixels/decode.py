"""One encoded frame to samples, by transfer syntax, through imagecodecs.

Source: DICOM PS3.5 sec. 8.2 and annex A.4 (encapsulated transfer syntaxes), annex G (RLE).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping

import imagecodecs
import numpy as np

from isocenter.core.arrays import Array
from isocenter.core.errors import DataError, IsocenterError, NotSupportedError
from isocenter.dicom.pixels.description import PixelDescription
from isocenter.dicom.pixels.jpeg import decode_jpeg, decode_jpeg_lossless, stated_size
from isocenter.dicom.pixels.native import decode_native, unpack_bits
from isocenter.dicom.uids import (
    DEFLATED_EXPLICIT_LITTLE_ENDIAN,
    EXPLICIT_BIG_ENDIAN,
    EXPLICIT_LITTLE_ENDIAN,
    IMPLICIT_LITTLE_ENDIAN,
)


def decode_frame(encoded: bytes, description: PixelDescription) -> Array:
    """Return the stored values of one frame, sign and bits stored applied; shape as `PixelDescription.shape`.

    Colour comes as the codec gives it: red, green and blue from JPEG and JPEG 2000, which transform
    colour themselves; as stored (for example YBR_FULL) from native, RLE, JPEG-LS and deflated frames.
    `FrameReader.frame` turns all of them into red, green and blue.

    Raises
    ------
    NotSupportedError
        If nothing here decodes the transfer syntax.
    DataError
        If the frame is damaged or does not have the size the header says.
    """
    decoder = DECODERS.get(description.transfer_syntax_uid)
    if decoder is None:
        raise NotSupportedError(
            "This transfer syntax cannot be decoded.",
            field="TransferSyntaxUID",
            found=description.transfer_syntax_uid,
            expected=", ".join(DECODERS),
        )
    size = stated_size(encoded) if description.transfer_syntax_uid not in _SIZELESS else None
    if size is not None and (size[0] > description.rows or size[1] > description.columns):
        raise _other_size(size, description)
    try:
        samples = decoder(encoded, description)
    except IsocenterError:
        raise
    except Exception as problem:  # every codec has its own error class; the frame is damaged in each case
        raise DataError(
            "A frame cannot be decoded.",
            field="PixelData",
            found=f"{type(problem).__name__}: {problem}"[:200],
            expected=f"a frame in transfer syntax {description.transfer_syntax_uid}",
            remedy="The pixel data are damaged; ask the sender for a valid file.",
        ) from problem
    if description.is_float:
        return samples
    return _signed(_fit(samples, description), description)


def transforms_colour(transfer_syntax_uid: str) -> bool:
    """Return whether the codec of this transfer syntax gives red, green and blue by itself."""
    return transfer_syntax_uid in _JPEG | _JPEG_2000 | _HTJ2K | _JPEG_XL


def _fit(samples: Array, description: PixelDescription) -> Array:
    """Return samples of the size the header says; a smaller picture (edge tiles) is filled up with zeros.

    Whole-slide images hold edge tiles whose JPEG is smaller than Rows and Columns.
    """
    if samples.shape == description.shape:
        return samples
    if samples.ndim != len(description.shape) or samples.shape[2:] != description.shape[2:]:
        raise _other_size(samples.shape, description)
    if samples.shape[0] > description.rows or samples.shape[1] > description.columns:
        raise _other_size(samples.shape, description)
    filled = np.zeros(description.shape, samples.dtype)
    filled[: samples.shape[0], : samples.shape[1]] = samples
    return filled


def _other_size(found: tuple[int, ...], description: PixelDescription) -> DataError:
    return DataError(
        "A frame has another size than the header says.",
        field="Rows, Columns, SamplesPerPixel",
        found=found,
        expected=description.shape,
    )


def _signed(samples: Array, description: PixelDescription) -> Array:
    """Return values of bits stored at high bit, sign extended; overlay bits are cut away (PS3.5 sec. 8.1.1)."""
    if samples.dtype.kind == "i" and not description.is_signed:
        return samples  # a JPEG 2000 stream that says it is signed knows better than the header
    bits, allocated = description.bits_stored, max(description.bits_allocated, 8)
    unsigned = np.dtype(f"u{allocated // 8}")
    values = samples.astype(unsigned, copy=False)
    if not description.is_signed:
        shift = description.high_bit + 1 - bits
        values = values >> shift if shift else values
        return values if bits == allocated or bits == 1 else values & unsigned.type((1 << bits) - 1)
    moved = values << unsigned.type(allocated - 1 - description.high_bit)
    extended: Array = moved.view(np.dtype(f"i{allocated // 8}")) >> (allocated - bits)
    return extended


def _decode_rle(encoded: bytes, description: PixelDescription) -> Array:
    """Return the samples of a PackBits frame; one-bit frames hold packed bits."""
    if description.bits_allocated == 1:
        packed = np.frombuffer(imagecodecs.dicomrle_decode(encoded, "<u1"), np.uint8)
        return unpack_bits(packed.tobytes(), 0, description)
    dtype = np.dtype(f"<u{description.bits_allocated // 8}")
    flat = np.frombuffer(imagecodecs.dicomrle_decode(encoded, dtype), dtype)
    count = int(np.prod(description.shape))
    if flat.size < count:
        raise DataError("An RLE frame is too short.", field="PixelData", found=flat.size, expected=count)
    planes = flat[:count].reshape(description.samples_per_pixel, description.rows, description.columns)
    return planes[0] if description.samples_per_pixel == 1 else np.ascontiguousarray(np.moveaxis(planes, 0, -1))


def _decode_jpeg_ls(encoded: bytes, _: PixelDescription) -> Array:
    return np.asarray(imagecodecs.jpegls_decode(encoded))


def _decode_jpeg_2000(encoded: bytes, _: PixelDescription) -> Array:
    """Return samples by OpenJPEG, which clips lossy high-throughput samples where OpenJPH lets them wrap."""
    return np.asarray(imagecodecs.jpeg2k_decode(encoded))


def _decode_htj2k(encoded: bytes, _: PixelDescription) -> Array:
    return np.asarray(imagecodecs.htj2k_decode(encoded))


def _decode_jpeg_xl(encoded: bytes, _: PixelDescription) -> Array:
    return np.asarray(imagecodecs.jpegxl_decode(encoded))


def _decode_recompressed(encoded: bytes, description: PixelDescription) -> Array:
    """Return what the JPEG inside gives, to the last bit, where there is one."""
    try:
        jpeg = bytes(imagecodecs.jpegxl_decode_jpeg(encoded, numthreads=1))
    except imagecodecs.JpegxlError:
        return _decode_jpeg_xl(encoded, description)
    return decode_jpeg(jpeg, description)


def _decode_deflated(encoded: bytes, description: PixelDescription) -> Array:
    decoder = zlib.decompressobj(-zlib.MAX_WBITS)
    return decode_native(decoder.decompress(encoded, description.frame_bytes + 1), description)


Decoder = Callable[[bytes, PixelDescription], Array]

_JPEG = frozenset({"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"})
_JPEG_RETIRED = frozenset({"1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55"})
_JPEG_LOSSLESS = frozenset({"1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70"})
_JPEG_LS = frozenset({"1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"})
_JPEG_2000 = frozenset({"1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"})
_HTJ2K = frozenset({"1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203"})
_HTJ2K_LOSSLESS = frozenset({"1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202"})
_JPEG_XL = frozenset({"1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.4.111", "1.2.840.10008.1.2.4.112"})
_NATIVE = frozenset(
    {IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN, EXPLICIT_BIG_ENDIAN, DEFLATED_EXPLICIT_LITTLE_ENDIAN}
)
# Frames that do not say how large they are.
_SIZELESS = _NATIVE | {"1.2.840.10008.1.2.1.98", "1.2.840.10008.1.2.8.1"}

DECODERS: Mapping[str, Decoder] = {
    **dict.fromkeys(sorted(_NATIVE), decode_native),
    "1.2.840.10008.1.2.5": _decode_rle,
    **dict.fromkeys(sorted(_JPEG | _JPEG_RETIRED), decode_jpeg),
    **dict.fromkeys(sorted(_JPEG_LOSSLESS), decode_jpeg_lossless),
    **dict.fromkeys(sorted(_JPEG_LS), _decode_jpeg_ls),
    **dict.fromkeys(sorted(_JPEG_2000), _decode_jpeg_2000),
    **dict.fromkeys(sorted(_HTJ2K_LOSSLESS), _decode_htj2k),
    **dict.fromkeys(sorted(_HTJ2K - _HTJ2K_LOSSLESS), _decode_jpeg_2000),
    **dict.fromkeys(sorted(_JPEG_XL), _decode_jpeg_xl),
    "1.2.840.10008.1.2.4.111": _decode_recompressed,
    "1.2.840.10008.1.2.8.1": _decode_deflated,
    "1.2.840.10008.1.2.1.98": decode_native,
}
