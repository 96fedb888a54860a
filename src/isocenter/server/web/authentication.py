"""Find out who is asking: from the session cookie, or from the Authorization header.

Source: RFC 7617 (Basic authentication); OWASP Cross-Site Request Forgery Prevention Cheat Sheet (custom request
header beside a SameSite cookie).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
import time

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from isocenter.core.errors import ForbiddenError, IsocenterError, UnauthenticatedError
from isocenter.server.problems import problem
from isocenter.trust.accounts import Accounts
from isocenter.trust.permissions import Identity
from isocenter.trust.sessions import Sessions

COOKIE = "isocenter_session"
CSRF_HEADER = "x-isocenter"
BACKGROUND_HEADER = "x-isocenter-background"
"""On requests that a page makes by itself: they keep nobody signed in."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_BASIC_CACHE_S = 60.0
_BASIC_CACHE_SIZE = 256


class Authentication:
    """ASGI middleware that sets ``scope["isocenter.identity"]``; it refuses wrong credentials, not missing ones."""

    def __init__(self, app: ASGIApp, *, accounts: Accounts, sessions: Sessions) -> None:
        self._app = app
        self._accounts = accounts
        self._sessions = sessions
        self._key = secrets.token_bytes(32)
        self._proven: dict[bytes, tuple[Identity, float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            scope["isocenter.identity"] = await self._identity(request)
        except IsocenterError as error:
            await problem(error, request)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _identity(self, request: Request) -> Identity | None:
        header = request.headers.get("authorization")
        if header is not None:
            return await self._from_header(header)
        token = request.cookies.get(COOKIE)
        is_background = BACKGROUND_HEADER in request.headers
        identity = self._sessions.identity(token, is_background=is_background) if token else None
        if identity is not None and request.method not in _SAFE and CSRF_HEADER not in request.headers:
            raise ForbiddenError(
                "This request may have been started by another site.",
                field="X-Isocenter",
                expected="the header X-Isocenter on every request that changes something",
            )
        return identity

    async def _from_header(self, header: str) -> Identity:
        key = hashlib.blake2b(header.encode(), key=self._key).digest()
        identity, until = self._proven.get(key, (None, 0.0))
        if identity is not None and time.monotonic() < until:
            return identity
        username, password = _credentials(header)
        identity = await run_in_threadpool(self._accounts.sign_in, username, password)
        if len(self._proven) >= _BASIC_CACHE_SIZE:
            self._proven.pop(next(iter(self._proven)))
        self._proven[key] = (identity, time.monotonic() + _BASIC_CACHE_S)
        return identity


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    try:
        username, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        colon = ""
    if scheme.lower() != "basic" or not colon:
        raise UnauthenticatedError(
            "The Authorization header cannot be read.",
            field="Authorization",
            found=scheme[:16],
            expected="Basic credentials",
        )
    return username, password
