"""Images written as DICOM: accepted by a validator, read back the same, and saying how they were made."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK

from isocenter.core.errors import DataError, OptionError, UnitError
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.core.patient import Patient, Study
from isocenter.core.provenance import Provenance, Source
from isocenter.dicom.image_format import WRITERS, export, objects, writer_for
from isocenter.dicom.series import read_image

HASH = "0123456789abcdef" * 4


def turned(angle_rad: float = 0.3) -> tuple[tuple[float, ...], ...]:
    """Return a rotation about (1, 2, 3) by Rodrigues' formula, as the grid's direction."""
    x, y, z = np.array([1.0, 2.0, 3.0]) / np.sqrt(14.0)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    matrix = np.eye(3) + np.sin(angle_rad) * cross + (1 - np.cos(angle_rad)) * cross @ cross
    return tuple(tuple(float(v) for v in row) for row in matrix)


GRID = Grid((3, 10, 12), (2.5, 0.7, 0.8), (10.0, -20.0, 33.3), turned(), frame_of_reference_uid="1.2.3.9")  # type: ignore[arg-type]  # rows
MADE = Provenance("fbp", {"filter": "hann", "n_views": 360}, (Source("scan.h5", HASH),))
PATIENT = Patient("P-1", "Müller^Jörg", date(1970, 2, 3), "M")
STUDY = Study("1.2.3.4", "ACC-1", "Kopf nativ", "Ärztin^Eva", datetime(2026, 1, 2, 3, 4, 5))


def ct(rng: np.random.Generator) -> Image:
    """Return CT numbers of everything from air to bone."""
    values = rng.uniform(-1000, 2000, GRID.shape)
    return Image(values, GRID, "CT number", "[hnsf'U]", (), datetime(2026, 1, 2, 3, 5), MADE, PATIENT, STUDY)


def mr(rng: np.random.Generator) -> Image:
    """Return magnitudes of two time points."""
    return Image(rng.uniform(0, 0.02, (2, *GRID.shape)), GRID, "MR signal magnitude", "1", ("time",), None, MADE)


def echo_level(rng: np.random.Generator) -> Image:
    """Return something for which DICOM has no better object here."""
    return Image(rng.uniform(-60, 0, GRID.shape), GRID, "echo level", "dB")


def plane(rng: np.random.Generator) -> Image:
    """Return one plane without any context."""
    return Image(rng.uniform(0, 3, (10, 12)), GRID.plane(1), "MR signal magnitude", "1")


IMAGES = {"ct": ct, "mr": mr, "echo level": echo_level, "plane": plane}
# Objects of one kind of scan only are tested where that scan is: tests/dicom/writers.
SPECIAL = ("multi-energy-ct", "breast-tomosynthesis", "ultrasound", "ultrasound-volume")
GENERAL = [kind for kind in WRITERS if kind not in SPECIAL]
COMBINATIONS = [
    (kind, name) for kind in GENERAL for name in IMAGES if kind != "enhanced-ct" or name == "ct"
]  # an Enhanced CT Image holds CT numbers only


@pytest.mark.parametrize(("kind", "name"), COMBINATIONS)
def test_a_validator_finds_no_error(
    kind: str, name: str, tmp_path: Path, rng: np.random.Generator, validator_errors: Callable[[Path], list[str]]
) -> None:
    for file in export(IMAGES[name](rng), tmp_path, sop_class=kind, series_description="test"):
        assert validator_errors(file) == []


def test_the_validator_can_fail(
    tmp_path: Path, rng: np.random.Generator, validator_errors: Callable[[Path], list[str]]
) -> None:
    file = export(ct(rng), tmp_path)[0]
    dataset = pydicom.dcmread(file)
    del dataset.PixelSpacing
    dataset.save_as(file)
    assert any("PixelSpacing" in error for error in validator_errors(file))


@pytest.mark.parametrize(("kind", "name"), COMBINATIONS)
def test_round_trip_keeps_geometry_and_values(kind: str, name: str, tmp_path: Path, rng: np.random.Generator) -> None:
    image = IMAGES[name](rng)
    files = export(image, tmp_path, sop_class=kind)
    read = read_image(tmp_path)
    expected = image.grid if read.grid.ndim == 2 else image.grid.as_volume()
    assert read.grid.affine == pytest.approx(expected.affine, abs=1e-9)
    step = 1.0 if name == "ct" else float(np.ptp(image.values)) / 60000
    assert np.abs(read.values - image.values.reshape(read.values.shape)).max() <= 0.5 * step * (1 + 1e-6)
    assert (read.quantity, read.unit) == (image.quantity, image.unit)
    assert len(read.axes) == len(image.axes)
    assert pydicom.dcmread(files[0]).PixelRepresentation == 0


def test_time_points_keep_their_axis(tmp_path: Path, rng: np.random.Generator) -> None:
    for kind in ("mr", "enhanced-mr"):
        export(mr(rng), tmp_path / kind, sop_class=kind)
        assert read_image(tmp_path / kind).axes == ("time",), kind


def test_another_reader_finds_every_voxel_at_the_same_place(tmp_path: Path, rng: np.random.Generator) -> None:
    image = ct(rng)
    files = export(image, tmp_path)
    volume = SimpleITK.ReadImage([str(file) for file in files])
    for index in ((0, 0, 0), (11, 9, 2), (3, 7, 1)):
        point = (image.grid.affine @ [*index, 1])[:3]
        assert volume.TransformIndexToPhysicalPoint(index) == pytest.approx(point, abs=1e-9)
        assert volume[index] == pytest.approx(image.values[index[::-1]], abs=0.5)


def test_patient_study_and_character_set(tmp_path: Path, rng: np.random.Generator) -> None:
    first, second, *_ = (pydicom.dcmread(file) for file in export(ct(rng), tmp_path))
    assert first.SpecificCharacterSet == "ISO_IR 192"
    assert (str(first.PatientName), first.PatientID, first.PatientBirthDate) == ("Müller^Jörg", "P-1", "19700203")
    assert (first.StudyInstanceUID, first.AccessionNumber, first.StudyDate) == ("1.2.3.4", "ACC-1", "20260102")
    assert (first.AcquisitionDate, first.AcquisitionTime) == ("20260102", "030500.000000")
    assert first.FrameOfReferenceUID == "1.2.3.9"
    assert first.SeriesInstanceUID == second.SeriesInstanceUID
    assert first.SOPInstanceUID != second.SOPInstanceUID
    read = read_image(tmp_path)
    assert read.patient == PATIENT
    assert read.study == STUDY


def test_unknown_context_is_written_empty(tmp_path: Path, rng: np.random.Generator) -> None:
    dataset = pydicom.dcmread(export(plane(rng), tmp_path)[0])
    for keyword in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "AccessionNumber", "EchoTime"):
        assert keyword in dataset, keyword
        assert not dataset[keyword].value, keyword


def test_options_take_the_place_of_the_images_context(tmp_path: Path, rng: np.random.Generator) -> None:
    (dataset, *_) = objects(
        mr(rng),
        patient=Patient("P-2"),
        study=Study("9.8.7"),
        series_description="T1 map",
        attributes={"EchoTime": 12.5},
    )
    assert (dataset.PatientID, dataset.StudyInstanceUID) == ("P-2", "9.8.7")
    assert (dataset.SeriesDescription, dataset.EchoTime) == ("T1 map", 12.5)


@pytest.mark.parametrize("kind", GENERAL)
def test_every_object_says_how_it_was_made(kind: str, rng: np.random.Generator) -> None:
    dataset = next(objects(ct(rng), sop_class=kind))
    (item,) = dataset.ContributingEquipmentSequence
    assert item.PurposeOfReferenceCodeSequence[0].CodeValue == "109102"
    for part in ("fbp", "filter=hann", "n_views=360", "scan.h5", HASH):
        assert part in item.ContributionDescription, part
    assert dataset.SoftwareVersions == f"isocenter {MADE.version}"


def test_ct_details_follow_from_the_provenance(rng: np.random.Generator) -> None:
    made = next(objects(ct(rng)))
    assert made.ConvolutionKernel == "HANN"
    assert made.ImageType[:2] == ["ORIGINAL", "PRIMARY"]
    derived = replace(ct(rng), provenance=Provenance("denoise", {}, (Source("a.dcm", HASH, role="image"),)))
    assert next(objects(derived)).ImageType[:2] == ["DERIVED", "SECONDARY"]
    assert next(objects(replace(ct(rng), provenance=None))).ImageType[:2] == ["DERIVED", "SECONDARY"]


def test_ct_numbers_are_stored_as_scanners_do(rng: np.random.Generator) -> None:
    dataset = next(objects(ct(rng)))
    assert (dataset.RescaleSlope, dataset.RescaleIntercept, dataset.RescaleType) == (1, -1024, "HU")


def test_the_kind_follows_from_quantity_and_unit(rng: np.random.Generator) -> None:
    attenuation = Image(np.full(GRID.shape, 0.02), GRID, "linear attenuation", "/mm")
    t1 = Image(np.ones(GRID.shape), GRID, "T1", "ms")
    assert [writer_for(image) for image in (ct(rng), mr(rng), attenuation, t1, echo_level(rng))] == [
        "ct", "mr", "ct", "mr", "secondary-capture",
    ]  # fmt: skip


def test_the_image_writes_itself(tmp_path: Path, rng: np.random.Generator) -> None:
    assert len(ct(rng).to_dicom(tmp_path, series_description="x")) == 3


def test_what_cannot_be_written_is_refused(tmp_path: Path, rng: np.random.Generator) -> None:
    image = mr(rng)
    with pytest.raises(OptionError, match="enhanced-mr"):
        export(image, tmp_path, sop_class="raw")
    with pytest.raises(DataError, match="Complex"):
        export(image.with_values(image.values * 1j), tmp_path)
    with pytest.raises(DataError, match="not numbers"):
        export(image.with_values(np.full_like(image.values, np.nan)), tmp_path)
    with pytest.raises(UnitError):
        export(image, tmp_path, sop_class="enhanced-ct")
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        export(image, tmp_path / "file")


@pytest.mark.parametrize("study", [Study("1.2.3"), STUDY], ids=["start unknown", "start known"])
def test_series_of_one_study_agree_with_each_other(study: Study, tmp_path: Path, rng: np.random.Generator) -> None:
    program = shutil.which("dcentvfy")
    if program is None:
        pytest.skip("dcentvfy (package dicom3tools) is not installed")
    image = replace(ct(rng), study=study)
    files = [
        file
        for number, kind in enumerate(GENERAL, start=1)
        for file in export(image, tmp_path / kind, sop_class=kind, series_number=number)
    ]
    done = subprocess.run([program, *map(str, files)], capture_output=True, text=True, check=False)
    assert [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Error")] == []
