"""How data elements lie in bytes: the four layouts and a bounded walk over them.

Source: DICOM PS3.5 sec. 7.1 (Data Elements), 7.5 (Nesting of Data Sets), 6.2.2 (Unknown VR).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap
from struct import Struct, error
from typing import TypeAlias

from isocenter.core.errors import DataError
from isocenter.dicom.dictionary import tag_text, vr_of

Buffer: TypeAlias = bytes | bytearray | memoryview | mmap

UNDEFINED = 0xFFFFFFFF
MAX_DEPTH = 64

ITEM = 0xFFFEE000
ITEM_END = 0xFFFEE00D
SEQUENCE_END = 0xFFFEE0DD

_SHORT = "AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US"
_LONG = "OB OD OF OL OV OW SQ SV UC UN UR UT UV"


@dataclass(frozen=True, eq=False, repr=False)
class Layout:
    """Byte order and VR encoding, with everything the walk needs looked up once.

    Keys are tags as one 32-bit read gives them: group and element change places in little endian.
    """

    is_explicit: bool
    is_little: bool
    head: Struct
    length: Struct
    short_vrs: frozenset[int]
    long_vrs: frozenset[int]
    vr_names: dict[int, str]

    def key(self, tag: int) -> int:
        """Return a tag as the 32-bit number that `head` reads, and back."""
        return ((tag & 0xFFFF) << 16) | (tag >> 16) if self.is_little else tag


def _layout(*, is_explicit: bool, is_little: bool) -> Layout:
    order = "<" if is_little else ">"
    number = Struct(order + "H")
    short, long = ({number.unpack(vr.encode())[0]: vr for vr in names.split()} for names in (_SHORT, _LONG))
    head = Struct(order + ("LHH" if is_explicit else "LL"))
    return Layout(is_explicit, is_little, head, Struct(order + "L"), frozenset(short), frozenset(long), short | long)


IMPLICIT_LE = _layout(is_explicit=False, is_little=True)
EXPLICIT_LE = _layout(is_explicit=True, is_little=True)
EXPLICIT_BE = _layout(is_explicit=True, is_little=False)
IMPLICIT_BE = _layout(is_explicit=False, is_little=False)


def read_head(buffer: Buffer, position: int, layout: Layout) -> tuple[int, int, int, int]:
    """Return key, VR number (0 in implicit), value start and length of the element at `position`.

    Raises
    ------
    DataError
        If the bytes end inside the element's head or hold no value representation.
    """
    try:
        if not layout.is_explicit:
            key, length = layout.head.unpack_from(buffer, position)
            return key, 0, position + 8, length
        key, vr, length = layout.head.unpack_from(buffer, position)
        if vr in layout.short_vrs:
            return key, vr, position + 8, length
        tag = layout.key(key)
        if tag >> 16 == 0xFFFE:
            return key, 0, position + 8, layout.length.unpack_from(buffer, position + 4)[0]
        if vr not in layout.long_vrs and not _is_letters(buffer, position + 4):
            raise bad_representation(tag, bytes(buffer[position + 4 : position + 6]), position)
        return key, vr, position + 12, layout.length.unpack_from(buffer, position + 8)[0]
    except error:
        raise ends_early(position, len(buffer)) from None


def skip_items(buffer: Buffer, position: int, end: int, layout: Layout, depth: int = 1) -> int:
    """Return where a sequence (or fragments) of undefined length ends, its delimiter included.

    Raises
    ------
    DataError
        If it runs past `end`, nests deeper than `MAX_DEPTH` or holds something that is no item.
    """
    if depth > MAX_DEPTH:
        raise too_deep(position)
    while position < end:
        key, _, start, length = read_head(buffer, position, layout)
        tag = layout.key(key)
        if tag == SEQUENCE_END:
            return start
        if tag != ITEM:
            raise bad_item(tag, position)
        position = _skip_item(buffer, start, end, layout, depth) if length == UNDEFINED else start + length
        if position > end:
            raise beyond_end(ITEM, start, length, end)
    raise ends_early(position, end)


def _skip_item(buffer: Buffer, position: int, end: int, layout: Layout, depth: int) -> int:
    """Return where an item of undefined length ends, its delimiter included."""
    layout = item_layout(buffer, position, end, layout)
    while position < end:
        key, vr, start, length = read_head(buffer, position, layout)
        tag = layout.key(key)
        if tag == ITEM_END:
            return start
        if length == UNDEFINED:
            position = skip_items(buffer, start, end, inner_layout(layout, vr), depth + 1)
        else:
            position = start + length
        if position > end:
            raise beyond_end(tag, start, length, end)
    raise ends_early(position, end)


def require_bounded(buffer: Buffer, position: int, end: int, layout: Layout) -> None:
    """Raise `DataError` if sequences nest deeper than `MAX_DEPTH`, whether their lengths are stated or not.

    For who is about to hand a data set to a reader that calls itself for each level.
    """
    opened: list[tuple[int, Layout]] = []
    while position + 8 <= end:
        while opened and position >= opened[-1][0]:
            layout = opened.pop()[1]
        key, vr, start, length = read_head(buffer, position, layout)
        tag, is_open = layout.key(key), length == UNDEFINED
        position = start
        if tag == SEQUENCE_END and opened:
            layout = opened.pop()[1]
        elif tag == ITEM:
            layout = item_layout(buffer, start, end if is_open else start + length, layout)
        elif _is_sequence(layout, tag, vr, is_open=is_open):
            opened.append((end if is_open else start + length, layout))
            layout = inner_layout(layout, vr)
            if len(opened) > MAX_DEPTH:
                raise too_deep(start)
        elif is_open:
            position = skip_items(buffer, start, end, layout)
        elif tag not in (ITEM_END, SEQUENCE_END):
            position = start + length


def _is_sequence(layout: Layout, tag: int, vr: int, *, is_open: bool) -> bool:
    name = layout.vr_names.get(vr, "UN") if layout.is_explicit else vr_of(tag)
    return name == "SQ" or (name == "UN" and is_open)


def read_items(value: bytes, layout: Layout) -> Iterator[tuple[int, dict[int, tuple[str, bytes]]]]:
    """Yield, for every item of a sequence's value, where it starts and all its elements, nested sequences as bytes."""
    position, end = 0, len(value)
    while position + 8 <= end:
        key, _, start, length = read_head(value, position, layout)
        tag = layout.key(key)
        if tag == SEQUENCE_END:
            return
        if tag != ITEM:
            raise bad_item(tag, position)
        stop = end if length == UNDEFINED else start + length
        if stop > end:
            raise beyond_end(tag, start, length, end)
        elements, position = _item_elements(value, start, stop, layout)
        yield start, elements


def _item_elements(value: bytes, position: int, end: int, layout: Layout) -> tuple[dict[int, tuple[str, bytes]], int]:
    elements: dict[int, tuple[str, bytes]] = {}
    layout = item_layout(value, position, end, layout)
    while position < end:
        key, vr, start, length = read_head(value, position, layout)
        tag = layout.key(key)
        if tag == ITEM_END:
            return elements, start
        is_open = length == UNDEFINED
        position = skip_items(value, start, end, inner_layout(layout, vr)) if is_open else start + length
        if position > end:
            raise beyond_end(tag, start, length, end)
        name = layout.vr_names.get(vr, "UN") if layout.is_explicit else vr_of(tag)
        elements[tag] = (name, value[start:position])
    return elements, position


def inner_layout(layout: Layout, vr: int) -> Layout:
    """Return the layout inside a sequence: implicit little endian if its VR is UN (PS3.5 sec. 6.2.2 note 2)."""
    return IMPLICIT_LE if layout.vr_names.get(vr) == "UN" else layout


def item_layout(buffer: Buffer, start: int, stop: int, layout: Layout) -> Layout:
    """Return the layout of an item: implicit where its first element plainly has no value representation.

    Converters have written explicit data sets whose sequences kept their implicit items.
    """
    if not (layout.is_explicit and layout.is_little) or stop - start < 8 or _is_letters(buffer, start + 4):
        return layout
    group, length = bytes(buffer[start : start + 2]), int.from_bytes(bytes(buffer[start + 4 : start + 8]), "little")
    return layout if group == b"\xfe\xff" or start + 8 + length > stop else IMPLICIT_LE


def _is_letters(buffer: Buffer, position: int) -> bool:
    letters = bytes(buffer[position : position + 2])
    return len(letters) == 2 and letters.isalpha() and letters.isupper()


def bad_representation(tag: int, found: bytes, position: int) -> DataError:
    """Return the error for two bytes that are no value representation."""
    return DataError(
        "A data element has no valid value representation.",
        field=tag_text(tag),
        found=f"{found!r} at byte {position}",
        expected="two capital letters (PS3.5 sec. 6.2)",
        remedy="The file is damaged or its transfer syntax is wrong; ask the sender for a valid one.",
    )


def too_deep(position: int) -> DataError:
    """Return the error for sequences in sequences without end."""
    return DataError(
        "Sequences are nested too deeply.",
        found=f"more than {MAX_DEPTH} levels at byte {position}",
        expected=f"at most {MAX_DEPTH} levels",
        remedy="The file is damaged or made to do harm; ask the sender for a valid one.",
    )


def bad_item(tag: int, position: int) -> DataError:
    """Return the error for an element where only an item may stand."""
    return DataError(
        "A sequence holds something that is not an item.",
        found=f"{tag_text(tag)} at byte {position}",
        expected="(FFFE,E000) item or (FFFE,E0DD) delimiter",
        remedy="The file is damaged; ask the sender for a valid one.",
    )


def ends_early(position: int, end: int) -> DataError:
    """Return the error for bytes that end inside a data element."""
    return DataError(
        "The data set ends inside a data element.",
        found=f"end at byte {end}",
        expected=f"more after byte {position}",
        remedy="The file is cut off; copy or send it again.",
    )


def beyond_end(tag: int, start: int, length: int, end: int) -> DataError:
    """Return the error for a value that says it is longer than the bytes there are."""
    return DataError(
        "A value is longer than the file.",
        field=tag_text(tag),
        found=f"{max(end - start, 0)} bytes left",
        expected=f"{length} bytes",
        remedy="The file is cut off or damaged; copy or send it again.",
    )
