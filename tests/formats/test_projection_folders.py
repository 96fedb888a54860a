"""Projections as scanners leave them: DICOM-CT-PD, NXtomo, TIFF with a geometry file; and what is broken in them."""

import json
from dataclasses import replace
from pathlib import Path

import h5py
import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, generate_uid

import isocenter
from isocenter.core.errors import DataError, FileFormatError, GeometryError, ShapeError
from isocenter.core.grid import Grid
from isocenter.formats import registry
from isocenter.modalities import ct
from isocenter.physics.body import Body, Component
from isocenter.physics.shapes import Ellipsoid
from isocenter.physics.tissues import tissue

BALL = Body("ball", (Component("ball", Ellipsoid((24.0, -15.0, 118.0), (9.0, 9.0, 9.0)), tissue("water")),))
GRID = Grid((20, 40, 40), (3.0, 3.0, 3.0), center_mm=(0.0, 0.0, 118.0))
_TURNS = np.arange(180) * (2 * np.pi / 72) + 1.0
SHIFTS = np.array([(-0.5, 0.0, -0.7), (0.5, 2.0, 0.7)])[np.arange(180) % 2]
HELIX = ct.Acquisition(
    _TURNS,
    48,
    6.0,
    geometry="cone",
    detector="curved",
    detector_offset_mm=1.5,
    source_isocenter_mm=400.0,
    source_detector_mm=800.0,
    photons_per_bin=None,
    n_rows=16,
    row_height_mm=6.0,
    z_mm=118.0,
    source_z_mm=(_TURNS - _TURNS.mean()) * 5.0,
    focus_shift_mm=SHIFTS,
)


def _view(folder: Path, number: int, data: np.ndarray, values: dict[int, object], *, as_bytes: bool) -> Path:
    """Write one view as the format's own writer does, or as one that does not know its dictionary."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ImplicitVRLittleEndian if as_bytes else ExplicitVRLittleEndian
    path = folder / f"view{number:04d}.dcm"
    dataset = FileDataset(str(path), Dataset(), file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    dataset.PatientID, dataset.PatientName, dataset.StudyInstanceUID = "P1", "Ball^A", "1.2.3"
    dataset.InstanceNumber, dataset.PatientPosition = number, "HFS"
    slope = float(data.max()) / 60000 or 1.0
    pixels = np.round(data.T / slope).astype(np.uint16)  # columns of the detector along rows of the picture
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation, dataset.SamplesPerPixel = 15, 0, 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.RescaleSlope, dataset.RescaleIntercept = f"{slope:.10g}", "0"
    dataset.PixelData = np.ascontiguousarray(pixels).tobytes()
    for tag, value in values.items():
        is_count = tag in (0x70291010, 0x70291011)
        raw = np.asarray(value, dtype="<u2" if is_count else "<f4").tobytes()
        if as_bytes:
            dataset.add_new(tag, "UN", raw)
        else:
            dataset.add_new(tag, "US" if is_count else "FL", value)
    dataset.save_as(path, enforce_file_format=True)
    return path


def _folder(folder: Path, scan: ct.Acquisition, *, as_bytes: bool = False) -> Path:
    folder.mkdir()
    data = ct.simulate(BALL, scan, np.random.default_rng(0)).data
    assert scan.source_z_mm is not None
    shifts = np.zeros((scan.n_views, 3)) if scan.focus_shift_mm is None else scan.focus_shift_mm
    for index in range(scan.n_views):
        u, toward, lift = shifts[index]
        radius = np.hypot(scan.source_isocenter_mm - toward, u)
        values = {
            0x70291002: scan.bin_width_mm,
            0x70291006: scan.row_height_mm,
            0x70291010: scan.n_rows,
            0x70291011: scan.n_bins,
            0x70311001: float(np.mod(scan.angles_rad[index], 2 * np.pi)),
            0x70311002: float(scan.source_z_mm[index] + scan.z_mm),
            0x70311003: scan.source_isocenter_mm,
            0x70311031: scan.source_detector_mm,
            0x70311033: [(scan.n_bins + 1) / 2 - scan.detector_offset_mm / scan.bin_width_mm, (scan.n_rows + 1) / 2],
            0x7033100B: float(np.arctan2(u, scan.source_isocenter_mm - toward)),
            0x7033100C: float(lift),
            0x7033100D: float(radius - scan.source_isocenter_mm),
        }
        _view(folder, index + 1, data[index], values, as_bytes=as_bytes)
    return folder


def _middle_of_mass_mm(image) -> np.ndarray:
    weights = np.clip(image.values + 1000.0, 0, None) * (image.values > -500)
    return (image.grid.positions_mm() * weights[..., None]).reshape(-1, 3).sum(axis=0) / weights.sum()


@pytest.mark.parametrize("as_bytes", [False, True], ids=["explicit", "unknown kinds"])
def test_a_folder_of_views_becomes_an_image_in_its_place(tmp_path: Path, as_bytes: bool) -> None:
    folder = _folder(tmp_path / "scan", HELIX, as_bytes=as_bytes)
    assert registry.sniff(folder) == "dicom_ct_pd"
    measurement = isocenter.read(folder)
    got = measurement.acquisition
    assert got.angles_rad - got.angles_rad[0] == pytest.approx(HELIX.angles_rad - HELIX.angles_rad[0], abs=1e-5)
    assert got.focus_shift_mm == pytest.approx(SHIFTS, abs=1e-3)
    assert got.detector_offset_mm == pytest.approx(1.5, abs=1e-4)
    assert measurement.patient is not None
    assert measurement.patient.patient_id == "P1"
    image = ct.reconstruct(measurement, GRID)
    assert image.provenance is not None
    assert image.provenance.method == "ct.wfbp"
    assert _middle_of_mass_mm(image) == pytest.approx([24.0, -15.0, 118.0], abs=0.5)


def test_missing_views_and_truncated_files_are_named(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "scan", HELIX.subset(slice(0, 8)))
    file = folder / "view0005.dcm"
    whole = file.read_bytes()
    file.write_bytes(whole[:-200])
    with pytest.raises(FileFormatError, match=r"view0005\.dcm"):
        isocenter.read(folder)
    file.unlink()
    with pytest.raises(DataError, match="missing") as caught:
        isocenter.read(folder)
    assert "after view 4" in str(caught.value)


def test_a_view_without_geometry_or_of_another_size_is_refused(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "scan", HELIX.subset(slice(0, 3)))
    dataset = pydicom.dcmread(folder / "view0002.dcm")
    del dataset[0x70311003]
    dataset.save_as(folder / "view0002.dcm")
    with pytest.raises(FileFormatError, match="7031,1003"):
        isocenter.read(folder)
    dataset[0x70311002].value = 1.0
    dataset.add_new(0x70311003, "FL", 400.0)
    dataset[0x70291010].value = 15
    dataset.save_as(folder / "view0002.dcm")
    with pytest.raises(DataError, match="as large as its detector"):
        isocenter.read(folder)


def test_views_of_two_detectors_are_refused(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "scan", HELIX.subset(slice(0, 3)))
    dataset = pydicom.dcmread(folder / "view0003.dcm")
    dataset[0x70291002].value = 5.0
    dataset.save_as(folder / "view0003.dcm")
    with pytest.raises(GeometryError, match="one detector"):
        isocenter.read(folder)


PARALLEL = ct.Acquisition(np.arange(60) * (np.pi / 60), 64, 2.0, photons_per_bin=None, n_slices=3, slice_spacing_mm=2.0)


def _counts(scan: ct.Acquisition, body: Body) -> np.ndarray:
    """Return what a detector of 30 counts dark and 20030 bright sees, (view, row, bin)."""
    data = ct.simulate(body, scan, np.random.default_rng(0)).data
    rows = data if scan.geometry == "cone" else data.transpose(1, 0, 2)
    return np.round(20000 * np.exp(-rows) + 30).astype(np.uint16)


def test_a_nexus_file_becomes_an_image(tmp_path: Path) -> None:
    path = tmp_path / "scan.nxs"
    counts = _counts(PARALLEL, BALL.moved(translation_mm=(0.0, 0.0, -118.0)))
    with h5py.File(path, "w") as file:
        entry = file.create_group("entry0000")
        entry["definition"] = "NXtomo"
        detector = entry.create_group("instrument/detector")
        detector.attrs["NX_class"] = "NXdetector"
        bright, dark = np.full((2, *counts.shape[1:]), 20030), np.full((2, *counts.shape[1:]), 30)
        detector["data"] = np.concatenate([dark, bright, counts]).astype(np.uint16)
        detector["image_key"] = np.r_[2, 2, 1, 1, np.zeros(60)].astype(int)
        detector["x_pixel_size"] = 2e-3
        detector["x_pixel_size"].attrs["units"] = "m"
        entry["sample/rotation_angle"] = np.r_[0, 0, 0, 0, np.degrees(PARALLEL.angles_rad)]
    assert registry.sniff(path) == "nxtomo"
    measurement = isocenter.read(path, rotation_center=31.5, energy_kev=70.0)
    assert measurement.acquisition.bin_width_mm == pytest.approx(2.0)
    image = ct.reconstruct(measurement)
    assert _middle_of_mass_mm(image)[:2] == pytest.approx([24.0, -15.0], abs=0.5)
    with h5py.File(path, "a") as file:
        del file["entry0000/sample/rotation_angle"]
        file["entry0000/sample/rotation_angle"] = np.zeros(7)
    with pytest.raises(DataError, match="one angle for every frame"):
        isocenter.read(path)


CONE = replace(
    HELIX, angles_rad=np.arange(72) * (2 * np.pi / 72), source_z_mm=None, focus_shift_mm=None, detector="flat",
    detector_offset_mm=0.0,
)  # fmt: skip


@pytest.fixture
def tiff_folder(tmp_path: Path) -> Path:
    """Write a cone scan of the ball as TIFF files."""
    folder = tmp_path / "tiffs"
    folder.mkdir()
    for index, view in enumerate(_counts(CONE, BALL)):
        (folder / f"proj{index}.tif").write_bytes(imagecodecs.tiff_encode(view[::-1]))
    for name, value in (("flat", 20030), ("dark", 30)):
        field = np.full((CONE.n_rows, CONE.n_bins), value, np.uint16)
        (folder / f"{name}0.tif").write_bytes(imagecodecs.tiff_encode(field))
    geometry = {
        "geometry": "cone",
        "angle_range_deg": 360,
        "bin_width_mm": 6.0,
        "row_height_mm": 6.0,
        "source_isocenter_mm": 400.0,
        "source_detector_mm": 800.0,
        "z_mm": 118.0,
        "flat": "flat*.tif",
        "dark": "dark*.tif",
        "rows_descend": True,
    }
    (folder / "geometry.json").write_text(json.dumps(geometry))
    return folder


def test_a_folder_of_pictures_becomes_an_image(tiff_folder: Path) -> None:
    assert registry.sniff(tiff_folder) == "tiff_stack"
    image = ct.reconstruct(isocenter.read(tiff_folder), GRID)
    assert _middle_of_mass_mm(image) == pytest.approx([24.0, -15.0, 118.0], abs=0.5)


def test_pictures_are_taken_by_number_and_broken_ones_are_named(tiff_folder: Path) -> None:
    assert isocenter.read(tiff_folder / "geometry.json").data.shape == (72, 16, 48)
    geometry = json.loads((tiff_folder / "geometry.json").read_text())
    del geometry["angle_range_deg"]
    (tiff_folder / "geometry.json").write_text(json.dumps(geometry | {"angles_deg": list(range(71))}))
    with pytest.raises(DataError, match="one angle for every picture"):
        isocenter.read(tiff_folder)
    file = tiff_folder / "proj9.tif"
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(FileFormatError, match=r"proj9\.tif"):
        isocenter.read(tiff_folder)
    file.write_bytes(imagecodecs.tiff_encode(np.zeros((4, 4), np.uint16)))
    with pytest.raises(DataError, match="another size"):
        isocenter.read(tiff_folder)


def test_a_described_array_with_rows_is_a_cone_scan(tmp_path: Path) -> None:
    data = ct.simulate(BALL, CONE, np.random.default_rng(0)).data
    np.save(tmp_path / "cone.npy", data.transpose(1, 0, 2))
    description = {
        "modality": "ct",
        "axes": ["row", "view", "bin"],
        "angle_range_deg": 360,
        "bin_width_mm": 6.0,
        "row_height_mm": 6.0,
        "source_isocenter_mm": 400.0,
        "source_detector_mm": 800.0,
        "z_mm": 118.0,
    }
    (tmp_path / "cone.json").write_text(json.dumps(description))
    image = ct.reconstruct(isocenter.read(tmp_path / "cone.npy"), GRID)
    assert _middle_of_mass_mm(image) == pytest.approx([24.0, -15.0, 118.0], abs=0.5)
    (tmp_path / "cone.json").write_text(json.dumps(description | {"n_bins": 50}))
    with pytest.raises(ShapeError, match="contradicts"):
        isocenter.read(tmp_path / "cone.npy")
