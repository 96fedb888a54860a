"""Identifiers against pydicom's own reader and writer."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset

from isocenter.core.errors import DataError, NotSupportedError
from isocenter.dicom.identifier import decode_identifier, encode_identifier

IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
VALUES = {
    "PatientName": "Müller^Jörg",
    "PatientID": "P-7",
    "StudyInstanceUID": "1.2.3",
    "ModalitiesInStudy": ["CT", "MR"],
    "NumberOfStudyRelatedInstances": 12,
    "Rows": 512,
    "StudyDescription": None,
    "AccessionNumber": "",
    "QueryRetrieveLevel": "STUDY",
    "RequestAttributesSequence": None,
}


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT])
def test_pydicom_reads_what_we_write(syntax: str) -> None:
    dataset = read_dataset(BytesIO(encode_identifier(VALUES, syntax)), syntax == IMPLICIT, True)
    dataset.decode()
    tags = [element.tag for element in dataset]
    assert tags == sorted(tags)
    assert dataset.SpecificCharacterSet == "ISO_IR 192"
    assert str(dataset.PatientName) == "Müller^Jörg"
    assert list(dataset.ModalitiesInStudy) == ["CT", "MR"]
    assert (dataset.NumberOfStudyRelatedInstances, dataset.Rows) == (12, 512)
    assert dataset.StudyInstanceUID == "1.2.3"
    assert (dataset.StudyDescription, dataset.AccessionNumber) == ("", "")
    assert len(dataset.RequestAttributesSequence) == 0


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT])
@pytest.mark.parametrize("character_set", ["ISO_IR 100", "ISO_IR 192"])
def test_we_read_what_pydicom_writes(syntax: str, character_set: str) -> None:
    dataset = Dataset()
    dataset.SpecificCharacterSet = character_set
    dataset.PatientName, dataset.PatientID = "Müller^J*", ""
    dataset.StudyInstanceUID = ["1.2.3", "1.2.4"]
    dataset.RequestAttributesSequence = []
    dataset.add_new(0x00091001, "LO", "private")
    stream = DicomBytesIO()
    stream.is_implicit_VR, stream.is_little_endian = syntax == IMPLICIT, True
    write_dataset(stream, dataset)
    assert decode_identifier(stream.getvalue(), syntax) == {
        "SpecificCharacterSet": character_set,
        "PatientName": "Müller^J*",
        "PatientID": "",
        "StudyInstanceUID": "1.2.3\\1.2.4",
        "RequestAttributesSequence": "",
    }


def test_odd_values_are_padded_as_their_representation_asks() -> None:
    encoded = encode_identifier({"StudyInstanceUID": "1.2.3", "PatientID": "P-7"}, EXPLICIT)
    assert encoded.endswith(b"LO\x04\0P-7 \x20\0\x0d\0UI\x06\x001.2.3\0")  # PS3.5 sec. 6.2


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(DataError, match="Rows"):
        encode_identifier({"Rows": "wide"}, EXPLICIT)
    with pytest.raises(DataError, match="Rows"):
        encode_identifier({"Rows": 70000}, EXPLICIT)
    with pytest.raises(NotSupportedError):
        encode_identifier({}, "1.2.840.10008.1.2.2")


@given(st.binary(min_size=1, max_size=200), st.sampled_from([IMPLICIT, EXPLICIT]))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_an_identifier_or_a_data_error(data: bytes, syntax: str) -> None:
    try:
        assert isinstance(decode_identifier(data, syntax), dict)
    except DataError:
        return
