"""Answers that are sent as they lie in memory, without a change of threads for every piece."""

from __future__ import annotations

import gzip
import secrets
from collections.abc import Callable, Mapping, Sequence

import zstandard
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from isocenter.protocols.dicomweb import encodings

_AT_ONCE = 4 << 20
_WORTH_ENCODING = 1024


class Pieces(Response):
    """An answer made of buffers; what is too large to be in memory already is read in another thread."""

    def __init__(
        self,
        pieces: Sequence[bytes | memoryview],
        *,
        media_type: str,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        length = sum(len(piece) for piece in pieces)
        super().__init__(None, status_code, {**(headers or {}), "Content-Length": str(length)}, media_type)
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI gives it
        """Send it."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for piece in self._pieces if scope["method"] != "HEAD" else ():
            if len(piece) <= _AT_ONCE:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                continue
            for start in range(0, len(piece), _AT_ONCE):
                part = await run_in_threadpool(bytes, piece[start : start + _AT_ONCE])
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def only_part(
    body: bytes | memoryview, content_type: str, media: str, transfer_syntax: str, headers: Mapping[str, str]
) -> Pieces:
    """Return a multipart answer of one part."""
    return parts_answer(((f"Content-Type: {content_type}\r\n", (body,)),), media, transfer_syntax, headers)


def parts_answer(
    parts: Sequence[tuple[str, Sequence[bytes | memoryview]]],
    media: str,
    transfer_syntax: str,
    headers: Mapping[str, str],
) -> Pieces:
    """Return a multipart answer of parts that are in memory: the header lines of each, and its content."""
    boundary = secrets.token_hex(16)
    pieces: list[bytes | memoryview] = []
    for lines, content in parts:
        pieces += [f"--{boundary}\r\n{lines}\r\n".encode("latin-1"), *content, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    syntax = f"; transfer-syntax={transfer_syntax}" if transfer_syntax else ""
    kind = f'multipart/related; type="{media}"; boundary={boundary}{syntax}'
    return Pieces(pieces, media_type=kind, headers=headers)


def text_answer(request: Request, body: bytes, media: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON or XML, compressed if the client takes that and it is worth it (RFC 9110 sec. 8.4)."""
    stated = {**(headers or {}), "Vary": "Accept, Accept-Encoding"}
    taken = encodings(request.headers.get("accept-encoding", ""))
    name = next((each for each in _ENCODERS if each in taken), "")
    if len(body) >= _WORTH_ENCODING and name:
        body, stated["Content-Encoding"] = _ENCODERS[name](body), name
        if "ETag" in stated:
            stated["ETag"] = f"W/{stated['ETag']}"  # the same to who reads it, not byte for byte (RFC 9110 sec. 8.8.1)
    return Response(body, media_type=media, headers=stated)


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, 1, mtime=0)


def _zstd(body: bytes) -> bytes:
    return zstandard.compress(body, 1)


# The first is the faster one.
_ENCODERS: Mapping[str, Callable[[bytes], bytes]] = {"zstd": _zstd, "gzip": _gzip}
