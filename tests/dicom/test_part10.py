"""File meta information: what pydicom reads back, and what is refused."""

from io import BytesIO

import pydicom
import pytest

from isocenter.core.errors import DataError
from isocenter.dicom.part10 import file_meta
from isocenter.dicom.uids import IMPLEMENTATION_CLASS_UID

CT = "1.2.840.10008.5.1.4.1.1.2"


@pytest.mark.parametrize("title", ["", "SCANNER", "SCANNER1"])
def test_another_reader_finds_every_element(title: str) -> None:
    data = file_meta(CT, "1.2.3", "1.2.840.10008.1.2.1", source_ae_title=title)
    body = bytes.fromhex("10002000") + b"LO" + bytes.fromhex("0200") + b"P1"
    dataset = pydicom.dcmread(BytesIO(data + body))
    meta = dataset.file_meta
    assert (meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID) == (CT, "1.2.3")
    assert meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert meta.ImplementationClassUID == IMPLEMENTATION_CLASS_UID
    assert meta.get("SourceApplicationEntityTitle", "") == title
    assert meta.FileMetaInformationGroupLength == len(data) - 144
    assert dataset.PatientID == "P1"


@pytest.mark.parametrize("uid", ["", "1.2.x", "1." * 40 + "1", "1..2"])
def test_what_is_no_uid_is_refused(uid: str) -> None:
    with pytest.raises(DataError, match="not a DICOM UID"):
        file_meta(CT, uid, "1.2.840.10008.1.2.1")


@pytest.mark.parametrize("title", ["A" * 17, "A\\B", "ÄRZTE", "A\nB"])
def test_what_is_no_ae_title_is_refused(title: str) -> None:
    with pytest.raises(DataError, match="not an AE title"):
        file_meta(CT, "1.2.3", "1.2.840.10008.1.2.1", source_ae_title=title)


def test_a_uid_with_leading_zeros_is_kept_as_old_devices_send_it() -> None:
    assert b"1.02.003" in file_meta(CT, "1.02.003", "1.2.840.10008.1.2.1")
