"""A byte-level reader of wanted header values that opens nothing else: no pydicom data set, no pixel.

Source: DICOM PS3.5 sec. 7 (data set structure), PS3.10 sec. 7.1 (file meta information).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from struct import error, unpack

from isocenter.core.errors import DataError, FileFormatError, IsocenterError
from isocenter.dicom import text
from isocenter.dicom.dictionary import tag_text, vr_of
from isocenter.dicom.elements import (
    EXPLICIT_BE,
    EXPLICIT_LE,
    IMPLICIT_BE,
    IMPLICIT_LE,
    ITEM,
    SEQUENCE_END,
    UNDEFINED,
    Buffer,
    Layout,
    beyond_end,
    ends_early,
    inner_layout,
    read_head,
    read_items,
    skip_items,
)
from isocenter.dicom.uids import (
    DEFLATED,
    EXPLICIT_BIG_ENDIAN,
    EXPLICIT_LITTLE_ENDIAN,
    IMPLICIT_LITTLE_ENDIAN,
)

SPECIFIC_CHARACTER_SET = 0x00080005
TRANSFER_SYNTAX_UID = 0x00020010
PIXEL_TAGS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
EXTENDED_OFFSETS = 0x7FE00001
EXTENDED_LENGTHS = 0x7FE00002
ALWAYS = frozenset({SPECIFIC_CHARACTER_SET, EXTENDED_OFFSETS, EXTENDED_LENGTHS})

MAX_INFLATED_BYTES = 512 * 1024 * 1024

_NUMBER_CODES = {"US": "H", "SS": "h", "UL": "L", "SL": "l", "FL": "f", "FD": "d", "UV": "Q", "SV": "q", "AT": "HH"}
_LAYOUTS = {IMPLICIT_LITTLE_ENDIAN: IMPLICIT_LE, EXPLICIT_BIG_ENDIAN: EXPLICIT_BE}


@dataclass(frozen=True, slots=True)
class PixelLocation:
    """Where the pixel data lie in `Header.buffer`; `length` None means encapsulated (fragments until a delimiter)."""

    tag: int
    vr: str
    offset: int
    length: int | None


@dataclass(frozen=True, slots=True)
class Header:
    """The wanted values of one data set, still as bytes, and where its pixel data lie.

    `buffer` holds the bytes that offsets refer to: what was given, or the inflated data set of a deflated one.
    """

    transfer_syntax_uid: str
    layout: Layout
    buffer: Buffer
    dataset_offset: int
    pixels: PixelLocation | None
    elements: dict[int, tuple[str, bytes]] = field(repr=False)

    def __contains__(self, tag: int) -> bool:
        return tag in self.elements

    def raw(self, tag: int) -> bytes | None:
        """Return the value's bytes as stored, padding included; None if the element is absent."""
        found = self.elements.get(tag)
        return None if found is None else found[1]

    def text(self, tag: int, default: str = "") -> str:
        """Return the value as text in the data set's character set, padding removed; values stay joined by ``\\``."""
        found = self.elements.get(tag)
        return default if found is None else text.decode(found[1], found[0], self.raw(SPECIFIC_CHARACTER_SET))

    def texts(self, tag: int) -> tuple[str, ...]:
        """Return the values as texts; empty if the element is absent or empty."""
        joined = self.text(tag)
        return tuple(part.strip() for part in joined.split("\\")) if joined else ()

    def items(self, tag: int) -> tuple[Header, ...]:
        """Return the items of a sequence, each with all its elements; empty if the element is absent.

        Raises `DataError` if the sequence is damaged.
        """
        found = self.elements.get(tag)
        if found is None:
            return ()
        vr, content = found
        layout = IMPLICIT_LE if vr == "UN" else self.layout
        inherited = {tag: value for tag, value in self.elements.items() if tag == SPECIFIC_CHARACTER_SET}
        return tuple(
            Header(self.transfer_syntax_uid, layout, content, start, None, inherited | elements)
            for start, elements in read_items(content, layout)
        )

    def numbers(self, tag: int) -> tuple[float, ...]:
        """Return numeric values, whether stored as binary or as text (IS, DS).

        Raises `DataError` if a value is not a number.
        """
        found = self.elements.get(tag)
        if found is None:
            return ()
        vr, value = found
        # Values too long for their VR's length field come as UN (PS3.5 sec. 6.2.2, note 4).
        code = _NUMBER_CODES.get(vr_of(tag) if vr == "UN" else vr)
        try:
            if code is not None:
                order = "<" if self.layout.is_little else ">"
                size = {"H": 2, "h": 2, "L": 4, "l": 4, "f": 4}.get(code, 8) if code != "HH" else 4
                return tuple(float(v) for v in unpack(f"{order}{len(value) // size}{code}", value))
            return tuple(float(part) for part in value.decode("ascii").strip(" \0").split("\\") if part.strip(" \0"))
        except (ValueError, error) as problem:
            raise DataError(
                "A value is not a number.", field=tag_text(tag), found=repr(value[:40]), expected=f"a number as {vr}"
            ) from problem

    def integer(self, tag: int, default: int | None = None) -> int | None:
        """Return the first value as an integer, or `default` if there is none."""
        values = self.numbers(tag)
        if not values:
            return default
        if values[0] != values[0] or abs(values[0]) > 2**53:
            raise DataError("A value is not an integer.", field=tag_text(tag), found=values[0])
        return int(values[0])


def scan_header(
    buffer: Buffer,
    tags: frozenset[int],
    *,
    transfer_syntax_uid: str | None = None,
    is_complete: bool = True,
    file: object = None,
) -> Header:
    """Return the values of `tags` at the top level of a data set, and where its pixel data lie.

    Made for a receiver that must index an object without opening it: it walks from element to
    element, skips sequences, and stops at the pixel data (about 0.2 microseconds per element).

    Parameters
    ----------
    buffer
        A whole DICOM file (with or without preamble), or a bare data set as it comes in a C-STORE.
    tags
        Wanted tags as 32-bit numbers, for example ``0x00100020``; keep one frozenset and reuse it. Wanted
        file meta elements (group 0002) are returned too. Specific Character Set is always read.
    transfer_syntax_uid
        Of a bare data set, from the presentation context. For a file leave it out: the meta header says it.
    is_complete
        False if `buffer` may end inside the pixel data, for example the first 64 KiB of an object still arriving.
        Header elements cut off raise all the same.
    file
        Name for error messages.

    Raises
    ------
    FileFormatError
        If the bytes are no DICOM data set.
    DataError
        If a length leads beyond the end, sequences nest too deeply or a value representation is invalid.

    Examples
    --------
    >>> data = bytes.fromhex("10002000") + b"LO" + bytes.fromhex("0400") + b"P-7 "
    >>> scan_header(data, frozenset({0x00100020}), transfer_syntax_uid="1.2.840.10008.1.2.1").text(0x00100020)
    'P-7'
    """
    try:
        return _scan(buffer, tags, transfer_syntax_uid, is_complete)
    except IsocenterError as problem:
        problem.file = problem.file or (None if file is None else str(file))
        raise


def _scan(buffer: Buffer, tags: frozenset[int], transfer_syntax_uid: str | None, is_complete: bool) -> Header:
    elements: dict[int, tuple[str, bytes]] = {}
    position = 0
    if transfer_syntax_uid is None:
        position = _read_meta(buffer, tags, elements)
        stated = elements.get(TRANSFER_SYNTAX_UID)
        transfer_syntax_uid = text.decode_uid(stated[1]) if stated else ""
    if transfer_syntax_uid in DEFLATED:
        buffer, position = inflate(buffer, position), 0
    layout = _layout_of(buffer, position, transfer_syntax_uid)
    if not transfer_syntax_uid:
        transfer_syntax_uid = _implied_syntax(layout)
    walk = _walk_explicit if layout.is_explicit else _walk_implicit
    pixels = walk(buffer, position, layout, _keys(tags, layout), elements, is_complete)
    return Header(transfer_syntax_uid, layout, buffer, position, pixels, elements)


@lru_cache(maxsize=64)
def _keys(tags: frozenset[int], layout: Layout) -> dict[int, int]:
    """Return the wanted tags by the number that the layout reads for them."""
    return {layout.key(tag): tag for tag in tags | ALWAYS | PIXEL_TAGS}


def _walk_explicit(
    buffer: Buffer,
    position: int,
    layout: Layout,
    keys: dict[int, int],
    elements: dict[int, tuple[str, bytes]],
    is_complete: bool,
) -> PixelLocation | None:
    """Collect wanted elements up to the pixel data; the loop that every stored object passes through."""
    unpack_head, unpack_length = layout.head.unpack_from, layout.length.unpack_from
    short_vrs, long_vrs, names = layout.short_vrs, layout.long_vrs, layout.vr_names
    end = len(buffer)
    try:
        while position < end:
            key, vr, length = unpack_head(buffer, position)
            start = position + 8
            if vr not in short_vrs:
                if vr in long_vrs:
                    start, length = position + 12, unpack_length(buffer, start)[0]
                else:
                    key, vr, start, length = read_head(buffer, position, layout)
                if length == UNDEFINED:
                    if keys.get(key) in PIXEL_TAGS:
                        return PixelLocation(keys[key], names.get(vr, "OB"), start, None)
                    length = skip_items(buffer, start, end, inner_layout(layout, vr)) - start
            position = start + length
            if key in keys:
                if keys[key] in PIXEL_TAGS:
                    return _native(keys[key], names.get(vr, "OW"), start, length, end, is_complete)
                elements[keys[key]] = (names.get(vr, "UN"), bytes(buffer[start:position]))
            if position > end:
                raise beyond_end(layout.key(key), start, length, end)
    except error:
        raise ends_early(position, end) from None
    return None


def _walk_implicit(
    buffer: Buffer,
    position: int,
    layout: Layout,
    keys: dict[int, int],
    elements: dict[int, tuple[str, bytes]],
    is_complete: bool,
) -> PixelLocation | None:
    """Collect wanted elements up to the pixel data of a data set without value representations."""
    unpack_head = layout.head.unpack_from
    end = len(buffer)
    try:
        while position < end:
            key, length = unpack_head(buffer, position)
            start = position + 8
            if length == UNDEFINED:
                if keys.get(key) in PIXEL_TAGS:
                    return PixelLocation(keys[key], "OB", start, None)
                length = skip_items(buffer, start, end, layout) - start
            position = start + length
            if key in keys:
                tag = keys[key]
                if tag in PIXEL_TAGS:
                    return _native(tag, "OW", start, length, end, is_complete)
                elements[tag] = (vr_of(tag), bytes(buffer[start:position]))
            if position > end:
                raise beyond_end(layout.key(key), start, length, end)
    except error:
        raise ends_early(position, end) from None
    return None


def _native(tag: int, vr: str, start: int, length: int, end: int, is_complete: bool) -> PixelLocation:
    if is_complete and start + length > end:
        raise beyond_end(tag, start, length, end)
    return PixelLocation(tag, vr, start, length)


def _read_meta(buffer: Buffer, tags: frozenset[int], elements: dict[int, tuple[str, bytes]]) -> int:
    """Collect wanted file meta elements and return where the data set begins."""
    position = 132 if bytes(buffer[128:132]) == b"DICM" else 0
    if position == 0 and not _looks_like_dataset(buffer):
        raise FileFormatError(
            "This is not a DICOM file.",
            field="preamble",
            found=repr(bytes(buffer[128:132]) or bytes(buffer[:4])),
            expected="DICM at byte 128",
            remedy="Choose a DICOM file (PS3.10).",
        )
    end = len(buffer)
    while position + 8 <= end and bytes(buffer[position : position + 2]) == b"\x02\x00":
        key, vr, start, length = read_head(buffer, position, EXPLICIT_LE)
        if length == UNDEFINED or start + length > end:
            raise beyond_end(EXPLICIT_LE.key(key), start, length, end)
        position = start + length
        tag = EXPLICIT_LE.key(key)
        if tag in tags or tag == TRANSFER_SYNTAX_UID:
            elements[tag] = (EXPLICIT_LE.vr_names.get(vr, "UN"), bytes(buffer[start:position]))
    if position >= end:
        raise FileFormatError(
            "The file holds no data set.",
            found=f"end at byte {end}",
            expected="data elements after the file meta information",
            remedy="The file is cut off; copy or send it again.",
        )
    return position


def _looks_like_dataset(buffer: Buffer) -> bool:
    """Return whether bytes without preamble begin like a data set: a low group and a sane length or VR."""
    first = bytes(buffer[:8])
    if len(first) < 8:
        return False
    group = min(int.from_bytes(first[:2], "little"), int.from_bytes(first[:2], "big"))
    if group not in (0x0002, 0x0008):
        return False
    return first[4:6].isalpha() or int.from_bytes(first[4:8], "little") <= len(buffer)


def _layout_of(buffer: Buffer, position: int, transfer_syntax_uid: str) -> Layout:
    """Return the layout the transfer syntax states, unless the first element plainly has the other VR encoding."""
    first = bytes(buffer[position : position + 6])
    has_vr = first[4:6].isalpha() and first[4:6].isupper()
    if not transfer_syntax_uid:
        is_big = len(first) >= 2 and first[0] == 0 and first[1] != 0
        return {(True, False): EXPLICIT_LE, (True, True): EXPLICIT_BE, (False, True): IMPLICIT_BE}.get(
            (has_vr, is_big), IMPLICIT_LE
        )
    layout = _LAYOUTS.get(transfer_syntax_uid, EXPLICIT_LE)
    if layout is IMPLICIT_LE and has_vr and first[:2] == b"\x08\x00":
        return EXPLICIT_LE
    if layout is EXPLICIT_LE and not has_vr and first[:2] == b"\x08\x00":
        return IMPLICIT_LE
    return layout


def _implied_syntax(layout: Layout) -> str:
    if not layout.is_explicit:
        return IMPLICIT_LITTLE_ENDIAN
    return EXPLICIT_LITTLE_ENDIAN if layout.is_little else EXPLICIT_BIG_ENDIAN


def inflate(buffer: Buffer, position: int = 0, limit_bytes: int = MAX_INFLATED_BYTES) -> bytes:
    """Return the inflated bytes from `position` on (PS3.5 annex A.5), never more than `limit_bytes`."""
    decoder = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        inflated = decoder.decompress(memoryview(buffer)[position:], limit_bytes)
    except zlib.error as problem:
        raise DataError(
            "The deflated data set is damaged.", found=str(problem), remedy="Copy or send the file again."
        ) from problem
    if decoder.unconsumed_tail and not decoder.eof:
        raise DataError("The deflated data set is too large.", found=f"more than {limit_bytes} bytes", expected="less")
    return inflated


def fragments(header: Header, *, is_complete: bool = True) -> Iterator[tuple[int, int]]:
    """Yield offset and length of every item of encapsulated pixel data, the basic offset table first.

    Raises `DataError` if an item leads beyond the end. Only the eight bytes before each fragment are read.
    """
    if header.pixels is None or header.pixels.length is not None:
        return
    position, end = header.pixels.offset, len(header.buffer)
    while position + 8 <= end:
        key, _, start, length = read_head(header.buffer, position, IMPLICIT_LE)
        tag = IMPLICIT_LE.key(key)
        if tag == SEQUENCE_END:
            return
        if tag != ITEM or length == UNDEFINED:
            raise DataError(
                "The encapsulated pixel data hold something that is not a fragment.",
                field=tag_text(header.pixels.tag),
                found=f"{tag_text(tag)} at byte {position}",
                expected="(FFFE,E000) item with its length",
            )
        if start + length > end:
            if not is_complete:
                return
            raise beyond_end(header.pixels.tag, start, length, end)
        yield start, length
        position = start + length
