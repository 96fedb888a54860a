"""Plain arrays with a description beside them."""

import json
from pathlib import Path

import numpy as np
import pytest

from isocenter.core.errors import DataError, FileFormatError, ShapeError
from isocenter.formats import described_array
from isocenter.modalities import ct

SCAN = {"modality": "ct", "axes": ["view", "bin"], "angle_range_deg": 180.0, "bin_width_mm": 0.8}


def _written(folder: Path, array: np.ndarray, description: object) -> Path:
    np.save(folder / "scan.npy", array)
    (folder / "scan.json").write_text(json.dumps(description))
    return folder / "scan.npy"


def test_a_sinogram_is_read(tmp_path: Path, rng: np.random.Generator) -> None:
    array = rng.random((30, 40))
    path = _written(tmp_path, array, SCAN)
    assert described_array.sniff(path)
    got = described_array.read(path)
    assert isinstance(got, ct.Measurement)
    assert got.data == pytest.approx(array)
    assert got.acquisition.angles_rad == pytest.approx(np.arange(30) * np.pi / 30)
    assert [source.name for source in got.sources] == ["scan.npy", "scan.json"]


def test_axes_come_in_any_order(tmp_path: Path, rng: np.random.Generator) -> None:
    array = rng.random((40, 3, 30))
    angles = np.linspace(0, 200, 30).tolist()
    description = SCAN | {"axes": ["bin", "slice", "view"], "angles_deg": angles, "slice_spacing_mm": 4.0}
    del description["angle_range_deg"]
    got = described_array.read(_written(tmp_path, array, description))
    assert got.data == pytest.approx(array.transpose(1, 2, 0))
    assert got.acquisition.angles_rad == pytest.approx(np.radians(angles))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"modality": "x"}, DataError),
        ({"axes": ["view"]}, DataError),
        ({"bin_width": 1.0}, DataError),
        ({"angles_rad": [0.0, 1.0]}, DataError),
        ({"angle_range_deg": "wide"}, DataError),
        ({"n_bins": 41}, ShapeError),
        ({"bin_width_mm": "thin"}, DataError),
    ],
)
def test_descriptions_that_contradict_the_array_are_refused(
    change: dict, error: type[Exception], tmp_path: Path
) -> None:
    with pytest.raises(error):
        described_array.read(_written(tmp_path, np.ones((30, 40)), SCAN | change))


def test_missing_angles_are_named(tmp_path: Path) -> None:
    description = {name: value for name, value in SCAN.items() if name != "angle_range_deg"}
    with pytest.raises(DataError, match="angles"):
        described_array.read(_written(tmp_path, np.ones((30, 40)), description))


def test_broken_files_are_refused(tmp_path: Path) -> None:
    path = _written(tmp_path, np.ones((30, 40)), SCAN)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(FileFormatError, match="array"):
        described_array.read(path)
    (tmp_path / "scan.json").write_text("{")
    with pytest.raises(FileFormatError, match="description"):
        described_array.read(path)
    (tmp_path / "scan.json").unlink()
    assert not described_array.sniff(path)


def test_kspace_is_read_with_its_field_of_view(tmp_path: Path, rng: np.random.Generator) -> None:
    array = (rng.standard_normal((4, 20, 16)) + 1j * rng.standard_normal((4, 20, 16))).astype(np.complex64)
    array[:, 1::2] = 0
    description = {"modality": "mri", "axes": ["coil", "y", "x"], "fov_mm": [200.0, 160.0], "slice_thickness_mm": 5.0}
    got = described_array.read(_written(tmp_path, array, description))
    assert np.array_equal(got.data[:, 0], array)
    assert got.acquisition.encoded_fov_mm == (5.0, 200.0, 160.0)
    assert got.acquisition.mask.tolist() == [[True, False] * 10]


@pytest.mark.parametrize(
    "change", [{"axes": ["y", "x"]}, {"axes": ["coil", "y", "y"]}, {"fov_mm": [1.0]}, {"echo_time_ms": 3.0}]
)
def test_kspace_with_a_contradicting_description_is_refused(change: dict, tmp_path: Path) -> None:
    description = {"modality": "mri", "axes": ["coil", "y", "x"], "fov_mm": [200.0, 160.0]} | change
    with pytest.raises(DataError):
        described_array.read(_written(tmp_path, np.ones((4, 20, 16), np.complex64), description))


def test_real_kspace_of_eight_coils_is_read(shared_data: Path, tmp_path: Path) -> None:
    array = np.load(shared_data / "raw_mri" / "sigpy" / "cartesian_ksp.npy")
    description = {"modality": "mri", "axes": ["coil", "y", "x"], "fov_mm": [230.0, 180.0], "slice_thickness_mm": 5.0}
    got = described_array.read(_written(tmp_path, array, description))
    assert got.data.shape == (8, 1, 230, 180)
