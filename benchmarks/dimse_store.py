"""C-STORE side by side with Debian's Orthanc: same instances, same sender, every file flushed before the answer.

Both run on loopback, on the same disk, one after the other in turn; the sender is dcmtk's storescu and our own.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from isocenter.archive.archive import Archive
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.server.dimse.listener import DimseListener
from isocenter.server.dimse.scu import Peer, echo, send

N_INSTANCES, N_ROUNDS = 200, 3


def main() -> int:
    """Send a CT-sized series to both, in turn, and print instances per second and their ratio."""
    orthanc = shutil.which("Orthanc") or shutil.which("orthanc") or "/usr/sbin/Orthanc"
    if not Path(orthanc).exists():
        print("Orthanc is not installed (Debian: orthanc); nothing to compare with.")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        rounds = [_series(Path(folder) / f"round-{number}", number) for number in range(N_ROUNDS)]
        size_mb = sum(path.stat().st_size for path in rounds[0]) / 1e6
        print(f"{N_INSTANCES} CT instances, {size_mb:.0f} MB a round, {N_ROUNDS} rounds, durable on both sides")
        rates: dict[str, list[float]] = {"isocenter": [], "orthanc": []}
        with _isocenter(Path(folder)) as ours, _orthanc(orthanc, Path(folder)) as theirs:
            for files in rounds:
                for name, peer in (("isocenter", ours), ("orthanc", theirs)):
                    start = time.perf_counter()
                    report = send(files, peer)
                    rates[name].append(len(files) / (time.perf_counter() - start))
                    if not report.is_complete:
                        print(f"{name}: {report.sentence()}")
                        return 1
    for name, found in rates.items():
        print(f"{name:<10} {np.median(found):8.0f} instances/s   {[round(rate) for rate in found]}")
    print(f"ratio      {np.median(np.array(rates['isocenter']) / np.array(rates['orthanc'])):8.1f}")
    return 0


def _series(folder: Path, seed: int) -> list[Path]:
    values = np.random.default_rng(seed).normal(0, 50, (N_INSTANCES, 512, 512)).astype(np.float32)
    image = Image(values, Grid(values.shape, (1.0, 0.7, 0.7)), "CT number", "[hnsf'U]")
    return list(image.to_dicom(folder))


@contextmanager
def _isocenter(folder: Path) -> Iterator[Peer]:
    archive = Archive.open(folder / "isocenter")
    listener = DimseListener(archive, port=0)
    listener.start()
    try:
        yield Peer("ISOCENTER", "127.0.0.1", listener.port)
    finally:
        listener.stop()
        archive.close()


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
