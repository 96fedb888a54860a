"""Strain along a line in an ultrasound loop of the archive: asked for with points, answered line by line as it comes.

What cannot be done is answered at once as a problem; then every line of the answer is a JSON object: how far it is
(``done``, ``total``), and at the end the ``strain``, or the ``problem`` that came up.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import BoundedSemaphore, Event
from typing import Any

import numpy as np
import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from isocenter.analysis.cardiac.strain import VIEWS
from isocenter.analysis.cardiac.wall import WallStrain, peak_percent, require_frames, wall_strain
from isocenter.archive.archive import Archive, Instance
from isocenter.core.arrays import FloatArray
from isocenter.core.errors import ConflictError, IsocenterError, OptionError, TooLargeError
from isocenter.core.progress import Cancelled, Step
from isocenter.dicom.pixels import FrameReader
from isocenter.dicom.ultrasound_loop import LOOP_TAGS, rate_hz, shades, tissue_spacing_mm
from isocenter.server.dicomweb.frames import open_frames
from isocenter.server.dicomweb.resources import archive_of, instances_of
from isocenter.server.problems import document, incident
from isocenter.server.web.bodies import json_object, text_field

MOST_POINTS = 200
# A beat of 130 frames of 800 by 600 pixels.
MOST_PIXELS = 1 << 26
MOST_WAITING = 8
# One after the other: each takes the memory of a loop, and all processors while it transforms blocks.
_worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="strain")
_room = BoundedSemaphore(MOST_WAITING)


@dataclass(frozen=True, eq=False)
class Asked:
    """Points (point, 2), columns and rows, in a frame of a beat; frames are counted from 1."""

    points_px: FloatArray
    view: str
    frame: int
    first: int
    last: int | None
    is_whole_beat: bool


@dataclass(frozen=True, eq=False)
class Beat:
    """The frames of a beat in a loop, that are still to be read."""

    reader: FrameReader
    indices: range
    spacing_mm: tuple[float, float]
    asked: Asked


async def strain(request: Request) -> Response:
    """Answer with the strain of a wall, and with how far that is while it is measured."""
    instances = await instances_of(request)
    asked = _asked(await json_object(request))
    beat = await run_in_threadpool(_beat, archive_of(request), instances[0], asked)
    if not _room.acquire(blocking=False):
        raise ConflictError(
            "Too many loops are waiting to be followed.", expected=f"at most {MOST_WAITING}", remedy="Try again soon."
        )
    loop, lines, stop = asyncio.get_running_loop(), asyncio.Queue[bytes | None](), Event()

    def tell(line: dict[str, object] | None) -> None:
        loop.call_soon_threadsafe(lines.put_nowait, None if line is None else orjson.dumps(line) + b"\n")

    def follow() -> None:
        try:
            tell(_followed(beat, stop, tell))
        except Cancelled:
            pass  # nobody listens any more
        except IsocenterError as error:
            tell({"problem": document(error)})
        except Exception as error:
            tell({"problem": incident(error, "following a wall")})
        finally:
            _room.release()
            beat.reader.close()
            tell(None)

    _worker.submit(follow)

    async def stream() -> AsyncIterator[bytes]:
        try:
            while (line := await lines.get()) is not None:
                yield line
        finally:
            stop.set()

    return StreamingResponse(stream(), media_type="application/x-ndjson", headers={"Cache-Control": "no-store"})


def _asked(body: dict[str, Any]) -> Asked:
    points = body.get("points")
    is_list = isinstance(points, list) and 3 <= len(points) <= MOST_POINTS
    if not is_list or not all(isinstance(point, list) and len(point) == 2 for point in points or ()):
        raise OptionError(
            "These are no points of a line.", field="points",
            found=f"{len(points)} of them" if isinstance(points, list) else type(points).__name__,
            expected=f"3 to {MOST_POINTS} pairs of column and row",
        )  # fmt: skip
    numbers = [number for point in points or () for number in point]
    if not all(isinstance(n, int | float) and not isinstance(n, bool) and math.isfinite(n) for n in numbers):
        raise OptionError("A point is not a pair of numbers.", field="points", expected="column and row in pixels")
    view = text_field(body, "view", limit=32)
    if view not in VIEWS:
        raise OptionError("This view is not known.", field="view", found=view, expected=", ".join(VIEWS))
    whole = body.get("is_whole_beat", True)
    if not isinstance(whole, bool):
        raise OptionError("This is neither true nor false.", field="is_whole_beat", found=type(whole).__name__)
    first = _frame(body, "first", 1)
    last = _frame(body, "last", first) if body.get("last") is not None else None
    return Asked(np.array(points, dtype=float), view, _frame(body, "frame", first), first, last, whole)


def _frame(body: dict[str, Any], name: str, default: int) -> int:
    value = body.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value < 10**8:
        raise OptionError("This is no number of a frame.", field=name, found=str(value)[:32], expected="from 1")
    return value


def _beat(archive: Archive, instance: Instance, asked: Asked) -> Beat:
    """Return the loop to be read, once it is known that it has a scale, enough frames and not too many pixels."""
    reader = open_frames(archive, instance, tags=LOOP_TAGS)
    last = asked.last or reader.n_frames
    if not asked.first <= asked.frame <= last <= reader.n_frames:
        raise OptionError(
            "These frames are not of the loop.", field="first, frame, last", found=(asked.first, asked.frame, last),
            expected=f"1 to {reader.n_frames}, the drawn one among them",
        )  # fmt: skip
    indices = range(asked.first - 1, last)
    require_frames(len(indices))
    n_pixels = len(indices) * reader.description.rows * reader.description.columns
    if n_pixels > MOST_PIXELS:
        raise TooLargeError(
            "The loop is too long to be followed at once.", field="frames", found=f"{len(indices)} frames",
            expected=f"at most {MOST_PIXELS * len(indices) // n_pixels} of this size",
            remedy="Choose the first and the last frame of one beat.",
        )  # fmt: skip
    spacing_mm = tissue_spacing_mm(reader.header, asked.points_px, file=instance.instance_uid)
    return Beat(reader, indices, spacing_mm, asked)


def _followed(beat: Beat, stop: Event, tell: Callable[[dict[str, object]], None]) -> dict[str, object]:
    """Return the last line of an answer; raises `Cancelled` when nobody waits for it."""
    asked, n_frames = beat.asked, len(beat.indices)
    done = 0

    def on_progress(step: Step) -> None:
        if stop.is_set():
            raise Cancelled
        # Frames are read in a fraction of the time in which they are followed.
        nonlocal done
        part = (step.fraction or 0.0) * (0.2 if step.message == "reading" else 0.8)
        now = round(100 * (part if step.message == "reading" else 0.2 + part))
        if now > done:
            done = now
            tell({"done": done, "total": 100, "message": step.message})

    on_progress(Step(0, 1, "reading"))
    frames = shades(beat.reader, beat.indices, on_progress=on_progress)
    found = wall_strain(
        frames,
        asked.points_px,
        beat.spacing_mm,
        asked.view,
        drawn_in=asked.frame - asked.first,
        is_whole_beat=asked.is_whole_beat,
        on_progress=on_progress,
    )
    rate = rate_hz(beat.reader.header)
    described = {"first": asked.first, "n_frames": n_frames, "frame_ms": None if rate is None else 1000 / rate}
    return {"strain": described | _described(found, asked.first, beat.spacing_mm)}


def _described(found: WallStrain, first: int, spacing_mm: tuple[float, float]) -> dict[str, object]:
    end, curves, whole = found.end_systole, found.segments_percent, found.global_percent
    tracks_px = np.round(found.tracks_mm / np.array(spacing_mm[::-1]), 2)
    return {
        "view": found.view,
        "end_systole": first + end,
        "drift_mm": found.drift_mm,
        "global": None if whole is None else _curve(whole, end),
        "segments": [
            {"name": name, "believed": believed, "strain": _curve(curves[name], end) if name in curves else None}
            for name, believed in found.believed.items()
        ],
        "tracks_px": tracks_px.tolist(),
    }


def _curve(curve: FloatArray, end_systole: int) -> dict[str, object]:
    return {
        "peak": peak_percent(curve, end_systole),
        "at_end_systole": float(curve[end_systole]),
        "percent": np.round(curve, 3).tolist(),
    }
