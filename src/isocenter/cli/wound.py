"""isocenter wound: the area of a wound in photographs, and how it heals from visit to visit."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from isocenter.analysis.photography.healing import Progress, Visit, healing
from isocenter.analysis.photography.marker import FORMS, find_marker
from isocenter.analysis.photography.overlay import overlay
from isocenter.analysis.photography.plane import Plane, plane_of_two_points
from isocenter.analysis.photography.reduced import Reduced
from isocenter.analysis.photography.straightened import straightened
from isocenter.analysis.photography.wound import Wound, measure_wound
from isocenter.cli.command import Command
from isocenter.core.arrays import Array, FloatArray
from isocenter.core.errors import IsocenterError, OptionError
from isocenter.core.patient import Patient, Study
from isocenter.core.progress import progress_bar, report
from isocenter.dicom.picture_files import encode_png
from isocenter.dicom.uids import new_uid
from isocenter.dicom.writers.captured import captured_file
from isocenter.dicom.writers.modules import SeriesContext
from isocenter.formats.photograph import Photograph, read_photograph


@dataclass(frozen=True, eq=False)
class Measured:
    """A photograph, where its marker is (no point if two points gave the scale), and its wound."""

    path: Path
    photograph: Photograph
    marker: FloatArray
    plane: Plane
    wound: Wound


def _point(text: str) -> tuple[float, float]:
    try:
        column, row = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no point: give COLUMN,ROW in pixels") from None
    return column, row


def _scale(text: str) -> tuple[float, float, float, float, float]:
    try:
        x0, y0, x1, y1, length = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no scale: give X0,Y0,X1,Y1,MM") from None
    return x0, y0, x1, y1, length


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date: give 2026-01-31 or 2026-01-31T09:30") from None


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photographs", type=Path, nargs="+", metavar="PHOTO", help="JPEG, PNG, TIFF or WebP")
    parser.add_argument(
        "--at",
        type=_point,
        nargs="+",
        action="append",
        required=True,
        metavar="COLUMN,ROW",
        help="a point in the wound; more if it has several colours; once for every photograph, in their order",
    )
    parser.add_argument("--marker-mm", type=float, metavar="MM", help="side or diameter of the marker on the skin")
    parser.add_argument("--marker", choices=FORMS, default="square", help="its form (square, which undoes perspective)")
    parser.add_argument(
        "--marker-at",
        type=_point,
        action="append",
        metavar="COLUMN,ROW",
        help="a point on it, if it has a colour or is not alone; once for every photograph",
    )
    parser.add_argument(
        "--scale",
        type=_scale,
        action="append",
        metavar="X0,Y0,X1,Y1,MM",
        help="two points and the millimetres between them, in place of a marker; once for every photograph",
    )
    parser.add_argument("--tolerance", type=float, metavar="DE", help="colour distance that is still wound (found)")
    parser.add_argument("--date", type=_time, action="append", metavar="DATE", help="when; else what the camera said")
    parser.add_argument("--overlay", type=Path, metavar="DIR", help="draw what was measured: PHOTO-wound.png")
    parser.add_argument("--dicom", type=Path, metavar="DIR", help="write PHOTO.dcm, seen straight, with pixel spacing")
    parser.add_argument("--patient-id", default="", help="patient ID of the DICOM objects")
    parser.add_argument("--patient-name", default="", metavar="FAMILY^GIVEN", help="patient name")
    parser.add_argument("--accession-number", default="", help="accession number of the order")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar")


def _run(options: argparse.Namespace) -> int:
    paths: list[Path] = options.photographs
    counts = {"--at": options.at, "--marker-at": options.marker_at, "--scale": options.scale, "--date": options.date}
    for name, given in counts.items():
        if given is not None and len(given) != len(paths):
            raise OptionError(
                f"{name} is given once for every photograph.", field=name, found=len(given), expected=len(paths)
            )
    if (options.marker_mm is None) == (options.scale is None):
        raise OptionError(
            "How large a pixel is comes from a marker or from two points.",
            field="--marker-mm, --scale",
            found="neither" if options.scale is None else "both",
            expected="one of them",
        )
    if len({path.stem for path in paths}) < len(paths) and (options.overlay or options.dicom):
        raise OptionError("Two photographs have one name: what is written would be lost.", field="PHOTO")
    measured = []
    with progress_bar("wound", enabled=not options.quiet) as on_progress:
        for index, path in enumerate(paths):
            report(on_progress, index, len(paths), path.name)
            measured.append(_measured(path, index, options))
        report(on_progress, len(paths), len(paths), "measured")
    dates = options.date or [each.photograph.taken_at for each in measured]
    print(_sizes(measured, dates))
    if len(paths) > 1:
        for path, date in zip(paths, dates, strict=True):
            if date is None:
                raise OptionError(
                    "The photograph does not say when it was taken.",
                    file=path,
                    field="DateTimeOriginal",
                    remedy="Say it: --date, once for every photograph.",
                )
        visits = [
            Visit(date, each.wound.area_cm2, each.wound.perimeter_cm)
            for date, each in zip(dates, measured, strict=True)
        ]
        print(f"\n{_course(healing(visits))}")
    _write(measured, dates, options)
    return 0


def _measured(path: Path, index: int, options: argparse.Namespace) -> Measured:
    photograph = read_photograph(path)
    small = Reduced(photograph.pixels)
    without: Array | None = None
    border: FloatArray = np.empty((0, 2))
    try:
        if options.scale is not None:
            x0, y0, x1, y1, length_mm = options.scale[index]
            plane = small.plane_into(plane_of_two_points((x0, y0), (x1, y1), length_mm))
        else:
            at = small.into([options.marker_at[index]])[0] if options.marker_at else None
            marker = find_marker(small.pixels, options.marker_mm, options.marker, at=at)
            plane, without, border = marker.plane, marker.mask, marker.border
        _require_inside(photograph, options.at[index])
        seeds = small.into(options.at[index])
        wound = measure_wound(small.pixels, plane, seeds, without=without, tolerance=options.tolerance)
    except IsocenterError as error:
        error.file = error.file or str(path)
        raise
    wound = replace(wound, outline=small.back(wound.outline))
    return Measured(path, photograph, small.back(border), small.plane_back(plane), wound)


def _require_inside(photograph: Photograph, points: Sequence[tuple[float, float]]) -> None:
    rows, columns = photograph.pixels.shape[:2]
    for column, row in points:
        if not (0 <= column < columns and 0 <= row < rows):
            raise OptionError(
                "The point on the wound is outside of the picture.",
                field="--at",
                found=f"{column:g},{row:g}",
                expected=f"column 0 to {columns - 1}, row 0 to {rows - 1}",
            )


def _sizes(measured: Sequence[Measured], dates: Sequence[datetime | None]) -> str:
    width = max(10, *(len(each.path.name) for each in measured))
    lines = [
        f"{'photograph':<{width}}  {'date':<16}  {'area cm2':>8}  {'around cm':>9}  {'length cm':>9}  {'width cm':>8}"
        f"  {'mm/pixel':>8}"
    ]
    for each, date in zip(measured, dates, strict=True):
        wound = each.wound
        lines.append(
            f"{each.path.name:<{width}}  {'' if date is None else f'{date:%Y-%m-%d %H:%M}':<16}  {wound.area_cm2:>8.2f}"
            f"  {wound.perimeter_cm:>9.2f}  {wound.length_cm:>9.2f}  {wound.width_cm:>8.2f}"
            f"  {each.plane.mm_per_pixel(wound.outline.mean(axis=0)):>8.4f}"
        )
    return "\n".join(lines)


def _course(rows: Sequence[Progress]) -> str:
    def shown(value: float | None, form: str) -> str:
        return "-" if value is None else format(value, form)

    lines = [
        f"{'date':<16}  {'week':>6}  {'area cm2':>8}  {'change %':>8}  {'closed %/week':>13}  {'border mm/week':>14}"
    ]
    lines += [
        f"{row.visit.at:%Y-%m-%d %H:%M}  {row.weeks:>6.1f}  {row.visit.area_cm2:>8.2f}"
        f"  {shown(row.change_percent, '+.1f'):>8}  {shown(row.closed_percent_per_week, '.1f'):>13}"
        f"  {shown(row.advance_mm_per_week, '.2f'):>14}"
        for row in rows
    ]
    return "\n".join(lines)


def _write(measured: Sequence[Measured], dates: Sequence[datetime | None], options: argparse.Namespace) -> None:
    study_uids: dict[object, str] = {}
    for each, date in zip(measured, dates, strict=True):
        if options.overlay is not None:
            text = f"{each.wound.area_cm2:.2f} cm2"
            picture = overlay(each.photograph.pixels, each.wound.outline, each.marker, text)
            _put(options.overlay / f"{each.path.stem}-wound.png", encode_png(picture))
        if options.dicom is not None:
            # One visit is one study: photographs of one day belong together.
            study_uid = study_uids.setdefault(None if date is None else date.date(), new_uid())
            _put(options.dicom / f"{each.path.stem}.dcm", _object(each, date, study_uid, options))


def _object(each: Measured, date: datetime | None, study_uid: str, options: argparse.Namespace) -> bytes:
    """Return the photograph as DICOM, turned so that its pixel spacing holds all over the plane of the marker."""
    shown = np.concatenate([each.wound.outline, each.marker])
    clip = straightened(each.photograph.pixels, each.plane, shown)
    clip = replace(clip, started_at=date, sources=(each.photograph.source,))
    description = f"Seen straight by the plane of a scale; wound {each.wound.area_cm2:.2f} cm2"
    now = datetime.now()
    attributes: dict[str, Any] = {"ImageType": ["DERIVED", "PRIMARY"], "DerivationDescription": description}
    if date is not None:
        attributes |= {"AcquisitionDate": f"{date:%Y%m%d}", "AcquisitionTime": f"{date:%H%M%S}"}
    context = SeriesContext(
        written_at=now,
        study_uid=study_uid,
        series_uid=new_uid(),
        frame_of_reference_uid=new_uid(),
        series_description="Wound",
        series_number=1,
        attributes=attributes,
    )
    study = Study(study_uid, options.accession_number, "Wound photography", started_at=date or now)
    patient = Patient(options.patient_id, options.patient_name)
    return captured_file(clip, "photography", context, patient=patient, study=study)


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    print(path)


COMMAND = Command(
    name="wound",
    summary="measure wounds in photographs with a scale marker, and how they heal",
    description="Lay a white, grey or black square of known size beside the wound, flat on the same skin, and\n"
    "photograph both. Point into the wound: its outline is where the colour changes most, its area is that\n"
    "on the skin, however aslant the photograph. Several photographs become a course over time.\n"
    "Look at what was measured with --overlay before believing it.",
    examples="  isocenter wound foot.jpg --marker-mm 20 --at 812,640 --overlay seen/\n"
    "  isocenter wound week0.jpg week1.jpg week2.jpg --marker-mm 20 --at 812,640 --at 790,655 --at 801,660\n"
    "  isocenter wound foot.jpg --marker-mm 20 --at 812,640 700,600 --dicom objects/ --patient-id P7\n"
    "  isocenter wound foot.jpg --scale 100,80,100,480,50 --at 812,640",
    configure=_configure,
    run=_run,
)
