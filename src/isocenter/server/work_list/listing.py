"""A page of the work list: studies that a few typed words and filters find, in any order, with who has read them.

The index of the archive and the file of the marks are joined by SQLite. A page holds what was there when the list was
first asked for (`up_to`), so that studies that arrive do not shift the rows below them.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from isocenter.archive.archive import Archive
from isocenter.archive.matching import normalise_name
from isocenter.core.errors import NotFoundError, OptionError
from isocenter.server.work_list.marks import STATES, Marks

Condition: TypeAlias = tuple[str, list[str | int]]
MAX_ROWS, MAX_WORDS, MAX_PRIORS = 500, 8, 200
_LAST_CHARACTER = "\U0010ffff"
_SORTS: Mapping[str, tuple[str, ...]] = {
    "date": ('study."StudyDate"', 'study."StudyTime"'),
    "patientName": ('study."PatientName_search"',),
    "patientId": ('study."PatientID"',),
    "accessionNumber": ('study."AccessionNumber"',),
    "description": ('study."StudyDescription"',),
    "modalities": ("study.modalities",),
    "nSeries": ("study.n_series",),
    "nInstances": ("study.n_instances",),
    "state": ("coalesce(mark.state, 'unread')", 'study."StudyDate"'),
}
_WORD_COLUMNS = ('study."PatientID"', 'study."AccessionNumber"', 'study."StudyDescription"')
_MARKED = 'LEFT JOIN beside.mark ON mark.study_uid = study."StudyInstanceUID"'
_ROW = {
    "id": "study.id",
    "uid": 'study."StudyInstanceUID"',
    "patient_name": 'study."PatientName"',
    "patient_id": 'study."PatientID"',
    "birth_date": 'study."PatientBirthDate"',
    "sex": 'study."PatientSex"',
    "date": 'study."StudyDate"',
    "time": 'study."StudyTime"',
    "accession_number": 'study."AccessionNumber"',
    "description": 'study."StudyDescription"',
    "modalities": "study.modalities",
    "n_series": "study.n_series",
    "n_instances": "study.n_instances",
    "state": "coalesce(mark.state, 'unread')",
    "reader": "coalesce(mark.who, '')",
    "reader_name": "coalesce(mark.name, '')",
    "marked_at": "coalesce(mark.at, '')",
    "n_marked": "coalesce(mark.n_instances, 0)",
}
_SELECTED = ", ".join(_ROW.values())


@dataclass(frozen=True)
class Wanted:
    """A search of the work list; empty fields limit nothing.

    Parameters
    ----------
    text
        Words, of which each begins a word of the patient's name or is part of the ID, the accession number or the
        description.
    first_date, last_date
        Days as ``YYYYMMDD``.
    up_to
        Number of the newest study that the list may hold; None for what is there now.
    """

    text: str = ""
    first_date: str = ""
    last_date: str = ""
    modalities: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    sort: str = "date"
    is_descending: bool = True
    limit: int = 100
    offset: int = 0
    up_to: int | None = None

    def __post_init__(self) -> None:
        for name in ("first_date", "last_date"):
            if not re.fullmatch(r"(\d{8})?", getattr(self, name)):
                raise OptionError("This is not a date.", field=name, expected="YYYYMMDD")
        if self.sort not in _SORTS:
            raise OptionError("There is no such order.", field="sort", found=self.sort[:32], expected=", ".join(_SORTS))
        for state in self.states:
            if state not in STATES:
                raise OptionError("There is no such state.", field="states", expected=", ".join(STATES))
        if not 0 <= self.limit <= MAX_ROWS or self.offset < 0:
            raise OptionError(
                "There is no such page.",
                field="limit, offset",
                found=(self.limit, self.offset),
                expected=f"up to {MAX_ROWS} rows",
            )


@dataclass(frozen=True)
class Counts:
    """How many studies match by state, not looking at the filter by state, and how many instances those listed have."""

    by_state: Mapping[str, int]
    n_instances: int


class WorkList:
    """The studies of an archive with their marks."""

    def __init__(self, archive: Archive, marks: Marks) -> None:
        self._archive = archive
        self._marks = marks

    def newest(self) -> int:
        """Return the number of the newest study, 0 if there is none."""
        with self._archive.lend_index(self._marks.path) as connection:
            return int(connection.execute("SELECT coalesce(max(id), 0) FROM study").fetchone()[0])

    def n_after(self, number: int) -> int:
        """Return how many studies came after study `number`."""
        with self._archive.lend_index(self._marks.path) as connection:
            return int(connection.execute("SELECT count(*) FROM study WHERE id > ?", (number,)).fetchone()[0])

    def page(self, wanted: Wanted) -> list[dict[str, Any]]:
        """Return the rows of a page."""
        where, parameters = _where(wanted)
        order = _order(wanted)
        needs_mark = bool(wanted.states) or wanted.sort == "state"
        found = (
            f"SELECT study.id AS found FROM study {_MARKED if needs_mark else ''} "  # noqa: S608 - from tables
            f"WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"
        )
        text = (
            f"SELECT {_SELECTED} FROM ({found}) CROSS JOIN study ON study.id = found {_MARKED} "  # noqa: S608 - from tables
            f"ORDER BY {order}"
        )
        with self._archive.lend_index(self._marks.path) as connection:
            return _rows(connection, text, [*parameters, wanted.limit, wanted.offset])

    def counts(self, wanted: Wanted) -> Counts:
        """Count what a search finds, whatever the page."""
        where, parameters = _where(wanted, with_states=False)
        text = (
            "SELECT coalesce(mark.state, 'unread'), count(*), sum(study.n_instances) "  # noqa: S608 - from tables
            f"FROM study {_MARKED} WHERE {where} GROUP BY 1"
        )
        with self._archive.lend_index(self._marks.path) as connection:
            found = connection.execute(text, parameters).fetchall()
        listed = [row for row in found if not wanted.states or row[0] in wanted.states]
        return Counts({state: n for state, n, _ in found}, sum(n_instances for _, _, n_instances in listed))

    def study(self, study_uid: str) -> dict[str, Any]:
        """Return the row of one study; raises `NotFoundError`."""
        text = f'SELECT {_SELECTED} FROM study {_MARKED} WHERE study."StudyInstanceUID" = ?'  # noqa: S608 - from tables
        with self._archive.lend_index(self._marks.path) as connection:
            rows = _rows(connection, text, [study_uid])
        if not rows:
            raise NotFoundError("There is no such study here.", field="study", found=study_uid[:64])
        return rows[0]

    def priors(self, study_uid: str) -> list[dict[str, Any]]:
        """Return the other studies of the same patient (ID and its issuer), the newest first; none without an ID."""
        text = (
            f'SELECT {_SELECTED} FROM study AS this JOIN study ON study."PatientID" = this."PatientID" '  # noqa: S608 - from tables
            'AND study."IssuerOfPatientID" = this."IssuerOfPatientID" AND study.id <> this.id '
            f'{_MARKED} WHERE this."StudyInstanceUID" = ? AND this."PatientID" <> \'\' '
            'ORDER BY study."StudyDate" DESC, study."StudyTime" DESC, study.id DESC LIMIT ?'
        )
        with self._archive.lend_index(self._marks.path) as connection:
            return _rows(connection, text, [study_uid, MAX_PRIORS])


def _rows(connection: sqlite3.Connection, text: str, parameters: Sequence[str | int]) -> list[dict[str, Any]]:
    return [dict(zip(_ROW, row, strict=True)) for row in connection.execute(text, parameters)]


def _where(wanted: Wanted, *, with_states: bool = True) -> Condition:
    conditions: list[Condition] = [_matches(word) for word in re.split(r"[\s,^]+", wanted.text) if word][:MAX_WORDS]
    if wanted.first_date:
        conditions.append(('study."StudyDate" >= ?', [wanted.first_date]))
    if wanted.last_date:
        conditions.append(('study."StudyDate" <> \'\' AND study."StudyDate" <= ?', [wanted.last_date]))
    if wanted.modalities:
        either = " OR ".join("',' || study.modalities || ',' LIKE ? ESCAPE '\\'" for _ in wanted.modalities)
        conditions.append((f"({either})", [f"%,{_escaped(each)},%" for each in wanted.modalities]))
    if wanted.states and with_states:
        places = ", ".join("?" * len(wanted.states))
        conditions.append((f"coalesce(mark.state, 'unread') IN ({places})", list(wanted.states)))
    if wanted.up_to is not None:
        conditions.append(("study.id <= ?", [wanted.up_to]))
    return " AND ".join(text for text, _ in conditions) or "1", [p for _, values in conditions for p in values]


def _matches(word: str) -> Condition:
    """Match a word: case counts in no place, accents not in names."""
    parts = [f"{column} LIKE ? ESCAPE '\\'" for column in _WORD_COLUMNS]
    parameters: list[str | int] = [f"%{_escaped(word)}%"] * len(parts)
    name = normalise_name(word)
    if name:
        parts.append("study.id IN (SELECT study_id FROM name WHERE word >= ? AND word < ?)")
        parameters += [name, name + _LAST_CHARACTER]
    parts.append('study."StudyInstanceUID" = ?')
    return f"({' OR '.join(parts)})", [*parameters, word]


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


def _order(wanted: Wanted) -> str:
    direction = "DESC" if wanted.is_descending else "ASC"
    return ", ".join(f"{column} {direction}" for column in (*_SORTS[wanted.sort], "study.id"))
