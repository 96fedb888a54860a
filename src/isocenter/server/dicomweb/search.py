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
from isocenter.archive.attributes import ATTRIBUTES, SEQUENCE_TAGS, Level
from isocenter.archive.query import Query
from isocenter.core.errors import OptionError
from isocenter.dicom.dictionary import keyword_of, tag_of, vr_of
from isocenter.protocols.dicomweb import Search, choose_media, read_search
from isocenter.server.access import require_permission
from isocenter.server.dicomweb.resources import DICOM_XML, accept_of, archive_of, base_url, xml_parts
from isocenter.trust.permissions import READ

DICOM_JSON = "application/dicom+json"
_NAMES: Mapping[str, tuple[str, str]] = {
    keyword: (f"{tag_of(keyword):08X}", vr_of(tag_of(keyword))) for keyword in ATTRIBUTES
}
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
    media = choose_media(accept_of(request), (DICOM_JSON, "application/json", DICOM_XML))
    search = read_search((name, value) for name, value in request.query_params.multi_items() if name != "accept")
    query = _query(level, search, request.path_params)
    body = await run_in_threadpool(_answer, archive_of(request), query, base_url(request))
    if body is None:
        return Response(status_code=204)
    if media == DICOM_XML:
        return xml_parts(orjson.loads(body))
    return Response(body, media_type=media)


def _query(level: Level, search: Search, path: Mapping[str, str]) -> Query:
    filters = {_keyword(name): value for name, value in search.filters.items()}
    within = {"study": "StudyInstanceUID", "series": "SeriesInstanceUID"}
    filters |= {within[name]: uid for name, uid in path.items()}
    return Query(level, filters, search.include, search.limit, search.offset, search.fuzzy)


def _keyword(name: str) -> str:
    """Return the indexed keyword of a query parameter: a keyword, a tag, or both of a sequence, joined by a dot."""
    sequence, dot, last = name.rpartition(".")
    keyword = keyword_of(tag_of(last))
    stands_in = keyword_of(tag_of(sequence)) if dot else ""
    if keyword not in ATTRIBUTES or ATTRIBUTES[keyword].sequence != stands_in:
        raise OptionError(
            "This attribute cannot be searched.",
            field=name[:64],
            found=name[:64],
            expected="one of " + ", ".join(f"{a.sequence}.{a.keyword}".lstrip(".") for a in ATTRIBUTES.values()),
        )
    return keyword


def _answer(archive: Archive, query: Query, base: str) -> bytes | None:
    asked = [tag_of(name.partition(".")[0]) for name in query.returns if name != "all"]
    unindexed = [tag for tag in asked if keyword_of(tag) not in ATTRIBUTES and tag not in SEQUENCE_TAGS.values()]
    rows = []
    for row in archive.find(query):
        answer = _row(row, query.level, base)
        if unindexed and query.level == "IMAGE":
            answer = _with_metadata(archive, row, answer, unindexed)
        rows.append(answer)
    return orjson.dumps(rows, option=orjson.OPT_SORT_KEYS) if rows else None


def _with_metadata(
    archive: Archive, row: Mapping[str, Any], answer: dict[str, Any], tags: list[int]
) -> dict[str, dict[str, Any]]:
    """Return an instance's answer with attributes that only its metadata have."""
    (instance,) = archive.instances(row["StudyInstanceUID"], row["SeriesInstanceUID"], row["SOPInstanceUID"])
    metadata = archive.metadata(instance)
    found = {f"{tag:08X}": metadata.get(f"{tag:08X}") for tag in tags}
    return answer | {tag: value for tag, value in found.items() if value is not None and "BulkDataURI" not in value}


def _row(row: Mapping[str, Any], level: Level, base: str) -> dict[str, dict[str, Any]]:
    """Return one answer in the DICOM JSON model (PS3.18 annex F), with where to retrieve it."""
    answer: dict[str, dict[str, Any]] = {}
    for keyword, value in row.items():
        tag, vr = _NAMES[keyword]
        found = ATTRIBUTES[keyword]
        if not found.sequence:
            answer[tag] = _element(vr, found.matching, value)
        elif value:
            parent = answer.setdefault(f"{SEQUENCE_TAGS[keyword]:08X}", {"vr": "SQ", "Value": []})
            _put_into_items(parent["Value"], tag, vr, value.split("\\"))
    if level in _PATHS:
        answer["00081190"] = {"vr": "UR", "Value": [base + _PATHS[level].format(**row)]}
    answer["00080056"] = {"vr": "CS", "Value": ["ONLINE"]}
    answer["00080005"] = {"vr": "CS", "Value": ["ISO_IR 192"]}
    return answer


def _put_into_items(items: list[dict[str, Any]], tag: str, vr: str, values: list[str]) -> None:
    items += [{} for _ in range(len(values) - len(items))]
    for item, value in zip(items, values, strict=False):
        item[tag] = _element(vr, "text", value)


def _element(vr: str, matching: str, value: Any) -> dict[str, Any]:
    if value is None or value == "":
        return {"vr": vr}
    if vr == "PN":
        groups = ("Alphabetic", "Ideographic", "Phonetic")
        names = [zip(groups, name.split("="), strict=False) for name in value.split("\\")]
        return {"vr": vr, "Value": [{group: part for group, part in name if part} for name in names]}
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
