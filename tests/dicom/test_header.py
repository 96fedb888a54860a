"""The byte-level header reader against pydicom, and against bytes made to do harm."""

from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from struct import pack

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.encaps import encapsulate

from isocenter.core.errors import DataError, FileFormatError, IsocenterError
from isocenter.dicom.dictionary import tag_of, tags_of
from isocenter.dicom.header import fragments, inflate, scan_header
from isocenter.dicom.uids import EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN

TAGS = tags_of(
    "PatientID", "PatientName", "SliceThickness", "ImagePositionPatient", "Rows", "Columns", "SOPInstanceUID",
    "SourceImageSequence", "SpecificCharacterSet", "MediaStorageSOPClassUID",
)  # fmt: skip
PATIENT_ID = tag_of("PatientID")


def element(tag: int, vr: bytes, value: bytes) -> bytes:
    """Return an explicit little endian element with a 16 bit length."""
    return pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr, len(value)) + value


@pytest.mark.parametrize("is_undefined_length", [True, False], ids=["undefined lengths", "defined lengths"])
def test_every_layout_gives_the_same_values(
    written: Callable[..., bytes], any_layout: str, is_undefined_length: bool
) -> None:
    header = scan_header(written(any_layout, is_undefined_length=is_undefined_length), TAGS)
    assert header.transfer_syntax_uid == any_layout
    assert header.text(PATIENT_ID) == "P-7", "not the PatientID inside a sequence"
    assert header.text(tag_of("PatientName")) == "Müller^Jörg"
    assert header.numbers(tag_of("ImagePositionPatient")) == (1.5, -2.0, 3.0)
    assert header.integer(tag_of("Rows")) == 2
    assert header.text(tag_of("MediaStorageSOPClassUID")) == "1.2.840.10008.5.1.4.1.1.2"
    assert header.pixels is not None
    assert header.pixels.length == 12
    first = header.items(tag_of("SourceImageSequence"))[0]
    assert first.text(tag_of("ReferencedSOPInstanceUID")) == "1.2.3"
    code = first.items(tag_of("PurposeOfReferenceCodeSequence"))[0]
    assert code.text(PATIENT_ID) == "not the patient"
    assert len(header.items(tag_of("SourceImageSequence"))) == 2


def test_a_bare_data_set_is_read_with_its_transfer_syntax(written: Callable[..., bytes]) -> None:
    for uid in (IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN):
        whole = scan_header(written(uid), TAGS)
        bare = scan_header(bytes(whole.buffer[whole.dataset_offset :]), TAGS, transfer_syntax_uid=uid)
        assert bare.text(PATIENT_ID) == "P-7"


def test_real_files_give_what_pydicom_gives(shared_data: Path) -> None:
    names = (
        "PatientID", "SOPInstanceUID", "StudyInstanceUID", "StudyDate", "Modality", "Rows", "NumberOfFrames",
        "PixelSpacing", "ImageOrientationPatient", "AccessionNumber",
    )  # fmt: skip
    files = [f for f in sorted((shared_data / "dicom/transfer_syntax").rglob("*")) if f.is_file()]
    files += sorted((shared_data / "dicom/series").rglob("*.dcm")) + sorted(
        (shared_data / "dicom/seg_sr_rt").rglob("*.dcm")
    )
    assert len(files) > 100
    for file in files:
        expected = pydicom.dcmread(file, stop_before_pixels=True, force=True)
        header = scan_header(file.read_bytes(), tags_of(*names), file=file.name)
        for name in names:
            value = expected.get(name)
            if isinstance(value, int | float | pydicom.multival.MultiValue) and not isinstance(value, str):
                wanted = [float(v) for v in value] if isinstance(value, pydicom.multival.MultiValue) else [float(value)]
                assert list(header.numbers(tag_of(name))) == wanted, (file.name, name)
            else:
                assert header.text(tag_of(name)) == ("" if value is None else str(value)), (file.name, name)


def test_patient_names_in_all_character_sets(shared_data: Path) -> None:
    files = sorted((shared_data / "dicom/charset").glob("*.dcm"))
    assert files
    for file in files:
        expected = pydicom.dcmread(file)
        if "PatientName" not in expected or "FFFE" in file.name:
            continue
        header = scan_header(file.read_bytes(), tags_of("PatientName"))
        assert header.text(tag_of("PatientName")).rstrip("=") == str(expected.PatientName).strip(), file.name


def test_fragments_of_encapsulated_pixels_are_located() -> None:
    frames = [b"first ", b"second", b"3rd frame!"]
    data = element(PATIENT_ID, b"LO", b"P1") + pack("<HH2sHL", 0x7FE0, 0x10, b"OB", 0, 0xFFFFFFFF)
    data += encapsulate(frames, fragments_per_frame=1) + pack("<HHL", 0xFFFE, 0xE0DD, 0)
    header = scan_header(data, TAGS, transfer_syntax_uid="1.2.840.10008.1.2.5")
    assert header.pixels is not None
    assert header.pixels.length is None
    found = [data[start : start + length] for start, length in fragments(header)]
    assert found[1:] == frames
    assert len(found[0]) == 12, "the basic offset table"


def test_a_prefix_is_enough_when_the_object_is_still_arriving(written: Callable[..., bytes]) -> None:
    whole = written(EXPLICIT_LITTLE_ENDIAN)
    with pytest.raises(DataError, match="longer than the file"):
        scan_header(whole[:-4], TAGS)
    assert scan_header(whole[:-4], TAGS, is_complete=False).text(PATIENT_ID) == "P-7"


def test_every_truncation_raises_or_reads(written: Callable[..., bytes]) -> None:
    for uid in (IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN, "1.2.840.10008.1.2.2"):
        whole = written(uid)
        for length in range(len(whole)):
            with suppress(IsocenterError):
                assert scan_header(whole[:length], TAGS).transfer_syntax_uid == uid


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damaged_bytes_never_raise_anything_else(data: st.DataObject) -> None:
    body = element(0x00080005, b"CS", b"ISO_IR 192") + element(PATIENT_ID, b"LO", b"P-7 ")
    body += pack("<HH2sHL", 0x0008, 0x2112, b"SQ", 0, 0xFFFFFFFF) + pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF)
    body += element(0x00080100, b"SH", b"1 ") + pack("<HHLHHL", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
    damaged = bytearray(body)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        header = scan_header(bytes(damaged), TAGS, transfer_syntax_uid=EXPLICIT_LITTLE_ENDIAN)
        header.text(tag_of("PatientName"))
        header.items(tag_of("SourceImageSequence"))
    except IsocenterError:
        pass


def test_deep_nesting_is_refused() -> None:
    head = pack("<HH2sHL", 0x0008, 0x2112, b"SQ", 0, 0xFFFFFFFF) + pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF)
    with pytest.raises(DataError, match="nested too deeply"):
        scan_header(head * 5000, TAGS, transfer_syntax_uid=EXPLICIT_LITTLE_ENDIAN)


def test_a_length_beyond_the_end_names_tag_and_sizes() -> None:
    data = pack("<HH2sH", 0x0010, 0x0020, b"LO", 60000) + b"P"
    with pytest.raises(DataError) as caught:
        scan_header(data, TAGS, transfer_syntax_uid=EXPLICIT_LITTLE_ENDIAN, file="x.dcm")
    assert caught.value.field == "(0010,0020) PatientID"
    assert caught.value.found == "1 bytes left"
    assert caught.value.expected == "60000 bytes"
    assert caught.value.remedy


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG" + bytes(300), bytes(1000), b"PK\x03\x04" + bytes(200)])
def test_what_is_no_dicom_is_refused(content: bytes) -> None:
    with pytest.raises(FileFormatError):
        scan_header(content, TAGS)


def test_a_bad_representation_is_refused() -> None:
    good = element(0x00080005, b"CS", b"ISO_IR 192")
    with pytest.raises(DataError, match="value representation"):
        scan_header(good + element(PATIENT_ID, b"\x01?", b"P1"), TAGS, transfer_syntax_uid=EXPLICIT_LITTLE_ENDIAN)


def test_text_where_a_number_belongs_is_refused() -> None:
    data = element(tag_of("SliceThickness"), b"DS", b"thin")
    header = scan_header(data, TAGS, transfer_syntax_uid=EXPLICIT_LITTLE_ENDIAN)
    with pytest.raises(DataError, match="not a number"):
        header.numbers(tag_of("SliceThickness"))


def test_a_deflate_bomb_is_stopped() -> None:
    import zlib

    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = packer.compress(bytes(10_000_000)) + packer.flush()
    with pytest.raises(DataError, match="too large"):
        inflate(bomb, limit_bytes=1_000_000)
    assert len(inflate(bomb)) == 10_000_000


def test_values_of_binary_numbers_follow_the_byte_order() -> None:
    data = pack(">HH2sH", 0x0028, 0x0010, b"US", 2) + pack(">H", 513)
    header = scan_header(data, TAGS, transfer_syntax_uid="1.2.840.10008.1.2.2")
    assert header.numbers(tag_of("Rows")) == (513.0,)


def test_a_memory_view_and_bytes_read_the_same(written: Callable[..., bytes]) -> None:
    data = written(EXPLICIT_LITTLE_ENDIAN)
    assert scan_header(memoryview(data), TAGS).elements == scan_header(data, TAGS).elements
    assert pydicom.dcmread(BytesIO(data)).PatientID == scan_header(data, TAGS).text(PATIENT_ID)
