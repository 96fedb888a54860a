"""Pictures from anything that moves: video files, streams of the network, cameras and capture cards.

By PyAV, which brings FFmpeg (extra ``video``). Interlaced pictures are made whole; a file that ends early gives what it
had, and says so.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import numpy as np

from isocenter.core.arrays import Array
from isocenter.core.clip import Clip
from isocenter.core.errors import (
    FileFormatError,
    IsocenterWarning,
    MissingExtraError,
    NotFoundError,
    OptionError,
    TooLargeError,
)
from isocenter.core.progress import OnProgress, report
from isocenter.core.provenance import Source

MAX_BYTES = 4 << 30
DEFAULT_RATE_HZ = 25.0
_SHORT_BY_S = 1.0
_CAMERAS = {"linux": "v4l2", "darwin": "avfoundation", "win32": "dshow"}


def read_clip(
    source: str | Path,
    *,
    start_s: float = 0.0,
    length_s: float | None = None,
    deinterlace: bool | None = None,
    max_bytes: int = MAX_BYTES,
    on_progress: OnProgress | None = None,
) -> Clip:
    """Return the pictures of a source.

    Parameters
    ----------
    source
        A file; an address (``rtsp://``, ``http://`` ...); or a camera or capture card (``/dev/video0``).
    start_s, length_s
        The part of it; what never ends needs a length.
    deinterlace
        None makes pictures whole where the source says that they are interlaced.
    max_bytes
        Of all pictures together.

    Raises
    ------
    MissingExtraError
        If PyAV is not installed.
    NotFoundError, FileFormatError
        If the source is not there, is no video, or holds no picture in this part.
    OptionError
        If the part is impossible, or what never ends has no length.
    TooLargeError
        If the pictures are more than `max_bytes`.
    """
    if start_s < 0 or (length_s is not None and not length_s > 0):
        raise OptionError(
            "This part of a video is impossible.",
            field="start_s, length_s",
            found=(start_s, length_s),
            expected="0 or more, more than 0",
        )
    name = str(source)
    with _opened(name) as container:
        video = next((stream for stream in container.streams if stream.type == "video"), None)
        if video is None:
            raise FileFormatError("There are no moving pictures in it.", file=_shown(name), expected="a video stream")
        duration_s = _duration_s(container, video)
        if duration_s is None and length_s is None:
            raise OptionError(
                "This source never ends.",
                field="length_s",
                found=None,
                expected="a length in s",
                remedy="Say how long.",
            )
        rate_hz = float(video.average_rate or video.base_rate or DEFAULT_RATE_HZ)
        end_s = min(each for each in (_end(start_s, length_s), duration_s, np.inf) if each is not None)
        frames, last_s, problem = _frames(container, video, start_s, end_s, deinterlace, max_bytes, on_progress)
    if not frames:
        found = "nothing that can be decoded" if problem else f"no picture from {start_s:g} s on"
        raise FileFormatError("There is no picture in this part.", file=_shown(name), found=found)
    is_cut_short = np.isfinite(end_s) and last_s + 1 / rate_hz < end_s - max(_SHORT_BY_S, 2 / rate_hz)
    if problem or is_cut_short:
        warnings.warn(
            f"{_shown(name)} ends early: {len(frames)} pictures up to {last_s:.2f} s of {end_s:.2f} s were read.",
            IsocenterWarning,
            stacklevel=2,
        )
    sources = (Source.of_file(Path(name)),) if Path(name).is_file() else ()
    return Clip(
        np.stack(frames), rate_hz, is_cut_short=bool(problem or is_cut_short), sources=sources, started_at=_when(name)
    )


@dataclass(frozen=True, eq=False)
class LiveVideo:
    """Pictures (row, column, 3) as they come, RGB of 8 bits, the rate a source states, and whether it is live."""

    pictures: Iterator[Array]
    rate_hz: float
    is_live: bool


@contextmanager
def live_video(source: str | Path, *, deinterlace: bool | None = None) -> Iterator[LiveVideo]:
    """Yield a source as it goes: a camera or stream live, a file again and again at its own speed.

    Raises what `read_clip` raises when the source is opened; `FileFormatError` while pictures are taken if it breaks.
    """
    name = str(source)
    is_file = Path(name).is_file()
    with _opened(name) as container:
        video = next((stream for stream in container.streams if stream.type == "video"), None)
        if video is None:
            raise FileFormatError("There are no moving pictures in it.", file=_shown(name), expected="a video stream")
        video.thread_type = "AUTO"
        rate_hz = float(video.average_rate or video.base_rate or DEFAULT_RATE_HZ)
        yield LiveVideo(_going(container, video, name, rate_hz, deinterlace, again=is_file), rate_hz, not is_file)


def _going(
    container: Any, video: Any, name: str, rate_hz: float, deinterlace: bool | None, *, again: bool
) -> Iterator[Array]:
    import av

    due_s, number = monotonic(), 0
    while True:
        n_before = number
        try:
            for frame in _whole(container.decode(video), deinterlace):
                if again:
                    # Who was away for long sees what comes now, not all that was missed at once.
                    due_s = max(due_s + 1 / rate_hz, monotonic() - _SHORT_BY_S / 10)
                    sleep(max(0.0, due_s - monotonic()))
                number += 1
                yield frame.to_ndarray(format="rgb24")
        except av.error.FFmpegError as problem:
            if not again or number == n_before:
                raise FileFormatError(
                    "The video has broken off.", file=_shown(name), found=type(problem).__name__
                ) from None
        if not again:
            return
        if number == n_before:
            raise FileFormatError("There is no picture in it.", file=_shown(name))
        container.seek(0)


def _end(start_s: float, length_s: float | None) -> float | None:
    return None if length_s is None else start_s + length_s


def _when(name: str) -> datetime | None:
    """Return now for what is live; a file's own date says when it was copied."""
    return None if Path(name).is_file() else datetime.now()


def _shown(name: str) -> str:
    """Return a source without what may be a password."""
    scheme, separator, rest = name.partition("://")
    return Path(name).name if not separator else f"{scheme}://{rest.rpartition('@')[2]}"


@contextmanager
def _opened(name: str) -> Iterator[Any]:
    try:
        import av
    except ImportError:
        raise MissingExtraError("Reading videos needs PyAV.", remedy="pip install isocenter[video]") from None
    is_camera = name.startswith("/dev/video")
    if "://" not in name and not Path(name).exists():
        raise NotFoundError("There is no such video.", file=_shown(name))
    options = {"rtsp_transport": "tcp"} if name.startswith("rtsp") else {}
    try:
        container = av.open(name, format=_CAMERAS.get(sys.platform) if is_camera else None, options=options, timeout=15)
    except (av.error.FFmpegError, OSError) as problem:
        raise FileFormatError(
            "This is no video that can be read.", file=_shown(name), found=type(problem).__name__
        ) from None
    try:
        yield container
    finally:
        container.close()


def _duration_s(container: Any, video: Any) -> float | None:
    if video.duration is not None and video.time_base is not None:
        return float(video.duration * video.time_base)
    return None if container.duration is None or container.duration <= 0 else container.duration / 1e6


def _frames(
    container: Any,
    video: Any,
    start_s: float,
    end_s: float,
    deinterlace: bool | None,
    max_bytes: int,
    on_progress: OnProgress | None,
) -> tuple[list[Any], float, bool]:
    """Return pictures, the time of the last, and whether decoding failed before the end."""
    import av

    frames: list[Any] = []
    first_s, last_s, n_bytes = None, 0.0, 0
    total = int((end_s - start_s) * 100) if np.isfinite(end_s) else 0
    video.thread_type = "AUTO"
    try:
        for frame in _whole(container.decode(video), deinterlace):
            time_s = float(frame.time) if frame.time is not None else last_s
            first_s = time_s if first_s is None else first_s
            last_s = time_s - first_s
            if last_s >= end_s:
                break
            if last_s < start_s:
                continue
            picture = frame.to_ndarray(format="rgb24")
            n_bytes += picture.nbytes
            if n_bytes > max_bytes:
                raise TooLargeError(
                    "The pictures are too many to be held.",
                    expected=f"at most {max_bytes / 1e9:g} GB uncompressed",
                    remedy="Take a shorter part, or crop the source.",
                )
            frames.append(picture)
            report(on_progress, min(total, int((last_s - start_s) * 100)), total, "reading pictures")
    except av.error.FFmpegError:
        return frames, last_s, True
    return frames, last_s, False


def _whole(frames: Iterator[Any], deinterlace: bool | None) -> Iterator[Any]:
    """Yield pictures, those made of two halves in time as one."""
    graph = None
    for frame in frames:
        if deinterlace is False or (deinterlace is None and not frame.interlaced_frame):
            yield frame
            continue
        if graph is None:
            graph = _deinterlacer(frame)
        graph.push(frame)
        yield from _pulled(graph)
    if graph is not None:
        graph.push(None)
        yield from _pulled(graph)


def _deinterlacer(frame: Any) -> Any:
    import av

    graph = av.filter.Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base)
    weave = graph.add("bwdif", "mode=send_frame")
    sink = graph.add("buffersink")
    source.link_to(weave)
    weave.link_to(sink)
    graph.configure()
    return graph


def _pulled(graph: Any) -> Iterator[Any]:
    import av

    while True:
        try:
            yield graph.pull()
        except (BlockingIOError, av.error.EOFError):
            return
