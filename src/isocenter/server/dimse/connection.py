"""PDUs over a socket: bytes are received in place and answers leave in one piece.

Acknowledgements are asked for at once (TCP_QUICKACK) and answers are not held back (TCP_NODELAY): ordinary clients send
a message in several pieces and would otherwise wait 40 ms for each.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from struct import unpack

from isocenter.core.errors import ProtocolError
from isocenter.protocols.upper_layer import pdus
from isocenter.protocols.upper_layer.pdus import Abort, Pdu, ReleaseRequest, ReleaseResponse

MAX_PDU_BYTES = 1 << 18
_QUICKACK = getattr(socket, "TCP_QUICKACK", None)


class Connection:
    """One association's socket; not shared between threads."""

    def __init__(self, stream: socket.socket, *, timeout_s: float) -> None:
        self._socket = stream
        self._buffer = bytearray(MAX_PDU_BYTES + pdus.HEADER_BYTES)
        self._view = memoryview(self._buffer)
        stream.settimeout(timeout_s)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, pdu: Pdu) -> None:
        """Send a PDU that is not P-DATA."""
        self._socket.sendall(pdus.encode(pdu))

    def send_message(
        self, context_id: int, command: bytes, dataset: bytes | memoryview | None, max_pdu_bytes: int
    ) -> None:
        """Send a command set and its data set in as many PDUs as the peer's limit asks for, in one call if small."""
        limit = min(max_pdu_bytes or MAX_PDU_BYTES, MAX_PDU_BYTES) - 6
        head = self._pdu(context_id, command, is_command=True, is_last=True)
        if dataset is None:
            self._socket.sendall(head)
            return
        view = memoryview(dataset)
        for start in range(0, max(1, len(view)), limit):
            part = view[start : start + limit]
            is_last = start + limit >= len(view)
            header = pdus.pdv_header(context_id, len(part), is_command=False, is_last=is_last)
            self._send_all([head + header, part])
            head = b""

    @staticmethod
    def _pdu(context_id: int, data: bytes, *, is_command: bool, is_last: bool) -> bytes:
        return pdus.pdv_header(context_id, len(data), is_command=is_command, is_last=is_last) + data

    def _send_all(self, parts: list[bytes | memoryview]) -> None:
        """Send several buffers as one, without joining them."""
        total = sum(len(part) for part in parts)
        sent = self._socket.sendmsg(parts)
        if sent < total:
            self._socket.sendall(b"".join(parts)[sent:])

    def receive(self, max_bytes: int = MAX_PDU_BYTES) -> Pdu | memoryview | None:
        """Return the next PDU, the body of P-DATA as a view that is valid until the next call, None at the end.

        Raises `ProtocolError` for a PDU that is malformed or larger than `max_bytes`.
        """
        if not self._fill(0, pdus.HEADER_BYTES):
            return None
        kind, _, length = unpack(">BBL", self._view[: pdus.HEADER_BYTES])
        limit = max_bytes if kind == pdus.P_DATA else min(max_bytes, pdus.MAX_ASSOCIATE_BYTES)
        if length > limit or kind not in range(1, 8):
            raise ProtocolError(
                "A PDU is larger than agreed, or of no known type.", field="PDU", found=f"type {kind}, {length} bytes"
            )
        if not self._fill(pdus.HEADER_BYTES, length):
            return None
        body = self._view[pdus.HEADER_BYTES : pdus.HEADER_BYTES + length]
        return body if kind == pdus.P_DATA else pdus.decode(kind, bytes(body))

    def _fill(self, start: int, length: int) -> bool:
        end = start + length
        while start < end:
            if _QUICKACK is not None:
                self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
            count = self._socket.recv_into(self._view[start:end])
            if count == 0:
                return False
            start += count
        return True

    def messages(self) -> Iterator[tuple[int, bytes | None, memoryview, bool]]:
        """Yield context ID, the complete command set when one ends (else None), data set bytes, and whether they end.

        Ends when the peer releases (and is answered), aborts or goes away.
        """
        command = bytearray()
        while True:
            pdu = self.receive()
            if pdu is None or isinstance(pdu, Abort):
                return
            if isinstance(pdu, ReleaseRequest):
                self.send(ReleaseResponse())
                return
            if not isinstance(pdu, memoryview):
                raise ProtocolError(
                    "A PDU came at the wrong time.", field="PDU", found=type(pdu).__name__, expected="P-DATA-TF"
                )
            for context_id, control, data in pdus.pdvs(pdu):
                is_last = bool(control & 2)
                if not control & 1:
                    yield context_id, None, data, is_last
                    continue
                command += data
                if len(command) > pdus.MAX_ASSOCIATE_BYTES:
                    raise ProtocolError("A command set is too large.", field="command set", found=len(command))
                if is_last:
                    complete = bytes(command)
                    command.clear()
                    yield context_id, complete, data[:0], False

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def quietly(action: Callable[[], None]) -> None:
    """Do something to a peer that may be gone already."""
    try:
        action()
    except OSError:
        return
