"""What the node does with a message: verification, storage, query.

Source: DICOM PS3.4 annexes A (verification), B (storage) and C (query/retrieve).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from isocenter.archive.archive import Archive, Incoming
from isocenter.archive.attributes import ATTRIBUTES, LEVELS, UNIQUE_KEYS, Level
from isocenter.archive.query import Query
from isocenter.core.errors import DataError, IsocenterError, OptionError
from isocenter.dicom.identifier import decode_identifier, encode_identifier
from isocenter.protocols.dimse import commands, statuses
from isocenter.protocols.dimse.commands import Command
from isocenter.server.dimse.negotiation import PATIENT_ROOT_FIND


@dataclass(frozen=True)
class Context:
    """An accepted presentation context and who is behind it."""

    context_id: int
    abstract_syntax: str
    transfer_syntax: str
    calling_ae_title: str
    own_ae_title: str
    address: str


class StoreInProgress:
    """One C-STORE on its way: its data set goes straight to the archive's disk, never through a parser."""

    def __init__(self, archive: Archive, context: Context, request: Command) -> None:
        self._request = request
        self._incoming: Incoming | None = None
        self.failure: IsocenterError | None = None
        self.instance_uid = commands.text(request, "AffectedSOPInstanceUID")
        try:
            self._incoming = archive.receive_dataset(
                sop_class_uid=commands.text(request, "AffectedSOPClassUID"),
                sop_instance_uid=self.instance_uid,
                transfer_syntax_uid=context.transfer_syntax,
                origin=f"DIMSE {context.calling_ae_title} {context.address}",
                source_ae_title=context.calling_ae_title,
            )
        except IsocenterError as error:
            self.failure = error

    def write(self, data: memoryview) -> None:
        """Take a piece of the data set; after a failure the rest is let go, so that the peer hears the status."""
        if self._incoming is None:
            return
        try:
            self._incoming.write(data)
        except IsocenterError as error:
            self.abort()
            self.failure = error

    def finish(self) -> dict[str, str | int]:
        """Commit and return the response."""
        incoming, self._incoming = self._incoming, None
        if incoming is not None:
            try:
                incoming.commit()
            except IsocenterError as error:
                self.failure = error
        if self.failure is None:
            return commands.response(self._request, commands.C_STORE_RSP, statuses.SUCCESS)
        status = statuses.of_error(self.failure)
        return commands.response(self._request, commands.C_STORE_RSP, status, comment=self.failure.message)

    def abort(self) -> None:
        """Forget what came so far."""
        if self._incoming is not None:
            self._incoming.abort()
            self._incoming = None


def echo(request: Command) -> dict[str, str | int]:
    """Return the response to C-ECHO."""
    return commands.response(request, commands.C_ECHO_RSP, statuses.SUCCESS)


def find(
    archive: Archive, context: Context, request: Command, identifier: bytes
) -> Iterator[tuple[dict[str, str | int], bytes | None]]:
    """Yield a pending response with its identifier for every match, and the final response."""
    try:
        keys = decode_identifier(identifier, context.transfer_syntax)
        query = _query(keys, context.abstract_syntax)
        for row in archive.find(query):
            answer = _answer(keys, row, query.level, context.own_ae_title)
            pending = commands.response(request, commands.C_FIND_RSP, statuses.PENDING, has_dataset=True)
            yield pending, encode_identifier(answer, context.transfer_syntax)
    except IsocenterError as error:
        status = statuses.of_error(error)
        yield commands.response(request, commands.C_FIND_RSP, status, comment=error.message), None
        return
    yield commands.response(request, commands.C_FIND_RSP, statuses.SUCCESS), None


def _query(keys: dict[str, str], root: str) -> Query:
    name = keys.get("QueryRetrieveLevel", "").strip()
    allowed = LEVELS if root == PATIENT_ROOT_FIND else LEVELS[1:]
    if name not in allowed:
        raise OptionError(
            "The level is not one of this model.",
            field="QueryRetrieveLevel",
            found=name[:16],
            expected=", ".join(allowed),
        )
    level: Level = next(known for known in LEVELS if known == name)
    position = LEVELS.index(level)
    for above in LEVELS[LEVELS.index(allowed[0]) : position]:
        if not keys.get(UNIQUE_KEYS[above]):
            raise OptionError(
                f"A query on level {level} needs the {UNIQUE_KEYS[above]}.",
                field=UNIQUE_KEYS[above],
                found="nothing",
                expected="one",
            )
    filters = {
        keyword: value
        for keyword, value in keys.items()
        if keyword in ATTRIBUTES and value and LEVELS.index(ATTRIBUTES[keyword].level) <= position
    }
    return Query(level, filters, tuple(keys))


def _answer(keys: dict[str, str], row: object, level: Level, ae_title: str) -> dict[str, object]:
    """Return what was asked for, empty where it is not known here, and where to retrieve it."""
    if not isinstance(row, dict):
        raise DataError("An answer of the index is malformed.", found=type(row).__name__)
    answer: dict[str, object] = {}
    for keyword in keys:
        value = row.get(keyword)
        answer[keyword] = value.split(",") if value and ATTRIBUTES[keyword].matching == "modalities" else value
    answer |= {"QueryRetrieveLevel": level, "RetrieveAETitle": ae_title, "InstanceAvailability": "ONLINE"}
    for above in LEVELS[: LEVELS.index(level) + 1]:
        if row.get(UNIQUE_KEYS[above]):
            answer[UNIQUE_KEYS[above]] = row[UNIQUE_KEYS[above]]
    return answer
