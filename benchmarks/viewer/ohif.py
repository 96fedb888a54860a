"""The built OHIF app from npm, unpacked once into the folder of results, and served in front of Orthanc."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.archive.servers import free_port

VERSION = "3.13.2"
RESULTS = Path(__file__).parents[1] / "results"


class NotAvailableError(Exception):
    """OHIF cannot be had here, and why."""


def fetch(folder: Path = RESULTS) -> Path:
    """Return the folder of the built app; the package is fetched when it is not there yet."""
    home = folder / f"ohif-{VERSION}"
    dist = home / "package" / "dist"
    if (dist / "index.html").is_file():
        return dist
    npm = shutil.which("npm")
    if npm is None:
        raise NotAvailableError("npm is not installed")
    home.mkdir(parents=True, exist_ok=True)
    command = [npm, "pack", f"@ohif/app@{VERSION}", "--pack-destination", str(home), "--loglevel=error"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode:
        raise NotAvailableError(f"npm does not give @ohif/app {VERSION}: {found.stderr.strip()[-300:]}")
    (packed,) = home.glob("*.tgz")
    with tarfile.open(packed) as archive:
        archive.extractall(home, [one for one in archive if not one.name.endswith(".map")], filter="data")
    packed.unlink()
    return dist


@contextmanager
def served(dist: Path, orthanc_port: int) -> Iterator[str]:
    """Yield the address at which the app answers."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.viewer.front", str(dist), str(port), str(orthanc_port)]
    process = subprocess.Popen(command)
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/index.html")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("the server in front of Orthanc did not start")
