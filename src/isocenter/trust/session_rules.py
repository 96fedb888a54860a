"""What administrators set about sessions: how long one lasts without activity."""

from __future__ import annotations

from pathlib import Path

from isocenter.core.errors import OptionError
from isocenter.trust.database import Database
from isocenter.trust.sessions import IDLE_S

MINIMUM_IDLE_S, MAXIMUM_IDLE_S = 60.0, 8 * 3600.0
_SCHEMA = "CREATE TABLE IF NOT EXISTS rule (name TEXT PRIMARY KEY, value REAL NOT NULL);"


class SessionRules:
    """The rules of one department in an SQLite file."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _SCHEMA)

    @property
    def idle_s(self) -> float:
        """After how long without activity a session ends; 15 minutes unless an administrator has said otherwise."""
        with self._database.transaction(is_flushed=False) as connection:
            row = connection.execute("SELECT value FROM rule WHERE name = 'idle_s'").fetchone()
        return IDLE_S if row is None else float(row[0])

    def set_idle_s(self, idle_s: float) -> None:
        """Set it; raises `OptionError` for less than a minute or more than a working day."""
        if not MINIMUM_IDLE_S <= idle_s <= MAXIMUM_IDLE_S:
            raise OptionError(
                "A session cannot last so long, or so short.",
                field="idle_s",
                found=idle_s,
                expected=f"{MINIMUM_IDLE_S:.0f} to {MAXIMUM_IDLE_S:.0f} s",
            )
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO rule VALUES ('idle_s', ?)", (idle_s,))

    def close(self) -> None:
        """Close the file."""
        self._database.close()
