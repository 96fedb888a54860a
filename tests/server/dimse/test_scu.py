"""Calling other nodes: everything arrives as it is, a lost connection costs nothing, refusals are told in words."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pydicom
import pytest
from pynetdicom import AE, evt
from pynetdicom.pdu import P_DATA_TF
from pynetdicom.sop_class import CTImageStorage, StudyRootQueryRetrieveInformationModelFind

from isocenter.core.errors import OptionError, ProtocolError
from isocenter.core.progress import Step
from isocenter.protocols.upper_layer import pdus
from isocenter.server.dimse import scu
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.scu import echo, find, send

EXPLICIT = "1.2.840.10008.1.2.1"


class CuttingProxy:
    """Stands before a node and cuts a connection after so many bytes from the peer; lets the others through."""

    def __init__(self, port: int, cuts: list[int]) -> None:
        self.target, self.cuts = port, cuts
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.n_connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                stream, _ = self.socket.accept()
            except OSError:
                return
            allowance = self.cuts[self.n_connections] if self.n_connections < len(self.cuts) else 1 << 60
            self.n_connections += 1
            behind = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self._pump, args=(stream, behind, allowance), daemon=True).start()
            threading.Thread(target=self._pump, args=(behind, stream, 1 << 60), daemon=True).start()

    @staticmethod
    def _pump(source: socket.socket, target: socket.socket, allowance: int) -> None:
        try:
            while allowance > 0 and (data := source.recv(min(4096, allowance))):
                target.sendall(data)
                allowance -= len(data)
        except OSError:
            pass
        for stream in (source, target):
            try:
                stream.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


@pytest.fixture
def proxy(serve: Callable[..., Any]) -> Iterator[Callable[..., tuple[Any, CuttingProxy, Peer]]]:
    opened = []

    def start(*cuts: int) -> tuple[Any, CuttingProxy, Peer]:
        node = serve()
        cutting = CuttingProxy(node.peer.port, list(cuts))
        opened.append(cutting)
        return node, cutting, Peer("ISOCENTER", "127.0.0.1", cutting.port)

    yield start
    for cutting in opened:
        cutting.socket.close()


def test_what_a_lost_connection_left_unanswered_is_sent_again(
    proxy: Callable[..., Any], copies: Callable[[int], list[Path]]
) -> None:
    files = copies(4)
    node, cutting, peer = proxy(int(2.5 * files[0].stat().st_size))
    report = send(files, peer)
    assert report.is_complete, report.sentence()
    assert cutting.n_connections == 2
    assert len(node.kept()) == 4


def test_a_connection_that_is_lost_twice_is_reported(
    proxy: Callable[..., Any], copies: Callable[[int], list[Path]]
) -> None:
    files = copies(4)
    size = files[0].stat().st_size
    node, cutting, peer = proxy(int(1.5 * size), int(0.5 * size))
    report = send(files, peer)
    assert cutting.n_connections == 3
    assert [result.problem for result in report.results] == ["", scu.NOT_ANSWERED, "", ""]
    assert "3 of 4 instances sent" in report.sentence()
    assert "0001.dcm" in report.sentence()
    assert len(node.kept()) == 3


def test_a_peer_that_loses_every_connection_is_not_asked_for_ever(
    proxy: Callable[..., Any], copies: Callable[[int], list[Path]]
) -> None:
    files = copies(5)
    node, cutting, peer = proxy(*[int(0.5 * files[0].stat().st_size)] * 20)
    report = send(files, peer)
    assert cutting.n_connections == 6
    assert {result.problem for result in report.results} == {scu.NOT_ANSWERED}
    assert node.kept() == {}


def test_results_come_in_order_with_progress_and_the_same_file_may_come_twice(
    serve: Callable[..., Any], copies: Callable[[int], list[Path]], tmp_path: Path
) -> None:
    (tmp_path / "empty.dcm").write_bytes(b"")
    files = copies(2)
    steps: list[Step] = []
    sources = [files[0], tmp_path / "empty.dcm", tmp_path / "missing.dcm", files[1].read_bytes(), files[0]]
    report = send(sources, serve().peer, on_progress=steps.append)
    assert [result.name for result in report.results] == [
        "0000.dcm",
        "empty.dcm",
        "missing.dcm",
        "instance 4",
        "0000.dcm",
    ]
    assert [not result.problem for result in report.results] == [True, False, False, True, True]
    assert [(step.done, step.total) for step in steps] == [(3, 5), (4, 5), (5, 5)]


def test_more_kinds_than_an_association_can_name_are_sent_in_several(
    serve: Callable[..., Any], ct: Path, tmp_path: Path
) -> None:
    dataset = pydicom.dcmread(ct)
    files = []
    for number in range(130):  # 128 presentation contexts are the most, PS3.8 sec. 9.3.2.2
        dataset.SOPClassUID, dataset.SOPInstanceUID = f"1.2.3.77.{number}", f"1.2.3.78.{number}"
        dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        files.append(tmp_path / f"{number}.dcm")
        dataset.save_as(files[-1])
    node = serve()
    assert send(files, node.peer).is_complete
    assert len(node.kept()) == 130
    assert [event.count for event in node.events] == [128, 2]


def test_a_deflated_file_stays_deflated(
    serve: Callable[..., Any], ct: Path, tmp_path: Path, dataset_of: Callable[[Path], bytes]
) -> None:
    dataset = pydicom.dcmread(ct)
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1.99"
    deflated = tmp_path / "deflated.dcm"
    dataset.save_as(deflated)
    node = serve()
    assert send([deflated], node.peer).is_complete
    assert list(node.kept().values()) == [dataset_of(deflated)]


@pytest.mark.parametrize("max_pdu_bytes", [0, 128, 4096, 1 << 20])
def test_the_peer_s_limit_is_kept_and_the_bytes_arrive(
    ct: Path, dataset_of: Callable[[Path], bytes], max_pdu_bytes: int
) -> None:
    kept: list[bytes] = []
    sizes: list[int] = []

    def store(event: evt.Event) -> int:
        kept.append(event.request.DataSet.getvalue())
        return 0

    def received(event: evt.Event) -> None:
        if isinstance(event.pdu, P_DATA_TF):
            sizes.append(event.pdu.pdu_length)

    ae = AE(ae_title="PEER")
    ae.maximum_pdu_size = max_pdu_bytes
    ae.add_supported_context(CTImageStorage, EXPLICIT)
    server = ae.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store), (evt.EVT_PDU_RECV, received)]
    )
    try:
        assert send([ct], Peer("PEER", "127.0.0.1", server.server_address[1])).is_complete
    finally:
        server.shutdown()
    assert kept == [dataset_of(ct)]
    assert max_pdu_bytes == 0 or max(sizes) <= max_pdu_bytes


def test_another_node_is_asked_and_its_answers_read() -> None:
    asked: list[Any] = []

    def answer(event: evt.Event) -> Iterator[tuple[int, Any]]:
        asked.append(event.identifier)
        for number in range(5):
            if event.is_cancelled:
                yield 0xFE00, None
                return
            found = pydicom.Dataset()
            found.SpecificCharacterSet, found.PatientName, found.StudyInstanceUID = (
                "ISO_IR 100", "Müller^Jörg", f"1.2.{number}",
            )  # fmt: skip
            yield 0xFF00, found
            sleep(0.05)

    ae = AE(ae_title="PEER")
    ae.add_supported_context(StudyRootQueryRetrieveInformationModelFind)
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, answer)])
    peer = Peer("PEER", "127.0.0.1", server.server_address[1])
    try:
        everything = find(peer, "STUDY", {"PatientName": "Mü*"}, returns=("StudyDate",))
        some = find(peer, "STUDY", {}, returns=("StudyInstanceUID",), limit=2)
        with pytest.raises(ProtocolError, match="does not offer"):
            find(peer, "PATIENT", {}, root="patient")
    finally:
        server.shutdown()
    assert [row["StudyInstanceUID"] for row in everything] == [f"1.2.{n}" for n in range(5)]
    assert everything[0]["PatientName"] == "Müller^Jörg"
    assert len(some) == 2
    assert str(asked[0].PatientName) == "Mü*"
    assert (asked[0].QueryRetrieveLevel, asked[0].StudyDate) == ("STUDY", "")


def test_our_node_is_asked_and_a_refusal_is_told_in_words(
    serve: Callable[..., Any], copies: Callable[[int], list[Path]]
) -> None:
    node = serve()
    send(copies(3), node.peer)
    (study,) = find(node.peer, "STUDY", {"PatientID": "1CT1"}, returns=("NumberOfStudyRelatedInstances",))
    assert study["NumberOfStudyRelatedInstances"] == "3"
    assert len(find(node.peer, "PATIENT", {}, returns=("PatientID",), root="patient")) == 1
    with pytest.raises(ProtocolError, match="does not match"):
        find(node.peer, "IMAGE", {})
    with pytest.raises(OptionError, match="model"):
        find(node.peer, "STUDY", {}, root="hospital")  # type: ignore[arg-type] # what a user may type


def test_a_full_peer_says_so_in_words(serve: Callable[..., Any], dial: Callable[..., Any]) -> None:
    node = serve(max_associations=1)
    dial(node).associate()
    with pytest.raises(ProtocolError, match="local limit exceeded"):
        echo(node.peer)


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        pdus.encode(pdus.Abort(2, 0)),
        pdus.encode(pdus.ReleaseResponse()),
        b"",
        b"\2\0\0\0\0\4\0\1\0\0",
    ],
)
def test_a_peer_that_is_no_dicom_node_is_an_error_and_not_a_hang(said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk() -> None:
            stream, _ = server.accept()
            with stream:
                stream.recv(1000)
                stream.sendall(said)
                stream.shutdown(socket.SHUT_WR)
                while stream.recv(1000):
                    pass

        threading.Thread(target=talk, daemon=True).start()
        start = monotonic()
        with pytest.raises(ProtocolError):
            echo(Peer("PEER", "127.0.0.1", server.getsockname()[1]))
        assert monotonic() - start < 10


@pytest.mark.peer
def test_dcmtk_receives_the_very_bytes(
    ct: Path, copies: Callable[[int], list[Path]], dataset_of: Callable[[Path], bytes], tmp_path: Path
) -> None:
    if shutil.which("storescp") is None:
        pytest.skip("storescp is not installed (Debian: dcmtk)")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path / "received"
    folder.mkdir()
    # +B writes exactly what was received, data set and all.
    process = subprocess.Popen(["storescp", "+B", "-aet", "PEER", "-od", str(folder), str(port)])
    peer = Peer("PEER", "127.0.0.1", port)
    try:
        _wait_for(peer)
        files = copies(3)
        assert send(files, peer).is_complete
    finally:
        process.terminate()
        process.wait(60)
    received = sorted(dataset_of(path) for path in folder.iterdir())
    assert received == sorted(dataset_of(path) for path in files)


def _wait_for(peer: Peer) -> None:
    deadline = monotonic() + 60
    while True:
        try:
            echo(peer)
        except ProtocolError:
            assert monotonic() < deadline, "the peer did not start"
            sleep(0.05)
        else:
            return
