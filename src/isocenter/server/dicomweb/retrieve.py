"""WADO-RS: whole studies, series and instances, as they were received.

Source: DICOM PS3.18 sec. 10.4 (Retrieve Transaction), table 10.4.1-1.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from isocenter.protocols.dicomweb import NotAcceptableError, read_accept
from isocenter.server.access import identity_of, origin_of
from isocenter.server.dicomweb.resources import INSTANCE, SERIES, STUDY, file_chunks, instances_of, multipart

DICOM = "application/dicom"
_ANY = ("*/*", "application/*", DICOM)


async def retrieve(request: Request) -> Response:
    """Answer with the files the path names, as parts; one instance also as it is, for Accept: application/dicom."""
    instances = await instances_of(request)
    wanted = next((w for w in read_accept(request.headers.get("accept", "")) if w.media in _ANY), None)
    if wanted is None:
        raise NotAcceptableError(
            "No acceptable form is offered.", field="Accept", found=request.headers["accept"][:200], expected=DICOM
        )
    department = getattr(request.app.state, "department", None)
    if department is not None:
        target = next(iter(reversed(request.path_params.values())))
        department.audit.record(identity_of(request).username, "retrieve", target, origin=origin_of(request))
    if wanted.media == DICOM and not wanted.is_multipart and len(instances) == 1:
        return FileResponse(instances[0].path, media_type=DICOM, headers={"ETag": f'"{instances[0].sha256}"'})
    parts = (({"Content-Type": DICOM, "Content-Length": str(i.size_bytes)}, file_chunks(i)) for i in instances)
    return multipart(parts, DICOM)


routes = [
    Route(STUDY, retrieve, methods=["GET"]),
    Route(SERIES, retrieve, methods=["GET"]),
    Route(INSTANCE, retrieve, methods=["GET"]),
]
