"""Takes the parts of a STOW-RS request into the archive: files as they come, metadata and bulk data put together.

Source: DICOM PS3.18 sec. 10.5.1 (Store Request), table 10.5.3-1 and annex I.2 (status and failure reasons).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event as Flag

from isocenter.archive.archive import Archive, Incoming, Stored
from isocenter.archive.entry import Entry
from isocenter.core.errors import (
    ConflictError,
    DataError,
    FileFormatError,
    IsocenterError,
    NotSupportedError,
    StorageFullError,
    TooLargeError,
)
from isocenter.dicom.bare import DECIDED_BYTES, missing_head
from isocenter.dicom.from_metadata import file_of
from isocenter.dicom.json_model import JsonDataset
from isocenter.protocols.multipart import Event, PartData, PartStart, media_type
from isocenter.server.dicomweb.apart import Apart
from isocenter.server.one_processor import stay_on_one_processor

DICOM = "application/dicom"
MAX_PARTS = 100_000
N_COMMITTING = 3
"""Instances of one request that wait for the disk while the next ones come in."""
# Failure reasons of PS3.4 table B.2-1 and PS3.18 table I.2-2.
OUT_OF_RESOURCES, CANNOT_UNDERSTAND, NOT_SUPPORTED, OTHER_STUDY = 0xA700, 0xC000, 0x0122, 0xA900


@dataclass(frozen=True)
class Failure:
    """Why an instance was not stored, and which it was if that could be read."""

    error: IsocenterError
    entry: Entry | None = None

    @property
    def reason(self) -> int:
        """The failure reason (0008,1197)."""
        for kind, reason in _REASONS.items():
            if isinstance(self.error, kind):
                return reason
        return CANNOT_UNDERSTAND


_REASONS: Mapping[type[IsocenterError], int] = {
    StorageFullError: OUT_OF_RESOURCES,
    TooLargeError: OUT_OF_RESOURCES,
    NotSupportedError: NOT_SUPPORTED,
    ConflictError: OTHER_STUDY,
}


@dataclass
class Receipt:
    """What became of the instances of one request."""

    study_uid: str | None
    stored: list[Stored] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)

    @property
    def status(self) -> int:
        """200 if all came in, 202 if some did or with a warning; otherwise what stopped them (409 if several things).

        Source: PS3.18 table 10.5.3-1.
        """
        if self.stored:
            is_plain = not self.failed and all(stored.state != "conflict" for stored in self.stored)
            return 200 if is_plain else 202
        kinds = {type(failure.error) for failure in self.failed}
        statuses = {StorageFullError: 507, TooLargeError: 413, NotSupportedError: 415}
        return statuses.get(kinds.pop(), 409) if len(kinds) == 1 else 409


class _Turn:
    """The place of an instance in its request: of several under one UID the first is the one that is seen.

    Commits begin in the order of the request, so nobody waits for one that cannot begin.
    """

    def __init__(self, before: tuple[_Turn, ...]) -> None:
        self._before = before
        self._uid = ""
        self._is_named, self._is_done = Flag(), Flag()

    @property
    def is_done(self) -> bool:
        """Whether nobody has to wait for it."""
        return self._is_done.is_set()

    def wait(self, uid: str) -> None:
        """Return when every instance of this UID that came before is stored, or is not going to be."""
        self._uid = uid
        self._is_named.set()
        for each in self._before:
            each._is_named.wait()
            if each._uid == uid:
                each._is_done.wait()
        self._before = ()

    def end(self) -> None:
        """Let those behind go on."""
        self._is_named.set()
        self._is_done.set()


class Intake:
    """Stores the parts of one request; a failure is noted in the receipt and the rest of that part is let go."""

    def __init__(self, archive: Archive, receipt: Receipt, origin: str, max_bytes: int) -> None:
        self._archive = archive
        self._receipt = receipt
        self._origin = origin
        self._max_bytes = max_bytes
        self._n_bytes = self._n_parts = 0
        self._incoming: Incoming | None = None
        self._threads = ThreadPoolExecutor(N_COMMITTING, thread_name_prefix="stow", initializer=stay_on_one_processor)
        self._committing: deque[tuple[Incoming, Future[Stored]]] = deque()
        self._turns: tuple[_Turn, ...] = ()
        self._head: bytearray | None = None
        self._apart = Apart()

    def take_all(self, events: Iterable[Event]) -> None:
        """Take what a block of the body brought."""
        for event in events:
            self.take(event)

    def take(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, PartStart):
            self._start(event)
        elif isinstance(event, PartData):
            self._write(event.data)
        else:
            self._finish()

    def close(self) -> None:
        """Store what came as metadata and bulk data: the body has ended."""
        for description in self._apart.descriptions:
            for dataset, problem in description.datasets():
                self._store_apart(dataset, problem)
        while self._committing:
            self._settle()

    def _start(self, event: PartStart) -> None:
        self._n_parts += 1
        if self._n_parts > MAX_PARTS:
            raise TooLargeError("The request has too many parts.", field="body", expected=f"at most {MAX_PARTS}")
        self._n_bytes = 0
        kind, _ = media_type(event.headers.get("content-type", DICOM))
        if kind != DICOM:
            if not self._apart.start(event.headers):
                self._fail(
                    NotSupportedError("Parts of this type are not stored.", field="Content-Type", found=kind[:64])
                )
            return
        try:
            self._incoming = self._archive.receive(origin=self._origin)
            self._head = bytearray()
        except StorageFullError as error:
            self._fail(error)

    def _write(self, data: bytes | memoryview) -> None:
        if self._apart.is_open:
            self._apart.write(data)
        if self._incoming is None:
            return
        self._n_bytes += len(data)
        try:
            if self._n_bytes > self._max_bytes:
                raise TooLargeError("The instance is too large.", expected=f"at most {self._max_bytes} bytes")
            if self._head is None:
                self._incoming.write(data)
                return
            self._head += data
            if len(self._head) >= DECIDED_BYTES or self._head[128:132] == b"DICM":
                self._write_head(self._incoming)
        except (StorageFullError, TooLargeError) as error:
            self.abort()
            self._fail(error)

    def _write_head(self, incoming: Incoming) -> None:
        """Write the beginning of a file, with the head that it lacks if it came without preamble."""
        head, self._head = bytes(self._head or b""), None
        if missing := missing_head(head):
            incoming.write(missing)
        incoming.write(head)

    def _finish(self) -> None:
        self._apart.end()
        if self._incoming is None:
            return
        incoming, self._incoming = self._incoming, None
        try:
            if self._head is not None:
                self._write_head(incoming)
        except StorageFullError as error:
            incoming.abort()
            self._fail(error)
            return
        before = tuple(each for each in self._turns if not each.is_done)
        turn = _Turn(before)
        self._turns = (*before, turn)
        self._committing.append((incoming, self._threads.submit(self._commit, incoming, turn)))
        while len(self._committing) > N_COMMITTING:
            self._settle()

    def _commit(self, incoming: Incoming, turn: _Turn) -> Stored:
        try:
            return incoming.commit(study_uid=self._receipt.study_uid, wait_turn=turn.wait)
        finally:
            turn.end()

    def _settle(self) -> None:
        """Wait for the oldest commit and note what came of it."""
        incoming, committed = self._committing.popleft()
        try:
            self._receipt.stored.append(committed.result())
        except (DataError, FileFormatError, ConflictError, StorageFullError) as error:
            self._fail(error, incoming.entry)

    def _store_apart(self, dataset: JsonDataset, problem: IsocenterError | None) -> None:
        if problem is not None:
            self._fail(problem)
            return
        try:
            data = file_of(dataset, self._apart.bulk)
        except DataError as error:
            self._fail(error)
            return
        for event in (PartStart({}), PartData(data)):
            self.take(event)
        self._finish()

    def abort(self) -> None:
        """Forget a part that did not end."""
        self._head = None
        if self._incoming is not None:
            self._incoming.abort()
            self._incoming = None

    def end(self) -> None:
        """Forget a part that did not end, and wait for those that did."""
        self.abort()
        try:
            while self._committing:
                self._settle()
        finally:
            self._threads.shutdown()

    def _fail(self, error: IsocenterError, entry: Entry | None = None) -> None:
        self._receipt.failed.append(Failure(error, entry))
