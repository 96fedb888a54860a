"""STOW-RS: receive instances over HTTP, each judged by itself.

Source: DICOM PS3.18 sec. 10.5 (Store Transaction), annex I.2 (response message), PS3.4 table B.2-1 (failure reasons).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isocenter.archive.archive import Archive, Incoming, Stored
from isocenter.archive.entry import Entry
from isocenter.core.errors import (
    ConflictError,
    DataError,
    FileFormatError,
    IsocenterError,
    NotSupportedError,
    ProtocolError,
    StorageFullError,
    TooLargeError,
)
from isocenter.protocols.multipart import Event, MultipartReader, PartData, PartEnd, PartStart, boundary_of, media_type
from isocenter.server.access import origin_of, require_permission
from isocenter.server.dicomweb.resources import STUDY, archive_of, base_url
from isocenter.trust.permissions import WRITE

DICOM = "application/dicom"
FAILED_SOP_SEQUENCE, OTHER_FAILURES_SEQUENCE, ERROR_COMMENT = "00081198", "0008119A", "00000902"
MAX_PARTS = 100_000
DEFAULT_MAX_BYTES = 8 * 1024**3
BLOCK_BYTES = 1 << 19
# Failure reasons of PS3.4 table B.2-1 and PS3.18 table I.2-2.
OUT_OF_RESOURCES, CANNOT_UNDERSTAND, NOT_SUPPORTED, OTHER_STUDY = 0xA700, 0xC000, 0x0122, 0xA900
# Other bytes are here under this UID and stay visible. Of the warnings there are, "Data Set does not match SOP Class"
# comes nearest.
CONFLICT = 0xB007


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


async def store(request: Request) -> Response:
    """Store every part of a multipart body, or the one file of an application/dicom body; answer for each.

    Raises `ProtocolError` for a body that is not what its Content-Type says; the parts before the fault are kept.
    """
    identity = require_permission(request, WRITE)
    receipt = Receipt(request.path_params.get("study"))
    content_type = request.headers.get("content-type", "")
    origin = f"STOW {identity.username} {origin_of(request)}"
    intake = _Intake(archive_of(request), receipt, origin, _max_bytes(request))
    is_single = media_type(content_type)[0] == DICOM
    reader = None if is_single else MultipartReader(boundary_of(content_type))
    try:
        if is_single:
            intake.take(PartStart({"content-type": content_type}))
        async for block in _blocks(request.stream()):
            events = (PartData(block),) if reader is None else reader.feed(block)
            await run_in_threadpool(intake.take_all, events)
        if reader is None:
            await run_in_threadpool(intake.take, PartEnd())
        else:
            reader.close()
    finally:
        intake.abort()
        _record(request, identity.username, receipt)
    if not receipt.stored and not receipt.failed:
        raise ProtocolError(
            "The request holds no instance.", field="body", found="no part", expected="at least one instance"
        )
    body = orjson.dumps(_answer(receipt, base_url(request)))
    return Response(body, receipt.status, media_type="application/dicom+json")


async def _blocks(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield a body in blocks that are worth a change of threads."""
    block = bytearray()
    async for chunk in chunks:
        block += chunk
        if len(block) >= BLOCK_BYTES:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)


def _max_bytes(request: Request) -> int:
    department = getattr(request.app.state, "department", None)
    return DEFAULT_MAX_BYTES if department is None else int(department.settings.max_upload_bytes)


def _record(request: Request, username: str, receipt: Receipt) -> None:
    department = getattr(request.app.state, "department", None)
    if department is not None and (receipt.stored or receipt.failed):
        studies = ",".join(sorted({stored.study_uid for stored in receipt.stored}))
        outcome = f"{len(receipt.failed)} failed" if receipt.failed else "success"
        department.audit.record(username, "store", studies, outcome=outcome, origin=origin_of(request))


class _Intake:
    """Stores the parts of one request; a failure is noted in the receipt and the rest of that part is let go."""

    def __init__(self, archive: Archive, receipt: Receipt, origin: str, max_bytes: int) -> None:
        self._archive = archive
        self._receipt = receipt
        self._origin = origin
        self._max_bytes = max_bytes
        self._n_bytes = 0
        self._incoming: Incoming | None = None

    def take_all(self, events: Iterable[Event]) -> None:
        for event in events:
            self.take(event)

    def take(self, event: Event) -> None:
        if isinstance(event, PartStart):
            self._start(event)
        elif isinstance(event, PartData):
            self._write(event.data)
        else:
            self._finish()

    def _start(self, event: PartStart) -> None:
        if len(self._receipt.stored) + len(self._receipt.failed) >= MAX_PARTS:
            raise TooLargeError("The request has too many parts.", field="body", expected=f"at most {MAX_PARTS}")
        self._n_bytes = 0
        kind, _ = media_type(event.headers.get("content-type", DICOM))
        if kind != DICOM:
            self._fail(NotSupportedError("Parts of this type are not stored.", field="Content-Type", found=kind[:64]))
            return
        try:
            self._incoming = self._archive.receive(origin=self._origin)
        except StorageFullError as error:
            self._fail(error)

    def _write(self, data: bytes) -> None:
        if self._incoming is None:
            return
        self._n_bytes += len(data)
        try:
            if self._n_bytes > self._max_bytes:
                raise TooLargeError("The instance is too large.", expected=f"at most {self._max_bytes} bytes")
            self._incoming.write(data)
        except (StorageFullError, TooLargeError) as error:
            self.abort()
            self._fail(error)

    def _finish(self) -> None:
        if self._incoming is None:
            return
        incoming, self._incoming = self._incoming, None
        try:
            stored = incoming.commit(study_uid=self._receipt.study_uid)
        except (DataError, FileFormatError, ConflictError, StorageFullError) as error:
            self._fail(error, incoming.entry)
            return
        self._receipt.stored.append(stored)

    def abort(self) -> None:
        """Forget a part that did not end."""
        if self._incoming is not None:
            self._incoming.abort()
            self._incoming = None

    def _fail(self, error: IsocenterError, entry: Entry | None = None) -> None:
        self._receipt.failed.append(Failure(error, entry))


def _answer(receipt: Receipt, base: str) -> dict[str, object]:
    """Return the response data set: what was stored, where, and what was not, why (ErrorComment)."""
    answer: dict[str, object] = {}
    if receipt.stored:
        studies = {stored.study_uid for stored in receipt.stored}
        if len(studies) == 1:
            answer["00081190"] = {"vr": "UR", "Value": [f"{base}/studies/{studies.pop()}"]}
        answer["00081199"] = {"vr": "SQ", "Value": [_reference(stored, base) for stored in receipt.stored]}
    for tag, is_known in ((FAILED_SOP_SEQUENCE, True), (OTHER_FAILURES_SEQUENCE, False)):
        items = [_failure(failure) for failure in receipt.failed if (failure.entry is not None) == is_known]
        if items:
            answer[tag] = {"vr": "SQ", "Value": items}
    return dict(sorted(answer.items()))


def _reference(stored: Stored, base: str) -> dict[str, object]:
    url = f"{base}/studies/{stored.study_uid}/series/{stored.series_uid}/instances/{stored.instance_uid}"
    item: dict[str, object] = {
        "00081150": {"vr": "UI", "Value": [stored.sop_class_uid]},
        "00081155": {"vr": "UI", "Value": [stored.instance_uid]},
        "00081190": {"vr": "UR", "Value": [url]},
    }
    if stored.state == "conflict":
        item["00081196"] = {"vr": "US", "Value": [CONFLICT]}
    return dict(sorted(item.items()))


def _failure(failure: Failure) -> dict[str, object]:
    item: dict[str, object] = {}
    if failure.entry is not None:
        item["00081150"] = {"vr": "UI", "Value": [failure.entry.uid("SOPClassUID")]}
        item["00081155"] = {"vr": "UI", "Value": [failure.entry.uid("SOPInstanceUID")]}
    item["00081197"] = {"vr": "US", "Value": [failure.reason]}
    return item | {ERROR_COMMENT: {"vr": "LO", "Value": [failure.error.message[:64]]}}


routes = [
    Route("/studies", store, methods=["POST"]),
    Route(STUDY, store, methods=["POST"]),
]
