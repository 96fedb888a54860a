"""Wounds in photographs of a camera whose every ray is known: their size, course, and what cannot be measured."""

import importlib.util
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image
from scipy import ndimage

from isocenter.analysis.photography.gates import GATES
from isocenter.analysis.photography.healing import Visit, healing
from isocenter.analysis.photography.marker import find_marker
from isocenter.analysis.photography.plane import plane_of_spacing, plane_of_square, plane_of_two_points
from isocenter.analysis.photography.reduced import Reduced
from isocenter.analysis.photography.regions import outline
from isocenter.analysis.photography.wound import area, measure_wound, perimeter, wound_of_drawing, wound_of_outline
from isocenter.cli.main import main
from isocenter.core.arrays import Array, FloatArray
from isocenter.core.errors import DataError, FileFormatError, GeometryError, OptionError
from isocenter.core.gates import Gate
from isocenter.formats.photograph import read_photograph


def _beside(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


camera = _beside("camera")
RADIUS, LOBES = 18.0, (15.0, -5.0, 18.0, 0.2, 5)
AREA_CM2 = np.pi * 1.8**2 * (1 + 0.2**2 / 2)
MARKER = (camera.square(-35, 12, 20, 0.3), camera.WHITE)
Thing = tuple[Any, tuple[float, float, float]]


def _photograph(
    rng: np.random.Generator, *more: Thing, tilt: float = 0.0, roll: float = 0.0, light: float = 0.3, **where: Any
) -> tuple[Array, tuple[float, float]]:
    """Return a photograph of a wound, and where in it the wound's middle is (column, row)."""
    seen = camera.Camera(tilt_rad=np.radians(tilt), roll_rad=np.radians(roll), **where)
    picture = seen.photograph([(camera.lobed(*LOBES), camera.WOUND), *more], rng, light=light)
    return picture, _place(seen, 15.0, -5.0)


def _place(seen: Any, x_mm: float, y_mm: float) -> tuple[float, float]:
    x, y = seen.rays(1)
    row, column = np.unravel_index(np.hypot(x - x_mm, y - y_mm).argmin(), x.shape)
    return float(column), float(row)


def _saved(path: Path, picture: Array, taken_at: str = "2026:01:05 09:30:00") -> str:
    image = Image.fromarray(picture)
    exif = image.getexif()
    exif.get_ifd(0x8769)[0x9003] = taken_at
    image.save(path, quality=95, exif=exif)
    return str(path)


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)
def test_gate(gate: Gate) -> None:
    assert gate.run().passed


@pytest.mark.parametrize(
    ("tilt", "roll", "light"), [(0, 0, 0.0), (0, 30, 0.4), (25, 0, 0.3), (35, 20, 0.4), (45, -70, 0.3), (50, 130, 0.4)]
)
def test_the_area_is_that_on_the_skin_however_aslant(
    tilt: float, roll: float, light: float, rng: np.random.Generator
) -> None:
    picture, at = _photograph(rng, MARKER, tilt=tilt, roll=roll, light=light)
    marker = find_marker(picture, 20.0)
    wound = measure_wound(picture, marker.plane, [at], without=marker.mask)
    assert wound.area_cm2 == pytest.approx(AREA_CM2, rel=0.03)
    assert wound.length_cm == pytest.approx(2 * 2.16 * np.sin(np.radians(72)), rel=0.03)  # two lobes of five


def test_a_round_marker_measures_what_is_seen_nearly_straight(rng: np.random.Generator) -> None:
    picture, at = _photograph(rng, (camera.ellipse(-30, 5, 10, 10), camera.WHITE), tilt=10)
    marker = find_marker(picture, 20.0, "circle")
    wound = measure_wound(picture, marker.plane, [at], without=marker.mask)
    assert wound.area_cm2 == pytest.approx(AREA_CM2, rel=0.03)


def test_a_grey_marker_on_dark_skin_beside_white_cloth_is_found(rng: np.random.Generator) -> None:
    cloth = (lambda x, y: y < -45, (0.8, 0.8, 0.8))
    grey = (camera.square(-35, 12, 20, 0.3), (0.2, 0.2, 0.2))
    dark = (lambda x, y: np.ones_like(x, bool), (0.12, 0.065, 0.04))
    seen = camera.Camera(distance_mm=360.0)
    wound = (camera.lobed(*LOBES), (0.35, 0.08, 0.07))
    picture = seen.photograph([dark, wound, grey, cloth], rng)
    marker = find_marker(picture, 20.0)
    measured = measure_wound(picture, marker.plane, [_place(seen, 15, -5)], without=marker.mask)
    assert measured.area_cm2 == pytest.approx(AREA_CM2, rel=0.03)


def test_a_wound_of_two_colours_takes_two_points(rng: np.random.Generator) -> None:
    yellow = (camera.ellipse(26, -5, 12, 3), (0.45, 0.36, 0.10))
    picture, _ = _photograph(rng, yellow, MARKER)
    marker = find_marker(picture, 20.0)
    seeds = [_place(camera.Camera(), x, -5.0) for x in (5.0, 30.0)]
    seen = measure_wound(picture, marker.plane, seeds, without=marker.mask)
    # What the yellow ellipse adds beyond the lobed border, counted on a fine grid of the plane.
    y, x = np.mgrid[-60:60:0.05, -60:60:0.05]
    both = camera.lobed(*LOBES)(x, y) | camera.ellipse(26, -5, 12, 3)(x, y)
    assert seen.area_cm2 == pytest.approx(both.sum() * 0.05**2 / 100, rel=0.03)


def test_a_mottled_wound_in_reddened_skin_takes_a_point_for_each_colour(rng: np.random.Generator) -> None:
    mottle = ndimage.gaussian_filter(rng.standard_normal((400, 400)), 6)
    mottle /= mottle.std()
    wound = camera.lobed(15, -5, 18, 0.12, 4)

    def where(low: float, high: float) -> Any:
        def is_here(x: FloatArray, y: FloatArray) -> Array:
            row, column = (np.clip((2 * each + 200).astype(int), 0, 399) for each in (y, x))
            return np.asarray(wound(x, y) & (mottle[row, column] > low) & (mottle[row, column] <= high))

        return is_here

    colours = {(-9, -1.2): (0.18, 0.03, 0.03), (-1.2, 1.0): camera.WOUND, (1.0, 9): (0.42, 0.12, 0.06)}
    seen = camera.Camera(tilt_rad=0.4)
    reddened = (camera.ellipse(15, -5, 27, 25), (0.52, 0.22, 0.17))
    picture = seen.photograph([reddened, *((where(*k), v) for k, v in colours.items()), MARKER], rng, light=0.4)
    marker = find_marker(picture, 20.0)
    seeds = []
    for part in colours:
        depth = ndimage.distance_transform_edt(where(*part)(*seen.rays(1)))
        row, column = np.unravel_index(depth.argmax(), depth.shape)
        seeds.append((float(column), float(row)))
    measured = measure_wound(picture, marker.plane, seeds, without=marker.mask)
    assert measured.area_cm2 == pytest.approx(np.pi * 1.8**2 * (1 + 0.12**2 / 2), rel=0.04)


def test_two_points_give_the_scale_of_what_is_seen_straight(rng: np.random.Generator) -> None:
    picture, at = _photograph(rng)
    (x0, y0), (x1, y1) = (_place(camera.Camera(), x, 20.0) for x in (-40.0, 40.0))
    wound = measure_wound(picture, plane_of_two_points((x0, y0), (x1, y1), 80.0), [at])
    assert wound.area_cm2 == pytest.approx(AREA_CM2, rel=0.03)


def test_the_outline_of_a_disc_has_its_area_and_length() -> None:
    row, column = np.mgrid[:200, :220]
    line = outline((row - 99.3) ** 2 + (column - 108.6) ** 2 <= 80**2)
    assert line.mean(axis=0) == pytest.approx((108.6, 99.3), abs=0.15)
    assert area(line) == pytest.approx(np.pi * 80**2, rel=0.005)
    assert perimeter(line) == pytest.approx(2 * np.pi * 80, rel=0.02)


def test_pixels_that_meet_at_a_corner_are_walked_around() -> None:
    mask = np.zeros((30, 30), bool)
    mask[5:15, 5:15] = mask[10:25, 15:25] = True
    mask[10:15, 14] = False
    mask[9, 14] = mask[9, 15] = True
    assert area(outline(mask)) == pytest.approx(mask.sum(), rel=0.06)  # corners are smoothed


def test_what_was_drawn_is_measured_in_its_own_scale() -> None:
    drawn = np.array([[10.0, 10], [60, 10], [60, 40], [10, 40]])
    wound = wound_of_drawing(drawn, plane_of_spacing((0.5, 0.2)))
    assert (wound.area_cm2, wound.perimeter_cm) == (pytest.approx(1.0 * 1.5), pytest.approx(2 * (1.0 + 1.5)))
    with pytest.raises(DataError, match="three points"):
        wound_of_drawing(drawn[:2], plane_of_spacing((1.0, 1.0)))
    with pytest.raises(DataError, match="crosses"):
        wound_of_drawing(drawn[[0, 2, 1, 3]], plane_of_spacing((1.0, 1.0)))
    with pytest.raises(OptionError, match="scale"):
        plane_of_spacing((0.0, 1.0))


def test_a_large_photograph_measures_as_a_small_one(rng: np.random.Generator, tmp_path: Path) -> None:
    picture, (column, row) = _photograph(rng, MARKER, tilt=30)
    whole = np.repeat(np.repeat(picture, 5, axis=0), 5, axis=1)
    small = Reduced(whole)
    assert small.factor == 2
    (place,) = small.into([(5 * column + 2, 5 * row + 2)])
    marker = find_marker(small.pixels, 20.0)
    wound = measure_wound(small.pixels, marker.plane, [place], without=marker.mask)
    assert wound.area_cm2 == pytest.approx(AREA_CM2, rel=0.03)
    again = wound_of_outline(small.back(wound.outline), small.plane_back(marker.plane))
    assert again.area_cm2 == pytest.approx(wound.area_cm2, rel=1e-9)
    there = small.plane_into(small.plane_back(marker.plane))
    assert there.matrix == pytest.approx(marker.plane.matrix)
    middle = small.back(marker.border).mean(axis=0) / 5 - 0.4  # the middle of five pixels is that of one
    assert middle == pytest.approx(find_marker(picture, 20.0).border.mean(axis=0), abs=0.2)


def test_a_course_is_told_by_area_percent_and_border() -> None:
    day, radii = datetime(2026, 1, 5), (2.0, 1.8, 1.5)
    visits = [
        Visit(day + timedelta(days=7 * week), np.pi * r * r, 2 * np.pi * r)
        for week, r in zip((0, 1, 3), radii, strict=True)
    ]
    first, second, third = healing(visits[::-1])
    assert (first.change_percent, first.closed_percent_per_week) == (None, None)
    assert second.change_percent == pytest.approx(-19.0)
    assert (third.weeks, third.change_percent) == (pytest.approx(3.0), pytest.approx(-43.75))
    assert third.closed_percent_per_week == pytest.approx(100 * (1 - (1.5 / 1.8) ** 2) / 2)
    assert third.advance_mm_per_week == pytest.approx(1.5)  # 3 mm in two weeks
    with pytest.raises(DataError, match="same time"):
        healing([visits[0], visits[0]])


def test_what_cannot_be_measured_says_why(rng: np.random.Generator) -> None:
    bare, _ = _photograph(rng)
    with pytest.raises(DataError, match="no marker"):
        find_marker(bare, 20.0)
    cut, _ = _photograph(rng, (camera.square(-66, 12, 20), camera.WHITE))
    with pytest.raises(DataError, match="marker is cut off"):
        find_marker(cut, 20.0)
    two, _ = _photograph(rng, MARKER, (camera.square(-30, -30, 12), camera.WHITE))
    with pytest.raises(DataError, match="more than one"):
        find_marker(two, 20.0)
    there = _place(camera.Camera(), -35, 12)
    assert find_marker(two, 20.0, at=there).plane.mm_per_pixel(there) == pytest.approx(300 / 1050, rel=0.01)
    disc, _ = _photograph(rng, (camera.ellipse(-35, 12, 10, 10), camera.WHITE))
    with pytest.raises(DataError, match="not of a square"):
        find_marker(disc, 20.0)
    whole, _ = _photograph(rng, MARKER)
    marker = find_marker(whole, 20.0)
    with pytest.raises(OptionError, match="outside of the picture"):
        measure_wound(whole, marker.plane, [(500.0, 10.0)])
    with pytest.raises(OptionError, match="on the marker"):
        measure_wound(whole, marker.plane, [there], without=marker.mask)
    with pytest.raises(DataError, match=r"stands out|cut off"):
        measure_wound(whole, marker.plane, [(450.0, 330.0)], without=marker.mask)
    edge, _ = _photograph(rng, MARKER, (camera.ellipse(60, 20, 25, 15), camera.WOUND))
    with pytest.raises(DataError, match="wound is cut off"):
        measure_wound(edge, marker.plane, [_place(camera.Camera(), 60, 20)], without=marker.mask)
    with pytest.raises(GeometryError, match="corners"):
        plane_of_square([[0, 0], [10, 10], [10, 0], [0, 10]], 20.0)
    with pytest.raises(OptionError, match="size"):
        find_marker(whole, -1.0)
    with pytest.raises(OptionError, match="two points"):
        plane_of_two_points((1, 1), (1, 1), 20.0)


def test_photographs_become_a_course_pictures_and_valid_objects(
    rng: np.random.Generator,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words, radii = ["wound"], (18.0, 15.0)
    points = []
    for week, radius in enumerate(radii):
        seen = camera.Camera(tilt_rad=np.radians(20 + 15 * week))
        things = [(camera.ellipse(15, -5, radius, 12), camera.WOUND), MARKER]
        picture = seen.photograph(things, rng)
        words.append(_saved(tmp_path / f"week{week}.jpg", picture, f"2026:01:{5 + 7 * week:02d} 09:30:00"))
        points += ["--at", "{:g},{:g}".format(*_place(seen, 15, -5))]
    words += [*points, "--marker-mm", "20", "--overlay", str(tmp_path), "--dicom", str(tmp_path), "-q"]
    assert main([*words, "--patient-id", "P7", "--patient-name", "Doe^Jane"]) == 0
    told = capsys.readouterr().out
    last = next(line for line in told.splitlines() if line.startswith("2026-01-12")).split()
    assert float(last[2]) == pytest.approx(1.0)
    assert float(last[3]) == pytest.approx(np.pi * 1.5 * 1.2, rel=0.03)
    assert float(last[4]) == pytest.approx(100 * (15 / 18 - 1), abs=3)
    drawn = np.array(Image.open(tmp_path / "week1-wound.png"))
    assert (drawn == (255, 220, 60)).all(axis=-1).sum() > 200
    file = tmp_path / "week1.dcm"
    if shutil.which("dciodvfy") is not None:
        said = subprocess.run(["dciodvfy", "-new", str(file)], capture_output=True, text=True, check=False)
        lines = (said.stdout + said.stderr).splitlines()
        assert [line for line in lines if line.startswith("Error")] == []
        assert "VLPhotographicImage" in lines
    dataset = pydicom.dcmread(file)
    assert (dataset.SOPClassUID.name, dataset.PatientID) == ("VL Photographic Image Storage", "P7")
    assert (dataset.StudyDate, dataset.AcquisitionDate) == ("20260112", "20260112")
    # Measured on the object itself with its pixel spacing, the marker is 20 mm however it is turned.
    spacing = float(dataset.PixelSpacing[0])
    pixels = pydicom.pixels.pixel_array(dataset)
    again = find_marker(pixels, 20.0)
    assert np.linalg.norm(np.diff(again.border, axis=0), axis=1) * spacing == pytest.approx([20.0] * 3, rel=0.02)
    # It is neither turned over nor mirrored: x of the plane still leads to the right, y down.
    red = (pixels[..., 0] > 80) & (pixels[..., 0] > 2.0 * pixels[..., 1])
    row, column = np.argwhere(red).mean(axis=0)
    assert (again.border.mean(axis=0) - (column, row)) * spacing == pytest.approx([-50.0, 17.0], abs=4)


def test_the_command_refuses_what_it_cannot_use(
    rng: np.random.Generator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture, (column, row) = _photograph(rng, MARKER)
    one = _saved(tmp_path / "a.jpg", picture)
    other = _saved(tmp_path / "b.jpg", picture, "")
    at = ["--at", f"{column:g},{row:g}"]
    for words, said in (
        ([one, other, *at, "--marker-mm", "20"], "once for every photograph"),
        ([one, *at], "marker or from two points"),
        ([one, other, *at, *at, "--marker-mm", "20"], "does not say when"),
        ([one, "--at", "9999,1", "--marker-mm", "20"], "a.jpg"),
        ([str(tmp_path / "none.jpg"), *at, "--marker-mm", "20"], "no such photograph"),
    ):
        assert main(["wound", "-q", *words]) != 0
        assert said in capsys.readouterr().err
    (tmp_path / "c.jpg").write_bytes((tmp_path / "a.jpg").read_bytes()[:2000])
    with pytest.raises(FileFormatError, match=r"c\.jpg"):
        read_photograph(tmp_path / "c.jpg")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.rot90(picture)).save(tmp_path / "d.jpg", exif=exif)
    assert read_photograph(tmp_path / "d.jpg").pixels.shape == picture.shape
