"""What people have changed, in a log beside the objects: appended to, flushed, each line sealed with the one before.

Objects and this log are all that the index is made from.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from isocenter.archive.disk import disk_errors
from isocenter.archive.segment import sync_folder
from isocenter.core.errors import DataError

_FIRST = "0" * 64


@dataclass(frozen=True)
class Change:
    """One change: its number, when and by whom it was made, its kind and what it says."""

    sequence: int
    at: str
    who: str
    kind: str
    arguments: Mapping[str, Any]

    def seal(self, previous: str) -> str:
        """Return the SHA-256 over this change and the seal of the one before."""
        body = json.dumps([self.sequence, self.at, self.who, self.kind, self.arguments], sort_keys=True)
        return hashlib.sha256(f"{previous}\n{body}".encode()).hexdigest()


class ChangeLog:
    """The log in one file.

    A last line that a crash cut short was never acknowledged and is dropped when the log is opened.

    Raises
    ------
    DataError
        If a line was changed, removed or slipped in.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seal = _FIRST
        self._changes: list[Change] = []
        if path.exists():
            self._read()

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes, the oldest first."""
        return tuple(self._changes)

    def append(self, who: str, kind: str, arguments: Mapping[str, Any]) -> Change:
        """Append a change; it is on the disk when this returns. Raises `StorageFullError`."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        change = Change(len(self._changes) + 1, at, who, kind, dict(arguments))
        seal = change.seal(self._seal)
        line = json.dumps([change.sequence, at, who, kind, change.arguments, self._seal, seal], sort_keys=True)
        is_new = not self._path.exists()
        with disk_errors():
            self._write(line.encode() + b"\n")
            if is_new:
                sync_folder(self._path.parent)
        self._changes.append(change)
        self._seal = seal
        return change

    def _write(self, line: bytes) -> None:
        """Add a line, or nothing: what a full disk took of it is given back."""
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            size_bytes = os.fstat(descriptor).st_size
            try:
                rest = memoryview(line)
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, size_bytes)
                raise
        finally:
            os.close(descriptor)

    def _read(self) -> None:
        content = self._path.read_bytes()
        whole = content.rfind(b"\n") + 1
        for number, line in enumerate(content[:whole].splitlines(), start=1):
            self._accept(line, number)
        if whole < len(content):
            with self._path.open("rb+") as stream:
                stream.truncate(whole)

    def _accept(self, line: bytes, number: int) -> None:
        try:
            sequence, at, who, kind, arguments, previous, seal = json.loads(line)
            change = Change(sequence, at, who, kind, arguments)
            is_sound = sequence == number and previous == self._seal and change.seal(previous) == seal
        except (ValueError, TypeError):
            is_sound = False
        if not is_sound:
            raise DataError(
                "The log of changes was altered.",
                file=self._path.name,
                field=f"line {number}",
                found="a seal that does not fit",
                expected="the seal over this line and the one before",
                remedy="Keep this file as evidence and restore it from a backup.",
            )
        self._changes.append(change)
        self._seal = seal
