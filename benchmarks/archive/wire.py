"""DICOM clients that cost next to nothing: what they send is encoded beforehand, what they receive is not looked at.

Every association is a process of its own, so that no client is the bound.
"""

from __future__ import annotations

import multiprocessing as mp
import socket
import threading
import time
from collections.abc import Callable
from struct import unpack, unpack_from
from typing import Any

from isocenter.dicom.identifier import encode_identifier
from isocenter.protocols.dimse import commands
from isocenter.protocols.upper_layer import pdus
from isocenter.protocols.upper_layer.user_information import UserInformation

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"
FIND, GET, MOVE = (f"1.2.840.10008.5.1.4.1.2.2.{number}" for number in (1, 3, 2))
_QUERIES = (FIND, GET, MOVE)
MAX_PDU = 1 << 17
_QUICKACK = getattr(socket, "TCP_QUICKACK", 12)


class Wire:
    """One association on the asking side."""

    def __init__(
        self, port: int, title: str, *contexts: tuple[int, str], roles: dict[str, tuple[bool, bool]] | None = None
    ):
        self.socket = socket.create_connection(("127.0.0.1", port), 60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        proposed = tuple(
            pdus.ProposedContext(number, name, (EXPLICIT,) if name not in _QUERIES else (EXPLICIT, IMPLICIT))
            for number, name in contexts
        )
        user = UserInformation(MAX_PDU, "1.2.3", "BENCH", roles or {})
        self.socket.sendall(pdus.encode(pdus.AssociateRequest(title, "BENCH", proposed, user)))
        kind, body = self.receive()
        if kind != pdus.ASSOCIATE_AC:
            raise RuntimeError("the association was refused")
        accepted = pdus.decode(kind, bytes(body))
        assert isinstance(accepted, pdus.AssociateAccept)
        self.syntaxes = {
            context.context_id: context.transfer_syntax for context in accepted.contexts if not context.result
        }
        self.limit = min(accepted.user.max_pdu_bytes or MAX_PDU, MAX_PDU) - 6
        self._buffer = bytearray()

    def receive(self) -> tuple[int, bytearray]:
        """Return kind and body of the next PDU."""
        head = self._exactly(6)
        kind, _, length = unpack(">BBL", head)
        return kind, self._exactly(length)

    def _exactly(self, length: int) -> bytearray:
        data = bytearray(length)
        view, done = memoryview(data), 0
        while done < length:
            self.socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
            count = self.socket.recv_into(view[done:])
            if not count:
                raise ConnectionError("the server went away")
            done += count
        return data

    def message(self, context: int, command: dict[str, Any], dataset: bytes | None = None) -> list[bytes]:
        """Return a message as the buffers to send."""
        encoded = commands.encode(command)
        parts = [pdus.pdv_header(context, len(encoded), is_command=True, is_last=True), encoded]
        for start in range(0, len(dataset or b""), self.limit):
            piece = (dataset or b"")[start : start + self.limit]
            is_last = start + self.limit >= len(dataset or b"")
            parts += [pdus.pdv_header(context, len(piece), is_command=False, is_last=is_last), piece]
        return parts

    def send(self, parts: list[bytes]) -> None:
        """Send buffers in as few calls as can be."""
        waiting = [memoryview(part) for part in parts]
        while waiting:
            sent = self.socket.sendmsg(waiting[:512])
            while waiting and sent >= len(waiting[0]):
                sent -= len(waiting.pop(0))
            if waiting:
                waiting[0] = waiting[0][sent:]

    def answer(self, on_store: Callable[[int, dict[str, Any]], None] | None = None) -> tuple[dict[str, Any], int]:
        """Return the next response that is not C-STORE, and how many bytes of data sets came before it."""
        n_bytes, command = 0, bytearray()
        stored: tuple[int, dict[str, Any]] | None = None
        while True:
            kind, body = self.receive()
            if kind != pdus.P_DATA:
                raise RuntimeError(f"PDU {kind} where data was due")
            position = 0
            while position < len(body):
                length, context, control = unpack_from(">LBB", body, position)
                if control & 1:
                    command += body[position + 6 : position + 4 + length]
                    if control & 2:
                        decoded = commands.decode(bytes(command))
                        command.clear()
                        if decoded["CommandField"] == commands.C_STORE_RQ:
                            stored = context, decoded
                        elif decoded["CommandDataSetType"] == commands.NO_DATASET:
                            return decoded, n_bytes
                        else:
                            pending = decoded
                            stored = None
                else:
                    n_bytes += length - 2
                    if control & 2 and stored is not None and on_store is not None:
                        on_store(*stored)
                        stored = None
                    elif control & 2:
                        return pending, n_bytes
                position += 4 + length

    def acknowledge(self, context: int, request: dict[str, Any]) -> None:
        """Say that an instance was stored."""
        self.send(self.message(context, commands.response(request, commands.C_STORE_RSP, 0)))

    def release(self) -> None:
        """End the association."""
        self.socket.sendall(pdus.encode(pdus.ReleaseRequest()))
        self.receive()
        self.socket.close()


def _store(port: int, title: str, class_uid: str, items: list[tuple[str, bytes]], results: Any, start: Any) -> None:
    wire = Wire(port, title, (1, class_uid))
    messages = []
    for number, (uid, dataset) in enumerate(items):
        command = {
            "AffectedSOPClassUID": class_uid,
            "CommandField": commands.C_STORE_RQ,
            "MessageID": number % 1000 + 1,
            "Priority": 0,
            "CommandDataSetType": 0,
            "AffectedSOPInstanceUID": uid,
        }
        messages.append(wire.message(1, command, dataset))
    results.put("ready")
    start.wait()
    latencies_s = []
    for message in messages:
        began = time.perf_counter()
        wire.send(message)
        answer, _ = wire.answer()
        latencies_s.append(time.perf_counter() - began)
        if answer["Status"]:
            raise RuntimeError(f"status {answer['Status']:04X}")
    results.put(latencies_s)
    wire.release()


def store(port: int, title: str, class_uid: str, batches: list[list[tuple[str, bytes]]]) -> tuple[float, list[float]]:
    """Store each batch on an association of its own, all at once; return the time it took and every latency."""
    results: Any = mp.Queue()
    start = mp.Event()
    workers = [
        mp.Process(target=_store, args=(port, title, class_uid, batch, results, start), daemon=True)
        for batch in batches
    ]
    for worker in workers:
        worker.start()
    for _ in workers:
        results.get(timeout=120)
    began = time.perf_counter()
    start.set()
    latencies_s = [latency for _ in workers for latency in results.get(timeout=300)]
    return time.perf_counter() - began, latencies_s


def query(wire: Wire, keys: dict[str, str]) -> list[bytes]:
    """Return the message of a C-FIND on study level."""
    identifier = encode_identifier({"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": "", **keys}, wire.syntaxes[1])
    return wire.message(1, _request(FIND, commands.C_FIND_RQ), identifier)


def find(wire: Wire, asked: list[bytes]) -> int:
    """Return how many matches a C-FIND has."""
    wire.send(asked)
    n_matches = 0
    while True:
        answer, _ = wire.answer()
        if answer["Status"] not in (0xFF00, 0xFF01):
            return n_matches
        n_matches += 1


def get(port: int, title: str, study_uid: str) -> tuple[float, int]:
    """Return the time a C-GET of a study takes, and how many bytes came."""
    wire = Wire(port, title, (1, GET), (3, CT), roles={CT: (False, True)})
    identifier = encode_identifier({"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": study_uid}, wire.syntaxes[1])
    began = time.perf_counter()
    wire.send(wire.message(1, _request(GET, commands.C_GET_RQ), identifier))
    n_bytes = 0
    while True:
        answer, count = wire.answer(wire.acknowledge)
        n_bytes += count
        if answer["Status"] != 0xFF00:
            took_s = time.perf_counter() - began
            wire.release()
            if answer["Status"]:
                raise RuntimeError(f"C-GET ended with {answer['Status']:04X}")
            return took_s, n_bytes


def move(port: int, title: str, study_uid: str) -> float:
    """Return the time a C-MOVE of a study to the sink takes."""
    wire = Wire(port, title, (1, MOVE))
    identifier = encode_identifier({"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": study_uid}, wire.syntaxes[1])
    began = time.perf_counter()
    wire.send(wire.message(1, {**_request(MOVE, commands.C_MOVE_RQ), "MoveDestination": "SINK"}, identifier))
    while True:
        answer, _ = wire.answer()
        if answer["Status"] != 0xFF00:
            took_s = time.perf_counter() - began
            wire.release()
            if answer["Status"]:
                raise RuntimeError(f"C-MOVE ended with {answer['Status']:04X}")
            return took_s


def _request(class_uid: str, field: int) -> dict[str, Any]:
    return {
        "AffectedSOPClassUID": class_uid,
        "CommandField": field,
        "MessageID": 1,
        "Priority": 0,
        "CommandDataSetType": 0,
    }


class Sink:
    """Where C-MOVE sends to: takes everything, keeps nothing; a process of its own."""

    def __init__(self, port: int) -> None:
        ready = mp.Event()
        self._process = mp.Process(target=_serve_sink, args=(port, ready), daemon=True)
        self._process.start()
        ready.wait(20)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.join(10)


def _serve_sink(port: int, ready: Any) -> None:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen(16)
    ready.set()
    while True:
        stream, _ = listening.accept()
        threading.Thread(target=_sink_one, args=(stream,), daemon=True).start()


def _sink_one(stream: socket.socket) -> None:
    wire = Wire.__new__(Wire)
    wire.socket = stream
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    kind, body = wire.receive()
    request = pdus.decode(kind, bytes(body))
    assert isinstance(request, pdus.AssociateRequest)
    wire.limit = (request.user.max_pdu_bytes or MAX_PDU) - 6
    answered = tuple(
        pdus.AnsweredContext(
            context.context_id,
            0,
            EXPLICIT if EXPLICIT in context.transfer_syntaxes else context.transfer_syntaxes[0],
        )
        for context in request.contexts
    )
    accept = pdus.AssociateAccept("SINK", request.calling_ae_title, answered, UserInformation(MAX_PDU, "1.2.3", "SINK"))
    stream.sendall(pdus.encode(accept))
    try:
        wire.answer(wire.acknowledge)
    except RuntimeError:
        stream.sendall(pdus.encode(pdus.ReleaseResponse()))
    stream.close()
