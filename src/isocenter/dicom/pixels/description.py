"""What the Image Pixel module says: how samples are stored and what they stand for.

Source: DICOM PS3.3 sec. C.7.6.3 (Image Pixel Module), PS3.5 sec. 8.1 and 8.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from isocenter.core.errors import DataError
from isocenter.dicom.dictionary import tag_of, tags_of
from isocenter.dicom.header import Header
from isocenter.dicom.uids import EXPLICIT_BIG_ENDIAN

PIXEL_DESCRIPTION_TAGS = tags_of(
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "RedPaletteColorLookupTableDescriptor",
    "GreenPaletteColorLookupTableDescriptor",
    "BluePaletteColorLookupTableDescriptor",
    "RedPaletteColorLookupTableData",
    "GreenPaletteColorLookupTableData",
    "BluePaletteColorLookupTableData",
    "SegmentedRedPaletteColorLookupTableData",
    "SegmentedGreenPaletteColorLookupTableData",
    "SegmentedBluePaletteColorLookupTableData",
)
MAX_FRAME_BYTES = 1 << 28
_FLOAT_TAG, _DOUBLE_TAG = 0x7FE00008, 0x7FE00009


@dataclass(frozen=True)
class PixelDescription:
    """How one frame's samples are stored.

    Raises
    ------
    DataError
        If the attributes contradict each other or a frame would be larger than 256 MiB.
    """

    rows: int
    columns: int
    samples_per_pixel: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    is_signed: bool
    photometric_interpretation: str
    planar_configuration: int
    n_frames: int
    transfer_syntax_uid: str
    is_float: bool = False

    def __post_init__(self) -> None:
        checks = (
            ("Rows, Columns", (self.rows, self.columns), min(self.rows, self.columns) >= 1, "at least 1"),
            ("NumberOfFrames", self.n_frames, 1 <= self.n_frames < 2**31, "at least 1"),
            ("SamplesPerPixel", self.samples_per_pixel, self.samples_per_pixel in (1, 3, 4), "1, 3 or 4"),
            ("BitsAllocated", self.bits_allocated, self.bits_allocated in (1, 8, 16, 32, 64), "1, 8, 16, 32 or 64"),
            ("BitsStored", self.bits_stored, 1 <= self.bits_stored <= self.bits_allocated, "1 to BitsAllocated"),
            (
                "HighBit",
                self.high_bit,
                self.bits_stored - 1 <= self.high_bit < self.bits_allocated,
                "BitsStored - 1 to BitsAllocated - 1",
            ),
            (
                "Rows, Columns",
                (self.rows, self.columns),
                self.frame_bytes <= MAX_FRAME_BYTES,
                "at most 256 MiB per frame",
            ),
        )
        for field, found, is_valid, expected in checks:
            if not is_valid:
                raise DataError(
                    "The Image Pixel attributes are not valid.", field=field, found=found, expected=expected
                )

    @classmethod
    def from_header(cls, header: Header) -> PixelDescription:
        """Return the description in a header scanned for `PIXEL_DESCRIPTION_TAGS`.

        Raises `DataError` if Rows, Columns or Bits Allocated are missing.
        """
        bits_allocated = _required(header, "BitsAllocated")
        bits_stored = _number(header, "BitsStored", bits_allocated)
        return cls(
            rows=_required(header, "Rows"),
            columns=_required(header, "Columns"),
            samples_per_pixel=_number(header, "SamplesPerPixel", 1),
            bits_allocated=bits_allocated,
            bits_stored=bits_stored,
            high_bit=_number(header, "HighBit", bits_stored - 1),
            is_signed=_number(header, "PixelRepresentation", 0) == 1,
            photometric_interpretation=header.text(tag_of("PhotometricInterpretation"), "MONOCHROME2").strip().upper(),
            planar_configuration=_number(header, "PlanarConfiguration", 0),
            n_frames=max(_number(header, "NumberOfFrames", 1), 1),
            transfer_syntax_uid=header.transfer_syntax_uid,
            is_float=header.pixels is not None and header.pixels.tag in (_FLOAT_TAG, _DOUBLE_TAG),
        )

    @property
    def is_subsampled(self) -> bool:
        """Whether two neighbours share their colour in native pixel data (PS3.3 sec. C.7.6.3.1.2)."""
        return self.photometric_interpretation in ("YBR_FULL_422", "YBR_PARTIAL_422")

    @property
    def frame_bits(self) -> int:
        """Bits of one native frame; a frame of one-bit samples need not end at a byte."""
        samples = 2 if self.is_subsampled and self.samples_per_pixel == 3 else self.samples_per_pixel
        return self.rows * self.columns * samples * self.bits_allocated

    @property
    def frame_bytes(self) -> int:
        """Bytes of one native frame, rounded up."""
        return ceil(self.frame_bits / 8)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of a decoded frame: (row, column) or (row, column, sample)."""
        plane = (self.rows, self.columns)
        return plane if self.samples_per_pixel == 1 else (*plane, self.samples_per_pixel)

    @property
    def stored_dtype(self) -> np.dtype[np.generic]:
        """Type and byte order of native samples before sign and high bit are applied."""
        order = ">" if self.transfer_syntax_uid == EXPLICIT_BIG_ENDIAN else "<"
        if self.is_float:
            return np.dtype(f"{order}f{self.bits_allocated // 8}")
        return np.dtype(f"{order}u{max(self.bits_allocated // 8, 1)}")


def _number(header: Header, keyword: str, default: int) -> int:
    value = header.integer(tag_of(keyword), default)
    return default if value is None else value


def _required(header: Header, keyword: str) -> int:
    value = header.integer(tag_of(keyword))
    if value is None:
        raise DataError(
            "The object has pixel data without saying how they are stored.",
            field=keyword,
            found="absent or empty",
            expected="a number",
        )
    return value
