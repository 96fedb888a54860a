"""WADO-RS: whole studies, series and instances, as they are stored, transcoded, or as one ZIP file.

Source: DICOM PS3.18 sec. 10.4 (Retrieve Transaction), table 10.4.1-1, 8.7.3.5.1 (transfer syntax of DICOM media);
RFC 9110 sec. 14 (range requests).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from isocenter.archive.archive import Archive, Instance
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
    file_chunks,
    instances_of,
    multipart,
    unchanged,
)
from isocenter.server.dicomweb.viewing import note
from isocenter.server.dicomweb.zipping import zipped

DICOM, ZIP = "application/dicom", "application/zip"
_ANY = ("*/*", "application/*", DICOM)


async def retrieve(request: Request) -> Response:
    """Answer with the files the path names, as parts; one instance also as it is, for Accept: application/dicom."""
    instances = await instances_of(request)
    wanted = _accepted(accept_of(request), instances)
    known = unchanged(request, wanted.media, wanted.transfer_syntax, *(instance.sha256 for instance in instances))
    if known.is_current:
        return Response(status_code=304, headers=known.headers)
    await run_in_threadpool(note, request, "retrieve", next(iter(reversed(request.path_params.values()))))
    archive, syntax = archive_of(request), wanted.transfer_syntax
    if wanted.media == ZIP:
        name = instances[0].study_uid if len(request.path_params) == 1 else instances[0].series_uid
        headers = {**known.headers, "Content-Disposition": f'attachment; filename="{name}.zip"'}
        return StreamingResponse(zipped(archive, instances), media_type=ZIP, headers=headers)
    if wanted.media == DICOM and not wanted.is_multipart and len(instances) == 1:
        parts, _ = await run_in_threadpool(_file, archive, instances[0], syntax)
        return ranged(request, parts, DICOM, known.headers)
    answer = multipart(_parts(archive, instances, syntax), DICOM)
    answer.headers.update(known.headers)
    return answer


def _file(archive: Archive, instance: Instance, syntax: str) -> tuple[tuple[bytes | memoryview, ...], str]:
    """Return the parts of a file, in `syntax` if one is stated, and the one they have."""
    outgoing = archive.outgoing(instance)
    if syntax in ("", "*", outgoing.transfer_syntax_uid):
        return outgoing.parts, outgoing.transfer_syntax_uid
    changed = transcode(b"".join(outgoing.parts), syntax)
    return (changed,), scan_header(changed, frozenset()).transfer_syntax_uid


def _parts(
    archive: Archive, instances: Sequence[Instance], syntax: str
) -> Iterator[tuple[dict[str, str], Iterator[bytes]]]:
    for instance in instances:
        parts, stated = _file(archive, instance, syntax)
        headers = {
            "Content-Type": f"{DICOM}; transfer-syntax={stated}",
            "Content-Length": str(sum(len(part) for part in parts)),
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
