"""WADO-RS frames and pixel data: single frames, or all frames of instances.

Source: DICOM PS3.18 sec. 10.4.1.1.6 (Frame Resources), 10.4.1.1.7 (Pixel Data Resources).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from weakref import WeakKeyDictionary

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isocenter.archive.archive import Archive, Instance
from isocenter.core.errors import IsocenterError, NotFoundError, OptionError
from isocenter.dicom.header import scan_header
from isocenter.dicom.pixels import PIXEL_DESCRIPTION_TAGS, FrameReader
from isocenter.dicom.transcoding import transcode_frame
from isocenter.dicom.uids import EXPLICIT_BIG_ENDIAN, EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN
from isocenter.server.dicomweb.frame_forms import NATIVE, OCTETS, FrameForm, choose_form
from isocenter.server.dicomweb.kept_answers import KeptAnswers
from isocenter.server.dicomweb.ranges import ranged
from isocenter.server.dicomweb.resources import (
    INSTANCE,
    SERIES,
    STUDY,
    accept_of,
    archive_of,
    base_url,
    instances_of,
    multipart,
    place_of,
    unchanged,
)
from isocenter.server.dicomweb.sending import only_part

log = logging.getLogger(__name__)

MAX_FRAMES = 1000
# From what is stored to what is wanted: no sample has to be touched.
_AS_IT_LIES = frozenset((stored, EXPLICIT_LITTLE_ENDIAN) for stored in (IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN))
# Frames that were encoded anew, for who fetches them range by range. Each archive has its own.
_encoded: WeakKeyDictionary[Archive, KeptAnswers] = WeakKeyDictionary()


async def frames(request: Request) -> Response:
    """Answer with the frames that the path lists: as they are stored, decoded, or encoded anew without loss.

    They are the parts of a multipart answer; one frame may come by itself (see `choose_form`), and then also a range of
    its bytes: of HTJ2K by resolution the first ones are a coarse picture.
    """
    instance = (await instances_of(request))[0]
    numbers = frame_numbers(request.path_params["frames"])
    form = choose_form(accept_of(request), instance.transfer_syntax_uid, n_frames=len(numbers))
    known = unchanged(request, instance.sha256, request.path_params["frames"], repr(form))
    if known.is_current:
        return Response(status_code=304, headers=known.headers)
    body = _body_at_once(archive_of(request), instance, numbers, form)
    if body is not None:
        return _one(request, body, form, known.headers)
    if "range" in request.headers and len(numbers) == 1 and not form.is_multipart:
        body = await run_in_threadpool(_body_in_ranges, archive_of(request), instance, numbers, form, known.headers)
        return _one(request, body, form, known.headers)
    bodies = await run_in_threadpool(open_bodies, archive_of(request), instance, numbers, form)
    if len(numbers) > 1:
        place = place_of(base_url(request), instance)
        parts = (
            ({"Content-Type": form.content_type, "Content-Location": f"{place}/frames/{number}"}, [body])
            for number, body in zip(numbers, bodies, strict=True)
        )
        response: Response = multipart(parts, form.media, transfer_syntax=form.transfer_syntax)
        response.headers.update(known.headers)
        return response
    return _one(request, await run_in_threadpool(next, bodies), form, known.headers)


def _one(request: Request, body: bytes, form: FrameForm, headers: Mapping[str, str]) -> Response:
    if not form.is_multipart:
        return ranged(request, (body,), form.content_type, headers)
    return only_part(body, form.content_type, form.media, form.transfer_syntax, headers)


def _body_at_once(archive: Archive, instance: Instance, numbers: list[int], form: FrameForm) -> bytes | None:
    """Return a frame that need not be decoded and is in memory, else None."""
    if len(numbers) > 1 or (instance.transfer_syntax_uid, form.transfer_syntax) not in _AS_IT_LIES:
        return None
    file = archive.original_at_once(instance)
    if file is None:
        return None
    return _native(_reader(file, [numbers[0] - 1]), numbers[0] - 1)


def _body_in_ranges(
    archive: Archive, instance: Instance, numbers: list[int], form: FrameForm, headers: Mapping[str, str]
) -> bytes:
    """Return a frame whose other bytes will be asked for as well: it is encoded once and kept for them."""
    if form.transfer_syntax == instance.transfer_syntax_uid or form.transfer_syntax in NATIVE:
        return next(open_bodies(archive, instance, numbers, form))
    kept = _encoded.setdefault(archive, KeptAnswers())
    body = kept.get(headers["ETag"])
    if body is None:
        body = next(open_bodies(archive, instance, numbers, form))
        kept.keep(headers["ETag"], body)
    return body


async def pixel_data(request: Request) -> Response:
    """Answer with every frame of every instance the path names, one part each, which says whose frame it is."""
    instances = await instances_of(request)
    header = accept_of(request)
    forms = {each.transfer_syntax_uid: choose_form(header, each.transfer_syntax_uid, n_frames=2) for each in instances}
    known = unchanged(
        request, "pixeldata", *(each.sha256 for each in instances), repr(sorted(map(repr, forms.values())))
    )
    if known.is_current:
        return Response(status_code=304, headers=known.headers)
    parts = await run_in_threadpool(with_first, _frames_of(archive_of(request), instances, forms, base_url(request)))
    media = {form.media for form in forms.values()}
    response = multipart(parts, media.pop() if len(media) == 1 else OCTETS)
    response.headers.update(known.headers)
    return response


def _frames_of(
    archive: Archive, instances: list[Instance], forms: dict[str, FrameForm], base: str
) -> Iterator[tuple[dict[str, str], list[bytes]]]:
    """Yield every frame as a part; objects without frames have none, one that cannot be decoded is left out."""
    for instance in instances:
        form = forms[instance.transfer_syntax_uid]
        place = place_of(base, instance)
        try:
            n_frames = open_frames(archive, instance).n_frames
            bodies = open_bodies(archive, instance, list(range(1, n_frames + 1)), form)
            for number, body in enumerate(bodies, start=1):
                yield {"Content-Type": form.content_type, "Content-Location": f"{place}/frames/{number}"}, [body]
        except NotFoundError:
            continue
        except IsocenterError as error:
            log.warning("instance %s is left out of an answer: %s", instance.instance_uid, error.message)


def with_first(parts: Iterator[tuple[dict[str, str], list[bytes]]]) -> Iterator[tuple[dict[str, str], list[bytes]]]:
    """Return parts of which the first is known to be there; raises `NotFoundError` if there is none."""
    first = next(parts, None)
    if first is None:
        raise NotFoundError("There are no frames here.", field="PixelData", found="absent, or nothing that can be read")
    return chain((first,), parts)


def frame_numbers(text: str) -> list[int]:
    """Return the 1-based frame numbers of a comma-separated list; raises `OptionError`."""
    parts = text.split(",")
    if len(parts) > MAX_FRAMES or any(not part.isdecimal() or not 1 <= int(part) < 10**8 for part in parts):
        raise OptionError(
            "This is not a list of frames.", field="frames", found=text[:64], expected="for example 1,2,3"
        )
    return [int(part) for part in parts]


def open_bodies(archive: Archive, instance: Instance, numbers: list[int], form: FrameForm) -> Iterator[bytes]:
    """Return the bytes of frames, by number from 1; raises `NotFoundError` at once for one that does not exist."""
    indices = [number - 1 for number in numbers]
    if form.transfer_syntax == instance.transfer_syntax_uid and form.transfer_syntax not in NATIVE:
        by_table = archive.encoded_frames(instance, indices)
        if by_table is not None:
            return by_table
        reader = open_frames(archive, instance, indices)
        return (reader.encoded(index) for index in indices)
    reader = open_frames(archive, instance, indices)
    if form.transfer_syntax == EXPLICIT_LITTLE_ENDIAN:
        return (_native(reader, index) for index in indices)
    return (transcode_frame(reader, index, form.transfer_syntax) for index in indices)


def open_frames(
    archive: Archive, instance: Instance, indices: Iterable[int] = (), tags: frozenset[int] = PIXEL_DESCRIPTION_TAGS
) -> FrameReader:
    """Return the frames of an instance; raises `NotFoundError` for one without pixels or without these frames."""
    return _reader(archive.original(instance), indices, tags)


def _reader(file: memoryview, indices: Iterable[int], tags: frozenset[int] = PIXEL_DESCRIPTION_TAGS) -> FrameReader:
    header = scan_header(file, tags | PIXEL_DESCRIPTION_TAGS)
    if header.pixels is None:
        raise NotFoundError("The instance has no frames.", field="PixelData", found="absent")
    reader = FrameReader(header)
    for index in indices:
        if not 0 <= index < reader.n_frames:
            raise NotFoundError(
                "There is no such frame.", field="frames", found=index + 1, expected=f"1 to {reader.n_frames}"
            )
    return reader


def _native(reader: FrameReader, index: int) -> bytes:
    """Return a frame's stored values little endian, as the metadata describe them."""
    if reader.description.transfer_syntax_uid in NATIVE - {EXPLICIT_BIG_ENDIAN}:
        return reader.encoded(index)
    values = reader.stored(index)
    if values.ndim == 3 and reader.header.integer(0x00280006, 0) == 1:
        values = np.moveaxis(values, -1, 0)
    return np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<")).tobytes()


routes = [
    Route(f"{INSTANCE}/frames/{{frames}}", frames, methods=["GET"]),
    *(Route(f"{level}/pixeldata", pixel_data, methods=["GET"]) for level in (STUDY, SERIES, INSTANCE)),
]
