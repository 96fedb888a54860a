"""Procedure steps kept in one SQLite file, durable when they are acknowledged."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from isocenter.core.errors import ConflictError, NotFoundError
from isocenter.dicom.json_reader import JsonDataset
from isocenter.protocols.dimse.performed_step import FINAL, merged, status_of
from isocenter.trust.database import Database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS step (
    uid TEXT PRIMARY KEY, status TEXT NOT NULL, dataset TEXT NOT NULL, changed_at TEXT NOT NULL
);
"""


class KeptSteps:
    """The steps that modalities told of; see `procedure_steps.ProcedureSteps`."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _SCHEMA)

    def create(self, uid: str, dataset: JsonDataset) -> None:
        """Keep a new step; raises `ConflictError` if there is one with this UID."""
        try:
            with self._database.transaction() as connection:
                connection.execute("INSERT INTO step VALUES (?, ?, ?, ?)", (uid, *_row(dataset)))
        except sqlite3.IntegrityError:
            raise ConflictError("This step is here already.", field="SOPInstanceUID", found=uid) from None

    def update(self, uid: str, dataset: JsonDataset) -> None:
        """Change a step; raises `NotFoundError` if it is not here, `ConflictError` if it is final."""
        with self._database.transaction() as connection:
            found = connection.execute("SELECT dataset FROM step WHERE uid = ?", (uid,)).fetchone()
            if found is None:
                raise NotFoundError("This step is not here.", field="SOPInstanceUID", found=uid)
            step: JsonDataset = json.loads(found[0])
            if status_of(step) in FINAL:
                raise ConflictError("Performed Procedure Step Object may no longer be updated")
            connection.execute(
                "UPDATE step SET status = ?, dataset = ?, changed_at = ? WHERE uid = ?",
                (*_row(merged(step, dataset)), uid),
            )

    def get(self, uid: str) -> JsonDataset | None:
        """Return a step, None if it is not here."""
        with self._database.transaction() as connection:
            found = connection.execute("SELECT dataset FROM step WHERE uid = ?", (uid,)).fetchone()
        step: JsonDataset | None = None if found is None else json.loads(found[0])
        return step

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _row(dataset: JsonDataset) -> tuple[str, str, str]:
    return status_of(dataset), json.dumps(dataset), datetime.now(UTC).isoformat(timespec="milliseconds")
