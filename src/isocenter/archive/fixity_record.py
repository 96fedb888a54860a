"""What sweeps have found and how far they have come, kept beside the index until it is put right.

A sweep that was stopped goes on at the segment it had come to. A finding is dropped when its object is sound again,
for example after it was restored, or is no longer there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import sleep

from isocenter.archive.fixity import Finding, FixityReport, Pace, check_segment, segments_to_check
from isocenter.archive.object_writer import Place
from isocenter.core.errors import DataError, NotFoundError
from isocenter.core.progress import OnProgress, report

FILE = "fixity.sqlite"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS finding (segment INTEGER NOT NULL, offset INTEGER NOT NULL, size_bytes INTEGER NOT NULL,
    kind TEXT NOT NULL, sop_instance_uid TEXT NOT NULL, sha256 TEXT NOT NULL, found_at TEXT NOT NULL,
    seen_at TEXT NOT NULL, PRIMARY KEY (segment, offset)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sweep (id INTEGER PRIMARY KEY CHECK (id = 1), begun_at TEXT NOT NULL,
    next_segment INTEGER NOT NULL, n_objects INTEGER NOT NULL, n_bytes INTEGER NOT NULL, ended_at TEXT NOT NULL);
"""
_KEEP = (
    "INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (segment, offset) DO UPDATE SET "
    "kind = excluded.kind, sop_instance_uid = excluded.sop_instance_uid, sha256 = excluded.sha256, "
    "seen_at = excluded.seen_at"
)


@dataclass(frozen=True)
class Kept:
    """A finding, when it was made and when it was last seen (UTC)."""

    finding: Finding
    found_at: str
    seen_at: str


@dataclass(frozen=True)
class Progress:
    """How far the current or last sweep has come; `ended_at` is empty while it is on its way."""

    begun_at: str
    next_segment: int
    n_objects: int
    n_bytes: int
    ended_at: str


class FixityRecord:
    """Findings and progress of the archive in `root`; raises `NotFoundError` if there is none."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise NotFoundError("There is no archive here.", file=str(root), expected="the archive of a department")
        self._root = root
        with self._open() as connection:
            connection.executescript(_SCHEMA)

    @property
    def findings(self) -> tuple[Kept, ...]:
        """What is not as it should be, by place."""
        with self._open() as connection:
            rows = connection.execute("SELECT * FROM finding ORDER BY segment, offset").fetchall()
        return tuple(
            Kept(Finding(kind, uid, sha256, Place(segment, offset, size)), found_at, seen_at)
            for segment, offset, size, kind, uid, sha256, found_at, seen_at in rows
        )

    @property
    def progress(self) -> Progress | None:
        """The current or last sweep, None if there was none."""
        with self._open() as connection:
            row = connection.execute(
                "SELECT begun_at, next_segment, n_objects, n_bytes, ended_at FROM sweep"
            ).fetchone()
        return None if row is None else Progress(*row)

    def sweep(
        self,
        *,
        goes_on: bool = True,
        max_mb_per_s: float | None = None,
        wait: Callable[[float], bool] | None = None,
        on_progress: OnProgress | None = None,
    ) -> FixityReport | None:
        """Check every object, keep what is found, and return what this run has seen; None if it was stopped.

        Parameters
        ----------
        goes_on
            Whether to go on with a sweep that was stopped, if there is one; else it begins anew.
        max_mb_per_s
            Read no faster than this, in 1e6 bytes per second; None is as fast as it goes.
        wait
            Waits for so many seconds and returns whether to stop; called between objects.
        """
        now = self.progress
        if now is None or now.ended_at or not goes_on:
            now = Progress(_moment(), 0, 0, 0, "")
            self._note(now)
        pace = Pace(max_mb_per_s)
        findings: list[Finding] = []
        n_objects, n_bytes = now.n_objects, now.n_bytes
        segments = segments_to_check(self._root, now.next_segment)
        for done, segment in enumerate(segments):
            report(on_progress, done, len(segments), f"segment {segment}")
            found: list[Finding] = []
            for each in check_segment(self._root, segment):
                if each.finding is not None:
                    found.append(each.finding)
                    self._keep(each.finding)
                if each.finding is None or each.finding.kind != "not indexed":
                    n_objects, n_bytes = n_objects + 1, n_bytes + each.place.size_bytes
                left_s = pace.left_s(each.place.size_bytes)
                if (wait or _wait)(left_s):
                    return None
            self._settle(segment, found, Progress(now.begun_at, segment + 1, n_objects, n_bytes, ""))
            findings += found
        report(on_progress, len(segments), len(segments), "segments")
        self._end(now.begun_at, segments_to_check(self._root))
        self._note(Progress(now.begun_at, 0, n_objects, n_bytes, _moment()))
        return FixityReport(n_objects, n_bytes, tuple(findings))

    def _keep(self, finding: Finding) -> None:
        place, moment = finding.place, _moment()
        row = (place.segment, place.offset, place.size_bytes, finding.kind, finding.sop_instance_uid, finding.sha256)
        with self._open() as connection, connection:
            connection.execute(_KEEP, (*row, moment, moment))

    def _settle(self, segment: int, found: list[Finding], progress: Progress) -> None:
        """Drop the findings of a segment that are no longer true, and note that it is done."""
        true = {each.place.offset for each in found}
        with self._open() as connection, connection:
            kept = connection.execute("SELECT offset FROM finding WHERE segment = ?", (segment,)).fetchall()
            gone = [(segment, offset) for (offset,) in kept if offset not in true]
            connection.executemany("DELETE FROM finding WHERE segment = ? AND offset = ?", gone)
            self._write(connection, progress)

    def _end(self, begun_at: str, segments: list[int]) -> None:
        """Drop findings in segments that no longer exist and that nothing names."""
        with self._open() as connection, connection:
            kept = {int(row[0]) for row in connection.execute("SELECT DISTINCT segment FROM finding")}
            gone = [(segment, begun_at) for segment in kept - set(segments)]
            connection.executemany("DELETE FROM finding WHERE segment = ? AND seen_at < ?", gone)

    def _note(self, progress: Progress) -> None:
        with self._open() as connection, connection:
            self._write(connection, progress)

    def _write(self, connection: sqlite3.Connection, progress: Progress) -> None:
        connection.execute(
            "INSERT OR REPLACE INTO sweep VALUES (1, ?, ?, ?, ?, ?)",
            (progress.begun_at, progress.next_segment, progress.n_objects, progress.n_bytes, progress.ended_at),
        )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._root / FILE, timeout=30)) as connection:
                yield connection
        except sqlite3.Error as error:
            raise DataError(
                "What checks have found cannot be read or written.",
                file=FILE,
                found=str(error),
                remedy="If it is damaged, remove this file: the next check makes it anew.",
            ) from None


def _wait(seconds: float) -> bool:
    sleep(seconds)
    return False


def _moment() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
