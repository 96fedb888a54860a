"""Scans of photon-counting CT and tomosynthesis come back from their files; broken files say what is wrong."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from isocenter.core.errors import DataError, FileFormatError
from isocenter.core.patient import Patient, Study
from isocenter.formats import registry
from isocenter.modalities import photon_counting_ct, tomosynthesis


def _scans() -> list[Any]:
    patient, study = (
        Patient("P1", "Body^Virtual", date(1970, 2, 3), "F"),
        Study("1.2.3", started_at=datetime(2026, 1, 2)),
    )
    kept = {"patient": patient, "study": study, "acquired_at": datetime(2026, 1, 2, 3, 4)}
    counting = photon_counting_ct.example_acquisition()
    planes = tomosynthesis.Acquisition(n_rows=4, n_columns=5)
    return [
        photon_counting_ct.Measurement(counting, np.ones(counting.data_shape, np.float32), **kept),  # type: ignore[arg-type]
        tomosynthesis.Measurement(planes, np.ones(planes.data_shape, np.float32), **kept),  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize("scan", _scans(), ids=lambda scan: type(scan.acquisition).__module__.split(".")[2])
def test_a_scan_comes_back(scan: Any, tmp_path: Path) -> None:
    file = tmp_path / "scan.h5"
    registry.write(scan, file)
    back = registry.read(file)
    assert type(back) is type(scan)
    assert np.array_equal(back.data, scan.data)
    assert (back.patient, back.study, back.acquired_at) == (scan.patient, scan.study, scan.acquired_at)
    for name, value in vars(scan.acquisition).items():
        assert np.array_equal(getattr(back.acquisition, name), value), name


def test_broken_files_say_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "scan.h5"
    registry.write(_scans()[1], file)
    for change, error, words in (
        (lambda f: f.attrs.__setitem__("version", 9), FileFormatError, "version"),
        (lambda f: f["acquisition"].attrs.__setitem__("wheels", 4), DataError, "wheels"),
        (lambda f: f.__delitem__("data"), FileFormatError, "missing"),
        (lambda f: f.__delitem__("acquisition"), FileFormatError, "geometry"),
    ):
        broken = tmp_path / "broken.h5"
        broken.write_bytes(file.read_bytes())
        with h5py.File(broken, "a") as opened:
            change(opened)
        with pytest.raises(error, match=words):
            registry.read(broken)


def test_a_truncated_file_is_no_scan(tmp_path: Path) -> None:
    file = tmp_path / "scan.h5"
    registry.write(_scans()[0], file)
    file.write_bytes(file.read_bytes()[:3000])
    with pytest.raises(FileFormatError):
        registry.read(file)
