"""Keeping instances in a smaller form that is proven to give back the bytes that were received.

The new object says in its header which one it stands for, by SHA-256; so an index made anew from the objects knows it
too. The old object is given back to the disk after the index has changed, and a while later, for who is still reading.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from isocenter.archive import removed_rows
from isocenter.archive.compression import FILE, SOURCES, CompressionRule, parse_compression, read_compression
from isocenter.archive.entry import Entry, read_entry
from isocenter.archive.index import Index
from isocenter.archive.object_writer import Place
from isocenter.archive.registration import note, noted
from isocenter.archive.store import ObjectStore
from isocenter.archive.tar_blocks import Replaced
from isocenter.core.errors import IsocenterError, NotFoundError
from isocenter.dicom.part10 import dataset_start
from isocenter.dicom.transcoding import transcode

log = logging.getLogger(__name__)

KEEP_S = 60.0
_NOTED = "compressed_up_to"
_CANDIDATES = (
    'SELECT instance.id, "SOPInstanceUID", "SOPClassUID", "Modality", sha256, segment, offset, size_bytes, '
    "transfer_syntax_uid, origin FROM instance JOIN series ON series_id = series.id "
    "WHERE instance.id > ? ORDER BY instance.id LIMIT ?"
)


@dataclass(frozen=True)
class Compressed:
    """What a pass has done: how many instances it looked at, how many are smaller now, and their bytes."""

    n_examined: int = 0
    n_compressed: int = 0
    bytes_before: int = 0
    bytes_after: int = 0

    def __add__(self, other: Compressed) -> Compressed:
        return Compressed(*(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True)))

    def sentence(self) -> str:
        """Return the result in words."""
        saved = f", {self.bytes_before / 1e6:.1f} MB are {self.bytes_after / 1e6:.1f} MB" if self.n_compressed else ""
        return f"{self.n_compressed} of {self.n_examined} instances are kept in a smaller form now{saved}."


class Compressor:
    """The compression rules of one archive in `root`; one thread at a time works with it."""

    def __init__(self, root: Path, index: Index, store: ObjectStore) -> None:
        self._root = root
        self._index = index
        self._store = store
        self._rules = read_compression(root / FILE)
        self._leaving: list[tuple[float, Place]] = []

    @property
    def rules(self) -> tuple[CompressionRule, ...]:
        """What is kept in which form; empty if everything stays as it comes."""
        return self._rules

    def set_rules(self, text: bytes, name: str) -> tuple[CompressionRule, ...]:
        """Keep rules with the archive; raises `OptionError` for such as are wrong, and keeps the old ones."""
        rules = parse_compression(text, name)
        part = self._root / f"{FILE}.part"
        part.write_bytes(text)
        part.replace(self._root / FILE)
        self._rules = rules
        self._index.change(lambda connection: note(connection, _NOTED, 0))  # they may mean what was passed over
        return rules

    def step(self, n_instances: int = 50) -> Compressed:
        """Look at the next instances, and return what was done; nothing examined means that all have been looked at."""
        self._let_go()
        if not self._rules:
            return Compressed()
        with self._index.reading() as connection:
            after = noted(connection, _NOTED)
            rows = connection.execute(_CANDIDATES, (after, n_instances)).fetchall()
        done = Compressed()
        for row_id, uid, sop_class, modality, sha256, segment, offset, size_bytes, syntax, origin in rows:
            place = Place(segment, offset, size_bytes)
            rule = self._rule_for(modality, sop_class, place, syntax)
            size = None if rule is None else self._attempt(row_id, uid, sha256, place, syntax, origin, rule)
            done += Compressed(1) if size is None else Compressed(1, 1, size_bytes, size)
        if rows:
            self._index.change(lambda connection: note(connection, _NOTED, int(rows[-1][0])))
        return done

    def close(self) -> None:
        """Give back at once what is no longer needed."""
        self._let_go(after_s=0.0)

    def _rule_for(self, modality: str, sop_class: str, place: Place, syntax: str) -> CompressionRule | None:
        fitting = (rule for rule in self._rules if rule.fits(modality, sop_class, place.size_bytes))
        return next(fitting, None) if syntax in SOURCES else None

    def _attempt(
        self, row_id: int, uid: str, sha256: str, place: Place, syntax: str, origin: str, rule: CompressionRule
    ) -> int | None:
        """Return the new size of an instance; None if it stays, which is logged where nobody would expect it."""
        try:
            file = self._store.proven(place)
            smaller = _proven_form(file, syntax, rule.transfer_syntax_uid)
            if smaller is None:
                return None
            return self._exchange(row_id, uid, sha256, place, file, smaller, origin)
        except NotFoundError:
            return None  # deleted meanwhile
        except IsocenterError as error:
            log.info("instance %s stays as it came: %s", uid, error.message)
            return None

    def _exchange(
        self, row_id: int, uid: str, sha256: str, place: Place, file: memoryview, smaller: bytes, origin: str
    ) -> int | None:
        entry = read_entry(smaller, uid)
        before = read_entry(file).transfer_syntax_uid
        dataset = hashlib.sha256(file[dataset_start(file) :]).hexdigest()
        replaced = Replaced(sha256, dataset, before)
        member = self._store.member(place)
        writer = self._store.begin()
        try:
            writer.write(smaller)
            writer.content()
            now = writer.finish(
                uid, origin, replaces=replaced, received_ns=None if member is None else member.received_ns
            )
        except BaseException:
            writer.discard()
            raise
        try:
            is_entered = self._index.change(
                lambda connection: replace_row(connection, row_id, sha256, entry, writer.sha256, now)
            )
        finally:
            writer.release()
        if not is_entered:
            self._store.remove(now)  # deleted, rejected or exchanged meanwhile
            return None
        self._leaving.append((monotonic(), place))
        return now.size_bytes

    def _let_go(self, after_s: float = KEEP_S) -> None:
        """Give back old objects that nobody reads any more."""
        due = [place for since, place in self._leaving if monotonic() - since >= after_s]
        self._leaving = [each for each in self._leaving if each[1] not in due]
        for place in due:
            self._store.remove(place)
        if due:
            self._index.change(lambda connection: removed_rows.forget_doomed(connection, due))


def _proven_form(file: memoryview, syntax: str, target: str) -> bytes | None:
    """Return a file in another transfer syntax if that is smaller and gives back every byte of the data set."""
    smaller = transcode(file, target)
    if len(smaller) >= len(file):
        return None
    back = transcode(smaller, syntax)
    return smaller if back[dataset_start(back) :] == bytes(file[dataset_start(file) :]) else None


def replace_row(
    connection: sqlite3.Connection, row_id: int, sha256: str, entry: Entry, new_sha256: str, place: Place
) -> bool:
    """Let an instance be the object at a place, its old one to be given back; False if it is another by now."""
    row = connection.execute(
        "SELECT segment, offset, size_bytes FROM instance WHERE id = ? AND sha256 = ?", (row_id, sha256)
    ).fetchone()
    if row is None:
        return False
    connection.execute("INSERT OR IGNORE INTO doomed (segment, offset, size_bytes) VALUES (?, ?, ?)", row)
    connection.execute(
        "UPDATE instance SET sha256 = ?, segment = ?, offset = ?, size_bytes = ?, transfer_syntax_uid = ? WHERE id = ?",
        (new_sha256, place.segment, place.offset, place.size_bytes, entry.transfer_syntax_uid, row_id),
    )
    connection.execute(
        "INSERT INTO content (instance_id, metadata, frames) VALUES (?, NULL, ?) ON CONFLICT (instance_id) "
        "DO UPDATE SET metadata = NULL, frames = excluded.frames",
        (row_id, entry.frames),
    )
    return True


def settle(
    connection: sqlite3.Connection,
    entry: Entry,
    sha256: str,
    place: Place,
    replaces: Replaced | None,
    header_of: Callable[[Place], Replaced | None],
) -> bool:
    """Enter an object that stands for another which is here, or for which another stands; False if neither is so."""
    row = connection.execute(
        'SELECT id, sha256, segment, offset, size_bytes FROM instance WHERE "SOPInstanceUID" = ?',
        (entry.uid("SOPInstanceUID"),),
    ).fetchone()
    if row is None:
        return False
    if replaces is not None and replaces.sha256 == row[1]:
        return replace_row(connection, row[0], row[1], entry, sha256, place)
    stands_for = header_of(Place(*row[2:]))
    if stands_for is None or stands_for.sha256 != sha256:
        return False
    connection.execute(
        "INSERT OR IGNORE INTO doomed (segment, offset, size_bytes) VALUES (?, ?, ?)",
        (place.segment, place.offset, place.size_bytes),
    )
    return True
