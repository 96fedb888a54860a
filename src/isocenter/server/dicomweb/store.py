"""STOW-RS: receive instances over HTTP, each judged by itself.

Source: DICOM PS3.18 sec. 10.5 (Store Transaction), annex I.2 (response message), PS3.4 table B.2-1 (failure reasons).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isocenter.archive.archive import Stored
from isocenter.core.errors import ProtocolError
from isocenter.dicom.json_model import JsonDataset
from isocenter.dicom.xml_model import to_xml
from isocenter.protocols.dicomweb import choose_media
from isocenter.protocols.multipart import Event, MultipartReader, PartData, PartEnd, PartStart, boundary_of, media_type
from isocenter.server.access import origin_of, require_permission
from isocenter.server.dicomweb.intake import DICOM, Failure, Intake, Receipt
from isocenter.server.dicomweb.resources import DICOM_XML, STUDY, accept_of, archive_of, base_url
from isocenter.server.web.lent_body import BLOCK_BYTES as LENT_BYTES
from isocenter.server.web.lent_body import LentBody, read_lent
from isocenter.trust.permissions import WRITE

DICOM_JSON = "application/dicom+json"
FAILED_SOP_SEQUENCE, OTHER_FAILURES_SEQUENCE, ERROR_COMMENT = "00081198", "0008119A", "00000902"
DEFAULT_MAX_BYTES = 8 * 1024**3
BLOCK_BYTES = 1 << 19
# Other bytes are here under this UID and stay visible. Of the warnings there are, "Data Set does not match SOP Class"
# comes nearest.
CONFLICT = 0xB007


async def store(request: Request) -> Response:
    """Store every part of a multipart body, or the one file of an application/dicom body; answer for each instance.

    Raises `ProtocolError` for a body that is not what its Content-Type says; the parts before the fault are kept.
    """
    identity = require_permission(request, WRITE)
    media = choose_media(accept_of(request), (DICOM_JSON, "application/json", DICOM_XML))
    receipt = Receipt(request.path_params.get("study"))
    content_type = request.headers.get("content-type", "")
    origin = f"STOW {identity.username} {origin_of(request)}"
    intake = Intake(archive_of(request), receipt, origin, _max_bytes(request))
    is_single = media_type(content_type)[0] == DICOM
    reader = None if is_single else MultipartReader(boundary_of(content_type))
    try:
        if is_single:
            intake.take(PartStart({"content-type": content_type}))
        if await read_lent(request, lambda body: _take_lent(body, reader, intake)) is None:
            async for block in _blocks(request.stream()):
                await run_in_threadpool(intake.take_all, _events(reader, block, len(block)))
        if reader is None:
            await run_in_threadpool(intake.take, PartEnd())
        else:
            reader.close()
        await run_in_threadpool(intake.close)
    finally:
        intake.end()
        _record(request, identity.username, receipt)
    if not receipt.stored and not receipt.failed:
        raise ProtocolError(
            "The request holds no instance.", field="body", found="no part", expected="at least one instance"
        )
    answer = _answer(receipt, base_url(request))
    body = to_xml(answer) if media == DICOM_XML else orjson.dumps(answer)
    return Response(body, receipt.status, media_type=media)


def _take_lent(body: LentBody, reader: MultipartReader | None, intake: Intake) -> None:
    block = bytearray(LENT_BYTES)
    while n_bytes := body.read_into(block):
        intake.take_all(_events(reader, block, n_bytes))


def _events(reader: MultipartReader | None, block: bytes | bytearray, n_bytes: int) -> Iterable[Event]:
    """Return what the first bytes of a block bring."""
    return (PartData(memoryview(block)[:n_bytes]),) if reader is None else reader.feed(block, n_bytes)


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


def _answer(receipt: Receipt, base: str) -> JsonDataset:
    """Return the response data set: what was stored, where, and what was not, why (ErrorComment)."""
    answer: JsonDataset = {}
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


def _reference(stored: Stored, base: str) -> JsonDataset:
    url = f"{base}/studies/{stored.study_uid}/series/{stored.series_uid}/instances/{stored.instance_uid}"
    item: JsonDataset = {
        "00081150": {"vr": "UI", "Value": [stored.sop_class_uid]},
        "00081155": {"vr": "UI", "Value": [stored.instance_uid]},
        "00081190": {"vr": "UR", "Value": [url]},
    }
    if stored.state == "conflict":
        item["00081196"] = {"vr": "US", "Value": [CONFLICT]}
    return dict(sorted(item.items()))


def _failure(failure: Failure) -> JsonDataset:
    item: JsonDataset = {}
    if failure.entry is not None:
        item["00081150"] = {"vr": "UI", "Value": [failure.entry.uid("SOPClassUID")]}
        item["00081155"] = {"vr": "UI", "Value": [failure.entry.uid("SOPInstanceUID")]}
    item["00081197"] = {"vr": "US", "Value": [failure.reason]}
    return item | {ERROR_COMMENT: {"vr": "LO", "Value": [failure.error.message[:64]]}}


routes = [
    Route("/studies", store, methods=["POST"]),
    Route(STUDY, store, methods=["POST"]),
]
