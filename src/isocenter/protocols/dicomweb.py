"""DICOMweb's query strings and media types, as messages.

Source: DICOM PS3.18 sec. 8.3.4 (search parameters), 8.7 (media types), annex A (HTTP Accept).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from isocenter.core.errors import NotSupportedError, OptionError
from isocenter.protocols.multipart import media_type

MAX_PAGE = 10_000


@dataclass(frozen=True)
class Search:
    """The parameters of a QIDO-RS request: attribute names as given, and the page."""

    filters: dict[str, str] = field(default_factory=dict)
    include: tuple[str, ...] = ()
    limit: int = MAX_PAGE
    offset: int = 0
    fuzzy: bool = False


def read_search(parameters: Iterable[tuple[str, str]]) -> Search:
    """Return a search from the decoded pairs of a query string; raises `OptionError` for a malformed page."""
    filters: dict[str, str] = {}
    include: list[str] = []
    page = {"limit": MAX_PAGE, "offset": 0}
    fuzzy = False
    for name, value in parameters:
        if name == "includefield":
            include += [part for part in value.split(",") if part]
        elif name in page:
            page[name] = _count(name, value)
        elif name == "fuzzymatching":
            fuzzy = _flag(name, value)
        elif name in filters:
            filters[name] += "\\" + value
        else:
            filters[name] = value
    return Search(filters, tuple(include), min(page["limit"], MAX_PAGE), page["offset"], fuzzy)


def _flag(name: str, value: str) -> bool:
    if value not in ("true", "false"):
        raise OptionError(f"{name} is neither true nor false.", field=name, found=value[:32], expected="true or false")
    return value == "true"


def _count(name: str, value: str) -> int:
    if not value.isdecimal() or len(value) > 9:
        raise OptionError(f"{name} is not a count.", field=name, found=value[:32], expected="0, 1, 2 ...")
    return int(value)


@dataclass(frozen=True)
class Accepted:
    """One media range of an Accept header with its parameters, for multipart those of its parts."""

    media: str
    transfer_syntax: str = ""
    quality: float = 1.0
    is_multipart: bool = False


def read_accept(header: str) -> list[Accepted]:
    """Return the media ranges of an Accept header, best first; an empty header accepts everything."""
    return sorted((each for each in _ranges(header) if each.quality > 0), key=lambda each: -each.quality)


def refused(header: str) -> frozenset[str]:
    """Return the media types that an Accept header says are not wanted (``q=0``, RFC 9110 sec. 12.4.2)."""
    return frozenset(each.media for each in _ranges(header) if each.quality <= 0)


def encodings(header: str) -> frozenset[str]:
    """Return the content codings that an Accept-Encoding header takes (RFC 9110 sec. 12.5.3)."""
    names = set()
    for text in _split(header):
        name, parameters = media_type(text)
        if parameters.get("q", "1").rstrip("0") not in ("", "0."):
            names.add(name)
    return frozenset(names)


def _ranges(header: str) -> list[Accepted]:
    ranges = []
    for text in _split(header or "*/*"):
        kind, parameters = media_type(text)
        is_multipart = kind == "multipart/related"
        media = parameters.get("type", "*/*").lower() if is_multipart else kind
        try:
            quality = float(parameters.get("q", "1"))
        except ValueError:
            quality = 0.0
        ranges.append(Accepted(media, parameters.get("transfer-syntax", ""), quality, is_multipart))
    return ranges


def choose_media(header: str, offered: Sequence[str]) -> str:
    """Return the first offered media type that the Accept header takes; raises `NotSupportedError` (406)."""
    unwanted = refused(header) if "q=0" in header else frozenset()
    for wanted in read_accept(header):
        for media in offered:
            if media in unwanted:
                continue
            group = media.split("/")[0] + "/*"
            if wanted.media in (media, group, "*/*"):
                return media
    raise NotAcceptableError(
        "No acceptable form of this resource is offered.",
        field="Accept",
        found=header[:200],
        expected=", ".join(offered),
    )


class NotAcceptableError(NotSupportedError):
    """The Accept header names nothing that is offered: HTTP 406."""

    title = "Not acceptable"


def _split(header: str) -> list[str]:
    """Split at commas that are not inside quotes."""
    parts, current, is_quoted = [], "", False
    for character in header:
        if character == '"':
            is_quoted = not is_quoted
        if character == "," and not is_quoted:
            parts.append(current)
            current = ""
        else:
            current += character
    return [part.strip() for part in [*parts, current] if part.strip()]
