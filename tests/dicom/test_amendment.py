"""Amended files: read by pydicom as they should be, everything else as it was; damaged ones refused."""

from __future__ import annotations

import io
from pathlib import Path

import pydicom
import pytest

from isocenter.core.errors import DataError, OptionError
from isocenter.dicom.amendment import Amendment, amend
from isocenter.dicom.example_files import example_files

NAME, NUMBER = 0x00100010, 0x00100020
AMENDMENT = Amendment({NAME: "New^Name", NUMBER: "P-9"}, "20260101000000+0000", "ISOCENTER")


def amended(data: bytes, amendment: Amendment = AMENDMENT) -> bytes:
    head, parts = amend(data, amendment)
    return head + b"".join(parts)


@pytest.mark.parametrize("path", example_files(), ids=lambda path: path.name)
def test_every_other_element_of_an_example_file_stays(path: Path) -> None:
    old, new = pydicom.dcmread(path), pydicom.dcmread(io.BytesIO(amended(path.read_bytes())))
    assert (str(new.PatientName), new.PatientID) == ("New^Name", "P-9")
    changed = {NAME, NUMBER, 0x04000561}
    for element in old:
        if element.tag not in changed and element.tag.element != 0:
            assert new[element.tag] == element


def test_amending_twice_keeps_both_notes() -> None:
    path = next(path for path in example_files() if path.name == "CT_small.dcm")
    twice = pydicom.dcmread(io.BytesIO(amended(amended(path.read_bytes()))))
    old, new = (item.ModifiedAttributesSequence[0].PatientID for item in twice.OriginalAttributesSequence)
    assert (old, new) == ("1CT1", "P-9")


def test_what_is_out_of_order_or_cut_off_is_refused() -> None:
    path = next(path for path in example_files() if path.name == "CT_small.dcm")
    data = path.read_bytes()
    with pytest.raises(DataError):
        amended(data[:1000])
    place = data.index(b"\x10\x00\x20\x00LO")
    with pytest.raises(DataError, match="order"):
        amended(data[:place] + b"\x08\x00\x50\x00SH\x00\x00" + data[place:])


def test_a_value_the_character_set_lacks_is_refused() -> None:
    path = next(path for path in example_files() if path.name == "CT_small.dcm")
    with pytest.raises(OptionError):
        amended(path.read_bytes(), Amendment({NAME: "山田"}, "", ""))
