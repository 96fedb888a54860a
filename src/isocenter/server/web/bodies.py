"""Read request bodies with a bound on their size and a check of their fields."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request

from isocenter.core.errors import OptionError, TooLargeError


async def json_object(request: Request, *, limit_bytes: int = 65536) -> dict[str, Any]:
    """Return the JSON object of a request; raises `OptionError` or `TooLargeError`."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit_bytes:
            raise TooLargeError("The request is too large.", field="body", expected=f"at most {limit_bytes} bytes")
    try:
        value = orjson.loads(bytes(body))
    except orjson.JSONDecodeError as error:
        raise OptionError(
            "The request is not JSON.", field="body", found=str(error), expected="a JSON object"
        ) from None
    if not isinstance(value, dict):
        raise OptionError(
            "The request is not a JSON object.", field="body", found=type(value).__name__, expected="object"
        )
    return value


def text_field(body: dict[str, Any], name: str, default: str | None = None, *, limit: int = 1024) -> str:
    """Return a text of the body; raises `OptionError` if it is missing without `default`, no text or too long."""
    value = body.get(name, default)
    if not isinstance(value, str) or len(value) > limit:
        found = "nothing" if value is None else type(value).__name__
        raise OptionError(
            f"The field {name} is not valid.", field=name, found=found, expected=f"text of at most {limit} characters"
        )
    return value
