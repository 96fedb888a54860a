"""Walls of speckle that shorten by a known amount give their strain; what cannot be followed is named, not guessed."""

import csv
import json
import re
from datetime import datetime
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest

from isocenter.analysis.cardiac.echocardiogram import Echocardiogram, together
from isocenter.analysis.cardiac.gates import GATES
from isocenter.analysis.cardiac.moving_wall import SPACING_MM, WALL_MM, MovingWall, moving_wall, shortened
from isocenter.analysis.cardiac.strain import VIEWS
from isocenter.analysis.cardiac.wall import beside_border, peak_percent, smooth_line, wall_strain
from isocenter.cli.main import main
from isocenter.core.arrays import FloatArray
from isocenter.core.clip import Clip
from isocenter.core.errors import DataError, OptionError
from isocenter.core.gates import Gate
from isocenter.dicom.writers.captured import captured_file
from isocenter.dicom.writers.modules import SeriesContext

BOTH = (SPACING_MM, SPACING_MM)
PEAKS = (-22.0, -20.0, -24.0, -18.0, -24.0, 0.0)
NAMES = VIEWS["4 chamber"]
# The wall is shortest after two fifths of the beat: so systole is shorter than diastole, and errors do not cancel.
N_FRAMES, SYSTOLE_AT = 16, 6


@pytest.fixture(scope="module")
def wall() -> MovingWall:
    return moving_wall(PEAKS, np.random.default_rng(11), n_frames=N_FRAMES)


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)
def test_the_gates_of_the_heart_pass(gate: Gate) -> None:
    result = gate.run()
    assert result.passed, result


def test_the_wall_is_as_long_as_it_was_told(wall: MovingWall) -> None:
    """Each sixth of the simulated line has the strain that was asked for, at end-systole; its ends come back."""
    steps = np.linalg.norm(np.diff(wall.middle_px, axis=1), axis=2).reshape(N_FRAMES, 6, -1).sum(axis=2)
    assert 100 * (steps[SYSTOLE_AT] / steps[0] - 1) == pytest.approx(PEAKS, abs=1e-6)
    assert wall.middle_px[-1] == pytest.approx(wall.middle_px[0], abs=1e-9)


def test_strain_is_that_of_the_scatterers_at_every_moment(wall: MovingWall) -> None:
    found = wall_strain(wall.frames, wall.drawn_px(), BOTH, "4 chamber")
    true = np.mean(PEAKS) * np.array([shortened(moment) for moment in np.linspace(0, 1, N_FRAMES)])
    assert found.global_percent == pytest.approx(true, abs=1.5)
    assert found.end_systole == SYSTOLE_AT
    assert found.left_out == ()
    for name, peak in zip(NAMES, PEAKS, strict=True):
        assert peak_percent(found.segments_percent[name], SYSTOLE_AT) == pytest.approx(peak, abs=3.0)
    # Points stay on their tissue, not only as far from each other.
    middle = np.linspace(0, wall.middle_px.shape[1] - 1, found.tracks_mm.shape[1]).round().astype(int)
    miss_mm = np.linalg.norm(found.tracks_mm[SYSTOLE_AT] - wall.middle_px[SYSTOLE_AT, middle] * SPACING_MM, axis=1)
    assert np.median(miss_mm) < 0.6


def test_uniform_walls_have_the_strains_of_the_table(shared_truth: Path) -> None:
    with (shared_truth / "cardiac" / "strain.csv").open() as file:
        strains = sorted({float(row["lagrangian_percent"]) for row in csv.DictReader(file)})
    for percent in strains:
        moved = moving_wall([percent] * 6, np.random.default_rng(5), n_frames=N_FRAMES)
        whole = wall_strain(moved.frames, moved.drawn_px(), BOTH, "2 chamber").global_percent
        assert whole is not None
        assert whole[SYSTOLE_AT] == pytest.approx(percent, abs=1.5)


def test_a_wall_drawn_at_end_systole_is_followed_both_ways(wall: MovingWall) -> None:
    drawn = wall.middle_px[SYSTOLE_AT, np.linspace(0, wall.middle_px.shape[1] - 1, 9).round().astype(int)]
    found = wall_strain(wall.frames, drawn, BOTH, "3 chamber", drawn_in=SYSTOLE_AT, is_whole_beat=False)
    whole = found.global_percent
    assert whole is not None
    assert whole[SYSTOLE_AT] == pytest.approx(np.mean(PEAKS), abs=1.5)
    assert found.drift_mm is None
    # Told that it is a whole beat, the end is where the beginning is; noise has led points astray by less than 1 mm.
    beat = wall_strain(wall.frames, drawn, BOTH, "3 chamber", drawn_in=SYSTOLE_AT)
    assert beat.global_percent is not None
    assert beat.global_percent[-1] == pytest.approx(0.0, abs=0.3)
    assert beat.drift_mm is not None
    assert beat.drift_mm < 1.0


def test_segments_that_are_not_seen_are_left_out_and_the_others_stay_right() -> None:
    lost = moving_wall(PEAKS, np.random.default_rng(2), n_frames=N_FRAMES, lost=(1,))
    found = wall_strain(lost.frames, lost.drawn_px(), BOTH, "4 chamber")
    assert found.left_out == (NAMES[1],)
    assert NAMES[1] not in found.segments_percent
    seen = [peak for index, peak in enumerate(PEAKS) if index != 1]
    assert found.global_percent is not None
    assert found.global_percent.min() == pytest.approx(np.mean(seen), abs=1.5)
    blind = moving_wall(PEAKS, np.random.default_rng(2), n_frames=9, lost=(0, 1, 2))
    none = wall_strain(blind.frames, blind.drawn_px(), BOTH, "4 chamber")
    assert none.global_percent is None
    assert set(none.left_out) >= set(NAMES[:3])


def test_a_picture_without_anything_is_not_followed() -> None:
    drawn = moving_wall(PEAKS, np.random.default_rng(2), n_frames=2).drawn_px()
    found = wall_strain(np.zeros((6, 237, 190)), drawn, BOTH, "4 chamber")
    assert found.left_out == NAMES
    assert found.end_systole == 0


def test_a_smooth_line_goes_through_its_points_in_even_steps() -> None:
    angle = np.array([0.0, 0.3, 1.2, 1.5, 2.6, np.pi])
    drawn = 40 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    line = smooth_line(drawn, 61)
    assert np.hypot(*line.T) == pytest.approx(np.full(61, 40.0), abs=0.8)
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    assert steps == pytest.approx(np.full(60, np.pi * 40 / 60), rel=0.02)
    assert np.array([line[0], line[-1]]) == pytest.approx(drawn[[0, -1]], abs=1e-9)


def test_the_middle_lies_outside_of_the_border() -> None:
    angle = np.linspace(0, np.pi, 121)
    half = np.stack([50 + 20 * np.cos(angle), 90 - 70 * np.sin(angle)], axis=1)
    for line in (half, half[::-1]):
        beside = beside_border(line, 5.0)
        away = np.min(np.linalg.norm(beside[:, np.newaxis] - half, axis=2), axis=1)
        assert away == pytest.approx(np.full(len(beside), 5.0), abs=0.2)
        outside = np.hypot((beside[:, 0] - 50) / 20, (beside[:, 1] - 90) / 70)
        assert (outside > 1).all()


def test_what_cannot_be_is_refused(wall: MovingWall) -> None:
    drawn = wall.drawn_px()
    twice = np.concatenate([drawn[:1], drawn])
    for points, frames, view, word in (
        (drawn, wall.frames, "5 chamber", "view is not known"),
        (drawn, wall.frames[:1], "4 chamber", "needs a loop"),
        (drawn[:2], wall.frames, "4 chamber", "no line"),
        (twice, wall.frames, "4 chamber", "no line"),
        (drawn + 500, wall.frames, "4 chamber", "outside of the picture"),
    ):
        with pytest.raises(DataError, match=word):
            wall_strain(frames, points, BOTH, view)
    with pytest.raises(DataError, match="spacing"):
        wall_strain(wall.frames, drawn, (0.0, 1.0), "4 chamber")
    with pytest.raises(DataError, match="not of this beat"):
        wall_strain(wall.frames, drawn, BOTH, "4 chamber", drawn_in=N_FRAMES)
    for peaks, n_frames in (((-10.0,) * 5, 9), ((-100.0,) * 6, 9), (PEAKS, 1)):
        with pytest.raises(OptionError):
            moving_wall(peaks, np.random.default_rng(0), n_frames=n_frames)


def loop_file(wall: MovingWall, path: Path) -> Path:
    clip = Clip(np.repeat(wall.frames.astype(np.uint8)[..., None], 3, axis=-1), 20.0, spacing_mm=BOTH)
    context = SeriesContext(datetime(2026, 1, 2), "1.2.3", "1.2.3.4", "1.2.3.5", "loop", 1)
    path.write_bytes(captured_file(clip, "ultrasound", context))
    return path


def _words(points: FloatArray) -> list[str]:
    return [f"{column:.0f},{row:.0f}" for column, row in points]


def test_the_command_measures_views_and_the_report_takes_them_together(
    wall: MovingWall, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loop = loop_file(wall, tmp_path / "loop.dcm")
    files = []
    for view in VIEWS:
        values = tmp_path / f"{view}.json"
        said = ["strain", str(loop), "--wall", *_words(wall.drawn_px()), "--view", view, "-q"]
        assert main([*said, "--values", str(values), "--picture", str(tmp_path / "strain.png")]) == 0
        printed = capsys.readouterr().out
        whole = float(re.search(rf"GLS, {view} +(-[\d.]+) %", printed)[1])  # type: ignore[index]
        assert whole == pytest.approx(np.mean(PEAKS), abs=1.5)
        assert "end-diastole 1, end-systole 7" in printed
        assert "taken back evenly" in printed
        files.append(str(values))
    given = json.loads(Path(files[0]).read_text())["strain_percent"]
    assert list(given) == list(NAMES)
    assert list(given.values()) == pytest.approx(PEAKS, abs=3.0)
    picture = imagecodecs.png_decode((tmp_path / "strain.png").read_bytes())
    assert picture.ndim == 3
    assert picture.std() > 10
    report = tmp_path / "report.dcm"
    assert main(["echo", *files, "--of", str(loop), "-o", str(report)]) == 0
    assert re.search(r"GLS Multiview Mean[^\n]* -1\d", capsys.readouterr().out)
    assert pydicom.dcmread(report).SOPClassUID == "1.2.840.10008.5.1.4.1.1.88.75"


def test_the_command_finds_the_wall_beside_the_chamber(
    wall: MovingWall, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loop = loop_file(wall, tmp_path / "loop.dcm")
    line = wall.middle_px[0]
    ends, apex = line[[0, -1]], line[len(line) // 2]
    inside = np.array([WALL_MM / 2 / SPACING_MM, 0.0])
    points = np.stack([ends[0] + inside, apex + inside[::-1], ends[1] - inside])
    said = ["strain", str(loop), "--points", *_words(points), "--view", "4 chamber", "-q"]
    assert main(said) == 0
    whole = float(re.search(r"GLS, 4 chamber +(-[\d.]+) %", capsys.readouterr().out)[1])  # type: ignore[index]
    assert whole == pytest.approx(np.mean(PEAKS), abs=2.0)


def test_the_command_says_what_is_wrong(wall: MovingWall, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loop = loop_file(wall, tmp_path / "loop.dcm")
    said = ["strain", str(loop), "--wall", *_words(wall.drawn_px()), "--view", "4 chamber", "-q"]
    for more, code, word in (
        (["--frames", "1", "99"], 2, "not of the loop"),
        (["--frames", "3", "9", "--drawn-in", "2"], 2, "not of the loop"),
        (["--frames", "1", "3"], 65, "at least 4 frames"),
        (["--end-systole", "1"], 2, "outside of the beat"),
    ):
        assert main([*said, *more]) == code
        assert word in capsys.readouterr().err
    assert main([*said[:2], "--wall", "0,0", "9999,0", "5,5", "--view", "4 chamber", "-q"]) == 65
    assert "holds the points" in capsys.readouterr().err
    assert main(["strain", str(tmp_path / "none.dcm"), *said[2:]]) == 66


def test_parts_of_an_echocardiogram_are_taken_together() -> None:
    four = Echocardiogram(height_cm=178, strain_percent={"apical septal": -20.0, "mid inferoseptal": -18.0})
    three = Echocardiogram(weight_kg=76, height_cm=178, strain_percent={"apical septal": -24.0})
    both = together({"four": four, "three": three})
    assert both.strain_percent == {"mid inferoseptal": -18.0, "apical septal": -22.0}
    assert (both.height_cm, both.weight_kg) == (178, 76)
    with pytest.raises(DataError, match="differently"):
        together({"one": four, "other": Echocardiogram(height_cm=180)})
    with pytest.raises(DataError, match="no values"):
        together({})
