"""isocenter strain: how much the wall of the left ventricle shortens in a loop of ultrasound, whole and by segment."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from isocenter.analysis.cardiac.borders import border
from isocenter.analysis.cardiac.strain import VIEWS
from isocenter.analysis.cardiac.wall import FEWEST_SEGMENTS, WallStrain, beside_border, peak_percent, wall_strain
from isocenter.analysis.cardiac.wall_picture import wall_picture
from isocenter.cli.chamber import point_of, write_file
from isocenter.cli.command import Command
from isocenter.core.arrays import FloatArray
from isocenter.core.errors import NotFoundError, OptionError
from isocenter.core.progress import progress_bar
from isocenter.dicom.picture_files import encode_png
from isocenter.dicom.ultrasound_loop import Loop, read_loop


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("loop", type=Path, metavar="LOOP", help="one beat of an apical view, DICOM")
    where = parser.add_mutually_exclusive_group(required=True)
    along = "points along the middle of the wall, from one base over the apex to the other: best seven or more"
    where.add_argument("--wall", type=point_of, nargs="+", metavar="COLUMN,ROW", help=along)
    three = "the mitral ring's ends and the apex; the wall is found beside the chamber's border"
    where.add_argument("--points", type=point_of, nargs=3, metavar=("RING", "APEX", "RING"), help=three)
    sides = "; ".join(f"{view}: {names[0].split()[1]} wall first" for view, names in VIEWS.items())
    parser.add_argument("--view", required=True, choices=VIEWS, help=f"which wall comes first: {sides}")
    parser.add_argument("--frames", type=int, nargs=2, metavar=("FIRST", "LAST"), help="one beat, end-diastole first")
    parser.add_argument("--drawn-in", type=int, metavar="FRAME", help="the frame of the points, if not the first")
    parser.add_argument("--end-systole", type=int, metavar="FRAME", help="when the aortic valve closes, if it is known")
    parser.add_argument("--no-whole-beat", action="store_true", help="the last frame does not show what the first did")
    parser.add_argument("--values", type=Path, metavar="JSON", help="write the segments for isocenter echo")
    parser.add_argument("--picture", type=Path, metavar="PNG", help="draw the wall and its curves")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar")


def _run(options: argparse.Namespace) -> int:
    loop, found, first = _measured(options)
    end_systole = found.end_systole
    if options.end_systole is not None:
        end_systole = options.end_systole - 1 - first
        if not 0 < end_systole < len(found.tracks_mm):
            raise OptionError(
                "End-systole lies outside of the beat.", field="--end-systole", found=options.end_systole,
                expected=f"{first + 2} to {first + len(found.tracks_mm)}",
            )  # fmt: skip
    peaks = _say(found, end_systole, first, loop.rate_hz)
    if options.picture is not None:
        frame_ms = None if loop.rate_hz is None else 1000 / loop.rate_hz
        beat = loop.frames[first : first + len(found.tracks_mm)]
        picture = wall_picture(beat, loop.spacing_mm, found, end_systole, frame_ms, first)
        write_file(options.picture, encode_png(picture))
    if options.values is not None:
        values = {"strain_percent": {name: round(peak, 1) for name, peak in peaks.items()}}
        write_file(options.values, (json.dumps(values, indent=2) + "\n").encode())
    return 0 if peaks else 1


def _measured(options: argparse.Namespace) -> tuple[Loop, WallStrain, int]:
    """Return the loop, its strain, and its first frame that belongs to the beat, counted from 0."""
    if not options.loop.is_file():
        raise NotFoundError("There is no such file.", file=options.loop)
    given = np.array(options.wall or options.points)
    with progress_bar(options.loop.name, enabled=not options.quiet) as on_progress:
        loop = read_loop(options.loop, given, on_progress=on_progress)
        first, last = options.frames or (1, len(loop.frames))
        drawn_in = options.drawn_in or first
        if not 1 <= first <= drawn_in <= last <= len(loop.frames):
            raise OptionError(
                "These frames are not of the loop.", field="--frames, --drawn-in", found=(first, last, drawn_in),
                expected=f"1 to {len(loop.frames)}, the first before the last, the drawn one among them",
            )  # fmt: skip
        line = given if options.wall else _beside_chamber(loop, given, drawn_in - 1)
        found = wall_strain(
            loop.frames[first - 1 : last],
            line,
            loop.spacing_mm,
            options.view,
            drawn_in=drawn_in - first,
            is_whole_beat=not options.no_whole_beat,
            on_progress=on_progress,
        )
    return loop, found, first - 1


def _beside_chamber(loop: Loop, points: FloatArray, frame: int) -> FloatArray:
    """Return points along the wall outside of the border that three points give, columns and rows."""
    beside = beside_border(border(loop.frames[frame], points, loop.spacing_mm)) / np.array(loop.spacing_mm[::-1])
    inside: FloatArray = np.clip(beside, 0, np.array(loop.frames.shape[:0:-1]) - 1)
    return inside


def _say(found: WallStrain, end_systole: int, first: int, rate_hz: float | None) -> dict[str, float]:
    """Print what was found and return the peak of each segment."""
    n_frames = len(found.tracks_mm)
    rate = "" if rate_hz is None else f" at {rate_hz:.3g}/s"
    print(f"{n_frames} frames{rate}: end-diastole {first + 1}, end-systole {first + end_systole + 1}")
    print(f"{'':<26}{'peak systolic':>15}{'at end-systole':>18}")
    curves, peaks = found.segments_percent, {}
    for name, believed in found.believed.items():
        if name not in curves:
            print(f"{name:<26}not trackable: {100 * believed:.0f} % of its steps could be followed there and back")
            continue
        peaks[name] = peak_percent(curves[name], end_systole)
        print(f"{name:<26}{peaks[name]:>13.1f} %{curves[name][end_systole]:>16.1f} %")
    whole = found.global_percent
    if whole is None:
        print(f"No global strain: fewer than {FEWEST_SEGMENTS} segments of this view could be followed")
    else:
        title = f"GLS, {found.view}"
        print(f"{title:<26}{peak_percent(whole, end_systole):>13.1f} %{whole[end_systole]:>16.1f} %")
    if found.drift_mm is None:
        print("Drift is not corrected: the loop is no whole beat")
    else:
        print(f"Drift of {found.drift_mm:.1f} mm over the beat was taken back evenly")
    return peaks


COMMAND = Command(
    name="strain",
    summary="follow the wall of the left ventricle in an ultrasound loop, and how much it shortens",
    description="Set points along the middle of the wall, from the base of the wall that the view names first over\n"
    "the apex to the other base. They are made even, followed by their speckle there and back, and smoothed\n"
    "along the wall and in time; a segment that cannot be followed is named and left out. Strain is\n"
    "Lagrangian, against the first frame (end-diastole); end-systole is where the wall is shortest unless it\n"
    "is said. Columns and rows are those that the viewer shows under the pointer.",
    examples='  isocenter strain a4c.dcm --view "4 chamber" --picture strain.png --values a4c.json \\\n'
    "      --wall 205,312 214,240 226,165 268,84 312,160 328,238 336,306\n"
    '  isocenter strain a2c.dcm --view "2 chamber" --points 208,300 262,90 318,302 --values a2c.json\n'
    "  isocenter echo a4c.json a2c.json a3c.json --of a4c.dcm -o report.dcm",
    configure=_configure,
    run=_run,
)
