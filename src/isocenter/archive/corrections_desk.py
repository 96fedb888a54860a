"""Where corrections are made, undone and applied: log, index rows and outgoing bytes always agree.

A change is written to the log within the transaction that rewrites the rows. If the two differ after a crash, the
index is made anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from isocenter.archive import registration
from isocenter.archive.attributes import ATTRIBUTES, STORED_TAGS, columns
from isocenter.archive.changes import Change, ChangeLog
from isocenter.archive.corrections import (
    CORRECT,
    CORRECTABLE,
    CORRECTED_TAGS,
    MATCHED,
    UNDO,
    Correction,
    amendment_of,
    corrected,
    fold,
    in_force,
    require_in_force,
    require_reason,
    require_sound,
)
from isocenter.archive.entry import Entry, read_entry
from isocenter.archive.index import Index
from isocenter.archive.object_writer import Place
from isocenter.archive.registration import State
from isocenter.core.errors import NotFoundError
from isocenter.dicom.amendment import Amendment, amend
from isocenter.dicom.header import scan_header

NOTED = "changes"
_MATCHED_TAGS = frozenset(STORED_TAGS[keyword] for keyword in MATCHED)
_JOINED = "instance JOIN series ON instance.series_id = series.id JOIN study ON series.study_id = study.id"
_CHUNK = 500


class Corrections:
    """The corrections of one archive; `view` returns the bytes of an object."""

    def __init__(self, index: Index, log: ChangeLog, view: Callable[[Place], memoryview]) -> None:
        self._index = index
        self._log = log
        self._view = view
        self._in_force = in_force(log.changes)

    @property
    def in_force(self) -> tuple[Correction, ...]:
        """The corrections that apply now, in their order."""
        return self._in_force

    @property
    def history(self) -> tuple[Change, ...]:
        """Every correction and every undoing, the oldest first."""
        return tuple(change for change in self._log.changes if change.kind in (CORRECT, UNDO))

    def correct(
        self, who: str, match: Mapping[str, Iterable[str]], values: Mapping[str, str], *, reason: str
    ) -> Change:
        """Give every instance that matches, here or still to come, other values.

        Parameters
        ----------
        match
            For patient, study, series or instance (`corrections.MATCHED`), which values are meant.
        values
            What is set, by keyword (`corrections.CORRECTABLE`).

        Raises
        ------
        OptionError
            If a value has no valid form, or characters that a data set's character set does not have.
        NotFoundError
            If nothing here matches.
        """
        named = {keyword: sorted(set(wanted)) for keyword, wanted in match.items()}
        require_sound(named, values, reason)
        arguments = {"match": named, "set": dict(values), "reason": reason}
        return self._index.change(lambda connection: self._change(connection, who, CORRECT, arguments))

    def merge(self, who: str, match: Mapping[str, Iterable[str]], into_study: str, *, reason: str) -> Change:
        """Move what matches into another study: it takes over that study's and its patient's attributes."""
        keywords = [k for k in columns("PATIENT") + columns("STUDY") if k in CORRECTABLE]
        selected = ", ".join(f'"{keyword}"' for keyword in keywords)
        with self._index.reading() as connection:
            row = connection.execute(
                f'SELECT {selected} FROM study WHERE "StudyInstanceUID" = ?',  # noqa: S608 - from tables
                (into_study,),
            ).fetchone()
        if row is None:
            raise NotFoundError("There is no such study here.", field="StudyInstanceUID", found=into_study[:64])
        return self.correct(who, match, dict(zip(keywords, row, strict=True)), reason=reason)

    def undo(self, who: str, sequence: int, *, reason: str) -> Change:
        """Take a correction back; raises `NotFoundError` if it is not in force."""
        require_reason(reason)
        arguments = {"sequence": sequence, "reason": reason}
        return self._index.change(lambda connection: self._change(connection, who, UNDO, arguments))

    def enter(self, connection: sqlite3.Connection, entry: Entry, sha256: str, place: Place, origin: str) -> State:
        """Enter an instance in the index as it is after all corrections."""
        entry, applied = corrected(entry, self._in_force)
        state = registration.register(connection, entry, sha256, place, origin)
        if applied and state == "stored":
            (row_id,) = connection.execute(
                'SELECT id FROM instance WHERE "SOPInstanceUID" = ?', (entry.uid("SOPInstanceUID"),)
            ).fetchone()
            _note_applied(connection, row_id, applied)
        return state

    def now(self, entry: Entry) -> Entry:
        """Return an entry as it is after all corrections."""
        return corrected(entry, self._in_force)[0]

    def applied(self, file: memoryview, row_id: int) -> tuple[bytes, tuple[bytes | memoryview, ...]] | None:
        """Return the file of an instance with everything put right, as `amend` does; None if nothing is to be."""
        if not self._in_force:
            return None
        with self._index.reading() as connection:
            found = connection.execute("SELECT 1 FROM correction WHERE instance_id = ?", (row_id,)).fetchone()
        amendment = None if found is None else self._amendment(file)
        return None if amendment is None else amend(file, amendment)

    def _amendment(self, file: memoryview) -> Amendment | None:
        header = scan_header(file, _MATCHED_TAGS)
        new, applied = fold({keyword: header.text(STORED_TAGS[keyword]) for keyword in MATCHED}, self._in_force)
        return amendment_of(new, applied) if applied else None

    def _change(self, connection: sqlite3.Connection, who: str, kind: str, arguments: Mapping[str, Any]) -> Change:
        if kind == UNDO:
            require_in_force(self._in_force, arguments["sequence"])
            affected = _touched_by(connection, arguments["sequence"])
        else:
            affected = _matching(connection, arguments["match"])
            if not affected:
                raise NotFoundError("Nothing here matches.", field="match", expected="an instance that is here")
        planned = Change(len(self._log.changes) + 1, "", who, kind, arguments)
        after = in_force((*self._log.changes, planned))
        self.rewrite(connection, affected, after)
        change = self._log.append(who, kind, arguments)
        registration.note(connection, NOTED, change.sequence)
        self._in_force = in_force(self._log.changes)
        return change

    def rewrite(
        self, connection: sqlite3.Connection, studies: list[int], after: tuple[Correction, ...] | None = None
    ) -> None:
        """Enter all instances of some studies anew, as they are after these corrections, or those in force."""
        after = self._in_force if after is None else after
        connection.execute("PRAGMA defer_foreign_keys = ON")
        rows = [row for study in studies for row in _instances_of(connection, study)]
        for study in studies:
            connection.execute("DELETE FROM series WHERE study_id = ?", (study,))
            connection.execute("DELETE FROM study WHERE id = ?", (study,))
        for row_id, *place in sorted(rows):
            file = self._view(Place(*place))
            entry, applied = corrected(read_entry(file), after)
            _require_writable(file, entry, applied)
            series_id = registration.series_of(connection, entry)
            connection.execute("UPDATE instance SET series_id = ? WHERE id = ?", (series_id, row_id))
            connection.execute("UPDATE content SET metadata = NULL WHERE instance_id = ?", (row_id,))
            connection.execute("DELETE FROM correction WHERE instance_id = ?", (row_id,))
            _note_applied(connection, row_id, applied)


def _require_writable(file: memoryview, entry: Entry, applied: tuple[Correction, ...]) -> None:
    """Raise `OptionError` or `DataError` if the new values cannot be written into the file."""
    new = {keyword for each in applied for keyword in each.values}
    if new:
        values = {CORRECTED_TAGS[keyword]: entry.values[keyword] for keyword in new}
        amend(file, Amendment({tag: "" if value is None else str(value) for tag, value in values.items()}, "", ""))


def _instances_of(connection: sqlite3.Connection, study: int) -> list[tuple[int, int, int, int]]:
    return connection.execute(
        "SELECT instance.id, segment, offset, size_bytes FROM instance "
        "JOIN series ON series_id = series.id WHERE study_id = ?",
        (study,),
    ).fetchall()


def _touched_by(connection: sqlite3.Connection, sequence: int) -> list[int]:
    rows = connection.execute(
        "SELECT DISTINCT series.study_id FROM correction JOIN instance ON instance.id = instance_id "
        "JOIN series ON series.id = instance.series_id WHERE sequence = ?",
        (sequence,),
    )
    return [int(row[0]) for row in rows]


def _matching(connection: sqlite3.Connection, match: Mapping[str, Sequence[str]]) -> list[int]:
    """Return the studies with instances that match; long lists are looked up in pieces."""
    longest = max(match, key=lambda keyword: len(match[keyword]))
    found: set[int] = set()
    for start in range(0, len(match[longest]), _CHUNK):
        named = {**match, longest: match[longest][start : start + _CHUNK]}
        where = " AND ".join(f"{ATTRIBUTES[k].sql} IN ({', '.join('?' * len(v))})" for k, v in named.items())
        rows = connection.execute(
            f"SELECT DISTINCT study.id FROM {_JOINED} WHERE {where}",  # noqa: S608 - from tables
            [value for wanted in named.values() for value in wanted],
        )
        found.update(int(row[0]) for row in rows)
    return sorted(found)


def _note_applied(connection: sqlite3.Connection, row_id: int, applied: tuple[Correction, ...]) -> None:
    connection.executemany(
        "INSERT INTO correction (instance_id, sequence) VALUES (?, ?)", [(row_id, each.sequence) for each in applied]
    )
