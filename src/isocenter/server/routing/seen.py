"""Which arrivals the routing has looked at, also after the index was made anew and numbers them anew.

The number of the last one is enough as long as the index is the same. For the other case places are kept, which never
change: of the last `RECENT` arrivals each, of those before only the largest offset in every segment. Instances that
come in at the same time may be numbered in another order than they lie, but never so far apart.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from isocenter.archive.arrivals import Arrival

RECENT = 4096
_LAST, _MADE = "last_row_id", "index_made_at_ns"


def noted(connection: sqlite3.Connection) -> tuple[int, int] | None:
    """Return the number of the last arrival seen and when its index was made; None at the very first start."""
    rows = dict(connection.execute("SELECT name, value FROM note").fetchall())
    return None if _LAST not in rows else (int(rows[_LAST]), int(rows[_MADE]))


def begin(connection: sqlite3.Connection, last: int, made: int, ends: Mapping[int, int]) -> None:
    """Note that every instance up to number `last` has been seen; `ends` are their largest offsets by segment."""
    connection.execute("DELETE FROM seen")
    connection.execute("DELETE FROM seen_end")
    connection.executemany("INSERT INTO seen_end VALUES (?, ?)", list(ends.items()))
    _note(connection, _MADE, made)
    _note(connection, _LAST, last)


def add(connection: sqlite3.Connection, arrivals: Sequence[Arrival]) -> None:
    """Note that arrivals, in the order of their numbers, have been seen."""
    connection.executemany(
        "INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", [(each.row_id, each.segment, each.offset) for each in arrivals]
    )
    last = arrivals[-1].row_id
    _note(connection, _LAST, last)
    connection.execute(
        "INSERT INTO seen_end SELECT segment, max(offset) FROM seen WHERE row_id <= ? GROUP BY segment "
        "ON CONFLICT (segment) DO UPDATE SET offset = max(offset, excluded.offset)",
        (last - RECENT,),
    )
    connection.execute("DELETE FROM seen WHERE row_id <= ?", (last - RECENT,))


class SeenPlaces:
    """Tells by its place whether an instance was seen, whatever its number is now."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._ends: dict[int, int] = dict(connection.execute("SELECT segment, offset FROM seen_end").fetchall())
        self._recent = {(row[0], row[1]) for row in connection.execute("SELECT segment, offset FROM seen")}

    def __contains__(self, arrival: Arrival) -> bool:
        place = (arrival.segment, arrival.offset)
        return place in self._recent or arrival.offset <= self._ends.get(arrival.segment, -1)


def _note(connection: sqlite3.Connection, name: str, value: int) -> None:
    connection.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (name, value))
