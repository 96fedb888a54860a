"""A listening node, and a peer that says exactly what a test wants it to say."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from isocenter.archive.archive import Archive
from isocenter.archive.query import Query
from isocenter.dicom.example_files import example_files
from isocenter.protocols.dimse import commands
from isocenter.protocols.upper_layer import pdus
from isocenter.protocols.upper_layer.user_information import UserInformation
from isocenter.server.dimse.events import DimseEvent
from isocenter.server.dimse.listener import DimseListener
from isocenter.server.dimse.peer import Peer

VERIFICATION, CT_STORAGE = "1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.1.2"
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"


@dataclass
class Serving:
    """A listening node, its archive and what it told."""

    archive: Archive
    listener: DimseListener
    peer: Peer
    events: list[DimseEvent] = field(default_factory=list)

    def kept(self) -> dict[str, bytes]:
        """Return the data set of every instance by its UID."""
        rows = list(self.archive.find(Query("IMAGE")))
        found = [self.archive.instances(r["StudyInstanceUID"], None, r["SOPInstanceUID"])[0] for r in rows]
        return {instance.instance_uid: after_meta(bytes(self.archive.original(instance))) for instance in found}


class Wire:
    """A peer made of bytes."""

    def __init__(self, port: int) -> None:
        self.stream = socket.create_connection(("127.0.0.1", port), timeout=60)

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.stream.sendall(data)

    def associate(
        self, *contexts: tuple[int, str, tuple[str, ...]], called: str = "ISOCENTER", calling: str = "WIRE"
    ) -> pdus.Pdu | None:
        """Ask for an association (verification if no context is given) and return the answer."""
        wanted = contexts or ((1, VERIFICATION, (IMPLICIT,)),)
        proposed = tuple(pdus.ProposedContext(*context) for context in wanted)
        self.send(pdus.encode(pdus.AssociateRequest(called, calling, proposed, UserInformation(0, "1.2.3", "WIRE"))))
        return self.pdu()

    def pdu(self) -> pdus.Pdu | None:
        """Return the next PDU that is not data, None at the end."""
        kind, body = self.framed()
        return None if kind == 0 else pdus.decode(kind, body)

    def framed(self) -> tuple[int, bytes]:
        """Return type and body of the next PDU, type 0 at the end."""
        head = self._exactly(6)
        if len(head) < 6:
            return 0, b""
        return head[0], self._exactly(struct.unpack(">L", head[2:])[0])

    def _exactly(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            try:
                part = self.stream.recv(count - len(found))
            except ConnectionResetError:
                return b""
            if not part:
                return found
            found += part
        return found

    def command(self, context_id: int, dataset: bytes | None = None, *, fragment: int = 0, **values: Any) -> None:
        """Send a command set and its data set, in fragments of so many bytes if that is not 0."""
        kind = commands.NO_DATASET if dataset is None else commands.WITH_DATASET
        encoded = commands.encode({"MessageID": 1, "CommandDataSetType": kind, **values})
        self.data(context_id, encoded, is_command=True, fragment=fragment)
        if dataset is not None:
            self.data(context_id, dataset, is_command=False, fragment=fragment)

    def data(self, context_id: int, data: bytes, *, is_command: bool, fragment: int = 0, is_all: bool = True) -> None:
        """Send one command or data set as P-DATA."""
        size = fragment or max(1, len(data))
        for start in range(0, max(1, len(data)), size):
            part = data[start : start + size]
            is_last = is_all and start + size >= len(data)
            self.send(pdus.pdv_header(context_id, len(part), is_command=is_command, is_last=is_last) + part)

    def response(self) -> dict[str, str | int]:
        """Return the next command set that arrives in one fragment; its data set, if any, is passed over."""
        while True:
            kind, body = self.framed()
            assert kind == pdus.P_DATA, f"PDU type {kind} instead of a response"
            for _, control, data in pdus.pdvs(memoryview(body)):
                if control & 1:
                    return commands.decode(data)

    def store(
        self, context_id: int, class_uid: str, instance_uid: str, dataset: bytes | None, fragment: int = 0
    ) -> int:
        """Send C-STORE and return the status."""
        self.command(
            context_id, dataset, fragment=fragment, CommandField=commands.C_STORE_RQ, Priority=0,
            AffectedSOPClassUID=class_uid, AffectedSOPInstanceUID=instance_uid,
        )  # fmt: skip
        return commands.integer(self.response(), "Status")


def after_meta(content: bytes) -> bytes:
    """Return the data set of a DICOM file (PS3.10 sec. 7.1: the group length counts the rest of the meta group)."""
    return content[144 + struct.unpack("<L", content[140:144])[0] :]


@pytest.fixture
def dataset_of() -> Callable[[Path], bytes]:
    """Return the function that gives the data set of a file."""
    return lambda path: after_meta(path.read_bytes())


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Serving]]:
    """Return a function that starts a node with these options and, if given, this archive."""
    with ExitStack() as stack:

        def start(archive: Any = None, **options: Any) -> Serving:
            if archive is None:
                archive = Archive.open(tmp_path / "archive", durable=False)
                stack.callback(archive.close)
            events: list[DimseEvent] = []
            listener = DimseListener(archive, port=0, on_event=events.append, **options)
            listener.start()
            stack.callback(listener.stop)
            return Serving(archive, listener, Peer("ISOCENTER", "127.0.0.1", listener.port), events)

        yield start


@pytest.fixture
def dial() -> Iterator[Callable[[Serving], Wire]]:
    """Return a function that connects a peer made of bytes."""
    with ExitStack() as stack:

        def connect(serving: Serving) -> Wire:
            wire = Wire(serving.peer.port)
            stack.callback(wire.stream.close)
            return wire

        yield connect


@pytest.fixture
def ct() -> Path:
    """Return a real CT slice (explicit little endian)."""
    return next(path for path in example_files() if path.name == "CT_small.dcm")


@pytest.fixture
def copies(ct: Path, tmp_path: Path) -> Callable[[int], list[Path]]:
    """Return a function that writes copies of the CT slice, each an instance of its own."""
    content = ct.read_bytes()
    uid = content[content.index(b"\x08\x00\x18\x00UI") + 8 :]
    old = uid[: struct.unpack("<H", content[content.index(b"\x08\x00\x18\x00UI") + 6 :][:2])[0]]

    def write(count: int) -> list[Path]:
        folder = tmp_path / "copies"
        folder.mkdir(exist_ok=True)
        paths = []
        for number in range(count):
            new = b"1.2.3.4.%d" % (10**6 + number)
            path = folder / f"{number:04}.dcm"
            path.write_bytes(content.replace(old, new.ljust(len(old), b"\0")))
            paths.append(path)
        return paths

    return write
