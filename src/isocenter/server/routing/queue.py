"""The outbound queue: what is to be sent where, in an SQLite file that survives crashes.

A job is one instance for one destination. It is ``held`` until its study is quiet, ``waiting`` until it was sent, then
``sent``, or ``uncommitted`` until the destination has said that it is safe there, then ``committed``. What was given up
is ``failed``, with the reason, until a person has it tried again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from isocenter.trust.database import Database

State: TypeAlias = Literal["held", "waiting", "sent", "uncommitted", "committed", "failed"]

OUTBOX = "outbox.sqlite"
KEPT_S = 30 * 86400.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS job (
    id INTEGER PRIMARY KEY, destination TEXT NOT NULL, rule TEXT NOT NULL, study_uid TEXT NOT NULL,
    series_uid TEXT NOT NULL, instance_uid TEXT NOT NULL, transfer_syntax_uid TEXT NOT NULL, commits INTEGER NOT NULL,
    hold_s REAL NOT NULL, state TEXT NOT NULL, queued_at REAL NOT NULL, due_at REAL NOT NULL,
    n_failures INTEGER NOT NULL DEFAULT 0, failing_since REAL NOT NULL DEFAULT 0, sent_at REAL NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '', UNIQUE (destination, instance_uid));
CREATE INDEX IF NOT EXISTS job_due ON job (destination, state, due_at);
CREATE INDEX IF NOT EXISTS job_held ON job (study_uid, hold_s) WHERE state = 'held';
CREATE INDEX IF NOT EXISTS job_sent ON job (sent_at) WHERE state IN ('sent', 'committed');
CREATE TABLE IF NOT EXISTS quiet (
    study_uid TEXT NOT NULL, hold_s REAL NOT NULL, ready_at REAL NOT NULL, PRIMARY KEY (study_uid, hold_s));
CREATE TABLE IF NOT EXISTS destination (
    name TEXT PRIMARY KEY, n_failures INTEGER NOT NULL, failing_since REAL NOT NULL, due_at REAL NOT NULL,
    reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS seen (mark INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS recent (row_id INTEGER PRIMARY KEY, mark INTEGER NOT NULL);
"""
_COLUMNS = (
    "id, destination, rule, study_uid, series_uid, instance_uid, transfer_syntax_uid, commits, hold_s, state, "
    "queued_at, due_at, n_failures, failing_since, sent_at, reason"
)


@dataclass(frozen=True)
class Order:
    """What is to be queued."""

    destination: str
    rule: str
    study_uid: str
    series_uid: str
    instance_uid: str
    transfer_syntax_uid: str
    commits: bool
    hold_s: float


@dataclass(frozen=True)
class Job:
    """One instance for one destination and how far it has come; times in seconds since 1970."""

    number: int
    destination: str
    rule: str
    study_uid: str
    series_uid: str
    instance_uid: str
    transfer_syntax_uid: str
    commits: bool
    hold_s: float
    state: State
    queued_at: float
    due_at: float
    n_failures: int
    failing_since: float
    sent_at: float
    reason: str


@dataclass(frozen=True)
class Trouble:
    """A destination that could not be spoken to: how often in a row, since when, and when it is tried again."""

    n_failures: int = 0
    failing_since: float = 0.0
    due_at: float = 0.0
    reason: str = ""


class Queue:
    """The queue in one file, for the threads of the server and for commands beside it."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection; what is done with it is done entirely or not at all.

        A loss of power may take the last transactions, never some before them: then what was seen last is looked at
        again, and what was sent last is sent again, which the other side knows as a duplicate.
        """
        with self._database.transaction(is_flushed=False) as connection:
            yield connection

    def due(self, destination: str, state: State, now: float, limit: int) -> list[Job]:
        """Return up to `limit` jobs of a destination that are to be done now, the oldest first."""
        return self._jobs(
            "WHERE destination = ? AND state = ? AND due_at <= ? ORDER BY due_at, id LIMIT ?",
            (destination, state, now, limit),
        )

    def next_due(self, destination: str) -> float | None:
        """Return when the next job of a destination is to be done; None if nothing waits."""
        with self.transaction() as connection:
            row = connection.execute(
                "SELECT min(due_at) FROM job WHERE destination = ? AND state IN ('waiting', 'uncommitted')",
                (destination,),
            ).fetchone()
        return None if row[0] is None else float(row[0])

    def listed(self, *states: State, limit: int = -1) -> list[Job]:
        """Return the jobs in these states, the oldest first."""
        marks = ", ".join("?" * len(states))
        return self._jobs(f"WHERE state IN ({marks}) ORDER BY id LIMIT ?", (*states, limit))

    def counts(self) -> dict[tuple[str, State], int]:
        """Return how many jobs a destination has in each state."""
        with self.transaction() as connection:
            rows = connection.execute(
                "SELECT destination, state, count(*) FROM job GROUP BY destination, state ORDER BY destination, state"
            ).fetchall()
        return {(row[0], row[1]): row[2] for row in rows}

    def sent(self, jobs: Iterable[Job], now: float) -> None:
        """Note that the destination has taken instances; commitment, where it is wanted, is asked for next."""
        with self.transaction() as connection:
            connection.executemany(
                "UPDATE job SET state = ?, due_at = ?, sent_at = ?, n_failures = 0, failing_since = 0, reason = '' "
                "WHERE id = ?",
                [("uncommitted" if job.commits else "sent", now, now, job.number) for job in jobs],
            )

    def committed(self, jobs: Iterable[Job]) -> None:
        """Note that the destination has said that instances are safe there."""
        with self.transaction() as connection:
            connection.executemany(
                "UPDATE job SET state = 'committed', reason = '' WHERE id = ?", [(job.number,) for job in jobs]
            )

    def postpone(self, jobs: Iterable[tuple[Job, str, float]], now: float, *, again: bool = False) -> None:
        """Have jobs tried again, for a reason, at a time; with `again` they are sent anew, although they were sent."""
        with self.transaction() as connection:
            connection.executemany(
                "UPDATE job SET n_failures = n_failures + 1, reason = ?, due_at = ?, "
                "failing_since = CASE failing_since WHEN 0 THEN ? ELSE failing_since END, "
                "state = CASE WHEN ? THEN 'waiting' ELSE state END, "
                "sent_at = CASE WHEN ? THEN 0 ELSE sent_at END WHERE id = ?",
                [(reason, due_at, now, again, again, job.number) for job, reason, due_at in jobs],
            )

    def fail(self, jobs: Iterable[tuple[Job, str]]) -> None:
        """Give jobs up; they stay listed with the reason."""
        with self.transaction() as connection:
            connection.executemany(
                "UPDATE job SET state = 'failed', reason = ? WHERE id = ?",
                [(reason, job.number) for job, reason in jobs],
            )

    def abandon(self, destinations: Iterable[str], reason: str) -> int:
        """Give up everything for destinations other than these; return how much that is."""
        kept = tuple(destinations)
        others = f"destination NOT IN ({', '.join('?' * len(kept))})"
        with self.transaction() as connection:
            return connection.execute(
                "UPDATE job SET state = 'failed', reason = ? "  # noqa: S608 - question marks
                f"WHERE state IN ('held', 'waiting', 'uncommitted') AND {others}",
                (reason, *kept),
            ).rowcount

    def trouble(self, destination: str) -> Trouble:
        """Return what is known of a destination that could not be spoken to."""
        with self.transaction() as connection:
            row = connection.execute(
                "SELECT n_failures, failing_since, due_at, reason FROM destination WHERE name = ?", (destination,)
            ).fetchone()
        return Trouble() if row is None else Trouble(*row)

    def note_trouble(self, destination: str, trouble: Trouble | None) -> None:
        """Keep what is known of a destination, None if it answers."""
        with self.transaction() as connection:
            if trouble is None:
                connection.execute("DELETE FROM destination WHERE name = ?", (destination,))
            else:
                connection.execute(
                    "INSERT OR REPLACE INTO destination VALUES (?, ?, ?, ?, ?)",
                    (destination, trouble.n_failures, trouble.failing_since, trouble.due_at, trouble.reason),
                )

    def give_up(self, destination: str, queued_before: float, reason: str) -> int:
        """Give up what has waited for a destination since before a time; return how much that is."""
        with self.transaction() as connection:
            return connection.execute(
                "UPDATE job SET state = 'failed', reason = ? "
                "WHERE destination = ? AND state IN ('waiting', 'uncommitted') AND queued_at < ?",
                (reason, destination, queued_before),
            ).rowcount

    def retry(self, now: float, destination: str | None = None) -> int:
        """Have what failed or was postponed tried again at once; return how much that is."""
        with self.transaction() as connection:
            n_jobs = connection.execute(
                "UPDATE job SET state = CASE WHEN sent_at > 0 THEN 'uncommitted' ELSE 'waiting' END, due_at = 0, "
                "n_failures = 0, failing_since = 0, queued_at = ? WHERE destination = coalesce(?, destination) "
                "AND (state = 'failed' OR (state IN ('waiting', 'uncommitted') AND n_failures > 0))",
                (now, destination),
            ).rowcount
            connection.execute("DELETE FROM destination WHERE name = coalesce(?, name)", (destination,))
        return n_jobs

    def forget_sent(self, before: float) -> None:
        """Forget jobs that were done before a time."""
        with self.transaction() as connection:
            connection.execute("DELETE FROM job WHERE state IN ('sent', 'committed') AND sent_at < ?", (before,))

    def _jobs(self, condition: str, parameters: Sequence[str | float]) -> list[Job]:
        with self.transaction() as connection:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM job {condition}", parameters).fetchall()  # noqa: S608
        return [Job(*row) for row in rows]


def put(connection: sqlite3.Connection, order: Order, now: float) -> bool:
    """Queue an instance within a transaction; return False if it was queued for this destination before."""
    state: State = "held" if order.hold_s else "waiting"
    return (
        connection.execute(
            "INSERT OR IGNORE INTO job (destination, rule, study_uid, series_uid, instance_uid, transfer_syntax_uid, "
            "commits, hold_s, state, queued_at, due_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                order.destination, order.rule, order.study_uid, order.series_uid, order.instance_uid,
                order.transfer_syntax_uid, order.commits, order.hold_s, state, now, now,
            ),
        ).rowcount
        == 1
    )  # fmt: skip
