"""Fixtures of the DICOM tests: small data sets written by pydicom in every layout, and the validator."""

import shutil
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID

LAYOUTS = {
    "implicit little endian": "1.2.840.10008.1.2",
    "explicit little endian": "1.2.840.10008.1.2.1",
    "explicit big endian": "1.2.840.10008.1.2.2",
    "deflated": "1.2.840.10008.1.2.1.99",
}


@pytest.fixture(params=LAYOUTS.values(), ids=LAYOUTS.keys())
def any_layout(request: pytest.FixtureRequest) -> str:
    """Return each native transfer syntax in turn."""
    return str(request.param)


@pytest.fixture
def written() -> Callable[..., bytes]:
    """Return a function that writes a small CT-like object with nested sequences in a transfer syntax."""

    def write(transfer_syntax_uid: str, *, is_undefined_length: bool = True) -> bytes:
        inner, code = Dataset(), Dataset()
        code.CodeValue, code.PatientID = "1", "not the patient"
        inner.PurposeOfReferenceCodeSequence = Sequence([code])
        inner.ReferencedSOPInstanceUID = "1.2.3"
        dataset = Dataset()
        dataset.SpecificCharacterSet = "ISO_IR 192"
        dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.2.3.4"
        dataset.SourceImageSequence = Sequence([inner, inner])
        dataset.PatientName, dataset.PatientID = "Müller^Jörg", "P-7"
        dataset.SliceThickness = "2.5"
        dataset.ImagePositionPatient = [1.5, -2, 3]
        dataset.Rows, dataset.Columns = 2, 3
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 1
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.PixelData = bytes(range(12))
        dataset["PixelData"].VR = "OW"
        for element in (dataset["SourceImageSequence"], inner["PurposeOfReferenceCodeSequence"]):
            element.is_undefined_length = is_undefined_length
            for item in element.value:
                item.is_undefined_length_sequence_item = is_undefined_length
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = UID(transfer_syntax_uid)
        stream = BytesIO()
        pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
        return stream.getvalue()

    return write


@pytest.fixture
def validator_errors() -> Callable[[Path], list[str]]:
    """Return a function that gives the errors dciodvfy finds; skips where dicom3tools is not installed."""
    program = shutil.which("dciodvfy")
    if program is None:
        pytest.skip("dciodvfy (package dicom3tools) is not installed")

    def errors(file: Path) -> list[str]:
        done = subprocess.run([program, "-new", str(file)], capture_output=True, text=True, check=False)
        said = (done.stderr + done.stdout).splitlines()
        assert said, "the validator said nothing"
        return [line for line in said if line.startswith("Error") or ("unrecognized" in line.lower() and "SOP" in line)]

    return errors
