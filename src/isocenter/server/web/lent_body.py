"""A large request body that a thread reads straight from the socket, as an event loop cannot: without a copy for every
piece and without a change of threads for each.

The web server hands the socket over when the head of a request has been read, and takes it back when the body has
been. Where that cannot be (TLS, a body without length, too many at once) the body comes as ever.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any, TypeVar

import httptools
from starlette.requests import ClientDisconnect, Request
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from isocenter.server.one_processor import stay_on_one_processor

T = TypeVar("T")

MIN_BYTES = 1 << 18
MAX_LENT = 8
SILENCE_S = 60.0
BLOCK_BYTES = 1 << 20
_PATIENCE_S = 1.0
_AT_ONCE_BYTES = 1 << 18
_LENDER = "isocenter.lender"

_threads = ThreadPoolExecutor(MAX_LENT, thread_name_prefix="upload", initializer=stay_on_one_processor)


class LentBody:
    """What is left of a body on a socket; for one thread at a time."""

    def __init__(self, stream: socket.socket, first: bytes, n_bytes: int, is_stopping: Callable[[], bool]) -> None:
        self._stream = stream
        self._first = first
        self._n_left = n_bytes - len(first)
        self._is_stopping = is_stopping
        stream.settimeout(_PATIENCE_S)

    @property
    def is_complete(self) -> bool:
        """Whether all of it has been read."""
        return self._n_left == 0

    def read_into(self, block: bytearray) -> int:
        """Return how many bytes were put at the beginning of a block, 0 at the end of the body.

        Raises `ClientDisconnect` if the client goes away or falls silent.
        """
        if self._first:
            part, self._first = self._first[: len(block)], self._first[len(block) :]
            block[: len(part)] = part
            return len(part)
        if self._n_left == 0:
            return 0
        count = self._receive(memoryview(block)[: self._n_left])
        self._n_left -= count
        return count

    def _receive(self, place: memoryview) -> int:
        """Wait until a good part has come; the bytes of many small packets are worth one turn."""
        self._stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, min(len(place), _AT_ONCE_BYTES))
        deadline = monotonic() + SILENCE_S
        while True:
            try:
                count = self._stream.recv_into(place)
            except TimeoutError:
                self._stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)  # it may be all that comes for now
                if self._is_stopping() or monotonic() > deadline:
                    raise ClientDisconnect from None
                continue
            except OSError:
                raise ClientDisconnect from None
            if count == 0:
                raise ClientDisconnect
            return count

    def drain(self) -> None:
        """Read over the rest: who still sends would not read the answer."""
        block = bytearray(1 << 16)
        while self.read_into(block):
            pass

    def close(self) -> None:
        """Give up the socket, which stays open at the web server."""
        self._stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
        self._stream.close()


class LendingProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, and a socket to lend."""

    _n_lent = 0

    def on_headers_complete(self) -> None:
        """Let the application find who lends."""
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope[_LENDER] = self
        super().on_headers_complete()

    def lend(self, scope: Any) -> LentBody | None:
        """Return the body of a request that nothing was read of, None if it comes as ever."""
        cycle, stated = self.cycle, dict(scope["headers"]).get(b"content-length", b"")
        stream = self.transport.get_extra_info("socket")
        n_bytes = int(stated) if stated.isdigit() and len(stated) < 16 else 0
        is_fit = cycle.scope is scope and cycle.more_body and not cycle.disconnected and scope["scheme"] == "http"
        if not is_fit or stream is None or n_bytes - len(cycle.body) < MIN_BYTES:
            return None
        if LendingProtocol._n_lent >= MAX_LENT or os.name != "posix":
            return None
        LendingProtocol._n_lent += 1
        self.flow.pause_reading()
        if cycle.waiting_for_100_continue and not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            cycle.waiting_for_100_continue = False
        first, cycle.body = bytes(cycle.body), bytearray()
        was_kept_alive = cycle.keep_alive  # the server takes this away when it stops
        copy = socket.socket(fileno=os.dup(stream.fileno()))
        return LentBody(copy, first, n_bytes, lambda: cycle.keep_alive != was_kept_alive)

    def take_back(self, body: LentBody) -> None:
        """Go on behind a body that was lent."""
        LendingProtocol._n_lent -= 1
        is_complete = body.is_complete
        body.close()
        if self.transport.is_closing():
            return
        self.cycle.more_body = False
        if not is_complete:
            self.cycle.keep_alive = False
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)


async def read_lent(request: Request, read: Callable[[LentBody], T]) -> tuple[T] | None:
    """Have a thread read the body of a request; returns what `read` does, None if the body cannot be lent."""
    lender = request.scope.get(_LENDER)
    body = lender.lend(request.scope) if isinstance(lender, LendingProtocol) else None
    if body is None or not isinstance(lender, LendingProtocol):
        return None

    def work() -> T:
        try:
            return read(body)
        finally:
            body.drain()

    reading = asyncio.get_running_loop().run_in_executor(_threads, work)
    try:
        return (await asyncio.shield(reading),)
    finally:
        await asyncio.wait([reading])
        lender.take_back(body)
