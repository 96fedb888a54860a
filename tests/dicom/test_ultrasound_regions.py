"""Calibrated regions: of real scanners' pictures, whose own callipers say what must come out, and of wrong ones."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from isocenter.core.errors import DataError
from isocenter.dicom.header import scan_header
from isocenter.dicom.rendering import open_for_rendering, render
from isocenter.dicom.ultrasound_regions import TAGS, Region, distance_cm, region_at, regions_of, tissue_spacing_mm


def _regions(path: Path) -> tuple[Region, ...]:
    return regions_of(scan_header(path.read_bytes(), TAGS))


def _crosses(picture: np.ndarray, window: tuple[slice, slice], white: int) -> list[tuple[float, float]]:
    """Return the centres (column, row) of the brightest crosses in a part of a picture, from left to right."""
    grey = picture.astype(float).reshape(*picture.shape[:2], -1).mean(axis=2)[window]
    is_white, arm = grey >= white, 5
    across = sum(np.roll(is_white, k, axis=1).astype(int) for k in range(-arm, arm + 1))
    down = sum(np.roll(is_white, k, axis=0).astype(int) for k in range(-arm, arm + 1))
    score = across + down
    rows, columns = np.nonzero(score > 0.7 * score.max())
    middle = columns.mean()
    groups = [columns < middle, columns >= middle]
    return [(float(columns[g].mean()) + window[1].start, float(rows[g].mean()) + window[0].start) for g in groups]


@pytest.mark.parametrize(
    ("name", "window", "white", "said_cm", "digits"),
    [
        ("OBXXXX1A_rle_2frame.dcm", (slice(270, 320), slice(440, 520)), 160, 1.06, 2),
        ("JPGLosslessP14SV1_1s_1f_8b.dcm", (slice(280, 460), slice(580, 740)), 252, 3.3, 1),
    ],
    ids=["magna cisterna", "ascending aorta"],
)
def test_a_distance_is_what_the_scanner_has_written_beside_its_callipers(
    shared_data: Path, name: str, window: tuple[slice, slice], white: int, said_cm: float, digits: int
) -> None:
    path = shared_data / "dicom" / "modalities" / name
    first, second = _crosses(render(open_for_rendering(path), 0), window, white)
    regions = _regions(path)
    assert round(distance_cm(regions, first, second), digits) == pytest.approx(said_cm)
    region = region_at(regions, *first)
    assert region is not None
    assert (region.format, region.data_type) == ("2D", "tissue")


def test_an_ecg_below_the_picture_measures_seconds_and_no_lengths(shared_data: Path) -> None:
    regions = _regions(shared_data / "dicom" / "modalities" / "OBXXXX1A_rle_2frame.dcm")
    (ecg,) = [region for region in regions if region.data_type == "ECG"]
    assert ecg.across.unit == "s"
    with pytest.raises(DataError, match="lengths"):
        distance_cm(regions, (ecg.x0 + 1, ecg.y1 - 1), (ecg.x0 + 9, ecg.y1 - 1))
    assert tissue_spacing_mm(regions) == pytest.approx((0.2623, 0.2623), abs=1e-4)


@pytest.mark.parametrize(
    ("folder", "name", "n_frames"),
    [
        ("modalities", "US-PAL-8-10x-echo", 10),
        ("modalities", "OBXXXX1A_rle_2frame.dcm", 2),
        ("modalities", "color-pl.dcm", 1),
        ("pydicom_test_files", "examples_ybr_color.dcm", 30),
        ("pydicom_test_files", "examples_palette.dcm", 1),
    ],
)
def test_every_frame_of_a_real_loop_is_drawn_and_they_differ(
    shared_data: Path, folder: str, name: str, n_frames: int
) -> None:
    reader = open_for_rendering(shared_data / "dicom" / folder / name)
    frames = [render(reader, number).astype(int) for number in range(n_frames)]
    assert all(frame.shape == (*frames[0].shape[:2], 3) and frame.std() > 5 for frame in frames)
    assert n_frames == 1 or np.abs(frames[-1] - frames[0]).mean() > 0.1


def _written(path: Path, **changes: object) -> Path:
    dataset = Dataset()
    dataset.Rows, dataset.Columns = 40, 60
    item = Dataset()
    item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = 2, 1, 0
    item.RegionLocationMinX0, item.RegionLocationMinY0 = 10, 5
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = 50, 35
    item.PhysicalUnitsXDirection, item.PhysicalUnitsYDirection = 4, 3
    item.PhysicalDeltaX, item.PhysicalDeltaY = 0.02, 0.05
    item.ReferencePixelX0, item.ReferencePixelY0 = 4, 0
    for keyword, value in changes.items():
        setattr(item, keyword, value)
    dataset.SequenceOfUltrasoundRegions = Sequence([item])
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    dataset.file_meta.MediaStorageSOPClassUID, dataset.file_meta.MediaStorageSOPInstanceUID = "1.2", "1.2.3"
    dataset.save_as(path, enforce_file_format=True)
    return path


def test_m_mode_has_time_across_and_depth_down(tmp_path: Path) -> None:
    (region,) = _regions(_written(tmp_path / "a.dcm"))
    assert region.format == "M-mode"
    assert region.across.value(19) == pytest.approx(0.1)
    assert region.down.value(15) == pytest.approx(0.5)
    assert region_at((region,), 9, 9) is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"RegionLocationMaxX1": 5}, "RegionLocation"),
        ({"RegionLocationMaxY1": 99}, "RegionLocation"),
        ({"PhysicalDeltaX": 0.0}, "PhysicalDeltaX"),
    ],
)
def test_a_region_that_cannot_be_is_named(tmp_path: Path, change: dict[str, object], field: str) -> None:
    with pytest.raises(DataError, match=field):
        _regions(_written(tmp_path / "a.dcm", **change))
