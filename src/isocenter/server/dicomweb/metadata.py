"""WADO-RS metadata: every attribute but the pixels, as DICOM JSON or XML.

Source: DICOM PS3.18 sec. 10.4.1.1.2 (Metadata Resources).
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isocenter.archive.archive import Archive, Instance
from isocenter.protocols.dicomweb import choose_media
from isocenter.server.dicomweb.kept_answers import KeptAnswers
from isocenter.server.dicomweb.resources import (
    DICOM_XML,
    INSTANCE,
    SERIES,
    STUDY,
    accept_of,
    archive_of,
    base_url,
    instances_of,
    unchanged,
    xml_parts,
)
from isocenter.server.dicomweb.sending import text_answer

_BULK_PREFIX = b'"BulkDataURI":"studies/'

# A tag is told by what one archive holds: each has answers of its own.
_kept: WeakKeyDictionary[Archive, KeptAnswers] = WeakKeyDictionary()


async def metadata(request: Request) -> Response:
    """Answer with one JSON data set for every instance the path names."""
    media = choose_media(accept_of(request), ("application/dicom+json", "application/json", DICOM_XML))
    instances = await instances_of(request)
    known = unchanged(request, *(instance.sha256 for instance in instances), base_url(request), media)
    if known.is_current:
        return Response(status_code=304, headers=known.headers)
    tag, kept = known.headers["ETag"], _kept.setdefault(archive_of(request), KeptAnswers())
    body = kept.get(tag)
    if body is None:
        body = await run_in_threadpool(_body, archive_of(request), instances, base_url(request))
        kept.keep(tag, body)
    if media == DICOM_XML:
        answer = await run_in_threadpool(xml_parts, orjson.loads(body))
        answer.headers.update(known.headers)
        return answer
    return text_answer(request, body, media, known.headers)


def _body(archive: Archive, instances: list[Instance], base: str) -> bytes:
    text = b"[" + b",".join(archive.metadata_json(instances)) + b"]"
    return text.replace(_BULK_PREFIX, b'"BulkDataURI":"' + base.encode() + b"/studies/")


routes = [
    Route(f"{STUDY}/metadata", metadata, methods=["GET"]),
    Route(f"{SERIES}/metadata", metadata, methods=["GET"]),
    Route(f"{INSTANCE}/metadata", metadata, methods=["GET"]),
]
