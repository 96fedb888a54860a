"""Links that open one study without an account: view only, for a limited time, revocable.

The token of a link is shown once, to who makes it; only its hash is kept.
Source: OWASP Forgot Password Cheat Sheet and Session Management Cheat Sheet (tokens: random, hashed, limited in time).
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from isocenter.core.errors import NotFoundError, OptionError, UnauthenticatedError
from isocenter.trust.attempts import Attempts
from isocenter.trust.database import Database
from isocenter.trust.passwords import MINIMUM_LENGTH, hash_password, verify_password
from isocenter.trust.permissions import Identity

SHORTEST_S, LONGEST_S = 3600.0, 90 * 86400.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS link (
    number INTEGER PRIMARY KEY AUTOINCREMENT, token TEXT NOT NULL UNIQUE, study_uid TEXT NOT NULL, maker TEXT NOT NULL,
    made_at REAL NOT NULL, expires_at REAL NOT NULL, password TEXT NOT NULL, revoked_at REAL,
    n_opened INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS link_study ON link (study_uid);
"""
_COLUMNS = "number, study_uid, maker, made_at, expires_at, password <> '', revoked_at, n_opened"
_INSERT = (
    "INSERT INTO link (token, study_uid, maker, made_at, expires_at, password) VALUES (?, ?, ?, ?, ?, ?) "  # noqa: S608
    f"RETURNING {_COLUMNS}"
)


@dataclass(frozen=True)
class Link:
    """A link as its maker sees it; times are seconds since 1970, `revoked_at` is None while nobody has revoked it."""

    number: int
    study_uid: str
    maker: str
    made_at: float
    expires_at: float
    has_password: bool
    revoked_at: float | None
    n_opened: int

    @property
    def username(self) -> str:
        """How who comes by this link is called in sessions and in the audit trail; no account has such a name."""
        return f"link:{self.number}"


class ShareLinks:
    """The links of one department in an SQLite file."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float] = time.time,
        steady_clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = Database(path, _SCHEMA)
        self._clock = clock
        self._attempts = Attempts(steady_clock)

    def make(self, study_uid: str, maker: str, *, lasts_s: float, password: str = "") -> tuple[Link, str]:
        """Return a new link and its token of 256 random bits; raises `OptionError`."""
        if not SHORTEST_S <= lasts_s <= LONGEST_S:
            raise OptionError(
                "A link cannot last so long, or so short.",
                field="lasts_s",
                found=lasts_s,
                expected=f"{SHORTEST_S:.0f} to {LONGEST_S:.0f} s",
            )
        if password and not MINIMUM_LENGTH <= len(password) <= 1024:
            raise OptionError(
                "The password is too short or too long.",
                field="password",
                expected=f"none, or {MINIMUM_LENGTH} to 1024 characters",
            )
        token, now = secrets.token_urlsafe(32), self._clock()
        hashed = hash_password(password) if password else ""
        with self._database.transaction() as connection:
            row = connection.execute(
                _INSERT,
                (_digest(token), study_uid, maker, now, now + lasts_s, hashed),
            ).fetchone()
        return _link(row), token

    def open(self, token: str, password: str = "") -> tuple[Identity, float]:
        """Return who comes by a link, and for how many seconds it still opens.

        Raises `UnauthenticatedError`: for a token that opens nothing, whatever the reason, and for a wrong password.
        """
        with self._database.transaction(is_flushed=False) as connection:
            row = connection.execute(
                f"SELECT {_COLUMNS}, password FROM link WHERE token = ?",  # noqa: S608 - fixed columns
                (_digest(token),),
            ).fetchone()
        now = self._clock()
        link = None if row is None else _link(row[:-1])
        if link is None or link.revoked_at is not None or link.expires_at <= now:
            raise UnauthenticatedError(
                "This link opens nothing.",
                field="token",
                found="a link that has expired, was revoked, or never was",
                remedy="Ask who gave it to you for another one.",
            )
        if link.has_password:
            self._attempts.require_rested(link.username, "password")
            if not verify_password(password, row[-1]):
                if password:
                    self._attempts.note_failure(link.username)
                raise UnauthenticatedError(
                    "This link needs its password." if not password else "The password is wrong.", field="password"
                )
            self._attempts.forget(link.username)
        with self._database.transaction() as connection:
            connection.execute("UPDATE link SET n_opened = n_opened + 1 WHERE number = ?", (link.number,))
        return Identity(link.username, link.username, (), study_uid=link.study_uid), link.expires_at - now

    def of_study(self, study_uid: str) -> list[Link]:
        """Return the links to a study that still open it, the newest first."""
        with self._database.transaction(is_flushed=False) as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM link WHERE study_uid = ? AND revoked_at IS NULL AND expires_at > ? "  # noqa: S608 - fixed columns
                "ORDER BY number DESC",
                (study_uid, self._clock()),
            ).fetchall()
        return [_link(row) for row in rows]

    def link(self, number: int) -> Link:
        """Return a link; raises `NotFoundError`."""
        with self._database.transaction(is_flushed=False) as connection:
            row = connection.execute(
                f"SELECT {_COLUMNS} FROM link WHERE number = ?",  # noqa: S608 - fixed columns
                (number,),
            ).fetchone()
        if row is None:
            raise NotFoundError("There is no such link.", field="link", found=number)
        return _link(row)

    def revoke(self, number: int) -> None:
        """Let a link open nothing any more; the sessions that it has opened are ended elsewhere."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE link SET revoked_at = ? WHERE number = ? AND revoked_at IS NULL", (self._clock(), number)
            )

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def moment(seconds: float) -> str:
    """Return a time of a link in ISO 8601."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _link(row: tuple[int, str, str, float, float, int, float | None, int]) -> Link:
    number, study_uid, maker, made_at, expires_at, has_password, revoked_at, n_opened = row
    return Link(number, study_uid, maker, made_at, expires_at, bool(has_password), revoked_at, n_opened)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
