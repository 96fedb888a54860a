"""A server that is killed under full load has everything it acknowledged, byte for byte, and nothing half.

``make crash`` plays many more rounds than the ordinary tests do (``ISOCENTER_CRASH_ROUNDS``).
"""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest

from isocenter.archive.archive import Archive
from isocenter.archive.query import Query
from isocenter.core.errors import NotFoundError, ProtocolError
from isocenter.dicom.part10 import dataset_start
from isocenter.dicom.uids import EXPLICIT_LITTLE_ENDIAN
from isocenter.protocols.dimse import commands
from isocenter.protocols.upper_layer.pdus import ProposedContext
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.requestor import association

N_ROUNDS = int(os.environ.get("ISOCENTER_CRASH_ROUNDS", "10"))
ROUNDS_PER_ARCHIVE = 10
N_SENDERS = 3
SIZES = (100, 30_000, 500_000, 500_000, 3_000_000)
CLASS = "1.2.840.10008.5.1.4.1.1.7"
TEMPLATE_UID = "1.2.3.1000000000"


class Sender:
    """Stores without pause until the connection breaks; remembers what was acknowledged."""

    def __init__(self, number: int, template: bytes) -> None:
        self._number = number
        self._template = template
        self._n_sent = 0
        self.acknowledged: dict[str, str] = {}

    def _next(self) -> tuple[str, bytes]:
        self._n_sent += 1
        uid = f"1.2.3.{1_000_000_000 + self._number * 10_000_000 + self._n_sent}"
        size = SIZES[self._n_sent % len(SIZES)]
        pixels = random.Random(self._n_sent).randbytes(size // 2) * 2
        element = b"\xe0\x7f\x10\x00OW\x00\x00" + len(pixels).to_bytes(4, "little")
        return uid, self._template.replace(TEMPLATE_UID.encode(), uid.encode()) + element + pixels

    def send(self, port: int) -> None:
        contexts = (ProposedContext(1, CLASS, (EXPLICIT_LITTLE_ENDIAN,)),)
        peer = Peer("ISOCENTER", "127.0.0.1", port)
        with suppress(ProtocolError), association(peer, contexts, ae_title="SENDER") as asked:
            while True:
                uid, dataset = self._next()
                command = {
                    "AffectedSOPClassUID": CLASS,
                    "CommandField": commands.C_STORE_RQ,
                    "Priority": 0,
                    "AffectedSOPInstanceUID": uid,
                }
                answer, _ = next(asked.ask(1, command, dataset))
                assert answer["Status"] == 0
                self.acknowledged[uid] = sha256(dataset).hexdigest()


def killed_under_load(data: Path, senders: list[Sender], delay_s: float) -> None:
    """Serve, let everybody send, and kill the server after a while."""
    options = ["--data", str(data), "--port", "0", "--dicom-port", "0"]
    command = [sys.executable, "-m", "isocenter.cli.main", "serve", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        port = 0
        for line in server.stdout:
            found = re.search(r"DICOM\s+ISOCENTER@127\.0\.0\.1:(\d+)", line)
            if found:
                port = int(found[1])
                break
        threads = [threading.Thread(target=sender.send, args=(port,)) for sender in senders]
        for thread in threads:
            thread.start()
        time.sleep(delay_s)
        server.send_signal(signal.SIGKILL)
        for thread in threads:
            thread.join(120)
            assert not thread.is_alive()


def check(data: Path, senders: list[Sender]) -> int:
    """Look at what is left, and return how many instances that is."""
    archive = Archive.open(data / "archive")
    rows = list(archive.find(Query("IMAGE")))
    try:
        kept = {instance.instance_uid: instance for instance in archive.instances("1.2.3.4")}
    except NotFoundError:
        kept = {}
    for instance in kept.values():
        content = archive.original(instance)
        assert sha256(content).hexdigest() == instance.sha256
    for sender in senders:
        for uid, expected in sender.acknowledged.items():
            content = archive.original(kept[uid])
            assert sha256(content[dataset_start(content) :]).hexdigest() == expected
    assert {found.sha256 for found in archive._store.all()} == {instance.sha256 for instance in kept.values()}
    assert len(rows) == len(kept)
    archive.close()
    return len(kept)


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(
    tmp_path: Path, dicom_bytes: Callable[..., bytes]
) -> None:
    template = dicom_bytes(TEMPLATE_UID, "1.2.3.4")
    rng = random.Random(20)
    n_acknowledged = n_kept = 0
    for first in range(0, N_ROUNDS, ROUNDS_PER_ARCHIVE):
        data, n_here = tmp_path / "department", 0
        senders: list[Sender] = []
        for number in range(first, min(first + ROUNDS_PER_ARCHIVE, N_ROUNDS)):
            # Every round has numbers of its own, so that what was not acknowledged is not sent again.
            sending = [Sender(number % ROUNDS_PER_ARCHIVE * N_SENDERS + k, template) for k in range(N_SENDERS)]
            senders += sending
            killed_under_load(data, sending, rng.uniform(0.02, 0.6))
            n_here = check(data, senders)
        n_kept += n_here
        n_acknowledged += sum(len(sender.acknowledged) for sender in senders)
        shutil.rmtree(data)
    print(f"{N_ROUNDS} kills, {n_acknowledged} instances acknowledged, {n_kept} kept")
    assert n_acknowledged <= n_kept <= n_acknowledged + N_ROUNDS * N_SENDERS
    assert n_acknowledged > 10 * N_ROUNDS


@pytest.fixture
def dicom_bytes() -> Callable[..., bytes]:
    """Return a function that makes the data set of an image without its pixels."""

    def make(instance_uid: str, study_uid: str) -> bytes:
        def element(group: int, number: int, vr: str, value: str | int) -> bytes:
            body = value.to_bytes(2, "little") if isinstance(value, int) else value.encode()
            body += (b"\0" if vr == "UI" else b" ") * (len(body) % 2)
            head = group.to_bytes(2, "little") + number.to_bytes(2, "little") + vr.encode()
            return head + len(body).to_bytes(2, "little") + body

        return b"".join(
            (
                element(0x0008, 0x0016, "UI", CLASS),
                element(0x0008, 0x0018, "UI", instance_uid),
                element(0x0008, 0x0060, "CS", "OT"),
                element(0x0010, 0x0010, "PN", "Doe^Jane"),
                element(0x0010, 0x0020, "LO", "P1"),
                element(0x0020, 0x000D, "UI", study_uid),
                element(0x0020, 0x000E, "UI", study_uid + ".1"),
            )
        )

    return make
