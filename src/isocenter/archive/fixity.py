"""Looking whether every object still has the bytes that were received, also while the archive is being used.

Objects never change and the index can be read by many processes, so nothing has to be held for this.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Literal, TypeAlias

from isocenter.archive.index_file import reading_index
from isocenter.archive.object_writer import Place
from isocenter.archive.segments import segment_path
from isocenter.archive.store import objects_of, view_of
from isocenter.core.errors import IsocenterError
from isocenter.core.progress import OnProgress, report

_CHUNK = 1 << 20
_SETTLE_S = 0.3
_TABLES = (
    ("instance", '"SOPInstanceUID"'),
    ("conflict", "sop_instance_uid"),
    ("rejected", "sop_instance_uid"),
)
_OBJECTS = " UNION ALL ".join(
    f"SELECT segment, offset, size_bytes, sha256, {uid} FROM {table} WHERE segment = :segment"  # noqa: S608
    for table, uid in _TABLES
)
_OF_SEGMENT = _OBJECTS + " ORDER BY offset"
_DOOMED = "SELECT segment, offset, size_bytes FROM doomed WHERE segment = :segment"
_SEGMENTS = " UNION ".join(f"SELECT DISTINCT segment FROM {table}" for table, _ in _TABLES)  # noqa: S608
_COUNT = "SELECT " + " + ".join(f"(SELECT count(*) FROM {table} WHERE segment >= :first)" for table, _ in _TABLES)  # noqa: S608

Kind: TypeAlias = Literal["corrupt", "missing", "not indexed"]


@dataclass(frozen=True)
class Finding:
    """An object that is not as it should be: changed, gone, or in the segments but not in the index."""

    kind: Kind
    sop_instance_uid: str
    sha256: str
    place: Place

    def sentence(self) -> str:
        """Return it in words."""
        where = f"segment {self.place.segment}, byte {self.place.offset}"
        return f"{self.kind}: {self.sop_instance_uid or self.sha256} ({where})"


@dataclass(frozen=True)
class Checked:
    """An object that was looked at; `finding` is None if it is as it should be."""

    place: Place
    finding: Finding | None


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
    with reading_index(root) as connection:
        n_listed = int(connection.execute(_COUNT, {"first": first_segment}).fetchone()[0])
    pace = Pace(max_mb_per_s)
    findings: list[Finding] = []
    n_objects = n_bytes = 0
    for segment in segments_to_check(root, first_segment):
        for each in check_segment(root, segment):
            report(on_progress, min(n_objects, n_listed), n_listed, f"segment {segment}")
            if each.finding is not None:
                findings.append(each.finding)
            if each.finding is None or each.finding.kind != "not indexed":
                n_objects += 1
                n_bytes += each.place.size_bytes
            pace.wait(each.place.size_bytes)
    report(on_progress, n_listed, n_listed, "segments")
    return FixityReport(n_objects, n_bytes, tuple(findings))


def segments_to_check(root: Path, first: int = 0) -> list[int]:
    """Return the numbers of the segments from `first` on that the index names or that are there, in order."""
    with reading_index(root) as connection:
        named = {int(row[0]) for row in connection.execute(_SEGMENTS)}
    lying = {int(path.stem) for path in (root / "segments").glob("*/*.tar") if path.stem.isdecimal()}
    return sorted(number for number in named | lying if number >= first)


def check_segment(root: Path, segment: int) -> Iterator[Checked]:
    """Yield every object of a segment after hashing it; what was deleted meanwhile is no finding."""
    for place, sha256, uid in _indexed(root, segment):
        kind = _state(root, place, sha256)
        if kind is not None and (place, sha256, uid) not in _indexed(root, segment):
            continue
        yield Checked(place, None if kind is None else Finding(kind, uid, sha256, place))
    if not segment_path(root / "segments", segment).is_file():
        return
    lying = [found for found in objects_of(root, segment) if found.sha256]
    known = _known(root, segment)
    unknown = [found for found in lying if found.place not in known]
    if unknown:
        sleep(_SETTLE_S)  # one that has just come in is entered a moment after it was written
        known = _known(root, segment)
    for found in unknown:
        if found.place not in known:
            yield Checked(found.place, Finding("not indexed", "", found.sha256, found.place))


def _indexed(root: Path, segment: int) -> list[tuple[Place, str, str]]:
    """Return place, SHA-256 and SOP Instance UID of every object of a segment that the index knows."""
    with reading_index(root) as connection:
        rows = connection.execute(_OF_SEGMENT, {"segment": segment}).fetchall()
    return [(Place(*row[:3]), row[3], row[4]) for row in rows]


def _known(root: Path, segment: int) -> set[Place]:
    """Return where the index knows something: objects, and bytes that are about to be given back."""
    with reading_index(root) as connection:
        doomed = {Place(*row) for row in connection.execute(_DOOMED, {"segment": segment})}
    return doomed | {place for place, _, _ in _indexed(root, segment)}


def _state(root: Path, place: Place, sha256: str) -> Literal["corrupt", "missing"] | None:
    try:
        content = view_of(root, place)
    except IsocenterError:
        return "missing"
    digest = hashlib.sha256()
    for start in range(0, len(content), _CHUNK):
        digest.update(content[start : start + _CHUNK])
    return None if digest.hexdigest() == sha256 else "corrupt"


class Pace:
    """Keeps reading below a rate, in 1e6 bytes per second; None is no bound."""

    def __init__(self, max_mb_per_s: float | None) -> None:
        self._max_mb_per_s = max_mb_per_s
        self._due = monotonic()

    def left_s(self, n_bytes: int) -> float:
        """Note that `n_bytes` more were read, and return how long to wait before the next."""
        if self._max_mb_per_s is None:
            return 0.0
        self._due = max(self._due, monotonic() - 1.0) + n_bytes / (self._max_mb_per_s * 1e6)
        return max(0.0, self._due - monotonic())

    def wait(self, n_bytes: int) -> None:
        """Wait until more may be read."""
        sleep(self.left_s(n_bytes))
