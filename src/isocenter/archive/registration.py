"""How an instance enters the tables: the first bytes under a SOP Instance UID stay, counts are kept as it comes in."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from isocenter.archive.attributes import columns
from isocenter.archive.entry import Entry
from isocenter.archive.matching import normalise_name
from isocenter.dicom.dictionary import tag_of, vr_of

State: TypeAlias = Literal["stored", "duplicate", "conflict"]


def register(connection: sqlite3.Connection, entry: Entry, sha256: str, size_bytes: int, origin: str) -> State:
    """Enter an instance, and say whether it is new, was here already, or came under a UID that others have."""
    uid = entry.uid("SOPInstanceUID")
    known = connection.execute('SELECT sha256 FROM instance WHERE "SOPInstanceUID" = ?', (uid,)).fetchone()
    if known is not None:
        if known[0] == sha256:
            return "duplicate"
        connection.execute(
            "INSERT OR IGNORE INTO conflict (sop_instance_uid, sha256, origin) VALUES (?, ?, ?)", (uid, sha256, origin)
        )
        return "conflict"
    study_id, _ = _described(connection, entry, "study", "StudyInstanceUID", {}, columns("PATIENT") + columns("STUDY"))
    series_id, is_new_series = _described(
        connection, entry, "series", "SeriesInstanceUID", {"study_id": study_id}, columns("SERIES")
    )
    fixed = {
        "series_id": series_id,
        "sha256": sha256,
        "size_bytes": size_bytes,
        "transfer_syntax_uid": entry.transfer_syntax_uid,
        "origin": origin,
    }
    instance_id = _insert(connection, "instance", fixed, entry, columns("IMAGE"))
    connection.execute("INSERT INTO content (instance_id, frames) VALUES (?, ?)", (instance_id, entry.frames))
    _count(connection, entry, study_id, series_id, is_new_series=is_new_series)
    return "stored"


def knows(connection: sqlite3.Connection, sha256: str) -> bool:
    """Return whether an object is entered, as an instance or as a conflict."""
    found = connection.execute(
        "SELECT 1 FROM instance WHERE sha256 = :sha256 UNION ALL SELECT 1 FROM conflict WHERE sha256 = :sha256",
        {"sha256": sha256},
    )
    return found.fetchone() is not None


def known(connection: sqlite3.Connection) -> set[str]:
    """Return the SHA-256 of every object that is entered."""
    rows = connection.execute("SELECT sha256 FROM instance UNION SELECT sha256 FROM conflict").fetchall()
    return {row[0] for row in rows}


def _described(
    connection: sqlite3.Connection,
    entry: Entry,
    table: str,
    key: str,
    fixed: Mapping[str, int],
    keywords: tuple[str, ...],
) -> tuple[int, bool]:
    """Return the id of a study or series, which the first instance of it describes, and whether it is new."""
    conditions = "".join(f" AND {name} = ?" for name in fixed)
    found = connection.execute(
        f'SELECT id FROM {table} WHERE "{key}" = ?{conditions}',  # noqa: S608 - names from our tables
        (entry.values[key], *fixed.values()),
    ).fetchone()
    return (int(found[0]), False) if found else (_insert(connection, table, fixed, entry, keywords), True)


def _insert(
    connection: sqlite3.Connection, table: str, fixed: Mapping[str, Any], entry: Entry, keywords: tuple[str, ...]
) -> int:
    """Insert a row with its fixed columns and indexed keywords, names in searchable form too; return its id."""
    row = dict(fixed)
    for keyword in keywords:
        row[f'"{keyword}"'] = entry.values[keyword]
        if vr_of(tag_of(keyword)) == "PN":
            row[f'"{keyword}_search"'] = normalise_name(str(entry.values[keyword]))
    marks = ", ".join("?" * len(row))
    cursor = connection.execute(
        f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})",  # noqa: S608 - names from our tables
        list(row.values()),
    )
    return int(cursor.lastrowid or 0)


def _count(connection: sqlite3.Connection, entry: Entry, study_id: int, series_id: int, *, is_new_series: bool) -> None:
    """Keep the counts and lists of a study, so that no query has to count."""
    connection.execute("UPDATE series SET n_instances = n_instances + 1 WHERE id = ?", (series_id,))
    modalities, classes = connection.execute(
        "SELECT modalities, sop_classes FROM study WHERE id = ?", (study_id,)
    ).fetchone()
    connection.execute(
        "UPDATE study SET n_series = n_series + ?, n_instances = n_instances + 1, modalities = ?, sop_classes = ? "
        "WHERE id = ?",
        (
            int(is_new_series),
            _with(modalities, str(entry.values["Modality"])),
            _with(classes, entry.uid("SOPClassUID")),
            study_id,
        ),
    )


def _with(listed: str, value: str) -> str:
    """Return a comma-separated list that holds `value`, sorted."""
    return ",".join(sorted({*listed.split(","), value} - {""}))
