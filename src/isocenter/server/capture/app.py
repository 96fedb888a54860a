"""The page of a preview: pictures as one answer that never ends, and buttons that begin and end a take.

A picture on the wire: three little-endian numbers (bytes, number as uint32; rate as float32), then a JPEG.
The page's address holds a key that nobody can guess: it shows a patient, and other people may use this machine.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from importlib.resources import files
from struct import pack
from typing import Any

import numpy as np
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from isocenter.core.arrays import Array
from isocenter.core.clip import Clip
from isocenter.core.errors import IsocenterError
from isocenter.dicom.picture_files import encode_jpeg
from isocenter.server.capture.take import Take
from isocenter.server.live.stream import Stream
from isocenter.server.web.headers import SecurityHeaders

_HERE = ("127.0.0.1", "localhost", "[::1]")
_QUALITY = 85


def jpeg_of(picture: Array) -> Array:
    """Return a picture (row, column, 3) as the bytes of a JPEG."""
    return np.frombuffer(encode_jpeg(picture, _QUALITY), np.uint8)


def capture_app(
    stream: Stream[Any],
    take: Take,
    facts: Mapping[str, object],
    keep: Callable[[Callable[[], Clip]], str],
    is_done: threading.Event,
) -> tuple[Starlette, str]:
    """Return the application and the path of its page.

    Parameters
    ----------
    stream
        Of JPEG bytes, such as `jpeg_of` makes.
    facts
        For the page: title, kind, patient, crop and masks (column, row, width, height), scale (x0, y0, x1, y1, mm).
    keep
        Asks for a clip, writes it, and returns where.
    is_done
        Set when the page says that there will be no more takes.
    """

    async def pictures(_request: Request) -> Response:
        return StreamingResponse(_pictures(stream), media_type="application/octet-stream")

    async def about(_request: Request) -> Response:
        failure = None if stream.failure is None else str(stream.failure)
        state = {"is_recording": take.is_recording, "pictures": take.n_pictures, "is_full": take.is_full}
        return JSONResponse({**facts, **state, "failure": failure})

    async def record(_request: Request) -> Response:
        return await _answer(take.start)

    async def stop(_request: Request) -> Response:
        return await _answer(lambda: keep(take.stop))

    async def picture(_request: Request) -> Response:
        return await _answer(lambda: keep(take.one))

    async def done(_request: Request) -> Response:
        return await _answer(is_done.set)

    def page(name: str, kind: str) -> Route:
        content = files("isocenter.server.capture").joinpath(name).read_bytes()

        async def answer(_request: Request) -> Response:
            return Response(content, media_type=kind)

        return Route("/" if name == "page.html" else f"/{name}", answer)

    key = secrets.token_urlsafe(16)
    routes = [
        page("page.html", "text/html"),
        page("page.js", "text/javascript"),
        Route("/pictures", pictures),
        Route("/about", about),
        *(Route(f"/{each.__name__}", each, methods=["POST"]) for each in (record, stop, picture, done)),
    ]
    app = Starlette(
        routes=[Mount(f"/{key}", routes=routes)],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(_HERE)), Middleware(SecurityHeaders)],
    )
    return app, f"/{key}/"


async def _answer(act: Callable[[], str | None]) -> Response:
    """Do something that may take its time; answer with where it was written, or why it was not."""
    try:
        return JSONResponse({"path": await run_in_threadpool(act)})
    except IsocenterError as error:
        return JSONResponse({"title": error.title, **error.as_dict()}, status_code=409)
    except OSError as error:
        return JSONResponse({"title": "Not written", "message": error.strerror or "the disk failed"}, status_code=500)


async def _pictures(stream: Stream[Any]) -> AsyncIterator[bytes]:
    number = 0
    while True:
        shown = await run_in_threadpool(stream.newest, number)
        if shown is not None:
            number = shown.number
            yield pack("<IIf", shown.picture.size, number, shown.rate_hz) + shown.picture.tobytes()
        elif stream.is_over:
            return
