"""Signed-in sessions: random tokens, kept only as hashes, that end by themselves.

Source: OWASP Session Management Cheat Sheet (token length, idle and absolute time-out).
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from isocenter.trust.permissions import Identity

IDLE_S = 30 * 60.0
ABSOLUTE_S = 12 * 3600.0
MAX_SESSIONS = 10_000


@dataclass
class _Session:
    identity: Identity
    started: float
    used: float


class Sessions:
    """The sessions of one running department; a restart ends them all."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sessions: dict[str, _Session] = {}
        self._lock = Lock()

    def start(self, identity: Identity) -> str:
        """Return a new token of 256 random bits for somebody who has just signed in."""
        token, now = secrets.token_urlsafe(32), self._clock()
        with self._lock:
            self._drop_ended(now)
            if len(self._sessions) >= MAX_SESSIONS:
                self._sessions.pop(next(iter(self._sessions)))
            self._sessions[_digest(token)] = _Session(identity, now, now)
        return token

    def identity(self, token: str) -> Identity | None:
        """Return whose token this is, or None if it is unknown or has ended; using it keeps it alive."""
        now = self._clock()
        with self._lock:
            session = self._sessions.get(_digest(token))
            if session is None or self._has_ended(session, now):
                return None
            session.used = now
            return session.identity

    def end(self, token: str) -> None:
        """Sign out; unknown tokens are fine."""
        with self._lock:
            self._sessions.pop(_digest(token), None)

    def _drop_ended(self, now: float) -> None:
        for key in [key for key, session in self._sessions.items() if self._has_ended(session, now)]:
            del self._sessions[key]

    @staticmethod
    def _has_ended(session: _Session, now: float) -> bool:
        return now - session.used > IDLE_S or now - session.started > ABSOLUTE_S


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
