"""From stored values to numbers with a meaning: rescale and lookup tables.

Source: DICOM PS3.3 sec. C.11.1 (Modality LUT), C.11.2 (VOI LUT), C.7.6.16.2.9 (Pixel Value Transformation).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isocenter.core.arrays import Array, FloatArray
from isocenter.core.errors import DataError
from isocenter.dicom.dictionary import tag_of, tags_of
from isocenter.dicom.functional_groups import FUNCTIONAL_GROUP_TAGS, FrameAttributes
from isocenter.dicom.header import Header

MODALITY_LUT = tag_of("ModalityLUTSequence")
VOI_LUT = tag_of("VOILUTSequence")
LOOKUP_TAGS = FUNCTIONAL_GROUP_TAGS | tags_of(
    "ModalityLUTSequence",
    "VOILUTSequence",
    "RescaleSlope",
    "RescaleIntercept",
    "RescaleType",
    "PixelRepresentation",
)
_TRANSFORMATION = tag_of("PixelValueTransformationSequence")
_SLOPE, _INTERCEPT = tag_of("RescaleSlope"), tag_of("RescaleIntercept")


@dataclass(frozen=True)
class LookupTable:
    """A table: input `first_value` gives the first entry, inputs outside give the first or the last."""

    entries: Array
    first_value: int
    bits: int

    @classmethod
    def from_item(cls, item: Header, *, is_signed: bool) -> LookupTable:
        """Return the table of a Modality or VOI LUT Sequence item; raises `DataError` if it is incomplete."""
        descriptor, data = item.raw(tag_of("LUTDescriptor")), item.raw(tag_of("LUTData"))
        if descriptor is None or data is None or len(descriptor) < 6:
            raise DataError("A lookup table has no descriptor or no data.", field="LUTDescriptor, LUTData")
        order = "<" if item.layout.is_little else ">"
        count, first, bits = (int(v) for v in np.frombuffer(descriptor[:6], f"{order}u2"))
        count = count or 65536
        entries = np.frombuffer(data[: len(data) // 2 * 2], f"{order}u2")
        if len(entries) < count and len(data) >= count:
            entries = np.frombuffer(data, np.uint8)
        if not 8 <= bits <= 16 or len(entries) < count:
            raise DataError(
                "A lookup table does not fit its descriptor.",
                field="LUTData",
                found=f"{len(entries)} entries, {bits} bits",
                expected=f"{count} entries of 8 to 16 bits",
            )
        return cls(entries[:count].astype(np.uint16), first - 65536 if is_signed and first >= 32768 else first, bits)

    def apply(self, values: Array) -> Array:
        """Return the entries of `values`."""
        places = np.clip(np.rint(values).astype(np.int64) - self.first_value, 0, len(self.entries) - 1)
        found: Array = self.entries[places]
        return found


def rescale_of(attributes: FrameAttributes, frame: int) -> tuple[float, float]:
    """Return slope and intercept of one frame; 1 and 0 where the object states none.

    Raises `DataError` for a slope of zero or a value that is not finite.
    """
    slope = (attributes.numbers(frame, _TRANSFORMATION, _SLOPE) or (1.0,))[0]
    intercept = (attributes.numbers(frame, _TRANSFORMATION, _INTERCEPT) or (0.0,))[0]
    if slope == 0 or not np.isfinite([slope, intercept]).all():
        raise DataError("The rescale is not usable.", field="RescaleSlope, RescaleIntercept", found=(slope, intercept))
    return slope, intercept


def modality_values(stored: Array, attributes: FrameAttributes, frame: int) -> FloatArray:
    """Return the values of a frame after its modality lookup table or rescale, as floating point."""
    tables = attributes.header.items(MODALITY_LUT)
    if tables:
        is_signed = attributes.header.integer(tag_of("PixelRepresentation"), 0) == 1
        return LookupTable.from_item(tables[0], is_signed=is_signed).apply(stored).astype(np.float64)
    slope, intercept = rescale_of(attributes, frame)
    return stored.astype(np.float64) * slope + intercept
