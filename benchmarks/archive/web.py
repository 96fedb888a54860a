"""DICOMweb clients on a connection that stays open."""

from __future__ import annotations

import secrets
import time
from http.client import HTTPConnection

from benchmarks.archive.images import EXPLICIT
from benchmarks.archive.servers import Server

from isocenter.dicom.part10 import file_meta


def ask(server: Server, path: str, accept: str, *, n_times: int) -> tuple[list[float], int]:
    """Return the latency of every request, and the length of the last answer."""
    connection = HTTPConnection("127.0.0.1", server.http_port, timeout=60)
    latencies_s, n_bytes = [], 0
    for _ in range(n_times):
        began = time.perf_counter()
        connection.request("GET", server.root + path, headers={**server.headers, "Accept": accept})
        answer = connection.getresponse()
        n_bytes = len(answer.read())
        latencies_s.append(time.perf_counter() - began)
        if answer.status != 200:
            raise RuntimeError(f"{server.name}: {path} is answered by {answer.status}")
    connection.close()
    return latencies_s, n_bytes


def stow(server: Server, class_uid: str, items: list[tuple[str, bytes]]) -> tuple[float, int]:
    """Return the time that storing all items in one request takes, and its length."""
    boundary = secrets.token_hex(16)
    parts = []
    for uid, dataset in items:
        head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        parts += [head, file_meta(class_uid, uid, EXPLICIT), dataset, b"\r\n"]
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    kind = f'multipart/related; type="application/dicom"; boundary={boundary}'
    connection = HTTPConnection("127.0.0.1", server.http_port, timeout=120)
    headers = {**server.headers, "Content-Type": kind, "Accept": "application/dicom+json", "X-Isocenter": "1"}
    began = time.perf_counter()
    connection.request("POST", server.root + "/studies", body, headers)
    answer = connection.getresponse()
    answer.read()
    took_s = time.perf_counter() - began
    if answer.status != 200:
        raise RuntimeError(f"{server.name}: STOW is answered by {answer.status}")
    return took_s, len(body)
