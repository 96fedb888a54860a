"""STOW-RS: receive instances over HTTP, each judged by itself.

Source: DICOM PS3.18 sec. 10.5 (Store Transaction), annex I.2 (response message), PS3.4 table B.2-1 (failure reasons).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isocenter.archive.archive import Archive, Incoming, Stored
from isocenter.core.errors import (
    ConflictError,
    DataError,
    FileFormatError,
    IsocenterError,
    NotSupportedError,
    StorageFullError,
    TooLargeError,
)
from isocenter.protocols.multipart import MultipartReader, PartData, PartEnd, PartStart, boundary_of, media_type
from isocenter.server.access import origin_of, require_permission
from isocenter.server.dicomweb.resources import STUDY, archive_of, base_url
from isocenter.trust.permissions import WRITE

MAX_INSTANCE_BYTES = 16 * 1024**3
# Failure reasons of PS3.4 table B.2-1 and PS3.18 table I.2-2.
OUT_OF_RESOURCES, CANNOT_UNDERSTAND, NOT_SUPPORTED, OTHER_STUDY = 0xA700, 0xC000, 0x0122, 0xA900


@dataclass
class Receipt:
    """What became of the instances of one request."""

    study_uid: str | None
    stored: list[Stored] = field(default_factory=list)
    failed: list[tuple[int, IsocenterError]] = field(default_factory=list)

    @property
    def status(self) -> int:
        """200 if all came in, 202 if some did; otherwise what stopped them (507, 415 or 409)."""
        if not self.failed:
            return 200
        if self.stored:
            return 202
        reasons = {reason for reason, _ in self.failed}
        if reasons == {OUT_OF_RESOURCES}:
            return 507
        return 415 if reasons == {NOT_SUPPORTED} else 409


async def store(request: Request) -> Response:
    """Store every part of a multipart body, or the one file of an application/dicom body; answer for each."""
    identity = require_permission(request, WRITE)
    archive, receipt = archive_of(request), Receipt(request.path_params.get("study"))
    kind, _ = media_type(request.headers.get("content-type", ""))
    origin = f"STOW {identity.username} {origin_of(request)}"
    if kind == "application/dicom":
        await _store_one(archive, receipt, request.stream(), origin)
    else:
        boundary = boundary_of(request.headers.get("content-type", ""))
        await _store_parts(archive, receipt, MultipartReader(boundary), request.stream(), origin)
    if not receipt.stored and not receipt.failed:
        raise DataError(
            "The request holds no instance.", field="body", found="no part", expected="at least one instance"
        )
    department = getattr(request.app.state, "department", None)
    if department is not None:
        studies = ",".join(sorted({stored.study_uid for stored in receipt.stored}))
        outcome = "success" if receipt.status == 200 else f"{len(receipt.failed)} failed"
        department.audit.record(identity.username, "store", studies, outcome=outcome, origin=origin_of(request))
    body = orjson.dumps(_answer(receipt, base_url(request)))
    return Response(body, receipt.status, media_type="application/dicom+json")


async def _store_one(archive: Archive, receipt: Receipt, chunks: AsyncIterator[bytes], origin: str) -> None:
    part = _Part(archive, receipt, origin, "application/dicom")
    try:
        async for chunk in chunks:
            await run_in_threadpool(part.write, chunk)
        await run_in_threadpool(part.finish)
    finally:
        part.abort()


async def _store_parts(
    archive: Archive, receipt: Receipt, reader: MultipartReader, chunks: AsyncIterator[bytes], origin: str
) -> None:
    part: _Part | None = None
    try:
        async for chunk in chunks:
            for event in reader.feed(chunk):
                if isinstance(event, PartStart):
                    part = _Part(archive, receipt, origin, event.headers.get("content-type", "application/dicom"))
                elif isinstance(event, PartData) and part is not None:
                    await run_in_threadpool(part.write, event.data)
                elif isinstance(event, PartEnd) and part is not None:
                    await run_in_threadpool(part.finish)
        reader.close()
    finally:
        if part is not None:
            part.abort()


class _Part:
    """One instance of a request; a failure is noted in the receipt and the rest of its bytes is let go."""

    def __init__(self, archive: Archive, receipt: Receipt, origin: str, content_type: str) -> None:
        self._receipt = receipt
        self._size = 0
        self._incoming: Incoming | None = None
        kind, _ = media_type(content_type)
        if kind != "application/dicom":
            self._fail(NotSupportedError("Parts of this type are not stored.", field="Content-Type", found=kind[:64]))
            return
        try:
            self._incoming = archive.receive(origin=origin)
        except StorageFullError as error:
            self._fail(error)

    def write(self, data: bytes) -> None:
        if self._incoming is None:
            return
        self._size += len(data)
        try:
            if self._size > MAX_INSTANCE_BYTES:
                raise TooLargeError("The instance is too large.", expected=f"at most {MAX_INSTANCE_BYTES} bytes")
            self._incoming.write(data)
        except (StorageFullError, TooLargeError) as error:
            self.abort()
            self._fail(error)

    def finish(self) -> None:
        if self._incoming is None:
            return
        incoming, self._incoming = self._incoming, None
        try:
            stored = incoming.commit(study_uid=self._receipt.study_uid)
        except (DataError, FileFormatError, ConflictError, StorageFullError) as error:
            self._fail(error)
            return
        self._receipt.stored.append(stored)

    def abort(self) -> None:
        if self._incoming is not None:
            self._incoming.abort()
            self._incoming = None

    def _fail(self, error: IsocenterError) -> None:
        reasons = {
            StorageFullError: OUT_OF_RESOURCES,
            TooLargeError: OUT_OF_RESOURCES,
            NotSupportedError: NOT_SUPPORTED,
        }
        reason = OTHER_STUDY if isinstance(error, ConflictError) else reasons.get(type(error), CANNOT_UNDERSTAND)
        self._receipt.failed.append((reason, error))


def _answer(receipt: Receipt, base: str) -> dict[str, object]:
    """Return the response data set: what was stored, where, and what was not, why (ErrorComment)."""
    answer: dict[str, object] = {}
    if receipt.stored:
        studies = {stored.study_uid for stored in receipt.stored}
        if len(studies) == 1:
            answer["00081190"] = {"vr": "UR", "Value": [f"{base}/studies/{studies.pop()}"]}
        answer["00081199"] = {"vr": "SQ", "Value": [_reference(stored, base) for stored in receipt.stored]}
    if receipt.failed:
        answer["00081198"] = {"vr": "SQ", "Value": [_failure(reason, error) for reason, error in receipt.failed]}
    return answer


def _reference(stored: Stored, base: str) -> dict[str, object]:
    url = f"{base}/studies/{stored.study_uid}/series/{stored.series_uid}/instances/{stored.instance_uid}"
    item: dict[str, object] = {
        "00081150": {"vr": "UI", "Value": [stored.sop_class_uid]},
        "00081155": {"vr": "UI", "Value": [stored.instance_uid]},
        "00081190": {"vr": "UR", "Value": [url]},
    }
    if stored.state == "conflict":
        # B007, Data Set does not match SOP Class, is the nearest warning: other bytes are kept under this UID.
        item["00081196"] = {"vr": "US", "Value": [0xB007]}
    return item


def _failure(reason: int, error: IsocenterError) -> dict[str, object]:
    return {
        "00081197": {"vr": "US", "Value": [reason]},
        "00000902": {"vr": "LO", "Value": [error.message[:64]]},
    }


routes = [
    Route("/studies", store, methods=["POST"]),
    Route(STUDY, store, methods=["POST"]),
]
