"""The bytes of a data set as DICOM JSON, without building a data set in between.

Source: DICOM PS3.18 annex F (DICOM JSON Model); PS3.5 sec. 7.5 (nesting), 6.2.2 (UN), annex A.1 (implicit VRs).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from struct import error, iter_unpack
from typing import Any, TypeAlias

from isocenter.core.errors import DataError
from isocenter.dicom import text
from isocenter.dicom.dictionary import is_standard, tag_text, vr_of
from isocenter.dicom.elements import (
    ITEM,
    ITEM_END,
    MAX_DEPTH,
    SEQUENCE_END,
    UNDEFINED,
    Buffer,
    Layout,
    bad_item,
    beyond_end,
    inner_layout,
    item_layout,
    read_head,
    skip_items,
    too_deep,
)
from isocenter.dicom.header import PIXEL_TAGS, SPECIFIC_CHARACTER_SET, Header
from isocenter.dicom.json_values import BINARY_VRS, FLOAT_VRS, INTEGER_VRS, inline_binary, number, person_name

JsonDataset: TypeAlias = dict[str, dict[str, Any]]
BulkDataUri: TypeAlias = Callable[[str], str]

BULK_BYTES = 1024

_NUMBER_CODES = {"US": "H", "SS": "h", "UL": "L", "SL": "l", "FL": "f", "FD": "d", "UV": "Q", "SV": "q"}
_SINGLE_TEXTS = frozenset({"LT", "ST", "UT", "UR"})
_PIXEL_REPRESENTATION, _LUT_DESCRIPTOR, _LUT_DATA = 0x00280103, 0x00283002, 0x00283006
_SIGN_DEPENDENT = frozenset(
    {
        0x00189810, 0x00221452, 0x00280104, 0x00280105, 0x00280106, 0x00280107, 0x00280108, 0x00280109, 0x00280110,
        0x00280111, 0x00280120, 0x00280121, 0x00281101, 0x00281102, 0x00281103, 0x00283002, 0x00409211, 0x00409216,
        0x00603004, 0x00603006,
    }
)  # fmt: skip  # "US or SS" in PS3.6


@dataclass(frozen=True)
class JsonReader:
    """Walks the elements of one buffer; `bulk_data_uri` names large values, as in `json_model.to_json`."""

    buffer: Buffer
    bulk_data_uri: BulkDataUri | None
    bulk_bytes: int

    @classmethod
    def convert(cls, header: Header, bulk_data_uri: BulkDataUri | None, bulk_bytes: int) -> JsonDataset:
        """Return the whole data set of a scanned header.

        Raises `DataError` if it is damaged.
        """
        reader = cls(header.buffer, bulk_data_uri, bulk_bytes)
        level = _Level(header.layout, "", b"", is_signed=False, depth=0)
        return reader._dataset(header.dataset_offset, len(header.buffer), level)[0]

    @classmethod
    def convert_part(cls, header: Header, start: int, end: int, bulk_data_uri: BulkDataUri | None) -> JsonDataset:
        """Return the elements between two places of a scanned header's buffer, both at the edge of an element."""
        reader = cls(header.buffer, bulk_data_uri, BULK_BYTES)
        level = _Level(header.layout, "", b"", is_signed=False, depth=0)
        return reader._dataset(start, end, level)[0]

    def _dataset(self, position: int, end: int, level: _Level) -> tuple[JsonDataset, int]:
        """Return the elements from `position` to `end` or to an item's delimiter, and where the walk stopped."""
        result: JsonDataset = {}
        layout = level.layout
        while position + 8 <= end:
            key, vr_number, start, length = read_head(self.buffer, position, layout)
            tag = layout.key(key)
            if tag == ITEM_END:
                return result, start
            vr = level.representation(tag, layout.vr_names.get(vr_number, "UN"))
            if length == UNDEFINED:
                converted, position = self._open(
                    tag, vr, start, end, level.inside(tag, inner_layout(layout, vr_number))
                )
            elif start + length > end:
                raise beyond_end(tag, start, length, end)
            else:
                position = start + length
                converted = self._closed(tag, vr, start, position, level.inside(tag, layout))
            if converted is not None and tag & 0xFFFF and tag >> 16 != 2:
                result[f"{tag:08X}"] = converted
        return result, end

    def _open(self, tag: int, vr: str, start: int, end: int, inside: _Level) -> tuple[dict[str, Any] | None, int]:
        """Return an element of undefined length and where it ends: encapsulated pixels or a sequence."""
        if tag in PIXEL_TAGS and vr != "SQ":
            stop = skip_items(self.buffer, start, end, inside.layout)
            value = b"" if inside.depth == 1 else bytes(self.buffer[start:stop])
            return self._binary(tag, vr, value, inside), stop
        return self._sequence(start, end, inside)

    def _closed(self, tag: int, vr: str, start: int, stop: int, inside: _Level) -> dict[str, Any] | None:
        if vr == "SQ" and inside.depth <= MAX_DEPTH:
            return self._sequence(start, stop, inside)[0]
        value = b"" if tag in PIXEL_TAGS and inside.depth == 1 else bytes(self.buffer[start:stop])
        if vr == "SQ":  # nested so deeply that no reader should have to follow: the bytes as they lie
            return {"vr": "UN", "InlineBinary": inline_binary(value, "UN", is_big=False)}
        if vr in BINARY_VRS:
            return self._binary(tag, vr, value, inside)
        inside.remember(tag, value)
        values = _values(tag, vr, value, inside)
        return {"vr": vr} if all(v is None for v in values) else {"vr": vr, "Value": values}

    def _binary(self, tag: int, vr: str, value: bytes, inside: _Level) -> dict[str, Any] | None:
        is_pixels = tag in PIXEL_TAGS and inside.depth == 1
        if is_pixels or (self.bulk_data_uri is not None and len(value) > self.bulk_bytes):
            return None if self.bulk_data_uri is None else {"vr": vr, "BulkDataURI": self.bulk_data_uri(inside.path)}
        if not value:
            return {"vr": vr}
        return {"vr": vr, "InlineBinary": inline_binary(value, vr, is_big=not inside.layout.is_little)}

    def _sequence(self, position: int, end: int, inside: _Level) -> tuple[dict[str, Any], int]:
        """Return a sequence and where it ends: its delimiter, or `end` if its length is defined."""
        if inside.depth > MAX_DEPTH:
            raise too_deep(position)
        items: list[JsonDataset] = []
        while position + 8 <= end:
            key, _, start, length = read_head(self.buffer, position, inside.layout)
            tag = inside.layout.key(key)
            if tag == SEQUENCE_END:
                position = start
                break
            if tag != ITEM:
                raise bad_item(tag, position)
            stop = end if length == UNDEFINED else start + length
            if stop > end:
                raise beyond_end(tag, start, length, end)
            layout = item_layout(self.buffer, start, stop, inside.layout)
            item, position = self._dataset(start, stop, inside.item(len(items), layout))
            items.append(item)
        return ({"vr": "SQ", "Value": items} if items else {"vr": "SQ"}), position


class _Level:
    """What holds inside one data set: layout, character set, sign of the pixels, path and depth."""

    __slots__ = ("_parent", "character_set", "depth", "is_signed", "layout", "lut_length", "path")

    def __init__(self, layout: Layout, path: str, character_set: bytes, *, is_signed: bool, depth: int) -> None:
        self.layout = layout
        self.path = path
        self.character_set = character_set
        self.is_signed = is_signed
        self.depth = depth
        self.lut_length = 0
        self._parent: _Level | None = None

    def inside(self, tag: int, layout: Layout) -> _Level:
        """Return the level of one element's value."""
        level = _Level(
            layout, f"{self.path}{tag:08X}", self.character_set, is_signed=self.is_signed, depth=self.depth + 1
        )
        level._parent = self
        return level

    def item(self, index: int, layout: Layout) -> _Level:
        """Return the level of a sequence's item."""
        return _Level(layout, f"{self.path}/{index}/", self.character_set, is_signed=self.is_signed, depth=self.depth)

    def remember(self, tag: int, value: bytes) -> None:
        """Keep values on which the meaning of later elements of the same data set depends."""
        holder = self._parent
        if holder is None or tag not in (SPECIFIC_CHARACTER_SET, _PIXEL_REPRESENTATION, _LUT_DESCRIPTOR):
            return
        if tag == SPECIFIC_CHARACTER_SET:
            holder.character_set = value
        elif tag == _PIXEL_REPRESENTATION:
            holder.is_signed = value[:2] in (b"\1\0", b"\0\1")
        else:
            holder.lut_length = int.from_bytes(value[:2], "little" if self.layout.is_little else "big")

    def representation(self, tag: int, stated: str) -> str:
        """Return the VR: as stated, or from the dictionary if it is implicit or UN (PS3.5 sec. 6.2.2, A.1)."""
        if self.layout.is_explicit and (stated != "UN" or not is_standard(tag)):
            return stated
        if tag in _SIGN_DEPENDENT:
            return "SS" if self.is_signed else "US"
        if tag == _LUT_DATA:
            return "US" if self.lut_length == 1 else "OW"
        return "OW" if tag in PIXEL_TAGS or (tag >> 24 == 0x60 and tag & 0xFFFF == 0x3000) else vr_of(tag)


def _values(tag: int, vr: str, value: bytes, level: _Level) -> list[Any]:
    """Return the values of an element that is neither binary nor a sequence."""
    order = "<" if level.layout.is_little else ">"
    try:
        if vr in _NUMBER_CODES:
            kind = float if vr in FLOAT_VRS else int
            return [number(v, kind) for (v,) in iter_unpack(f"{order}{_NUMBER_CODES[vr]}", value)]
        if vr == "AT":
            return [f"{group:04X}{element:04X}" for group, element in iter_unpack(f"{order}HH", value)]
    except error:
        raise DataError(
            "A number has the wrong length.", field=tag_text(tag), found=f"{len(value)} bytes", expected=vr
        ) from None
    decoded = text.decode(value, vr, level.character_set)
    if vr in _SINGLE_TEXTS:
        return [decoded or None]
    return [_text_value(part.strip(), vr) for part in decoded.split("\\")]


def _text_value(part: str, vr: str) -> Any:
    if not part:
        return None
    if vr == "PN":
        return person_name(part)
    if vr in INTEGER_VRS:
        return number(part, int)
    return number(part, float) if vr in FLOAT_VRS else part
