"""The listening DICOM node: one thread for every association, a bound on their number."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import sleep

from isocenter.archive.archive import Archive
from isocenter.core.errors import OptionError, ProtocolError
from isocenter.protocols.upper_layer.pdus import AssociateAccept, AssociateReject, AssociateRequest
from isocenter.server.dimse.allow_list import AllowList, is_loopback
from isocenter.server.dimse.association import Association
from isocenter.server.dimse.commitment import Commitments
from isocenter.server.dimse.connection import Connection, quietly
from isocenter.server.dimse.events import DimseEvent, OnEvent
from isocenter.server.dimse.negotiation import answer
from isocenter.server.dimse.operation import Context
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.procedure_steps import OnFinal, ProcedureSteps, StepOperations
from isocenter.server.dimse.services import OnAvailability, Services
from isocenter.server.dimse.worklist import WorklistSource

log = logging.getLogger(__name__)

IDLE_TIMEOUT_S = 60.0
REQUEST_TIMEOUT_S = 10.0
MAX_ASSOCIATIONS = 64
MAX_ASSOCIATIONS_OF_ONE = 16
_REFUSALS_AT_ONCE = 16


class DimseListener:
    """All services of a node: storage, query and retrieval for an archive, and what is given besides.

    Parameters
    ----------
    allow
        Who may call: ``AET`` or ``AET@address``; empty lets in any and is for loopback only.
    nodes
        Where C-MOVE may send to, by AE title.
    on_event
        Called once for every association that stored, for every query, refusal and abort.
    idle_timeout_s
        How long an association may be silent before it is aborted.
    request_timeout_s
        How long a connection may take to ask for an association: the ARTIM timer of PS3.8.
    commitments
        Delivers results of storage commitment to known nodes; others get them on their own association.
    max_associations_of_one
        How many associations one AE title at one address may have.
    worklist
        What is to be done next; without it the worklist service is refused.
    procedure_steps
        What keeps performed procedure steps; without it their service is refused.
    on_step_final
        Hears UID and data set of every step that is completed or discontinued.
    on_availability
        Hears AE title and data set of every instance availability notification.
    tls
        What associations are encrypted with (see `isocenter.server.dimse.tls`); None leaves them open.

    Raises
    ------
    OptionError
        If `host` can be reached from elsewhere and `allow` is empty, or an entry of it is malformed.
    """

    def __init__(
        self,
        archive: Archive,
        *,
        host: str = "127.0.0.1",
        port: int = 11112,
        ae_title: str = "ISOCENTER",
        allow: tuple[str, ...] = (),
        nodes: Iterable[Peer] = (),
        on_event: OnEvent | None = None,
        idle_timeout_s: float = IDLE_TIMEOUT_S,
        request_timeout_s: float = REQUEST_TIMEOUT_S,
        max_associations: int = MAX_ASSOCIATIONS,
        max_associations_of_one: int = MAX_ASSOCIATIONS_OF_ONE,
        tls: ssl.SSLContext | None = None,
        commitments: Commitments | None = None,
        worklist: WorklistSource | None = None,
        procedure_steps: ProcedureSteps | None = None,
        on_step_final: OnFinal | None = None,
        on_availability: OnAvailability | None = None,
    ) -> None:
        if not allow and not is_loopback(host):
            raise OptionError(
                "Beyond loopback the DICOM port needs to know who may call.",
                field="allow",
                found="nobody",
                expected="at least one AE title",
            )
        self._services = Services(
            archive,
            {node.ae_title: node for node in nodes},
            commitments,
            worklist,
            None if procedure_steps is None else StepOperations(procedure_steps, on_step_final),
            on_availability,
        )
        self._address = (host, port)
        self._ae_title = ae_title
        self._allow = AllowList.parse(allow)
        self._on_event = on_event
        self._idle_timeout_s = idle_timeout_s
        self._request_timeout_s = request_timeout_s
        self._max_associations = max_associations
        self._max_associations_of_one = max_associations_of_one
        self._callers: Counter[tuple[str, str]] = Counter()
        self._tls = tls
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
        listening, self._socket = self._socket, None
        if listening is not None:
            quietly(lambda: listening.shutdown(socket.SHUT_RDWR))
            listening.close()
        with self._lock:
            threads = dict(self._open)
        for stream in threads.values():
            _cut(stream)
        for thread in threads:
            thread.join(5)

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                stream, (address, *_) = listening.accept()
            except OSError:
                if self._socket is not listening:
                    return
                sleep(0.05)  # it went before it was accepted, or this process may open no more sockets
                continue
            with self._lock:
                n_open = len(self._open)
                if n_open >= self._max_associations + _REFUSALS_AT_ONCE:
                    stream.close()
                    continue
                is_full = n_open >= self._max_associations
                thread = threading.Thread(
                    target=self._serve, args=(stream, str(address), is_full), name="association", daemon=True
                )
                self._open[thread] = stream
            thread.start()

    def _serve(self, stream: socket.socket, address: str, is_full: bool) -> None:
        connection = None
        try:
            if self._tls is not None:
                stream.settimeout(self._request_timeout_s)
                stream = self._tls.wrap_socket(stream, server_side=True)
                with self._lock:
                    self._open[threading.current_thread()] = stream
            connection = Connection(stream, timeout_s=self._request_timeout_s, is_requestor=False)
            self._associate(connection, address, is_full)
        except ssl.SSLError as error:
            log.warning("association from %s refused: %s", address, error.reason or type(error).__name__)
            self._tell(DimseEvent("reject-association", "", address, failed=1))
        except OSError as error:  # silence, or gone without a word
            log.info("association from %s ended: %s", address, type(error).__name__)
        except ProtocolError as error:
            log.warning("association from %s aborted: %s", address, error.message)
            self._tell(DimseEvent("abort-association", "", address, failed=1))
        except Exception as error:  # not its message: it may hold what the peer sent
            log.error("association from %s failed: %s", address, type(error).__name__)
        finally:
            if connection is None:
                stream.close()
            else:
                quietly(connection.abort)
                connection.close()
            with self._lock:
                self._open.pop(threading.current_thread(), None)

    def _associate(self, connection: Connection, address: str, is_full: bool) -> None:
        request = connection.receive()
        if not isinstance(request, AssociateRequest):
            return
        with self._counted(request.calling_ae_title, address) as is_within:
            self._answer(connection, request, address, is_full or not is_within)

    @contextmanager
    def _counted(self, calling_ae_title: str, address: str) -> Iterator[bool]:
        """Count an association of a caller while it lasts; yields whether it is one of those it may have."""
        caller = calling_ae_title, address
        with self._lock:
            self._callers[caller] += 1
            is_within = self._callers[caller] <= self._max_associations_of_one
        try:
            yield is_within
        finally:
            with self._lock:
                self._callers[caller] -= 1
                if not self._callers[caller]:
                    del self._callers[caller]

    def _answer(self, connection: Connection, request: AssociateRequest, address: str, is_full: bool) -> None:
        reply: AssociateAccept | AssociateReject
        if is_full:
            reply = AssociateReject(2, 3, 2)  # local limit exceeded: transient, by the provider (PS3.8 table 9-21)
        else:
            reply = answer(request, self._ae_title, self._allow, address, self._services.refused)
        connection.send(reply)
        if isinstance(reply, AssociateReject):
            self._tell(DimseEvent("reject-association", request.calling_ae_title, address, failed=1))
            return
        connection.wait(self._idle_timeout_s)
        contexts = self._contexts(request, reply, address)
        Association(connection, self._services, contexts, request.user.max_pdu_bytes, self._tell).run()

    def _contexts(self, request: AssociateRequest, reply: AssociateAccept, address: str) -> dict[int, Context]:
        abstract_syntaxes = {context.context_id: context.abstract_syntax for context in request.contexts}
        extended = {each.sop_class_uid: each.information for each in reply.user.extended}
        return {
            context.context_id: Context(
                context.context_id,
                abstract_syntaxes[context.context_id],
                context.transfer_syntax,
                request.calling_ae_title,
                self._ae_title,
                address,
                peer_stores=reply.user.roles.get(abstract_syntaxes[context.context_id], (True, False))[1],
                extended=extended.get(abstract_syntaxes[context.context_id], b""),
            )
            for context in reply.contexts
            if context.result == 0
        }

    def _tell(self, event: DimseEvent) -> None:
        if self._on_event is not None:
            self._on_event(event)


def _cut(stream: socket.socket) -> None:
    quietly(lambda: stream.shutdown(socket.SHUT_RDWR))
