"""Damaged conversations at a listening node: it answers the protocol's own way, forgets them, and goes on.

The ordinary tests run for about three seconds, ``make fuzz MINUTES=60`` for longer. A batch that breaks the rule is
written to a file, one conversation after another.
"""

import importlib.util
import os
import random
import resource
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from isocenter.archive.archive import Archive
from isocenter.archive.query import Query
from isocenter.dicom.json_model import read_json
from isocenter.server.dimse.listener import DimseListener
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.scu import echo

_spec = importlib.util.spec_from_file_location("conversations", Path(__file__).with_name("conversations.py"))
assert _spec is not None
assert _spec.loader is not None
conversations = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(conversations)

SECONDS = 60 * float(os.environ.get("ISOCENTER_FUZZ_MINUTES", "0")) / 12 or 3.0
BATCH = 20
MAX_THREADS = 80
MAX_GROWTH_KB = 300_000
PATIENCE_S = 60.0
REQUEST_TIMEOUT_S = IDLE_TIMEOUT_S = 0.5


class Node:
    """A listening node and the archive behind it."""

    def __init__(self, folder: Path) -> None:
        self.archive = Archive.open(folder, durable=False)
        self.listener = DimseListener(
            self.archive, port=0, idle_timeout_s=IDLE_TIMEOUT_S, request_timeout_s=REQUEST_TIMEOUT_S
        )
        self.listener.start()
        self.peer = Peer("ISOCENTER", "127.0.0.1", self.listener.port)

    def close(self) -> None:
        """Stop listening and close."""
        self.listener.stop()
        self.archive.close()


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    opened = Node(tmp_path / "archive")
    yield opened
    opened.close()


def talk(peer: Peer, conversation: list[bytes]) -> bytes:
    """Send a conversation without waiting for answers, and return what was answered."""
    answered = b""
    with socket.create_connection((peer.host, peer.port), timeout=PATIENCE_S) as stream:
        stream.settimeout(PATIENCE_S)
        with suppress(ConnectionError):  # the node has ended the association before everything was sent
            for data in conversation:
                stream.sendall(data)
            stream.shutdown(socket.SHUT_WR)
            while part := stream.recv(1 << 16):
                answered += part
    return answered


def pdus_in(answered: bytes) -> list[int]:
    """Return the types of the PDUs in an answer; what is left over would not be DICOM."""
    kinds, at = [], 0
    while at + 6 <= len(answered):
        kinds.append(answered[at])
        at += 6 + int.from_bytes(answered[at + 2 : at + 6], "big")
    return kinds


def test_it_goes_on(node: Node, tmp_path_factory: pytest.TempPathFactory) -> None:
    valid = conversations.conversations()
    for conversation in valid[:-1]:  # the last does not wait for answers, which is damage enough
        assert pdus_in(talk(node.peer, conversation))[-1] == 6, "a valid conversation ends with a release"
    assert len(list(node.archive.find(Query("IMAGE")))) == 1
    before_kb, before_threads = resident_kb(), threading.active_count()
    seed = time.time_ns() if SECONDS > 3 else 20261121
    rng = random.Random(seed)
    until, n_batches = time.monotonic() + SECONDS, 0
    while time.monotonic() < until:
        batch = [conversations.damaged(rng, valid) for _ in range(BATCH)]
        try:
            at_once(node.peer, batch)
            echo(node.peer)
            whole(node.archive)
            assert resident_kb() - before_kb < MAX_GROWTH_KB
        except BaseException:
            kept = tmp_path_factory.getbasetemp() / f"fuzz-listener-{seed}.bin"
            kept.write_bytes(b"\n--conversation--\n".join(b"".join(each) for each in batch))
            print(f"the batch is in {kept}", file=sys.stderr)
            raise
        n_batches += 1
    assert n_batches >= 3
    deadline = time.monotonic() + PATIENCE_S
    while threading.active_count() > before_threads and time.monotonic() < deadline:
        time.sleep(0.02)
    assert threading.active_count() <= before_threads


def at_once(peer: Peer, batch: list[list[bytes]]) -> None:
    """Hold several conversations at a time; every answer is DICOM and tells nothing of the program."""
    problems: list[str] = []

    def hold(conversation: list[bytes]) -> None:
        try:
            answered = talk(peer, conversation)
            assert set(pdus_in(answered)) <= {2, 3, 4, 5, 6, 7}, "an answer is not made of PDUs"
            assert b"Traceback" not in answered
            assert b".py" not in answered
        except Exception as problem:  # told by the thread that waits
            problems.append(f"{type(problem).__name__}: {problem}")

    threads = [threading.Thread(target=hold, args=(conversation,)) for conversation in batch]
    for thread in threads:
        thread.start()
    assert threading.active_count() < MAX_THREADS
    for thread in threads:
        thread.join(2 * PATIENCE_S)
    assert problems == []


def whole(archive: Archive) -> None:
    """Every instance that can be found can be read from beginning to end."""
    for row in archive.find(Query("IMAGE")):
        (instance,) = archive.instances(row["StudyInstanceUID"], None, row["SOPInstanceUID"])
        content = archive.outgoing(instance)
        assert content.size_bytes == instance.size_bytes
        read_json(b"".join(content.parts), lambda *_: "")


def resident_kb() -> int:
    """Return the greatest resident memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
