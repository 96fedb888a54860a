"""Which instances the routing has looked at, each once, whatever becomes of the archive's index meanwhile.

New instances are those with larger numbers than the last one seen. Where numbers have come to mean other instances
(see `isocenter.archive.arrivals`), it goes back to the last one that still means the same, and knows by their UIDs
what it has seen; 64 bits of a hash of each are kept.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from hashlib import blake2b

from isocenter.archive.arrivals import Arrival, Arrivals

RECENT = 4096
_CHUNK = 500
_LAST, _MADE = "last_row_id", "index_made_at_ns"


def position(connection: sqlite3.Connection) -> tuple[int, int] | None:
    """Return the last number seen and when its index was made; None before the very first start is complete."""
    noted = dict(connection.execute("SELECT name, value FROM note").fetchall())
    return (int(noted.get(_LAST, 0)), int(noted[_MADE])) if _MADE in noted else None


def note_made(connection: sqlite3.Connection, made: int) -> None:
    """Note that everything in an index that was made then has been seen."""
    _note(connection, _MADE, made)


def add(connection: sqlite3.Connection, arrivals: Sequence[Arrival]) -> None:
    """Note that arrivals, in the order of their numbers, have been seen."""
    marked = [(each.row_id, mark(each.instance_uid)) for each in arrivals]
    connection.executemany("INSERT OR IGNORE INTO seen VALUES (?)", [(each,) for _, each in marked])
    connection.executemany("INSERT OR REPLACE INTO recent VALUES (?, ?)", marked)
    last = marked[-1][0]
    _note(connection, _LAST, last)
    connection.execute("DELETE FROM recent WHERE row_id <= ? OR row_id > ?", (last - RECENT, last))


def unseen(connection: sqlite3.Connection, arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Return those of the arrivals that have not been seen."""
    return [
        each
        for each in arrivals
        if connection.execute("SELECT 1 FROM seen WHERE mark = ?", (mark(each.instance_uid),)).fetchone() is None
    ]


def last_that_is_the_same(connection: sqlite3.Connection, arrivals: Arrivals) -> int:
    """Return the largest number seen that still means the same instance, 0 if none of the recent ones does."""
    recent = connection.execute("SELECT row_id, mark FROM recent ORDER BY row_id DESC").fetchall()
    n_looked_at = 1  # nearly always the very last one
    while recent:
        now = arrivals.uids([row_id for row_id, _ in recent[:n_looked_at]])
        for row_id, marked in recent[:n_looked_at]:
            if row_id in now and mark(now[row_id]) == marked:
                return int(row_id)
        recent, n_looked_at = recent[n_looked_at:], _CHUNK
    return 0


def forget_numbers(connection: sqlite3.Connection) -> None:
    """Forget what numbers meant: they mean other instances now."""
    connection.execute("DELETE FROM recent")
    _note(connection, _LAST, 0)


def mark(instance_uid: str) -> int:
    """Return what is kept of a UID."""
    return int.from_bytes(blake2b(instance_uid.encode(), digest_size=8).digest(), "big", signed=True)


def _note(connection: sqlite3.Connection, name: str, value: int) -> None:
    connection.execute(
        "INSERT INTO note VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value "
        "WHERE value <> excluded.value",  # nothing is written, nor flushed, where nothing changes
        (name, value),
    )
