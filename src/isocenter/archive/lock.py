"""One process per archive: a second one would clear away what the first is receiving."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from isocenter.core.errors import ConflictError


def hold(path: Path) -> sqlite3.Connection:
    """Return a held lock that ends when it is closed or its process does, however it ends; raises `ConflictError`.

    SQLite's own file lock is used because it works on every system that the index works on.
    """
    connection = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        connection.close()
        raise ConflictError(
            "Another program has this archive open.",
            file=str(path.parent),
            found="in use",
            remedy="Stop the other program, or do this through it (over the web or DICOM).",
        ) from None
    return connection
