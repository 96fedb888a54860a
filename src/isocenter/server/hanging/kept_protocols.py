"""Hanging protocols of people and of the site, and which one a person last chose by hand for a kind of study."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from isocenter.core.errors import ConflictError, NotFoundError, OptionError
from isocenter.trust.database import Database

MAX_BYTES, MAX_PROTOCOLS, MAX_NAME, MAX_CHOICES = 32768, 100, 64, 500
VERSION, MAX_STAGES, MAX_ROWS, MAX_COLUMNS = 1, 32, 4, 6
_SCHEMA = """
CREATE TABLE IF NOT EXISTS protocol (
    id INTEGER PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, content TEXT NOT NULL, UNIQUE (owner, name));
CREATE TABLE IF NOT EXISTS choice (
    owner TEXT NOT NULL, kind TEXT NOT NULL, protocol TEXT NOT NULL, PRIMARY KEY (owner, kind)) WITHOUT ROWID;
"""
SITE = ""
"""Owner of what everybody sees: no account has this name."""


@dataclass(frozen=True)
class KeptProtocol:
    """A hanging protocol; `content` is what the page made of it."""

    number: int
    is_site: bool
    content: dict[str, Any]


class KeptProtocols:
    """The hanging protocols of one department in an SQLite file."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _SCHEMA)

    def seen_by(self, username: str) -> list[KeptProtocol]:
        """Return one's own protocols and then the site's, each by name."""
        with self._database.transaction(is_flushed=False) as connection:
            rows = connection.execute(
                "SELECT id, owner, content FROM protocol WHERE owner IN (?, ?) ORDER BY owner = ?, name, id",
                (SITE, username, SITE),
            ).fetchall()
        return [KeptProtocol(number, owner == SITE, orjson.loads(content)) for number, owner, content in rows]

    def add(self, owner: str, content: dict[str, Any]) -> KeptProtocol:
        """Keep a new protocol; raises `OptionError`, or `ConflictError` for a name that is taken and for too many."""
        name, text = _checked(content)
        with self._database.transaction() as connection, _refusing_taken(name):
            count = connection.execute("SELECT count(*) FROM protocol WHERE owner = ?", (owner,)).fetchone()[0]
            if count >= MAX_PROTOCOLS:
                raise ConflictError(
                    "There are too many protocols.", expected=f"up to {MAX_PROTOCOLS}", remedy="Delete some."
                )
            row = connection.execute(
                "INSERT INTO protocol (owner, name, content) VALUES (?, ?, ?) RETURNING id", (owner, name, text)
            ).fetchone()
        return KeptProtocol(row[0], owner == SITE, content)

    def replace(self, number: int, owner: str, content: dict[str, Any]) -> KeptProtocol:
        """Give a protocol another content or owner; raises as `add` does."""
        name, text = _checked(content)
        with self._database.transaction() as connection, _refusing_taken(name):
            connection.execute(
                "UPDATE protocol SET owner = ?, name = ?, content = ? WHERE id = ?", (owner, name, text, number)
            )
        return KeptProtocol(number, owner == SITE, content)

    def owner(self, number: int) -> str:
        """Return whose protocol it is; raises `NotFoundError`."""
        with self._database.transaction(is_flushed=False) as connection:
            row = connection.execute("SELECT owner FROM protocol WHERE id = ?", (number,)).fetchone()
        if row is None:
            raise NotFoundError("There is no such protocol.", field="protocol", found=number)
        return str(row[0])

    def delete(self, number: int) -> None:
        """Forget a protocol."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM protocol WHERE id = ?", (number,))

    def choices(self, username: str) -> dict[str, str]:
        """Return the protocol that somebody chose last, by kind of study."""
        with self._database.transaction(is_flushed=False) as connection:
            return dict(connection.execute("SELECT kind, protocol FROM choice WHERE owner = ?", (username,)).fetchall())

    def choose(self, username: str, kind: str, protocol: str) -> None:
        """Remember a choice, or with an empty `protocol` forget it."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM choice WHERE owner = ? AND kind = ?", (username, kind))
            count = connection.execute("SELECT count(*) FROM choice WHERE owner = ?", (username,)).fetchone()[0]
            if protocol and count >= MAX_CHOICES:
                raise ConflictError("There are too many choices.", expected=f"up to {MAX_CHOICES}")
            if protocol:
                connection.execute("INSERT INTO choice VALUES (?, ?, ?)", (username, kind, protocol))

    def close(self) -> None:
        """Close the file."""
        self._database.close()


@contextmanager
def _refusing_taken(name: str) -> Iterator[None]:
    """Turn a name that is taken into a `ConflictError`."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise ConflictError(
            "There is a protocol of this name already.",
            field="name",
            found=name,
            remedy="Choose another name, or edit the one that there is.",
        ) from None


def _checked(content: dict[str, Any]) -> tuple[str, str]:
    """Return the name and the JSON of a protocol whose outline is sound; raises `OptionError`.

    The page reads the conditions and the settings, and refuses what it does not know.
    """
    name, text = content.get("name"), orjson.dumps(content).decode()
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= MAX_NAME or not name.isprintable():
        raise OptionError("This cannot be a name.", field="name", expected=f"1 to {MAX_NAME} characters")
    if len(text) > MAX_BYTES:
        raise OptionError("The protocol is too large.", field="protocol", expected=f"at most {MAX_BYTES} bytes")
    if content.get("version") != VERSION:
        raise OptionError("This version is not known.", field="version", expected=str(VERSION))
    if not isinstance(content.get("when"), list):
        raise OptionError("The protocol does not say when it is meant.", field="when", expected="a list of conditions")
    stages = content.get("stages")
    if not isinstance(stages, list) or not 1 <= len(stages) <= MAX_STAGES:
        raise OptionError("The protocol has no stages.", field="stages", expected=f"1 to {MAX_STAGES} stages")
    for index, stage in enumerate(stages):
        if not _is_sound(stage):
            raise OptionError(
                "This stage has no sound grid.",
                field=f"stages[{index}]",
                expected=f"1 to {MAX_ROWS} rows, 1 to {MAX_COLUMNS} columns, and as many cells",
            )
    return name.strip(), text


def _is_sound(stage: Any) -> bool:
    if not isinstance(stage, dict):
        return False
    rows, columns, cells = stage.get("rows"), stage.get("columns"), stage.get("cells")
    if not isinstance(rows, int) or not isinstance(columns, int) or not isinstance(cells, list):
        return False
    return 1 <= rows <= MAX_ROWS and 1 <= columns <= MAX_COLUMNS and len(cells) == rows * columns
