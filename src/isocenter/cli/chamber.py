"""isocenter chamber: borders of the left ventricle in loops of ultrasound, its volumes and ejection fraction."""

from __future__ import annotations

import argparse
import json
from itertools import pairwise
from pathlib import Path

import numpy as np

from isocenter.analysis.cardiac.borders import Beat, follow
from isocenter.analysis.cardiac.ventricle import biplane_volume_ml, disks, ejection_fraction_percent
from isocenter.cli.command import Command
from isocenter.core.arrays import Array, FloatArray
from isocenter.core.errors import NotFoundError, OptionError
from isocenter.core.progress import progress_bar
from isocenter.dicom.picture_files import encode_png
from isocenter.dicom.ultrasound_loop import Loop, read_loop

_YELLOW = (255, 220, 60)


def point_of(text: str) -> tuple[float, float]:
    """Return column and row of an argument."""
    try:
        column, row = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no point: give COLUMN,ROW in pixels") from None
    return column, row


def _configure(parser: argparse.ArgumentParser) -> None:
    metavar = ("RING", "APEX", "RING")
    parser.add_argument("loop", type=Path, metavar="LOOP", help="one beat of the apical four-chamber view, DICOM")
    in_frame = "COLUMN,ROW three times, in the first frame"
    parser.add_argument("--points", required=True, type=point_of, nargs=3, metavar=metavar, help=in_frame)
    parser.add_argument("--second", type=Path, metavar="LOOP", help="the two-chamber view, for biplane volumes")
    parser.add_argument("--second-points", type=point_of, nargs=3, metavar=metavar, help="its three points")
    parser.add_argument("--no-whole-beat", action="store_true", help="the last frame does not show what the first did")
    parser.add_argument("--values", type=Path, metavar="JSON", help="write the volumes for isocenter echo")
    parser.add_argument("--picture", type=Path, metavar="PNG", help="draw the borders at end-diastole and end-systole")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar")


def _run(options: argparse.Namespace) -> int:
    if (options.second is None) != (options.second_points is None):
        raise OptionError("A second view needs its points.", field="--second, --second-points", expected="both")
    views = [_followed(options.loop, options.points, options)]
    if options.second is not None:
        views.append(_followed(options.second, options.second_points, options))
    ends = [(beat.borders_mm[beat.end_diastole], beat.borders_mm[beat.end_systole]) for _, beat in views]
    diastolic_ml, systolic_ml = (_volume_ml([pair[end] for pair in ends]) for end in (0, 1))
    for loop, beat in views:
        rate = "" if loop.rate_hz is None else f" at {loop.rate_hz:.3g}/s"
        print(f"{len(beat.volumes_ml)} frames{rate}: diastole {beat.end_diastole + 1}, systole {beat.end_systole + 1}")
    how = "biplane" if len(views) == 2 else "single plane"
    print(f"End-diastolic volume, {how:<14}{diastolic_ml:>8.1f} ml")
    print(f"End-systolic volume, {how:<15}{systolic_ml:>8.1f} ml")
    print(f"Ejection fraction {ejection_fraction_percent(diastolic_ml, systolic_ml):>26.1f} %")
    if options.picture is not None:
        write_file(options.picture, encode_png(np.hstack([_drawn(*view) for view in views])))
    if options.values is not None:
        values = {"ventricle_diastolic_ml": round(diastolic_ml, 1), "ventricle_systolic_ml": round(systolic_ml, 1)}
        write_file(options.values, (json.dumps(values, indent=2) + "\n").encode())
    return 0


def _followed(path: Path, points: list[tuple[float, float]], options: argparse.Namespace) -> tuple[Loop, Beat]:
    if not path.is_file():
        raise NotFoundError("There is no such file.", file=path)
    start = np.array(points)
    with progress_bar(path.name, enabled=not options.quiet) as on_progress:
        loop = read_loop(path, start, on_progress=on_progress)
        beat = follow(
            loop.frames, start, loop.spacing_mm, is_whole_beat=not options.no_whole_beat, on_progress=on_progress
        )
    return loop, beat


def _volume_ml(borders: list[FloatArray]) -> float:
    """Return the volume of disks, round for one view; the long axis is the longer one."""
    sections = [disks(line) for line in borders]
    length_cm = max(length for _, length in sections)
    return biplane_volume_ml(sections[0][0], sections[-1][0], length_cm)


def _drawn(loop: Loop, beat: Beat) -> Array:
    """Return end-diastole beside end-systole, in colour with the border."""
    pictures = []
    for index in (beat.end_diastole, beat.end_systole):
        grey = np.clip(loop.frames[index], 0, 255).astype(np.uint8)
        picture = np.repeat(grey[..., None], 3, axis=-1)
        line = beat.borders_mm[index] / np.array(loop.spacing_mm[::-1])
        dense = np.concatenate([np.linspace(a, b, 12) for a, b in pairwise(line)])
        columns, rows = np.clip(np.rint(dense).astype(int), 0, np.array(grey.shape[::-1]) - 1).T
        picture[rows, columns] = _YELLOW
        pictures.append(picture)
    return np.hstack(pictures)


def write_file(path: Path, content: bytes) -> None:
    """Write a file, its folder too, and print where."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    print(path)


COMMAND = Command(
    name="chamber",
    summary="find the left ventricle in ultrasound loops, and its ejection fraction",
    description="Point at both ends of the mitral ring and at the apex in the first frame; the inner border is\n"
    "found in every frame, and volumes by the method of disks (biplane with a second view). Columns\n"
    "and rows are those that the viewer shows under the pointer.",
    examples="  isocenter chamber a4c.dcm --points 212,310 268,92 330,305 --picture borders.png\n"
    "  isocenter chamber a4c.dcm --points 212,310 268,92 330,305 \\\n"
    "      --second a2c.dcm --second-points 208,300 262,90 318,302 --values values.json\n"
    "  isocenter echo values.json --of a4c.dcm -o report.dcm",
    configure=_configure,
    run=_run,
)
