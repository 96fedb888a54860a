"""The page of a running scan, and its pictures as one answer that never ends.

A picture on the wire: four little-endian numbers (columns, rows, number as uint32; rate as float32), then its bytes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from importlib.resources import files
from struct import pack
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from isocenter.server.live.stream import Shown, Stream
from isocenter.server.web.headers import SecurityHeaders

_HERE = ("127.0.0.1", "localhost", "[::1]")


def live_app(
    stream: Stream[Any], facts: dict[str, object], losses: Callable[[], str | None] = lambda: None
) -> Starlette:
    """Return the application for one stream, which tells `losses` too; it answers to names of this machine only."""

    async def pictures(_request: Request) -> Response:
        return StreamingResponse(_pictures(stream), media_type="application/octet-stream")

    async def about(_request: Request) -> Response:
        failure = None if stream.failure is None else str(stream.failure)
        return JSONResponse({**facts, "failure": failure, "losses": losses()})

    def page(name: str, kind: str) -> Route:
        content = files("isocenter.server.live").joinpath(name).read_bytes()

        async def answer(_request: Request) -> Response:
            return Response(content, media_type=kind)

        return Route("/" if name == "page.html" else f"/{name}", answer)

    return Starlette(
        routes=[
            page("page.html", "text/html"),
            page("page.js", "text/javascript"),
            Route("/pictures", pictures),
            Route("/about", about),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(_HERE)), Middleware(SecurityHeaders)],
    )


async def _pictures(stream: Stream[Any]) -> AsyncIterator[bytes]:
    number = 0
    while True:
        shown = await run_in_threadpool(stream.newest, number)
        if shown is not None:
            number = shown.number
            yield encoded(shown)
        elif stream.is_over:
            return


def encoded(shown: Shown) -> bytes:
    """Return a picture as it goes over the wire."""
    rows, columns = shown.picture.shape
    return pack("<IIIf", columns, rows, shown.number, shown.rate_hz) + shown.picture.tobytes()
