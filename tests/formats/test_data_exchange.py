"""Data Exchange files: flat and dark fields, the axis of rotation, a real tooth."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from isocenter.core.errors import DataError, FileFormatError, OptionError
from isocenter.formats import data_exchange
from isocenter.modalities import ct
from isocenter.physics.bodies.disc import disc

SCAN = ct.Acquisition(np.radians(np.arange(181)), 90, 0.5, detector_offset_mm=2.0, photons_per_bin=None, n_slices=2)


@pytest.fixture
def exchange_file(tmp_path: Path, rng: np.random.Generator) -> Path:
    """Return a file of a small disc, made with uneven flat and dark fields."""
    exact = ct.simulate(disc(radius_mm=8.0, center_mm=(3.0, 2.0)), SCAN, rng).data.transpose(1, 0, 2)
    dark = 100.0 + 10 * rng.random((2, 90))
    beam = 5000.0 + 1000 * rng.random((2, 90))
    path = tmp_path / "exchange.h5"
    with h5py.File(path, "w") as file:
        file["exchange/data"] = (beam * np.exp(-exact) + dark).astype(np.float32)
        file["exchange/data_white"] = np.tile(beam + dark, (3, 1, 1)).astype(np.float32)
        file["exchange/data_dark"] = np.tile(dark, (2, 1, 1)).astype(np.float32)
        file["exchange/theta"] = np.arange(181.0)
        file["exchange/theta"].attrs["units"] = "degrees"
    return path


def test_flat_and_dark_fields_are_taken_out(exchange_file: Path, rng: np.random.Generator) -> None:
    assert data_exchange.sniff(exchange_file)
    got = data_exchange.read(exchange_file, pixel_size_mm=0.5)
    expected = ct.simulate(disc(radius_mm=8.0, center_mm=(3.0, 2.0)), SCAN, rng).data
    assert got.data == pytest.approx(expected, abs=1e-4)
    assert got.acquisition.bin_width_mm == 0.5
    assert got.acquisition.detector_offset_mm == pytest.approx(2.0, abs=0.1)


def test_a_given_axis_is_taken(exchange_file: Path) -> None:
    got = data_exchange.read(exchange_file, pixel_size_mm=0.5, rotation_center=40.0)
    assert got.acquisition.detector_offset_mm == pytest.approx((44.5 - 40.0) * 0.5)


def _change(path: Path, name: str, values: np.ndarray) -> None:
    with h5py.File(path, "a") as file:
        del file[name]
        file[name] = values


def test_a_dark_flat_field_is_refused(exchange_file: Path) -> None:
    _change(exchange_file, "exchange/data_white", np.zeros((3, 2, 90), np.float32))
    with pytest.raises(DataError, match="not brighter"):
        data_exchange.read(exchange_file)


def test_wrong_sizes_are_refused(exchange_file: Path) -> None:
    _change(exchange_file, "exchange/theta", np.arange(180.0))
    with pytest.raises(DataError, match="angle"):
        data_exchange.read(exchange_file)
    _change(exchange_file, "exchange/theta", np.arange(181.0))
    _change(exchange_file, "exchange/data_dark", np.zeros((2, 2, 91)))
    with pytest.raises(DataError, match="another size"):
        data_exchange.read(exchange_file)


def test_values_that_are_no_numbers_are_refused(exchange_file: Path) -> None:
    with h5py.File(exchange_file, "a") as file:
        file["exchange/data"][5, 1, 7] = np.nan
    with pytest.raises(DataError, match="not numbers"):
        data_exchange.read(exchange_file)


def test_a_missing_part_and_a_truncated_file_are_refused(exchange_file: Path) -> None:
    with h5py.File(exchange_file, "a") as file:
        del file["exchange/data_dark"]
    with pytest.raises(FileFormatError, match="data_dark"):
        data_exchange.read(exchange_file)
    exchange_file.write_bytes(exchange_file.read_bytes()[:1500])
    assert not data_exchange.sniff(exchange_file)
    with pytest.raises(FileFormatError, match="truncated"):
        data_exchange.read(exchange_file)


def test_a_pixel_needs_a_size(exchange_file: Path) -> None:
    with pytest.raises(OptionError):
        data_exchange.read(exchange_file, pixel_size_mm=0.0)


def test_the_tooth_is_sharp_only_about_its_axis(shared_data: Path) -> None:
    tooth = shared_data / "raw_ct" / "tooth.h5"
    measurement = data_exchange.read(tooth)
    scan = measurement.acquisition
    found = (scan.n_bins - 1) / 2 - scan.detector_offset_mm
    assert found == pytest.approx(296.0, abs=1.0)  # the axis that TomoPy's documentation gives for this scan

    def darkest(rotation_center: float) -> float:
        """Return how far below nothing the image goes: a wrong axis leaves negative shadows."""
        image = ct.reconstruct(data_exchange.read(tooth, rotation_center=rotation_center), scale="attenuation")
        return float(np.clip(-image.values, 0, None).sum())

    assert darkest(found) < min(darkest(found - 4), darkest(found + 4))
