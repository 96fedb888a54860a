"""Every malformed file is read or refused with an error of our own, quickly and within bounded memory."""

import base64
import struct
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from isocenter.core.errors import DataError, IsocenterError
from isocenter.dicom.amendment import Amendment, amend
from isocenter.dicom.bulkdata import read_bulk_value
from isocenter.dicom.dictionary import tags_of
from isocenter.dicom.header import scan_header
from isocenter.dicom.json_model import read_json
from isocenter.dicom.part10 import file_meta
from isocenter.dicom.rendering import open_for_rendering, render
from isocenter.dicom.series import find_series
from isocenter.dicom.transcoding import transcode

LIMIT_S = 2.0


def scan(file: Path) -> None:
    header = scan_header(file.read_bytes(), tags_of("PatientName", "Rows", "SharedFunctionalGroupsSequence"))
    header.text(0x00100010)


def read(file: Path) -> None:
    for series in find_series(file)[0]:
        series.read(as_stack=True)


def show(file: Path) -> None:
    reader = open_for_rendering(file)
    for index in {0, reader.n_frames - 1}:
        render(reader, index)


def convert(file: Path) -> None:
    read_json(file.read_bytes(), name=file.name)


def change(file: Path) -> None:
    transcode(file.read_bytes(), "1.2.840.10008.1.2")


def correct(file: Path) -> None:
    content = file.read_bytes()
    head, parts = amend(content, Amendment({0x00100020: "other"}, "20240101000000", "TEST"))
    read_json(b"".join((head, *parts)), name=file.name)


@pytest.mark.parametrize("folder", ["malformed", "malformed_fuzz", "pydicom_test_files", "charset"])
@pytest.mark.parametrize("door", [scan, read, show, convert, change, correct])
def test_every_file_is_read_or_refused(shared_data: Path, folder: str, door: Callable[[Path], object]) -> None:
    files = [file for file in sorted((shared_data / "dicom" / folder).rglob("*")) if file.is_file()]
    assert files
    for file in files:
        started = time.thread_time()
        with warnings.catch_warnings(), suppress(IsocenterError):
            warnings.simplefilter("ignore")
            door(file)
        assert time.thread_time() - started < LIMIT_S, file.name


def nested(n_levels: int) -> bytes:
    """Return a report whose content sequences of stated length lie in each other."""
    inner = b""
    for _ in range(n_levels):
        item = struct.pack("<HHL", 0xFFFE, 0xE000, len(inner)) + inner
        inner = struct.pack("<HH2sHL", 0x0040, 0xA730, b"SQ", 0, len(item)) + item
    return file_meta("1.2.840.10008.5.1.4.1.1.88.11", "1.2.3", "1.2.840.10008.1.2.1") + inner


@pytest.mark.parametrize("n_levels", [64, 100, 5000])
def test_sequences_without_end_are_answered_and_never_followed(n_levels: int) -> None:
    report = nested(n_levels)
    found, depth = read_json(report), 0
    while "0040A730" in found and found["0040A730"]["vr"] == "SQ":
        found, depth = (found["0040A730"].get("Value") or [{}])[0], depth + 1
    assert depth == 64
    if n_levels > depth:  # what lies deeper is given as it lies
        rest = base64.b64decode(found["0040A730"]["InlineBinary"])
        assert found["0040A730"]["vr"] == "UN"
        assert rest.count(bytes.fromhex("400030a7")) == n_levels - depth - 1
        for door in (lambda: transcode(report, "1.2.840.10008.1.2"), lambda: read_bulk_value(report, "00400001")):
            with pytest.raises(DataError, match="nested too deeply"):
                door()
    else:
        assert len(transcode(report, "1.2.840.10008.1.2")) > 64 * 16
