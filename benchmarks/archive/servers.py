"""The two archives as processes of their own, on loopback, on the same disk, both flushing every object."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

PLUGINS = Path("/usr/share/orthanc/plugins")


@dataclass
class Server:
    """One archive that runs, and how to speak to it."""

    name: str
    ae_title: str
    pid: int
    dicom_port: int
    http_port: int
    root: str
    started_in_s: float
    headers: dict[str, str] = field(default_factory=dict)

    def memory_mb(self) -> float:
        """Return the memory its processes have for themselves or share in part (PSS), in 1e6 bytes."""
        total = 0
        for pid in (self.pid, *_children(self.pid)):
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
            total += int(found[1]) if found else 0
        return total * 1024 / 1e6

    def cpu_s(self) -> float:
        """Return the processor time it has taken so far."""
        total = 0
        for pid in (self.pid, *_children(self.pid)):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / os.sysconf("SC_CLK_TCK")


def find_orthanc() -> str | None:
    """Return the program, if it is installed."""
    return shutil.which("Orthanc") or ("/usr/sbin/Orthanc" if Path("/usr/sbin/Orthanc").exists() else None)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def isocenter(folder: Path, sink_port: int) -> Iterator[Server]:
    """Yield the archive as users start it: accounts, rights and audit on, every object durable."""
    began = time.perf_counter()
    options = ["--data", str(folder / "isocenter"), "--port", "0", "--dicom-port", "0"]
    command = [sys.executable, "-m", "isocenter.cli.main", "serve", *options, "--node", f"SINK@127.0.0.1:{sink_port}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if "Stop with" in line:
                break
        took_s = time.perf_counter() - began
        web, dicom = (re.search(pattern, said) for pattern in (r"127\.0\.0\.1:(\d+)", r"ISOCENTER@127\.0\.0\.1:(\d+)"))
        password, kept = re.search(r"Sign in as admin with (\S+)", said), folder / "password"
        if password is not None:  # the first start says it, later ones do not
            kept.write_text(password[1])
        if web is None or dicom is None or not kept.exists():
            raise RuntimeError(f"the server did not start: {said}")
        http_port = int(web[1])
        headers = {"Cookie": _sign_in(http_port, kept.read_text())}
        try:
            yield Server("isocenter", "ISOCENTER", process.pid, int(dicom[1]), http_port, "/dicom-web", took_s, headers)
        finally:
            process.terminate()
            process.wait(20)


def _sign_in(port: int, password: str) -> str:
    connection = HTTPConnection("127.0.0.1", port)
    body = json.dumps({"username": "admin", "password": password})
    connection.request("POST", "/api/session", body, {"Content-Type": "application/json", "X-Isocenter": "1"})
    answer = connection.getresponse()
    answer.read()
    return str(answer.headers["Set-Cookie"]).split(";")[0]


@contextmanager
def orthanc(program: str, folder: Path, sink_port: int) -> Iterator[Server]:
    """Yield Orthanc with its defaults, but for flushing what it stores."""
    dicom_port, http_port = free_port(), free_port()
    settings = {
        "Name": "bench",
        "StorageDirectory": str(folder / "orthanc"),
        "IndexDirectory": str(folder / "orthanc"),
        "SyncStorageArea": True,
        "DicomAet": "ORTHANC",
        "DicomPort": dicom_port,
        "HttpPort": http_port,
        "RemoteAccessAllowed": False,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowMove": True,
        "DicomModalities": {"sink": ["SINK", "127.0.0.1", sink_port]},
        "Plugins": [str(PLUGINS / "libOrthancDicomWeb.so")],
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "orthanc.json").write_text(json.dumps(settings))
    began = time.perf_counter()
    process = subprocess.Popen(
        [program, str(folder / "orthanc.json")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(http_port)
        took_s = time.perf_counter() - began
        yield Server("orthanc", "ORTHANC", process.pid, dicom_port, http_port, "/dicom-web", took_s)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:  # it waits for associations that nobody ends
            process.kill()
            process.wait(10)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/dicom-web/studies?limit=1")
            if connection.getresponse().status < 500:
                return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError("Orthanc did not start")


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []
