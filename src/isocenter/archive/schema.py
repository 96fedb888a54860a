"""The tables of the index, made from the table of attributes."""

from __future__ import annotations

from isocenter.archive.attributes import columns, is_number
from isocenter.dicom.dictionary import tag_of, vr_of

SCHEMA_VERSION = 6
"""Kept in SQLite's ``user_version``; negative while the objects are still being indexed."""


def _table(name: str, fixed: str, level_keywords: tuple[str, ...]) -> str:
    parts = [fixed]
    for keyword in level_keywords:
        kind = "INTEGER" if is_number(keyword) else "TEXT NOT NULL DEFAULT ''"
        parts.append(f'"{keyword}" {kind}')
        if vr_of(tag_of(keyword)) == "PN":
            parts.append(f"\"{keyword}_search\" TEXT NOT NULL DEFAULT ''")
    return f"CREATE TABLE IF NOT EXISTS {name} ({', '.join(parts)});"


def _names_trigger(event: str) -> str:
    """Keep the words and groups of patients' names beside the studies; JSON's quoting makes a list of a text."""
    words = "replace(replace(json_quote(NEW.\"PatientName_search\"), '=', ' '), ' ', '\",\"')"
    groups = "replace(json_quote(NEW.\"PatientName_search\"), '=', '\",\"')"
    name = event.split(" ", maxsplit=1)[0].lower()
    return (
        f"CREATE TRIGGER IF NOT EXISTS name_{name} AFTER {event} ON study BEGIN "  # noqa: S608 - from tables
        "DELETE FROM name WHERE study_id = NEW.id; "
        "INSERT OR IGNORE INTO name (word, study_id) "
        f"SELECT value, NEW.id FROM json_each('[' || {words} || ']') WHERE value <> '' "
        f"UNION SELECT '=' || value, NEW.id FROM json_each('[' || {groups} || ']') WHERE value <> ''; END;"
    )


SCHEMA = "\n".join(
    (
        _table(
            "study",
            "id INTEGER PRIMARY KEY, n_series INTEGER NOT NULL DEFAULT 0, n_instances INTEGER NOT NULL DEFAULT 0, "
            "modalities TEXT NOT NULL DEFAULT '', sop_classes TEXT NOT NULL DEFAULT ''",
            columns("PATIENT") + columns("STUDY"),
        ),
        _table(
            "series",
            "id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study(id), "
            "n_instances INTEGER NOT NULL DEFAULT 0",
            columns("SERIES"),
        ),
        _table(
            "instance",
            "id INTEGER PRIMARY KEY, series_id INTEGER NOT NULL REFERENCES series(id), sha256 TEXT NOT NULL, "
            "segment INTEGER NOT NULL, offset INTEGER NOT NULL, size_bytes INTEGER NOT NULL, "
            "transfer_syntax_uid TEXT NOT NULL, origin TEXT NOT NULL",
            columns("IMAGE"),
        ),
        # Large values stand apart, so that a walk over instances does not read them.
        "CREATE TABLE IF NOT EXISTS content (instance_id INTEGER PRIMARY KEY REFERENCES instance(id), "
        "metadata BLOB, frames BLOB);",
        "CREATE TABLE IF NOT EXISTS conflict (id INTEGER PRIMARY KEY, sop_instance_uid TEXT NOT NULL, "
        "sha256 TEXT NOT NULL UNIQUE, segment INTEGER NOT NULL, offset INTEGER NOT NULL, size_bytes INTEGER NOT NULL, "
        "origin TEXT NOT NULL);",
        # What was rejected is in no answer: it stands apart from what is searched.
        "CREATE TABLE IF NOT EXISTS rejected (id INTEGER PRIMARY KEY, sop_instance_uid TEXT NOT NULL UNIQUE, "
        "sop_class_uid TEXT NOT NULL, study_uid TEXT NOT NULL, series_uid TEXT NOT NULL, sha256 TEXT NOT NULL, "
        "segment INTEGER NOT NULL, offset INTEGER NOT NULL, size_bytes INTEGER NOT NULL, "
        "transfer_syntax_uid TEXT NOT NULL, origin TEXT NOT NULL);",
        "CREATE INDEX IF NOT EXISTS rejected_study ON rejected (study_uid);",
        # Bytes that no row names any more and that are still to be given back.
        "CREATE TABLE IF NOT EXISTS doomed (segment INTEGER NOT NULL, offset INTEGER NOT NULL, "
        "size_bytes INTEGER NOT NULL, PRIMARY KEY (segment, offset)) WITHOUT ROWID;",
        # Which corrections have changed an instance: see `corrections`.
        "CREATE TABLE IF NOT EXISTS correction (instance_id INTEGER NOT NULL REFERENCES instance(id), "
        "sequence INTEGER NOT NULL, PRIMARY KEY (instance_id, sequence)) WITHOUT ROWID;",
        "CREATE INDEX IF NOT EXISTS correction_sequence ON correction (sequence);",
        "CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value INTEGER NOT NULL);",
        'CREATE UNIQUE INDEX IF NOT EXISTS study_uid ON study ("StudyInstanceUID");',
        'CREATE UNIQUE INDEX IF NOT EXISTS series_uid ON series ("SeriesInstanceUID", study_id);',
        'CREATE UNIQUE INDEX IF NOT EXISTS instance_uid ON instance ("SOPInstanceUID");',
        'CREATE INDEX IF NOT EXISTS study_patient ON study ("PatientID");',
        'CREATE INDEX IF NOT EXISTS study_name ON study ("PatientName_search");',
        'CREATE INDEX IF NOT EXISTS study_date ON study ("StudyDate");',
        'CREATE INDEX IF NOT EXISTS study_accession ON study ("AccessionNumber");',
        "CREATE TABLE IF NOT EXISTS name (word TEXT NOT NULL, study_id INTEGER NOT NULL, PRIMARY KEY (word, study_id)) "
        "WITHOUT ROWID;",
        "CREATE INDEX IF NOT EXISTS name_study ON name (study_id);",
        _names_trigger("INSERT"),
        _names_trigger('UPDATE OF "PatientName_search"'),
        "CREATE TRIGGER IF NOT EXISTS name_delete AFTER DELETE ON study "
        "BEGIN DELETE FROM name WHERE study_id = OLD.id; END;",
        "CREATE INDEX IF NOT EXISTS series_study ON series (study_id);",
        "CREATE INDEX IF NOT EXISTS instance_place ON instance (segment, offset);",
        "CREATE INDEX IF NOT EXISTS instance_series ON instance (series_id);",
        "CREATE INDEX IF NOT EXISTS conflict_uid ON conflict (sop_instance_uid);",
    )
)
