"""Every malformed file is read or refused with an error of our own, quickly and within bounded memory."""

import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from isocenter.core.errors import IsocenterError
from isocenter.dicom.dictionary import tags_of
from isocenter.dicom.header import scan_header
from isocenter.dicom.json_model import read_json
from isocenter.dicom.rendering import open_for_rendering, render
from isocenter.dicom.series import find_series

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


@pytest.mark.parametrize("folder", ["malformed", "malformed_fuzz", "pydicom_test_files", "charset"])
@pytest.mark.parametrize("door", [scan, read, show, convert])
def test_every_file_is_read_or_refused(shared_data: Path, folder: str, door: Callable[[Path], object]) -> None:
    files = [file for file in sorted((shared_data / "dicom" / folder).rglob("*")) if file.is_file()]
    assert files
    for file in files:
        started = time.perf_counter()
        with warnings.catch_warnings(), suppress(IsocenterError):
            warnings.simplefilter("ignore")
            door(file)
        assert time.perf_counter() - started < LIMIT_S, file.name
