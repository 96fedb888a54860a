"""Command sets against pydicom's own reader and writer."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset

from isocenter.core.errors import ProtocolError
from isocenter.protocols.dimse import commands

STORE: dict[str, str | int] = {
    "AffectedSOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
    "CommandField": commands.C_STORE_RQ,
    "MessageID": 7,
    "Priority": 0,
    "CommandDataSetType": commands.WITH_DATASET,
    "AffectedSOPInstanceUID": "1.2.3",
    "MoveOriginatorApplicationEntityTitle": "MOVER",
    "MoveOriginatorMessageID": 65535,
}


def test_pydicom_reads_what_we_write() -> None:
    encoded = commands.encode(STORE)
    dataset = read_dataset(BytesIO(encoded), is_implicit_VR=True, is_little_endian=True)
    assert dataset.CommandGroupLength == len(encoded) - 12
    assert {keyword: dataset[keyword].value for keyword in STORE} == STORE


def test_we_read_what_pydicom_writes() -> None:
    dataset = Dataset()
    for keyword, value in STORE.items():
        setattr(dataset, keyword, value)
    stream = DicomBytesIO()
    stream.is_implicit_VR, stream.is_little_endian = True, True
    write_dataset(stream, dataset)
    assert commands.decode(stream.getvalue()) == STORE


def test_a_response_names_its_request() -> None:
    found = commands.response(STORE, commands.C_STORE_RSP, 0xA700, comment="x" * 80)
    assert found["MessageIDBeingRespondedTo"] == 7
    assert found["AffectedSOPInstanceUID"] == "1.2.3"
    assert found["Status"] == 0xA700
    assert found["CommandDataSetType"] == commands.NO_DATASET
    assert len(str(found["ErrorComment"])) == 64  # LO, PS3.5 table 6.2-1


@pytest.mark.parametrize(
    "data",
    [
        commands.encode(STORE)[:-1],
        b"\0\0\0\1",
        b"\x08\0\x16\0\0\0\0\0",  # a group other than 0000
        b"\0\0\x00\x01\1\0\0\0\1",  # a number of one byte
        b"\0\0\x02\x00\xff\xff\xff\xff",  # undefined length
    ],
)
def test_damaged_command_sets_are_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        commands.decode(data)


def test_missing_values_are_named() -> None:
    with pytest.raises(ProtocolError, match="MessageID"):
        commands.integer({}, "MessageID")
    with pytest.raises(ProtocolError, match="AffectedSOPClassUID"):
        commands.text({"AffectedSOPClassUID": ""}, "AffectedSOPClassUID")


@given(st.binary(max_size=120))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_command_set_or_a_protocol_error(data: bytes) -> None:
    try:
        assert isinstance(commands.decode(data), dict)
    except ProtocolError:
        return
