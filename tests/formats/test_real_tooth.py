"""A real tooth from a synchrotron: its shadows know its width and its mass, and another program its picture."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pydicom
import pytest

from isocenter.core.image import Image
from isocenter.formats import data_exchange
from isocenter.modalities import ct

PIXEL_MM = 0.01


@cache
def _read(path: Path) -> ct.Measurement:
    return data_exchange.read(path, pixel_size_mm=PIXEL_MM)


@cache
def _image(path: Path) -> Image:
    return ct.reconstruct(_read(path), window="hann", scale="attenuation")


@pytest.fixture
def tooth(shared_data: Path) -> Path:
    return shared_data / "raw_ct" / "tooth.h5"


def test_every_shadow_is_as_wide_as_the_tooth_is_along_it(tooth: Path) -> None:
    """The known dimension: the tooth's caliper width in each direction, measured in the raw shadows alone."""
    scan, image = _read(tooth).acquisition, _image(tooth)
    position = image.grid.positions_mm()[0]
    is_tooth = image.values[0] > 0.25  # half of dentine
    # Dust outside the tooth is no part of its width.
    near = np.hypot(*(position[..., :2] - position[is_tooth].mean(axis=0)[:2]).transpose(2, 0, 1)) < 1.7
    points = position[is_tooth & near][:, :2]
    misses = []
    for view in range(0, scan.n_views, 10):
        # Shadows sum up many pixels of the edge: a tenth of the largest line integral stands clear of the noise.
        seen = np.flatnonzero(_read(tooth).data[0, view] > 0.1)
        ends = scan.positions_mm[[seen[0], seen[-1]]]
        across = points @ np.array([np.cos(scan.angles_rad[view]), np.sin(scan.angles_rad[view])])
        misses += [across.min() - ends[0], across.max() - ends[1]]
    assert np.abs(np.median(misses)) < PIXEL_MM
    assert np.percentile(np.abs(misses), 90) < 3 * PIXEL_MM


def test_the_image_holds_as_much_as_every_shadow(tooth: Path) -> None:
    measurement, image = _read(tooth), _image(tooth)
    for index in range(2):
        shadows = measurement.data[index].sum(axis=1, dtype=float) * PIXEL_MM
        held = float(image.values[index].sum(dtype=float)) * image.grid.spacing_mm[-1] ** 2
        assert shadows.std() / shadows.mean() < 0.005  # all views saw the whole tooth
        assert held == pytest.approx(shadows.mean(), rel=0.006)


def test_another_program_sees_the_same_tooth(tooth: Path) -> None:
    transform = pytest.importorskip("skimage.transform")
    measurement, scan = _read(tooth), _read(tooth).acquisition
    # Its rays run the other way round, about the middle of the detector: both are put right here.
    middle = (scan.n_bins - 1) / 2 - scan.detector_offset_mm / PIXEL_MM
    bins = np.arange(-250, 251) + middle
    shadows = np.stack([np.interp(bins, np.arange(scan.n_bins), row) for row in measurement.data[0]])
    theirs = transform.iradon(shadows.T, np.degrees(scan.angles_rad), filter_name="ramp", circle=True) / PIXEL_MM
    image = ct.reconstruct(measurement, scale="attenuation")
    half = image.grid.spacing_mm[-1]
    at = np.arange(-150, 151) * PIXEL_MM
    center = (np.array(image.grid.shape[-2:]) - 1) / 2
    from scipy.ndimage import map_coordinates

    rows, columns = np.meshgrid(at / half + center[0], at / half + center[1], indexing="ij")
    ours = map_coordinates(image.values[0].astype(float), [rows, columns], order=1)
    part = theirs[100:401, 100:401]
    found = max(np.corrcoef(ours.ravel(), turned.ravel())[0, 1] for turned in (part, part[::-1], part[:, ::-1]))
    assert found > 0.985
    tissue = ours > 0.6
    turned = max((part, part[::-1], part[:, ::-1]), key=lambda one: np.corrcoef(ours.ravel(), one.ravel())[0, 1])
    assert ours[tissue].mean() == pytest.approx(turned[tissue].mean(), rel=0.01)


def test_the_object_is_valid_and_lies_where_the_tooth_stood(tooth: Path, tmp_path: Path) -> None:
    image = ct.reconstruct(_read(tooth), window="hann")
    files = image.to_dicom(tmp_path)
    assert len(files) == 2
    if shutil.which("dciodvfy"):
        for file in files:
            done = subprocess.run(
                ["dciodvfy", str(file)], capture_output=True, text=True, errors="replace", check=False
            )
            assert [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Error")] == []
    first = pydicom.dcmread(files[0])
    position = image.grid.positions_mm()[0]
    weight = np.clip(image.values[0].astype(float) + 500, 0, None)
    expected = (position * weight[..., None]).sum(axis=(0, 1)) / weight.sum()
    stored = first.pixel_array * float(first.RescaleSlope) + float(first.RescaleIntercept)
    kept = np.clip(stored + 500, 0, None)
    rows, columns = np.mgrid[: first.Rows, : first.Columns]
    row, column = (kept * rows).sum() / kept.sum(), (kept * columns).sum() / kept.sum()
    x, y = (np.array(first.ImageOrientationPatient[i : i + 3], dtype=float) for i in (0, 3))
    step_y, step_x = (float(step) for step in first.PixelSpacing)
    found = np.array(first.ImagePositionPatient, dtype=float) + column * step_x * x + row * step_y * y
    assert found == pytest.approx(expected, abs=0.1 * PIXEL_MM)
    assert first.RescaleType == "HU"
