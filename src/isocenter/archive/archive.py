"""The archive: the one door through which every instance comes in and goes out."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from time import time_ns
from typing import Any

import orjson
import zstandard

from isocenter.archive import frame_table, lock, registration
from isocenter.archive.arrivals import MADE, Arrivals
from isocenter.archive.changes import ChangeLog
from isocenter.archive.compressor import Compressor, settle
from isocenter.archive.conflicts import Conflict, listed
from isocenter.archive.corrections_desk import NOTED, Corrections
from isocenter.archive.entry import Entry, read_entry
from isocenter.archive.index import Index, remove_index
from isocenter.archive.object_writer import ObjectWriter, Place
from isocenter.archive.query import Query
from isocenter.archive.registration import State
from isocenter.archive.removals import Removals
from isocenter.archive.store import Found, ObjectStore
from isocenter.archive.tar_blocks import Replaced
from isocenter.core.arrays import IndexArray
from isocenter.core.errors import ConflictError, ForbiddenError, IsocenterError, NotFoundError
from isocenter.core.progress import OnProgress, report
from isocenter.dicom.json_model import JsonDataset, read_json
from isocenter.dicom.part10 import dataset_start, file_meta
from isocenter.dicom.rejection_note import KEY_OBJECT_SELECTION
from isocenter.dicom.segmentation_frames import read_before_frames

log = logging.getLogger(__name__)

_INSTANCES = (
    'SELECT study."StudyInstanceUID", series."SeriesInstanceUID", instance."SOPInstanceUID", instance."SOPClassUID", '
    "instance.transfer_syntax_uid, instance.sha256, instance.segment, instance.offset, instance.size_bytes, "
    "instance.id FROM instance "
    "JOIN series ON instance.series_id = series.id JOIN study ON series.study_id = study.id "
    'WHERE {where} ORDER BY series.id, instance."InstanceNumber", instance.id'
)

_ONE_INSTANCE = _INSTANCES.format(
    where='study."StudyInstanceUID" = ? AND series."SeriesInstanceUID" = ? AND instance."SOPInstanceUID" = ?'
)

_ONE_SERIES = _INSTANCES.format(where='study."StudyInstanceUID" = ? AND series."SeriesInstanceUID" = ?')
_SEALED_BELOW = "sealed_below"
_CHECKED_BYTES = 4 << 20
_KEEP_METADATA = (
    "INSERT INTO content (metadata, instance_id) VALUES (?, ?) "
    "ON CONFLICT (instance_id) DO UPDATE SET metadata = excluded.metadata"
)


@dataclass(frozen=True)
class Stored:
    """What became of an instance.

    `state` is ``stored``; ``duplicate`` if the same bytes were here already; ``conflict`` if other bytes were here
    under this SOP Instance UID: then the first stay visible and the new ones are kept beside them.
    """

    sha256: str
    state: State
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
    place: Place
    row_id: int

    @property
    def size_bytes(self) -> int:
        """Length of the file as it was received."""
        return self.place.size_bytes


@dataclass(frozen=True)
class Outgoing:
    """A DICOM file (PS3.10) as it goes out: preamble and file meta information, then the data set in one or more parts.

    The parts view the archive's own memory: they must not be written to.
    """

    transfer_syntax_uid: str
    head: bytes | memoryview
    dataset: tuple[bytes | memoryview, ...]

    @property
    def parts(self) -> tuple[bytes | memoryview, ...]:
        """The whole file, in order."""
        return (self.head, *self.dataset)

    @property
    def size_bytes(self) -> int:
        """Length of the whole file."""
        return sum(len(part) for part in self.parts)


class Archive:
    """Objects and their index below one folder; safe to use from many threads of one process."""

    def __init__(self, root: Path, store: ObjectStore, index: Index, held: sqlite3.Connection, log: ChangeLog) -> None:
        self._store = store
        self.corrections = Corrections(index, log, store.view)
        self.arrivals = Arrivals(index)
        self.removals = Removals(root, index, log, store, self.corrections)
        self.compressor = Compressor(root, index, store)
        self._log = log
        self._index = index
        self._held = held
        self._sealed_below = 0
        self._within: str | None = None

    @classmethod
    def open(cls, root: Path, *, durable: bool = True) -> Archive:
        """Open, or found, the archive in `root`; an index that is missing or unfinished is rebuilt from the objects.

        With `durable` an instance is on the disk, not only in its cache, before it is acknowledged.

        Raises
        ------
        ConflictError
            If another process has it open.
        DataError
            If the index cannot be read: see `rebuild_index`.
        """
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        archive = cls._opened(root, durable=durable)
        try:
            archive._recover()
        except BaseException:
            archive.close()
            raise
        return archive

    @classmethod
    def rebuild_index(cls, root: Path, *, on_progress: OnProgress | None = None) -> int:
        """Make the index of the closed archive in `root` anew from its objects, and return how many they are."""
        archive = cls._opened(root, durable=True, is_anew=True)
        try:
            return archive._recover(on_progress)
        finally:
            archive.close()

    @classmethod
    def _opened(cls, root: Path, *, durable: bool, is_anew: bool = False) -> Archive:
        held = lock.hold(root / "lock.sqlite")
        try:
            if is_anew:
                remove_index(root / "index.sqlite")
            changes = ChangeLog(root / "changes.log")
            index = _index_of(root / "index.sqlite", changes, durable=durable)
            with index.reading() as connection:
                sealed_below = registration.noted(connection, _SEALED_BELOW)
            store = ObjectStore(root, durable=durable, first_number=sealed_below)
            return cls(root, store, index, held, changes)
        except BaseException:
            held.close()
            raise

    def close(self) -> None:
        """Finish what is being written and close the files."""
        with suppress(IsocenterError):  # what is left is given back at the next start
            self.compressor.close()
        self._store.close()
        with suppress(IsocenterError):  # closed already, or a disk without room: the next start looks closer
            self._note_sealed()
        self._index.close()
        self._held.close()

    @property
    def n_changes(self) -> int:
        """How often people have changed what is seen here: an answer given before is out of date after."""
        return len(self._log.changes)

    @property
    def n_commits(self) -> int:
        """How often something was committed: it stands still while nothing comes in."""
        return self._index.n_commits

    @property
    def n_instances(self) -> int:
        """How many instances can be found."""
        with self._index.reading() as connection:
            return int(connection.execute("SELECT coalesce(sum(n_instances), 0) FROM study").fetchone()[0])

    def receive(self, *, origin: str) -> Incoming:
        """Return a place to write the bytes of a DICOM file (PS3.10) to; `origin` says who sent it."""
        self._require_unlimited()
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
        self._require_unlimited()
        meta = file_meta(sop_class_uid, sop_instance_uid, transfer_syntax_uid, source_ae_title=source_ae_title)
        incoming = Incoming(self, self._store.begin(), origin, sop_instance_uid)
        try:
            incoming.write(meta)
        except BaseException:
            incoming.abort()
            raise
        return incoming

    def find(self, query: Query) -> Iterator[Mapping[str, Any]]:
        """Yield what matches, one mapping of DICOM keyword to value each, in stable order; raises `OptionError`."""
        return self._index.rows(self._allowed(query))

    def find_at_once(self, query: Query) -> list[Mapping[str, Any]] | None:
        """Return what `find` yields if that is a matter of a moment, else None; raises `OptionError`."""
        return self._index.rows_at_once(self._allowed(query))

    def limited_to(self, study_uid: str) -> Archive:
        """Return this archive for somebody who may see one study: nothing else is found, and nothing taken in."""
        limited = copy(self)
        limited._within = study_uid
        return limited

    def _allowed(self, query: Query) -> Query:
        """Return a query that finds no more than may be seen; counts over a patient would tell of other studies."""
        return query if self._within is None else replace(query, within=self._within, returns=())

    def _visible(self, study_uid: str) -> str:
        """Return the UID to look for: that of no study for one that may not be seen."""
        return study_uid if self._within in (None, study_uid) else ""

    def _require_unlimited(self) -> None:
        if self._within is not None:
            raise ForbiddenError("One study of this archive may be seen, and nothing else be done.")

    def instance_at_once(self, study_uid: str, series_uid: str, instance_uid: str) -> Instance | None:
        """Return one instance if it is found in a moment; None if there is none, or if it has to be looked for."""
        rows = self._index.at_once(_ONE_INSTANCE, (self._visible(study_uid), series_uid, instance_uid))
        return self._instance(*rows[0]) if rows else None

    def instances_at_once(self, study_uid: str, series_uid: str) -> list[Instance] | None:
        """Return the instances of a series if they are few and found in a moment, else None."""
        rows = self._index.at_once(_ONE_SERIES, (self._visible(study_uid), series_uid))
        return [self._instance(*row) for row in rows] if rows else None

    def instances(
        self, study_uid: str, series_uid: str | None = None, instance_uid: str | None = None
    ) -> list[Instance]:
        """Return the instances of a study, of a series, or the one named; raises `NotFoundError` if there are none."""
        conditions, parameters = ['study."StudyInstanceUID" = ?'], [self._visible(study_uid)]
        for column, uid in (('series."SeriesInstanceUID"', series_uid), ('instance."SOPInstanceUID"', instance_uid)):
            if uid is not None:
                conditions.append(f"{column} = ?")
                parameters.append(uid)
        with self._index.reading() as connection:
            rows = connection.execute(_INSTANCES.format(where=" AND ".join(conditions)), parameters).fetchall()
        if not rows:
            wanted = instance_uid or series_uid or study_uid
            raise NotFoundError("There is no such instance here.", field="UID", found=wanted[:64])
        return [self._instance(*row) for row in rows]

    def of_class(self, study_uid: str, sop_class_uid: str) -> list[Instance]:
        """Return the instances of one SOP class in a study; there may be none."""
        where = 'study."StudyInstanceUID" = ? AND instance."SOPClassUID" = ?'
        with self._index.reading() as connection:
            rows = connection.execute(
                _INSTANCES.format(where=where), (self._visible(study_uid), sop_class_uid)
            ).fetchall()
        return [self._instance(*row) for row in rows]

    @contextmanager
    def lend_index(self, beside: Path) -> Iterator[sqlite3.Connection]:
        """Lend a connection that reads the index and, as ``beside``, another SQLite file: for lists that join both."""
        self._require_unlimited()
        with self._index.reading() as connection:
            attached = {name: path for _, name, path in connection.execute("PRAGMA database_list")}
            if attached.get("beside") != str(beside.resolve()):
                if "beside" in attached:
                    connection.execute("DETACH beside")
                connection.execute("ATTACH ? AS beside", (str(beside.resolve()),))
            yield connection

    def _instance(self, *row: Any) -> Instance:
        study, series, instance, sop_class, syntax, sha256, segment, offset, size_bytes, row_id = row
        place = Place(segment, offset, size_bytes)
        return Instance(study, series, instance, sop_class, syntax, sha256, place, row_id)

    def original(self, instance: Instance) -> memoryview:
        """Return the bytes of an instance as it is kept; raises `NotFoundError` if they are gone.

        They are compared with their checksum where that takes no time; an `IsocenterError` says that they are damaged.
        """
        small = instance.place.size_bytes <= _CHECKED_BYTES
        return self._store.proven(instance.place) if small else self._store.view(instance.place)

    def current(self, instance: Instance) -> bytes | memoryview:
        """Return the bytes of an instance with everything put right; raises as `original`."""
        view = self.original(instance)
        changed = self.corrections.applied(view, instance.row_id)
        return view if changed is None else b"".join((changed[0], *changed[1]))

    def outgoing(self, instance: Instance) -> Outgoing:
        """Return an instance as it is to be sent.

        Raises `NotFoundError` if its bytes are gone, `IsocenterError` if they are not those that were stored.
        """
        return self._outgoing(instance, self._store.proven(instance.place))

    def outgoing_at_once(self, instance: Instance) -> Outgoing | None:
        """Return what `outgoing` does if nobody has to wait for the disk, else None."""
        view = self._store.proven_at_once(instance.place)
        return None if view is None else self._outgoing(instance, view)

    def original_at_once(self, instance: Instance) -> memoryview | None:
        """Return what `original` does if nobody has to wait for the disk, else None."""
        return self._store.proven_at_once(instance.place)

    def _outgoing(self, instance: Instance, view: memoryview) -> Outgoing:
        changed = self.corrections.applied(view, instance.row_id)
        if changed is not None:
            return Outgoing(instance.transfer_syntax_uid, *changed)
        start = dataset_start(view)
        return Outgoing(instance.transfer_syntax_uid, view[:start], (view[start:],))

    def metadata(self, instance: Instance) -> JsonDataset:
        """Return the attributes of an instance as DICOM JSON, bulk data by a path below the DICOMweb root."""
        dataset: JsonDataset = orjson.loads(self.metadata_json([instance])[0])
        return dataset

    def metadata_before_frames(self, instance: Instance) -> JsonDataset:
        """Return the attributes that stand before those of single frames: in a moment also for ten thousand frames."""
        return read_before_frames(self.current(instance), _bulk_data_uri(instance))

    def metadata_json(self, instances: Sequence[Instance]) -> list[bytes]:
        """Return each instance's attributes as encoded DICOM JSON.

        What is asked for first is read from the file and kept in the index; from then on no file is opened.
        """
        with self._index.reading() as connection:
            kept = {i.row_id: _kept_metadata(connection, i.row_id) for i in instances}
        new = {i.row_id: self._read_metadata(i) for i in instances if kept[i.row_id] is None}
        if new:
            packed = [(zstandard.compress(text, 3), row_id) for row_id, text in new.items()]
            self._index.change(lambda connection: connection.executemany(_KEEP_METADATA, packed).rowcount)
        return [new.get(i.row_id) or zstandard.decompress(kept[i.row_id] or b"") for i in instances]

    def _read_metadata(self, instance: Instance) -> bytes:
        return orjson.dumps(read_json(self.current(instance), _bulk_data_uri(instance)))

    def encoded_frames(self, instance: Instance, indices: Iterable[int]) -> Iterator[bytes] | None:
        """Return the encoded bytes of frames by the table kept at their arrival; None if there is no table.

        Raises `NotFoundError` for a frame that does not exist.
        """
        with self._index.reading() as connection:
            row = connection.execute("SELECT frames FROM content WHERE instance_id = ?", (instance.row_id,)).fetchone()
        if row is None or row[0] is None:
            return None
        table, wanted = frame_table.unpack(row[0]), list(indices)
        n_frames = int(table[-1, 0]) + 1
        for index in wanted:
            if not 0 <= index < n_frames:
                raise NotFoundError(
                    "There is no such frame.", field="frames", found=index + 1, expected=f"1 to {n_frames}"
                )
        return self._encoded_frames(instance, table, wanted)

    def _encoded_frames(self, instance: Instance, table: IndexArray, wanted: list[int]) -> Iterator[bytes]:
        file = self.original(instance)
        for index in wanted:
            yield frame_table.read_frame(file, table, index)

    def conflicts(self) -> list[Conflict]:
        """Return what came under a UID already taken by other bytes."""
        with self._index.reading() as connection:
            return listed(connection)

    def _recover(self, on_progress: OnProgress | None = None) -> int:
        """Index what the last run left unindexed, and all objects if the index is not complete; return how many."""
        with self._index.reading() as connection:
            first = registration.noted(connection, _SEALED_BELOW) if self._index.is_complete else 0
            missing = self._store.found(first, lambda place: registration.knows(connection, place))
        n_objects = 0
        for done, found in enumerate(missing):
            report(on_progress, done, len(missing), "indexing")
            n_objects += self._index_object(found)
        report(on_progress, len(missing), len(missing), "indexing")
        if not self._index.is_complete:
            n_changes = self.n_changes
            self._index.change(lambda connection: registration.note(connection, NOTED, n_changes))
            self._index.change(lambda connection: registration.note(connection, MADE, time_ns()))
            self._index.complete()
        self.removals.finish()
        self._note_sealed()
        return n_objects

    def _note_sealed(self) -> None:
        """Note which segments need not be looked at after a crash: what is in them is indexed."""
        self._sealed_below = self._store.sealed_below
        self._index.change(lambda connection: registration.note(connection, _SEALED_BELOW, self._sealed_below))

    def _index_object(self, found: Found) -> bool:
        """Index one object; one that cannot be read is logged and left where it is, the others are still needed."""
        if self.removals.was_deleted(found.sha256, found.received_ns):
            self._store.remove(found.place)
            return False
        try:
            entry = read_entry(self._store.view(found.place))
        except IsocenterError as error:
            log.warning("object %s is not indexed: %s", found.sha256, error.message)
            return False
        if not self._index.change(lambda connection: self._settle(connection, entry, found)):
            self._register(entry, found.sha256, found.place, found.origin)
        return True

    def _settle(self, connection: sqlite3.Connection, entry: Entry, found: Found) -> bool:
        return settle(connection, entry, found.sha256, found.place, found.replaces, self._stands_for)

    def _stands_for(self, place: Place) -> Replaced | None:
        member = self._store.member(place)
        return None if member is None else member.replaces

    def _commit(self, writer: ObjectWriter, content: memoryview, entry: Entry, origin: str) -> Stored:
        with self._index.reading() as connection:
            known = registration.place_of(connection, entry.uid("SOPInstanceUID"))
        if known is not None and self._is_same(known[0], known[1], content, entry):
            self._act_on_note(lambda: content, entry, origin)
            writer.discard()
            return _stored(self.corrections.now(entry), known[2], "duplicate")
        place = writer.finish(entry.uid("SOPInstanceUID"), origin)
        try:
            stored = self._register(entry, writer.sha256, place, origin)
        except BaseException:
            writer.release()
            self._take_back(place)
            raise
        writer.release()
        if stored.state == "duplicate":  # the same bytes came in twice at the same time
            self._store.remove(place)
        if self._store.sealed_below != self._sealed_below:
            self._note_sealed()
        if stored.state == "stored":
            self._act_on_note(lambda: self._store.view(place), entry, origin)
            self.arrivals.tell()
        return stored

    def _act_on_note(self, file: Callable[[], memoryview], entry: Entry, origin: str) -> None:
        if entry.uid("SOPClassUID") == KEY_OBJECT_SELECTION:
            self.removals.act_on_note(file(), entry, origin)

    def _is_same(self, place: Place, transfer_syntax_uid: str, content: memoryview, entry: Entry) -> bool:
        """Return whether an object has the data set that comes in; their heads may tell of other senders."""
        try:
            known = self._store.view(place)
        except NotFoundError:
            return False
        start, begin = dataset_start(known), dataset_start(content)
        stands_for = self._stands_for(place)
        if stands_for is not None and stands_for.transfer_syntax_uid == entry.transfer_syntax_uid:
            return sha256(content[begin:]).hexdigest() == stands_for.dataset_sha256
        if transfer_syntax_uid != entry.transfer_syntax_uid or len(known) - start != len(content) - begin:
            return False
        return bytes(known[start:]) == bytes(content[begin:])

    def _take_back(self, place: Place) -> None:
        """Remove an object that could not be indexed; if the index cannot say, it is kept."""
        with suppress(sqlite3.Error, IsocenterError), self._index.reading() as connection:
            if not registration.knows(connection, place):
                self._store.remove(place)

    def _register(self, entry: Entry, sha256: str, place: Place, origin: str) -> Stored:
        state = self._index.change(lambda connection: self.removals.enter(connection, entry, sha256, place, origin))
        return _stored(self.corrections.now(entry), sha256, state)


def _index_of(path: Path, changes: ChangeLog, *, durable: bool) -> Index:
    """Return the index; one that does not know of exactly these changes is started anew."""
    index = Index(path, durable=durable)
    with index.reading() as connection:
        is_same = registration.noted(connection, NOTED) == len(changes.changes)
    if is_same or not index.is_complete:
        return index
    index.close()
    remove_index(path)
    return Index(path, durable=durable)


def _bulk_data_uri(instance: Instance) -> Callable[[str], str]:
    prefix = f"studies/{instance.study_uid}/series/{instance.series_uid}/instances/{instance.instance_uid}/bulkdata/"
    return lambda path: prefix + path


def _kept_metadata(connection: sqlite3.Connection, row_id: int) -> bytes | None:
    row = connection.execute("SELECT metadata FROM content WHERE instance_id = ?", (row_id,)).fetchone()
    kept: bytes | None = None if row is None else row[0]
    return kept


def _stored(entry: Entry, sha256: str, state: State) -> Stored:
    return Stored(
        sha256,
        state,
        entry.uid("StudyInstanceUID"),
        entry.uid("SeriesInstanceUID"),
        entry.uid("SOPInstanceUID"),
        entry.uid("SOPClassUID"),
    )


def _check_study(entry: Entry, study_uid: str | None) -> None:
    if study_uid is not None and entry.uid("StudyInstanceUID") != study_uid:
        raise ConflictError(
            "The instance is of another study.",
            field="StudyInstanceUID",
            found=entry.uid("StudyInstanceUID"),
            expected=study_uid,
        )


class Incoming:
    """An instance on its way in: `write` its bytes, then `commit` or `abort`.

    `entry` is what was understood of it, from the moment `commit` has read it: also when `commit` then fails.
    """

    def __init__(self, archive: Archive, writer: ObjectWriter, origin: str, sop_instance_uid: str | None) -> None:
        self._archive = archive
        self._writer = writer
        self._origin = origin
        self._sop_instance_uid = sop_instance_uid
        self.entry: Entry | None = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append bytes; raises `StorageFullError`."""
        self._writer.write(data)

    def room(self) -> memoryview:
        """Return memory for the next bytes, to be filled from its beginning; raises `StorageFullError`."""
        return self._writer.room()

    def took(self, n_bytes: int) -> None:
        """Append the first bytes of what `room` returned."""
        self._writer.took(n_bytes)

    def commit(self, *, study_uid: str | None = None, wait_turn: Callable[[str], None] | None = None) -> Stored:
        """Make the instance durable and findable.

        Parameters
        ----------
        study_uid
            The study it has to belong to.
        wait_turn
            Called with its SOP Instance UID before it is stored: returns when others of this UID, which came before,
            are done.

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
            content = self._writer.content()
            self.entry = read_entry(content, self._sop_instance_uid)
            _check_study(self.entry, study_uid)
            if wait_turn is not None:
                wait_turn(self.entry.uid("SOPInstanceUID"))
            return self._archive._commit(self._writer, content, self.entry, self._origin)
        except BaseException:
            self._writer.discard()
            raise

    def abort(self) -> None:
        """Forget it."""
        self._writer.discard()
