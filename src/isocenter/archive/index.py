"""The index: an SQLite file that can always be rebuilt from the objects.

Changes are committed one batch at a time: who comes first commits for all that wait. Readers have connections of their
own and never wait for that (write-ahead log).
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from isocenter.archive.allocation import sync_data
from isocenter.archive.background import Background, Task
from isocenter.archive.disk import disk_errors
from isocenter.archive.matching import to_sql
from isocenter.archive.query import Query
from isocenter.archive.schema import SCHEMA, SCHEMA_VERSION
from isocenter.core.errors import DataError, IsocenterError, StorageFullError

T = TypeVar("T")
Change: TypeAlias = Callable[[sqlite3.Connection], Any]

MAX_BATCH = 64
# A millisecond of SQLite's virtual machine, and of making answers of rows.
_FEW_STEPS, _FEW_ROWS = 20_000, 128
# What was committed is moved from the log into the index in the background; a log this long is moved by who commits.
_CHECKPOINT_COMMITS, _MAX_LOG_PAGES = 30, 1_000


class _Waiting:
    """A change that waits for its commit, and what came of it."""

    __slots__ = ("change", "failure", "is_done", "result")

    def __init__(self, change: Change) -> None:
        self.change = change
        self.result: Any = None
        self.failure: Exception | None = None
        self.is_done = False

    def fail(self, failure: Exception) -> None:
        self.failure = failure
        self.is_done = True


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
        self._waiting: deque[_Waiting] = deque()
        self._turn = threading.Lock()
        self._is_closed = False
        self.is_complete = self._prepare()
        self._writer = self._connect()
        self._writer.execute(f"PRAGMA wal_autocheckpoint = {_MAX_LOG_PAGES}")
        self.n_commits = self._n_unmoved = 0
        self._checkpoint: Task | None = None
        self._background = Background(1, "index-checkpoint")

    def complete(self) -> None:
        """Note that every object is indexed."""
        self.change(lambda connection: connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}") and None)
        self.is_complete = True

    def change(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """Run `change` in the next batch and return its result once that is committed."""
        waiting = _Waiting(change)
        self._waiting.append(waiting)
        with self._turn:
            if not waiting.is_done:
                self._commit_waiting()
        if waiting.failure is not None:
            raise waiting.failure
        result: T = waiting.result
        return result

    def _commit_waiting(self) -> None:
        """Commit everything that waits, in its order."""
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(MAX_BATCH, len(self._waiting)))]
            if self._is_closed:
                for each in batch:
                    each.fail(IsocenterError("The archive is closed.", remedy="Send again when it is open."))
            else:
                _write(self._writer, batch)
                self.n_commits += 1
                self._n_unmoved += 1
        if self._n_unmoved >= _CHECKPOINT_COMMITS and (self._checkpoint is None or self._checkpoint.is_done):
            self._n_unmoved = 0
            self._checkpoint = self._background.submit(self._move_log)

    def _move_log(self) -> None:
        """Move what the log holds into the index; nobody waits for this."""
        with suppress(sqlite3.Error), self.reading() as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def flush(self) -> None:
        """Have on the disk what is committed: SQLite by itself does so only now and then."""
        log = self._path.with_name(self._path.name + "-wal")
        # Without a log everything is in the index itself, which SQLite has flushed.
        with disk_errors(), suppress(FileNotFoundError), log.open("rb+") as stream:
            sync_data(stream.fileno())

    def rows(self, query: Query) -> Iterator[Mapping[str, Any]]:
        """Yield one mapping of keyword to value for every match; raises, at once, what `to_sql` raises."""
        return self._rows(*to_sql(query))

    def rows_at_once(self, query: Query) -> list[Mapping[str, Any]] | None:
        """Return what `rows` yields if that is a matter of a moment, else None: for who must not be kept waiting."""
        text, parameters, keywords = to_sql(query)
        found = self.at_once(text, parameters)
        return None if found is None else [dict(zip(keywords, row, strict=True)) for row in found]

    def at_once(self, text: str, parameters: Sequence[str | int]) -> list[tuple[Any, ...]] | None:
        """Return the rows of a statement if it takes few steps and gives few rows, else None."""
        with self.reading() as connection:
            connection.set_progress_handler(_stop, _FEW_STEPS)
            try:
                rows = connection.execute(text, parameters).fetchmany(_FEW_ROWS + 1)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                    return None
                raise
            finally:
                connection.set_progress_handler(None, 0)
        return rows if len(rows) <= _FEW_ROWS else None

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
        self._background.close()
        with self._turn:
            if self._is_closed:
                return
            self._commit_waiting()
            self._is_closed = True
            self._writer.close()
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


def _stop() -> bool:
    return True


def remove_index(path: Path) -> None:
    """Remove an index file and its log."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _write(connection: sqlite3.Connection, batch: list[_Waiting]) -> None:
    """Commit a batch of changes; whatever happens, everyone who waits is answered."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        for waiting in batch:
            _attempt(connection, waiting, is_alone=len(batch) == 1)
        connection.execute("COMMIT")
    except Exception as error:  # the index must outlive any failure; each sender hears of it
        for waiting in batch:
            waiting.fail(error if isinstance(error, IsocenterError) else _index_failed(error))
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        return
    for waiting in batch:
        waiting.is_done = True


def _attempt(connection: sqlite3.Connection, waiting: _Waiting, *, is_alone: bool) -> None:
    """Run one change of a batch; if it fails, only its own rows are rolled back."""
    if is_alone:
        waiting.result = waiting.change(connection)
        return
    connection.execute("SAVEPOINT change")
    try:
        waiting.result = waiting.change(connection)
    except sqlite3.OperationalError:
        raise  # the disk or the file failed, not this change
    except Exception as error:  # a value that SQLite cannot take must not cost the others their commit
        connection.execute("ROLLBACK TO change")
        waiting.failure = error if isinstance(error, IsocenterError) else _index_failed(error)
    connection.execute("RELEASE change")


def _index_failed(error: Exception) -> IsocenterError:
    if isinstance(error, sqlite3.OperationalError) and "full" in str(error):
        return StorageFullError("The disk is full; nothing was stored.", remedy="Free some space and send again.")
    # Only the kind of error is told: its text may quote a value.
    found = str(error) if isinstance(error, sqlite3.OperationalError | sqlite3.DatabaseError) else type(error).__name__
    return DataError(
        "The index could not be read or written.", found=found, remedy="Check the disk, then rebuild the index."
    )
