"""Calling other nodes: verify that they answer, send instances as they are, ask what they have."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from struct import unpack_from

from isocenter.core.errors import IsocenterError, OptionError, ProtocolError
from isocenter.core.progress import OnProgress, report
from isocenter.dicom.dictionary import tags_of
from isocenter.dicom.header import scan_header
from isocenter.dicom.pixels.frames import map_file
from isocenter.dicom.uids import DEFLATED_EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN
from isocenter.protocols.dimse import commands, statuses
from isocenter.protocols.upper_layer.pdus import (
    Abort,
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    ProposedContext,
    ReleaseRequest,
)
from isocenter.server.dimse.connection import Connection, quietly
from isocenter.server.dimse.negotiation import VERIFICATION, own_user_information

OWN_AE_TITLE = "ISOCENTER"
TIMEOUT_S = 30.0
MAX_CONTEXTS = 128
_META_START = 144  # preamble, prefix and the group length element (PS3.10 sec. 7.1)
_TAGS = tags_of("SOPClassUID", "SOPInstanceUID")
_REASONS = {
    (1, 1): "no reason given",
    (1, 3): "calling AE title not recognised",
    (1, 7): "called AE title not recognised",
    (3, 1): "temporary congestion",
    (3, 2): "local limit exceeded",
}


@dataclass(frozen=True)
class Peer:
    """Another node: AE title, host and port."""

    ae_title: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Peer:
        """Return the peer written as ``AET@host:port``; raises `OptionError`."""
        title, at, rest = text.partition("@")
        host, colon, port = rest.rpartition(":")
        if not (at and colon and 1 <= len(title) <= 16 and host and port.isdecimal() and 0 < int(port) < 65536):
            raise OptionError(
                "This is not the address of a DICOM node.", field="peer", found=text[:80], expected="AET@host:port"
            )
        return cls(title, host.strip("[]"), int(port))

    def __str__(self) -> str:
        return f"{self.ae_title}@{self.host}:{self.port}"


@dataclass(frozen=True)
class Sent:
    """What became of one file; `problem` is empty if it was stored."""

    path: Path
    problem: str = ""


@dataclass(frozen=True)
class SendReport:
    """What became of every file."""

    results: tuple[Sent, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every file was stored."""
        return all(not result.problem for result in self.results)

    def sentence(self) -> str:
        """Return the counts, and a line for every file that was not stored."""
        failed = [result for result in self.results if result.problem]
        lines = [f"{len(self.results) - len(failed)} of {len(self.results)} instances sent"]
        return "\n".join(lines + [f"  {result.path.name}: {result.problem}" for result in failed])


@dataclass(frozen=True)
class _Item:
    path: Path
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    offset: int


def echo(peer: Peer, *, ae_title: str = OWN_AE_TITLE) -> None:
    """Verify that a node answers; raises `ProtocolError` if it does not."""
    contexts = (ProposedContext(1, VERIFICATION, (IMPLICIT_LITTLE_ENDIAN,)),)
    with _association(peer, contexts, ae_title) as (connection, accepted, _):
        if 1 not in accepted:
            raise ProtocolError("The peer does not offer verification.", field="presentation context")
        command: dict[str, str | int] = {
            "AffectedSOPClassUID": VERIFICATION,
            "CommandField": commands.C_ECHO_RQ,
            "MessageID": 1,
            "CommandDataSetType": commands.NO_DATASET,
        }
        connection.send_message(1, commands.encode(command), None, 0)
        status = _status(connection)
        if status != statuses.SUCCESS:
            raise ProtocolError("The peer refuses verification.", found=statuses.meaning(status))


def send(
    paths: Sequence[Path], peer: Peer, *, ae_title: str = OWN_AE_TITLE, on_progress: OnProgress | None = None
) -> SendReport:
    """Send files by C-STORE, their bytes unchanged; one that cannot be sent does not stop the others.

    Raises `ProtocolError` if the peer cannot be reached or refuses the association.
    """
    results: dict[Path, Sent] = {}
    items = []
    for path in paths:
        try:
            items.append(_read(path))
        except IsocenterError as error:
            results[path] = Sent(path, error.message)
    for batch in _batches(items):
        _send_batch(batch, peer, ae_title, results, len(paths), on_progress)
    return SendReport(tuple(results[path] for path in paths))


def _send_batch(
    batch: list[_Item], peer: Peer, ae_title: str, results: dict[Path, Sent], total: int, on_progress: OnProgress | None
) -> None:
    kinds = sorted({(item.sop_class_uid, item.transfer_syntax_uid) for item in batch})
    contexts = tuple(ProposedContext(2 * n + 1, kind[0], (kind[1],)) for n, kind in enumerate(kinds))
    ids = {kind: context.context_id for kind, context in zip(kinds, contexts, strict=True)}
    with _association(peer, contexts, ae_title) as (connection, accepted, max_pdu_bytes):
        for number, item in enumerate(batch, 1):
            context_id = ids[item.sop_class_uid, item.transfer_syntax_uid]
            problem = "the peer takes neither its SOP class nor its transfer syntax"
            if context_id in accepted:
                status = _send_one(connection, context_id, item, number % 65536, max_pdu_bytes)
                problem = "" if statuses.is_stored(status) else statuses.meaning(status)
            results[item.path] = Sent(item.path, problem)
            report(on_progress, len(results), total, item.path.name)


def _send_one(connection: Connection, context_id: int, item: _Item, message_id: int, max_pdu_bytes: int) -> int:
    command: dict[str, str | int] = {
        "AffectedSOPClassUID": item.sop_class_uid,
        "CommandField": commands.C_STORE_RQ,
        "MessageID": message_id,
        "Priority": 0,
        "CommandDataSetType": commands.WITH_DATASET,
        "AffectedSOPInstanceUID": item.sop_instance_uid,
    }
    dataset = memoryview(map_file(item.path))[item.offset :]
    connection.send_message(context_id, commands.encode(command), dataset, max_pdu_bytes)
    return _status(connection)


def _status(connection: Connection) -> int:
    for _, command, _, _ in connection.messages():
        if command is not None:
            return commands.integer(commands.decode(command), "Status")
    raise ProtocolError("The peer ended the association without an answer.", field="DIMSE response")


@contextmanager
def _association(
    peer: Peer, contexts: tuple[ProposedContext, ...], ae_title: str
) -> Iterator[tuple[Connection, frozenset[int], int]]:
    """Yield a connection, the accepted context IDs and the peer's PDU limit; released at the end."""
    try:
        stream = socket.create_connection((peer.host, peer.port), TIMEOUT_S)
    except OSError as error:
        raise ProtocolError(
            "The peer cannot be reached.",
            field="peer",
            found=f"{peer}: {error.strerror or error}",
            remedy="Is it running?",
        ) from None
    connection = Connection(stream, timeout_s=TIMEOUT_S)
    try:
        reply = _negotiate(connection, peer, contexts, ae_title)
        accepted = frozenset(context.context_id for context in reply.contexts if context.result == 0)
        yield connection, accepted, reply.user.max_pdu_bytes
        connection.send(ReleaseRequest())
        quietly(lambda: _drain(connection))
    except OSError as error:
        raise ProtocolError("The connection to the peer was lost.", field="peer", found=f"{peer}: {error}") from None
    except BaseException:
        quietly(lambda: connection.send(Abort()))
        raise
    finally:
        connection.close()


def _negotiate(
    connection: Connection, peer: Peer, contexts: tuple[ProposedContext, ...], ae_title: str
) -> AssociateAccept:
    connection.send(AssociateRequest(peer.ae_title, ae_title, contexts, own_user_information()))
    reply = connection.receive()
    if isinstance(reply, AssociateReject):
        why = _REASONS.get((reply.source, reply.reason), f"source {reply.source}, reason {reply.reason}")
        raise ProtocolError(
            "The peer rejects the association.", field="association", found=why, remedy="Check the AE titles."
        )
    if not isinstance(reply, AssociateAccept):
        found = "the end of the connection" if reply is None else type(reply).__name__
        raise ProtocolError("The peer does not answer the association.", field="association", found=found)
    return reply


def _drain(connection: Connection) -> None:
    connection.receive()


def _read(path: Path) -> _Item:
    buffer = map_file(path)
    header = scan_header(buffer, _TAGS, file=path.name)
    class_uid, instance_uid = (header.text(tag) for tag in sorted(_TAGS))
    # Offsets of a deflated data set count its inflated bytes; what is sent stays deflated.
    is_deflated = header.transfer_syntax_uid == DEFLATED_EXPLICIT_LITTLE_ENDIAN
    offset = _META_START + int(unpack_from("<L", buffer, _META_START - 4)[0]) if is_deflated else header.dataset_offset
    return _Item(path, class_uid, instance_uid, header.transfer_syntax_uid, offset)


def _batches(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    """Yield items in groups that need no more presentation contexts than an association can have."""
    batch: list[_Item] = []
    kinds: set[tuple[str, str]] = set()
    for item in items:
        kind = (item.sop_class_uid, item.transfer_syntax_uid)
        if kind not in kinds and len(kinds) == MAX_CONTEXTS:
            yield batch
            batch, kinds = [], set()
        kinds.add(kind)
        batch.append(item)
    if batch:
        yield batch
