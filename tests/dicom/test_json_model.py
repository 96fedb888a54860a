"""DICOM JSON: the rules of PS3.18 annex F one by one, and pydicom as a second opinion on real files."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ImplicitVRLittleEndian

from isocenter.core.errors import DataError, FileFormatError
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
    assert read_json(file.read_bytes())["00281201"]["InlineBinary"] == "AgEEAw=="


def test_file_meta_and_group_lengths_are_left_out(tmp_path: Path, written: Callable[..., bytes]) -> None:
    file = tmp_path / "a.dcm"
    file.write_bytes(written("1.2.840.10008.1.2.1"))
    converted = read_json(file.read_bytes())
    assert converted["00100010"]["Value"] == [{"Alphabetic": "Müller^Jörg"}]
    assert not any(tag.startswith("0002") or tag.endswith("0000") for tag in converted)


def test_real_files_agree_with_another_converter(shared_data: Path) -> None:
    folders = ("series/ge_anat", "seg_sr_rt", "charset", "rt", "transfer_syntax/ctimage", "modalities")
    files = [file for folder in folders for file in sorted((shared_data / "dicom" / folder).rglob("*.dcm"))]
    assert len(files) > 60
    for file in files:
        if "FFFE" in file.name:
            continue
        ours = json.loads(json.dumps(read_json(file.read_bytes())))
        theirs = pydicom.dcmread(file, force=True).to_json_dict(suppress_invalid_tags=True)
        for tag, expected in theirs.items():
            is_private = int(tag[:4], 16) % 2 == 1
            if tag[4:] == "0000" or tag == "7FE00010" or is_private or "Value" not in expected:
                continue
            if expected["vr"] not in ("SQ", "PN") and "" not in expected["Value"]:
                assert without_padding(ours[tag]) == without_padding(expected), (file.name, tag)


def without_padding(element: dict[str, Any]) -> dict[str, Any]:
    """Return an element without trailing spaces, which the other converter keeps in some values."""
    values = [value.strip() if isinstance(value, str) else value for value in element["Value"]]
    return {"vr": element["vr"], "Value": values}


def test_bytes_and_data_sets_convert_alike(shared_data: Path) -> None:
    for file in sorted((shared_data / "dicom/seg_sr_rt").rglob("*.dcm")):
        ours, theirs = read_json(file.read_bytes(), str), to_json(pydicom.dcmread(file), str)
        assert set(ours) == set(theirs)
        for tag in ours:
            if ours[tag]["vr"] != "UN":  # the other reader knows some vendors' private attributes
                assert ours[tag] == theirs[tag], (file.name, tag)


def test_implicit_items_inside_an_explicit_data_set_are_understood(shared_data: Path) -> None:
    file = shared_data / "dicom/pydicom_test_files/rtdose_rle.dcm"
    expected = pydicom.dcmread(file).ReferencedRTPlanSequence[0].ReferencedSOPClassUID
    assert read_json(file.read_bytes())["300C0002"]["Value"][0]["00081150"]["Value"] == [expected]


def test_numbers_take_the_sign_of_the_pixels_in_implicit_data_sets(tmp_path: Path) -> None:
    for representation, vr, expected in ((0, "US", 65535), (1, "SS", -1)):
        dataset = Dataset()
        dataset.PixelRepresentation = representation
        dataset.add_new(0x00280106, vr, expected)
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
        dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2", "1.3"
        dataset.save_as(tmp_path / "a.dcm", enforce_file_format=True)
        assert read_json((tmp_path / "a.dcm").read_bytes())["00280106"] == {"vr": vr, "Value": [expected]}


@pytest.mark.parametrize("content", [b"", b"no DICOM", b"\0" * 128 + b"DICM" + b"\xff" * 40])
def test_what_is_no_dicom_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.dcm"
    file.write_bytes(content)
    with pytest.raises((FileFormatError, DataError), match=r"bad\.dcm"):
        read_json(file.read_bytes(), name=file.name)
