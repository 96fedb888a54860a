"""Studies that are held until nothing has come for them for a while; all within a transaction of the queue."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable


def hold(connection: sqlite3.Connection, study_uid: str, hold_s: float, now: float) -> None:
    """Hold what is queued of a study until it has been quiet for `hold_s`."""
    connection.execute("INSERT OR REPLACE INTO quiet VALUES (?, ?, ?)", (study_uid, hold_s, now + hold_s))


def disturb(connection: sqlite3.Connection, study_uids: Iterable[str], now: float) -> None:
    """Begin the quiet of studies anew: something came for them."""
    connection.executemany("UPDATE quiet SET ready_at = ? + hold_s WHERE study_uid = ?", [(now, u) for u in study_uids])


def release(connection: sqlite3.Connection, now: float) -> set[str]:
    """Let go what has been quiet for long enough; return the destinations that have something to do."""
    destinations: set[str] = set()
    ready = connection.execute("SELECT study_uid, hold_s FROM quiet WHERE ready_at <= ?", (now,)).fetchall()
    for study_uid, hold_s in ready:
        held = (study_uid, hold_s)
        destinations |= {
            row[0]
            for row in connection.execute(
                "SELECT DISTINCT destination FROM job WHERE state = 'held' AND study_uid = ? AND hold_s = ?", held
            )
        }
        connection.execute(
            "UPDATE job SET state = 'waiting', due_at = ? WHERE state = 'held' AND study_uid = ? AND hold_s = ?",
            (now, *held),
        )
        connection.execute("DELETE FROM quiet WHERE study_uid = ? AND hold_s = ?", held)
    return destinations


def next_ready(connection: sqlite3.Connection) -> float | None:
    """Return when the next study will have been quiet for long enough; None if none is held."""
    row = connection.execute("SELECT min(ready_at) FROM quiet").fetchone()
    return None if row[0] is None else float(row[0])
