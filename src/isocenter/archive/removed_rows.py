"""The rows of what is rejected, in conflict or about to be deleted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from isocenter.archive import registration
from isocenter.archive.entry import Entry
from isocenter.archive.object_writer import Place
from isocenter.core.errors import NotFoundError

_CHUNK = 500
_JOINED = "instance JOIN series ON instance.series_id = series.id JOIN study ON series.study_id = study.id"
_PLACE = "segment, offset, size_bytes"
_INSERT = (
    "INSERT INTO rejected (sop_instance_uid, sop_class_uid, study_uid, series_uid, sha256, segment, offset, "
    "size_bytes, transfer_syntax_uid, origin) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True)
class Object:
    """Bytes under a SOP Instance UID, wherever the index knows them."""

    uid: str
    sha256: str
    place: Place


def register(
    connection: sqlite3.Connection, entry: Entry, sha256: str, place: Place, origin: str
) -> registration.State:
    """Enter an instance that is rejected; other bytes under its UID are a conflict, as anywhere."""
    state = registration.state_of(connection, entry.uid("SOPInstanceUID"), sha256, place, origin)
    if state == "stored":
        keywords = ("SOPInstanceUID", "SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID")
        row = (*map(entry.uid, keywords), sha256, place.segment, place.offset, place.size_bytes)
        connection.execute(_INSERT, (*row, entry.transfer_syntax_uid, origin))
    return state


def uids(
    connection: sqlite3.Connection, study_uid: str, series_uid: str | None = None, instance_uid: str | None = None
) -> list[str]:
    """Return SOP Instance UIDs by what they belong to."""
    seen = [('study."StudyInstanceUID"', "study_uid", study_uid)]
    if series_uid is not None:
        seen.append(('series."SeriesInstanceUID"', "series_uid", series_uid))
    if instance_uid is not None:
        seen.append(('instance."SOPInstanceUID"', "sop_instance_uid", instance_uid))
    visible, rejected = (" AND ".join(f"{each[n]} = ?" for each in seen) for n in (0, 1))
    values = [each[2] for each in seen]
    rows = connection.execute(
        f'SELECT "SOPInstanceUID" FROM {_JOINED} WHERE {visible} '  # noqa: S608 - fixed names
        f"UNION SELECT sop_instance_uid FROM rejected WHERE {rejected}",
        values * 2,
    )
    return [str(row[0]) for row in rows]


def objects(connection: sqlite3.Connection, wanted: Sequence[str]) -> list[Object]:
    """Return everything that is kept under these UIDs: seen, rejected or in conflict."""
    found = []
    for marks, chunk in _chunks(wanted):
        rows = connection.execute(
            f'SELECT "SOPInstanceUID", sha256, {_PLACE} FROM instance WHERE "SOPInstanceUID" IN ({marks}) '  # noqa: S608
            f"UNION ALL SELECT sop_instance_uid, sha256, {_PLACE} FROM rejected WHERE sop_instance_uid IN ({marks}) "
            f"UNION ALL SELECT sop_instance_uid, sha256, {_PLACE} FROM conflict WHERE sop_instance_uid IN ({marks})",
            chunk * 3,
        )
        found += [Object(str(row[0]), str(row[1]), Place(*row[2:])) for row in rows]
    return found


def hide(connection: sqlite3.Connection, wanted: Sequence[str]) -> list[int]:
    """Move instances to the rejected ones, and return the studies that have to be entered anew."""
    studies: set[int] = set()
    for marks, chunk in _chunks(wanted):
        rows = connection.execute(
            f'SELECT instance.id, study.id, "SOPInstanceUID", "SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID", '  # noqa: S608
            f'sha256, {_PLACE}, transfer_syntax_uid, origin FROM {_JOINED} WHERE "SOPInstanceUID" IN ({marks})',
            chunk,
        ).fetchall()
        connection.executemany(_INSERT, [row[2:] for row in rows])
        studies.update(row[1] for row in rows)
        _forget(connection, [row[0] for row in rows])
    return sorted(studies)


def take_rejected(connection: sqlite3.Connection, wanted: Iterable[str]) -> Iterator[tuple[str, str, Place, str]]:
    """Remove rows of rejected instances, and yield UID, SHA-256, place and origin of each."""
    for marks, chunk in _chunks(sorted(wanted)):
        rows = connection.execute(
            f"DELETE FROM rejected WHERE sop_instance_uid IN ({marks}) "  # noqa: S608
            f"RETURNING sop_instance_uid, sha256, {_PLACE}, origin",
            chunk,
        ).fetchall()
        for uid, sha256, segment, offset, size_bytes, origin in rows:
            yield str(uid), str(sha256), Place(segment, offset, size_bytes), str(origin)


def delete(connection: sqlite3.Connection, found: Sequence[Object]) -> list[int]:
    """Remove the rows of objects and note that their bytes are to go; return the studies to be entered anew."""
    studies: set[int] = set()
    connection.executemany(
        f"INSERT OR IGNORE INTO doomed ({_PLACE}) VALUES (?, ?, ?)",  # noqa: S608
        [(each.place.segment, each.place.offset, each.place.size_bytes) for each in found],
    )
    for marks, chunk in _chunks(sorted({each.uid for each in found})):
        rows = connection.execute(
            f'SELECT instance.id, series.study_id FROM {_JOINED} WHERE "SOPInstanceUID" IN ({marks})',  # noqa: S608
            chunk,
        ).fetchall()
        studies.update(row[1] for row in rows)
        _forget(connection, [row[0] for row in rows])
        for table in ("rejected", "conflict"):
            connection.execute(f"DELETE FROM {table} WHERE sop_instance_uid IN ({marks})", chunk)  # noqa: S608
    return sorted(studies)


def exchange(connection: sqlite3.Connection, uid: str, sha256: str) -> tuple[list[int], Place, str]:
    """Make the object seen under a UID a conflict and take the other from there.

    Returns the studies to be entered anew, and place and origin of the object to be seen.
    """
    other = connection.execute(
        f"DELETE FROM conflict WHERE sha256 = ? AND sop_instance_uid = ? RETURNING {_PLACE}, origin",  # noqa: S608
        (sha256, uid),
    ).fetchall()
    if not other:
        raise NotFoundError("There is no such conflict.", field="SHA-256", found=sha256[:64])
    seen = connection.execute(
        f"SELECT instance.id, series.study_id, sha256, {_PLACE}, origin FROM {_JOINED} "  # noqa: S608
        'WHERE "SOPInstanceUID" = ?',
        (uid,),
    ).fetchall()
    for row_id, _, seen_sha256, *rest in seen:
        connection.execute(
            f"INSERT INTO conflict (sop_instance_uid, sha256, {_PLACE}, origin) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608
            (uid, seen_sha256, *rest),
        )
        _forget(connection, [row_id])
    (segment, offset, size_bytes, origin), *_ = other
    return [row[1] for row in seen], Place(segment, offset, size_bytes), str(origin)


def conflicting_uid(connection: sqlite3.Connection, sha256: str) -> str:
    """Return the SOP Instance UID of bytes in conflict; raises `NotFoundError`."""
    row = connection.execute("SELECT sop_instance_uid FROM conflict WHERE sha256 = ?", (sha256,)).fetchone()
    if row is None:
        raise NotFoundError("There is no such conflict.", field="SHA-256", found=sha256[:64])
    return str(row[0])


def dated_studies(connection: sqlite3.Connection) -> dict[str, list[dict[str, Any]]]:
    """Return, for every study, what retention is counted from: one mapping for each of its series."""
    found: dict[str, list[dict[str, Any]]] = {}
    rows = connection.execute(
        'SELECT "StudyInstanceUID", "StudyDate", "PatientBirthDate", "Modality", series.n_instances '
        "FROM series JOIN study ON series.study_id = study.id ORDER BY study.id"
    )
    for uid, *values in rows:
        keywords = ("StudyDate", "PatientBirthDate", "Modality", "n_instances")
        found.setdefault(str(uid), []).append(dict(zip(keywords, values, strict=True)))
    return found


def doomed(connection: sqlite3.Connection) -> list[Place]:
    """Return where bytes lie that no row names any more."""
    return [Place(*row) for row in connection.execute(f"SELECT {_PLACE} FROM doomed")]  # noqa: S608


def forget_doomed(connection: sqlite3.Connection, places: Iterable[Place]) -> None:
    """Note that these bytes are gone."""
    rows = [(place.segment, place.offset) for place in places]
    connection.executemany("DELETE FROM doomed WHERE segment = ? AND offset = ?", rows)


def _forget(connection: sqlite3.Connection, row_ids: Sequence[int]) -> None:
    rows = [(row_id,) for row_id in row_ids]
    for table, key in (("correction", "instance_id"), ("content", "instance_id"), ("instance", "id")):
        connection.executemany(f"DELETE FROM {table} WHERE {key} = ?", rows)  # noqa: S608 - fixed names


def _chunks(values: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    for start in range(0, len(values), _CHUNK):
        chunk = list(values[start : start + _CHUNK])
        yield ", ".join("?" * len(chunk)), chunk
