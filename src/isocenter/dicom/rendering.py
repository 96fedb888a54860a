"""One frame as a picture with 8 bits per sample, the way PS3.3 says it is to be shown.

Source: DICOM PS3.3 sec. C.11.2.1.2 (window), C.11.2.1.1 (VOI LUT), C.7.6.3.1.2 (MONOCHROME1), PS3.18 sec. 8.3.5.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from isocenter.core.arrays import Array, FloatArray
from isocenter.core.errors import OptionError
from isocenter.dicom.dictionary import tag_of, tags_of
from isocenter.dicom.functional_groups import FrameAttributes
from isocenter.dicom.lookup import LOOKUP_TAGS, VOI_LUT, LookupTable, modality_values
from isocenter.dicom.pixels import FrameReader

RENDERING_TAGS = LOOKUP_TAGS | tags_of(
    "WindowCenter", "WindowWidth", "VOILUTFunction", "PresentationLUTShape", "PixelPaddingValue"
)
_FRAME_VOI = tag_of("FrameVOILUTSequence")


@dataclass(frozen=True)
class Window:
    """Centre and width in the units of the modality values; `function` is LINEAR, LINEAR_EXACT or SIGMOID.

    Raises
    ------
    OptionError
        If the function is unknown or the width too small for it (LINEAR needs 1, the others more than 0).
    """

    center: float
    width: float
    function: str = "LINEAR"

    def __post_init__(self) -> None:
        if self.function not in WINDOW_FUNCTIONS:
            raise OptionError(
                "This window function is not known.",
                field="VOILUTFunction",
                found=self.function,
                expected=", ".join(WINDOW_FUNCTIONS),
            )
        is_wide_enough = self.width >= 1 if self.function == "LINEAR" else self.width > 0
        if not is_wide_enough or not np.isfinite([self.center, self.width]).all():
            raise OptionError(
                "The window is not valid.",
                field="WindowCenter, WindowWidth",
                found=(self.center, self.width),
                expected="a finite centre and a width of at least 1 (LINEAR) or more than 0",
            )

    def apply(self, values: Array) -> FloatArray:
        """Return values from 0 (black) to 1 (white)."""
        return WINDOW_FUNCTIONS[self.function](values.astype(np.float64), self.center, self.width)


def _linear(values: FloatArray, center: float, width: float) -> FloatArray:
    """PS3.3 sec. C.11.2.1.2.1; a width of 1 is a threshold."""
    if width == 1:
        return (values > center - 0.5).astype(np.float64)
    shown: FloatArray = np.clip((values - (center - 0.5)) / (width - 1) + 0.5, 0.0, 1.0)
    return shown


def _linear_exact(values: FloatArray, center: float, width: float) -> FloatArray:
    """PS3.3 sec. C.11.2.1.3.2."""
    shown: FloatArray = np.clip((values - center) / width + 0.5, 0.0, 1.0)
    return shown


def _sigmoid(values: FloatArray, center: float, width: float) -> FloatArray:
    """PS3.3 sec. C.11.2.1.3.1."""
    exponent = np.clip(-4.0 * (values - center) / width, -700.0, 700.0)
    steep: FloatArray = 1.0 / (1.0 + np.exp(exponent))
    return steep


WINDOW_FUNCTIONS: Mapping[str, Callable[[FloatArray, float, float], FloatArray]] = {
    "LINEAR": _linear,
    "LINEAR_EXACT": _linear_exact,
    "SIGMOID": _sigmoid,
}


def open_for_rendering(path: Path) -> FrameReader:
    """Return the frames of a file with everything `render` needs in the header."""
    return FrameReader.open(path, RENDERING_TAGS)


def render(reader: FrameReader, frame: int = 0, *, window: Window | None = None) -> Array:
    """Return one frame as 8 bit grey (row, column) or red, green, blue (row, column, 3).

    Without `window` the object's own first VOI table or window is used, and without any the full range of the
    frame, pixel padding left out. MONOCHROME1 and an inverse presentation shape come out with black for low display.

    Parameters
    ----------
    reader
        From `open_for_rendering`.

    Raises
    ------
    DataError
        If the frame does not exist or is damaged.
    """
    picture = reader.frame(frame)
    if picture.ndim == 3:
        return _to_bytes(picture[..., :3], reader)
    attributes = FrameAttributes(reader.header)
    if _is_pointwise(picture, attributes, frame, window):
        # Every stored value is looked up: far fewer values than pixels have to be computed.
        low, high = int(picture.min()), int(picture.max())
        codes = np.arange(low, high + 1)
        levels: Array = _levels(codes, attributes, frame, window, is_inverse=_is_inverse(reader))
        if low < 0:
            return np.take(levels, picture.astype(np.intp) - low)
        # One table for all that a sample can hold spares the subtraction.
        return np.take(np.concatenate([np.zeros(low, np.uint8), levels]), picture)
    return _levels(picture, attributes, frame, window, is_inverse=_is_inverse(reader))


def _is_pointwise(picture: Array, attributes: FrameAttributes, frame: int, window: Window | None) -> bool:
    """Return whether a level depends on the stored value alone, not on what else is in the picture."""
    is_small = picture.dtype.kind in "iu" and picture.dtype.itemsize <= 2 and picture.size > 1 << 16
    is_stated = window is not None or bool(attributes.header.items(VOI_LUT))
    return is_small and (is_stated or stated_window(attributes, frame) is not None)


def _levels(
    stored: Array, attributes: FrameAttributes, frame: int, window: Window | None, *, is_inverse: bool
) -> Array:
    """Return the 8 bit grey levels of stored values."""
    values = modality_values(stored, attributes, frame)
    shown = _display_values(values, stored, attributes, frame, window)
    if is_inverse:
        shown = 1.0 - shown
    levels: Array = np.rint(shown * 255.0).astype(np.uint8)
    return levels


def _display_values(
    values: FloatArray, stored: Array, attributes: FrameAttributes, frame: int, window: Window | None
) -> FloatArray:
    if window is not None:
        return window.apply(values)
    tables = attributes.header.items(VOI_LUT)
    if tables:
        table = LookupTable.from_item(tables[0], is_signed=bool(values.min() < 0))
        return np.clip(table.apply(values) / float((1 << table.bits) - 1), 0.0, 1.0)
    return (stated_window(attributes, frame) or full_range(values, stored, attributes)).apply(values)


def stated_window(attributes: FrameAttributes, frame: int) -> Window | None:
    """Return the first window that the object states for a frame, or None (also for one that is not valid)."""
    centers = attributes.numbers(frame, _FRAME_VOI, tag_of("WindowCenter"))
    widths = attributes.numbers(frame, _FRAME_VOI, tag_of("WindowWidth"))
    functions = attributes.texts(frame, _FRAME_VOI, tag_of("VOILUTFunction"))
    if not centers or not widths:
        return None
    try:
        return Window(centers[0], widths[0], functions[0] if functions else "LINEAR")
    except OptionError:
        return None


def full_range(values: FloatArray, stored: Array, attributes: FrameAttributes) -> Window:
    """Return the window from the smallest to the largest value, pixel padding and not-a-number left out."""
    padding = attributes.header.integer(tag_of("PixelPaddingValue"))
    counted = np.isfinite(values) & (stored != padding) if padding is not None else np.isfinite(values)
    chosen = values[counted]
    low, high = (float(chosen.min()), float(chosen.max())) if chosen.size else (0.0, 1.0)
    return Window((low + high) / 2, (high - low) or 1.0, "LINEAR_EXACT")


def _is_inverse(reader: FrameReader) -> bool:
    shape = reader.header.text(tag_of("PresentationLUTShape"))
    if shape in ("INVERSE", "IDENTITY"):
        return shape == "INVERSE"
    return reader.description.photometric_interpretation == "MONOCHROME1"


def _to_bytes(picture: Array, reader: FrameReader) -> Array:
    """Return 8 bits per colour; deeper colours keep their upper bits."""
    if picture.dtype == np.uint8:
        return np.ascontiguousarray(picture)
    is_palette = reader.description.photometric_interpretation == "PALETTE COLOR"
    bits = 16 if is_palette else reader.description.bits_stored
    levels: Array = np.clip(picture.astype(np.int64) >> max(bits - 8, 0), 0, 255).astype(np.uint8)
    return levels
