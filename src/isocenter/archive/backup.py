"""A copy of a department while it works, and a department from a copy.

Objects never change: only segments that are new or have lost an object are copied. The index is copied first, as it is
at one moment, so every object it names is in a segment that is copied after it.
"""

from __future__ import annotations

import errno
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from isocenter.archive.archive import Archive
from isocenter.archive.disk import disk_errors
from isocenter.archive.fixity import sweep
from isocenter.archive.segment import sync_folder
from isocenter.core.errors import ConflictError, DataError, NotFoundError
from isocenter.core.progress import OnProgress, report

NOTE = "backup.json"
_LOG = "archive/changes.log"  # copied behind the index: what that does not know of makes it be rebuilt
_POLICY = "archive/retention.toml"
_DATABASES = ("archive/index.sqlite", "accounts.sqlite", "audit.sqlite")


@dataclass(frozen=True)
class BackupReport:
    """What a backup or a restoration has done."""

    made_at: str
    n_segments: int
    n_copied: int
    n_bytes_copied: int
    n_objects: int


def back_up(data_dir: Path, target: Path, *, on_progress: OnProgress | None = None) -> BackupReport:
    """Copy the department in `data_dir` to `target`; what `target` has already is not copied again.

    Raises
    ------
    NotFoundError
        If there is no archive in `data_dir`.
    ConflictError
        If `target` has other files in it.
    StorageFullError
        If its disk has no room.
    DataError
        If the copy is not what it should be: every object of it is hashed in the end.
    """
    if not (data_dir / "archive" / "index.sqlite").is_file():
        raise NotFoundError("There is no archive here.", file=str(data_dir), expected="the folder of a department")
    if target.exists() and any(target.iterdir()) and not (target / NOTE).is_file():
        raise ConflictError("The folder has other files.", file=str(target), expected="an empty folder or a backup")
    with disk_errors():
        (target / "archive").mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in _DATABASES:
            _copy_database(data_dir / name, target / name)
        _copy_log(data_dir, target)
        n_segments, n_copied, n_bytes = _copy_segments(data_dir, target, on_progress)
        checked = sweep(target / "archive", on_progress=on_progress)
        bad = [finding for finding in checked.findings if finding.kind != "not indexed"]
        if bad:
            raise DataError(
                "The copy has objects that are not as they were received.",
                found=f"{len(bad)}, the first {bad[0].kind}: {bad[0].sop_instance_uid}",
                remedy="Check the archive itself: isocenter archive check.",
            )
        done = BackupReport(
            datetime.now(UTC).isoformat(timespec="seconds"), n_segments, n_copied, n_bytes, checked.n_objects
        )
        (target / NOTE).write_text(json.dumps(asdict(done), indent=2))
    return done


def restore(backup: Path, data_dir: Path, *, on_progress: OnProgress | None = None) -> int:
    """Make a department in `data_dir` from a backup, and return how many instances it has; raises as `back_up`."""
    if not (backup / NOTE).is_file():
        raise NotFoundError("This is no backup.", file=str(backup), expected=f"a folder with {NOTE}")
    if data_dir.exists() and any(data_dir.iterdir()):
        raise ConflictError("The folder has files in it.", file=str(data_dir), expected="an empty or new folder")
    with disk_errors():
        (data_dir / "archive").mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in _DATABASES:
            _copy_database(backup / name, data_dir / name)
        _copy_log(backup, data_dir)
        _copy_segments(backup, data_dir, on_progress)
    # Opening it takes in what had been received, but not yet indexed, when the backup was made.
    Archive.open(data_dir / "archive").close()
    checked = sweep(data_dir / "archive", on_progress=on_progress)
    if checked.findings:
        raise DataError("Not everything came back as it was received.", found=checked.sentence())
    return checked.n_objects


def _copy_database(source: Path, target: Path) -> None:
    """Copy a database as it is at one moment, also while it is written to."""
    if not source.is_file():
        return
    target.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.backup(writing)
    target.chmod(0o600)


def _copy_log(source: Path, target: Path) -> None:
    for name in (_LOG, _POLICY):
        if (source / name).is_file():
            _copy_file(source / name, target / name)


def _copy_segments(source: Path, target: Path, on_progress: OnProgress | None) -> tuple[int, int, int]:
    """Return how many segments there are, how many were copied, and how many bytes that was."""
    segments = list(_segments(source))
    n_copied = n_bytes = 0
    for done, path in enumerate(segments):
        report(on_progress, done, len(segments), path.name)
        copy = target / path.relative_to(source)
        if _is_same(path, copy):
            continue
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        n_bytes += _copy_file(path, copy)
        n_copied += 1
    for path in _segments(target):
        if not (source / path.relative_to(target)).exists():
            path.unlink()  # everything in it was deleted: then it must not come back
    return len(segments), n_copied, n_bytes


def _segments(root: Path) -> Iterator[Path]:
    yield from sorted((root / "archive" / "segments").glob("*/*.tar"))


def _is_same(path: Path, copy: Path) -> bool:
    if not copy.is_file():
        return False
    ours, theirs = path.stat(), copy.stat()
    return (ours.st_size, ours.st_mtime_ns) == (theirs.st_size, theirs.st_mtime_ns)


def _copy_file(path: Path, copy: Path) -> int:
    """Copy a file so that it is there whole or not at all, with its time; return how many bytes that were."""
    part = copy.with_suffix(".part")
    stat = path.stat()
    n_bytes = 0
    with path.open("rb", buffering=0) as reading, part.open("wb", buffering=0) as writing:
        for start, stop in _written(reading.fileno(), stat.st_size):
            reading.seek(start)
            writing.seek(start)
            n_bytes += stop - start
            while start < stop and (block := reading.read(min(1 << 20, stop - start))):
                start += writing.write(block) or 0
                reading.seek(start)
        writing.truncate(stat.st_size)
        os.fsync(writing.fileno())
    os.utime(part, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    part.replace(copy)
    sync_folder(copy.parent)
    return n_bytes


def _written(descriptor: int, size_bytes: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a file that hold anything, where the system says so: an open segment is mostly empty space."""
    position = 0
    while position < size_bytes:
        start, stop = position, size_bytes
        if hasattr(os, "SEEK_DATA"):
            try:
                start = os.lseek(descriptor, position, os.SEEK_DATA)
                stop = min(os.lseek(descriptor, start, os.SEEK_HOLE), size_bytes)
            except OSError as error:
                if error.errno == errno.ENXIO:  # nothing but a hole is left
                    return
                start, stop = position, size_bytes
        if start >= size_bytes:
            return
        yield start, stop
        position = stop
