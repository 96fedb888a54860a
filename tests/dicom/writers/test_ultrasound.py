"""Ultrasound objects: valid, calibrated, and with values that can be read back."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from isocenter.core.errors import DataError
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.core.provenance import Provenance, Source
from isocenter.dicom.image_format import writer_for
from isocenter.dicom.writers.ultrasound import velocity_palette

MADE = Provenance("ultrasound.das", {"frame_hz": 20.0}, (Source("scan.h5", "0" * 64),))
GRID = Grid((31, 22), (0.2, 0.3))


def _values(dataset: pydicom.Dataset) -> np.ndarray:
    (region,) = dataset.SequenceOfUltrasoundRegions
    return np.interp(dataset.pixel_array, region.TableOfXBreakPoints, region.TableOfYBreakPoints)  # type: ignore[no-any-return]


@pytest.mark.parametrize("n_frames", [1, 5])
def test_echoes_are_grey_and_decibels(
    n_frames: int, tmp_path: Path, rng: np.random.Generator, validator_errors: Callable[[Path], list[str]]
) -> None:
    values = rng.uniform(-60, 0, (n_frames, 31, 22) if n_frames > 1 else (31, 22))
    image = Image(values, GRID, "ultrasound echo", "dB", ("time",) if n_frames > 1 else (), provenance=MADE)
    assert writer_for(image) == "ultrasound"
    (file,) = image.to_dicom(tmp_path)
    assert validator_errors(file) == []
    dataset = pydicom.dcmread(file)
    assert (dataset.Modality, dataset.PhotometricInterpretation) == ("US", "MONOCHROME2")
    assert _values(dataset) == pytest.approx(values, abs=60 / 255 / 2 + 1e-6)
    region = dataset.SequenceOfUltrasoundRegions[0]
    assert (region.PhysicalDeltaX, region.PhysicalDeltaY) == pytest.approx((0.03, 0.02))
    assert region.PixelComponentPhysicalUnits == 2
    if n_frames > 1:
        assert (dataset.NumberOfFrames, float(dataset.FrameTime)) == (5, 50.0)


def test_velocities_have_a_palette_and_stay_numbers(
    tmp_path: Path, rng: np.random.Generator, validator_errors: Callable[[Path], list[str]]
) -> None:
    values = rng.uniform(-0.4, 0.3, (31, 22))
    values[3, 4] = 0.0
    image = Image(values, GRID, "ultrasound velocity towards the probe", "m/s", provenance=MADE)
    (file,) = image.to_dicom(tmp_path)
    assert validator_errors(file) == []
    dataset = pydicom.dcmread(file)
    assert dataset.PhotometricInterpretation == "PALETTE COLOR"
    assert _values(dataset) == pytest.approx(100 * values, abs=0.4)
    assert _values(dataset)[3, 4] == pytest.approx(0, abs=1e-9)
    colours = pydicom.pixels.apply_color_lut(dataset.pixel_array, dataset) >> 8
    fastest_towards = colours[np.unravel_index(values.argmax(), values.shape)]
    fastest_away = colours[np.unravel_index(values.argmin(), values.shape)]
    assert fastest_towards[0] > fastest_towards[2]
    assert fastest_away[2] > fastest_away[0]
    assert (velocity_palette()[128] == 0).all()


def test_a_cine_without_a_rate_is_played_at_25_a_second(tmp_path: Path, rng: np.random.Generator) -> None:
    image = Image(rng.uniform(-60, 0, (3, 31, 22)), GRID, "ultrasound echo", "dB", ("time",))
    dataset = pydicom.dcmread(image.to_dicom(tmp_path)[0])
    assert float(dataset.FrameTime) == 40.0


def test_what_is_no_ultrasound_image_is_refused(tmp_path: Path) -> None:
    flat = Image(np.zeros((31, 22)), GRID, "ultrasound echo", "dB")
    with pytest.raises(DataError, match="real values"):
        replace(flat, values=np.zeros((31, 22), dtype=complex)).to_dicom(tmp_path)
    with pytest.raises(DataError, match="not numbers"):
        replace(flat, values=np.full((31, 22), np.nan)).to_dicom(tmp_path)


@pytest.mark.parametrize("n_volumes", [0, 3])
def test_a_volume_is_one_object_whose_voxels_have_a_place(
    n_volumes: int, tmp_path: Path, rng: np.random.Generator, validator_errors: Callable[[Path], list[str]]
) -> None:
    grid = Grid((4, 5, 6), (0.5, 0.4, 0.3), center_mm=(10.0, -20.0, 30.0))
    shape = (n_volumes, 4, 5, 6) if n_volumes else (4, 5, 6)
    values = rng.uniform(-60, 0, shape)
    image = Image(values, grid, "ultrasound echo", "dB", ("time",) if n_volumes else (), provenance=MADE)
    (file,) = image.to_dicom(tmp_path, sop_class="ultrasound-volume")
    assert validator_errors(file) == []
    dataset = pydicom.dcmread(file)
    assert dataset.SOPClassUID.name == "Enhanced US Volume Storage"
    shared = dataset.SharedFunctionalGroupsSequence[0]
    assert shared.PixelMeasuresSequence[0].PixelSpacing == pytest.approx([0.4, 0.3])
    mapping = shared.RealWorldValueMappingSequence[0]
    shown = dataset.pixel_array * mapping.RealWorldValueSlope + mapping.RealWorldValueIntercept
    assert shown.reshape(shape) == pytest.approx(values, abs=60 / 255 / 2 + 1e-6)
    frames = dataset.PerFrameFunctionalGroupsSequence
    assert len(frames) == 4 * max(n_volumes, 1)
    places = [frame.PlanePositionSequence[0].ImagePositionPatient for frame in frames[:4]]
    assert np.array(places, dtype=float) == pytest.approx(grid.positions_mm()[:, 0, 0])
    assert frames[1].PlanePositionVolumeSequence[0].ImagePositionVolume == [0, 0, 0.5]
    if n_volumes:
        times = [frame.TemporalPositionSequence[0].TemporalPositionTimeOffset for frame in frames[::4]]
        assert times == pytest.approx([0, 0.05, 0.1])


def test_planes_and_velocities_are_no_volume(tmp_path: Path) -> None:
    plane = Image(np.zeros((31, 22)), GRID, "ultrasound echo", "dB")
    with pytest.raises(DataError, match="volume"):
        plane.to_dicom(tmp_path, sop_class="ultrasound-volume")
    fast = Image(np.zeros((4, 5, 6)), Grid((4, 5, 6), (1, 1, 1)), "ultrasound velocity towards the probe", "m/s")
    with pytest.raises(DataError, match="volume"):
        fast.to_dicom(tmp_path, sop_class="ultrasound-volume")
