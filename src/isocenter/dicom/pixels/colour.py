"""Colour: from luminance and chrominance, or from a palette, to red, green and blue.

Source: DICOM PS3.3 sec. C.7.6.3.1.2 (YBR_FULL, YBR_PARTIAL), C.7.6.3.1.5, C.7.6.3.1.6 and C.7.9 (palettes).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isocenter.core.arrays import Array
from isocenter.core.errors import DataError
from isocenter.dicom.dictionary import tag_of
from isocenter.dicom.header import Header

_FULL = np.array([[1.0, 0.0, 1.402], [1.0, -0.114 * 1.772 / 0.587, -0.299 * 1.402 / 0.587], [1.0, 1.772, 0.0]])
_PARTIAL = np.array([[1.1644, 0.0, 1.5960], [1.1644, -0.3917, -0.8130], [1.1644, 2.0173, 0.0]])
_MAX_SEGMENT_DEPTH = 4
_MAX_ENTRIES = 1 << 16


def ybr_to_rgb(frame: Array, *, is_partial: bool = False) -> Array:
    """Return red, green and blue of 8 or 16 bit luminance and chrominance, rounded and clipped."""
    top = float(np.iinfo(frame.dtype).max)
    half = (top + 1) / 2
    offset = np.array([(top + 1) / 16 if is_partial else 0.0, half, half])
    rgb = (frame[..., :3].astype(np.float64) - offset) @ (_PARTIAL if is_partial else _FULL).T
    clipped: Array = np.clip(np.rint(rgb), 0, top).astype(frame.dtype)
    return clipped


@dataclass(frozen=True)
class Palette:
    """Three lookup tables; `entries` has shape (entry, 3), and stored value `first_value` takes the first entry."""

    entries: Array
    first_value: int

    @classmethod
    def from_header(cls, header: Header, *, is_signed: bool = False) -> Palette:
        """Return the palette of a header scanned for `PIXEL_DESCRIPTION_TAGS`.

        Raises `DataError` if a table is missing or shorter than its descriptor says.
        """
        tables, first_value = [], 0
        for colour in ("Red", "Green", "Blue"):
            descriptor = header.raw(tag_of(f"{colour}PaletteColorLookupTableDescriptor"))
            if descriptor is None or len(descriptor) < 6:
                raise DataError("A palette image has no palette.", field=f"{colour}PaletteColorLookupTableDescriptor")
            order = "<" if header.layout.is_little else ">"
            count, first, bits = (int(v) for v in np.frombuffer(descriptor[:6], f"{order}u2"))
            first_value = first - 65536 if is_signed and first >= 32768 else first
            tables.append(_table(header, colour, count or 65536, bits, order))
        shortest = min(len(table) for table in tables)
        return cls(np.stack([table[:shortest] for table in tables], axis=-1), first_value)

    def apply(self, indices: Array) -> Array:
        """Return the colours of stored values; those outside take the first or last entry (PS3.3 C.7.6.3.1.5)."""
        places = np.clip(indices.astype(np.int64) - self.first_value, 0, len(self.entries) - 1)
        colours: Array = self.entries[places]
        return colours


def _table(header: Header, colour: str, count: int, bits: int, order: str) -> Array:
    plain = header.raw(tag_of(f"{colour}PaletteColorLookupTableData"))
    segmented = header.raw(tag_of(f"Segmented{colour}PaletteColorLookupTableData"))
    if plain is not None:
        is_bytes = bits == 8 and len(plain) < 2 * count
        values = np.frombuffer(plain[: len(plain) // 2 * 2], np.uint8 if is_bytes else f"{order}u2")
        if is_bytes and order == ">":
            values = values.reshape(-1, 2)[:, ::-1].ravel()
    elif segmented is not None:
        numbers = np.frombuffer(segmented[: len(segmented) // 2 * 2], f"{order}u2").tolist()
        values = np.array(_expand(numbers, 0, len(numbers), []), dtype=np.uint16)
    else:
        raise DataError("A palette image has no palette.", field=f"{colour}PaletteColorLookupTableData")
    if len(values) < count:
        raise DataError(
            "A palette is shorter than its descriptor says.",
            field=f"{colour}PaletteColorLookupTableData",
            found=f"{len(values)} entries",
            expected=f"{count} entries",
        )
    values = values[:count]
    if bits == 8 and int(values.max()) > 255:
        return (values >> 8).astype(np.uint8)  # 8 bit colours scaled to 16 bit, as several vendors write
    return values.astype(np.uint8 if bits == 8 else np.uint16)


def _expand(numbers: list[int], start: int, n_segments: int, values: list[int], depth: int = 0) -> list[int]:
    """Return the entries of a segmented table: discrete (0), linear (1) and indirect (2) segments (PS3.3 C.7.9.2)."""
    position, done = start, 0
    while position + 1 < len(numbers) and done < n_segments and len(values) <= _MAX_ENTRIES:
        opcode, length = numbers[position], numbers[position + 1]
        done += 1
        if opcode == 0:
            values.extend(numbers[position + 2 : position + 2 + length])
            position += 2 + length
        elif opcode == 1 and values and position + 2 < len(numbers):
            steps = np.linspace(values[-1], numbers[position + 2], length + 1)[1:]
            values.extend(int(v) for v in np.rint(steps))
            position += 3
        elif opcode == 2 and depth < _MAX_SEGMENT_DEPTH and position + 3 < len(numbers):
            target = (numbers[position + 2] | numbers[position + 3] << 16) // 2
            _expand(numbers, target, length, values, depth + 1)
            position += 4
        else:
            raise DataError("A segmented palette has an invalid segment.", found=f"type {opcode} at {position}")
    return values
