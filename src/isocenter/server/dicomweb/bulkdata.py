"""WADO-RS bulk data: the large values that the metadata only name.

Source: DICOM PS3.18 sec. 10.4.1.1.5 (Bulkdata Resources).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isocenter.archive.archive import Archive, Instance
from isocenter.core.errors import NotFoundError
from isocenter.dicom.bulkdata import read_bulk_value
from isocenter.protocols.dicomweb import choose_media, read_accept
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

OCTETS = "application/octet-stream"


async def bulk_value(request: Request) -> Response:
    """Answer with one value as octets, or with a range of them."""
    instance = (await instances_of(request))[0]
    accept, path = accept_of(request), request.path_params["path"]
    choose_media(accept, (OCTETS,))
    known = unchanged(request, instance.sha256, "bulkdata", path)
    if known.is_current:
        return Response(status_code=304, headers=known.headers)
    value = await run_in_threadpool(_value, archive_of(request), instance, path)
    if read_accept(accept)[0].is_multipart:
        return only_part(value, OCTETS, OCTETS, "", known.headers)
    return ranged(request, (value,), OCTETS, known.headers)


async def bulk_values(request: Request) -> Response:
    """Answer with every large value of every instance the path names, one part each, which says where it is."""
    instances = await instances_of(request)
    choose_media(accept_of(request), (OCTETS,))
    known = unchanged(request, "bulkdata", *(each.sha256 for each in instances))
    if known.is_current:
        return Response(status_code=304, headers=known.headers)
    named = await run_in_threadpool(_named, archive_of(request), instances)
    if not named:
        raise NotFoundError("There are no bulk data here.", field="bulkdata", found="none")
    response = multipart(_parts(archive_of(request), named, base_url(request)), OCTETS)
    response.headers.update(known.headers)
    return response


def _value(archive: Archive, instance: Instance, path: str) -> bytes | memoryview:
    """Return a value as the metadata name it: they are corrected too."""
    return read_bulk_value(archive.current(instance), path)


def _named(archive: Archive, instances: list[Instance]) -> list[tuple[Instance, list[str]]]:
    """Return, for every instance, the paths of its large values."""
    found = []
    for instance, text in zip(instances, archive.metadata_json(instances), strict=True):
        paths = [uri.partition("/bulkdata/")[2] for uri in _uris(orjson.loads(text))]
        if paths:
            found.append((instance, paths))
    return found


def _uris(dataset: Mapping[str, Any]) -> Iterator[str]:
    for element in dataset.values():
        if "BulkDataURI" in element:
            yield element["BulkDataURI"]
        for item in element.get("Value", ()) if element["vr"] == "SQ" else ():
            yield from _uris(item or {})


def _parts(
    archive: Archive, named: list[tuple[Instance, list[str]]], base: str
) -> Iterator[tuple[dict[str, str], list[bytes]]]:
    for instance, paths in named:
        place = place_of(base, instance)
        for path in paths:
            headers = {"Content-Type": OCTETS, "Content-Location": f"{place}/bulkdata/{path}"}
            yield headers, [bytes(_value(archive, instance, path))]


routes = [
    Route(f"{INSTANCE}/bulkdata/{{path:path}}", bulk_value, methods=["GET"]),
    *(Route(f"{level}/bulkdata", bulk_values, methods=["GET"]) for level in (STUDY, SERIES, INSTANCE)),
]
