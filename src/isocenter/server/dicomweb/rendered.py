"""WADO-RS rendered: frames as pictures, windowed and scaled for a screen; documents as they are.

Source: DICOM PS3.18 sec. 10.4.1.1.3 (Rendered Resources), 10.4.1.1.4 (Thumbnail), 8.3.5.1 (Rendering parameters).
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isocenter.archive.archive import Archive, Instance
from isocenter.core.arrays import Array
from isocenter.core.errors import IsocenterError, NotFoundError, OptionError
from isocenter.dicom.bulkdata import read_bulk_value
from isocenter.dicom.colour_profiles import (
    PROFILE_TAGS,
    SPACES,
    changed_to,
    encode_with_profile,
    own_profile,
    profile_of,
)
from isocenter.dicom.picture_files import DEFAULT_QUALITY, MEDIA, encode_gif, encode_picture
from isocenter.dicom.picture_text import ANNOTATIONS, lines_of, with_text
from isocenter.dicom.pixels import FrameReader
from isocenter.dicom.rendering import RENDERING_TAGS, Window, render
from isocenter.protocols.dicomweb import choose_media, read_accept
from isocenter.reporting.documents.document import kind_of
from isocenter.server.dicomweb.frames import frame_numbers, open_frames, with_first
from isocenter.server.dicomweb.kept_answers import KeptAnswers
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
from isocenter.server.documents import HTML, SVG, drawing_of, page_of

log = logging.getLogger(__name__)

PDF, ENCAPSULATED_PDF = "application/pdf", "1.2.840.10008.5.1.4.1.1.104.1"
MAX_PICTURES, MAX_MOVING = 1000, 500
THUMBNAIL = (128, 128)
MAX_SIDE = 8192
# A picture is told by what one archive holds: each has pictures of its own.
_kept: WeakKeyDictionary[Archive, KeptAnswers] = WeakKeyDictionary()


async def rendered(request: Request) -> Response:
    """Answer with a frame as JPEG, PNG, WebP or GIF at the size asked for; of several the middle one.

    As multipart all frames of all instances come, one part each; a GIF of an instance moves. Reports, presentation
    states and waveforms come as a page, waveforms also as SVG.
    """
    viewport = _viewport(request.query_params.get("viewport"))
    if "region" in request.query_params:
        viewport = _region(request.query_params["region"], viewport)
    accept = accept_of(request)
    if read_accept(accept) and read_accept(accept)[0].is_multipart:
        return await _pictures(request, viewport)
    if "instance" in request.path_params and "frames" not in request.path_params:
        instance = (await instances_of(request))[0]
        if instance.sop_class_uid != ENCAPSULATED_PDF and kind_of(instance.sop_class_uid) != "attributes":
            return await _written(request, instance)
    return await _picture(request, viewport)


async def thumbnail(request: Request) -> Response:
    """Answer with a small picture that stands for the study, series or instance."""
    return await _picture(request, _viewport(request.query_params.get("viewport")) or Viewport(THUMBNAIL))


async def _picture(request: Request, viewport: Viewport | None) -> Response:
    instances = await instances_of(request)
    instance = instances[len(instances) // 2]
    is_document = instance.sop_class_uid == ENCAPSULATED_PDF
    media = choose_media(accept_of(request), (PDF,) if is_document else MEDIA)
    wanted = _wanted(request, media, viewport)
    known = unchanged(request, instance.sha256, repr(wanted))
    if known.is_current:
        return Response(status_code=304, headers=known.headers)
    kept = _kept.setdefault(archive_of(request), KeptAnswers())
    body = kept.get(known.headers["ETag"])
    if body is None:
        make = _document if is_document else _render
        body = await run_in_threadpool(make, archive_of(request), instance, wanted)
        kept.keep(known.headers["ETag"], body)
    return Response(body, media_type=media, headers=known.headers)


async def _written(request: Request, instance: Instance) -> Response:
    """Answer with what people read where there is no picture: a page, of waveforms also the drawing."""
    is_waveform = kind_of(instance.sop_class_uid) == "waveform"
    media = choose_media(accept_of(request), (HTML, SVG) if is_waveform else (HTML,))
    return await (drawing_of(request, instance, 1) if media == SVG else page_of(request, instance))


async def _pictures(request: Request, viewport: Viewport | None) -> Response:
    """Answer with every frame of every instance, or with those the path lists, as parts."""
    instances = await instances_of(request)
    media = choose_media(read_accept(accept_of(request))[0].media, MEDIA)
    wanted = _wanted(request, media, viewport)
    listed = frame_numbers(request.path_params["frames"]) if "frames" in request.path_params else None
    known = unchanged(request, *(each.sha256 for each in instances), repr(wanted), repr(listed))
    if known.is_current:
        return Response(status_code=304, headers=known.headers)
    planned = await run_in_threadpool(_planned, archive_of(request), instances, listed)
    parts = _parts(archive_of(request), planned, wanted, base_url(request))
    response = multipart(await run_in_threadpool(with_first, parts), media)
    response.headers.update(known.headers)
    return response


def _planned(archive: Archive, instances: list[Instance], listed: list[int] | None) -> list[tuple[Instance, int]]:
    """Return which frames are shown; raises `NotFoundError` if there is none, `OptionError` for too many."""
    planned: list[tuple[Instance, int]] = []
    for instance in instances:
        try:
            numbers = listed or range(1, open_frames(archive, instance).n_frames + 1)
        except NotFoundError:
            continue
        planned += [(instance, number) for number in numbers]
        if len(planned) > MAX_PICTURES:
            raise OptionError(
                "These are too many pictures for one answer.",
                field="path",
                found=f"more than {MAX_PICTURES}",
                expected="a series, an instance or a list of frames",
            )
    return planned


def _parts(
    archive: Archive, planned: list[tuple[Instance, int]], wanted: Picture, base: str
) -> Iterator[tuple[dict[str, str], list[bytes]]]:
    """Yield pictures as parts; one that cannot be decoded is left out, for the answer has begun."""
    for instance, number in planned:
        place = place_of(base, instance)
        try:
            body = _render(archive, instance, replace(wanted, number=number))
        except NotFoundError:
            raise
        except IsocenterError as error:
            log.warning("a frame of instance %s is left out of an answer: %s", instance.instance_uid, error.message)
            continue
        yield {"Content-Type": wanted.media, "Content-Location": f"{place}/frames/{number}/rendered"}, [body]


def _document(archive: Archive, instance: Instance, _wanted: Picture) -> bytes:
    return bytes(read_bulk_value(archive.current(instance), "00420011")).rstrip(b"\0")


def _wanted(request: Request, media: str, viewport: Viewport | None) -> Picture:
    return Picture(
        media=media,
        number=frame_numbers(request.path_params["frames"])[0] if "frames" in request.path_params else None,
        window=_window(request.query_params.get("window")),
        viewport=viewport,
        quality=_quality(request.query_params.get("quality")),
        profile=_profile(request.query_params.get("iccprofile", "no"), media),
        annotation=_annotation(request.query_params.get("annotation", "")),
    )


@dataclass(frozen=True)
class Viewport:
    """Width and height of the screen, and what of the image is shown: x, y, width, height in pixels; None is all of it.

    A negative width or height mirrors (PS3.18 sec. 8.3.5.1.3). WADO-URI cuts out a region that is relative to the
    size of the image, and shows it without scaling unless a size is given.
    """

    size: tuple[int, int] | None
    source: tuple[float, float, float, float] | None = None
    is_relative: bool = False


@dataclass(frozen=True)
class Picture:
    """What a client wants to see of an instance; without a number the middle frame."""

    media: str
    number: int | None
    window: Window | None
    viewport: Viewport | None
    quality: int
    profile: str = "no"
    annotation: tuple[str, ...] = ()


def _render(archive: Archive, instance: Instance, wanted: Picture) -> bytes:
    tags = RENDERING_TAGS if wanted.profile == "no" else RENDERING_TAGS | PROFILE_TAGS
    text = lines_of(archive.metadata(instance), wanted.annotation) if wanted.annotation else None
    with open_frames(archive, instance, [] if wanted.number is None else [wanted.number - 1], tags) as reader:
        if wanted.media == "image/gif" and wanted.number is None and 1 < reader.n_frames <= MAX_MOVING:
            return encode_gif([_shown(reader, index, wanted, text) for index in range(reader.n_frames)])
        index = reader.n_frames // 2 if wanted.number is None else wanted.number - 1
        picture = _shown(reader, index, wanted, text)
        if wanted.profile == "no" or picture.ndim == 2:  # greys have no colour profile
            return encode_picture(picture, wanted.media, wanted.quality)
        own = own_profile(reader.header)
        profile = own or profile_of("srgb")
        if wanted.profile != "yes":
            picture, profile = changed_to(picture, own, wanted.profile), profile_of(wanted.profile)
        return encode_with_profile(picture, wanted.media, profile, wanted.quality)


def _shown(reader: FrameReader, index: int, wanted: Picture, text: tuple[list[str], list[str]] | None) -> Array:
    picture = render(reader, index, window=wanted.window)
    if wanted.viewport is not None:
        cut = _cut_out(picture, wanted.viewport)
        size = wanted.viewport.size or (cut.shape[1], cut.shape[0])
        picture = _scaled(cut, size)
    return picture if text is None else with_text(picture, *text)


def _cut_out(picture: Array, viewport: Viewport) -> Array:
    """Return what of a picture is shown, mirrored where that is asked for; raises `OptionError` if that is nothing."""
    if viewport.source is None:
        return picture
    x, y, width, height = viewport.source
    if viewport.is_relative:
        n_rows, n_columns = picture.shape[:2]
        x, y, width, height = x * n_columns, y * n_rows, width * n_columns, height * n_rows
    left, top = max(round(x), 0), max(round(y), 0)
    shown = picture[top : max(round(y + abs(height)), 0), left : max(round(x + abs(width)), 0)]
    if 0 in shown.shape:
        raise OptionError(
            "The viewport shows nothing of the image.",
            field="viewport",
            found=",".join(f"{each:g}" for each in viewport.source),
            expected=f"a part of {picture.shape[1]} by {picture.shape[0]} pixels",
        )
    return shown[:: -1 if height < 0 else 1, :: -1 if width < 0 else 1]


def _scaled(picture: Array, size: tuple[int, int]) -> Array:
    """Return the picture within (width, height), its proportions kept: means of blocks, then the nearest samples."""
    height, width = picture.shape[:2]
    scale = min(size[0] / width, size[1] / height)
    block = int(1 / scale) if scale < 1 else 1
    if block > 1:
        cut = picture[: height // block * block, : width // block * block]
        blocks = cut.reshape(height // block, block, width // block, block, *picture.shape[2:])
        picture = blocks.mean(axis=(1, 3)).round().astype(np.uint8)
    rows = _nearest(max(1, round(height * scale)), picture.shape[0])
    columns = _nearest(max(1, round(width * scale)), picture.shape[1])
    scaled: Array = np.ascontiguousarray(picture[rows][:, columns])
    return scaled


def _nearest(n_out: int, n_in: int) -> Array:
    nearest: Array = np.minimum(((np.arange(n_out) + 0.5) * n_in / n_out).astype(int), n_in - 1)
    return nearest


def _viewport(text: str | None) -> Viewport | None:
    """Return the viewport of ``width,height`` or ``width,height,x,y,width,height``, the last four empty or numbers."""
    if text is None:
        return None
    parts = text.split(",")
    try:
        size, source = (int(parts[0]), int(parts[1])), tuple(float(part or "0") for part in parts[2:])
    except (ValueError, IndexError):
        size, source = (0, 0), ()
    is_valid = all(1 <= side <= MAX_SIDE for side in size) and all(map(math.isfinite, source))
    if not is_valid or len(source) not in (0, 4):
        raise OptionError(
            "The viewport is not valid.",
            field="viewport",
            found=text[:64],
            expected=f"width,height up to {MAX_SIDE}, and x,y,width,height of the image if not all of it is shown",
        )
    return Viewport(size, (source[0], source[1], source[2], source[3]) if source else None)


def _region(text: str, size: Viewport | None) -> Viewport:
    """Return what ``left,top,right,bottom``, each from 0 to 1, cuts out (PS3.18 sec. 9.4.1.2)."""
    try:
        left, top, right, bottom = (float(part) for part in text.split(","))
        is_valid = 0 <= left < right <= 1 and 0 <= top < bottom <= 1
    except ValueError:
        is_valid = False
    if not is_valid:
        raise OptionError(
            "The region is not valid.", field="region", found=text[:64], expected="left,top,right,bottom from 0 to 1"
        )
    return Viewport(size.size if size else None, (left, top, right - left, bottom - top), is_relative=True)


def _profile(text: str, media: str) -> str:
    if text not in ("no", "yes", *SPACES):
        expected = ", ".join(("no", "yes", *SPACES))
        raise OptionError("This is no colour profile.", field="iccprofile", found=text[:32], expected=expected)
    if text != "no" and media == "image/gif":
        raise OptionError("A GIF has no colour profile.", field="iccprofile", found=text, expected="no")
    return text


def _annotation(text: str) -> tuple[str, ...]:
    named = tuple(dict.fromkeys(part for part in text.split(",") if part))
    if not set(named) <= ANNOTATIONS.keys():
        expected = " or ".join(ANNOTATIONS) + ", or both with a comma"
        raise OptionError("This is no annotation.", field="annotation", found=text[:32], expected=expected)
    return named


def _quality(text: str | None) -> int:
    if text is None:
        return DEFAULT_QUALITY
    if not text.isdecimal() or not 1 <= int(text[:4]) <= 100:
        raise OptionError("The quality is not valid.", field="quality", found=text[:64], expected="1 to 100")
    return int(text)


def _window(text: str | None) -> Window | None:
    if text is None:
        return None
    parts = text.split(",")
    functions = {"linear": "LINEAR", "linear-exact": "LINEAR_EXACT", "sigmoid": "SIGMOID"}
    try:
        center, width = float(parts[0]), float(parts[1])
        function = functions[parts[2]] if len(parts) > 2 else "LINEAR"
    except (ValueError, IndexError, KeyError):
        raise OptionError(
            "The window is not valid.",
            field="window",
            found=text[:64],
            expected="center,width,linear|linear-exact|sigmoid",
        ) from None
    return Window(center, width, function)


routes = [
    Route(f"{STUDY}/rendered", rendered, methods=["GET"]),
    Route(f"{SERIES}/rendered", rendered, methods=["GET"]),
    Route(f"{INSTANCE}/rendered", rendered, methods=["GET"]),
    Route(f"{INSTANCE}/frames/{{frames}}/rendered", rendered, methods=["GET"]),
    Route(f"{STUDY}/thumbnail", thumbnail, methods=["GET"]),
    Route(f"{SERIES}/thumbnail", thumbnail, methods=["GET"]),
    Route(f"{INSTANCE}/thumbnail", thumbnail, methods=["GET"]),
    Route(f"{INSTANCE}/frames/{{frames}}/thumbnail", thumbnail, methods=["GET"]),
]
