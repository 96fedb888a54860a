"""The C-STOREs inside a retrieval: back on the same association (C-GET), or to a third node (C-MOVE).

Source: DICOM PS3.4 sec. C.4.2.3 and C.4.3.3; PS3.7 sec. 9.1.1 (C-STORE with its originator).
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from isocenter.archive.archive import Archive, Instance, Outgoing
from isocenter.core.errors import IsocenterError, ProtocolError
from isocenter.dicom.part10 import dataset_start
from isocenter.dicom.transcoding import transcode
from isocenter.dicom.uids import EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN
from isocenter.protocols.dimse import commands, statuses
from isocenter.protocols.dimse.commands import Command
from isocenter.protocols.dimse.messages import CommandArrived
from isocenter.protocols.upper_layer.pdus import ProposedContext
from isocenter.server.dimse.connection import Connection
from isocenter.server.dimse.operation import Context
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.requestor import Requestor, association
from isocenter.server.dimse.retrieve import SubOperations

log = logging.getLogger(__name__)

_NATIVE = (EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN)
_MAX_KINDS = 60

# For a SOP class: presentation context ID by the transfer syntax agreed on there.
Agreed = Mapping[str, Mapping[str, int]]
# Presentation context ID and data set.
Prepared = tuple[int, bytes | memoryview]


class Getter:
    """Sends instances back to the peer that asked, on its own association."""

    def __init__(
        self, connection: Connection, contexts: Iterable[Context], max_pdu_bytes: int, archive: Archive
    ) -> None:
        self._connection = connection
        self._max_pdu_bytes = max_pdu_bytes
        self._archive = archive
        self._agreed: dict[str, dict[str, int]] = {}
        for context in contexts:
            if context.peer_stores:
                self._agreed.setdefault(context.abstract_syntax, {})[context.transfer_syntax] = context.context_id
        self._message_id = 0

    def send(self, instances: Sequence[Instance], progress: SubOperations, tell: Callable[[], None]) -> None:
        """Store every instance at the peer until it cancels; raises `ConnectionError` or `ProtocolError`."""
        ahead = _Ahead(self._archive, instances, self._agreed)
        for instance, prepared in ahead:
            if progress.is_cancelled:
                return
            status = statuses.CANNOT_UNDERSTAND
            if prepared is not None:
                status = self._store(instance, *prepared, progress, ahead.prepare)
            progress.count(instance.instance_uid, status)
            if progress.is_time_to_tell:
                tell()

    def _store(
        self,
        instance: Instance,
        context_id: int,
        dataset: bytes | memoryview,
        progress: SubOperations,
        meanwhile: Callable[[], None],
    ) -> int:
        self._message_id = self._message_id % 0xFFFF + 1
        command = {**store_request(instance), "MessageID": self._message_id, "CommandDataSetType": 0}
        self._connection.send_message(context_id, commands.encode(command), dataset, self._max_pdu_bytes)
        meanwhile()
        status = None
        while status is None:
            pdu = self._connection.receive()
            if not isinstance(pdu, memoryview):
                raise ConnectionError("the peer did not wait for its instances")
            for piece in self._connection.pieces_of(pdu):
                if not isinstance(piece, CommandArrived):
                    raise ProtocolError("A data set came where a response was due.", field="P-DATA-TF")
                answered = piece.command.get("MessageIDBeingRespondedTo")
                match piece.command.get("CommandField"):
                    case commands.C_STORE_RSP if answered == self._message_id:
                        status = commands.integer(piece.command, "Status")
                    case commands.C_CANCEL_RQ:
                        progress.is_cancelled = True
                    case other:
                        raise ProtocolError("A message came where a response was due.", found=other)
        return status


class Mover:
    """Sends instances to a third node, on associations of its own."""

    def __init__(self, archive: Archive, destination: Peer, context: Context, request: Command) -> None:
        self._archive = archive
        self._destination = destination
        self._own_ae_title = context.own_ae_title
        self._originator: dict[str, str | int] = {
            "MoveOriginatorApplicationEntityTitle": context.calling_ae_title,
            "MoveOriginatorMessageID": commands.integer(request, "MessageID"),
        }

    def send(self, instances: Sequence[Instance], progress: SubOperations, tell: Callable[[], None]) -> None:
        """Store every instance at the destination until `tell` learns that the peer has cancelled.

        Raises `ProtocolError` if the destination cannot be reached or goes away.
        """
        for group in _groups(instances):
            with association(self._destination, _proposed(group), ae_title=self._own_ae_title) as asked:
                agreed = _agreed(asked, _proposed(group))
                ahead = _Ahead(self._archive, group, agreed)
                for instance, prepared in ahead:
                    if progress.is_cancelled:
                        return
                    status = statuses.CANNOT_UNDERSTAND
                    if prepared is not None:
                        request = {**store_request(instance), **self._originator}
                        answer, _ = next(asked.ask(prepared[0], request, prepared[1], meanwhile=ahead.prepare))
                        status = commands.integer(answer, "Status")
                    progress.count(instance.instance_uid, status)
                    tell()


class _Ahead:
    """Instances made ready to be sent, the next one while the peer takes in the one before."""

    def __init__(self, archive: Archive, instances: Sequence[Instance], agreed: Agreed) -> None:
        self._archive = archive
        self._waiting = iter(instances)
        self._agreed = agreed
        self._ready: deque[tuple[Instance, Prepared | None]] = deque()

    def __iter__(self) -> Iterator[tuple[Instance, Prepared | None]]:
        self.prepare()
        while self._ready:
            yield self._ready.popleft()
            self.prepare()

    def prepare(self) -> None:
        """Have the next one ready."""
        if not self._ready:
            for instance in islice(self._waiting, 1):
                self._ready.append((instance, prepare(self._archive, instance, self._agreed)))


def prepare(archive: Archive, instance: Instance, agreed: Agreed) -> Prepared | None:
    """Return the context and the data set to send an instance with; None if the peer takes it in no form we have.

    It goes as it is stored if the peer agreed to that, else without compression.
    """
    by_syntax = agreed.get(instance.sop_class_uid, {})
    try:
        if instance.transfer_syntax_uid in by_syntax:
            return by_syntax[instance.transfer_syntax_uid], _joined(archive.outgoing(instance))
        for syntax in _NATIVE:
            if syntax in by_syntax:
                changed = memoryview(transcode(b"".join(archive.outgoing(instance).parts), syntax))
                return by_syntax[syntax], changed[dataset_start(changed) :]
    except IsocenterError as error:
        log.warning("instance %s cannot be sent: %s", instance.instance_uid, error.message)
    return None


def _joined(outgoing: Outgoing) -> bytes | memoryview:
    return outgoing.dataset[0] if len(outgoing.dataset) == 1 else b"".join(outgoing.dataset)


def store_request(instance: Instance) -> dict[str, str | int]:
    """Return the C-STORE request of an instance."""
    return {
        "AffectedSOPClassUID": instance.sop_class_uid,
        "CommandField": commands.C_STORE_RQ,
        "Priority": 0,
        "AffectedSOPInstanceUID": instance.instance_uid,
    }


def _kind(instance: Instance) -> tuple[str, str]:
    return instance.sop_class_uid, instance.transfer_syntax_uid


def _groups(instances: Sequence[Instance]) -> Iterable[list[Instance]]:
    """Yield instances in groups of so few kinds that one association has contexts for all."""
    kinds = sorted({_kind(instance) for instance in instances})
    for start in range(0, len(kinds), _MAX_KINDS):
        wanted = set(kinds[start : start + _MAX_KINDS])
        yield [instance for instance in instances if _kind(instance) in wanted]


def _proposed(instances: Sequence[Instance]) -> tuple[ProposedContext, ...]:
    """Return a context for every kind as it is stored, and one without compression for every SOP class."""
    kinds = sorted({_kind(instance) for instance in instances})
    wanted = [(name, (syntax,)) for name, syntax in kinds] + [(name, _NATIVE) for name in sorted({k[0] for k in kinds})]
    return tuple(ProposedContext(2 * n + 1, name, syntaxes) for n, (name, syntaxes) in enumerate(wanted))


def _agreed(asked: Requestor, proposed: Sequence[ProposedContext]) -> Agreed:
    agreed: dict[str, dict[str, int]] = {}
    for context in proposed:
        if context.context_id in asked.accepted:
            by_syntax = agreed.setdefault(context.abstract_syntax, {})
            by_syntax.setdefault(asked.accepted[context.context_id], context.context_id)
    return agreed
