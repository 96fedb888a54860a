"""How an instance enters the tables: the first bytes under a SOP Instance UID stay, counts are kept as it comes in."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from isocenter.archive.attributes import columns
from isocenter.archive.entry import Entry
from isocenter.archive.matching import normalise_name
from isocenter.archive.object_writer import Place
from isocenter.dicom.dictionary import tag_of, vr_of

State: TypeAlias = Literal["stored", "duplicate", "conflict"]

_KEYWORDS: Mapping[str, tuple[str, ...]] = {
    "study": columns("PATIENT") + columns("STUDY"),
    "series": columns("SERIES"),
    "instance": columns("IMAGE"),
}
_FIXED: Mapping[str, tuple[str, ...]] = {
    "study": ("n_series", "n_instances", "modalities", "sop_classes"),
    "series": ("study_id", "n_instances"),
    "instance": ("series_id", "sha256", "segment", "offset", "size_bytes", "transfer_syntax_uid", "origin"),
}
_NAMES = frozenset(keyword for level in _KEYWORDS.values() for keyword in level if vr_of(tag_of(keyword)) == "PN")


def _insertion(table: str) -> str:
    """Return the INSERT for a row of a table: fixed columns, indexed keywords, names in searchable form too."""
    names = list(_FIXED[table])
    for keyword in _KEYWORDS[table]:
        names.append(f'"{keyword}"')
        if keyword in _NAMES:
            names.append(f'"{keyword}_search"')
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608 - our tables


_INSERT: Mapping[str, str] = {table: _insertion(table) for table in _KEYWORDS}


def known_sha256(connection: sqlite3.Connection, sop_instance_uid: str) -> str | None:
    """Return the SHA-256 of the instance with this UID, seen or rejected, if there is one."""
    row = connection.execute(
        'SELECT sha256 FROM instance WHERE "SOPInstanceUID" = :uid '
        "UNION ALL SELECT sha256 FROM rejected WHERE sop_instance_uid = :uid",
        {"uid": sop_instance_uid},
    ).fetchone()
    return None if row is None else str(row[0])


def place_of(connection: sqlite3.Connection, sop_instance_uid: str) -> tuple[Place, str, str] | None:
    """Return place, transfer syntax and SHA-256 of the instance with this UID, if there is one."""
    row = connection.execute(
        'SELECT segment, offset, size_bytes, transfer_syntax_uid, sha256 FROM instance WHERE "SOPInstanceUID" = :uid '
        "UNION ALL SELECT segment, offset, size_bytes, transfer_syntax_uid, sha256 FROM rejected "
        "WHERE sop_instance_uid = :uid",
        {"uid": sop_instance_uid},
    ).fetchone()
    return None if row is None else (Place(*row[:3]), str(row[3]), str(row[4]))


def register(connection: sqlite3.Connection, entry: Entry, sha256: str, place: Place, origin: str) -> State:
    """Enter an instance, and say whether it is new, was here already, or came under a UID that others have."""
    state = state_of(connection, entry.uid("SOPInstanceUID"), sha256, place, origin)
    if state != "stored":
        return state
    series_id = series_of(connection, entry)
    fixed = (series_id, sha256, place.segment, place.offset, place.size_bytes, entry.transfer_syntax_uid, origin)
    instance_id = _insert(connection, "instance", fixed, entry)
    if entry.frames is not None:
        connection.execute("INSERT INTO content (instance_id, frames) VALUES (?, ?)", (instance_id, entry.frames))
    return "stored"


def state_of(connection: sqlite3.Connection, uid: str, sha256: str, place: Place, origin: str) -> State:
    """Return what bytes under a UID are to those that are here; a conflict is entered as such."""
    known = known_sha256(connection, uid)
    if known is None:
        return "stored"
    if known == sha256:
        return "duplicate"
    cursor = connection.execute(
        "INSERT OR IGNORE INTO conflict (sop_instance_uid, sha256, segment, offset, size_bytes, origin) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (uid, sha256, place.segment, place.offset, place.size_bytes, origin),
    )
    return "conflict" if cursor.rowcount else "duplicate"


def knows(connection: sqlite3.Connection, place: Place) -> bool:
    """Return whether the object at a place is entered, as an instance, as a conflict or as rejected."""
    found = connection.execute(
        "SELECT 1 FROM instance WHERE segment = :segment AND offset = :offset "
        "UNION ALL SELECT 1 FROM conflict WHERE segment = :segment AND offset = :offset "
        "UNION ALL SELECT 1 FROM rejected WHERE segment = :segment AND offset = :offset "
        "UNION ALL SELECT 1 FROM doomed WHERE segment = :segment AND offset = :offset",
        {"segment": place.segment, "offset": place.offset},
    )
    return found.fetchone() is not None


def note(connection: sqlite3.Connection, name: str, value: int) -> None:
    """Keep a number about the archive as a whole."""
    connection.execute("INSERT OR REPLACE INTO note (name, value) VALUES (?, ?)", (name, value))


def noted(connection: sqlite3.Connection, name: str) -> int:
    """Return a number kept by `note`, 0 if there is none."""
    row = connection.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()
    return 0 if row is None else int(row[0])


def series_of(connection: sqlite3.Connection, entry: Entry) -> int:
    """Return the series an instance belongs to, with the counts raised that no query is to take.

    A study and a series are described by their first instance.
    """
    modality, sop_class = str(entry.values["Modality"]), entry.uid("SOPClassUID")
    study = connection.execute(
        'SELECT id, modalities, sop_classes FROM study WHERE "StudyInstanceUID" = ?', (entry.uid("StudyInstanceUID"),)
    ).fetchone()
    if study is None:
        study = (_insert(connection, "study", (0, 0, "", ""), entry), "", "")
    study_id, modalities, classes = study
    series = connection.execute(
        'SELECT id FROM series WHERE "SeriesInstanceUID" = ? AND study_id = ?',
        (entry.uid("SeriesInstanceUID"), study_id),
    ).fetchone()
    if series is None:
        series_id, is_new = _insert(connection, "series", (study_id, 1), entry), 1
    else:
        series_id, is_new = int(series[0]), 0
        connection.execute("UPDATE series SET n_instances = n_instances + 1 WHERE id = ?", (series_id,))
    connection.execute(
        "UPDATE study SET n_series = n_series + ?, n_instances = n_instances + 1, modalities = ?, sop_classes = ? "
        "WHERE id = ?",
        (is_new, _with(modalities, modality), _with(classes, sop_class), study_id),
    )
    return series_id


def _insert(connection: sqlite3.Connection, table: str, fixed: tuple[Any, ...], entry: Entry) -> int:
    row = list(fixed)
    for keyword in _KEYWORDS[table]:
        value = entry.values[keyword]
        row.append(value)
        if keyword in _NAMES:
            row.append(normalise_name(str(value)))
    return int(connection.execute(_INSERT[table], row).lastrowid or 0)


def _with(listed: str, value: str) -> str:
    """Return a comma-separated list that holds `value`, sorted."""
    return listed if f",{value}," in f",{listed}," else ",".join(sorted({*listed.split(","), value} - {""}))
