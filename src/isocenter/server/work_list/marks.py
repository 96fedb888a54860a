"""Which studies were read, are being read, and by whom: one mark a study, kept beside the archive."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from isocenter.core.errors import OptionError
from isocenter.trust.database import Database
from isocenter.trust.permissions import Identity

UNREAD, READING, READ = "unread", "reading", "read"
STATES = (UNREAD, READING, READ)
MAX_CHANGES = 1000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS mark (
    study_uid TEXT PRIMARY KEY, state TEXT NOT NULL, who TEXT NOT NULL, name TEXT NOT NULL, at TEXT NOT NULL,
    n_instances INTEGER NOT NULL, sequence INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS mark_sequence ON mark (sequence);
"""
_COLUMNS = "study_uid, state, who, name, at, n_instances, sequence"


@dataclass(frozen=True)
class Mark:
    """The state of a study, who gave it and when; `n_instances` is how many instances the study had then."""

    study_uid: str
    state: str
    who: str
    name: str
    at: str
    n_instances: int
    sequence: int


class Marks:
    """The marks of one department in an SQLite file; a study without a mark is unread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = Database(path, _SCHEMA)

    def begin(self, study_uid: str, reader: Identity, n_instances: int) -> tuple[Mark, bool]:
        """Note that somebody opens a study, and return its mark and whether it changed.

        What is read stays read, and what another person reads stays theirs.
        """
        with self._database.transaction() as connection:
            row = connection.execute(f"SELECT {_COLUMNS} FROM mark WHERE study_uid = ?", (study_uid,)).fetchone()  # noqa: S608 - fixed columns
            if row is not None and row[1] != UNREAD:
                return Mark(*row), False
            return _put(connection, study_uid, READING, reader, n_instances), True

    def put(self, study_uid: str, state: str, reader: Identity, n_instances: int) -> Mark:
        """Give a study a state; raises `OptionError` for one that there is not."""
        if state not in STATES:
            raise OptionError("There is no such state.", field="state", found=state[:32], expected=", ".join(STATES))
        with self._database.transaction() as connection:
            return _put(connection, study_uid, state, reader, n_instances)

    def changed_after(self, sequence: int) -> list[Mark]:
        """Return the marks that were given after number `sequence`, the oldest first, not more than `MAX_CHANGES`."""
        with self._database.transaction(is_flushed=False) as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM mark WHERE sequence > ? ORDER BY sequence LIMIT ?",  # noqa: S608 - fixed columns
                (sequence, MAX_CHANGES),
            ).fetchall()
        return [Mark(*row) for row in rows]

    def sequence(self) -> int:
        """Return the number of the newest mark, 0 if there is none."""
        with self._database.transaction(is_flushed=False) as connection:
            return _last(connection.execute("SELECT max(sequence) FROM mark").fetchone())

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _put(connection: sqlite3.Connection, study_uid: str, state: str, reader: Identity, n_instances: int) -> Mark:
    sequence = _last(connection.execute("SELECT max(sequence) FROM mark").fetchone()) + 1
    at = datetime.now(UTC).isoformat(timespec="seconds")
    mark = Mark(study_uid, state, reader.username, reader.display_name, at, n_instances, sequence)
    connection.execute("INSERT OR REPLACE INTO mark VALUES (?, ?, ?, ?, ?, ?, ?)", tuple(vars(mark).values()))
    return mark


def _last(row: tuple[int | None]) -> int:
    return row[0] or 0
