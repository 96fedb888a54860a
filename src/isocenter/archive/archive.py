"""The archive: the one door through which every instance comes in and goes out."""

from __future__ import annotations

import mmap
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson
import zstandard

from isocenter.archive.attributes import STORED_TAGS, columns, is_number
from isocenter.archive.index import Index, insert
from isocenter.archive.query import Query
from isocenter.archive.store import ObjectStore, ObjectWriter
from isocenter.core.errors import ConflictError, DataError, IsocenterError, NotFoundError
from isocenter.core.progress import OnProgress, report
from isocenter.dicom.dictionary import tag_of
from isocenter.dicom.header import Header, scan_header
from isocenter.dicom.json_model import JsonDataset, read_json
from isocenter.dicom.part10 import file_meta
from isocenter.dicom.uids import is_uid

_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID")
_INSTANCES = (
    'SELECT study."StudyInstanceUID", series."SeriesInstanceUID", instance."SOPInstanceUID", instance."SOPClassUID", '
    "instance.transfer_syntax_uid, instance.sha256, instance.size_bytes FROM instance "
    "JOIN series ON instance.series_id = series.id JOIN study ON series.study_id = study.id "
    'WHERE {where} ORDER BY series.id, instance."InstanceNumber", instance.id'
)
_TAGS = frozenset(STORED_TAGS.values()) | {tag_of("MediaStorageSOPInstanceUID")}


@dataclass(frozen=True)
class Stored:
    """What became of an instance.

    `state` is ``stored``; ``duplicate`` if the same bytes were here already; ``conflict`` if other bytes were here
    under this SOP Instance UID: then the first stay visible and the new ones are kept beside them.
    """

    sha256: str
    state: Literal["stored", "duplicate", "conflict"]
    study_uid: str
    series_uid: str
    instance_uid: str
    sop_class_uid: str


@dataclass(frozen=True)
class Instance:
    """One stored instance: where its bytes are and what is known without opening them."""

    study_uid: str
    series_uid: str
    instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    sha256: str
    size_bytes: int
    path: Path


class Archive:
    """Objects and their index below one folder; safe to use from many threads."""

    def __init__(self, store: ObjectStore, index: Index) -> None:
        self._store = store
        self._index = index

    @classmethod
    def open(cls, root: Path, *, durable: bool = True) -> Archive:
        """Open, or found, the archive in `root`; an index that is missing is rebuilt from the objects.

        With `durable` an instance is on the disk, not only in its cache, before it is acknowledged.
        """
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        store = ObjectStore(root, durable=durable)
        is_new = not (root / "index.sqlite").exists()
        archive = cls(store, Index(root / "index.sqlite"))
        if is_new:
            archive.index_objects()
        return archive

    def close(self) -> None:
        """Finish what is being written and close the files."""
        self._index.close()

    def receive(self, *, origin: str) -> Incoming:
        """Return a place to write the bytes of a DICOM file (PS3.10) to; `origin` says who sent it."""
        return Incoming(self, self._store.begin(), origin, None)

    def receive_dataset(
        self,
        *,
        sop_class_uid: str,
        sop_instance_uid: str,
        transfer_syntax_uid: str,
        origin: str,
        source_ae_title: str = "",
    ) -> Incoming:
        """Return a place to write a bare data set to, as DIMSE sends it; preamble and file meta are put before it."""
        meta = file_meta(sop_class_uid, sop_instance_uid, transfer_syntax_uid, source_ae_title=source_ae_title)
        incoming = Incoming(self, self._store.begin(), origin, sop_instance_uid)
        try:
            incoming.write(meta)
        except BaseException:
            incoming.abort()
            raise
        return incoming

    def find(self, query: Query) -> Iterator[Mapping[str, Any]]:
        """Yield what matches, one mapping of DICOM keyword to value each, in stable order."""
        return self._index.rows(query)

    def instances(
        self, study_uid: str, series_uid: str | None = None, instance_uid: str | None = None
    ) -> list[Instance]:
        """Return the instances of a study, of a series, or the one named; raises `NotFoundError` if there are none."""
        conditions, parameters = ['study."StudyInstanceUID" = ?'], [study_uid]
        for column, uid in (('series."SeriesInstanceUID"', series_uid), ('instance."SOPInstanceUID"', instance_uid)):
            if uid is not None:
                conditions.append(f"{column} = ?")
                parameters.append(uid)
        where = " AND ".join(conditions)
        rows = self._index.reader().execute(_INSTANCES.format(where=where), parameters).fetchall()
        if not rows:
            wanted = instance_uid or series_uid or study_uid
            raise NotFoundError("There is no such instance here.", field="UID", found=wanted[:64])
        return [_instance(row, self._store) for row in rows]

    def metadata(self, instance: Instance) -> JsonDataset:
        """Return the attributes of an instance as DICOM JSON, bulk data by path; read once, kept in the index."""
        reader = self._index.reader()
        row = reader.execute(
            'SELECT metadata FROM instance WHERE "SOPInstanceUID" = ?', (instance.instance_uid,)
        ).fetchone()
        if row is not None and row[0] is not None:
            kept: JsonDataset = orjson.loads(zstandard.decompress(row[0]))
            return kept
        prefix = (
            f"studies/{instance.study_uid}/series/{instance.series_uid}/instances/{instance.instance_uid}/bulkdata/"
        )
        dataset = read_json(self._store.existing(instance.sha256), lambda path: prefix + path)
        blob = zstandard.compress(orjson.dumps(dataset), 3)
        self._index.change(
            lambda connection: (
                connection.execute(
                    'UPDATE instance SET metadata = ? WHERE "SOPInstanceUID" = ?', (blob, instance.instance_uid)
                ).rowcount
            )
        )
        return dataset

    def conflicts(self) -> list[tuple[str, str]]:
        """Return (SOP Instance UID, SHA-256) of bytes that came under a UID already taken by others."""
        rows = self._index.reader().execute("SELECT sop_instance_uid, sha256 FROM conflict ORDER BY id")
        return [(row[0], row[1]) for row in rows]

    def index_objects(self, on_progress: OnProgress | None = None) -> int:
        """Index every object that the index does not know, and return how many were added."""
        known = {
            row[0]
            for row in self._index.reader().execute("SELECT sha256 FROM instance UNION SELECT sha256 FROM conflict")
        }
        missing = sorted(
            (p for p in self._store.all() if p.stem not in known), key=lambda p: (p.stat().st_mtime_ns, p.stem)
        )
        for done, path in enumerate(missing):
            report(on_progress, done, len(missing), "indexing")
            self._register(read_entry(path, None), path.stem, path.stat().st_size, "rebuilt from objects")
        report(on_progress, len(missing), len(missing), "indexing")
        return len(missing)

    def _commit(self, writer: ObjectWriter, origin: str, sop_instance_uid: str | None, study_uid: str | None) -> Stored:
        writer.flush()
        entry = read_entry(writer.path, sop_instance_uid)
        found = entry.values["StudyInstanceUID"]
        if study_uid is not None and found != study_uid:
            raise ConflictError(
                "The instance is of another study.", field="StudyInstanceUID", found=found, expected=study_uid
            )
        is_new = not self._store.path(writer.sha256).exists()
        path = writer.finish()
        try:
            return self._register(entry, writer.sha256, writer.size_bytes, origin)
        except BaseException:
            if is_new:
                path.unlink(missing_ok=True)
            raise

    def _register(self, entry: Entry, sha256: str, size_bytes: int, origin: str) -> Stored:
        state = self._index.change(lambda connection: _register(connection, entry, sha256, size_bytes, origin))
        uids = (str(entry.values[keyword]) for keyword in _UIDS)
        return Stored(sha256, state, *uids)


def _instance(row: tuple[Any, ...], store: ObjectStore) -> Instance:
    study, series, instance, sop_class, syntax, sha256, size_bytes = row
    return Instance(study, series, instance, sop_class, syntax, sha256, size_bytes, store.path(sha256))


class Incoming:
    """An instance on its way in: `write` its bytes, then `commit` or `abort`."""

    def __init__(self, archive: Archive, writer: ObjectWriter, origin: str, sop_instance_uid: str | None) -> None:
        self._archive = archive
        self._writer = writer
        self._origin = origin
        self._sop_instance_uid = sop_instance_uid

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append bytes; raises `StorageFullError`."""
        self._writer.write(data)

    def commit(self, *, study_uid: str | None = None) -> Stored:
        """Make the instance durable and findable.

        Raises
        ------
        DataError, FileFormatError
            If the bytes are no instance, or another than announced.
        ConflictError
            If it belongs to another study than `study_uid`.
        StorageFullError
            If the disk has no room.
        """
        try:
            return self._archive._commit(self._writer, self._origin, self._sop_instance_uid, study_uid)
        finally:
            self._writer.discard()

    def abort(self) -> None:
        """Forget it."""
        self._writer.discard()


@dataclass(frozen=True)
class Entry:
    """What the index keeps of one instance."""

    transfer_syntax_uid: str
    values: Mapping[str, str | int | None]


def read_entry(path: Path, sop_instance_uid: str | None) -> Entry:
    """Return the indexed values of a DICOM file, without opening its pixels.

    Raises
    ------
    DataError, FileFormatError
        If it is no DICOM file, lacks a UID, or is another instance than `sop_instance_uid` announced.
    """
    try:
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as view:
            header = scan_header(view, _TAGS)
            values = {keyword: _value(header, keyword, tag) for keyword, tag in STORED_TAGS.items()}
            syntax = header.transfer_syntax_uid
            del header
    except ValueError as error:
        if isinstance(error, IsocenterError):
            raise
        raise DataError("What was sent is empty.", found="0 bytes", expected="a DICOM data set") from None
    for keyword in _UIDS:
        if not is_uid(str(values[keyword])):
            raise DataError(
                f"The data set has no valid {keyword}.",
                field=keyword,
                found=str(values[keyword])[:64] or "nothing",
                expected="a UID",
            )
    if sop_instance_uid is not None and values["SOPInstanceUID"] != sop_instance_uid:
        raise DataError(
            "The data set is another instance than announced.",
            field="SOPInstanceUID",
            found=values["SOPInstanceUID"],
            expected=sop_instance_uid,
        )
    return Entry(syntax, values)


def _value(header: Header, keyword: str, tag: int) -> str | int | None:
    if is_number(keyword):
        try:
            return header.integer(tag)
        except IsocenterError:
            return None  # a value that is no number cannot be searched; the data set is still worth keeping
    return header.text(tag)


def _register(
    connection: sqlite3.Connection, entry: Entry, sha256: str, size_bytes: int, origin: str
) -> Literal["stored", "duplicate", "conflict"]:
    values = entry.values
    uid = values["SOPInstanceUID"]
    known = connection.execute('SELECT sha256 FROM instance WHERE "SOPInstanceUID" = ?', (uid,)).fetchone()
    if known is not None:
        if known[0] == sha256:
            return "duplicate"
        connection.execute(
            "INSERT OR IGNORE INTO conflict (sop_instance_uid, sha256, origin) VALUES (?, ?, ?)", (uid, sha256, origin)
        )
        return "conflict"
    study_id = _row(connection, "study", {}, "StudyInstanceUID", values, columns("PATIENT") + columns("STUDY"))
    series_id = _row(connection, "series", {"study_id": study_id}, "SeriesInstanceUID", values, columns("SERIES"))
    fixed = {
        "series_id": series_id,
        "sha256": sha256,
        "size_bytes": size_bytes,
        "transfer_syntax_uid": entry.transfer_syntax_uid,
        "origin": origin,
    }
    insert(connection, "instance", fixed, {keyword: values[keyword] for keyword in columns("IMAGE")})
    return "stored"


def _row(
    connection: sqlite3.Connection,
    table: str,
    fixed: Mapping[str, int],
    key: str,
    values: Mapping[str, Any],
    keywords: tuple[str, ...],
) -> int:
    """Return the id of a study or series, which the first instance of it describes."""
    conditions = "".join(f" AND {name} = ?" for name in fixed)
    found = connection.execute(
        f'SELECT id FROM {table} WHERE "{key}" = ?{conditions}',  # noqa: S608 - names from our tables
        (values[key], *fixed.values()),
    ).fetchone()
    return (
        int(found[0]) if found else insert(connection, table, fixed, {keyword: values[keyword] for keyword in keywords})
    )
