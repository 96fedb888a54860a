"""Where the frames of a segmentation lie, read for ten thousand frames as for one.

Of the functional groups of each frame only what places it is looked at: segment, plane, images it was made from. What
many frames share is kept once, and frames name it by its number.

Source: DICOM PS3.3 sec. A.51, C.7.6.16 (functional groups), C.8.20.3.1 (Segment Identification).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import unpack_from
from typing import Any

from isocenter.core.errors import DataError
from isocenter.dicom.dictionary import tag_of
from isocenter.dicom.elements import (
    ITEM,
    ITEM_END,
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
)
from isocenter.dicom.header import Header, scan_header
from isocenter.dicom.json_model import JsonDataset
from isocenter.dicom.json_reader import BulkDataUri, JsonReader

PER_FRAME = tag_of("PerFrameFunctionalGroupsSequence")
_SEGMENT, _POSITION, _ORIENTATION, _SPACING = (
    tag_of(name)
    for name in ("ReferencedSegmentNumber", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")
)
_SOURCES = tag_of("SourceImageSequence")
_INSTANCE, _FRAME = tag_of("ReferencedSOPInstanceUID"), tag_of("ReferencedFrameNumber")
_ENTERED = frozenset(
    tag_of(f"{name}Sequence")
    for name in ("SegmentIdentification", "PlanePosition", "PlaneOrientation", "PixelMeasures", "DerivationImage")
)
_WANTED = frozenset({_SEGMENT, _POSITION, _ORIENTATION, _SPACING, _INSTANCE, _FRAME})


@dataclass
class FramePlaces:
    """What each frame says for itself; what it leaves to the shared groups is missing here, too.

    `segments` has the segment number of each frame, 0 where none is stated. `planes` and `sources` have what frames
    say, each once; `plane_of` (-1: nothing) and `sources_of` say which of them a frame has.
    """

    segments: list[int] = field(default_factory=list)
    planes: list[dict[str, list[float]]] = field(default_factory=list)
    plane_of: list[int] = field(default_factory=list)
    sources: list[tuple[str, int]] = field(default_factory=list)
    sources_of: list[list[int]] = field(default_factory=list)


def read_segmentation(file: Buffer, bulk_data_uri: BulkDataUri | None = None) -> tuple[JsonDataset, FramePlaces]:
    """Return the attributes of a segmentation as DICOM JSON, but for those of its frames, and the places of these.

    Raises `FileFormatError` if the bytes are no DICOM file, `DataError` if they are damaged.
    """
    attributes, header, position = _before_frames(file, bulk_data_uri)
    buffer, layout = header.buffer, header.layout
    end = len(buffer) if header.pixels is None else header.pixels.offset
    places = FramePlaces()
    if position + 8 <= end:
        key, vr, inner, length = read_head(buffer, position, layout)
        if layout.key(key) == PER_FRAME:
            stop = end if length == UNDEFINED else inner + length
            _Reader(buffer, places).frames(inner, stop, inner_layout(layout, vr))
    return attributes, places


def read_before_frames(file: Buffer, bulk_data_uri: BulkDataUri | None = None) -> JsonDataset:
    """Return the attributes of any object as DICOM JSON that stand before those of its frames, in a moment.

    Raises `FileFormatError` if the bytes are no DICOM file, `DataError` if they are damaged.
    """
    return _before_frames(file, bulk_data_uri)[0]


def _before_frames(file: Buffer, bulk_data_uri: BulkDataUri | None) -> tuple[JsonDataset, Header, int]:
    """Return the attributes, the header, and where what is not among them begins."""
    header = scan_header(file, frozenset())
    buffer, layout = header.buffer, header.layout
    start, position = header.dataset_offset, header.dataset_offset
    end = len(buffer) if header.pixels is None else header.pixels.offset
    while position + 8 <= end:
        key, vr, inner, length = read_head(buffer, position, layout)
        if layout.key(key) >= PER_FRAME:
            break
        position = skip_items(buffer, inner, end, inner_layout(layout, vr)) if length == UNDEFINED else inner + length
    return JsonReader.convert_part(header, start, position, bulk_data_uri), header, position


class _Reader:
    """Walks the per-frame groups of one object."""

    def __init__(self, buffer: Buffer, places: FramePlaces) -> None:
        self.buffer, self.places = buffer, places
        self._planes: dict[tuple[bytes, bytes, bytes], int] = {}
        self._sources: dict[tuple[bytes, bytes], int] = {}
        # Frames of one image repeat each other's groups to the byte.
        self._groups: dict[bytes, list[tuple[int, str, bytes]]] = {}

    def frames(self, position: int, end: int, layout: Layout) -> None:
        """Add every item from `position` to `end`, or to the delimiter."""
        while position + 8 <= end:
            found: list[tuple[int, str, bytes]] = []
            after = self._item(position, end, layout, found)
            if after is None:
                return
            self._add(found, layout)
            position = after

    def _item(self, position: int, end: int, layout: Layout, found: list[tuple[int, str, bytes]]) -> int | None:
        """Collect what is wanted of the item at `position`; return where it ends, None for the sequence's delimiter."""
        key, _, start, length = read_head(self.buffer, position, layout)
        tag = layout.key(key)
        if tag == SEQUENCE_END:
            return None
        if tag != ITEM:
            raise bad_item(tag, position)
        stop = end if length == UNDEFINED else start + length
        if stop > end:
            raise beyond_end(tag, start, length, end)
        return self._elements(start, stop, item_layout(self.buffer, start, stop, layout), found)

    def _elements(self, position: int, end: int, layout: Layout, found: list[tuple[int, str, bytes]]) -> int:
        buffer, key_of, names = self.buffer, layout.key, layout.vr_names
        while position < end:
            key, vr, start, length = read_head(buffer, position, layout)
            tag = key_of(key)
            if tag == ITEM_END:
                return start
            if tag in _ENTERED or tag == _SOURCES:
                if length == UNDEFINED or tag == _SOURCES:
                    position = self._sequence(start, length, end, inner_layout(layout, vr), found)
                    continue
                content = bytes(buffer[position : start + length])
                group = self._groups.get(content)
                if group is None:
                    group = self._groups[content] = []
                    self._sequence(start, length, end, inner_layout(layout, vr), group)
                found += group
                position = start + length
                continue
            if length == UNDEFINED:
                position = skip_items(buffer, start, end, inner_layout(layout, vr))
                continue
            position = start + length
            if position > end:
                raise beyond_end(tag, start, length, end)
            if tag in _WANTED:
                found.append((tag, names.get(vr, ""), bytes(buffer[start:position])))
        return position

    def _sequence(
        self, position: int, length: int, end: int, layout: Layout, found: list[tuple[int, str, bytes]]
    ) -> int:
        stop = end if length == UNDEFINED else position + length
        if stop > end:
            raise beyond_end(ITEM, position, length, end)
        while position + 8 <= stop:
            after = self._item(position, stop, layout, found)
            if after is None:
                return position + 8
            position = after
        return position if length == UNDEFINED else stop

    def _add(self, found: list[tuple[int, str, bytes]], layout: Layout) -> None:
        places, order = self.places, "<H" if layout.is_little else ">H"
        segment, plane, sources = 0, [b"", b"", b""], []
        for tag, _, value in found:
            if tag == _SEGMENT:
                segment = int(unpack_from(order, value)[0]) if len(value) >= 2 else 0
            elif tag == _INSTANCE:
                sources.append((value, b""))
            elif tag == _FRAME:
                sources[-1:] = [(uid, value) for uid, _ in sources[-1:]]
            else:
                plane[(_POSITION, _ORIENTATION, _SPACING).index(tag)] = value
        places.segments.append(segment)
        places.plane_of.append(self._plane((plane[0], plane[1], plane[2])) if any(plane) else -1)
        places.sources_of.append([self._source(*source) for source in sources])

    def _plane(self, values: tuple[bytes, bytes, bytes]) -> int:
        known = self._planes.get(values)
        if known is None:
            known = self._planes[values] = len(self.places.planes)
            names = ("position", "orientation", "spacing")
            self.places.planes.append(
                {name: _decimals(value) for name, value in zip(names, values, strict=True) if value}
            )
        return known

    def _source(self, uid: bytes, frame: bytes) -> int:
        known = self._sources.get((uid, frame))
        if known is None:
            known = self._sources[(uid, frame)] = len(self.places.sources)
            first = _decimals(frame)[0] if frame.strip(b" \0") else 1
            self.places.sources.append((uid.decode("ascii", "replace").rstrip(" \0"), int(first)))
        return known


def _decimals(value: bytes) -> list[float]:
    text = value.decode("ascii", "replace").strip(" \0")
    try:
        return [float(part) for part in text.split("\\")]
    except ValueError:
        raise DataError(
            "A frame of the segmentation has a place that is no number.",
            field="PerFrameFunctionalGroupsSequence",
            found=text[:64],
            expected="decimal strings",
        ) from None


def as_json(places: FramePlaces) -> dict[str, Any]:
    """Return the places as plain lists."""
    return {
        "segments": places.segments,
        "planes": places.planes,
        "planeOf": places.plane_of,
        "sources": places.sources,
        "sourcesOf": places.sources_of,
    }
