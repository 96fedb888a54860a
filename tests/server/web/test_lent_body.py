"""Large bodies that are read from the socket itself, of a server that listens."""

import base64
import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from tests.server.conftest import PASSWORD

from isocenter.dicom.part10 import dataset_start, file_meta
from isocenter.server.department import Department
from isocenter.server.running import Doors, running
from isocenter.server.web import lent_body

CT, EXPLICIT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1"
HEADERS = {
    "Authorization": "Basic " + base64.b64encode(f"ada:{PASSWORD}".encode()).decode(),
    "Content-Type": 'multipart/related; type="application/dicom"; boundary=b0undary',
    "Accept": "application/dicom+json",
}


@pytest.fixture
def doors(department: Department) -> Iterator[Doors]:
    """Yield where a running department can be reached."""
    department.settings.__dict__.update(web_port=0, dicom_port=0)
    with running(department) as opened:
        yield opened


def _body(ct_file: Path, uids: list[str], n_bytes: int = 300_000) -> bytes:
    """Return files that differ in UID only, each with a private element of zeros and beginnings of the boundary."""
    parts = []
    for uid in uids:
        dataset = ct_file.read_bytes()[dataset_start(ct_file.read_bytes()) :]
        old = b"\x08\x00\x18\x00UI"
        at = dataset.index(old) + 8
        length = int.from_bytes(dataset[at - 2 : at], "little")
        dataset = dataset[:at] + uid.encode().ljust(length, b"\0") + dataset[at + length :]
        filler = (b"\r\n--b0und" * (n_bytes // 9))[: n_bytes // 2 * 2]
        dataset += (
            b"\xe1\x7f\x10\x00LO\x04\x00TEST" + b"\xe1\x7f\x01\x10OB\0\0" + len(filler).to_bytes(4, "little") + filler
        )
        parts.append(b"--b0undary\r\nContent-Type: application/dicom\r\n\r\n" + file_meta(CT, uid, EXPLICIT) + dataset)
    return b"\r\n".join(parts) + b"\r\n--b0undary--\r\n"


def _uids(n_uids: int, root: int = 1) -> list[str]:
    return [f"1.2.826.0.1.99.{root}.{number}" for number in range(1, n_uids + 1)]


def _post(connection: HTTPConnection, body: bytes) -> int:
    connection.request("POST", "/dicom-web/studies", body, HEADERS)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _connect(doors: Doors) -> HTTPConnection:
    return HTTPConnection("127.0.0.1", int(doors.address.rpartition(":")[2]), timeout=120)


def test_a_connection_goes_on_behind_a_lent_body(doors: Doors, department: Department, ct_file: Path) -> None:
    connection = _connect(doors)
    for root in (1, 2, 3):
        assert _post(connection, _body(ct_file, _uids(5, root))) == 200
        connection.request("GET", "/dicom-web/studies?limit=1", headers=HEADERS)
        assert connection.getresponse().read().startswith(b"[{")
    assert department.archive.n_instances == 15
    assert lent_body.LendingProtocol._n_lent == 0


def test_a_fault_in_a_lent_body_is_answered_when_all_has_been_read(
    doors: Doors, department: Department, ct_file: Path
) -> None:
    connection = _connect(doors)
    body = _body(ct_file, _uids(4))
    assert _post(connection, body.removesuffix(b"--\r\n") + b"x") == 400
    assert department.archive.n_instances == 3
    assert _post(connection, body) == 200


def test_a_sender_that_goes_leaves_nothing_half_stored(doors: Doors, department: Department, ct_file: Path) -> None:
    body = _body(ct_file, _uids(3), 400_000)
    with socket.create_connection(("127.0.0.1", int(doors.address.rpartition(":")[2])), 20) as stream:
        head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
        stream.sendall(
            f"POST /dicom-web/studies HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode()
            + body[: len(body) // 2]
        )
    assert _post(_connect(doors), _body(ct_file, _uids(1, 2))) == 200
    assert department.archive.n_instances in (1, 2)  # the first of the three was whole


def test_who_waits_to_be_asked_is_asked(doors: Doors, department: Department, ct_file: Path) -> None:
    body = _body(ct_file, _uids(2))
    with socket.create_connection(("127.0.0.1", int(doors.address.rpartition(":")[2])), 20) as stream:
        head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
        request = f"POST /dicom-web/studies HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(body)}\r\n"
        stream.sendall(f"{request}Expect: 100-continue\r\n\r\n".encode())
        assert stream.recv(100).startswith(b"HTTP/1.1 100")
        stream.sendall(body)
        assert stream.recv(100).startswith(b"HTTP/1.1 200")
    assert department.archive.n_instances == 2


def test_a_body_without_room_to_lend_comes_as_ever(
    doors: Doors, department: Department, ct_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lent_body, "MAX_LENT", 0)
    assert _post(_connect(doors), _body(ct_file, _uids(4))) == 200
    assert department.archive.n_instances == 4
