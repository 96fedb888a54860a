"""QIDO-RS: find studies, series and instances.

What is indexed is matched by the index; other attributes are looked up in the metadata of each candidate, of which a
bounded number is examined. A Warning header says when an answer is not all there is.
Source: DICOM PS3.18 sec. 10.6 (Search Transaction), 8.3.4 (query parameters); RFC 7234 sec. 5.5 (Warning).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isocenter.archive.archive import Archive
from isocenter.archive.attributes import ATTRIBUTES, SEQUENCE_TAGS, Level
from isocenter.archive.metadata_matching import MetadataFilter
from isocenter.archive.query import Query
from isocenter.core.errors import OptionError
from isocenter.dicom.dictionary import keyword_of, tag_of, tags_of
from isocenter.dicom.json_model import JsonDataset
from isocenter.protocols.dicomweb import Search, choose_media, read_search
from isocenter.server.access import require_permission
from isocenter.server.dicomweb.answers import ALL_OF_LEVEL, answer_of, metadata_of, with_metadata
from isocenter.server.dicomweb.resources import DICOM_XML, accept_of, archive_of, base_url, xml_parts
from isocenter.server.dicomweb.sending import text_answer
from isocenter.trust.permissions import READ

DICOM_JSON = "application/dicom+json"
MAX_EXAMINED = 2000
# So few answers are put together sooner than another thread could be asked to.
FEW = 128
# What the node says of itself, not of what it keeps.
_OWN = tags_of("InstanceAvailability", "RetrieveURL", "RetrieveAETitle", "SpecificCharacterSet")
MORE = "There are additional results that can be requested"
BOUNDED = f"An attribute is not indexed: only the first {MAX_EXAMINED} candidates were examined, narrow the search"


@dataclass(frozen=True)
class Wanted:
    """A search: what the index matches, what only metadata can, and which further attributes to return."""

    query: Query
    limit: int
    filters: tuple[MetadataFilter, ...]
    tags: frozenset[int]
    is_all: bool

    @property
    def needs_metadata(self) -> bool:
        """Whether files or kept metadata are read for an answer."""
        return bool(self.filters or self.tags or self.is_all)


@dataclass(frozen=True)
class Page:
    """The answers of one page, and what the client should know about it."""

    answers: list[JsonDataset]
    warnings: tuple[str, ...]


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
    wanted = _wanted(level, search, request.path_params)
    page = _page_at_once(archive_of(request), wanted, base_url(request))
    if page is None:
        page = await run_in_threadpool(_page, archive_of(request), wanted, base_url(request))
    few = len(page.answers) <= FEW
    response = _response(request, page, media) if few else await run_in_threadpool(_response, request, page, media)
    if page.warnings:
        host = request.url.netloc
        response.headers["Warning"] = ", ".join(f'299 {host} "{warning}"' for warning in page.warnings)
    return response


def _response(request: Request, page: Page, media: str) -> Response:
    if not page.answers:
        return Response(status_code=204)
    if media == DICOM_XML:
        return xml_parts([dict(sorted(answer.items())) for answer in page.answers])
    return text_answer(request, orjson.dumps(page.answers), media)


def _wanted(level: Level, search: Search, path: Mapping[str, str]) -> Wanted:
    """Return what a request asks for; raises `OptionError` for a name that is no attribute or a malformed value."""
    filters: dict[str, str] = {}
    others: list[MetadataFilter] = []
    for name, value in search.filters.items():
        tags = _path(name)
        if tags[-1] in _OWN:
            raise OptionError("This attribute is answered, not matched.", field=name[:64], found=name[:64])
        keyword = _indexed(tags)
        if keyword:
            filters[keyword] = value
        else:
            others.append(MetadataFilter(tags, value, search.fuzzy))
    within = {"study": "StudyInstanceUID", "series": "SeriesInstanceUID"}
    filters |= {within[name]: uid for name, uid in path.items()}
    asked = frozenset(_path(name)[0] for name in search.include if name != "all")
    returns = tuple(keyword_of(tag) for tag in asked if keyword_of(tag) in ATTRIBUTES)
    return Wanted(
        query=Query(level, filters, returns, None, search.offset, search.fuzzy, is_combined=True),
        limit=search.limit,
        filters=tuple(others),
        tags=asked - _KNOWN[level] - _OWN,
        is_all="all" in search.include,
    )


def _path(name: str) -> tuple[int, ...]:
    """Return the tags of a query parameter: a keyword or a tag, behind those of the sequences it stands in."""
    return tuple(tag_of(part) for part in name.split("."))


def _indexed(tags: tuple[int, ...]) -> str:
    """Return the keyword of a path that the index matches, or an empty one."""
    keyword = keyword_of(tags[-1])
    if keyword not in ATTRIBUTES:
        return ""
    sequence = ATTRIBUTES[keyword].sequence
    return keyword if tags[:-1] == ((SEQUENCE_TAGS[keyword],) if sequence else ()) else ""


def _is_returned(keyword: str, level: Level) -> bool:
    found = ATTRIBUTES[keyword]
    levels = {"STUDY": ("PATIENT", "STUDY"), "SERIES": ("PATIENT", "STUDY", "SERIES")}
    return not found.sequence and (level == "IMAGE" or found.level in levels[level])


_KNOWN: Mapping[Level, frozenset[int]] = {
    level: frozenset(tag_of(keyword) for keyword in ATTRIBUTES if _is_returned(keyword, level))
    for level in ("STUDY", "SERIES", "IMAGE")
}


def _page_at_once(archive: Archive, wanted: Wanted, base: str) -> Page | None:
    """Return a page that the index alone gives in a moment; None for one that takes longer."""
    if wanted.needs_metadata:
        return None
    rows = archive.find_at_once(replace(wanted.query, limit=wanted.limit + 1))
    if rows is None:
        return None
    answers = [answer_of(row, wanted.query.level, base) for row in rows[: wanted.limit]]
    return Page(answers, (MORE,) if len(rows) > wanted.limit else ())


def _page(archive: Archive, wanted: Wanted, base: str) -> Page:
    level = wanted.query.level
    limit = min(wanted.limit, MAX_EXAMINED) if wanted.needs_metadata else wanted.limit
    warnings: list[str] = []
    if wanted.filters:
        candidates = islice(archive.find(replace(wanted.query, offset=0, limit=MAX_EXAMINED + 1)), MAX_EXAMINED + 1)
        matching = _matching(archive, candidates, wanted, warnings)
        rows = list(islice(matching, wanted.query.offset, wanted.query.offset + limit + 1))
    else:
        rows = [(row, None) for row in archive.find(replace(wanted.query, limit=limit + 1))]
    if len(rows) > limit:
        warnings.insert(0, MORE)
    answers = []
    for row, metadata in rows[:limit]:
        answer = answer_of(row, level, base)
        if wanted.tags or wanted.is_all:
            tags = ALL_OF_LEVEL[level] if wanted.is_all else frozenset()
            needed = None if wanted.is_all else wanted.tags
            found = metadata_of(archive, row, level, needed) if metadata is None else metadata
            added = with_metadata(answer, found, None if tags is None else tags | wanted.tags)
            answer = dict(sorted(added.items()))
        answers.append(answer)
    return Page(answers, tuple(warnings))


def _matching(
    archive: Archive, candidates: Iterator[Mapping[str, Any]], wanted: Wanted, warnings: list[str]
) -> Iterator[tuple[Mapping[str, Any], JsonDataset | None]]:
    """Yield the candidates whose metadata match, and note it if there are more than may be examined."""
    for number, row in enumerate(candidates):
        if number == MAX_EXAMINED:
            warnings.append(BOUNDED)
            return
        metadata = metadata_of(archive, row, wanted.query.level)
        if all(each.matches(metadata) for each in wanted.filters):
            yield row, metadata


routes = [
    Route("/studies", studies, methods=["GET"]),
    Route("/series", series, methods=["GET"]),
    Route("/instances", instances, methods=["GET"]),
    Route("/studies/{study}/series", series, methods=["GET"]),
    Route("/studies/{study}/instances", instances, methods=["GET"]),
    Route("/studies/{study}/series/{series}/instances", instances, methods=["GET"]),
]
