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
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from isocenter.archive.matching import to_sql
from isocenter.archive.query import Query
from isocenter.archive.schema import SCHEMA, SCHEMA_VERSION
from isocenter.archive.store import disk_errors, sync_data
from isocenter.core.errors import DataError, IsocenterError, StorageFullError

T = TypeVar("T")
Change: TypeAlias = Callable[[sqlite3.Connection], Any]

MAX_BATCH = 64


class Index:
    """The index of one archive; `is_complete` is False until `complete` says that every object is in it.

    Raises
    ------
    DataError
        If the file is no index, or was written by a newer version. One of an older version is started anew.
    """

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        self._path = path
        self._synchronous = "NORMAL" if durable else "OFF"
        self._idle: list[sqlite3.Connection] = []
        self._changes: queue.SimpleQueue[tuple[Change, Future[Any]] | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._is_closed = False
        self.is_complete = self._prepare()
        self._writer = threading.Thread(target=self._write_all, name="index-writer", daemon=True)
        self._writer.start()

    def complete(self) -> None:
        """Note that every object is indexed."""
        self.change(lambda connection: connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}") and None)
        self.is_complete = True

    def change(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """Run `change` in the writer's next batch and return its result once that is committed."""
        future: Future[T] = Future()
        with self._gate:
            if self._is_closed:
                raise IsocenterError("The archive is closed.", remedy="Send again when it is open.")
            self._changes.put((change, future))
        return future.result()

    def flush(self) -> None:
        """Have on the disk what is committed: SQLite by itself does so only now and then."""
        log = self._path.with_name(self._path.name + "-wal")
        # Without a log everything is in the index itself, which SQLite has flushed.
        with disk_errors(), suppress(FileNotFoundError), log.open("rb+") as stream:
            sync_data(stream.fileno())

    def rows(self, query: Query) -> Iterator[Mapping[str, Any]]:
        """Yield one mapping of keyword to value for every match; raises, at once, what `to_sql` raises."""
        return self._rows(*to_sql(query))

    def _rows(self, text: str, parameters: list[str | int], keywords: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
        with self.reading() as connection:
            cursor = connection.execute(text, parameters)
            try:
                for row in cursor:
                    yield dict(zip(keywords, row, strict=True))
            finally:
                cursor.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection for reading; there are never more than readers at one time."""
        connection = self._idle.pop() if self._idle else self._reader()
        try:
            yield connection
        finally:
            if self._is_closed:
                connection.close()
            else:
                self._idle.append(connection)

    def close(self) -> None:
        """Commit what waits and close the file."""
        with self._gate:
            if self._is_closed:
                return
            self._is_closed = True
            self._changes.put(None)
        self._writer.join()
        self.flush()
        while self._idle:
            self._idle.pop().close()

    def _prepare(self) -> bool:
        """Make the tables, and return whether the objects are known to be indexed."""
        connection = self._connect()
        try:
            version: int = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > SCHEMA_VERSION:
                raise DataError(
                    "The index was written by a newer version.",
                    file=self._path.name,
                    found=version,
                    expected=f"at most {SCHEMA_VERSION}",
                    remedy="Start the newer version, or rebuild the index from the objects.",
                )
            if abs(version) < SCHEMA_VERSION:
                connection.close()
                remove_index(self._path)
                connection = self._connect()
                connection.executescript(f"{SCHEMA}\nPRAGMA user_version = {-SCHEMA_VERSION};")
        finally:
            connection.close()
        return version == SCHEMA_VERSION

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None, timeout=30)
        try:
            connection.executescript(
                f"PRAGMA journal_mode=WAL; PRAGMA synchronous={self._synchronous}; PRAGMA foreign_keys=ON;"
            )
        except sqlite3.DatabaseError as error:
            connection.close()
            raise _index_failed(error) from error
        return connection

    def _reader(self) -> sqlite3.Connection:
        connection = self._connect()
        connection.execute("PRAGMA query_only = ON")
        return connection

    def _write_all(self) -> None:
        connection = self._connect()
        is_open = True
        while is_open:
            batch = [self._changes.get()]
            while len(batch) < MAX_BATCH and not self._changes.empty():
                batch.append(self._changes.get())
            is_open = None not in batch
            _write(connection, [entry for entry in batch if entry is not None])
        connection.close()


def remove_index(path: Path) -> None:
    """Remove an index file and its log."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _write(connection: sqlite3.Connection, batch: list[tuple[Change, Future[Any]]]) -> None:
    """Commit a batch of changes; whatever happens, everyone who waits is answered."""
    if not batch:
        return
    try:
        connection.execute("BEGIN IMMEDIATE")
        outcomes = [_attempt(connection, change) for change, _ in batch]
        connection.execute("COMMIT")
    except Exception as error:  # the writer must outlive any failure; each sender hears of it
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        for _, future in batch:
            future.set_exception(_index_failed(error))
        return
    for (_, future), (result, failure) in zip(batch, outcomes, strict=True):
        if failure is None:
            future.set_result(result)
        else:
            future.set_exception(failure)


def _attempt(connection: sqlite3.Connection, change: Change) -> tuple[Any, Exception | None]:
    """Run one change of a batch; if it fails, only its own rows are rolled back."""
    connection.execute("SAVEPOINT change")
    try:
        result = change(connection)
    except sqlite3.OperationalError:
        raise  # the disk or the file failed, not this change
    except Exception as error:  # a value that SQLite cannot take must not cost the others their commit
        connection.execute("ROLLBACK TO change")
        connection.execute("RELEASE change")
        return None, error if isinstance(error, IsocenterError) else _index_failed(error)
    connection.execute("RELEASE change")
    return result, None


def _index_failed(error: Exception) -> IsocenterError:
    if isinstance(error, sqlite3.OperationalError) and "full" in str(error):
        return StorageFullError("The disk is full; nothing was stored.", remedy="Free some space and send again.")
    # Only the kind of error is told: its text may quote a value.
    found = str(error) if isinstance(error, sqlite3.OperationalError | sqlite3.DatabaseError) else type(error).__name__
    return DataError(
        "The index could not be read or written.", found=found, remedy="Check the disk, then rebuild the index."
    )
