"""A part of a file, for who asks for a range of bytes.

Source: RFC 9110 sec. 14 (Range Requests).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response

from isocenter.server.dicomweb.sending import Pieces

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def ranged(request: Request, parts: Sequence[bytes | memoryview], media: str, headers: Mapping[str, str]) -> Response:
    """Return the whole of `parts`, or the one range of bytes that is asked for: 206, or 416 if it lies outside.

    Several ranges at once, and a range of a version that is gone (If-Range), are answered with the whole.
    """
    size = sum(len(part) for part in parts)
    common = {**headers, "Accept-Ranges": "bytes"}
    start, end, status = 0, size, 200
    asked = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    is_same = request.headers.get("if-range", headers.get("ETag")) == headers.get("ETag")
    if asked is not None and any(asked.groups()) and is_same and not _is_backwards(asked[1], asked[2]):
        start, end = _bounds(asked[1], asked[2], size)
        if start >= end:
            return Response(status_code=416, headers={**common, "Content-Range": f"bytes */{size}"})
        status = 206
        common["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return Pieces(_slices(parts, start, end), status_code=status, media_type=media, headers=common)


def _is_backwards(first: str, last: str) -> bool:
    """Return whether a range ends before it begins: that is no range, and it is as if none was asked for."""
    return bool(first) and bool(last) and int(last) < int(first)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Return start and end of a range; without a first byte it is the last so many."""
    if not first:
        return max(0, size - int(last)) if int(last) else size, size
    return int(first), min(int(last) + 1 if last else size, size)


def _slices(parts: Sequence[bytes | memoryview], start: int, end: int) -> list[memoryview]:
    slices, position = [], 0
    for part in parts:
        low, high = max(start - position, 0), min(end - position, len(part))
        if low < high:
            slices.append(memoryview(part)[low:high])
        position += len(part)
    return slices
