"""isocenter live: pictures of channel data as they come, in a browser on this machine."""

from __future__ import annotations

import argparse
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from isocenter.cli.command import Command
from isocenter.core.errors import OptionError
from isocenter.formats import registry as formats
from isocenter.formats.ultrasound_hdf5 import Recorder
from isocenter.modalities import ultrasound
from isocenter.modalities.ultrasound.live import LivePicture
from isocenter.modalities.ultrasound.reconstruction import f_number_of
from isocenter.server.live.app import live_app
from isocenter.server.live.loopback import on_loopback
from isocenter.server.live.sources import KINDS, Frame, SocketSource, replayed
from isocenter.server.live.stream import Stream


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "raw", type=Path, metavar="FILE", help="ultrasound channel data: what is played, or the scan's facts"
    )
    parser.add_argument("--port", type=int, default=8081, help="web port on this machine (default: %(default)s)")
    parser.add_argument(
        "--rate", type=float, default=0.0, metavar="HZ", help="frames a second of a file; 0 is full speed"
    )
    parser.add_argument(
        "--listen",
        type=int,
        metavar="PORT",
        help="take frames from a program on this machine that connects to this port and sends raw samples",
    )
    parser.add_argument(
        "--stamped",
        action="store_true",
        help="before each frame --listen gets its number and its time in ns (uint64 both, little endian); what comes "
        "out of order is left out and told, and a recording keeps the times",
    )
    parser.add_argument("--samples", choices=tuple(KINDS), default="int16", help="what --listen gets (int16)")
    parser.add_argument("--record", type=Path, metavar="H5", help="write every frame of traces that comes")
    parser.add_argument("--f-number", type=float, default=0.0, help="depth over aperture; 0 fits the elements")
    parser.add_argument("--dynamic-range", type=float, default=60.0, metavar="DB", help="what is shown (60 dB)")
    parser.add_argument("--gain", type=float, default=0.0, metavar="DB", help="loss to undo, in dB/(cm MHz)")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")


def _run(options: argparse.Namespace) -> int:
    measurement = formats.read(options.raw)
    if not isinstance(measurement, ultrasound.Measurement):
        raise OptionError("Live pictures are of ultrasound.", file=options.raw, found=type(measurement).__module__)
    if options.stamped and options.listen is None:
        raise OptionError("Stamps come with frames that are listened for.", field="--stamped", expected="--listen PORT")
    with _serving(measurement, options) as (address, stream):
        print(f"{address}  (Ctrl+C ends)")
        if not options.no_browser:
            webbrowser.open(address)
        try:
            while not stream.is_over:
                threading.Event().wait(0.5)
        except KeyboardInterrupt:
            return 0
    if stream.failure is not None:
        raise stream.failure
    return 0


@contextmanager
def _serving(measurement: ultrasound.Measurement, options: argparse.Namespace) -> Iterator[tuple[str, Stream[Frame]]]:
    """Yield the address of the page and its stream while both run."""
    scan = measurement.acquisition
    picture = LivePicture(
        replace(scan, n_frames=1),
        f_number=f_number_of(measurement, options.f_number),
        dynamic_range_db=options.dynamic_range,
        gain_db_cm_mhz=options.gain,
    )
    with ExitStack() as stack:
        frames = replayed(measurement.data, frame_hz=options.rate)
        losses: Callable[[], str | None] = lambda: None  # noqa: E731
        if options.listen is not None:
            source = SocketSource(scan.data_shape[1:], options.samples, port=options.listen, is_stamped=options.stamped)
            stack.callback(source.close)
            frames, losses = source.frames(), source.losses
            print(f"waiting for frames of {scan.data_shape[1:]} {options.samples} on 127.0.0.1:{source.port}")
        record: Callable[[Frame], None] | None = None
        if options.record is not None:
            recorder = stack.enter_context(Recorder(scan, options.record))
            record = lambda frame: recorder.add(frame.traces, frame.time_s)  # noqa: E731
        stream = Stream(frames, lambda frame: picture(frame.traces), record=record)
        facts = [
            f"{fact.label}: {fact.value} {fact.unit if fact.unit != '1' else ''}".strip()
            for fact in ultrasound.describe(measurement)
        ]
        stack.callback(_tell, losses)
        app = live_app(stream, {"title": options.raw.name, "facts": facts}, losses)
        address = stack.enter_context(on_loopback(app, options.port))
        stream.start()
        stack.callback(stream.stop)
        yield f"{address}/", stream


def _tell(losses: Callable[[], str | None]) -> None:
    told = losses()
    if told is not None:
        print(told, file=sys.stderr)


COMMAND = Command(
    name="live",
    summary="show ultrasound channel data as pictures while they come",
    description="Beamform frame after frame and show the pictures in a browser on this machine: of a file,\n"
    "again and again, or of what a scanner's program sends to a port. With --record every frame is kept.",
    examples="  isocenter live loop.h5\n"
    "  isocenter live scan.h5 --listen 9000 --stamped --samples int16 --record session.h5\n"
    "  isocenter live loop.h5 --rate 25 --gain 0.5",
    configure=_configure,
    run=_run,
)
