"""Searches that people keep: their own, and those of the site that everybody sees."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from isocenter.core.errors import ConflictError, NotFoundError, OptionError
from isocenter.trust.database import Database

MAX_BYTES, MAX_VIEWS, MAX_NAME = 4096, 100, 64
_SCHEMA = """
CREATE TABLE IF NOT EXISTS view (
    id INTEGER PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, search TEXT NOT NULL, UNIQUE (owner, name));
"""
SITE = ""
"""Owner of what everybody sees: no account has this name."""


@dataclass(frozen=True)
class SavedView:
    """A search under a name; `search` is what the page made of it."""

    number: int
    name: str
    is_site: bool
    search: dict[str, Any]


class SavedViews:
    """The saved views of one department in an SQLite file."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _SCHEMA)

    def seen_by(self, username: str) -> list[SavedView]:
        """Return the site's views and then one's own, each by name."""
        with self._database.transaction(is_flushed=False) as connection:
            rows = connection.execute(
                "SELECT id, name, owner, search FROM view WHERE owner IN (?, ?) ORDER BY owner <> ?, name, id",
                (SITE, username, SITE),
            ).fetchall()
        return [SavedView(number, name, owner == SITE, orjson.loads(search)) for number, name, owner, search in rows]

    def save(self, owner: str, name: str, search: dict[str, Any]) -> SavedView:
        """Keep a search, instead of one of the same name; raises `OptionError` or, for too many, `ConflictError`."""
        name, kept = name.strip(), orjson.dumps(search).decode()
        if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
            raise OptionError("This cannot be a name.", field="name", expected=f"1 to {MAX_NAME} characters")
        if len(kept) > MAX_BYTES:
            raise OptionError("The view is too large.", field="search", expected=f"at most {MAX_BYTES} bytes")
        with self._database.transaction() as connection:
            count = connection.execute("SELECT count(*) FROM view WHERE owner = ?", (owner,)).fetchone()[0]
            if count >= MAX_VIEWS:
                raise ConflictError("There are too many views.", expected=f"up to {MAX_VIEWS}", remedy="Delete some.")
            row = connection.execute(
                "INSERT INTO view (owner, name, search) VALUES (?, ?, ?) "
                "ON CONFLICT (owner, name) DO UPDATE SET search = excluded.search RETURNING id",
                (owner, name, kept),
            ).fetchone()
        return SavedView(row[0], name, owner == SITE, search)

    def owner(self, number: int) -> str:
        """Return whose view it is; raises `NotFoundError`."""
        with self._database.transaction(is_flushed=False) as connection:
            row = connection.execute("SELECT owner FROM view WHERE id = ?", (number,)).fetchone()
        if row is None:
            raise NotFoundError("There is no such view.", field="view", found=number)
        return str(row[0])

    def delete(self, number: int) -> None:
        """Forget a view."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM view WHERE id = ?", (number,))

    def close(self) -> None:
        """Close the file."""
        self._database.close()
