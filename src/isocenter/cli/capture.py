"""isocenter capture: pictures from a video, a camera or a screen to DICOM, and on to an archive."""

from __future__ import annotations

import argparse
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from isocenter.cli.command import Command
from isocenter.core.clip import Box, Clip
from isocenter.core.errors import ConflictError, OptionError
from isocenter.core.patient import Patient, Study
from isocenter.core.progress import progress_bar
from isocenter.dicom.uids import new_uid
from isocenter.dicom.writers.captured import KINDS, TRANSFER_SYNTAXES, captured_file
from isocenter.dicom.writers.modules import SeriesContext, request_attributes
from isocenter.formats.video import live_video, read_clip
from isocenter.server.capture.app import capture_app, jpeg_of
from isocenter.server.capture.take import Take
from isocenter.server.dimse.scheduled import Scheduled, scheduled
from isocenter.server.dimse.scu import Peer, send
from isocenter.server.live.loopback import on_loopback
from isocenter.server.live.stream import Stream


def _box(text: str) -> Box:
    try:
        column, row, width, height = (int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no box: give COLUMN,ROW,WIDTH,HEIGHT in pixels") from None
    return column, row, width, height


def _scale(text: str) -> tuple[float, float, float, float, float]:
    try:
        x0, y0, x1, y1, length = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no scale: give X0,Y0,X1,Y1,MM") from None
    return x0, y0, x1, y1, length


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="SOURCE", help="a video file, rtsp://..., or a camera such as /dev/video0")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the DICOM file to write")
    parser.add_argument("--kind", choices=tuple(KINDS), default="ultrasound", help="what it shows (ultrasound)")
    parser.add_argument("--start", type=float, default=0.0, metavar="S", help="begin after so many seconds")
    parser.add_argument("--length", type=float, metavar="S", help="take so many seconds; a camera needs it")
    parser.add_argument("--still", type=int, metavar="N", help="only the Nth picture of that part")
    parser.add_argument("--crop", type=_box, metavar="BOX", help="keep COLUMN,ROW,WIDTH,HEIGHT of the picture")
    parser.add_argument(
        "--mask",
        type=_box,
        action="append",
        default=[],
        metavar="BOX",
        help="black out a box, such as a burned-in name; of the whole picture, before it is cropped; repeat for more",
    )
    parser.add_argument(
        "--scale",
        type=_scale,
        metavar="X0,Y0,X1,Y1,MM",
        help="two points of the whole picture and the millimetres between them",
    )
    parser.add_argument(
        "--no-names", action="store_true", help="say that no name is burned in: you have looked, or masked them"
    )
    parser.add_argument(
        "--compression",
        choices=tuple(TRANSFER_SYNTAXES),
        default="jpeg",
        help="jpeg loses a little; the others nothing",
    )
    parser.add_argument("--quality", type=int, default=90, metavar="1-100", help="of jpeg (90)")
    parser.add_argument("--patient-id", default="", help="patient ID")
    parser.add_argument("--patient-name", default="", metavar="FAMILY^GIVEN", help="patient name")
    parser.add_argument("--accession-number", default="", help="accession number of the order")
    parser.add_argument("--study-description", default="", help="study description")
    parser.add_argument(
        "--worklist",
        type=Peer.parse,
        metavar="AET@HOST:PORT",
        help="take patient and study from this node's worklist: the one examination with these numbers",
    )
    parser.add_argument("--series-description", default="", help="series description")
    parser.add_argument("--send", type=Peer.parse, metavar="AET@HOST:PORT", help="send it to an archive")
    parser.add_argument("--preview", action="store_true", help="look first, in a browser: Record and Stop are there")
    parser.add_argument("--port", type=int, default=0, help="web port of the preview on this machine (a free one)")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar")


def _run(options: argparse.Namespace) -> int:
    # Whom it is for comes first: a name that is not on the worklist is no reason to have filmed for nothing.
    examination = _examination(options)
    if options.preview:
        return _previewed(examination, options)
    with progress_bar("capture", enabled=not options.quiet) as on_progress:
        clip = read_clip(options.source, start_s=options.start, length_s=options.length, on_progress=on_progress)
    return 0 if _kept(clip, examination, options, options.output) else 1


def _previewed(examination: Scheduled, options: argparse.Namespace) -> int:
    """Show the source in a browser, and keep what is taken there, until the page or Ctrl+C says that it is done."""
    for name in ("start", "length", "still"):
        if getattr(options, name):
            raise OptionError(
                "With a preview, buttons say when a take begins and ends.",
                field=f"--{name}",
                found=getattr(options, name),
                remedy=f"Leave out --{name} or --preview.",
            )
    with previewing(examination, options) as desk:
        print(f"{desk.address}  (Ctrl+C ends)", flush=True)
        if not options.no_browser:
            webbrowser.open(desk.address)
        try:
            while not desk.is_done.wait(0.5):
                # A camera that broke ends the command, unless there is something that Stop can still keep.
                if desk.stream.failure is not None and not (desk.take.is_recording or desk.keeping.locked()):
                    break
        except KeyboardInterrupt:
            with suppress(ConflictError):  # what is being filmed is kept: nobody can film it again
                desk.keep(desk.take.stop)
    if desk.stream.failure is not None:
        raise desk.stream.failure
    return 0 if desk.n_kept and desk.is_sent else 1


@dataclass
class Desk:
    """A running preview: its page, its source, the take, and what has been kept."""

    address: str
    stream: Stream[Any]
    take: Take
    keep: Callable[[Callable[[], Clip]], str]
    is_done: threading.Event
    keeping: threading.Lock
    n_kept: int = 0
    is_sent: bool = True


@contextmanager
def previewing(examination: Scheduled, options: argparse.Namespace) -> Iterator[Desk]:
    """Yield a preview while its page is served on this machine.

    Raises what opening the source raises, and `GeometryError` or `OptionError` for boxes that are not in its pictures.
    """
    examination = replace(examination, study=replace(examination.study, study_uid=_study_uid(examination)))
    with ExitStack() as stack:
        video = stack.enter_context(live_video(options.source))
        first = next(video.pictures)
        _prepared(Clip(first[np.newaxis], video.rate_hz), options)  # before anybody films in vain
        take = Take(video.rate_hz, is_live=video.is_live)
        is_done, keeping = threading.Event(), threading.Lock()

        def keep(taken: Callable[[], Clip]) -> str:
            with keeping:
                path: Path = options.output
                if desk.n_kept:  # a second take never replaces the first
                    path = path.with_name(f"{path.stem}-{desk.n_kept + 1}{path.suffix}")
                desk.is_sent &= _kept(taken(), examination, options, path)
                desk.n_kept += 1
                return str(path)

        stream = Stream(chain([first], video.pictures), jpeg_of, record=take.hear)
        page = {
            "title": str(options.source).rpartition("/")[2],
            "kind": options.kind,
            "patient": f"{examination.patient.name} {examination.patient.patient_id}".strip(),
            "crop": options.crop,
            "masks": options.mask,
            "scale": options.scale,
        }
        app, path = capture_app(stream, take, page, keep, is_done)
        address = stack.enter_context(on_loopback(app, options.port))
        stream.start()
        stack.callback(stream.stop)
        desk = Desk(address + path, stream, take, keep, is_done, keeping)
        yield desk


def _study_uid(examination: Scheduled) -> str:
    return examination.study.study_uid or new_uid()


def _kept(clip: Clip, examination: Scheduled, options: argparse.Namespace, output: Path) -> bool:
    """Write a clip as DICOM and send it on; return whether it arrived."""
    clip = _prepared(clip, options)
    now = datetime.now()
    study = replace(
        examination.study,
        study_uid=_study_uid(examination),
        description=options.study_description or examination.study.description,
        started_at=clip.started_at or now,
    )
    context = SeriesContext(
        written_at=now,
        study_uid=str(study.study_uid),
        series_uid=new_uid(),
        frame_of_reference_uid=new_uid(),
        series_description=options.series_description or examination.description,
        series_number=1,
        attributes=({"BurnedInAnnotation": "NO"} if options.no_names else {}) | _order(examination),
    )
    file = captured_file(
        clip,
        options.kind,
        context,
        patient=examination.patient,
        study=study,
        compression=options.compression,
        quality=options.quality,
    )
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(file)
    n_frames, rows, columns = clip.frames.shape[:3]
    size = f"{n_frames} pictures of {columns} x {rows} at {clip.rate_hz:.4g}/s"
    print(f"{size}, {len(file) / 1e6:.1f} MB: {output}")
    if options.send is None:
        return True
    result = send((output,), options.send)
    print(result.sentence())
    return result.is_complete


def _examination(options: argparse.Namespace) -> Scheduled:
    """Return whom and what the pictures are of: from the worklist, or as it was typed."""
    if options.worklist is not None:
        return scheduled(
            options.worklist,
            {
                "AccessionNumber": options.accession_number,
                "PatientID": options.patient_id,
                "PatientName": options.patient_name,
            },
        )
    patient = Patient(options.patient_id, options.patient_name)
    return Scheduled(patient, Study(accession_number=options.accession_number), "", "", "")


def _order(examination: Scheduled) -> dict[str, Any]:
    """Return what ties the object to its order (PS3.3 sec. 10.6, Request Attributes)."""
    if not examination.step_id and not examination.procedure_id:
        return {}
    return {"RequestAttributesSequence": request_attributes(examination.step_id, examination.procedure_id)}


def _prepared(clip: Clip, options: argparse.Namespace) -> Clip:
    """Return the clip measured, blacked out and cut, in that order: boxes and points are of the whole picture."""
    if options.scale:
        x0, y0, x1, y1, length = options.scale
        clip = clip.calibrated((x0, y0), (x1, y1), length)
    clip = clip.masked(options.mask) if options.mask else clip
    clip = clip.cropped(options.crop) if options.crop else clip
    return clip if options.still is None else clip.still(options.still - 1)


COMMAND = Command(
    name="capture",
    summary="make DICOM of a video, a camera or a screen",
    description="Read pictures from a video file, a stream or a camera, cut out what matters, black out\n"
    "burned-in names, say how large a pixel is, and write one DICOM object.",
    examples="  isocenter capture /dev/video0 -o us.dcm --preview --crop 120,60,640,480\n"
    "  isocenter capture loop.mp4 -o loop.dcm --crop 120,60,640,480 --mask 0,0,300,40\n"
    "  isocenter capture /dev/video0 --length 5 -o live.dcm --scale 100,80,100,480,50\n"
    "  isocenter capture wound.mov --kind photography --still 1 -o wound.dcm --scale 20,20,320,20,30\n"
    "  isocenter capture /dev/video0 --length 5 -o us.dcm --worklist RIS@10.0.0.5:104 --accession-number A1\n"
    "  isocenter capture rtsp://10.0.0.7/scope --length 9 --kind endoscopy -o es.dcm --send ISOCENTER@127.0.0.1:11112",
    configure=_configure,
    run=_run,
)
