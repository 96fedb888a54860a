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

IDLE_S = 15 * 60.0
ABSOLUTE_S = 12 * 3600.0
MAX_SESSIONS = 10_000


@dataclass
class _Session:
    identity: Identity
    ends: float
    used: float


class Sessions:
    """The sessions of one running department; a restart ends them all.

    One ends after `idle_s` without a request of a person, which may be changed at any time.
    """

    def __init__(self, *, idle_s: float = IDLE_S, clock: Callable[[], float] = time.monotonic) -> None:
        self.idle_s = idle_s
        self._clock = clock
        self._sessions: dict[str, _Session] = {}
        self._lock = Lock()

    def start(self, identity: Identity, *, lasts_s: float = ABSOLUTE_S) -> str:
        """Return a new token of 256 random bits for somebody who has just signed in, good for `lasts_s` at most."""
        token, now = secrets.token_urlsafe(32), self._clock()
        with self._lock:
            self._drop_ended(now)
            if len(self._sessions) >= MAX_SESSIONS:
                self._sessions.pop(next(iter(self._sessions)))
            self._sessions[_digest(token)] = _Session(identity, now + min(lasts_s, ABSOLUTE_S), now)
        return token

    def identity(self, token: str, *, is_background: bool = False) -> Identity | None:
        """Return whose token this is, or None if it is unknown or has ended.

        Using it keeps it alive, unless in the background: by a page that asks by itself.
        """
        now = self._clock()
        with self._lock:
            session = self._sessions.get(_digest(token))
            if session is None or self._has_ended(session, now):
                return None
            if not is_background:
                session.used = now
            return session.identity

    def left_s(self, token: str) -> float | None:
        """Return how long a session will last if nobody uses it, None if it is unknown or has ended."""
        now = self._clock()
        with self._lock:
            session = self._sessions.get(_digest(token))
            if session is None or self._has_ended(session, now):
                return None
            return min(session.used + self.idle_s, session.ends) - now

    def end(self, token: str) -> None:
        """Sign out; unknown tokens are fine."""
        with self._lock:
            self._sessions.pop(_digest(token), None)

    def end_all_of(self, username: str) -> None:
        """End every session of somebody."""
        with self._lock:
            for key in [key for key, session in self._sessions.items() if session.identity.username == username]:
                del self._sessions[key]

    def _drop_ended(self, now: float) -> None:
        for key in [key for key, session in self._sessions.items() if self._has_ended(session, now)]:
            del self._sessions[key]

    def _has_ended(self, session: _Session, now: float) -> bool:
        return now - session.used > self.idle_s or now > session.ends


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
