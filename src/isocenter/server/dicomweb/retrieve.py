"""WADO-RS: whole studies, series and instances, as they are stored, transcoded, or as one ZIP file.

Source: DICOM PS3.18 sec. 10.4 (Retrieve Transaction), table 10.4.1-1, 8.7.3.5.1 (transfer syntax of DICOM media);
RFC 9110 sec. 14 (range requests).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from isocenter.archive.archive import Archive, Instance
from isocenter.core.errors import IsocenterError
from isocenter.dicom.header import scan_header
from isocenter.dicom.transcoding import can_encode, is_lossless, transcode
from isocenter.protocols.dicomweb import Accepted, NotAcceptableError, read_accept
from isocenter.server.dicomweb.ranges import ranged
from isocenter.server.dicomweb.resources import (
    INSTANCE,
    SERIES,
    STUDY,
    accept_of,
    archive_of,
    base_url,
    file_chunks,
    instances_of,
    multipart,
    place_of,
    unchanged,
)
from isocenter.server.dicomweb.sending import parts_answer
from isocenter.server.dicomweb.viewing import is_note_slow, note
from isocenter.server.dicomweb.zipping import zipped

log = logging.getLogger(__name__)

Parts: TypeAlias = tuple[bytes | memoryview, ...]
DICOM, ZIP = "application/dicom", "application/zip"
_ANY = ("*/*", "application/*", DICOM)


async def retrieve(request: Request) -> Response:
    """Answer with the files the path names, as parts; one instance also as it is, for Accept: application/dicom."""
    instances = await instances_of(request)
    wanted = _accepted(accept_of(request), instances)
    known = unchanged(request, wanted.media, wanted.transfer_syntax, *(instance.sha256 for instance in instances))
    if known.is_current:
        return Response(status_code=304, headers=known.headers)
    archive, syntax = archive_of(request), wanted.transfer_syntax
    target = next(iter(reversed(request.path_params.values())))
    if len(instances) == 1 and wanted.media != ZIP:
        ready = _ready_file(request, instances[0], syntax)
        if ready is None:
            ready = await run_in_threadpool(_noted_file, request, target, instances[0], syntax)
        parts, stated = ready
        return _one(request, parts, stated, known.headers, is_multipart=wanted.is_multipart or wanted.media != DICOM)
    await run_in_threadpool(note, request, "retrieve", target)
    if wanted.media == ZIP:
        name = instances[0].study_uid if len(request.path_params) == 1 else instances[0].series_uid
        headers = {**known.headers, "Content-Disposition": f'attachment; filename="{name}.zip"'}
        return StreamingResponse(zipped(archive, instances), media_type=ZIP, headers=headers)
    first = await run_in_threadpool(_file, archive, instances[0], syntax)  # what is wrong is told before it begins
    answer = multipart(_parts(archive, instances, syntax, first, base_url(request)), DICOM)
    answer.headers.update(known.headers)
    return answer


def _ready_file(request: Request, instance: Instance, syntax: str) -> tuple[Parts, str] | None:
    """Return a file that goes out as it is and is in memory, noted in the audit trail; None if it takes longer."""
    if syntax not in ("", "*", instance.transfer_syntax_uid) or is_note_slow(request):
        return None
    outgoing = archive_of(request).outgoing_at_once(instance)
    if outgoing is None:
        return None
    note(request, "retrieve", instance.instance_uid)
    return outgoing.parts, outgoing.transfer_syntax_uid


def _noted_file(request: Request, target: str, instance: Instance, syntax: str) -> tuple[Parts, str]:
    found = _file(archive_of(request), instance, syntax)
    note(request, "retrieve", target)
    return found


def _one(request: Request, parts: Parts, syntax: str, headers: Mapping[str, str], *, is_multipart: bool) -> Response:
    """Return one file, by itself or as the only part of many."""
    if not is_multipart:
        return ranged(request, parts, DICOM, headers)
    length = sum(len(part) for part in parts)
    lines = f"Content-Type: {DICOM}; transfer-syntax={syntax}\r\nContent-Length: {length}\r\n"
    return parts_answer(((lines, parts),), DICOM, "", headers)


def _file(archive: Archive, instance: Instance, syntax: str) -> tuple[Parts, str]:
    """Return the parts of a file, in `syntax` if one is stated, and the one they have."""
    outgoing = archive.outgoing(instance)
    if syntax in ("", "*", outgoing.transfer_syntax_uid):
        return outgoing.parts, outgoing.transfer_syntax_uid
    changed = transcode(b"".join(outgoing.parts), syntax)
    return (changed,), scan_header(changed, frozenset()).transfer_syntax_uid


def _parts(
    archive: Archive, instances: Sequence[Instance], syntax: str, first: tuple[Parts, str], base: str
) -> Iterator[tuple[dict[str, str], Iterator[bytes]]]:
    """Yield every file; one that cannot be had in the end is left out, for the answer has begun."""
    for number, instance in enumerate(instances):
        try:
            parts, stated = _file(archive, instance, syntax) if number else first
        except IsocenterError as error:
            log.warning("instance %s is left out of an answer: %s", instance.instance_uid, error.message)
            continue
        headers = {
            "Content-Type": f"{DICOM}; transfer-syntax={stated}",
            "Content-Length": str(sum(len(part) for part in parts)),
            "Content-Location": place_of(base, instance),
        }
        yield headers, file_chunks(parts)


def _accepted(accept: str, instances: Sequence[Instance]) -> Accepted:
    """Return the media range that is served, best first; a stated transfer syntax is the stored one or can be made.

    Lossy compression is never made unasked: only syntaxes that keep every value are. Raises `NotAcceptableError` (406).
    """
    stored = {instance.transfer_syntax_uid for instance in instances}
    for wanted in read_accept(accept):
        if wanted.media == ZIP and not wanted.is_multipart:
            return wanted
        syntax = wanted.transfer_syntax
        is_offered = syntax in ("", "*") or stored == {syntax} or (can_encode(syntax) and is_lossless(syntax))
        if wanted.media in _ANY and is_offered:
            return wanted
    raise NotAcceptableError(
        "No acceptable form is offered.",
        field="Accept",
        found=accept[:200],
        expected=f"{DICOM}; transfer-syntax={' or '.join(sorted(stored)[:4])}, or a lossless one, or {ZIP}",
    )


routes = [
    Route(STUDY, retrieve, methods=["GET"]),
    Route(SERIES, retrieve, methods=["GET"]),
    Route(INSTANCE, retrieve, methods=["GET"]),
]
