"""Files are known by their content, whatever they are called."""

import inspect
from pathlib import Path

import h5py
import numpy as np
import pytest

from isocenter.core.errors import FileFormatError, IsocenterError, NotFoundError, NotSupportedError
from isocenter.formats import ct_hdf5, registry
from isocenter.modalities import ct

pytestmark = pytest.mark.filterwarnings("ignore:The format .* cannot be loaded")


def test_a_scan_is_written_and_read_without_naming_its_format(ct_scan: ct.Measurement, tmp_path: Path) -> None:
    path = tmp_path / "scan.h5"
    registry.write(ct_scan, path)
    assert registry.sniff(path) == "ct_hdf5"
    assert np.array_equal(registry.read(path).data, ct_scan.data)
    assert inspect.signature(registry.reader_of(path)) == inspect.signature(ct_hdf5.read)


def test_a_scan_that_contradicts_itself_is_told_with_its_file(ct_scan: ct.Measurement, tmp_path: Path) -> None:
    registry.write(ct_scan, tmp_path / "scan.h5")
    with h5py.File(tmp_path / "scan.h5", "r+") as file:
        file["acquisition"].attrs["bin_width_mm"] = -1.0
    with pytest.raises(IsocenterError, match=r"scan\.h5"):
        registry.read(tmp_path / "scan.h5")


def test_the_ending_does_not_matter_for_reading(ct_scan: ct.Measurement, tmp_path: Path) -> None:
    ct_hdf5.write(ct_scan, tmp_path / "scan.raw")
    assert registry.sniff(tmp_path / "scan.raw") == "ct_hdf5"


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89HDF\r\n\x1a\n" + b"\0" * 50, b"\x93NUMPY"])
def test_a_file_nobody_knows_lists_what_was_tried(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "scan.xyz"
    path.write_bytes(content)
    with pytest.raises(FileFormatError) as caught:
        registry.read(path)
    assert "Data Exchange" in str(caught.value)
    assert caught.value.file == "scan.xyz"


def test_no_file_and_no_writer_are_said(ct_scan: ct.Measurement, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        registry.read(tmp_path / "nothing.h5")
    with pytest.raises(NotSupportedError, match="h5"):
        registry.write(ct_scan, tmp_path / "scan.mp3")
