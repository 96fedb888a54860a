"""One association over a socket: bytes are received in place and answers leave in one piece.

Acknowledgements are asked for at once (TCP_QUICKACK) and answers are not held back (TCP_NODELAY): ordinary clients send
a message in several pieces and would otherwise wait 40 ms for each. What may be sent and received when is decided by
the state machine; every PDU that breaks its rules is answered by A-ABORT with its reason.
"""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from struct import Struct, unpack
from time import monotonic
from typing import Protocol

from isocenter.protocols.dimse.messages import DataArrived, MessageAssembler, Piece
from isocenter.protocols.upper_layer import pdus
from isocenter.protocols.upper_layer.errors import (
    INVALID_PARAMETER,
    NOT_SPECIFIED,
    UNEXPECTED_PDU,
    UNRECOGNISED_PDU,
    PduError,
)
from isocenter.protocols.upper_layer.pdus import Abort, Pdu
from isocenter.protocols.upper_layer.state_machine import Event, Output, State, StateMachine
from isocenter.server.dimse.socket_time import set_timeout

MAX_PDU_BYTES = 1 << 18
MIN_PDU_BYTES = 64
CLOSE_PATIENCE_S = 2.0
_SEND_AT_ONCE_BYTES = 1 << 20
_MAX_BUFFERS = 256
_MAX_HELD = 64
_READ_AHEAD_BYTES = 1 << 14  # a whole query, or little enough of a large PDU not to be worth a second thought
_QUICKACK = getattr(socket, "TCP_QUICKACK", None)
_DATA_HEAD = Struct(">BBLLBB")  # of a PDU and of the only value in it
_SHORTEST_PDU_BYTES = 10  # A-ABORT and A-RELEASE; who waits for more may wait for ever
_RECEIVE_BUFFER_BYTES = 1 << 21  # an instance or two: its sender need not wait for this side's turn

_RECEIVED: Mapping[int, Event] = {
    pdus.ASSOCIATE_RQ: Event.REQUEST_PDU,
    pdus.ASSOCIATE_AC: Event.ACCEPT_PDU,
    pdus.ASSOCIATE_RJ: Event.REJECT_PDU,
    pdus.P_DATA: Event.DATA_PDU,
    pdus.RELEASE_RQ: Event.RELEASE_REQUEST_PDU,
    pdus.RELEASE_RP: Event.RELEASE_RESPONSE_PDU,
    pdus.ABORT: Event.ABORT_PDU,
}
_SENT: Mapping[type[Pdu], Event] = {
    pdus.AssociateRequest: Event.TRANSPORT_OPENED,
    pdus.AssociateAccept: Event.ACCEPT,
    pdus.AssociateReject: Event.REJECT,
    pdus.ReleaseRequest: Event.RELEASE,
    pdus.ReleaseResponse: Event.ANSWER_RELEASE,
    pdus.Abort: Event.ABORT,
}


class Destination(Protocol):
    """Where the bytes of a data set go without being copied on the way."""

    def room(self) -> memoryview | None:
        """Return memory for the next bytes, at least one; None if they are to be given in pieces after all."""

    def took(self, n_bytes: int) -> None:
        """Take as many bytes as have been put there."""


class Connection:
    """One association's socket; not shared between threads.

    Parameters
    ----------
    timeout_s
        How long the peer may be silent, and how long one PDU may take to arrive.
    is_requestor
        Whether this side asks for the association.
    """

    def __init__(self, stream: socket.socket, *, timeout_s: float, is_requestor: bool) -> None:
        self._socket = stream
        self._is_tls = isinstance(stream, ssl.SSLSocket)
        self._can_gather = hasattr(stream, "sendmsg") and not self._is_tls  # Windows has no sendmsg, TLS neither
        self._buffer = bytearray(pdus.HEADER_BYTES + MAX_PDU_BYTES + _READ_AHEAD_BYTES)
        self._view = memoryview(self._buffer)
        self._n_taken = self._n_read = 0  # of the buffer: given out as a PDU, and received
        self._machine = StateMachine(is_requestor=is_requestor)
        self._machine.handle(Event.ASSOCIATE if is_requestor else Event.TRANSPORT_INDICATED)
        self._assembler = MessageAssembler()
        self._held: list[bytes | memoryview] = []
        self._can_scatter = hasattr(stream, "recvmsg_into") and not self._is_tls
        self._destination: Destination | None = None
        self._timeout_s = timeout_s
        self.wait(timeout_s)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)

    def wait(self, timeout_s: float) -> None:
        """Change how long the peer may be silent."""
        self._timeout_s = timeout_s
        self._is_timed_by_system = not self._is_tls and set_timeout(self._socket, timeout_s)
        if not self._is_timed_by_system:
            self._socket.settimeout(timeout_s)

    def send(self, pdu: Pdu) -> None:
        """Send a PDU that is not P-DATA; raises `ProtocolError` if it cannot be sent now."""
        self._machine.handle(_SENT[type(pdu)])
        held, self._held = self._held, []
        self._send_all([*held, pdus.encode(pdu)])

    def abort(self) -> None:
        """Abort as the user of the association, unless it has ended already."""
        if self._machine.can(Event.ABORT):
            self.send(Abort())

    def release(self) -> None:
        """Release as requestor and wait until the peer has agreed."""
        self.send(pdus.ReleaseRequest())
        while (pdu := self.receive()) is not None:
            if isinstance(pdu, pdus.ReleaseRequest):  # both at once, PS3.8 sec. 7.2.2
                self.send(pdus.ReleaseResponse())
            elif isinstance(pdu, pdus.ReleaseResponse | Abort):
                return

    def send_message(
        self,
        context_id: int,
        command: bytes,
        dataset: bytes | memoryview | None,
        max_pdu_bytes: int,
        *,
        is_followed: bool = False,
    ) -> None:
        """Send a command set and its data set in as many PDUs as the peer's limit asks for, gathered in few calls.

        One that `is_followed` by another at once may wait for it and go out with it.
        Every fragment has an even length, as peers insist on: one byte more ends an odd data set (PS3.8 annex E.1; for
        deflated ones PS3.5 annex A.5).
        """
        self._machine.handle(Event.DATA)
        limit = min(max(max_pdu_bytes, MIN_PDU_BYTES) if max_pdu_bytes else MAX_PDU_BYTES, MAX_PDU_BYTES) - 6
        limit -= limit % 2
        parts, self._held = self._held, []
        self._gather(parts, context_id, memoryview(command), limit, is_command=True)
        if dataset is not None:
            self._gather(parts, context_id, memoryview(dataset), limit, is_command=False)
        if is_followed and len(parts) < _MAX_HELD:
            self._held = parts
        else:
            self._send_all(parts)

    def _gather(
        self, parts: list[bytes | memoryview], context_id: int, view: memoryview, limit: int, *, is_command: bool
    ) -> None:
        """Append the PDUs of a command or data set to `parts`, without copying it; send when they are many."""
        n_bytes = 0
        for start in range(0, max(1, len(view)), limit):
            part: bytes | memoryview = view[start : start + limit]
            is_last = start + limit >= len(view)
            if len(part) % 2:
                part = bytes(part) + b"\0"
            parts += (pdus.pdv_header(context_id, len(part), is_command=is_command, is_last=is_last), part)
            n_bytes += len(part)
            if not is_last and (n_bytes >= _SEND_AT_ONCE_BYTES or len(parts) >= _MAX_BUFFERS):
                self._send_all(parts)
                parts.clear()
                n_bytes = 0

    def _send_all(self, parts: list[bytes | memoryview]) -> None:
        """Send several buffers as one, without joining them."""
        waiting = [memoryview(part) for part in parts]
        while waiting:
            sent = self._send_some(waiting)
            while waiting and sent >= len(waiting[0]):
                sent -= len(waiting.pop(0))
            if waiting:
                waiting[0] = waiting[0][sent:]

    def _send_some(self, parts: list[memoryview]) -> int:
        if self._can_gather:
            try:
                return self._socket.sendmsg(parts)
            except BlockingIOError:  # so the system says that it has waited long enough, socket(7)
                raise TimeoutError from None
        joined = b"".join(parts)
        self._socket.sendall(joined)
        return len(joined)

    def receive(self) -> Pdu | memoryview | None:
        """Return the next PDU, the body of P-DATA as a view that is valid until the next call, None at the end.

        Raises `PduError` for a PDU that is malformed, too large or came at the wrong time; the peer has then been told
        by A-ABORT. Raises `TimeoutError` if the peer is silent or too slow.
        """
        try:
            framed = self._receive_framed()
            if framed is None:
                if self._machine.can(Event.TRANSPORT_CLOSED):
                    self._machine.handle(Event.TRANSPORT_CLOSED)
                return None
            kind, body = framed
            pdu = body if kind == pdus.P_DATA else pdus.decode(kind, bytes(body))
        except PduError as error:
            self._react(Event.INVALID_PDU, error)
            raise
        self._react(_RECEIVED[kind], None)
        return pdu

    def _react(self, event: Event, error: PduError | None) -> None:
        """Take an event; where the table answers it by A-ABORT, send that and raise."""
        outputs = self._machine.handle(event).outputs
        reason = error.reason if error else UNEXPECTED_PDU
        if Output.SEND_USER_ABORT in outputs:
            quietly(lambda: self._socket.sendall(pdus.encode(Abort(0, NOT_SPECIFIED))))
        elif Output.SEND_PROVIDER_ABORT in outputs:
            quietly(lambda: self._socket.sendall(pdus.encode(Abort(2, reason))))
        else:
            return
        if error is None:
            raise PduError("A PDU came at the wrong time.", reason=UNEXPECTED_PDU, field="PDU", found=event.name)

    def _receive_framed(self) -> tuple[int, memoryview] | None:
        deadline = monotonic() + self._timeout_s
        self._to_front()
        if not self._fill(pdus.HEADER_BYTES, _READ_AHEAD_BYTES, deadline):
            return None
        kind, _, length = unpack(">BBL", self._view[: pdus.HEADER_BYTES])
        if kind not in _RECEIVED:
            raise PduError("There is no such PDU.", reason=UNRECOGNISED_PDU, field="PDU type", found=kind)
        if length > MAX_PDU_BYTES:
            raise PduError(
                "A PDU is larger than agreed.",
                reason=INVALID_PARAMETER,
                field="PDU",
                found=f"type {kind}, {length} bytes",
            )
        # The time a PDU may take begins with its header; waiting for it is another matter.
        end = pdus.HEADER_BYTES + length
        if self._n_read < end and not self._fill(end, end, max(deadline, monotonic() + self._timeout_s / 2)):
            return None
        self._n_taken = end
        return kind, self._view[pdus.HEADER_BYTES : end]

    def _to_front(self) -> None:
        """Move what has not been given out to the beginning of the buffer."""
        n_left = self._n_read - self._n_taken
        self._view[:n_left] = self._view[self._n_taken : self._n_read]
        self._n_taken, self._n_read = 0, n_left

    def _fill(self, needed: int, limit: int, deadline: float) -> bool:
        """Receive until there are as many bytes as needed, and no more than the limit."""
        while self._n_read < needed:
            if _QUICKACK is not None:
                self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
            # All that is needed in one call, where the system sees to the time: threads change seldom.
            is_whole = self._is_timed_by_system and needed == limit
            try:
                count = self._socket.recv_into(
                    self._view[self._n_read : limit], 0, socket.MSG_WAITALL if is_whole else 0
                )
            except BlockingIOError:  # as above
                raise TimeoutError from None
            if count == 0:
                return False
            self._n_read += count
            if self._n_read < needed and monotonic() > deadline:
                raise TimeoutError
        return True

    def pieces(self) -> Iterator[Piece]:
        """Yield command sets and pieces of data sets until the peer releases (and is answered), aborts or goes away.

        Raises `ConnectionError` if it goes without a word, `ProtocolError` where it breaks the protocol.
        """
        while True:
            if self._destination is not None and self._deliver(self._destination):
                yield DataArrived(self._assembler.end_dataset(), memoryview(b""), True)
                continue
            pdu = self.receive()
            if isinstance(pdu, memoryview):
                yield from self.pieces_of(pdu)
            elif isinstance(pdu, pdus.ReleaseRequest):
                self.send(pdus.ReleaseResponse())
                return
            elif pdu is None:
                raise ConnectionError("the peer went away")
            else:
                return

    def deliver_to(self, destination: Destination) -> None:
        """Put the data set of the message that has begun into its place; `pieces` then yields its end alone.

        Where that cannot be, because of how the peer cuts its messages, `pieces` gives the bytes as ever.
        """
        if self._can_scatter and self._is_timed_by_system:
            self._destination = destination

    def _deliver(self, destination: Destination) -> bool:
        """Receive the rest of a data set into its place, as long as every PDU holds one value of it.

        The head of the next PDU is received with the value before it, so that calls of the system are few.
        Returns False where the next PDU is another, which has not been taken then.
        """
        self._destination = None
        while True:
            if not self._has_data_head():
                return False
            kind, _, length, inner, context_id, control = _DATA_HEAD.unpack_from(self._buffer, self._n_taken)
            is_plain = kind == pdus.P_DATA and 6 < length == inner + 4 <= MAX_PDU_BYTES
            if not is_plain or control & 1 or not self._assembler.expects_data(context_id):
                return False
            is_last = bool(control & 2)
            room = destination.room()
            if room is None:
                return False
            self._n_taken += _DATA_HEAD.size
            self._put(destination, room, inner - 2, is_last=is_last)
            if is_last:
                return True

    def _has_data_head(self) -> bool:
        """Have the head of a PDU with data in the buffer; returns False where another comes, or nothing more."""
        deadline = monotonic() + self._timeout_s
        for needed, limit in ((pdus.HEADER_BYTES, _READ_AHEAD_BYTES), (_DATA_HEAD.size, _DATA_HEAD.size)):
            if self._n_read - self._n_taken < needed:
                self._to_front()
                if not self._fill(needed, limit, deadline):
                    return False
            if self._buffer[self._n_taken] != pdus.P_DATA:
                return False
        return True

    def _put(self, destination: Destination, room: memoryview, n_left: int, *, is_last: bool) -> None:
        """Receive `n_left` bytes into their place, and the head of the next PDU if one follows."""
        deadline = monotonic() + self._timeout_s
        n_here = min(n_left, self._n_read - self._n_taken)
        while n_left:
            if not len(room):
                found = destination.room()
                if found is None:  # the disk is full: the rest has to be let go
                    found = memoryview(bytearray(n_left))
                room = found
            if n_here:
                count = min(n_here, len(room))
                room[:count] = self._view[self._n_taken : self._n_taken + count]
                self._n_taken += count
                n_here -= count
            else:
                count = self._receive_into(room[:n_left], 0 if is_last or n_left > len(room) else _SHORTEST_PDU_BYTES)
                if n_left and monotonic() > deadline:
                    raise TimeoutError
            n_left -= count
            destination.took(count)
            room = room[count:]

    def _receive_into(self, place: memoryview, n_ahead: int) -> int:
        """Fill a place, and the empty buffer with what comes next; return how many bytes of the place came."""
        if _QUICKACK is not None:
            self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
        try:
            if n_ahead:
                count, _, _, _ = self._socket.recvmsg_into([place, self._view[:n_ahead]], 0, socket.MSG_WAITALL)
            else:
                count = self._socket.recv_into(place, 0, socket.MSG_WAITALL)
        except BlockingIOError:  # so the system says that it has waited long enough, socket(7)
            raise TimeoutError from None
        if count == 0:
            raise ConnectionError("the peer went away")
        self._n_taken, self._n_read = 0, max(0, count - len(place))
        return min(count, len(place))

    def pieces_of(self, body: memoryview) -> Iterator[Piece]:
        """Yield what one P-DATA-TF body holds."""
        try:
            yield from self._assembler.pieces(pdus.pdvs(body))
        except PduError as error:
            self._react(Event.INVALID_PDU, error)
            raise

    def has_input(self) -> bool:
        """Return whether the peer has sent something that has not been given out."""
        if self._n_read > self._n_taken:
            return True
        if isinstance(self._socket, ssl.SSLSocket):
            return self._socket.pending() > 0 or bool(select.select([self._socket], [], [], 0)[0])
        self._socket.setblocking(False)
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        else:
            return True
        finally:
            self._socket.settimeout(None if self._is_timed_by_system else self._timeout_s)

    def close(self) -> None:
        """Close the socket; after a last PDU of ours the peer is given the time to read it and to close first."""
        if self._machine.state is State.AWAITING_CLOSE:
            quietly(self._await_close)
        self._socket.close()

    def _await_close(self) -> None:
        """Let go of what still comes: closing on unread bytes would reset the connection and lose our last PDU."""
        self._socket.shutdown(socket.SHUT_WR)
        deadline = monotonic() + CLOSE_PATIENCE_S
        while (left_s := deadline - monotonic()) > 0:
            self._socket.settimeout(left_s)
            if not self._socket.recv_into(self._buffer):
                return


def quietly(action: Callable[[], None]) -> None:
    """Do something to a peer that may be gone already."""
    try:
        action()
    except OSError:
        return
