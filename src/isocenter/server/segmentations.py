"""The segmentations of a series as the reading room opens them: those in force, the places of their frames in short.

The metadata of ten thousand frames are many megabytes, of which almost all is said again for every frame.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isocenter.archive.archive import Archive, Instance
from isocenter.dicom.dictionary import tag_of
from isocenter.dicom.header import Header, scan_header
from isocenter.dicom.segmentation_frames import as_json, read_segmentation
from isocenter.server.dicomweb.kept_answers import KeptAnswers
from isocenter.server.dicomweb.resources import SERIES, archive_of, instances_of, unchanged
from isocenter.server.dicomweb.sending import text_answer

ROOT = "/api/segmentations"
_CLASSES = frozenset({"1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"})
_SOP_CLASS, _PREDECESSORS = tag_of("SOPClassUID"), tag_of("PredecessorDocumentsSequence")
_SERIES, _INSTANCES, _UID = (
    tag_of(name) for name in ("ReferencedSeriesSequence", "ReferencedSOPSequence", "ReferencedSOPInstanceUID")
)
_TAGS = frozenset({_SOP_CLASS, _PREDECESSORS})
_kept: WeakKeyDictionary[Archive, KeptAnswers] = WeakKeyDictionary()


async def segmentations(request: Request) -> Response:
    """Answer with the segmentations of a series that no other one of it takes the place of."""
    instances = await instances_of(request)
    known = unchanged(request, "segmentations", *(instance.sha256 for instance in instances))
    if known.is_current:
        return Response(status_code=304, headers=known.headers)
    tag, kept = known.headers["ETag"], _kept.setdefault(archive_of(request), KeptAnswers())
    body = kept.get(tag)
    if body is None:
        body = await run_in_threadpool(_body, archive_of(request), instances)
        kept.keep(tag, body)
    return text_answer(request, body, "application/json", known.headers)


def _body(archive: Archive, instances: list[Instance]) -> bytes:
    headers = [(each, scan_header(archive.current(each), _TAGS)) for each in instances]
    replaced = {uid for _, header in headers for uid in _replaced_by(header)}
    found = []
    for instance, header in headers:
        if header.text(_SOP_CLASS) in _CLASSES and instance.instance_uid not in replaced:
            attributes, places = read_segmentation(archive.current(instance))
            found.append({"attributes": attributes, "frames": as_json(places)})
    return orjson.dumps(found)


def _replaced_by(header: Header) -> list[str]:
    return [
        instance.text(_UID)
        for study in header.items(_PREDECESSORS)
        for series in study.items(_SERIES)
        for instance in series.items(_INSTANCES)
    ]


routes = [Route(f"{ROOT}{SERIES}", segmentations, methods=["GET"])]
