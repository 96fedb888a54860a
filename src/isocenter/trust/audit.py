"""The audit trail: who did what to which object, each entry sealed with the hash of the one before.

Entries hold identifiers (user, UIDs, address), never names, birth dates or pixels.
Source: DICOM PS3.15 sec. A.5 (Audit Trail Message Format) for what an entry says.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from isocenter.core.errors import DataError
from isocenter.trust.database import Database
from isocenter.trust.flusher import Flusher

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL,
    outcome TEXT NOT NULL, origin TEXT NOT NULL, seal TEXT NOT NULL);
"""
_FIRST = "0" * 64
_COLUMNS = "number, at, who, action, target, outcome, origin"


@dataclass(frozen=True)
class Entry:
    """One thing that happened; `origin` is the network address or the command it came from."""

    number: int
    at: str
    who: str
    action: str
    target: str
    outcome: str
    origin: str

    def seal(self, previous: str) -> str:
        """Return the SHA-256 over this entry and the seal of the one before."""
        text = json.dumps(vars(self), sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


class AuditTrail:
    """An append-only trail in one SQLite file; `verify` finds any entry changed, removed or slipped in."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _SCHEMA)
        self._flusher = Flusher(self._database.flush)

    def note(self, who: str, action: str, target: str = "", *, outcome: str = "success", origin: str = "") -> Entry:
        """Append one of very many entries, such as every look at a study, which nobody is to wait for the disk for.

        It outlives this process, however that ends; a loss of power in the next tenth of a second may take it.
        """
        entry = self._append(who, action, target, outcome, origin, is_flushed=False)
        self._flusher.soon()
        return entry

    def record(self, who: str, action: str, target: str = "", *, outcome: str = "success", origin: str = "") -> Entry:
        """Append one entry; it is durable when this returns."""
        return self._append(who, action, target, outcome, origin, is_flushed=True)

    def _append(self, who: str, action: str, target: str, outcome: str, origin: str, *, is_flushed: bool) -> Entry:
        with self._database.transaction(is_flushed=is_flushed) as connection:
            row = connection.execute("SELECT number, seal FROM entry ORDER BY number DESC LIMIT 1").fetchone()
            number, previous = row or (0, _FIRST)
            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            entry = Entry(number + 1, at, who, action, target, outcome, origin)
            connection.execute(
                "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*vars(entry).values(), entry.seal(previous))
            )
        return entry

    def entries(self, *, after: int = 0, limit: int = 1000) -> list[Entry]:
        """Return up to `limit` entries that follow number `after`, oldest first."""
        with self._database.transaction() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM entry WHERE number > ? ORDER BY number LIMIT ?",  # noqa: S608 - fixed columns
                (after, limit),
            ).fetchall()
        return [Entry(*row) for row in rows]

    def verify(self) -> int:
        """Return how many entries the trail has; raises `DataError` at the first whose seal does not fit."""
        previous, count = _FIRST, 0
        for entry, seal in self._sealed():
            count += 1
            if entry.number != count or entry.seal(previous) != seal:
                raise DataError(
                    "The audit trail was changed.",
                    field=f"entry {entry.number}",
                    found="a seal that does not fit",
                    expected="the seal over this entry and the one before",
                    remedy="Keep this file as evidence and compare it with a backup.",
                )
            previous = seal
        return count

    def close(self) -> None:
        """Close the file."""
        self._flusher.close()
        self._database.close()

    def _sealed(self) -> Iterator[tuple[Entry, str]]:
        after = 0
        while True:
            with self._database.transaction() as connection:
                rows = connection.execute(
                    f"SELECT {_COLUMNS}, seal FROM entry WHERE number > ? ORDER BY number LIMIT 1000",  # noqa: S608
                    (after,),
                ).fetchall()
            if not rows:
                return
            for row in rows:
                yield Entry(*row[:-1]), row[-1]
            after = rows[-1][0]
