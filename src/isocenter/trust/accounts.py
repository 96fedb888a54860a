"""Local accounts: who may sign in, with which roles."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from isocenter.core.errors import ConflictError, NotFoundError, OptionError, UnauthenticatedError
from isocenter.trust.attempts import Attempts
from isocenter.trust.database import Database
from isocenter.trust.passwords import MINIMUM_LENGTH, hash_of_nobody, hash_password, verify_password
from isocenter.trust.permissions import ROLES, Identity

_SCHEMA = """
CREATE TABLE IF NOT EXISTS account (
    username TEXT PRIMARY KEY, display_name TEXT NOT NULL, roles TEXT NOT NULL, password TEXT NOT NULL);
"""


class Accounts:
    """The accounts of this department.

    After five wrong passwords an account rests for a minute, so that guessing is slow;
    an unknown name takes as long to refuse as a wrong password.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = Database(path, _SCHEMA)
        self._attempts = Attempts(clock)
        self._nobody = hash_of_nobody()

    def is_empty(self) -> bool:
        """Return whether there is no account yet, as at the first start."""
        with self._database.transaction() as connection:
            return connection.execute("SELECT 1 FROM account LIMIT 1").fetchone() is None

    def add(
        self, username: str, password: str, *, display_name: str = "", roles: tuple[str, ...] = ("reader",)
    ) -> Identity:
        """Create an account; raises `ConflictError` if the name is taken and `OptionError` for unknown roles."""
        self._require_sound(username, password, roles)
        with self._database.transaction() as connection:
            if connection.execute("SELECT 1 FROM account WHERE username = ?", (username,)).fetchone():
                raise ConflictError("This user name is taken.", field="username", found=username)
            row = (username, display_name or username, ",".join(roles), hash_password(password))
            connection.execute("INSERT INTO account VALUES (?, ?, ?, ?)", row)
        return Identity(username, display_name or username, roles)

    def set_password(self, username: str, password: str) -> None:
        """Give an account another password; raises `NotFoundError` if there is no such account."""
        self._require_sound(username, password, ())
        with self._database.transaction() as connection:
            change = connection.execute(
                "UPDATE account SET password = ? WHERE username = ?", (hash_password(password), username)
            )
            if change.rowcount == 0:
                raise NotFoundError("There is no such account.", field="username", found=username)
        self._attempts.forget(username)

    def sign_in(self, username: str, password: str) -> Identity:
        """Return who this is; raises `UnauthenticatedError`, never saying which of the two was wrong."""
        self._attempts.require_rested(username, "username")
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT display_name, roles, password FROM account WHERE username = ?", (username,)
            ).fetchone()
        stored = row[2] if row else self._nobody
        if not verify_password(password, stored) or row is None:
            self._attempts.note_failure(username)
            raise UnauthenticatedError("The user name or the password is wrong.", field="username, password")
        self._attempts.forget(username)
        return Identity(username, row[0], tuple(row[1].split(",")))

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    @staticmethod
    def _require_sound(username: str, password: str, roles: tuple[str, ...]) -> None:
        if not username or len(username) > 64 or not username.isprintable() or ":" in username:
            raise OptionError(
                "This cannot be a user name.", field="username", expected="1 to 64 characters without ':'"
            )
        if len(password) < MINIMUM_LENGTH or len(password) > 1024:
            raise OptionError(
                "The password is too short or too long.",
                field="password",
                expected=f"{MINIMUM_LENGTH} to 1024 characters",
            )
        for role in roles:
            if role not in ROLES:
                raise OptionError("There is no such role.", field="roles", found=role, expected=", ".join(ROLES))
