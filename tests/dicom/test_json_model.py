"""DICOM JSON: the rules of PS3.18 annex F one by one, and pydicom as a second opinion on real files."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from isocenter.core.errors import FileFormatError
from isocenter.dicom.json_model import read_json, to_json


def test_person_names_have_groups() -> None:
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientName = "Yamada^Tarou=山田^太郎=やまだ^たろう"
    assert to_json(dataset)["00100010"] == {  # the example of PS3.18 sec. F.4
        "vr": "PN",
        "Value": [{"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎", "Phonetic": "やまだ^たろう"}],
    }


def test_numbers_are_numbers_and_tags_are_hexadecimal() -> None:
    dataset = Dataset()
    dataset.Rows, dataset.SliceThickness, dataset.InstanceNumber = 512, "2.50", "7"
    dataset.FrameIncrementPointer = 0x00181063
    converted = to_json(dataset)
    assert converted["00280010"] == {"vr": "US", "Value": [512]}
    assert converted["00180050"] == {"vr": "DS", "Value": [2.5]}
    assert converted["00200013"] == {"vr": "IS", "Value": [7]}
    assert converted["00280009"] == {"vr": "AT", "Value": ["00181063"]}


def test_empty_values_have_no_value_and_gaps_are_null() -> None:
    dataset = Dataset()
    dataset.PatientID = ""
    dataset.ImageType = ["ORIGINAL", "", "AXIAL"]
    dataset.ReferencedStudySequence = Sequence([])
    converted = to_json(dataset)
    assert converted["00100020"] == {"vr": "LO"}
    assert converted["00080008"]["Value"] == ["ORIGINAL", None, "AXIAL"]  # PS3.18 sec. F.2.5
    assert converted["00081110"] == {"vr": "SQ"}


def test_large_values_become_references_with_their_path() -> None:
    dataset, item = Dataset(), Dataset()
    item.add_new(0x54001010, "OW", bytes(5000))
    dataset.WaveformSequence = Sequence([item])
    dataset.add_new(0x00091010, "OB", b"\x01\x02")
    dataset.add_new(0x7FE00010, "OW", bytes(8))
    converted = to_json(dataset, lambda path: f"/bulk/{path}")
    assert converted["54000100"]["Value"][0]["54001010"] == {"vr": "OW", "BulkDataURI": "/bulk/54000100/0/54001010"}
    assert converted["7FE00010"] == {"vr": "OW", "BulkDataURI": "/bulk/7FE00010"}
    assert converted["00091010"] == {"vr": "OB", "InlineBinary": "AQI="}
    assert "7FE00010" not in to_json(dataset)


def test_big_endian_words_become_little_endian(tmp_path: Path, written: Callable[..., bytes]) -> None:
    file = tmp_path / "big.dcm"
    dataset = pydicom.dcmread(BytesIO(written("1.2.840.10008.1.2.2")))
    dataset.add_new(0x00281201, "OW", b"\x01\x02\x03\x04")
    dataset.save_as(file)
    assert read_json(file)["00281201"]["InlineBinary"] == "AgEEAw=="


def test_file_meta_and_group_lengths_are_left_out(tmp_path: Path, written: Callable[..., bytes]) -> None:
    file = tmp_path / "a.dcm"
    file.write_bytes(written("1.2.840.10008.1.2.1"))
    converted = read_json(file)
    assert converted["00100010"]["Value"] == [{"Alphabetic": "Müller^Jörg"}]
    assert not any(tag.startswith("0002") or tag.endswith("0000") for tag in converted)


def test_real_files_agree_with_another_converter(shared_data: Path) -> None:
    files = sorted((shared_data / "dicom/series/ge_anat").glob("*.dcm"))
    files += sorted((shared_data / "dicom/seg_sr_rt").glob("*.dcm"))
    for file in files:
        ours = json.loads(json.dumps(read_json(file)))
        theirs = pydicom.dcmread(file).to_json_dict(suppress_invalid_tags=True)
        for tag, expected in theirs.items():
            if tag[4:] == "0000" or tag == "7FE00010" or expected["vr"] == "PN" or "Value" not in expected:
                continue
            if expected["vr"] != "SQ" and "" not in expected["Value"]:
                assert ours[tag] == expected, (file.name, tag)


@pytest.mark.parametrize("content", [b"", b"no DICOM", b"\0" * 128 + b"DICM" + b"\xff" * 40])
def test_what_is_no_dicom_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.dcm"
    file.write_bytes(content)
    with pytest.raises(FileFormatError, match=r"bad\.dcm"):
        read_json(file)
