"""C-STORE side by side with Debian's Orthanc: same instances, same senders, every file flushed before the answer.

Both are processes of their own on loopback and on the same disk, and take their turn in every round. The senders are
our own, which acknowledges at once, and dcmtk's storescu, which many scanners resemble.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from isocenter.archive.archive import Archive
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.server.dimse.listener import DimseListener
from isocenter.server.dimse.scu import Peer, echo, send

N_INSTANCES, N_ROUNDS = 200, 3
SERVE = "serve"


def main() -> int:
    """Send CT-sized series to both, in turn, and print instances per second and their ratio for every sender."""
    if sys.argv[1:2] == [SERVE]:
        return _serve(Path(sys.argv[2]))
    orthanc = shutil.which("Orthanc") or shutil.which("orthanc") or "/usr/sbin/Orthanc"
    if not Path(orthanc).exists():
        print("Orthanc is not installed (Debian: orthanc); nothing to compare with.")
        return 0
    senders: dict[str, Callable[[list[Path], Peer], None]] = {"our sender": _send}
    if shutil.which("storescu"):
        senders["storescu"] = _storescu
    with tempfile.TemporaryDirectory() as folder:
        print(f"{N_INSTANCES} CT instances of 0.53 MB a round, {N_ROUNDS} rounds, durable on both sides")
        with _isocenter(Path(folder)) as ours, _orthanc(orthanc, Path(folder)) as theirs:
            for number, (name, sender) in enumerate(senders.items()):
                rounds = [_series(Path(folder) / "files", N_ROUNDS * number + k) for k in range(N_ROUNDS)]
                _compare(name, sender, rounds, {"isocenter": ours, "orthanc": theirs})
    return 0


def _compare(
    name: str, sender: Callable[[list[Path], Peer], None], rounds: list[list[Path]], peers: dict[str, Peer]
) -> None:
    rates: dict[str, list[float]] = {peer: [] for peer in peers}
    for files in rounds:
        for peer, address in peers.items():
            start = time.perf_counter()
            sender(files, address)
            rates[peer].append(len(files) / (time.perf_counter() - start))
    for peer, found in rates.items():
        rounded = [round(rate) for rate in found]
        print(f"{name:<11} {peer:<10} {np.median(found):7.0f} instances/s   {rounded}", flush=True)
    ratios = np.array(rates["isocenter"]) / np.array(rates["orthanc"])
    print(f"{name:<11} ratio      {np.median(ratios):7.1f}", flush=True)


def _send(files: list[Path], peer: Peer) -> None:
    report = send(files, peer)
    if not report.is_complete:
        raise RuntimeError(f"{peer}: {report.sentence()}")


def _storescu(files: list[Path], peer: Peer) -> None:
    subprocess.run(["storescu", "-aec", peer.ae_title, peer.host, str(peer.port), *map(str, files)], check=True)


def _series(folder: Path, seed: int) -> list[Path]:
    values = np.random.default_rng(seed).normal(0, 50, (N_INSTANCES, 512, 512)).astype(np.float32)
    image = Image(values, Grid(values.shape, (1.0, 0.7, 0.7)), "CT number", "[hnsf'U]")
    return list(image.to_dicom(folder / str(seed)))


def _serve(folder: Path) -> int:
    archive = Archive.open(folder)
    listener = DimseListener(archive, port=0)
    listener.start()
    print(listener.port, flush=True)
    sys.stdin.read()
    listener.stop()
    archive.close()
    return 0


@contextmanager
def _isocenter(folder: Path) -> Iterator[Peer]:
    process = subprocess.Popen(
        [sys.executable, __file__, SERVE, str(folder / "isocenter")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Peer("ISOCENTER", "127.0.0.1", int(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.wait(20)


@contextmanager
def _orthanc(program: str, folder: Path) -> Iterator[Peer]:
    dicom_port, http_port = _free_port(), _free_port()
    settings = {
        "Name": "bench",
        "StorageDirectory": str(folder / "orthanc"),
        "IndexDirectory": str(folder / "orthanc"),
        "SyncStorageArea": True,
        "DicomAet": "ORTHANC",
        "DicomPort": dicom_port,
        "HttpPort": http_port,
        "RemoteAccessAllowed": False,
        "Plugins": [],
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    process = subprocess.Popen(
        [program, str(folder / "orthanc.json")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    peer = Peer("ORTHANC", "127.0.0.1", dicom_port)
    try:
        _wait_for(peer)
        yield peer
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(peer: Peer) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            echo(peer)
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
