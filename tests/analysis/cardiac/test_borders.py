"""Borders of a chamber in speckle: found where the wall begins, followed through a beat, refused where none is."""

import json
import re
from datetime import datetime
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates

from isocenter.analysis.cardiac.borders import border, follow
from isocenter.cli.main import main
from isocenter.core.arrays import FloatArray
from isocenter.core.clip import Clip
from isocenter.core.errors import DataError
from isocenter.dicom.writers.captured import captured_file
from isocenter.dicom.writers.modules import SeriesContext

SPACING_MM = (0.5, 0.4)
SHAPE = (240, 260)
# Half an ellipse hanging from the ring at 100 mm depth, its apex 78 mm above; the ring is 46 mm wide.
RING_MM, LENGTH_MM, HALF_MM, MIDDLE_MM = 100.0, 78.0, 23.0, 52.0
WALL_MM = 9.0


def chamber(scale: float, speckle: FloatArray, blood: FloatArray) -> FloatArray:
    """Return decibels: dark blood, a bright wall, tissue around; what it is made of moves with the wall."""
    y, x = (np.mgrid[: SHAPE[0], : SHAPE[1]].T * np.array(SPACING_MM)).T
    # Places in the chamber at rest: both axes shorten by `scale`, the ring stays where it is.
    u, v = (x - MIDDLE_MM) / scale, (RING_MM - y) / scale
    radius = np.hypot(u / HALF_MM, v / LENGTH_MM)
    outer = np.hypot(u / (HALF_MM + WALL_MM), v / (LENGTH_MM + WALL_MM))
    below = v < 0
    level = np.where((radius < 1) & ~below, -32.0, np.where((outer < 1) & ~below, 0.0, -14.0))
    rows, columns = (RING_MM - v) / SPACING_MM[0], (u + MIDDLE_MM) / SPACING_MM[1]
    moved = map_coordinates(speckle, [rows, columns], order=1, mode="wrap")
    return level + np.where(level < -20, blood, moved)


def speckle_db(rng: np.random.Generator) -> FloatArray:
    field = rng.standard_normal((2, *SHAPE))
    amplitude = np.hypot(*(gaussian_filter(part, (1.0, 1.6), mode="wrap") for part in field))
    decibels: FloatArray = 20 * np.log10(amplitude / amplitude.mean() + 1e-3)
    return decibels


def points_px(scale: float = 1.0) -> FloatArray:
    places = np.array(
        [
            [MIDDLE_MM - HALF_MM * scale, RING_MM],
            [MIDDLE_MM, RING_MM - LENGTH_MM * scale],
            [MIDDLE_MM + HALF_MM * scale, RING_MM],
        ]
    )
    return places / np.array(SPACING_MM[::-1])


def volume_ml(scale: float) -> float:
    """Half an ellipsoid of revolution."""
    return 2 / 3 * np.pi * HALF_MM**2 * LENGTH_MM * scale**3 / 1000


@pytest.mark.parametrize("seed", range(4))
def test_a_border_is_found_where_the_wall_begins(seed: int) -> None:
    rng = np.random.default_rng(seed)
    picture = chamber(1.0, speckle_db(rng), speckle_db(rng))
    clicked = points_px() + rng.uniform(-3, 3, (3, 2))
    line = border(picture, clicked, SPACING_MM)
    away = np.hypot((line[:, 0] - MIDDLE_MM) / HALF_MM, (RING_MM - line[:, 1]) / LENGTH_MM)
    # Distance from the ellipse, to first order, away from the ends that lie on the ring.
    slope = np.hypot((line[:, 0] - MIDDLE_MM) / HALF_MM**2, (RING_MM - line[:, 1]) / LENGTH_MM**2) / away
    miss_mm = np.abs(away - 1) / slope
    assert np.median(miss_mm) < 0.8
    assert np.quantile(miss_mm[8:-8], 0.95) < 2.5


def test_a_beat_gives_the_ejection_fraction_it_was_made_with(rng: np.random.Generator) -> None:
    speckle = speckle_db(rng)
    scales = 1 - 0.1 * (1 - np.cos(2 * np.pi * np.arange(13) / 12))
    loop = np.stack([chamber(scale, speckle, speckle_db(rng)) for scale in scales])
    beat = follow(loop, points_px(), SPACING_MM)
    assert beat.end_systole == 6
    assert beat.end_diastole in (0, 12)
    true = 100 * (1 - volume_ml(0.8) / volume_ml(1.0))
    volumes = beat.volumes_ml
    assert 100 * (1 - volumes.min() / volumes.max()) == pytest.approx(true, abs=4.0)
    assert volumes == pytest.approx([volume_ml(scale) for scale in scales], rel=0.08)


def test_the_command_measures_a_dicom_loop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(3)
    speckle = speckle_db(rng)
    scales = 1 - 0.1 * (1 - np.cos(2 * np.pi * np.arange(9) / 8))
    decibels = np.stack([chamber(scale, speckle, speckle_db(rng)) for scale in scales])
    shades = np.clip((decibels + 50) / 60 * 255, 0, 255).astype(np.uint8)
    clip = Clip(np.repeat(shades[..., None], 3, axis=-1), 25.0, spacing_mm=SPACING_MM)
    context = SeriesContext(datetime(2026, 1, 2), "1.2.3", "1.2.3.4", "1.2.3.5", "loop", 1)
    loop = tmp_path / "a4c.dcm"
    loop.write_bytes(captured_file(clip, "ultrasound", context))
    places = [f"{column:.0f},{row:.0f}" for column, row in points_px()]
    values, picture = tmp_path / "values.json", tmp_path / "borders.png"
    said = ["chamber", str(loop), "--points", *places, "--second", str(loop), "--second-points", *places]
    assert main([*said, "--values", str(values), "--picture", str(picture), "-q"]) == 0
    printed = capsys.readouterr().out
    fraction = float(re.search(r"Ejection fraction +([\d.]+) %", printed)[1])  # type: ignore[index]
    assert fraction == pytest.approx(100 * (1 - 0.8**3), abs=4.0)
    assert json.loads(values.read_text())["ventricle_diastolic_ml"] == pytest.approx(volume_ml(1.0), rel=0.08)
    assert imagecodecs.png_decode(picture.read_bytes()).shape == (SHAPE[0], 4 * SHAPE[1], 3)
    assert main(["chamber", str(loop), "--points", "0,0", "9999,0", "5,5", "-q"]) == 65
    assert "holds the points" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("points", "word"),
    [
        (np.zeros((2, 2)), "three points"),
        (np.array([[10.0, 10], [900, 20], [40, 10]]), "outside"),
        (np.array([[10.0, 100], [20, 100], [40, 100]]), "no chamber"),
    ],
)
def test_points_that_make_no_chamber_are_refused(points: FloatArray, word: str) -> None:
    with pytest.raises(DataError, match=word):
        border(np.zeros(SHAPE), points, SPACING_MM)


def test_pictures_that_are_none_are_refused() -> None:
    with pytest.raises(DataError, match="rows and columns"):
        border(np.full(SHAPE, np.nan), points_px(), SPACING_MM)
    with pytest.raises(DataError, match="spacing"):
        border(np.zeros(SHAPE), points_px(), (0.0, 1.0))
    with pytest.raises(DataError, match="frames"):
        follow(np.zeros(SHAPE), points_px(), SPACING_MM)
