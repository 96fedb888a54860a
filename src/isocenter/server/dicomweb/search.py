"""QIDO-RS: find studies, series and instances.

Source: DICOM PS3.18 sec. 10.6 (Search Transaction).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isocenter.archive.archive import Archive
from isocenter.archive.attributes import ATTRIBUTES, Level
from isocenter.archive.query import Query
from isocenter.core.errors import OptionError
from isocenter.dicom.dictionary import keyword_of, tag_of, vr_of
from isocenter.protocols.dicomweb import Search, choose_media, read_search
from isocenter.server.access import require_permission
from isocenter.server.dicomweb.resources import archive_of, base_url
from isocenter.trust.permissions import READ

DICOM_JSON = "application/dicom+json"
_PATHS: Mapping[Level, str] = {
    "STUDY": "/studies/{StudyInstanceUID}",
    "SERIES": "/studies/{StudyInstanceUID}/series/{SeriesInstanceUID}",
    "IMAGE": "/studies/{StudyInstanceUID}/series/{SeriesInstanceUID}/instances/{SOPInstanceUID}",
}


async def studies(request: Request) -> Response:
    """Answer with matching studies."""
    return await _search(request, "STUDY")


async def series(request: Request) -> Response:
    """Answer with matching series, of one study or of all."""
    return await _search(request, "SERIES")


async def instances(request: Request) -> Response:
    """Answer with matching instances, of one series, of one study or of all."""
    return await _search(request, "IMAGE")


async def _search(request: Request, level: Level) -> Response:
    require_permission(request, READ)
    media = choose_media(request.headers.get("accept", ""), (DICOM_JSON, "application/json"))
    search = read_search(request.query_params.multi_items())
    query = _query(level, search, request.path_params)
    body = await run_in_threadpool(_answer, archive_of(request), query, base_url(request))
    if body is None:
        return Response(status_code=204)
    return Response(body, media_type=media)


def _query(level: Level, search: Search, path: Mapping[str, str]) -> Query:
    filters = {_keyword(name): value for name, value in search.filters.items()}
    within = {"study": "StudyInstanceUID", "series": "SeriesInstanceUID"}
    filters |= {within[name]: uid for name, uid in path.items()}
    return Query(level, filters, search.include, search.limit, search.offset, search.fuzzy)


def _keyword(name: str) -> str:
    keyword = keyword_of(tag_of(name))
    if keyword not in ATTRIBUTES:
        raise OptionError(
            "This attribute cannot be searched.",
            field=name[:64],
            found=name[:64],
            expected="one of " + ", ".join(ATTRIBUTES),
        )
    return keyword


def _answer(archive: Archive, query: Query, base: str) -> bytes | None:
    rows = [_row(row, query.level, base) for row in archive.find(query)]
    return orjson.dumps(rows) if rows else None


def _row(row: Mapping[str, Any], level: Level, base: str) -> dict[str, dict[str, Any]]:
    """Return one answer in the DICOM JSON model (PS3.18 annex F), with where to retrieve it."""
    answer = {}
    for keyword, value in row.items():
        tag = tag_of(keyword)
        answer[f"{tag:08X}"] = _element(vr_of(tag), ATTRIBUTES[keyword].matching, value)
    answer["00081190"] = {"vr": "UR", "Value": [base + _PATHS[level].format(**row)]}
    answer["00080056"] = {"vr": "CS", "Value": ["ONLINE"]}
    answer["00080005"] = {"vr": "CS", "Value": ["ISO_IR 192"]}
    return dict(sorted(answer.items()))


def _element(vr: str, matching: str, value: Any) -> dict[str, Any]:
    if value is None or value == "":
        return {"vr": vr}
    if vr == "PN":
        names = ("Alphabetic", "Ideographic", "Phonetic")
        return {"vr": vr, "Value": [{k: part for k, part in zip(names, value.split("="), strict=False) if part}]}
    if matching == "modalities":
        return {"vr": vr, "Value": value.split(",")}
    return {"vr": vr, "Value": value.split("\\") if isinstance(value, str) else [value]}


routes = [
    Route("/studies", studies, methods=["GET"]),
    Route("/series", series, methods=["GET"]),
    Route("/instances", instances, methods=["GET"]),
    Route("/studies/{study}/series", series, methods=["GET"]),
    Route("/studies/{study}/instances", instances, methods=["GET"]),
    Route("/studies/{study}/series/{series}/instances", instances, methods=["GET"]),
]
