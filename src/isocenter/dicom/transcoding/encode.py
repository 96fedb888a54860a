"""Samples to one encoded frame, by transfer syntax, through imagecodecs; what is called lossless is decoded again.

Source: DICOM PS3.5 sec. 8.2 and annex A.4 (encapsulated transfer syntaxes), annex G (RLE).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from struct import pack

import imagecodecs
import numpy as np

from isocenter.core.arrays import Array
from isocenter.core.errors import DataError, NotSupportedError
from isocenter.dicom.uids import (
    DEFLATED_EXPLICIT_LITTLE_ENDIAN,
    EXPLICIT_LITTLE_ENDIAN,
    IMPLICIT_LITTLE_ENDIAN,
)

RLE = "1.2.840.10008.1.2.5"
JPEG_BASELINE, JPEG_EXTENDED = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"
JPEG_LOSSLESS, JPEG_LOSSLESS_ANY = "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.57"
JPEG_LS, JPEG_LS_NEAR = "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"
JPEG_2000_LOSSLESS, JPEG_2000 = "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"
JPEG_XL_LOSSLESS, JPEG_XL = "1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.4.112"
JPEG_XL_OF_JPEG = "1.2.840.10008.1.2.4.111"
UNCOMPRESSED_FRAMES, DEFLATED_FRAMES = "1.2.840.10008.1.2.1.98", "1.2.840.10008.1.2.8.1"
HTJ2K_LOSSLESS, HTJ2K_RPCL, HTJ2K = "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203"
# Explicit big endian is retired since 2006: it is read, not written.
NATIVE = (IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN, DEFLATED_EXPLICIT_LITTLE_ENDIAN)
LOSSLESS = frozenset(
    {
        *NATIVE,
        RLE,
        JPEG_LOSSLESS,
        JPEG_LOSSLESS_ANY,
        JPEG_LS,
        JPEG_2000_LOSSLESS,
        HTJ2K_LOSSLESS,
        HTJ2K_RPCL,
        JPEG_XL_LOSSLESS,
        UNCOMPRESSED_FRAMES,
        DEFLATED_FRAMES,
    }
)
# A JPEG as it is, in fewer bytes: nothing else can be written so, and every byte of the JPEG comes back.
RECOMPRESSED: Mapping[str, tuple[str, ...]] = {JPEG_XL_OF_JPEG: (JPEG_BASELINE, JPEG_EXTENDED)}
DEFAULT_QUALITY = 90


@dataclass(frozen=True)
class Samples:
    """One frame to encode: values of shape (row, column) or (row, column, sample) and how many of their bits count."""

    values: Array
    bits_stored: int

    @property
    def unsigned(self) -> Array:
        """The stored bits of each value as an unsigned number."""
        kind = np.dtype(f"u{self.values.dtype.itemsize}")
        plain: Array = self.values.view(kind)
        if self.bits_stored < 8 * kind.itemsize:
            plain = plain & kind.type((1 << self.bits_stored) - 1)
        return np.ascontiguousarray(plain)

    @property
    def signed(self) -> Array:
        """The values with their sign, for codecs that keep it; others as `unsigned`."""
        return np.ascontiguousarray(self.values) if self.values.dtype.kind == "i" else self.unsigned


Encoder = Callable[[Samples, int], bytes]


def can_encode(transfer_syntax_uid: str) -> bool:
    """Return whether objects can be written in this transfer syntax."""
    return transfer_syntax_uid in ENCODERS or transfer_syntax_uid in NATIVE or transfer_syntax_uid in RECOMPRESSED


def is_lossless(transfer_syntax_uid: str) -> bool:
    """Return whether encoding in this transfer syntax keeps every value."""
    return transfer_syntax_uid in LOSSLESS or transfer_syntax_uid in RECOMPRESSED


def encode_frame(samples: Samples, transfer_syntax_uid: str, quality: int = DEFAULT_QUALITY) -> bytes:
    """Return one encoded frame; raises `NotSupportedError` where the codec does not take such samples."""
    encoder = ENCODERS.get(transfer_syntax_uid)
    if encoder is None:
        raise NotSupportedError(
            "Nothing here encodes this transfer syntax.",
            field="TransferSyntaxUID",
            found=transfer_syntax_uid,
            expected=", ".join((*NATIVE, *ENCODERS)),
        )
    limit = _MAX_BITS[transfer_syntax_uid]
    if samples.values.dtype.kind not in "iu" or samples.bits_stored > limit or samples.values.dtype.itemsize > 4:
        raise NotSupportedError(
            "This transfer syntax does not hold such samples.",
            field="BitsStored",
            found=f"{samples.values.dtype} with {samples.bits_stored} bits",
            expected=f"integers of at most {limit} bits",
        )
    return encoder(samples, quality)


def _encode_rle(samples: Samples, _: int) -> bytes:
    """Return the byte planes, most significant first, each run-length encoded, behind their offsets (annex G)."""
    values = samples.unsigned
    planes = values[..., np.newaxis] if values.ndim == 2 else values
    n_bytes = values.dtype.itemsize
    big = planes.astype(planes.dtype.newbyteorder(">")).view(np.uint8).reshape(*planes.shape, n_bytes)
    segments = []
    for sample in range(planes.shape[2]):
        for byte in range(n_bytes):
            plane = np.frombuffer(big[:, :, sample, byte].tobytes(), np.uint8).reshape(values.shape[:2])
            packed = imagecodecs.packbits_encode(plane, axis=-1)
            segments.append(bytes(packed) + b"\0" * (len(packed) % 2))
    offsets, position = [], 64
    for segment in segments:
        offsets.append(position)
        position += len(segment)
    if len(segments) > 15:
        raise NotSupportedError("RLE has no room for so many byte planes.", found=len(segments), expected="at most 15")
    return pack("<16L", len(segments), *offsets, *([0] * (15 - len(offsets)))) + b"".join(segments)


def _encode_jpeg(samples: Samples, quality: int) -> bytes:
    values = samples.unsigned
    if values.ndim == 3:
        return bytes(imagecodecs.jpeg8_encode(values, level=quality, outcolorspace="YCBCR", subsampling="444"))
    return bytes(imagecodecs.jpeg8_encode(values, level=quality))


def _encode_jpeg_extended(samples: Samples, quality: int) -> bytes:
    """Return a frame with 12 bits for each sample (T.81 process 4); one of 8 bits is the same as baseline."""
    if samples.bits_stored <= 8:
        return _encode_jpeg(samples, quality)
    if samples.values.ndim == 3:
        raise NotSupportedError("Colours of more than 8 bits are not compressed with loss as JPEG.", field="BitsStored")
    return bytes(imagecodecs.jpeg8_encode(samples.unsigned, level=quality, bitspersample=12))


def _encode_jpeg_lossless(samples: Samples, _: int) -> bytes:
    values = samples.unsigned
    if values.ndim == 3:
        rgb = "RGB"
        return bytes(imagecodecs.jpeg8_encode(values, lossless=True, predictor=1, colorspace=rgb, outcolorspace=rgb))
    bits = max(samples.bits_stored, 2)
    return bytes(imagecodecs.jpeg8_encode(values, lossless=True, predictor=1, bitspersample=bits))


def _encode_jpeg_ls(samples: Samples, _: int) -> bytes:
    return bytes(imagecodecs.jpegls_encode(samples.unsigned, level=0))


def _encode_jpeg_ls_near(samples: Samples, quality: int) -> bytes:
    return bytes(imagecodecs.jpegls_encode(samples.unsigned, level=max(1, round((100 - quality) / 4))))


def _encode_jpeg_2000(samples: Samples, _: int) -> bytes:
    values = samples.signed
    return bytes(
        imagecodecs.jpeg2k_encode(
            values, level=0, codecformat="j2k", reversible=True, bitspersample=samples.bits_stored, mct=values.ndim == 3
        )
    )


def _encode_jpeg_2000_lossy(samples: Samples, quality: int) -> bytes:
    values = samples.signed
    return bytes(
        imagecodecs.jpeg2k_encode(
            values, level=quality, codecformat="j2k", reversible=False, bitspersample=samples.bits_stored
        )
    )


def _encode_htj2k(samples: Samples, _: int) -> bytes:
    values = samples.signed
    return bytes(imagecodecs.htj2k_encode(values, reversible=True, rgb=values.ndim == 3, tlm=True))


def _encode_htj2k_by_resolution(samples: Samples, _: int) -> bytes:
    """Return a codestream whose first bytes are a coarse picture: a part per resolution, and a table of their lengths.

    Source: DICOM PS3.5 sec. 8.2.16 (High-Throughput JPEG 2000 with RPCL options).
    """
    values = samples.signed
    parts = imagecodecs.HTJ2K.TILEPART.RESOLUTIONS
    return bytes(imagecodecs.htj2k_encode(values, reversible=True, rgb=values.ndim == 3, tlm=True, tilepart=parts))


def _encode_htj2k_lossy(samples: Samples, quality: int) -> bytes:
    values = samples.signed
    return bytes(imagecodecs.htj2k_encode(values, level=(101 - quality) / 2000, reversible=False, rgb=values.ndim == 3))


def _encode_jpeg_xl(samples: Samples, _: int) -> bytes:
    return bytes(imagecodecs.jpegxl_encode(samples.unsigned, lossless=True))


def _encode_jpeg_xl_lossy(samples: Samples, quality: int) -> bytes:
    """Return a frame whose differences are hardly seen at 90 (a distance of 1), of the bits that are stored."""
    values, bits = samples.unsigned, samples.bits_stored if samples.bits_stored > 8 else None
    distance = 0.1 + (100 - quality) * 0.09
    return bytes(imagecodecs.jpegxl_encode(values, distance=distance, lossless=False, bitspersample=bits))


def _encode_uncompressed(samples: Samples, _: int) -> bytes:
    values = samples.values
    return values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()


def _encode_deflated(samples: Samples, _: int) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(_encode_uncompressed(samples, 0)) + packer.flush()


def recompress(jpeg: bytes) -> bytes:
    """Return a JPEG in JPEG XL from which every byte of it comes back, which is proven; raises `DataError`."""
    try:
        encoded = bytes(imagecodecs.jpegxl_encode_jpeg(jpeg))
        is_same = bytes(imagecodecs.jpegxl_decode_jpeg(encoded, numthreads=1)) == jpeg
    except imagecodecs.JpegxlError as problem:
        raise DataError("A JPEG cannot be recompressed.", field="PixelData", found=str(problem)[:80]) from problem
    if not is_same:
        raise DataError(
            "A frame did not come back from its encoding as it was; nothing was replaced.",
            field="PixelData",
            found="other bytes",
            expected="the JPEG that was there",
        )
    return encoded


def original_jpeg(encoded: bytes) -> bytes:
    """Return the JPEG that was recompressed; raises `DataError` if these bytes hold none."""
    try:
        return bytes(imagecodecs.jpegxl_decode_jpeg(encoded, numthreads=1))
    except imagecodecs.JpegxlError as problem:
        raise DataError("This is no recompressed JPEG.", field="PixelData", found=str(problem)[:80]) from problem


ENCODERS: Mapping[str, Encoder] = {
    RLE: _encode_rle,
    JPEG_BASELINE: _encode_jpeg,
    JPEG_EXTENDED: _encode_jpeg_extended,
    JPEG_LOSSLESS: _encode_jpeg_lossless,
    JPEG_LOSSLESS_ANY: _encode_jpeg_lossless,
    JPEG_LS: _encode_jpeg_ls,
    JPEG_LS_NEAR: _encode_jpeg_ls_near,
    JPEG_2000_LOSSLESS: _encode_jpeg_2000,
    JPEG_2000: _encode_jpeg_2000_lossy,
    HTJ2K_LOSSLESS: _encode_htj2k,
    HTJ2K_RPCL: _encode_htj2k_by_resolution,
    HTJ2K: _encode_htj2k_lossy,
    JPEG_XL_LOSSLESS: _encode_jpeg_xl,
    JPEG_XL: _encode_jpeg_xl_lossy,
    UNCOMPRESSED_FRAMES: _encode_uncompressed,
    DEFLATED_FRAMES: _encode_deflated,
}
_MAX_BITS: Mapping[str, int] = {
    RLE: 32,
    UNCOMPRESSED_FRAMES: 32,
    DEFLATED_FRAMES: 32,
    JPEG_BASELINE: 8,
    JPEG_EXTENDED: 12,
} | dict.fromkeys(
    (
        JPEG_LOSSLESS,
        JPEG_LOSSLESS_ANY,
        JPEG_LS,
        JPEG_LS_NEAR,
        JPEG_2000_LOSSLESS,
        JPEG_2000,
        HTJ2K_LOSSLESS,
        HTJ2K_RPCL,
        HTJ2K,
        JPEG_XL_LOSSLESS,
        JPEG_XL,
    ),
    16,
)
