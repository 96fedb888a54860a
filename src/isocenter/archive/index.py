"""The index: an SQLite file that can always be rebuilt from the objects.

One thread writes and commits in batches, so that many senders share a flush; readers have connections of their own and
never wait for it (write-ahead log).
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from isocenter.archive.attributes import columns, is_number
from isocenter.archive.matching import normalise_name, to_sql
from isocenter.archive.query import Query
from isocenter.core.errors import DataError, IsocenterError, StorageFullError
from isocenter.dicom.dictionary import tag_of, vr_of

T = TypeVar("T")
Change: TypeAlias = Callable[[sqlite3.Connection], Any]

SCHEMA_VERSION = 1
MAX_BATCH = 64


def _table(name: str, fixed: str, level_keywords: tuple[str, ...]) -> str:
    parts = [fixed]
    for keyword in level_keywords:
        kind = "INTEGER" if is_number(keyword) else "TEXT NOT NULL DEFAULT ''"
        parts.append(f'"{keyword}" {kind}')
        if vr_of(tag_of(keyword)) == "PN":
            parts.append(f"\"{keyword}_search\" TEXT NOT NULL DEFAULT ''")
    return f"CREATE TABLE IF NOT EXISTS {name} ({', '.join(parts)});"


_STUDY, _SERIES, _INSTANCE = columns("PATIENT") + columns("STUDY"), columns("SERIES"), columns("IMAGE")
_SCHEMA = "\n".join(
    (
        _table("study", "id INTEGER PRIMARY KEY", _STUDY),
        _table("series", "id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study(id)", _SERIES),
        _table(
            "instance",
            "id INTEGER PRIMARY KEY, series_id INTEGER NOT NULL REFERENCES series(id), sha256 TEXT NOT NULL, "
            "size_bytes INTEGER NOT NULL, transfer_syntax_uid TEXT NOT NULL, origin TEXT NOT NULL, metadata BLOB",
            _INSTANCE,
        ),
        "CREATE TABLE IF NOT EXISTS conflict (id INTEGER PRIMARY KEY, sop_instance_uid TEXT NOT NULL, "
        "sha256 TEXT NOT NULL UNIQUE, origin TEXT NOT NULL);",
        'CREATE UNIQUE INDEX IF NOT EXISTS study_uid ON study ("StudyInstanceUID");',
        'CREATE UNIQUE INDEX IF NOT EXISTS series_uid ON series ("SeriesInstanceUID", study_id);',
        'CREATE UNIQUE INDEX IF NOT EXISTS instance_uid ON instance ("SOPInstanceUID");',
        'CREATE INDEX IF NOT EXISTS study_patient ON study ("PatientID");',
        'CREATE INDEX IF NOT EXISTS study_name ON study ("PatientName_search");',
        'CREATE INDEX IF NOT EXISTS study_date ON study ("StudyDate");',
        'CREATE INDEX IF NOT EXISTS study_accession ON study ("AccessionNumber");',
        "CREATE INDEX IF NOT EXISTS series_study ON series (study_id);",
        "CREATE INDEX IF NOT EXISTS instance_series ON instance (series_id);",
    )
)


class Index:
    """The index of one archive."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._changes: queue.SimpleQueue[tuple[Change, Future[Any]] | None] = queue.SimpleQueue()
        self._prepare()
        self._writer = threading.Thread(target=self._write_all, name="index-writer", daemon=True)
        self._writer.start()

    def _prepare(self) -> None:
        connection = self._connect()
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, SCHEMA_VERSION):
            connection.close()
            raise DataError(
                "The index was written by another version.",
                file=self._path.name,
                found=version,
                expected=SCHEMA_VERSION,
                remedy="Move it away: it is rebuilt from the objects.",
            )
        connection.executescript(f"{_SCHEMA}\nPRAGMA user_version = {SCHEMA_VERSION};")
        connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None, timeout=30)
        connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;")
        return connection

    def change(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """Run `change` in the writer's next batch and return its result once that is committed."""
        future: Future[T] = Future()
        self._changes.put((change, future))
        return future.result()

    def rows(self, query: Query) -> Iterator[Mapping[str, Any]]:
        """Yield one mapping of keyword to value for every match; raises what `to_sql` raises."""
        text, parameters, keywords = to_sql(query)
        for row in self.reader().execute(text, parameters):
            yield dict(zip(keywords, row, strict=True))

    def reader(self) -> sqlite3.Connection:
        """Return this thread's own connection, for reading."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect()
            connection.execute("PRAGMA query_only = ON")
            self._local.connection = connection
            self._readers.append(connection)
        return connection

    def close(self) -> None:
        """Commit what waits and close the file."""
        self._changes.put(None)
        self._writer.join()
        for connection in self._readers:
            connection.close()

    def _write_all(self) -> None:
        connection = self._connect()
        is_open = True
        while is_open:
            batch = [self._changes.get()]
            while len(batch) < MAX_BATCH and not self._changes.empty():
                batch.append(self._changes.get())
            is_open = None not in batch
            self._write(connection, [entry for entry in batch if entry is not None])
        connection.close()

    @staticmethod
    def _write(connection: sqlite3.Connection, batch: list[tuple[Change, Future[Any]]]) -> None:
        if not batch:
            return
        results: list[tuple[Future[Any], Any, BaseException | None]] = []
        try:
            connection.execute("BEGIN IMMEDIATE")
            for change, future in batch:
                results.append((future, *_attempt(connection, change)))
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            for _, future in batch:
                future.set_exception(_index_failed(error))
            return
        for future, result, failure in results:
            if failure is None:
                future.set_result(result)
            else:
                future.set_exception(failure)


def _attempt(connection: sqlite3.Connection, change: Change) -> tuple[Any, BaseException | None]:
    """Run one change of a batch; if it fails, only its own rows are rolled back."""
    connection.execute("SAVEPOINT change")
    try:
        result = change(connection)
    except (IsocenterError, sqlite3.IntegrityError, sqlite3.DataError) as error:
        connection.execute("ROLLBACK TO change")
        connection.execute("RELEASE change")
        return None, error
    connection.execute("RELEASE change")
    return result, None


def _index_failed(error: sqlite3.Error) -> IsocenterError:
    if "full" in str(error):
        return StorageFullError("The disk is full; nothing was stored.", remedy="Free some space and send again.")
    return DataError(
        "The index could not be written.", found=str(error), remedy="Check the disk, then rebuild the index."
    )


def insert(connection: sqlite3.Connection, table: str, fixed: Mapping[str, Any], values: Mapping[str, Any]) -> int:
    """Insert a row with its fixed columns and indexed keywords, names in searchable form too; return its id."""
    row = dict(fixed)
    for keyword, value in values.items():
        row[f'"{keyword}"'] = value
        if vr_of(tag_of(keyword)) == "PN":
            row[f'"{keyword}_search"'] = normalise_name(str(value))
    marks = ", ".join("?" * len(row))
    cursor = connection.execute(
        f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})",  # noqa: S608 - names from our tables
        list(row.values()),
    )
    return int(cursor.lastrowid or 0)
