"""Run a department: its web server and its DICOM listener, started together and stopped together."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from time import monotonic, sleep

import uvicorn

from isocenter.core.errors import ConflictError, ProtocolError
from isocenter.server.department import Department
from isocenter.server.dimse.commitment import Commitments
from isocenter.server.dimse.listener import DimseListener
from isocenter.server.dimse.tls import listener_context
from isocenter.server.dimse_audit import dimse_audit
from isocenter.server.memory import keep_freed_memory
from isocenter.server.modality_services import ModalityServices
from isocenter.server.routing.courier import Terms
from isocenter.server.routing.queue import OUTBOX
from isocenter.server.routing.router import Router
from isocenter.server.routing.rules_file import load_rules
from isocenter.server.settings import Settings
from isocenter.server.web.app import create_app
from isocenter.server.web.lent_body import LendingProtocol

START_PATIENCE_S = 30.0
_GRACE_S = 3


@dataclass(frozen=True)
class Doors:
    """Where a running department can be reached."""

    address: str
    dicom_port: int
    dicom_tls_port: int | None = None


@contextmanager
def running(department: Department) -> Iterator[Doors]:
    """Yield the web address and the DICOM port while both servers listen; port 0 takes any that is free.

    Raises
    ------
    ConflictError
        If a port is taken.
    NotFoundError, FileFormatError, DataError
        If the rules of routing or the worklist folder cannot be read, or a rule is not sound.
    """
    settings = department.settings
    keep_freed_memory()
    with ExitStack() as stack:
        web_socket = _bound(settings.host, settings.web_port, "web port", "--port")
        stack.callback(web_socket.close)
        modality = ModalityServices.open(department)
        stack.callback(modality.close)
        router = _router(department)
        if router is not None:
            stack.callback(router.close)
            router.start()
        commitments = _commitments(department)
        stack.callback(commitments.close)
        secure = _secure_listener(department, commitments, modality)
        if secure is not None:
            _start_listener(secure, settings.dicom_tls_port or 0, "--dicom-tls-port")
            stack.callback(secure.stop)
        listener = _listener(department, settings.dicom_port, commitments, modality, None)
        _start_listener(listener, settings.dicom_port, "--dicom-port")
        stack.callback(listener.stop)
        stack.enter_context(_web_server(department, web_socket))
        department.compressing.start()
        department.fixity.start()
        yield Doors(_address(settings, web_socket), listener.port, None if secure is None else secure.port)


@contextmanager
def _web_server(department: Department, web_socket: socket.socket) -> Iterator[None]:
    """Serve the web on a socket meanwhile."""
    server = uvicorn.Server(_configuration(department))
    thread = threading.Thread(target=server.run, args=([web_socket],), name="web", daemon=True)
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield
    finally:
        server.should_exit = True
        thread.join(_GRACE_S + 2)


def _commitments(department: Department) -> Commitments:
    settings = department.settings
    return Commitments(
        settings.data_dir / "commitments",
        department.archive,
        {node.ae_title: node for node in settings.nodes},
        own_ae_title=settings.ae_title,
    )


def _router(department: Department) -> Router | None:
    """Return what sends arriving instances on, if there are rules."""
    settings = department.settings
    if settings.routes is None:
        return None
    return Router(
        department.archive,
        settings.data_dir / OUTBOX,
        load_rules(settings.routes),
        Terms(settings.ae_title),
        dimse_audit(department.audit),
    )


def _configuration(department: Department) -> uvicorn.Config:
    settings = department.settings
    return uvicorn.Config(
        create_app(department),
        http=LendingProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=None if settings.tls_key is None else str(settings.tls_key),
    )


def _listener(
    department: Department,
    port: int,
    commitments: Commitments,
    modality: ModalityServices,
    tls: ssl.SSLContext | None,
) -> DimseListener:
    settings = department.settings
    notifier = modality.notifier
    return DimseListener(
        department.archive,
        host=settings.host,
        port=port,
        ae_title=settings.ae_title,
        allow=settings.allowed_ae_titles,
        nodes=settings.nodes,
        on_event=dimse_audit(department.audit),
        tls=tls,
        commitments=commitments,
        worklist=modality.worklist,
        procedure_steps=modality.steps,
        on_step_final=None if notifier is None else notifier.step_final,
    )


def _secure_listener(
    department: Department, commitments: Commitments, modality: ModalityServices
) -> DimseListener | None:
    """Return the listener that speaks TLS, if one is wanted."""
    settings = department.settings
    if settings.dicom_tls_port is None or settings.tls_certificate is None or settings.tls_key is None:
        return None
    tls = listener_context(settings.tls_certificate, settings.tls_key, peers_ca=settings.dicom_tls_peers_ca)
    return _listener(department, settings.dicom_tls_port, commitments, modality, tls)


def _start_listener(listener: DimseListener, port: int, option: str) -> None:
    try:
        listener.start()
    except OSError as error:
        raise _taken(port, "DICOM port", option, error) from None


def _bound(host: str, port: int, what: str, option: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise _taken(port, what, option, error) from None
    return bound


def _taken(port: int, what: str, option: str, error: OSError) -> ConflictError:
    return ConflictError(
        f"The {what} cannot be opened.",
        field=what,
        found=f"{port}: {error.strerror}",
        expected="a free port",
        remedy=f"Stop the other program, or choose another port with {option}.",
    )


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = monotonic() + START_PATIENCE_S
    while not server.started:
        if not thread.is_alive() or monotonic() > deadline:
            raise ProtocolError("The web server did not start.", remedy="Its log above says why.")
        sleep(0.01)


def _address(settings: Settings, bound: socket.socket) -> str:
    scheme = "https" if settings.tls_certificate else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{scheme}://{host}:{bound.getsockname()[1]}"
