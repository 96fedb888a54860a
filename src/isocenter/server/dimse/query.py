"""C-FIND as provider, in the patient root and the study root model.

Source: DICOM PS3.4 annex C: sec. C.4.1 (C-FIND), C.5.1 (extended negotiation), C.6.1 and C.6.2 (models).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from isocenter.archive.archive import Archive
from isocenter.archive.attributes import ATTRIBUTES, LEVELS, UNIQUE_KEYS, Level
from isocenter.archive.query import Query
from isocenter.core.errors import OptionError
from isocenter.dicom.identifier import decode_identifier, encode_identifier
from isocenter.protocols.dimse.commands import Command
from isocenter.protocols.dimse.extended_negotiation import QueryOptions
from isocenter.server.dimse.finding import Finding
from isocenter.server.dimse.negotiation import PATIENT_ROOT_FIND
from isocenter.server.dimse.operation import Context, Reply

# Keys that steer a query or are answered by the node itself, not by the index.
_OWN_KEYS = frozenset({"QueryRetrieveLevel", "SpecificCharacterSet", "TimezoneOffsetFromUTC"})
_ANSWERED_KEYS = frozenset({"RetrieveAETitle", "InstanceAvailability"})


class Find(Finding):
    """One C-FIND in the archive."""

    def __init__(self, archive: Archive, context: Context, request: Command) -> None:
        super().__init__(context, request)
        self._archive = archive

    def _matches(self, identifier: bytes) -> Iterator[Reply]:
        syntax = self._context.transfer_syntax
        keys = decode_identifier(identifier, syntax)
        query = _query(keys, self._context.abstract_syntax, QueryOptions.agreed(self._context.extended))
        is_supported = keys.keys() <= ATTRIBUTES.keys() | _OWN_KEYS | _ANSWERED_KEYS
        for row in self._archive.find(query):
            answer = _answer(keys, row, query.level, self._context.own_ae_title)
            yield self._pending(encode_identifier(answer, syntax), is_supported=is_supported)


def _query(keys: Mapping[str, str], root: str, options: QueryOptions) -> Query:
    levels = LEVELS if root == PATIENT_ROOT_FIND else LEVELS[1:]
    level = _level(keys.get("QueryRetrieveLevel", "").strip(), levels)
    if not options.is_relational:
        for above in levels[: levels.index(level)]:
            _require_one(keys.get(UNIQUE_KEYS[above], ""), above, level)
    position = LEVELS.index(level)
    filters = {
        keyword: value
        for keyword, value in keys.items()
        if keyword in ATTRIBUTES and value and LEVELS.index(ATTRIBUTES[keyword].level) <= position
    }
    returns = tuple(keyword for keyword in keys if keyword in ATTRIBUTES)
    return Query(level, filters, returns, fuzzy=options.is_fuzzy, is_combined=options.is_combined)


def _level(name: str, levels: tuple[Level, ...]) -> Level:
    for level in levels:
        if level == name:
            return level
    raise OptionError(
        "The level is not one of this model.", field="QueryRetrieveLevel", found=name[:16], expected=", ".join(levels)
    )


def _require_one(value: str, above: Level, level: Level) -> None:
    """The unique key of every level above is given, as one value (PS3.4 sec. C.4.1.2.1)."""
    if not value or any(letter in value for letter in "\\*?"):
        keyword = UNIQUE_KEYS[above]
        raise OptionError(f"A query on level {level} needs one {keyword}.", field=keyword, expected="one value")


def _answer(keys: Mapping[str, str], row: Mapping[str, Any], level: Level, ae_title: str) -> dict[str, Any]:
    """Return what was asked for, empty where it is not known here, and where to retrieve it."""
    answer: dict[str, Any] = {}
    for keyword in keys:
        value = row.get(keyword)
        is_list = value and keyword in ATTRIBUTES and ATTRIBUTES[keyword].matching == "modalities"
        answer[keyword] = value.split(",") if value and is_list else value
    answer |= {"QueryRetrieveLevel": level, "RetrieveAETitle": ae_title, "InstanceAvailability": "ONLINE"}
    for above in LEVELS[: LEVELS.index(level) + 1]:
        if row.get(UNIQUE_KEYS[above]):
            answer[UNIQUE_KEYS[above]] = row[UNIQUE_KEYS[above]]
    return answer
