"""NIfTI out and in: geometry and values, checked with SimpleITK and nibabel as independent readers."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK

from isocenter.core.errors import FileFormatError, GeometryError, MissingExtraError, OptionError
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.core.provenance import Provenance, Source
from isocenter.formats.nifti import export, read_nifti


def oblique_grid(shape: tuple[int, ...] = (4, 5, 6)) -> Grid:
    """Return a grid turned about all three axes, by Rodrigues' formula."""
    axis = np.array([1.0, 2.0, 3.0]) / np.sqrt(14.0)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    turn = np.eye(3) + np.sin(0.4) * cross + (1 - np.cos(0.4)) * cross @ cross
    direction = tuple(tuple(float(v) for v in row) for row in turn)
    spacing = (2.5, 0.9, 0.8)[-len(shape) :]
    return Grid(shape, spacing, (11.0, -22.0, 33.0), direction, slice_thickness_mm=2.5)  # type: ignore[arg-type]  # rows


def test_another_program_finds_every_voxel_at_the_same_place_in_the_patient(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    image = Image(rng.standard_normal((4, 5, 6)).astype(np.float32), oblique_grid(), "value", "1")
    read = SimpleITK.ReadImage(str(export(image, tmp_path / "a.nii.gz")))
    for index in ((0, 0, 0), (5, 0, 0), (0, 4, 0), (0, 0, 3), (2, 3, 1)):
        expected = image.grid.affine @ [*index, 1]
        assert read.TransformIndexToPhysicalPoint(index) == pytest.approx(expected[:3], abs=2e-5)  # single precision
        assert read[index] == image.values[index[::-1]]


def test_ras_is_lps_with_two_signs_turned(tmp_path: Path) -> None:
    image = Image(np.zeros((4, 5, 6), np.float32), oblique_grid(), "value", "1")
    affine = nibabel.load(export(image, tmp_path / "a.nii", version=2)).affine
    assert affine == pytest.approx(image.grid.affine * np.array([[-1.0], [-1.0], [1.0], [1.0]]), abs=1e-12)


@pytest.mark.parametrize(("version", "tolerance"), [(1, 2e-5), (2, 1e-12)])
def test_round_trip_keeps_everything(tmp_path: Path, rng: np.random.Generator, version: int, tolerance: float) -> None:
    provenance = Provenance("fbp", {"filter": "hann", "n": 3}, (Source("scan.h5", "ab" * 32),))
    image = Image(rng.standard_normal((2, 3, 4, 5, 6)), oblique_grid(), "T1", "ms", ("time", "echo"), None, provenance)
    read = read_nifti(export(image, tmp_path / "a.nii.gz", version=version))
    assert np.array_equal(read.values, image.values)
    assert read.grid.affine == pytest.approx(image.grid.affine, abs=tolerance)
    assert (read.quantity, read.unit, read.axes) == ("T1", "ms", ("time", "echo"))
    assert read.provenance == provenance


def test_a_plane_stays_a_plane(tmp_path: Path, rng: np.random.Generator) -> None:
    image = Image(rng.standard_normal((5, 6)), oblique_grid((5, 6)), "value", "1")
    read = read_nifti(export(image, tmp_path / "a.nii", version=2))
    assert read.grid.shape == (5, 6)
    assert read.grid.affine == pytest.approx(image.grid.affine, abs=1e-12)


@pytest.mark.parametrize(
    "dtype", [np.uint8, np.int16, np.uint16, np.float32, np.float64, np.complex64, np.int64, np.bool_]
)
def test_values_of_every_type_come_back(tmp_path: Path, dtype: type) -> None:
    values = (np.arange(120).reshape(4, 5, 6) % 2).astype(dtype)
    read = read_nifti(export(Image(values, oblique_grid(), "value", "1"), tmp_path / "a.nii"))
    assert np.array_equal(read.values, values)


def test_files_of_others_agree_with_another_reader(shared_data: Path) -> None:
    for file in (shared_data / "volumes/MR_Gd.nii.gz", shared_data / "volumes/CT_AVM.nii.gz"):
        read, other = read_nifti(file), SimpleITK.ReadImage(str(file))
        assert np.allclose(
            read.values, SimpleITK.GetArrayFromImage(other), rtol=1e-6
        )  # the other reader's single precision
        last = tuple(n - 1 for n in reversed(read.grid.shape))
        assert (read.grid.affine @ [*last, 1])[:3] == pytest.approx(other.TransformIndexToPhysicalPoint(last), abs=1e-3)


def test_time_series_of_others_have_a_time_axis(shared_data: Path) -> None:
    read = read_nifti(shared_data / "dicom/vendor_files/functional.nii", quantity="MR signal magnitude")
    assert (read.axes, read.values.shape, read.quantity) == (("time",), (20, 3, 21, 17), "MR signal magnitude")


@pytest.mark.parametrize("content", [b"", b"not an image", b"\x5c\x01\x00\x00" + b"\0" * 400])
def test_what_is_no_nifti_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.nii"
    file.write_bytes(content)
    with pytest.raises(FileFormatError, match=r"bad\.nii"):
        read_nifti(file)


def test_a_file_cut_off_is_refused(tmp_path: Path) -> None:
    whole = export(Image(np.ones((4, 5, 6)), oblique_grid(), "value", "1"), tmp_path / "a.nii")
    cut = tmp_path / "cut.nii"
    cut.write_bytes(whole.read_bytes()[:700])
    with pytest.raises(FileFormatError):
        read_nifti(cut)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError):
        read_nifti(tmp_path / "absent.nii")


def test_shear_is_refused(tmp_path: Path) -> None:
    affine = np.eye(4)
    affine[0, 1] = 0.3
    nibabel.save(nibabel.Nifti1Image(np.zeros((2, 2, 2), np.float32), affine), tmp_path / "sheared.nii")
    with pytest.raises(GeometryError, match=r"sheared\.nii"):
        read_nifti(tmp_path / "sheared.nii")


def test_wrong_endings_and_versions_are_refused(tmp_path: Path) -> None:
    image = Image(np.zeros((4, 5, 6)), oblique_grid(), "value", "1")
    with pytest.raises(OptionError):
        export(image, tmp_path / "a.img")
    with pytest.raises(OptionError):
        export(image, tmp_path / "a.nii", version=3)


def test_a_missing_package_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "nibabel", None)
    with pytest.raises(MissingExtraError, match=r"isocenter\[nifti\]"):
        read_nifti(tmp_path / "a.nii")
