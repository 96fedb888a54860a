"""Errors become problem documents: one table from our errors to HTTP.

Source: RFC 9457 (Problem Details for HTTP APIs).
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from isocenter.core import errors
from isocenter.protocols.dicomweb import NotAcceptableError

log = logging.getLogger(__name__)

STATUS: Mapping[type[errors.IsocenterError], int] = {
    errors.UnauthenticatedError: 401,
    errors.ForbiddenError: 403,
    errors.NotFoundError: 404,
    errors.ConflictError: 409,
    errors.TooLargeError: 413,
    NotAcceptableError: 406,
    errors.NotSupportedError: 415,
    errors.FileFormatError: 422,
    errors.DataError: 422,
    errors.GeometryError: 422,
    errors.ShapeError: 422,
    errors.UnitError: 422,
    errors.OptionError: 400,
    errors.ProtocolError: 400,
    errors.MissingExtraError: 501,
    errors.StorageFullError: 507,
}


def status_of(error: errors.IsocenterError) -> int:
    """Return the HTTP status of one of our errors; 500 for one that is not in the table."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def document(error: errors.IsocenterError, status: int | None = None) -> dict[str, object]:
    """Return the problem document of an error, as it is sent and as jobs keep it."""
    parts = error.as_dict()
    detail = parts.pop("message")
    return {"type": "about:blank", "title": error.title, "status": status or status_of(error), "detail": detail} | parts


def problem(error: errors.IsocenterError, request: Request) -> Response:
    """Return the response for one of our errors.

    A browser is not sent WWW-Authenticate: it would open its own password window over the page.
    """
    status = status_of(error)
    is_browser = "sec-fetch-mode" in request.headers
    headers = (
        {"WWW-Authenticate": 'Basic realm="Isocenter", charset="UTF-8"'} if status == 401 and not is_browser else None
    )
    return JSONResponse(document(error, status), status, headers, media_type="application/problem+json")


async def _on_isocenter_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, errors.IsocenterError):
        raise error
    return problem(error, request)


async def _on_http_exception(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    body = {"type": "about:blank", "title": error.detail, "status": error.status_code, "detail": error.detail}
    return JSONResponse(body, error.status_code, error.headers, media_type="application/problem+json")


async def _on_disconnect(_request: Request, _error: Exception) -> Response:
    return Response(status_code=499)


def incident(error: Exception, doing: str) -> dict[str, object]:
    """Return a problem document without a word about the inside; the log has the trace under the same number."""
    number = secrets.token_hex(4)
    log.error("incident %s: %s", number, doing, exc_info=error)
    detail = f"This is a fault of the server. Its log tells more under incident {number}."
    return {"type": "about:blank", "title": "Something went wrong", "status": 500, "detail": detail}


async def _on_unexpected(request: Request, error: Exception) -> Response:
    body = incident(error, f"{request.method} {request.scope.get('path')}")
    return JSONResponse(body, 500, media_type="application/problem+json")


def install(app: Starlette) -> None:
    """Make `app` answer every error with a problem document."""
    app.add_exception_handler(errors.IsocenterError, _on_isocenter_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(ClientDisconnect, _on_disconnect)
    app.add_exception_handler(Exception, _on_unexpected)
