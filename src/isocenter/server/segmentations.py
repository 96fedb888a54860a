"""The segmentations of a series as the reading room opens them: those in force, the places of their frames in short.

The metadata of ten thousand frames are many megabytes, of which almost all is said again for every frame. The frames
that lie on the image that is looked at come in the same answer.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from weakref import WeakKeyDictionary

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isocenter.archive.archive import Archive, Instance
from isocenter.archive.entry import is_kept_uid
from isocenter.core.errors import OptionError
from isocenter.dicom.dictionary import tag_of
from isocenter.dicom.header import Header, scan_header
from isocenter.dicom.segmentation_frames import as_json, read_segmentation
from isocenter.dicom.uids import EXPLICIT_LITTLE_ENDIAN
from isocenter.server.dicomweb.frame_forms import OCTETS, FrameForm
from isocenter.server.dicomweb.frames import open_bodies
from isocenter.server.dicomweb.kept_answers import KeptAnswers
from isocenter.server.dicomweb.resources import SERIES, archive_of, instances_of, unchanged
from isocenter.server.dicomweb.sending import text_answer

ROOT = "/api/segmentations"
_CLASSES = frozenset({"1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"})
_SOP_CLASS, _PREDECESSORS = tag_of("SOPClassUID"), tag_of("PredecessorDocumentsSequence")
_INSTANCE_UID = f"{tag_of('SOPInstanceUID'):08X}"
_SERIES, _INSTANCES, _UID = (
    tag_of(name) for name in ("ReferencedSeriesSequence", "ReferencedSOPSequence", "ReferencedSOPInstanceUID")
)
_TAGS = frozenset({_SOP_CLASS, _PREDECESSORS})
_PLAIN = FrameForm(OCTETS, EXPLICIT_LITTLE_ENDIAN)
# More is fetched frame by frame.
_MOST_INLINE_BYTES = 8 << 20
_kept: WeakKeyDictionary[Archive, KeptAnswers] = WeakKeyDictionary()


async def segmentations(request: Request) -> Response:
    """Answer with the segmentations of a series that no other one of it takes the place of.

    `image` and `frame` name what is looked at: the frames on it are `pictures`.
    """
    archive, instances = archive_of(request), await instances_of(request)
    looked_at = _looked_at(request)
    tags = [instance.sha256 for instance in instances]
    key = unchanged(request, "segmentations", *tags).headers["ETag"]
    known = unchanged(request, "segmentations", *map(str, looked_at or ()), *tags)
    if known.is_current:
        return Response(status_code=304, headers=known.headers)
    kept = _kept.setdefault(archive, KeptAnswers())
    body = kept.get(key)
    if body is None:
        body = await run_in_threadpool(_body, archive, instances)
        kept.keep(key, body)
    if looked_at:
        body = await run_in_threadpool(_with_pictures, archive, instances, body, looked_at)
    return text_answer(request, body, "application/json", known.headers)


def _looked_at(request: Request) -> tuple[str, int] | None:
    """Return SOP Instance UID and frame number of the image that a request names; raises `OptionError`."""
    image, frame = request.query_params.get("image"), request.query_params.get("frame", "1")
    if image is None:
        return None
    if not is_kept_uid(image):
        raise OptionError("The image is not a UID.", field="image", found=image[:64], expected="digits and dots")
    if not frame.isdecimal():
        raise OptionError("The frame is no number.", field="frame", found=frame[:64], expected="a number from 1")
    return image, int(frame)


def _with_pictures(archive: Archive, instances: list[Instance], body: bytes, looked_at: tuple[str, int]) -> bytes:
    by_uid = {instance.instance_uid: instance for instance in instances}
    found = orjson.loads(body)
    for each in found:
        numbers = _frames_on(each["frames"], list(looked_at))
        (uid,) = each["attributes"][_INSTANCE_UID]["Value"]
        pictures = list(open_bodies(archive, by_uid[uid], numbers, _PLAIN)) if numbers else []
        if 0 < sum(map(len, pictures)) <= _MOST_INLINE_BYTES:
            each["pictures"] = {"numbers": numbers, "pixels": [b64encode(picture).decode() for picture in pictures]}
    return orjson.dumps(found)


def _frames_on(frames: dict[str, Any], looked_at: list[object]) -> list[int]:
    """Return the numbers of the frames that were made from an image."""
    if looked_at not in frames["sources"]:
        return []
    source = frames["sources"].index(looked_at)
    return [number for number, sources in enumerate(frames["sourcesOf"], start=1) if source in sources]


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
