"""Looking whether every object still has the bytes that were received, also while the archive is being used.

Objects never change and the index can be read by many processes, so nothing has to be held for this.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Literal

from isocenter.archive.object_writer import Place
from isocenter.archive.store import objects_in, view_of
from isocenter.core.errors import DataError, IsocenterError, NotFoundError
from isocenter.core.progress import OnProgress, report

_CHUNK = 1 << 20
_OBJECTS = (
    'SELECT segment, offset, size_bytes, sha256, "SOPInstanceUID" FROM instance UNION ALL '
    "SELECT segment, offset, size_bytes, sha256, sop_instance_uid FROM conflict UNION ALL "
    "SELECT segment, offset, size_bytes, sha256, sop_instance_uid FROM rejected ORDER BY segment, offset"
)


@dataclass(frozen=True)
class Finding:
    """An object that is not as it should be: changed, gone, or in the segments but not in the index."""

    kind: Literal["corrupt", "missing", "not indexed"]
    sop_instance_uid: str
    sha256: str
    place: Place


@dataclass(frozen=True)
class FixityReport:
    """What a sweep has seen."""

    n_objects: int
    n_bytes: int
    findings: tuple[Finding, ...]

    def sentence(self) -> str:
        """Return the result in words."""
        size = f"{self.n_objects} objects, {self.n_bytes / 1e9:.2f} GB"
        if not self.findings:
            return f"{size}: every object has the bytes that were received."
        return f"{size}: {len(self.findings)} are not as they should be."


def sweep(
    root: Path,
    *,
    first_segment: int = 0,
    max_mb_per_s: float | None = None,
    on_progress: OnProgress | None = None,
) -> FixityReport:
    """Hash every object of the archive in `root` and compare it with the index.

    Parameters
    ----------
    first_segment
        Begin there: for going on with a sweep that was stopped (progress messages name the segment).
    max_mb_per_s
        Read no faster than this, in 1e6 bytes per second, so that others can work; None is as fast as it goes.

    Raises
    ------
    NotFoundError, DataError
        If there is no archive, or its index cannot be read.
    """
    indexed = indexed_objects(root)
    listed = [each for each in indexed if each[0].segment >= first_segment]
    pace = _Pace(max_mb_per_s)
    findings, n_bytes = [], 0
    for done, (place, sha256, uid) in enumerate(listed):
        report(on_progress, done, len(listed), f"segment {place.segment}")
        kind = _state(root, place, sha256)
        if kind is not None:
            findings.append(Finding(kind, uid, sha256, place))
        n_bytes += place.size_bytes
        pace.wait(n_bytes)
    report(on_progress, len(listed), len(listed), "segments")
    findings += list(_not_indexed(root, first_segment))
    return FixityReport(len(listed), n_bytes, tuple(findings))


def indexed_objects(root: Path) -> list[tuple[Place, str, str]]:
    """Return place, SHA-256 and SOP Instance UID of every object the index knows, in the order they lie on the disk."""
    path = root / "index.sqlite"
    if not path.is_file():
        raise NotFoundError("There is no archive here.", file=str(root), expected="a folder with index.sqlite")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute(_OBJECTS).fetchall()
    except sqlite3.Error as error:
        raise DataError(
            "The index cannot be read.",
            file=path.name,
            found=type(error).__name__,
            remedy="Rebuild it: isocenter archive rebuild-index.",
        ) from None
    return [(Place(*row[:3]), row[3], row[4]) for row in rows]


def _state(root: Path, place: Place, sha256: str) -> Literal["corrupt", "missing"] | None:
    try:
        content = view_of(root, place)
    except IsocenterError:
        return "missing"
    digest = hashlib.sha256()
    for start in range(0, len(content), _CHUNK):
        digest.update(content[start : start + _CHUNK])
    return None if digest.hexdigest() == sha256 else "corrupt"


def _not_indexed(root: Path, first_segment: int) -> Iterator[Finding]:
    """Yield objects the index does not know; it is read again, for what came in meanwhile."""
    lying = [found for found in objects_in(root, first_segment) if found.sha256]
    known = {place for place, _, _ in indexed_objects(root)}
    for found in lying:
        if found.place not in known:
            yield Finding("not indexed", "", found.sha256, found.place)


class _Pace:
    """Keeps reading below a rate."""

    def __init__(self, max_mb_per_s: float | None) -> None:
        self._max_mb_per_s = max_mb_per_s
        self._began = monotonic()

    def wait(self, n_bytes: int) -> None:
        """Wait until `n_bytes` may have been read."""
        if self._max_mb_per_s is not None:
            due = self._began + n_bytes / (self._max_mb_per_s * 1e6)
            sleep(max(0.0, due - monotonic()))
