"""The listening DICOM node: one thread for every association, a bound on their number."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass

from isocenter.archive.archive import Archive
from isocenter.core.errors import ProtocolError
from isocenter.protocols.dimse import commands, statuses
from isocenter.protocols.upper_layer.pdus import Abort, AssociateReject, AssociateRequest
from isocenter.server.dimse import services
from isocenter.server.dimse.connection import Connection, quietly
from isocenter.server.dimse.negotiation import answer, service_of
from isocenter.server.dimse.services import Context, StoreInProgress

log = logging.getLogger(__name__)

IDLE_TIMEOUT_S = 60.0
REQUEST_TIMEOUT_S = 10.0
MAX_ASSOCIATIONS = 64
MAX_IDENTIFIER_BYTES = 1 << 20


@dataclass(frozen=True)
class DimseEvent:
    """What an association did, for the audit trail: counts and UIDs, nothing about the patient."""

    action: str
    calling_ae_title: str
    address: str
    count: int = 1
    failed: int = 0


OnEvent = Callable[[DimseEvent], None]


class DimseListener:
    """C-ECHO, C-STORE and C-FIND for an archive.

    Parameters
    ----------
    allow
        AE titles that may call; empty lets in any, which is meant for loopback only.
    on_event
        Called once for every association and query that ended.
    """

    def __init__(
        self,
        archive: Archive,
        *,
        host: str = "127.0.0.1",
        port: int = 11112,
        ae_title: str = "ISOCENTER",
        allow: tuple[str, ...] = (),
        on_event: OnEvent | None = None,
        idle_timeout_s: float = IDLE_TIMEOUT_S,
    ) -> None:
        self._archive = archive
        self._address = (host, port)
        self._ae_title = ae_title
        self._allow = allow
        self._on_event = on_event
        self._idle_timeout_s = idle_timeout_s
        self._socket: socket.socket | None = None
        self._open: dict[threading.Thread, socket.socket] = {}
        self._lock = threading.Lock()

    @property
    def port(self) -> int:
        """The port that is listened on, also where 0 asked for any."""
        if self._socket is None:
            return self._address[1]
        return int(self._socket.getsockname()[1])

    def start(self) -> None:
        """Listen; raises `OSError` if the port is taken."""
        family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(self._address)
        except OSError:
            listening.close()
            raise
        listening.listen(128)
        self._socket = listening
        threading.Thread(target=self._accept, args=(listening,), name="dimse", daemon=True).start()

    def stop(self) -> None:
        """Stop listening, end the associations and wait for them."""
        if self._socket is not None:
            quietly(lambda: self._shut(self._socket))
            self._socket.close()
            self._socket = None
        with self._lock:
            threads = dict(self._open)
        for stream in threads.values():
            quietly(lambda stream=stream: self._shut(stream))  # type: ignore[misc] # bound now, not later
        for thread in threads:
            thread.join(5)

    @staticmethod
    def _shut(stream: socket.socket | None) -> None:
        if stream is not None:
            stream.shutdown(socket.SHUT_RDWR)

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                stream, (address, *_) = listening.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(stream, str(address)), name="association", daemon=True)
            with self._lock:
                is_full = len(self._open) >= MAX_ASSOCIATIONS
                if not is_full:
                    self._open[thread] = stream
            if is_full:
                # Local limit exceeded (PS3.8 table 9-21), without waiting for what the peer wants to say.
                quietly(lambda stream=stream: Connection(stream, timeout_s=1).send(AssociateReject(2, 3, 2)))  # type: ignore[misc] # bound now
                stream.close()
            else:
                thread.start()

    def _serve(self, stream: socket.socket, address: str) -> None:
        connection = Connection(stream, timeout_s=REQUEST_TIMEOUT_S)
        try:
            self._associate(connection, stream, address)
        except (TimeoutError, ConnectionError) as error:
            log.info("association from %s ended: %s", address, type(error).__name__)
            quietly(lambda: connection.send(Abort(2, 0)))
        except ProtocolError as error:
            log.warning("association from %s aborted: %s", address, error.message)
            quietly(lambda: connection.send(Abort(2, 6)))
        except Exception:
            log.exception("association from %s failed", address)
            quietly(lambda: connection.send(Abort(2, 0)))
        finally:
            connection.close()
            with self._lock:
                self._open.pop(threading.current_thread(), None)

    def _associate(self, connection: Connection, stream: socket.socket, address: str) -> None:
        request = connection.receive()
        if request is None:
            return
        if not isinstance(request, AssociateRequest):
            raise ProtocolError("An association begins with a request.", field="PDU", found=type(request).__name__)
        reply = answer(request, self._ae_title, self._allow)
        connection.send(reply)
        if isinstance(reply, AssociateReject):
            self._tell(DimseEvent("reject-association", request.calling_ae_title, address, failed=1))
            return
        stream.settimeout(self._idle_timeout_s)
        proposed = {context.context_id: context.abstract_syntax for context in request.contexts}
        contexts = {
            context.context_id: Context(
                context.context_id,
                proposed[context.context_id],
                context.transfer_syntax,
                request.calling_ae_title,
                self._ae_title,
                address,
            )
            for context in reply.contexts
            if context.result == 0
        }
        _Association(connection, self._archive, contexts, request.user.max_pdu_bytes, self._tell).run()

    def _tell(self, event: DimseEvent) -> None:
        if self._on_event is not None:
            self._on_event(event)


class _Association:
    """The messages of one accepted association."""

    def __init__(
        self,
        connection: Connection,
        archive: Archive,
        contexts: dict[int, Context],
        max_pdu_bytes: int,
        tell: OnEvent,
    ) -> None:
        self._connection = connection
        self._archive = archive
        self._contexts = contexts
        self._max_pdu_bytes = max_pdu_bytes
        self._tell = tell
        self._store: StoreInProgress | None = None
        self._request: dict[str, str | int] = {}
        self._identifier = bytearray()
        self._n_stored = self._n_failed = 0

    def run(self) -> None:
        """Answer messages until the peer releases or goes; what was not complete is forgotten."""
        context: Context | None = None
        try:
            for context_id, command, data, is_last in self._connection.messages():
                context = self._contexts.get(context_id)
                if context is None:
                    raise ProtocolError("A message came on no accepted context.", field="context ID", found=context_id)
                if command is not None:
                    self._begin(context, commands.decode(command))
                else:
                    self._continue(context, data, is_last)
        finally:
            if self._store is not None:
                self._store.abort()
            if context is not None and (self._n_stored or self._n_failed):
                self._tell(
                    DimseEvent("store", context.calling_ae_title, context.address, self._n_stored, self._n_failed)
                )

    def _begin(self, context: Context, request: dict[str, str | int]) -> None:
        if self._request:
            if request.get("CommandField") == commands.C_CANCEL_RQ:
                return
            raise ProtocolError("A message came before the last one ended.", field="CommandField")
        field, service = commands.integer(request, "CommandField"), service_of(context.abstract_syntax)
        if field == commands.C_ECHO_RQ and service == "echo":
            self._reply(context, services.echo(request))
        elif field == commands.C_STORE_RQ and service == "store":
            self._store, self._request = StoreInProgress(self._archive, context, request), request
        elif field == commands.C_FIND_RQ and service == "find":
            self._identifier.clear()
            self._request = request
        elif field != commands.C_CANCEL_RQ:
            self._refuse(context, request, field)

    def _refuse(self, context: Context, request: dict[str, str | int], field: int) -> None:
        if request.get("CommandDataSetType") != commands.NO_DATASET:
            raise ProtocolError(
                "This operation is not offered on this context.", field="CommandField", found=f"{field:04X}H"
            )
        self._reply(context, commands.response(request, field | 0x8000, statuses.NO_SUCH_CLASS))

    def _continue(self, context: Context, data: memoryview, is_last: bool) -> None:
        if not self._request:
            raise ProtocolError("A data set came without a command.", field="P-DATA-TF")
        if self._store is not None:
            self._store.write(data)
            if is_last:
                self._finish_store(context)
            return
        self._identifier += data
        if len(self._identifier) > MAX_IDENTIFIER_BYTES:
            raise ProtocolError("The identifier is too large.", field="identifier", found=len(self._identifier))
        if is_last:
            request, self._request = self._request, {}
            self._answer_find(context, request)

    def _finish_store(self, context: Context) -> None:
        store, self._store, self._request = self._store, None, {}
        if store is None:
            return
        reply = store.finish()
        if store.failure is None:
            self._n_stored += 1
        else:
            self._n_failed += 1
            log.warning(
                "C-STORE of %s from %s: %s", store.instance_uid, context.calling_ae_title, store.failure.message
            )
        self._reply(context, reply)

    def _answer_find(self, context: Context, request: dict[str, str | int]) -> None:
        count = -1
        for reply, identifier in services.find(self._archive, context, request, bytes(self._identifier)):
            count += 1
            self._reply(context, reply, identifier)
        self._tell(DimseEvent("query", context.calling_ae_title, context.address, count))

    def _reply(self, context: Context, reply: dict[str, str | int], dataset: bytes | None = None) -> None:
        self._connection.send_message(context.context_id, commands.encode(reply), dataset, self._max_pdu_bytes)
