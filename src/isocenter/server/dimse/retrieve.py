"""C-GET and C-MOVE as provider: which instances are meant, how the sub-operations went, what is answered.

Source: DICOM PS3.4 sec. C.4.2 (C-MOVE), C.4.3 (C-GET), tables C.4-2 and C.4-3 (statuses).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from time import monotonic

from isocenter.archive.archive import Archive, Instance
from isocenter.archive.attributes import LEVELS, UNIQUE_KEYS, Level
from isocenter.archive.query import Query
from isocenter.core.errors import OptionError, TooLargeError
from isocenter.dicom.identifier import decode_identifier, encode_identifier
from isocenter.protocols.dimse import commands, statuses
from isocenter.protocols.dimse.commands import Command
from isocenter.server.dimse.negotiation import PATIENT_ROOTS
from isocenter.server.dimse.operation import Context, Reply

log = logging.getLogger(__name__)

MAX_IDENTIFIER_BYTES = 1 << 22
PENDING_EVERY_S = 0.5


@dataclass
class SubOperations:
    """The C-STOREs of one retrieval, counted; at most every half second the peer hears how far they are."""

    request: Command
    context: Context
    total: int
    completed: int = 0
    warnings: int = 0
    failed: list[str] = field(default_factory=list)
    is_cancelled: bool = False
    _counted: set[str] = field(default_factory=set)
    _told_at: float = field(default_factory=monotonic)

    def count(self, instance_uid: str, status: int) -> None:
        """Count what became of one instance."""
        self._counted.add(instance_uid)
        if status == statuses.SUCCESS:
            self.completed += 1
        elif statuses.is_stored(status):
            self.warnings += 1
        else:
            self.failed.append(instance_uid)

    def fail_rest(self, instance_uids: Iterable[str]) -> None:
        """Count as failed what has not been counted yet."""
        self.failed += [uid for uid in instance_uids if uid not in self._counted]

    @property
    def is_time_to_tell(self) -> bool:
        """Whether the peer has not heard for a while."""
        if monotonic() - self._told_at < PENDING_EVERY_S:
            return False
        self._told_at = monotonic()
        return True

    def pending(self) -> Reply:
        """Return the response that says that more follows."""
        return self._response(statuses.PENDING), None

    def final(self) -> Reply:
        """Return the last response, with the instances that could not be sent."""
        if self.is_cancelled:
            status = statuses.CANCEL
        elif self.failed and len(self.failed) == self.total:
            status = statuses.UNABLE_TO_PERFORM_SUBOPERATIONS
        else:
            status = statuses.SUBOPERATIONS_WITH_FAILURES if self.failed or self.warnings else statuses.SUCCESS
        if not self.failed:
            return self._response(status), None
        listed = encode_identifier({"FailedSOPInstanceUIDList": self.failed}, self.context.transfer_syntax)
        return self._response(status, has_dataset=True), listed

    def _response(self, status: int, *, has_dataset: bool = False) -> dict[str, str | int]:
        field_ = commands.integer(self.request, "CommandField") | commands.RESPONSE
        answer = commands.response(self.request, field_, status, has_dataset=has_dataset)
        n_done = self.completed + self.warnings + len(self.failed)
        if status in (statuses.PENDING, statuses.CANCEL):
            answer["NumberOfRemainingSuboperations"] = min(self.total - n_done, 0xFFFF)
        answer["NumberOfCompletedSuboperations"] = min(self.completed, 0xFFFF)
        answer["NumberOfFailedSuboperations"] = min(len(self.failed), 0xFFFF)
        answer["NumberOfWarningSuboperations"] = min(self.warnings, 0xFFFF)
        return answer


class Retrieve:
    """One C-GET or C-MOVE while its identifier arrives; the association carries it out."""

    def __init__(self, context: Context, request: Command) -> None:
        self.context = context
        self.request = request
        self._identifier = bytearray()
        self._is_too_large = False

    def write(self, data: memoryview) -> None:
        """Take a piece of the identifier."""
        self._is_too_large = self._is_too_large or len(self._identifier) + len(data) > MAX_IDENTIFIER_BYTES
        if not self._is_too_large:
            self._identifier += data

    def abort(self) -> None:
        """There is nothing to forget."""

    def refusal(self, status: int, comment: str) -> Reply:
        """Return the only response to a retrieval that does not begin."""
        field_ = commands.integer(self.request, "CommandField") | commands.RESPONSE
        return commands.response(self.request, field_, status, comment=comment), None

    def instances(self, archive: Archive) -> list[Instance]:
        """Return what is asked for, empty if it is not here; raises what is wrong with the identifier."""
        if self._is_too_large:
            raise TooLargeError("The identifier is too large.")
        keys = decode_identifier(bytes(self._identifier), self.context.transfer_syntax)
        levels = LEVELS if self.context.abstract_syntax in PATIENT_ROOTS else LEVELS[1:]
        level = _level(keys.get("QueryRetrieveLevel", "").strip(), levels)
        filters = {UNIQUE_KEYS[each]: keys.get(UNIQUE_KEYS[each], "") for each in levels[: levels.index(level) + 1]}
        _require(filters, level)
        found = archive.find(Query("STUDY" if level == "PATIENT" else level, {k: v for k, v in filters.items() if v}))
        depth = {"PATIENT": 1, "STUDY": 1, "SERIES": 2, "IMAGE": 3}[level]
        uids = [tuple(str(row[UNIQUE_KEYS[each]]) for each in LEVELS[1 : depth + 1]) for row in found]
        return [instance for path in uids for instance in archive.instances(*path)]


def _level(name: str, levels: tuple[Level, ...]) -> Level:
    for level in levels:
        if level == name:
            return level
    raise OptionError(
        "The level is not one of this model.", field="QueryRetrieveLevel", found=name[:16], expected=", ".join(levels)
    )


def _require(filters: Mapping[str, str], level: Level) -> None:
    """The level's own key says what is wanted, without wildcards (PS3.4 sec. C.4.2.1.4.1)."""
    for keyword, value in filters.items():
        is_own = keyword == UNIQUE_KEYS[level]
        if (is_own and not value) or "*" in value or "?" in value or (keyword == "PatientID" and "\\" in value):
            raise OptionError(
                f"A retrieval on level {level} needs {keyword} without wildcards.",
                field=keyword,
                expected="a value" if keyword == "PatientID" else "UIDs",
            )
