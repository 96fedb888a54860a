"""Our CT file gives back what was written, and refuses what contradicts itself."""

from dataclasses import fields, replace
from datetime import date, datetime
from pathlib import Path

import h5py
import numpy as np
import pytest

from isocenter.core.errors import DataError, FileFormatError, GeometryError, ShapeError
from isocenter.core.patient import Patient, Study
from isocenter.formats import ct_hdf5
from isocenter.modalities import ct


def test_everything_comes_back(ct_scan: ct.Measurement, tmp_path: Path) -> None:
    patient = Patient("P1", "Body^Virtual", date(1970, 1, 2), "O")
    study = Study(accession_number="A1", started_at=datetime(2026, 1, 2, 3, 4))
    full = replace(ct_scan, patient=patient, study=study, acquired_at=datetime(2026, 1, 2, 3, 5))
    path = tmp_path / "scan.h5"
    ct_hdf5.write(full, path)
    assert ct_hdf5.sniff(path)
    got = ct_hdf5.read(path)
    assert np.array_equal(got.data, full.data)
    for item in fields(ct.Acquisition):
        assert np.array_equal(getattr(got.acquisition, item.name), getattr(full.acquisition, item.name)), item.name
    assert (got.patient, got.study, got.acquired_at) == (patient, study, full.acquired_at)
    assert got.sources[0].name == "scan.h5"


def test_line_integrals_stay_line_integrals(ct_scan: ct.Measurement, tmp_path: Path) -> None:
    plain = ct.Measurement(replace(ct_scan.acquisition, photons_per_bin=None), ct_scan.line_integrals())
    ct_hdf5.write(plain, tmp_path / "scan.h5")
    assert ct_hdf5.read(tmp_path / "scan.h5").acquisition.photons_per_bin is None


def test_a_truncated_file_is_refused(ct_scan: ct.Measurement, tmp_path: Path) -> None:
    path = tmp_path / "scan.h5"
    ct_hdf5.write(ct_scan, path)
    path.write_bytes(path.read_bytes()[:2000])
    assert not ct_hdf5.sniff(path)
    with pytest.raises(FileFormatError, match="truncated"):
        ct_hdf5.read(path)


def test_geometry_that_contradicts_the_data_is_refused(ct_scan: ct.Measurement, tmp_path: Path) -> None:
    path = tmp_path / "scan.h5"
    ct_hdf5.write(ct_scan, path)
    with h5py.File(path, "a") as file:
        file["acquisition"].attrs["n_bins"] = 49
    with pytest.raises(ShapeError) as caught:
        ct_hdf5.read(path)
    assert "(2, 40, 49" in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [("colour", 1, DataError), ("source_detector_mm", 3.0, GeometryError), ("detector", "round", GeometryError)],
)
def test_impossible_geometry_is_refused(
    ct_scan: ct.Measurement, tmp_path: Path, name: str, value: object, error: type[Exception]
) -> None:
    path = tmp_path / "scan.h5"
    ct_hdf5.write(ct_scan, path)
    with h5py.File(path, "a") as file:
        file["acquisition"].attrs[name] = value
    with pytest.raises(error):
        ct_hdf5.read(path)


@pytest.mark.parametrize("part", ["data", "angles_rad", "acquisition"])
def test_a_missing_part_is_named(ct_scan: ct.Measurement, tmp_path: Path, part: str) -> None:
    path = tmp_path / "scan.h5"
    ct_hdf5.write(ct_scan, path)
    with h5py.File(path, "a") as file:
        del file[part]
    with pytest.raises(FileFormatError, match=part):
        ct_hdf5.read(path)


def test_values_that_are_no_numbers_are_refused(ct_scan: ct.Measurement, tmp_path: Path) -> None:
    path = tmp_path / "scan.h5"
    ct_hdf5.write(ct_scan, path)
    with h5py.File(path, "a") as file:
        file["data"][0, 0, 0] = np.nan
    with pytest.raises(DataError, match="not numbers"):
        ct_hdf5.read(path)
