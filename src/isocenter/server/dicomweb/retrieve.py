"""WADO-RS: whole studies, series and instances, as they were received.

Source: DICOM PS3.18 sec. 10.4 (Retrieve Transaction), table 10.4.1-1.
"""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from isocenter.archive.archive import Archive, Instance
from isocenter.protocols.dicomweb import Accepted, NotAcceptableError, read_accept
from isocenter.server.access import identity_of, origin_of
from isocenter.server.dicomweb.resources import (
    INSTANCE,
    SERIES,
    STUDY,
    archive_of,
    file_chunks,
    instances_of,
    multipart,
)

DICOM = "application/dicom"
_ANY = ("*/*", "application/*", DICOM)


async def retrieve(request: Request) -> Response:
    """Answer with the files the path names, as parts; one instance also as it is, for Accept: application/dicom."""
    instances = await instances_of(request)
    wanted = _accepted(request, instances)
    department = getattr(request.app.state, "department", None)
    if department is not None:
        target = next(iter(reversed(request.path_params.values())))
        department.audit.record(identity_of(request).username, "retrieve", target, origin=origin_of(request))
    if wanted.media == DICOM and not wanted.is_multipart and len(instances) == 1:
        outgoing = archive_of(request).outgoing(instances[0])
        headers = {"ETag": f'"{instances[0].sha256}"', "Content-Length": str(outgoing.size_bytes)}
        return StreamingResponse(file_chunks(outgoing), media_type=DICOM, headers=headers)
    return multipart(_parts(archive_of(request), instances), DICOM)


def _parts(archive: Archive, instances: list[Instance]) -> Iterator[tuple[dict[str, str], Iterator[bytes]]]:
    for instance in instances:
        outgoing = archive.outgoing(instance)
        yield {"Content-Type": DICOM, "Content-Length": str(outgoing.size_bytes)}, file_chunks(outgoing)


def _accepted(request: Request, instances: list[Instance]) -> Accepted:
    """Return the media range that is served; nothing is transcoded, so a stated transfer syntax must be the stored one.

    Raises `NotAcceptableError` (406).
    """
    stored = {instance.transfer_syntax_uid for instance in instances}
    for wanted in read_accept(request.headers.get("accept", "")):
        if wanted.media in _ANY and (wanted.transfer_syntax in ("", "*") or stored == {wanted.transfer_syntax}):
            return wanted
    raise NotAcceptableError(
        "No acceptable form is offered.",
        field="Accept",
        found=request.headers["accept"][:200],
        expected=f"{DICOM}; transfer-syntax={' or '.join(sorted(stored)[:4])}",
    )


routes = [
    Route(STUDY, retrieve, methods=["GET"]),
    Route(SERIES, retrieve, methods=["GET"]),
    Route(INSTANCE, retrieve, methods=["GET"]),
]
