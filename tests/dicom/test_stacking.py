"""Axes, order and tolerance of stacked planes, on series made for the purpose."""

from pathlib import Path

import numpy as np
import pydicom
import pytest

from isocenter.core.errors import DataError, GeometryError
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.dicom.image_format import export
from isocenter.dicom.series import find_series, read_image
from isocenter.dicom.uids import new_uid

GRID = Grid((4, 6, 5), (3.0, 1.0, 1.0), (5.0, 6.0, 7.0), frame_of_reference_uid="1.2.3")


def volumes(folder: Path, values: list[float], attributes: list[dict[str, object]]) -> None:
    """Write constant volumes into one series, each with its own attributes."""
    uid = new_uid()
    for index, (value, extra) in enumerate(zip(values, attributes, strict=True)):
        image = Image(np.full(GRID.shape, value), GRID, "MR signal magnitude", "1")
        export(image, folder / str(index), sop_class="mr", series_uid=uid, attributes=extra)


def level_of(image: Image) -> np.ndarray:
    """Return the value of each constant volume."""
    assert image.values.std(axis=(-3, -2, -1)).max() < 1e-3
    return np.rint(image.values[..., 0, 0, 0])


def test_echo_times_become_an_axis_in_their_order(tmp_path: Path) -> None:
    volumes(tmp_path, [3, 1, 2], [{"EchoTime": te} for te in (30.0, 10.0, 20.0)])
    image = read_image(tmp_path)
    assert image.axes == ("echo",)
    assert level_of(image).tolist() == [1, 2, 3]


def test_diffusion_weightings_become_an_axis(tmp_path: Path) -> None:
    volumes(tmp_path, [9, 8], [{"DiffusionBValue": 1000.0}, {"DiffusionBValue": 0.0}])
    image = read_image(tmp_path)
    assert image.axes == ("diffusion",)
    assert level_of(image).tolist() == [8, 9]


def test_two_attributes_become_two_axes(tmp_path: Path) -> None:
    times_and_echoes = [(t, te) for te in (5.0, 9.0) for t in (1, 2, 3)]
    volumes(
        tmp_path,
        [10 * te + t for t, te in times_and_echoes],
        [{"TemporalPositionIdentifier": t, "EchoTime": te} for t, te in times_and_echoes],
    )
    image = read_image(tmp_path)
    assert image.axes == ("echo", "time")
    assert level_of(image).tolist() == [[51, 52, 53], [91, 92, 93]]


def test_what_nothing_tells_apart_repeats_in_the_order_of_writing(tmp_path: Path) -> None:
    volumes(tmp_path, [4, 2], [{"InstanceNumber": 1}, {"InstanceNumber": 2}])
    image = read_image(tmp_path)
    assert image.axes == ("repeat",)
    assert level_of(image).tolist() == [4, 2]


def test_slices_are_ordered_by_place_not_by_number_or_name(tmp_path: Path) -> None:
    values = np.arange(4.0)[:, None, None] * np.ones(GRID.shape)
    files = export(Image(values, GRID, "MR signal magnitude", "1"), tmp_path)
    for number, file in zip((7, 3, 9, 1), files, strict=True):
        dataset = pydicom.dcmread(file)
        dataset.InstanceNumber = number
        dataset.save_as(tmp_path / f"slice{number}.dcm")
        file.unlink()
    image = read_image(tmp_path)
    assert image.values[:, 0, 0].tolist() == [0, 1, 2, 3]
    assert image.grid.affine == pytest.approx(GRID.affine, abs=1e-12)


@pytest.mark.parametrize(("shift_mm", "is_volume"), [(0.02, True), (0.2, False)])
def test_rounded_positions_pass_and_uneven_ones_do_not(tmp_path: Path, shift_mm: float, is_volume: bool) -> None:
    files = export(Image(np.ones(GRID.shape), GRID, "MR signal magnitude", "1"), tmp_path)
    dataset = pydicom.dcmread(files[1])
    dataset.ImagePositionPatient[2] = float(dataset.ImagePositionPatient[2]) + shift_mm
    dataset.save_as(files[1])
    if is_volume:
        assert read_image(tmp_path).grid.spacing_mm[0] == pytest.approx(3.0)
    else:
        with pytest.raises(GeometryError, match=r"a step of 3\.2 mm"):
            read_image(tmp_path)


def test_a_slice_missing_at_one_echo_is_refused(tmp_path: Path) -> None:
    volumes(tmp_path, [1, 2], [{"EchoTime": 1.0}, {"EchoTime": 2.0}])
    (tmp_path / "1" / "MR00002.dcm").unlink()
    with pytest.raises(DataError, match="more images than others"):
        read_image(tmp_path)


def test_a_flipped_row_direction_keeps_every_voxel_in_its_place(tmp_path: Path, rng: np.random.Generator) -> None:
    grid = Grid((4, 6, 5), (3.0, 1.0, 1.0), (5.0, 6.0, 7.0), ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0)))
    image = Image(rng.uniform(0, 1, grid.shape), grid, "MR signal magnitude", "1")
    export(image, tmp_path)
    read = read_image(tmp_path)
    assert read.grid.affine[:3, 2] == pytest.approx([0, 0, 3]), "slices are read along the normal"
    assert np.abs(read.values - image.values[::-1]).max() < 1e-4
    assert read.grid.positions_mm() == pytest.approx(image.grid.positions_mm()[::-1])


def test_planes_of_different_sizes_are_refused(tmp_path: Path) -> None:
    uid = new_uid()
    for index, shape in enumerate(((6, 5), (7, 5))):
        image = Image(np.ones(shape), Grid(shape, (1.0, 1.0), (0, 0, 3.0 * index)), "MR signal magnitude", "1")
        export(image, tmp_path / str(index), series_uid=uid)
    with pytest.raises(DataError, match="different sizes"):
        read_image(tmp_path)


def test_a_gap_is_reported_when_asked_to_read_on(tmp_path: Path) -> None:
    files = export(Image(np.ones((6, 6, 5)), Grid((6, 6, 5), (3, 1, 1)), "MR signal magnitude", "1"), tmp_path)
    files[2].unlink()
    files[3].unlink()
    (series,), _ = find_series(tmp_path)
    read = series.read(as_stack=True)
    assert read.report.warnings == ("2 slices missing between MR00002.dcm and MR00005.dcm",)
    assert read.report.n_files == 4
