"""A small SQLite file with its schema, opened safely for use from several threads."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock


class Database:
    """One connection behind a lock; every `transaction` is all or nothing and durable when it ends."""

    def __init__(self, path: Path, schema: str) -> None:
        self._log = path.with_name(f"{path.name}-wal")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        path.chmod(0o600)
        self._connection.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; {schema}")

    @contextmanager
    def transaction(self, *, is_flushed: bool = True) -> Iterator[sqlite3.Connection]:
        """Yield the connection inside BEGIN IMMEDIATE ... COMMIT; an error rolls back.

        One that is not flushed outlives this process, however that ends, but a loss of power only after `flush` or
        after the next transaction that is flushed.
        """
        with self._lock:
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if is_flushed else 'NORMAL'}")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def flush(self) -> None:
        """Have on the disk what is committed."""
        # Without a log everything is in the database itself, which SQLite has flushed.
        with suppress(FileNotFoundError), self._log.open("rb+") as stream:
            os.fsync(stream.fileno())

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
