"""C-FIND as provider, in the patient root and the study root model.

Source: DICOM PS3.4 annex C: sec. C.4.1 (C-FIND), C.6.1 and C.6.2 (the models and their keys).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from isocenter.archive.archive import Archive
from isocenter.archive.attributes import ATTRIBUTES, LEVELS, UNIQUE_KEYS, Level
from isocenter.archive.query import Query
from isocenter.core.errors import IsocenterError, OptionError, TooLargeError
from isocenter.dicom.identifier import decode_identifier, encode_identifier
from isocenter.protocols.dimse import commands, statuses
from isocenter.protocols.dimse.commands import Command
from isocenter.server.dimse.negotiation import PATIENT_ROOT_FIND
from isocenter.server.dimse.operation import Context, Reply

log = logging.getLogger(__name__)

MAX_IDENTIFIER_BYTES = 1 << 20
# Keys that steer a query or are answered by the node itself, not by the index.
_OWN_KEYS = frozenset({"QueryRetrieveLevel", "SpecificCharacterSet", "TimezoneOffsetFromUTC"})
_ANSWERED_KEYS = frozenset({"RetrieveAETitle", "InstanceAvailability"})


class Find:
    """One C-FIND."""

    def __init__(self, archive: Archive, context: Context, request: Command) -> None:
        self._archive = archive
        self._context = context
        self._request = request
        self._identifier = bytearray()
        self._is_too_large = False
        self.n_matches = 0

    def write(self, data: memoryview) -> None:
        """Take a piece of the identifier."""
        self._is_too_large = self._is_too_large or len(self._identifier) + len(data) > MAX_IDENTIFIER_BYTES
        if not self._is_too_large:
            self._identifier += data

    def finish(self) -> Iterator[Reply]:
        """Yield a pending response with its identifier for every match, and the final response."""
        try:
            if self._is_too_large:
                raise TooLargeError("The identifier is too large.")
            yield from self._matches()
        except IsocenterError as error:
            yield self._response(statuses.of_error(error), error.message), None
        except Exception as error:  # of the disk, or a mistake of ours; the message may hold a patient's data
            log.error("C-FIND from %s failed: %s", self._context.calling_ae_title, type(error).__name__)
            yield self._response(statuses.CANNOT_UNDERSTAND, "The query failed."), None
        else:
            yield self._response(statuses.SUCCESS), None

    def abort(self) -> None:
        """There is nothing to forget."""

    def cancelled(self) -> Reply:
        """Return the final response to a query that the peer has cancelled."""
        return self._response(statuses.CANCEL), None

    def _matches(self) -> Iterator[Reply]:
        syntax = self._context.transfer_syntax
        keys = decode_identifier(bytes(self._identifier), syntax)
        query = _query(keys, self._context.abstract_syntax)
        is_supported = keys.keys() <= ATTRIBUTES.keys() | _OWN_KEYS | _ANSWERED_KEYS
        status = statuses.PENDING if is_supported else statuses.PENDING_WITHOUT_SOME_KEYS
        for row in self._archive.find(query):
            answer = _answer(keys, row, query.level, self._context.own_ae_title)
            self.n_matches += 1
            yield self._response(status, has_dataset=True), encode_identifier(answer, syntax)

    def _response(self, status: int, comment: str = "", *, has_dataset: bool = False) -> dict[str, str | int]:
        return commands.response(self._request, commands.C_FIND_RSP, status, has_dataset=has_dataset, comment=comment)


def _query(keys: Mapping[str, str], root: str) -> Query:
    levels = LEVELS if root == PATIENT_ROOT_FIND else LEVELS[1:]
    level = _level(keys.get("QueryRetrieveLevel", "").strip(), levels)
    for above in levels[: levels.index(level)]:
        _require_one(keys.get(UNIQUE_KEYS[above], ""), above, level)
    position = LEVELS.index(level)
    filters = {
        keyword: value
        for keyword, value in keys.items()
        if keyword in ATTRIBUTES and value and LEVELS.index(ATTRIBUTES[keyword].level) <= position
    }
    return Query(level, filters, tuple(keyword for keyword in keys if keyword in ATTRIBUTES))


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
