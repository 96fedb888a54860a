"""BART's arrays: written by us and by BART itself, in all dimensions that have a place, and refused where wrong."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from isocenter.cli.main import main
from isocenter.core.errors import DataError, FileFormatError, NotFoundError, OptionError, ShapeError
from isocenter.formats import bart_cfl, registry
from isocenter.modalities import mri


def bart(folder: Path, *words: str) -> None:
    """Run BART in a folder; skips where it is not installed."""
    if shutil.which("bart") is None:
        pytest.skip("bart (package bart) is not installed")
    subprocess.run(["bart", *words], cwd=folder, check=True, capture_output=True)


def array(sizes: dict[int, int], rng: np.random.Generator) -> np.ndarray:
    shape = [sizes.get(dimension, 1) for dimension in range(16)]
    return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(np.complex64)


def alike(image: np.ndarray, truth: np.ndarray) -> float:
    """Return the correlation of two images made smooth."""
    return float(np.corrcoef(gaussian_filter(image, 1).ravel(), gaussian_filter(truth, 1).ravel())[0, 1])


def test_slices_of_coils_and_echoes_find_their_axes(rng: np.random.Generator, tmp_path: Path) -> None:
    values = array({0: 8, 1: 6, 3: 3, 5: 2, 10: 4, 13: 5}, rng)
    values[:, 2] = 0  # a line that was not taken
    bart_cfl.write_array(tmp_path / "scan.cfl", values)
    described = {"fov_mm": [7.5, 90.0, 120.0], "echo_times_s": [0.002, 0.004], "field_t": 3.0, "read_dir": [0, 1, 0]}
    described |= {"phase_dir": [-1, 0, 0], "center_mm": [1, 2, 3]}
    (tmp_path / "scan.json").write_text(json.dumps(described))
    assert registry.sniff(tmp_path / "scan.cfl") == registry.sniff(tmp_path / "scan.hdr") == "bart_cfl"
    scan = bart_cfl.read(tmp_path / "scan.hdr", contrast=1, repetition=3)
    assert scan.data.shape == (3, 5, 6, 8)
    for coil, z, y, x in ((0, 0, 0, 0), (2, 4, 5, 7), (1, 3, 4, 2)):
        assert scan.data[coil, z, y, x] == values[x, y, 0, coil, 0, 1, 0, 0, 0, 0, 3, 0, 0, z, 0, 0]
    acquisition = scan.acquisition
    assert acquisition.mask.tolist() == [[True, True, False, True, True, True]]
    assert acquisition.echo_time_s == 0.004
    assert acquisition.read_dir == (0, 1, 0)
    assert acquisition.encoded_fov_mm == (7.5, 90.0, 120.0)
    assert scan.available == {"contrast": 2, "repetition": 4, "phase": 1, "set": 1}
    series = bart_cfl.read_series(tmp_path / "scan.cfl")
    assert series.echo_times_s == pytest.approx([0.002, 0.004])
    assert len(bart_cfl.read_series(tmp_path / "scan.cfl", "repetition").frames) == 4


def test_partitions_are_three_dimensional_and_averages_averaged(rng: np.random.Generator, tmp_path: Path) -> None:
    values = array({0: 8, 1: 6, 2: 4, 3: 2, 14: 3}, rng)
    values[:, 1, 2, :, ..., 0, :] = 0  # not taken in the first of three averages
    bart_cfl.write_array(tmp_path / "scan.cfl", values)
    scan = bart_cfl.read(tmp_path / "scan.cfl", fov_mm=160.0, slice_spacing_mm=5.0)
    assert scan.acquisition.is_3d
    assert scan.acquisition.encoded_fov_mm == pytest.approx((20.0, 120.0, 160.0))
    flat = values.reshape(8, 6, 4, 2, 3)
    assert scan.data[1, 3, 5, 7] == pytest.approx(flat[7, 5, 3, 1].mean(), rel=1e-5)
    assert scan.data[1, 2, 1, 7] == pytest.approx(flat[7, 1, 2, 1, 1:].mean(), rel=1e-5)


def test_bart_writes_what_we_read_as_its_phantom(tmp_path: Path) -> None:
    bart(tmp_path, "phantom", "-k", "-s", "8", "-x", "64", "ksp")
    bart(tmp_path, "phantom", "-s", "8", "-x", "64", "coils")
    image = np.abs(mri.reconstruct(bart_cfl.read(tmp_path / "ksp.cfl", fov_mm=200.0), method="rss").values[0])
    truth = np.sqrt((np.abs(bart_cfl.read_array(tmp_path / "coils.cfl").reshape(64, 64, 8)) ** 2).sum(axis=-1)).T
    # Both made smooth: a truncated transform rings at edges, a drawn phantom does not.
    assert alike(image, truth) > 0.98
    for other in (image.T, image[::-1], image[:, ::-1]):
        assert alike(other, truth) < 0.9


def test_barts_own_transform_gives_the_same_image(rng: np.random.Generator, tmp_path: Path) -> None:
    bart_cfl.write_array(tmp_path / "ksp.cfl", array({0: 16, 1: 12, 3: 2}, rng))
    bart(tmp_path, "fft", "-u", "-i", "3", "ksp", "image")
    bart(tmp_path, "rss", "8", "image", "rss")
    theirs = bart_cfl.read_array(tmp_path / "rss.cfl").reshape(16, 12).real.T
    ours = mri.reconstruct(bart_cfl.read(tmp_path / "ksp.cfl", fov_mm=160.0), method="rss").values[0]
    assert ours == pytest.approx(theirs, rel=1e-4)


def test_radial_scans_come_with_their_trajectory(tmp_path: Path) -> None:
    bart(tmp_path, "traj", "-r", "-x", "64", "-y", "101", "traj")
    bart(tmp_path, "phantom", "-k", "-s", "4", "-t", "traj", "radial")
    bart(tmp_path, "phantom", "-s", "4", "-x", "64", "coils")
    scan = bart_cfl.read(tmp_path / "radial.cfl", fov_mm=200.0, trajectory="traj")
    assert scan.data.shape == (4, 1, 101, 64)
    assert scan.acquisition.encoded_shape == (1, 64, 64)
    image = mri.reconstruct(scan, method="rss").values[0]
    truth = np.sqrt((np.abs(bart_cfl.read_array(tmp_path / "coils.cfl").reshape(64, 64, 4)) ** 2).sum(axis=-1)).T
    inside = np.hypot(*np.indices((64, 64)) - 31.5) < 30
    found = alike(image * inside, truth * inside)
    assert found > 0.9
    for other in (image.T, image[::-1], image[:, ::-1]):
        assert alike(other * inside, truth * inside) < found - 0.05


def test_the_commands_describe_it_and_make_dicom_of_it(
    rng: np.random.Generator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bart_cfl.write_array(tmp_path / "scan.cfl", array({0: 16, 1: 12, 3: 2}, rng))
    assert main(["info", str(tmp_path / "scan.cfl")]) == 65
    assert "--option fov_mm=220" in capsys.readouterr().err
    assert main(["info", str(tmp_path / "scan.cfl"), "--option", "fov_mm=160"]) == 0
    assert "Coils: 2" in capsys.readouterr().out
    told = ["--option", "fov_mm=160", "-o", str(tmp_path / "out"), "-q"]
    assert main(["reconstruct", str(tmp_path / "scan.cfl"), *told]) == 0
    assert len(list((tmp_path / "out").glob("*.dcm"))) == 1


def test_what_is_wrong_is_named(rng: np.random.Generator, tmp_path: Path) -> None:
    path = tmp_path / "scan.cfl"
    bart_cfl.write_array(path, array({0: 8, 1: 6, 3: 2}, rng))
    with pytest.raises(DataError, match="field of view is not stated"):
        bart_cfl.read(path)
    with pytest.raises(DataError, match="no such image") as missing:
        bart_cfl.read(path, fov_mm=1.0, contrast=1)
    assert missing.value.field == "contrast"
    with pytest.raises(OptionError, match="do not differ"):
        bart_cfl.read_series(path, "mood", fov_mm=1.0)
    (tmp_path / "scan.json").write_text('{"fov_mm": [60, 80], "shoe_size": 43}')
    with pytest.raises(DataError, match="nobody knows") as unknown:
        bart_cfl.read(path)
    assert unknown.value.field == "shoe_size"
    (tmp_path / "scan.json").unlink()
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(FileFormatError, match="not the size"):
        bart_cfl.read(path, fov_mm=1.0)
    (tmp_path / "scan.hdr").write_text("# Dimensions\n8 -6\n")
    with pytest.raises(FileFormatError, match="not BART's"):
        bart_cfl.read(path, fov_mm=1.0)
    (tmp_path / "scan.hdr").unlink()
    assert not bart_cfl.sniff(path)
    with pytest.raises(NotFoundError, match="missing"):
        bart_cfl.read(path, fov_mm=1.0)


@pytest.mark.parametrize(
    ("sizes", "match"), [({4: 2}, "no place"), ({6: 3}, "no place"), ({2: 4, 13: 2}, "partitions")]
)
def test_dimensions_without_a_place_are_refused(
    sizes: dict[int, int], match: str, rng: np.random.Generator, tmp_path: Path
) -> None:
    bart_cfl.write_array(tmp_path / "scan.cfl", array({0: 8, 1: 6, **sizes}, rng))
    with pytest.raises(DataError, match=match):
        bart_cfl.read(tmp_path / "scan.cfl", fov_mm=1.0)


def test_samples_and_points_that_are_wrong_are_refused(rng: np.random.Generator, tmp_path: Path) -> None:
    values = array({0: 8, 1: 6}, rng)
    values[3, 2] = np.nan
    bart_cfl.write_array(tmp_path / "scan.cfl", values)
    with pytest.raises(DataError, match="not numbers"):
        bart_cfl.read(tmp_path / "scan.cfl", fov_mm=1.0)
    bart_cfl.write_array(tmp_path / "radial.cfl", array({1: 16, 2: 5, 3: 2}, rng))
    other: Any = np.zeros((3, 15, 5), dtype=np.complex64)
    bart_cfl.write_array(tmp_path / "traj.cfl", other)
    with pytest.raises(ShapeError, match="not that of the k-space"):
        bart_cfl.read(tmp_path / "radial.cfl", fov_mm=1.0, trajectory="traj")
    with pytest.raises(NotFoundError):
        bart_cfl.read(tmp_path / "radial.cfl", fov_mm=1.0, trajectory="none")
