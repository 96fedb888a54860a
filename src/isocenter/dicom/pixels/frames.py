"""Frames of a file by number: only the bytes of the wanted frame are read.

Source: DICOM PS3.5 annex A.4 (fragments and offset tables).
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Self, TypeAlias, TypeVar

import numpy as np

from isocenter.core.arrays import Array
from isocenter.core.errors import DataError, FileFormatError, IsocenterError
from isocenter.dicom.elements import Buffer
from isocenter.dicom.header import EXTENDED_LENGTHS, EXTENDED_OFFSETS, Header, fragments, scan_header
from isocenter.dicom.pixels.colour import Palette, ybr_to_rgb
from isocenter.dicom.pixels.decode import decode_frame, transforms_colour
from isocenter.dicom.pixels.description import PIXEL_DESCRIPTION_TAGS, PixelDescription
from isocenter.dicom.pixels.native import unpack_bits
from isocenter.dicom.uids import EXPLICIT_BIG_ENDIAN

T = TypeVar("T")
Spans: TypeAlias = tuple[tuple[int, int], ...]

_STREAM_STARTS = (b"\xff\xd8\xff", b"\xff\x4f\xff", b"\x00\x00\x00\x0cjP")
_ITEM_HEAD = 8


class FrameReader:
    """The frames of one object; holds the file open until `close`, or the end of a ``with`` block.

    Parameters
    ----------
    header
        Scanned for at least `PIXEL_DESCRIPTION_TAGS`, over the whole object.
    file
        Name for error messages.

    Raises
    ------
    DataError
        If the object has no pixel data or its Image Pixel attributes are not valid.
    """

    def __init__(self, header: Header, *, file: object = None) -> None:
        self.header = header
        self._file = file
        if header.pixels is None:
            raise DataError("The object has no pixel data.", file=file, field="PixelData", found="absent")
        self.pixels = header.pixels
        self.description = _named(file, lambda: PixelDescription.from_header(header))

    @classmethod
    def open(cls, path: Path, tags: frozenset[int] = frozenset()) -> FrameReader:
        """Return the frames of a file, mapped into memory; `tags` are read into `header` besides the pixel tags.

        Raises `FileFormatError` if it is no DICOM file, `DataError` if it is damaged or has no pixels.
        """
        return cls(scan_header(map_file(path), tags | PIXEL_DESCRIPTION_TAGS, file=path.name), file=path.name)

    def close(self) -> None:
        """Let go of the file; frames cannot be read any more."""
        if isinstance(self.header.buffer, mmap.mmap):
            self.header.buffer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def n_frames(self) -> int:
        """Number of frames the header states."""
        return self.description.n_frames

    @cached_property
    def table(self) -> tuple[Spans, ...]:
        """Offset and length in `header.buffer` of every frame's parts (one part, or its fragments)."""
        return _named(self._file, lambda: frame_table(self.header, self.description))

    def encoded(self, index: int) -> bytes:
        """Return the encoded bytes of one frame; of one-bit native frames, the bytes its bits lie in."""
        self._require_frame(index)
        spans = self.table[index]
        if self._is_byte_swapped:
            return b"".join(self._swapped(start, length) for start, length in spans)
        return b"".join(bytes(self.header.buffer[start : start + length]) for start, length in spans)

    @property
    def _is_byte_swapped(self) -> bool:
        """Whether 8 bit samples lie in 16 bit big endian words (PS3.5 sec. 8.1.1)."""
        is_big = self.description.transfer_syntax_uid == EXPLICIT_BIG_ENDIAN
        return is_big and self.pixels.vr == "OW" and self.description.bits_allocated <= 8

    def _swapped(self, start: int, length: int) -> bytes:
        """Return bytes of a frame whose words are big endian; a frame may begin in the middle of a word."""
        first = start - (start - self.pixels.offset) % 2
        last = start + length + (start + length - self.pixels.offset) % 2
        words = np.frombuffer(bytes(self.header.buffer[first:last]), np.uint8)
        swapped = words[: words.size // 2 * 2].reshape(-1, 2)[:, ::-1].tobytes()
        return swapped[start - first : start - first + length]

    def stored(self, index: int) -> Array:
        """Return the stored values of one frame, colour as the codec gives it (see `decode_frame`)."""
        encoded = self.encoded(index)
        if self.description.bits_allocated == 1 and self.pixels.length is not None:
            first_bit = index * self.description.frame_bits % 8
            return unpack_bits(encoded, first_bit, self.description)
        return _named(self._file, lambda: decode_frame(encoded, self.description))

    def frame(self, index: int) -> Array:
        """Return one frame ready for use: stored values of one sample, or red, green and blue."""
        stored = self.stored(index)
        photometric = self.description.photometric_interpretation
        if photometric == "PALETTE COLOR":
            return self.palette.apply(stored)
        if self.description.samples_per_pixel >= 3 and photometric.startswith("YBR"):
            if transforms_colour(self.description.transfer_syntax_uid) and photometric not in _untransformed(self):
                return stored
            return ybr_to_rgb(stored, is_partial=photometric.startswith("YBR_PARTIAL"))
        return stored

    @cached_property
    def palette(self) -> Palette:
        """The palette of a PALETTE COLOR object; raises `DataError` if there is none."""
        return _named(self._file, lambda: Palette.from_header(self.header, is_signed=self.description.is_signed))

    def _require_frame(self, index: int) -> None:
        if not 0 <= index < self.n_frames:
            raise DataError(
                "There is no such frame.",
                file=self._file,
                field="frame",
                found=index,
                expected=f"0 to {self.n_frames - 1}",
            )


def _untransformed(reader: FrameReader) -> frozenset[str]:
    """Return photometric interpretations whose colour a codec leaves alone: of JPEG 2000 only RCT and ICT are its own.

    JPEG, also as JPEG XL has it, and lossy JPEG XL always give red, green and blue.
    """
    always = {f"1.2.840.10008.1.2.4.{number}" for number in ("50", "51", "111", "112")}
    is_own = reader.description.transfer_syntax_uid in always
    return frozenset() if is_own else frozenset({"YBR_FULL", "YBR_FULL_422"})


def frame_table(header: Header, description: PixelDescription) -> tuple[Spans, ...]:
    """Return, per frame, offset and length of its parts in `header.buffer`.

    Raises `DataError` if the pixel data are shorter than the frames or fragments cannot be told apart.
    """
    if header.pixels is None:
        raise DataError("The object has no pixel data.", field="PixelData", found="absent")
    if header.pixels.length is not None:
        return _native_table(header.pixels.offset, header.pixels.length, description)
    return _encapsulated_table(header, description.n_frames)


def _native_table(offset: int, length: int, description: PixelDescription) -> tuple[Spans, ...]:
    needed = (description.frame_bits * description.n_frames + 7) // 8
    if length < needed:
        raise DataError(
            "The pixel data are shorter than the frames.",
            field="PixelData",
            found=f"{length} bytes",
            expected=f"{needed} bytes for {description.n_frames} frames",
            remedy="The file is cut off or its Image Pixel attributes are wrong; ask the sender for a valid one.",
        )
    bits = description.frame_bits
    edges = [(index * bits // 8, ((index + 1) * bits + 7) // 8) for index in range(description.n_frames)]
    return tuple(((offset + first, last - first),) for first, last in edges)


def _encapsulated_table(header: Header, n_frames: int) -> tuple[Spans, ...]:
    items = list(fragments(header))
    if len(items) < 2:
        raise DataError("The encapsulated pixel data hold no fragment.", field="PixelData", found=f"{len(items)} items")
    table, parts = items[0], items[1:]
    if n_frames == 1:
        return (tuple(parts),)
    if len(parts) == n_frames:
        return tuple((part,) for part in parts)
    origin = parts[0][0] - _ITEM_HEAD
    starts = _stated_starts(header, table, n_frames) or _visible_starts(header.buffer, parts, origin)
    return _grouped(parts, [origin + start for start in starts], n_frames)


def _stated_starts(header: Header, table: tuple[int, int], n_frames: int) -> list[int]:
    """Return where frames start by the extended or the basic offset table, relative to the first fragment's item."""
    extended = header.raw(EXTENDED_OFFSETS)
    if extended is not None and header.raw(EXTENDED_LENGTHS) is not None and len(extended) >= 8 * n_frames:
        return [int(v) for v in np.frombuffer(extended[: 8 * n_frames], "<u8")]
    offset, length = table
    if length < 4 * n_frames:
        return []
    return [int(v) for v in np.frombuffer(bytes(header.buffer[offset : offset + 4 * n_frames]), "<u4")]


def _visible_starts(buffer: Buffer, parts: Sequence[tuple[int, int]], origin: int) -> list[int]:
    """Return the fragments that begin a JPEG or JPEG 2000 stream."""
    return [
        start - _ITEM_HEAD - origin for start, _ in parts if bytes(buffer[start : start + 8]).startswith(_STREAM_STARTS)
    ]


def _grouped(parts: Sequence[tuple[int, int]], starts: list[int], n_frames: int) -> tuple[Spans, ...]:
    places = {start - _ITEM_HEAD: index for index, (start, _) in enumerate(parts)}
    firsts = [places[start] for start in starts if start in places]
    if len(firsts) != n_frames or len(starts) != n_frames or firsts != sorted(set(firsts)) or firsts[0] != 0:
        raise DataError(
            "The fragments cannot be assigned to frames.",
            field="PixelData",
            found=f"{len(parts)} fragments, {len(firsts)} recognised starts",
            expected=f"{n_frames} frames",
            remedy="The offset table is missing or wrong; ask the sender for a valid file.",
        )
    edges = [*firsts, len(parts)]
    return tuple(tuple(parts[first:last]) for first, last in pairwise(edges))


def map_file(path: Path) -> Buffer:
    """Return a file's bytes mapped into memory; raises `FileFormatError` if it is empty or cannot be opened."""
    try:
        with path.open("rb") as stream:
            return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as problem:
        raise FileFormatError(
            "The file cannot be opened.", file=path.name, found=str(problem), expected="a readable, non-empty file"
        ) from problem


def _named(file: object, read: Callable[[], T]) -> T:
    """Return what `read` gives; an error it raises learns the file's name."""
    try:
        return read()
    except IsocenterError as problem:
        problem.file = problem.file or (None if file is None else str(file))
        raise
