"""Series of real scanners as volumes: SimpleITK and published NIfTI files as independent readers of the geometry."""

import resource
import shutil
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
import SimpleITK
from pydicom.dataset import Dataset

from isocenter.core.errors import DataError, FileFormatError, GeometryError, NotSupportedError
from isocenter.core.geometry import LPS_TO_RAS
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.core.progress import Step
from isocenter.dicom.image_format import export
from isocenter.dicom.series import find_series, read_image, read_images


def other_readers_affine(files: list[Path]) -> tuple[np.ndarray, np.ndarray]:
    """Return SimpleITK's affine and values of files in slice order."""
    volume = SimpleITK.ReadImage([str(file) for file in files])
    affine = np.eye(4)
    affine[:3, :3] = np.array(volume.GetDirection()).reshape(3, 3) * np.array(volume.GetSpacing())
    affine[:3, 3] = volume.GetOrigin()
    return affine, SimpleITK.GetArrayFromImage(volume)


def slice_order(folder: Path, pattern: str = "*") -> list[Path]:
    """Return the files of a folder in the order of their position along the slice normal."""

    def height(file: Path) -> float:
        dataset = pydicom.dcmread(file, stop_before_pixels=True)
        orientation = np.array(dataset.ImageOrientationPatient, float)
        return float(np.cross(orientation[:3], orientation[3:]) @ np.array(dataset.ImagePositionPatient, float))

    return sorted(folder.glob(pattern), key=height)


@pytest.mark.parametrize(
    ("folder", "unit"),
    [
        ("demo/liver_ct/image", "[hnsf'U]"),
        ("demo/sts_002/CT/image", "[hnsf'U]"),
        ("demo/sts_002/MR_T1/image", "1"),
        ("demo/sts_002/PET/image", "g/ml{SUVbw}"),
    ],
)
def test_whole_series_agree_with_another_reader(shared_data: Path, folder: str, unit: str) -> None:
    affine, values = other_readers_affine(slice_order(shared_data / folder))
    image = read_image(shared_data / folder)
    assert image.grid.affine == pytest.approx(affine, abs=1e-6)
    assert np.allclose(image.values, values, rtol=1e-6, atol=1e-6)
    assert image.unit == unit


@pytest.mark.parametrize(
    ("folder", "truth", "pattern"),
    [
        ("ge_anat", "001_ground_truth.nii.gz", "*-0001.dcm"),
        ("siemens_anat", "001_ground_truth.nii.gz", "*-0001.dcm"),
        ("ge_anat", "001_implicit_ground_truth.nii.gz", "*-0001_*.dcm"),
    ],
)
def test_published_nifti_files_have_every_voxel_at_the_same_place(
    shared_data: Path, folder: str, truth: str, pattern: str
) -> None:
    source = shared_data / "dicom/series" / folder
    image = read_image(sorted(source.glob(pattern)))
    expected = nibabel.load(source / truth)
    to_index = np.linalg.inv(expected.affine) @ LPS_TO_RAS @ image.grid.affine
    assert np.abs(to_index - np.rint(to_index)).max() < 1e-3, "one voxel grid, perhaps other axes"
    z, y, x = np.indices(image.grid.shape)
    index = np.rint(np.einsum("ij,j...->i...", to_index, np.stack([x, y, z, np.ones_like(x)])))[:3].astype(int)
    assert np.array_equal(np.asarray(expected.dataobj)[tuple(index)], image.values)


def test_an_enhanced_object_becomes_a_time_series(shared_data: Path) -> None:
    source = shared_data / "dicom/series/philips_enh_fmri"
    image = read_image(source / "IM-0001-9600-0001.dcm")
    assert (image.axes, image.values.shape) == (("time",), (4, 8, 64, 64))
    expected = nibabel.load(source / "001_ground_truth.nii.gz")
    data = np.asarray(expected.dataobj, dtype=float)
    to_index = np.linalg.inv(expected.affine) @ LPS_TO_RAS @ image.grid.affine
    index = np.rint(to_index @ [10, 20, 3, 1])[:3].astype(int)
    assert np.abs(to_index - np.rint(to_index)).max() < 1e-3
    ours, theirs = image.values[:, 3, 20, 10], data[tuple(index)]
    assert np.corrcoef(ours, theirs)[0, 1] == pytest.approx(1.0, abs=1e-3)  # the published file has its own scale


def test_repeated_positions_become_an_axis(shared_data: Path) -> None:
    series, _ = find_series(sorted((shared_data / "dicom/series/ge_dti").glob("*-0001.dcm")))
    image = series[0].read().image
    assert (image.axes, image.values.shape) == (("repeat",), (2, 4, 128, 128))
    first = pydicom.dcmread(shared_data / "dicom/series/ge_dti/IM-0001-0001-0001.dcm").pixel_array
    second = pydicom.dcmread(shared_data / "dicom/series/ge_dti/IM-0001-0076-0001.dcm").pixel_array
    assert np.array_equal(image.values[:, 0], [first, second])


def test_a_tilted_gantry_is_refused_with_its_angle(shared_data: Path) -> None:
    folder = shared_data / "dicom/series/bad_gantrytilt"
    with pytest.raises(GeometryError, match=r"sheared by 14\.0"):  # the orientation says cos 0.970
        read_image(folder)
    series, _ = find_series(folder)
    stacked = series[0].read(as_stack=True)
    assert "sheared" in stacked.report.warnings[0]
    assert stacked.image.grid.shape == (4, 512, 512)


def test_a_missing_slice_is_named(shared_data: Path, tmp_path: Path) -> None:
    for file in sorted((shared_data / "demo/sts_002/MR_T1/image").glob("*"))[:6]:
        if "3" not in file.name:
            shutil.copy(file, tmp_path / file.name)
    with pytest.raises(GeometryError, match=r"1 slices missing between 000002\.dcm and 000004\.dcm"):
        read_image(tmp_path)
    series, _ = find_series(tmp_path)
    assert "missing" in series[0].read(as_stack=True).report.warnings[0]


def test_the_same_instance_twice_is_left_out(shared_data: Path, tmp_path: Path) -> None:
    files = sorted((shared_data / "demo/sts_002/MR_T1/image").glob("*"))[:4]
    for file in (*files, files[1]):
        target = tmp_path / file.name
        shutil.copy(file, target if not target.exists() else tmp_path / "again.dcm")
    series, _ = find_series(tmp_path)
    read = series[0].read()
    assert read.image.grid.shape[0] == 4
    assert "1 repeated instances" in read.report.warnings[0]


def test_another_instance_at_one_position_is_refused(shared_data: Path, tmp_path: Path) -> None:
    files = sorted((shared_data / "demo/sts_002/MR_T1/image").glob("*"))[:4]
    for file in files:
        shutil.copy(file, tmp_path / file.name)
    dataset = pydicom.dcmread(files[1])
    dataset.SOPInstanceUID += ".1"
    dataset.save_as(tmp_path / "other.dcm")
    with pytest.raises(DataError, match="more images than others"):
        read_image(tmp_path)


@pytest.mark.parametrize(
    ("keyword", "value", "message"),
    [
        ("ImageOrientationPatient", [0, 1, 0, 0, 0, -1], "different orientations"),
        ("PixelSpacing", [2.0, 2.0], "different pixel spacings"),
    ],
)
def test_inconsistent_slices_are_refused(
    shared_data: Path, tmp_path: Path, keyword: str, value: list[float], message: str
) -> None:
    for index, file in enumerate(sorted((shared_data / "demo/sts_002/MR_T1/image").glob("*"))[:3]):
        dataset = pydicom.dcmread(file)
        if index == 1:
            setattr(dataset, keyword, value)
        dataset.save_as(tmp_path / file.name)
    with pytest.raises(GeometryError, match=message):
        read_image(tmp_path)


def test_several_series_are_named_or_read_one_by_one(shared_data: Path) -> None:
    folder = shared_data / "demo/sts_002"
    with pytest.raises(DataError, match="several series"):
        read_image(folder)
    files = [*(folder / "CT/image").glob("*"), *(folder / "PET/image").glob("*")]
    assert sorted(image.quantity for image in read_images(files)) == ["CT number", "activity concentration"]


def test_other_files_in_the_folder_are_listed_not_read(shared_data: Path) -> None:
    series, skipped = find_series(shared_data / "dicom/series/siemens_anat")
    assert len(series) == 2
    assert {file.suffix for file in skipped} == {".gz"}
    assert all(isinstance(problem, FileFormatError) for problem in skipped.values())


def test_images_without_a_place_need_to_be_asked_for(shared_data: Path) -> None:
    file = shared_data / "dicom/modalities/mlut_18.dcm"
    with pytest.raises(GeometryError, match="do not say where they lie"):
        read_image(file)
    assert read_image(file, as_stack=True).values.shape == (512, 512)


def test_frames_of_a_nuclear_study_are_an_axis(shared_data: Path) -> None:
    image = read_image(shared_data / "dicom/modalities/NM-MONO2-16-13x-heart")
    assert (image.axes, image.values.shape) == (("frame",), (13, 64, 64))


def test_colour_is_refused(shared_data: Path) -> None:
    with pytest.raises(NotSupportedError, match="Colour"):
        read_image(shared_data / "dicom/modalities/color-pl.dcm", as_stack=True)


def test_a_real_world_mapping_gives_unit_and_values(shared_data: Path, tmp_path: Path) -> None:
    file = sorted((shared_data / "demo/sts_002/MR_T1/image").glob("*"))[0]
    dataset = pydicom.dcmread(file)
    item, code = Dataset(), Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "um2/s", "UCUM", "square micrometer per second"
    item.RealWorldValueSlope, item.RealWorldValueIntercept, item.LUTExplanation = 0.5, 3.0, "apparent diffusion"
    item.MeasurementUnitsCodeSequence = [code]
    dataset.RealWorldValueMappingSequence = [item]
    dataset.save_as(tmp_path / "adc.dcm")
    image = read_image(tmp_path / "adc.dcm")
    assert (image.quantity, image.unit) == ("apparent diffusion", "um2/s")
    assert np.array_equal(image.values, dataset.pixel_array * 0.5 + 3.0)


def test_patient_and_study_come_along(shared_data: Path) -> None:
    image = read_image(shared_data / "demo/liver_ct/image")
    dataset = pydicom.dcmread(shared_data / "demo/liver_ct/image/1-01.dcm")
    assert image.patient is not None
    assert image.study is not None
    assert image.patient.patient_id == dataset.PatientID
    assert image.study.study_uid == dataset.StudyInstanceUID
    assert image.grid.frame_of_reference_uid == dataset.FrameOfReferenceUID


def test_a_folder_without_dicom_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    (tmp_path / "b.txt").write_text("hello")
    with pytest.raises(FileFormatError, match="no DICOM image"):
        read_image(tmp_path)
    with pytest.raises(FileFormatError):
        read_image(tmp_path / "absent.dcm")


def test_more_slices_than_a_process_may_hold_files_open(tmp_path: Path, rng: np.random.Generator) -> None:
    grid = Grid((300, 4, 4), (1.0, 1.0, 1.0))
    image = Image(rng.uniform(0, 1, grid.shape), grid, "MR signal magnitude", "1")
    export(image, tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, hard))
    try:
        read = read_image(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert np.abs(read.values - image.values).max() < 1e-4


def test_progress_counts_every_slice(shared_data: Path) -> None:
    steps: list[Step] = []
    read_image(shared_data / "demo/sts_002/MR_T1/image", on_progress=steps.append)
    assert [step.done for step in steps] == list(range(1, 36))
    assert {step.total for step in steps} == {35}
