"""Keywords, tags and value representations against the standard's own pages."""

import pytest

from isocenter.core.errors import OptionError
from isocenter.dicom.dictionary import keyword_of, multiplicity_of, tag_of, tag_text, tags_of, vr_of


@pytest.mark.parametrize(
    ("keyword", "tag", "vr", "multiplicity"),
    [
        ("PatientID", 0x00100020, "LO", "1"),
        ("PixelSpacing", 0x00280030, "DS", "2"),
        ("PixelData", 0x7FE00010, "OB", "1"),
        ("SharedFunctionalGroupsSequence", 0x52009229, "SQ", "1"),
    ],
)
def test_attributes_are_those_of_the_standard(keyword: str, tag: int, vr: str, multiplicity: str) -> None:
    assert tag_of(keyword) == tag
    assert keyword_of(tag) == keyword
    assert vr_of(tag) == vr
    assert multiplicity_of(tag) == multiplicity


def test_hexadecimal_names_private_creators_and_group_lengths() -> None:
    assert tag_of("00091001") == 0x00091001
    assert vr_of(0x00090010) == "LO"
    assert vr_of(0x00091001) == "UN"
    assert vr_of(0x00100000) == "UL"
    assert keyword_of(0x00091001) == ""
    assert tag_text(0x00091001) == "(0009,1001)"
    assert tag_text(0x00100020) == "(0010,0020) PatientID"


def test_unknown_names_are_refused() -> None:
    for name in ("PatientIdentity", "zzzzzzzz", ""):
        with pytest.raises(OptionError):
            tag_of(name)


def test_tags_of_several_keywords() -> None:
    assert tags_of("Rows", "Columns") == {0x00280010, 0x00280011}
