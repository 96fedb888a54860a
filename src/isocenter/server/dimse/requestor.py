"""The asking side of an association: open it, take the answers, release it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import Protocol

from isocenter.core.errors import ProtocolError
from isocenter.protocols.dimse import commands
from isocenter.protocols.dimse.commands import Command
from isocenter.protocols.dimse.messages import CommandArrived
from isocenter.protocols.upper_layer.pdus import AssociateAccept, AssociateReject, AssociateRequest, ProposedContext
from isocenter.server.dimse.connection import Connection, quietly
from isocenter.server.dimse.negotiation import own_user_information
from isocenter.server.dimse.peer import Peer

TIMEOUT_S = 30.0
MAX_IDENTIFIER_BYTES = 1 << 22
# Source and reason of a rejection, PS3.8 table 9-21.
_REASONS: Mapping[tuple[int, int], str] = {
    (1, 1): "no reason given",
    (1, 2): "application context not supported",
    (1, 3): "calling AE title not recognised",
    (1, 7): "called AE title not recognised",
    (2, 1): "no reason given by the provider",
    (2, 2): "protocol version not supported",
    (3, 1): "temporary congestion",
    (3, 2): "local limit exceeded",
}


class ConnectionLostError(ProtocolError):
    """The peer went away in the middle: what was not answered may be asked again."""


class Receiving(Protocol):
    """An instance that arrives: its data set in pieces, and the status to answer when it is complete."""

    def write(self, data: memoryview) -> None:
        """Take a piece."""

    def finish(self) -> int:
        """Keep it, and return the status of C-STORE."""


class Requestor:
    """An established association on the asking side."""

    def __init__(self, connection: Connection, reply: AssociateAccept) -> None:
        self._connection = connection
        self._max_pdu_bytes = reply.user.max_pdu_bytes
        self.accepted = {c.context_id: c.transfer_syntax for c in reply.contexts if c.result == 0}
        self._message_id = 0

    def ask(
        self,
        context_id: int,
        command: Command,
        dataset: bytes | memoryview | None = None,
        *,
        meanwhile: Callable[[], None] | None = None,
    ) -> Iterator[tuple[dict[str, str | int], bytes]]:
        """Send a request and yield every answer with its data set; the one asking knows which is the last.

        `meanwhile` is called when the request is on its way.
        Raises `ConnectionLostError` if the peer ends the association instead.
        """
        self._message_id = self._message_id % 0xFFFF + 1
        kind = commands.NO_DATASET if dataset is None else commands.WITH_DATASET
        request = {**command, "MessageID": self._message_id, "CommandDataSetType": kind}
        self._connection.send_message(context_id, commands.encode(request), dataset, self._max_pdu_bytes)
        if meanwhile is not None:
            meanwhile()
        answer: dict[str, str | int] = {}
        received = bytearray()
        for piece in self._connection.pieces():
            if isinstance(piece, CommandArrived):
                answer = self._checked(piece.command)
                received.clear()
                if not piece.has_dataset:
                    yield answer, b""
                continue
            received += piece.data
            if len(received) > MAX_IDENTIFIER_BYTES:
                raise ProtocolError("An answer is too large.", field="identifier", found=len(received))
            if piece.is_last:
                yield answer, bytes(received)
        raise ConnectionLostError("The peer ended the association without an answer.", field="DIMSE response")

    def ask_for_instances(
        self, context_id: int, command: Command, dataset: bytes, receive: Callable[[int, Command], Receiving]
    ) -> Iterator[tuple[dict[str, str | int], bytes]]:
        """Send a C-GET and yield its answers; what comes by C-STORE meanwhile goes to what `receive` returns for it.

        Raises `ConnectionLostError` if the peer ends the association instead.
        """
        self._message_id = self._message_id % 0xFFFF + 1
        request = {**command, "MessageID": self._message_id, "CommandDataSetType": commands.WITH_DATASET}
        self._connection.send_message(context_id, commands.encode(request), dataset, self._max_pdu_bytes)
        arriving: tuple[int, dict[str, str | int], Receiving] | None = None
        answer: dict[str, str | int] = {}
        received = bytearray()
        for piece in self._connection.pieces():
            if isinstance(piece, CommandArrived):
                if piece.command.get("CommandField") == commands.C_STORE_RQ:
                    arriving = piece.context_id, piece.command, receive(piece.context_id, piece.command)
                    continue
                answer = self._checked(piece.command)
                received.clear()
                if not piece.has_dataset:
                    yield answer, b""
            elif arriving is not None:
                arriving[2].write(piece.data)
                if piece.is_last:
                    number, store, instance = arriving
                    reply = commands.response(store, commands.C_STORE_RSP, instance.finish())
                    self._connection.send_message(number, commands.encode(reply), None, self._max_pdu_bytes)
                    arriving = None
            else:
                received += piece.data
                if len(received) > MAX_IDENTIFIER_BYTES:
                    raise ProtocolError("An answer is too large.", field="identifier", found=len(received))
                if piece.is_last:
                    yield answer, bytes(received)
        raise ConnectionLostError("The peer ended the association without an answer.", field="DIMSE response")

    def converse(
        self, context_id: int, command: Command, dataset: bytes, *, timeout_s: float
    ) -> Iterator[tuple[int, dict[str, str | int], bytes]]:
        """Send a request and yield every message that comes, also requests of the peer's own, each with its context.

        It ends when the peer has said nothing for so long, or has ended the association.
        """
        self._message_id = self._message_id % 0xFFFF + 1
        request = {**command, "MessageID": self._message_id, "CommandDataSetType": commands.WITH_DATASET}
        self._connection.send_message(context_id, commands.encode(request), dataset, self._max_pdu_bytes)
        self._connection.wait(timeout_s)
        arriving: dict[str, str | int] = {}
        received = bytearray()
        try:
            for piece in self._connection.pieces():
                if isinstance(piece, CommandArrived):
                    arriving = piece.command
                    received.clear()
                    if not piece.has_dataset:
                        yield piece.context_id, arriving, b""
                    continue
                received += piece.data
                if len(received) > MAX_IDENTIFIER_BYTES:
                    raise ProtocolError("A message is too large.", field="data set", found=len(received))
                if piece.is_last:
                    yield piece.context_id, arriving, bytes(received)
        except (TimeoutError, ConnectionError):
            return

    def reply(self, context_id: int, response: Command) -> None:
        """Answer a request of the peer's."""
        self._connection.send_message(context_id, commands.encode(response), None, self._max_pdu_bytes)

    def _checked(self, answer: dict[str, str | int]) -> dict[str, str | int]:
        found = commands.integer(answer, "MessageIDBeingRespondedTo")
        if found != self._message_id:
            raise ProtocolError("An answer is to another request.", field="MessageIDBeingRespondedTo", found=found)
        return answer

    def cancel(self, context_id: int) -> None:
        """Ask the peer to end the answers to the last request early."""
        cancel: dict[str, str | int] = {
            "CommandField": commands.C_CANCEL_RQ,
            "MessageIDBeingRespondedTo": self._message_id,
            "CommandDataSetType": commands.NO_DATASET,
        }
        self._connection.send_message(context_id, commands.encode(cancel), None, self._max_pdu_bytes)


@contextmanager
def association(
    peer: Peer,
    contexts: tuple[ProposedContext, ...],
    *,
    ae_title: str,
    timeout_s: float = TIMEOUT_S,
    roles: Mapping[str, tuple[bool, bool]] = MappingProxyType({}),
) -> Iterator[Requestor]:
    """Yield an association with a peer; it is released at the end, or aborted if something was raised.

    `roles` are proposed as (SCU, SCP) by SOP class.

    Raises
    ------
    ProtocolError
        If the peer cannot be reached, refuses, or breaks the protocol.
    ConnectionLostError
        If it goes away after it has accepted.
    """
    try:
        stream = _connected(peer, timeout_s)
    except ssl.SSLError as error:
        raise ProtocolError(
            "No encrypted connection to the peer.",
            field="TLS",
            found=f"{peer}: {error.reason or type(error).__name__}",
            remedy="Is its certificate from the authority that is trusted, and does it want one of ours?",
        ) from None
    except OSError as error:
        raise ProtocolError(
            "The peer cannot be reached.",
            field="peer",
            found=f"{peer}: {error.strerror or error}",
            remedy="Is it running, and are host and port right?",
        ) from None
    connection = Connection(stream, timeout_s=timeout_s, is_requestor=True)
    try:
        user = replace(own_user_information(), roles=roles)
        request = AssociateRequest(peer.ae_title, ae_title, contexts, user)
        yield Requestor(connection, _negotiated(connection, peer, request))
        # Everything has been answered by now: a peer that goes instead of releasing takes nothing with it.
        quietly(connection.release)
    except OSError as error:
        raise ConnectionLostError(
            "The connection to the peer was lost.", field="peer", found=f"{peer}: {type(error).__name__}"
        ) from None
    finally:
        quietly(connection.abort)
        connection.close()


def _connected(peer: Peer, timeout_s: float) -> socket.socket:
    stream = socket.create_connection((peer.host, peer.port), timeout_s)
    if peer.tls is None:
        return stream
    try:
        return peer.tls.wrap_socket(stream)
    except OSError:
        stream.close()
        raise


def _negotiated(connection: Connection, peer: Peer, request: AssociateRequest) -> AssociateAccept:
    connection.send(request)
    reply = connection.receive()
    if isinstance(reply, AssociateReject):
        why = _REASONS.get((reply.source, reply.reason), f"source {reply.source}, reason {reply.reason}")
        raise ProtocolError(
            "The peer rejects the association.",
            field="association",
            found=f"{peer}: {why}",
            remedy=f"Check the AE titles: it was called {peer.ae_title}, by {request.calling_ae_title}.",
        )
    if not isinstance(reply, AssociateAccept):
        found = "the end of the connection" if reply is None else type(reply).__name__
        raise ProtocolError("The peer does not answer the association.", field="association", found=f"{peer}: {found}")
    return reply
