"""Replace header values in the bytes of a DICOM file and say so in it; everything else passes through as it lies.

Source: DICOM PS3.5 sec. 7.1 (data elements), PS3.3 sec. C.12.1.1.9 (Original Attributes Sequence).
"""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydicom.charset import convert_encodings, encode_string

from isocenter.core.errors import DataError, OptionError
from isocenter.dicom.dictionary import tag_text, vr_of
from isocenter.dicom.elements import ITEM, UNDEFINED, Buffer, Layout, inner_layout, read_head, skip_items
from isocenter.dicom.header import SPECIFIC_CHARACTER_SET, Header, scan_header
from isocenter.dicom.part10 import dataset_start
from isocenter.dicom.text import decode
from isocenter.dicom.uids import DEFLATED

_LOCALISED = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
_ORIGINAL_ATTRIBUTES, _MODIFIED_ATTRIBUTES = 0x04000561, 0x04000550
_MODIFIED_AT, _SYSTEM, _SOURCE, _REASON = 0x04000562, 0x04000563, 0x04000564, 0x04000565
_END = 0x7FE00000  # no element from here on is looked at


@dataclass(frozen=True)
class Amendment:
    """New values by tag, an empty one empties the element; `modified_at` is a DT, `system` who amended."""

    values: Mapping[int, str]
    modified_at: str
    system: str


@dataclass(frozen=True)
class _Element:
    vr: str
    begin: int
    start: int
    stop: int
    is_open: bool


def amend(file: Buffer, amendment: Amendment) -> tuple[bytes, tuple[bytes | memoryview, ...]]:
    """Return preamble and file meta, and the data set in parts, with the values of an amendment in it.

    Raises
    ------
    OptionError
        If a value has characters that the data set's character set does not have.
    DataError
        If the file is damaged.
    """
    header = scan_header(file, frozenset({SPECIFIC_CHARACTER_SET}))
    view = memoryview(header.buffer)
    head = bytes(memoryview(file)[: dataset_start(file)])
    parts = tuple(_parts(view, header, amendment))
    if header.transfer_syntax_uid in DEFLATED:
        packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        packed = b"".join([*(packer.compress(part) for part in parts), packer.flush()])
        return head, (packed + b"\0" * (len(packed) % 2),)
    return head, parts


def _parts(view: memoryview, header: Header, amendment: Amendment) -> Iterator[bytes | memoryview]:
    """Yield the data set: new elements in their places, views of what lies between."""
    found, position = _elements(view, header)
    inserted = _new_elements(view, header.layout, found, amendment, header.raw(SPECIFIC_CHARACTER_SET))
    groups = {tag >> 16 for tag in inserted}
    for tag in [tag for tag in found if tag & 0xFFFF == 0 and tag >> 16 in groups]:
        inserted[tag] = b""  # group lengths, retired: they would no longer be true
    done = header.dataset_offset
    for tag in sorted(inserted):
        old = found.get(tag)
        begin = old.begin if old else next((each.begin for key, each in found.items() if key > tag), position)
        yield view[done:begin]
        yield inserted[tag]
        done = old.stop if old else begin
    yield view[done:]


def _elements(view: memoryview, header: Header) -> tuple[dict[int, _Element], int]:
    """Return the elements before the pixel data in order, and where they end."""
    layout, position, end = header.layout, header.dataset_offset, len(view)
    found: dict[int, _Element] = {}
    while position + 8 <= end:
        key, vr, start, length = read_head(view, position, layout)
        tag = layout.key(key)
        if tag >= _END:
            break
        is_open = length == UNDEFINED
        stop = skip_items(view, start, end, inner_layout(layout, vr)) if is_open else start + length
        if stop > end:
            raise DataError("A value is longer than the file.", field=tag_text(tag))
        if found and tag <= next(reversed(found)):
            raise DataError(
                "The data elements are out of order.",
                field=tag_text(tag),
                expected="each tag once, in ascending order (PS3.5 sec. 7.1)",
            )
        name = layout.vr_names.get(vr, "UN") if layout.is_explicit else vr_of(tag)
        found[tag] = _Element(name, position, start, stop, is_open)
        position = stop
    return found, position


def _new_elements(
    view: memoryview, layout: Layout, found: Mapping[int, _Element], amendment: Amendment, character_set: bytes | None
) -> dict[int, bytes]:
    values = dict(amendment.values)
    if not all(value.isascii() for value in values.values()) and _is_plain(character_set):
        values[SPECIFIC_CHARACTER_SET] = "ISO_IR 192"  # what is there is ASCII, which is UTF-8 too
        character_set = b"ISO_IR 192"
    new = {tag: _text_element(layout, tag, value, character_set) for tag, value in values.items()}
    before = b"".join(
        _element(layout, tag, found[tag].vr, _value_of(view, found[tag])) if tag in found else _text(layout, tag, b"")
        for tag in sorted(values)
    )
    item = b"".join(
        (
            _element(layout, _MODIFIED_ATTRIBUTES, "SQ", _item(layout, before)),
            _text(layout, _MODIFIED_AT, amendment.modified_at.encode("ascii")),
            _text(layout, _SYSTEM, amendment.system.encode("ascii", "replace")),
            _text(layout, _SOURCE, b""),
            _text(layout, _REASON, b"CORRECT"),
        )
    )
    old = found.get(_ORIGINAL_ATTRIBUTES)
    kept = _value_of(view, old) if old else b""
    new[_ORIGINAL_ATTRIBUTES] = _element(layout, _ORIGINAL_ATTRIBUTES, "SQ", kept + _item(layout, item))
    return new


def _value_of(view: memoryview, element: _Element) -> bytes:
    return bytes(view[element.start : element.stop - (8 if element.is_open else 0)])


def _is_plain(character_set: bytes | None) -> bool:
    return (character_set or b"").strip(b"\0 ") in (b"", b"ISO_IR 6")


def encode(value: str, vr: str, character_set: bytes | None) -> bytes:
    """Return a text in a character set (None is ASCII); raises `OptionError` if it cannot say this."""
    if value.isascii():
        return value.encode("ascii")
    names = [part.strip("\0 ") for part in (character_set or b"").decode("latin-1").split("\\")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            encodings = list(convert_encodings(names))
            # Each name component begins in the first character set again, PS3.5 sec. 6.1.2.5.3.
            encoded = b"=".join(
                b"^".join(encode_string(component, encodings) for component in group.split("^"))
                for group in value.split("=")
            )
        except (LookupError, ValueError):
            encoded = b""
    if vr not in _LOCALISED or decode(encoded, vr, character_set) != value.strip():
        raise OptionError(
            "A value has characters that the character set of the data set does not have.",
            field="SpecificCharacterSet",
            found=(character_set or b"").decode("latin-1").strip("\0 ")[:40] or "ASCII",
        )
    return encoded


def _text_element(layout: Layout, tag: int, value: str, character_set: bytes | None) -> bytes:
    return _text(layout, tag, encode(value, vr_of(tag), character_set))


def _text(layout: Layout, tag: int, value: bytes) -> bytes:
    vr = vr_of(tag)
    return _element(layout, tag, vr, value + (b"\0" if vr == "UI" else b" ") * (len(value) % 2))


def _element(layout: Layout, tag: int, vr: str, value: bytes) -> bytes:
    key = layout.key(tag)
    if not layout.is_explicit:
        return layout.head.pack(key, len(value)) + value
    code = next(number for number, name in layout.vr_names.items() if name == vr)
    if code in layout.short_vrs:
        return layout.head.pack(key, code, len(value)) + value
    return layout.head.pack(key, code, 0) + layout.length.pack(len(value)) + value


def _item(layout: Layout, content: bytes) -> bytes:
    return layout.length.pack(layout.key(ITEM)) + layout.length.pack(len(content)) + content
