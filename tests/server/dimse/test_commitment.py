"""Storage commitment tells the truth about every instance, at once or by calling back, also after a restart."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import StorageCommitmentPushModel

from isocenter.archive.archive import Archive
from isocenter.server.dimse.commitment import COMMITMENT_INSTANCE, Commitments
from isocenter.server.dimse.listener import DimseListener
from isocenter.server.dimse.peer import Peer

CT = Path(str(get_testdata_file("CT_small.dcm")))
CT_CLASS, TRANSACTION = "1.2.840.10008.5.1.4.1.1.2", "1.2.3.4.5"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive.open(tmp_path / "archive", durable=False)
    incoming = opened.receive(origin="test")
    incoming.write(CT.read_bytes())
    incoming.commit()
    yield opened
    opened.close()


@pytest.fixture
def listen(archive: Archive) -> Iterator[Callable[..., int]]:
    listeners: list[DimseListener] = []

    def start(**options: Any) -> int:
        listener = DimseListener(archive, port=0, **options)
        listener.start()
        listeners.append(listener)
        return listener.port

    yield start
    for listener in listeners:
        listener.stop()


def request(*pairs: tuple[str, str], transaction: str = TRANSACTION) -> Dataset:
    asked = Dataset()
    asked.TransactionUID = transaction
    asked.ReferencedSOPSequence = []
    for class_uid, instance_uid in pairs:
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = class_uid, instance_uid
        asked.ReferencedSOPSequence.append(item)
    return asked


def ct_uid() -> str:
    return str(pydicom.dcmread(CT, stop_before_pixels=True).SOPInstanceUID)


def ask(port: int, asked: Dataset, *, action: int = 1, wait: bool = True) -> tuple[int, list[tuple[int, Dataset]]]:
    """Return the status of an N-ACTION, and the results that came on the same association."""
    results: list[tuple[int, Dataset]] = []
    arrived = threading.Event()

    def hear(event: evt.Event) -> tuple[int, None]:
        results.append((event.request.EventTypeID, event.event_information))
        arrived.set()
        return 0, None

    ae = AE("MODALITY")
    ae.add_requested_context(StorageCommitmentPushModel)
    association = ae.associate("127.0.0.1", port, ae_title="ISOCENTER", evt_handlers=[(evt.EVT_N_EVENT_REPORT, hear)])
    assert association.is_established
    status, _ = association.send_n_action(asked, action, StorageCommitmentPushModel, COMMITMENT_INSTANCE)
    if wait and status.Status == 0:
        assert arrived.wait(60)
    association.release()
    return status.Status, results


def test_what_is_safe_is_said_to_be_safe(listen: Callable[..., int]) -> None:
    status, [(kind, told)] = ask(listen(), request((CT_CLASS, ct_uid())))
    assert (status, kind, told.TransactionUID) == (0, 1, TRANSACTION)
    assert [item.ReferencedSOPInstanceUID for item in told.ReferencedSOPSequence] == [ct_uid()]
    assert "FailedSOPSequence" not in told


def test_what_is_not_safe_is_named_with_its_reason(
    listen: Callable[..., int], archive: Archive, tmp_path: Path
) -> None:
    port = listen()
    asked = request((CT_CLASS, ct_uid()), (CT_CLASS, "1.2.3"), ("1.2.840.10008.5.1.4.1.1.4", ct_uid()))
    _, [(kind, told)] = ask(port, asked)
    assert kind == 2
    reasons = [(item.ReferencedSOPInstanceUID, item.FailureReason) for item in told.FailedSOPSequence]
    assert reasons == [("1.2.3", 0x0112), (ct_uid(), 0x0119)]
    (path,) = tmp_path.rglob("*.tar")
    content = path.read_bytes()
    with path.open("r+b") as stream:
        stream.seek(content.index(b"CompressedSamples"))
        stream.write(b"X")
    _, [(kind, told)] = ask(port, request((CT_CLASS, ct_uid())))
    assert (kind, told.FailedSOPSequence[0].FailureReason) == (2, 0x0110)


@pytest.mark.parametrize(
    ("asked", "action", "status"),
    [
        (request((CT_CLASS, "1.2.3")), 7, 0x0123),
        (request(), 1, 0x0115),
        (request((CT_CLASS, "1.2.3"), transaction=""), 1, 0x0115),
        (request((CT_CLASS, "../../etc")), 1, 0x0115),
    ],
)
def test_requests_that_make_no_sense_are_refused(
    listen: Callable[..., int], asked: Dataset, action: int, status: int
) -> None:
    port = listen()
    assert ask(port, asked, action=action, wait=False)[0] == status
    assert ask(port, request((CT_CLASS, ct_uid())))[0] == 0


class Modality:
    """A node that hears results on associations of ours."""

    def __init__(self, port: int = 0) -> None:
        self.results: list[tuple[int, str]] = []
        self.arrived = threading.Event()
        ae = AE("MODALITY")
        ae.add_supported_context(StorageCommitmentPushModel, scu_role=False, scp_role=True)
        handlers = [(evt.EVT_N_EVENT_REPORT, self._hear)]
        self._server = ae.start_server(("127.0.0.1", port), block=False, evt_handlers=handlers)
        self.peer = Peer("MODALITY", "127.0.0.1", self._server.socket.getsockname()[1])

    def _hear(self, event: evt.Event) -> tuple[int, None]:
        self.results.append((event.request.EventTypeID, str(event.event_information.TransactionUID)))
        self.arrived.set()
        return 0, None

    def stop(self) -> None:
        self._server.shutdown()


def test_a_known_node_is_called_back(listen: Callable[..., int], archive: Archive, tmp_path: Path) -> None:
    modality = Modality()
    nodes = {"MODALITY": modality.peer}
    commitments = Commitments(tmp_path / "commitments", archive, nodes, own_ae_title="ISOCENTER")
    status, results = ask(listen(commitments=commitments), request((CT_CLASS, ct_uid())), wait=False)
    assert (status, results) == (0, [])
    assert modality.arrived.wait(60)
    assert modality.results == [(1, TRANSACTION)]
    commitments.close()
    modality.stop()
    assert list((tmp_path / "commitments").iterdir()) == []


def test_a_result_is_delivered_after_a_restart(listen: Callable[..., int], archive: Archive, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    nodes = {"MODALITY": Peer("MODALITY", "127.0.0.1", port)}
    first = Commitments(tmp_path / "commitments", archive, nodes, own_ae_title="ISOCENTER")
    ask(listen(commitments=first), request((CT_CLASS, ct_uid())), wait=False)
    time.sleep(0.2)
    first.close()
    assert len(list((tmp_path / "commitments").glob("*.json"))) == 1
    modality = Modality(port)
    second = Commitments(tmp_path / "commitments", archive, nodes, own_ae_title="ISOCENTER")
    assert modality.arrived.wait(60)
    second.close()
    modality.stop()
    assert modality.results == [(1, TRANSACTION)]
