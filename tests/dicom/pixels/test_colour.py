"""Colour conversions against the equations and tables of the standard."""

from struct import pack

import numpy as np
import pytest

from isocenter.core.errors import DataError
from isocenter.dicom.dictionary import tag_of
from isocenter.dicom.header import Header, scan_header
from isocenter.dicom.pixels import PIXEL_DESCRIPTION_TAGS
from isocenter.dicom.pixels.colour import Palette, ybr_to_rgb
from isocenter.dicom.uids import EXPLICIT_LITTLE_ENDIAN

COLOURS = ("Red", "Green", "Blue")


def test_ybr_full_inverts_the_equations_of_the_standard() -> None:
    rgb = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [10, 120, 200]]], np.float64)
    red, green, blue = np.moveaxis(rgb, -1, 0)  # PS3.3 sec. C.7.6.3.1.2, YBR_FULL
    y = 0.2990 * red + 0.5870 * green + 0.1140 * blue
    cb = -0.1687 * red - 0.3313 * green + 0.5000 * blue + 128
    cr = 0.5000 * red - 0.4187 * green - 0.0813 * blue + 128
    stored = np.clip(np.rint(np.stack([y, cb, cr], axis=-1)), 0, 255).astype(np.uint8)
    assert np.abs(ybr_to_rgb(stored).astype(float) - rgb).max() <= 2  # rounding of three 8 bit numbers


def test_grey_has_no_colour() -> None:
    grey = np.array([[[77, 128, 128]]], np.uint8)
    assert ybr_to_rgb(grey).tolist() == [[[77, 77, 77]]]


def header(**elements: bytes) -> Header:
    """Return the header of a data set that holds only palette elements."""
    data = b""
    for keyword, value in sorted(elements.items(), key=lambda item: tag_of(item[0])):
        tag = tag_of(keyword)
        vr = b"US" if "Descriptor" in keyword else b"OW"
        size = pack("<H", len(value)) if vr == b"US" else pack("<HL", 0, len(value))
        data += pack("<HH2s", tag >> 16, tag & 0xFFFF, vr) + size + value
    return scan_header(data, PIXEL_DESCRIPTION_TAGS, transfer_syntax_uid=EXPLICIT_LITTLE_ENDIAN)


def test_values_outside_a_palette_take_its_ends() -> None:
    elements = {f"{c}PaletteColorLookupTableDescriptor": pack("<HHH", 3, 10, 16) for c in COLOURS}
    elements |= {f"{c}PaletteColorLookupTableData": pack("<HHH", k, k + 1, k + 2) for k, c in enumerate(COLOURS)}
    palette = Palette.from_header(header(**elements))
    assert palette.apply(np.array([0, 10, 11, 12, 99])).tolist() == [
        [0, 1, 2], [0, 1, 2], [1, 2, 3], [2, 3, 4], [2, 3, 4],
    ]  # fmt: skip


def test_segments_of_a_palette_are_expanded() -> None:
    # one discrete segment of two entries, then a line of four steps to 50, PS3.3 sec. C.7.9.2
    segments = pack("<7H", 0, 2, 5, 10, 1, 4, 50)
    elements = {f"{c}PaletteColorLookupTableDescriptor": pack("<HHH", 6, 0, 16) for c in COLOURS}
    elements |= {f"Segmented{c}PaletteColorLookupTableData": segments for c in COLOURS}
    assert Palette.from_header(header(**elements)).entries[:, 0].tolist() == [5, 10, 20, 30, 40, 50]


def test_a_palette_shorter_than_it_says_is_refused() -> None:
    elements = {f"{c}PaletteColorLookupTableDescriptor": pack("<HHH", 300, 0, 16) for c in COLOURS}
    elements |= {f"{c}PaletteColorLookupTableData": bytes(4) for c in COLOURS}
    with pytest.raises(DataError, match="shorter"):
        Palette.from_header(header(**elements))
    with pytest.raises(DataError, match="no palette"):
        Palette.from_header(header())
