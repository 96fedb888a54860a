"""What is not indexed matches as the index does: PS3.4 sec. C.2.2.2."""

from typing import Any

import pytest

from isocenter.archive.metadata_matching import MetadataFilter
from isocenter.core.errors import OptionError
from isocenter.dicom.dictionary import tag_of

DATASET: dict[str, Any] = {
    "00080022": {"vr": "DA", "Value": ["20200315"]},
    "00080032": {"vr": "TM", "Value": ["103015.25"]},
    "0008002A": {"vr": "DT", "Value": ["20200315103015"]},
    "00081090": {"vr": "LO", "Value": ["Model [1]"]},
    "00101001": {"vr": "PN", "Value": [{"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎"}]},
    "00104000": {"vr": "LT"},
    "00180050": {"vr": "DS", "Value": [5.0]},
    "00200052": {"vr": "UI", "Value": ["1.2.3"]},
    "300A00B0": {"vr": "SQ", "Value": [{}, {"300A00C2": {"vr": "LO", "Value": ["Field 2"]}}]},
}


@pytest.mark.parametrize(
    ("name", "value", "is_match"),
    [
        ("ManufacturerModelName", "Model [1]", True),
        ("ManufacturerModelName", "model [1]", False),
        ("ManufacturerModelName", "Model*", True),
        ("ManufacturerModelName", "Model ?1?", True),
        ("ManufacturerModelName", "Other\\Mod*", True),
        ("ManufacturerModelName", "Mode", False),
        ("ManufacturerModelName", '""', False),
        ("PatientComments", '""', True),
        ("PatientComments", "", True),
        ("PatientComments", "*", True),
        ("PatientComments", "?*", False),
        ("InstitutionName", '""', True),
        ("AcquisitionDate", "20200315", True),
        ("AcquisitionDate", "20200316-", False),
        ("AcquisitionDate", "20200101-20201231", True),
        ("AcquisitionTime", "10:30-10:30", True),
        ("AcquisitionTime", "-10", True),
        ("AcquisitionTime", "11-", False),
        ("AcquisitionDateTime", "202003-20200315", True),
        ("OtherPatientNames", "YAMADA^tarou", True),
        ("OtherPatientNames", "山田*", True),
        ("OtherPatientNames", "yamada", False),
        ("SliceThickness", "5", True),
        ("SliceThickness", "4\\5.00", True),
        ("SliceThickness", "6", False),
        ("FrameOfReferenceUID", "9.9,1.2.3", True),
        ("FrameOfReferenceUID", "9.9\\1.2", False),
        ("BeamSequence.BeamName", "Field 2", True),
        ("BeamSequence.BeamName", "Field 1", False),
        ("BeamSequence.BeamType", '""', True),
    ],
)
def test_a_value_matches_by_the_rules_of_its_representation(name: str, value: str, is_match: bool) -> None:
    path = tuple(tag_of(part) for part in name.split("."))
    assert MetadataFilter(path, value).matches(DATASET) is is_match


@pytest.mark.parametrize(("value", "is_match"), [("tar yam", True), ("太", True), ("amada", False)])
def test_a_fuzzy_name_matches_by_the_beginnings_of_words(value: str, is_match: bool) -> None:
    found = MetadataFilter((tag_of("OtherPatientNames"),), value, is_fuzzy=True)
    assert found.matches(DATASET) is is_match


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((tag_of("PixelData"),), "1"),
        ((tag_of("BeamSequence"),), "1"),
        ((tag_of("PatientID"), tag_of("BeamName")), "1"),
        ((0x00020010,), "1.2"),
        ((tag_of("SliceThickness"),), "thick"),
        ((tag_of("AcquisitionDate"),), "today"),
        ((tag_of("InstitutionName"),), "x" * 257),
        ((tag_of("InstitutionName"),), "*a" * 9),
    ],
)
def test_what_cannot_be_compared_is_refused(path: tuple[int, ...], value: str) -> None:
    with pytest.raises(OptionError):
        MetadataFilter(path, value)
