"""An archive whose arrivals are routed, and listeners they are routed to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.uid import generate_uid

from isocenter.archive.archive import Archive, Stored
from isocenter.archive.query import Query
from isocenter.server.dimse.events import DimseEvent
from isocenter.server.dimse.listener import DimseListener
from isocenter.server.dimse.peer import Peer
from isocenter.server.routing.backoff import Backoff
from isocenter.server.routing.courier import Terms
from isocenter.server.routing.queue import OUTBOX, Queue, State
from isocenter.server.routing.router import Router
from isocenter.server.routing.rules_file import load_rules

CT = Path(str(get_testdata_file("CT_small.dcm")))
QUICK = Backoff(first_s=0.1, max_s=0.3, give_up_s=600.0)


@dataclass
class Node:
    """A department without its web server: archive, DICOM port and, if it has rules, its router."""

    folder: Path
    archive: Archive
    listener: DimseListener | None = None
    router: Router | None = None
    events: list[DimseEvent] = field(default_factory=list)

    @property
    def peer(self) -> Peer:
        """How others call it."""
        assert self.listener is not None
        return Peer("ISOCENTER", "127.0.0.1", self.listener.port)

    def uids(self) -> set[str]:
        """Return what it has."""
        return {str(row["SOPInstanceUID"]) for row in self.archive.find(Query("IMAGE"))}

    def route(self, text: str, *, backoff: Backoff = QUICK, commitment_timeout_s: float = 2.0) -> None:
        """Start a router by these rules."""
        path = self.folder / "routes.toml"
        path.write_text(text)
        terms = Terms("ISOCENTER", backoff, commitment_timeout_s)
        self.router = Router(self.archive, self.folder / OUTBOX, load_rules(path), terms, self.events.append)
        self.router.start()

    def stop_routing(self) -> None:
        """Stop the router."""
        router, self.router = self.router, None
        if router is not None:
            router.close()

    def restart(self) -> None:
        """Close the archive and open it again."""
        self.archive.close()
        self.archive = Archive.open(self.folder / "archive", durable=False)

    def states(self) -> dict[State, int]:
        """Return how many jobs are in which state."""
        queue = Queue(self.folder / OUTBOX)
        try:
            found: dict[State, int] = {}
            for (_, state), count in queue.counts().items():
                found[state] = found.get(state, 0) + count
            return found
        finally:
            queue.close()

    def reasons(self) -> list[str]:
        """Return why jobs were postponed or given up."""
        queue = Queue(self.folder / OUTBOX)
        try:
            return [job.reason for job in queue.listed("held", "waiting", "uncommitted", "failed") if job.reason]
        finally:
            queue.close()


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Callable[..., Node]]:
    """Return a function that makes a node of this name; with `listens` it has a DICOM port."""
    with ExitStack() as stack:

        def make(name: str, *, listens: bool = False, port: int = 0, **options: Any) -> Node:
            folder = tmp_path / name
            made = Node(folder, Archive.open(folder / "archive", durable=False))
            stack.callback(lambda: made.archive.close())
            if listens:
                made.listener = DimseListener(made.archive, port=port, **options)
                made.listener.start()
                stack.callback(made.listener.stop)
            stack.callback(made.stop_routing)
            return made

        yield make


@pytest.fixture
def ct_bytes() -> Callable[..., bytes]:
    """Return a function that gives the CT slice as an instance of its own, with other values."""

    def make(**values: Any) -> bytes:
        dataset = pydicom.dcmread(CT)
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        for keyword, value in values.items():
            setattr(dataset, keyword, value)
        stream = BytesIO()
        dataset.save_as(stream, enforce_file_format=True)
        return stream.getvalue()

    return make


@pytest.fixture
def store(ct_bytes: Callable[..., bytes]) -> Callable[..., Stored]:
    """Return a function that stores a slice at a node, as if `origin` had sent it."""

    def put(node: Node, *, origin: str = "DIMSE CT1 127.0.0.1", content: bytes | None = None, **values: Any) -> Stored:
        incoming = node.archive.receive(origin=origin)
        incoming.write(ct_bytes(**values) if content is None else content)
        return incoming.commit()

    return put


@pytest.fixture
def until() -> Callable[..., None]:
    """Return a function that waits until something is so."""

    def wait(condition: Callable[[], bool], timeout_s: float = 120.0) -> None:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if condition():
                return
            time.sleep(0.02)
        raise AssertionError("it never came to be so")

    return wait


@pytest.fixture
def rule() -> Callable[..., str]:
    """Return a function that writes a file with one rule; values are TOML."""

    def write(*destinations: Peer | str, **values: str) -> str:
        listed = ", ".join(f'"{each}"' for each in destinations)
        lines = ["[[rule]]", f"name = {values.pop('name', chr(34) + 'all' + chr(34))}", f"destinations = [{listed}]"]
        return "\n".join(lines + [f"{key} = {value}" for key, value in values.items()]) + "\n"

    return write
