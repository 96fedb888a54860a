"""WADO-RS frames: single frames, native or as they are encoded.

Source: DICOM PS3.18 sec. 10.4.1.1.6 (Frame Resources), sec. 8.7.3.5.2 (media types of compressed frames).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isocenter.archive.archive import Archive, Instance
from isocenter.core.errors import NotFoundError, OptionError
from isocenter.dicom.header import scan_header
from isocenter.dicom.pixels import PIXEL_DESCRIPTION_TAGS, FrameReader
from isocenter.dicom.uids import (
    DEFLATED_EXPLICIT_LITTLE_ENDIAN,
    EXPLICIT_BIG_ENDIAN,
    EXPLICIT_LITTLE_ENDIAN,
    IMPLICIT_LITTLE_ENDIAN,
)
from isocenter.protocols.dicomweb import Accepted, NotAcceptableError, read_accept
from isocenter.server.dicomweb.resources import INSTANCE, accept_of, archive_of, instances_of, multipart, unchanged

OCTETS = "application/octet-stream"
NATIVE = frozenset(
    {IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN, EXPLICIT_BIG_ENDIAN, DEFLATED_EXPLICIT_LITTLE_ENDIAN}
)
MEDIA_OF_SYNTAX: Mapping[str, str] = {
    "1.2.840.10008.1.2.5": "image/dicom-rle",
    "1.2.840.10008.1.2.4.50": "image/jpeg",
    "1.2.840.10008.1.2.4.51": "image/jpeg",
    "1.2.840.10008.1.2.4.57": "image/jpeg",
    "1.2.840.10008.1.2.4.70": "image/jpeg",
    "1.2.840.10008.1.2.4.80": "image/jls",
    "1.2.840.10008.1.2.4.81": "image/jls",
    "1.2.840.10008.1.2.4.90": "image/jp2",
    "1.2.840.10008.1.2.4.91": "image/jp2",
    "1.2.840.10008.1.2.4.201": "image/jphc",
    "1.2.840.10008.1.2.4.202": "image/jphc",
    "1.2.840.10008.1.2.4.203": "image/jphc",
}
MAX_FRAMES = 1000


async def frames(request: Request) -> Response:
    """Answer with the frames that the path lists, one part each.

    A compressed frame goes out as it is stored if the client takes that (``transfer-syntax=*``, its syntax, or its
    media type), and decoded to explicit little endian otherwise.
    """
    instance = (await instances_of(request))[0]
    numbers = frame_numbers(request.path_params["frames"])
    stored = instance.transfer_syntax_uid
    as_stored = _goes_as_stored(read_accept(accept_of(request)), stored)
    media = MEDIA_OF_SYNTAX.get(stored, OCTETS) if as_stored else OCTETS
    syntax = stored if as_stored else EXPLICIT_LITTLE_ENDIAN
    known = unchanged(request, instance.sha256, request.path_params["frames"], syntax)
    if known.is_current:
        return Response(status_code=304, headers=known.headers)
    open_bodies = _encoded if as_stored else _native_frames
    bodies = await run_in_threadpool(open_bodies, archive_of(request), instance, numbers)
    headers = {"Content-Type": f"{media}; transfer-syntax={syntax}"}
    response = multipart(((headers, [body]) for body in bodies), media, transfer_syntax=syntax)
    response.headers.update(known.headers)
    return response


def frame_numbers(text: str) -> list[int]:
    """Return the 1-based frame numbers of a comma-separated list; raises `OptionError`."""
    parts = text.split(",")
    if len(parts) > MAX_FRAMES or any(not part.isdecimal() or not 1 <= int(part) < 10**8 for part in parts):
        raise OptionError(
            "This is not a list of frames.", field="frames", found=text[:64], expected="for example 1,2,3"
        )
    return [int(part) for part in parts]


def _goes_as_stored(wanted: list[Accepted], stored: str) -> bool:
    for entry in wanted:
        if entry.media in ("*/*", OCTETS, "application/*"):
            if entry.transfer_syntax in ("*", stored):
                return stored not in NATIVE
            if entry.transfer_syntax in ("", EXPLICIT_LITTLE_ENDIAN):
                return False
        if entry.media == MEDIA_OF_SYNTAX.get(stored) and entry.transfer_syntax in ("", "*", stored):
            return True
    raise NotAcceptableError(
        "No acceptable form of the frames is offered.",
        field="Accept",
        found=", ".join(entry.media for entry in wanted)[:200],
        expected=f"{OCTETS} or {MEDIA_OF_SYNTAX.get(stored, OCTETS)}",
    )


def _encoded(archive: Archive, instance: Instance, numbers: list[int]) -> Iterator[bytes]:
    """Return frames as they are stored: by the table in the index, else by looking into the file."""
    indices = [number - 1 for number in numbers]
    by_table = archive.encoded_frames(instance, indices)
    if by_table is not None:
        return by_table
    reader = open_frames(archive, instance, indices)
    return (reader.encoded(index) for index in indices)


def _native_frames(archive: Archive, instance: Instance, numbers: list[int]) -> Iterator[bytes]:
    indices = [number - 1 for number in numbers]
    reader = open_frames(archive, instance, indices)
    return (_native(reader, index) for index in indices)


def open_frames(
    archive: Archive, instance: Instance, indices: Iterable[int] = (), tags: frozenset[int] = PIXEL_DESCRIPTION_TAGS
) -> FrameReader:
    """Return the frames of an instance; raises `NotFoundError` for one without pixels or without these frames."""
    header = scan_header(archive.original(instance), tags | PIXEL_DESCRIPTION_TAGS)
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


routes = [Route(f"{INSTANCE}/frames/{{frames}}", frames, methods=["GET"])]
