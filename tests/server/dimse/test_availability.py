"""Other nodes hear when a study can be had here, by whatever door it came, however often they were away meanwhile."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.uid import generate_uid
from pynetdicom import AE, evt
from pynetdicom.sop_class import InstanceAvailabilityNotification

from isocenter.archive.archive import Archive
from isocenter.server.dimse.availability import AvailabilityNotifier
from isocenter.server.dimse.peer import Peer

CT = Path(str(get_testdata_file("CT_small.dcm")))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive.open(tmp_path / "archive", durable=False)
    yield opened
    opened.close()


def store(archive: Archive, study_uid: str, step_uid: str = "") -> str:
    """Store an instance of a study, perhaps of a performed step, and return its UID."""
    dataset = pydicom.dcmread(CT)
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = study_uid, f"{study_uid}.1{step_uid[-1:]}"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    if step_uid:
        reference = Dataset()
        reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = "1.2.840.10008.3.1.2.3.3", step_uid
        dataset.ReferencedPerformedProcedureStepSequence = [reference]
    stream = DicomBytesIO()
    pydicom.dcmwrite(stream, dataset)
    incoming = archive.receive(origin="test")
    incoming.write(stream.getvalue())
    incoming.commit()
    return str(dataset.SOPInstanceUID)


class Hearing:
    """A node of pynetdicom that hears notifications; it answers with these statuses, then with success."""

    def __init__(self, *statuses: int, port: int = 0) -> None:
        self.heard: list[Dataset] = []
        self._statuses = list(statuses)
        ae = AE("RIS")
        ae.add_supported_context(InstanceAvailabilityNotification)
        self._server: Any = ae.start_server(
            ("127.0.0.1", port), block=False, evt_handlers=[(evt.EVT_N_CREATE, self._hear)]
        )
        self.peer = Peer("RIS", "127.0.0.1", self._server.server_address[1])

    def _hear(self, event: Any) -> tuple[int, None]:
        status = self._statuses.pop(0) if self._statuses else 0
        if status == 0:
            self.heard.append(event.attribute_list)
        return status, None

    def stop(self) -> None:
        self._server.shutdown()


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def notify(tmp_path: Path, archive: Archive) -> Iterator[Callable[..., AvailabilityNotifier]]:
    """Return a function that starts a notifier; they share their file, as one after a restart does."""
    started: list[AvailabilityNotifier] = []

    def start(*nodes: Peer, quiet_s: float = 0.1) -> AvailabilityNotifier:
        notifier = AvailabilityNotifier(
            tmp_path / "told.sqlite", archive, nodes, own_ae_title="ISO", quiet_s=quiet_s, first_retry_s=0.05
        )
        started.append(notifier)
        return notifier

    yield start
    for notifier in started:
        notifier.close()


def uids_in(told: Dataset) -> set[str]:
    return {item.ReferencedSOPInstanceUID for series in told.ReferencedSeriesSequence for item in instances(series)}


def instances(series: Dataset) -> Any:
    return series.ReferencedSOPSequence


def test_a_study_that_has_come_is_told_of_once(archive: Archive, notify: Callable[..., AvailabilityNotifier]) -> None:
    store(archive, "1.2.1")  # here before anybody listened
    node = Hearing()
    notify(node.peer, quiet_s=1.5)
    stored = {store(archive, "1.2.2") for _ in range(3)}
    until(lambda: len(node.heard) == 1)
    time.sleep(1.8)
    node.stop()
    (told,) = node.heard
    assert told.StudyInstanceUID == "1.2.2"
    assert uids_in(told) == stored
    item = instances(told.ReferencedSeriesSequence[0])[0]
    assert (item.InstanceAvailability, item.RetrieveAETitle) == ("ONLINE", "ISO")
    assert item.ReferencedSOPClassUID == "1.2.840.10008.5.1.4.1.1.2"
    assert not told.ReferencedPerformedProcedureStepSequence


def test_each_performed_step_is_told_of_for_itself(
    archive: Archive, notify: Callable[..., AvailabilityNotifier]
) -> None:
    node = Hearing()
    notifier = notify(node.peer, quiet_s=3600.0)
    one, two = store(archive, "1.2.3", "1.2.3.101"), store(archive, "1.2.3", "1.2.3.102")
    notifier.step_final(
        "1.2.3.101", {"00400270": {"vr": "SQ", "Value": [{"0020000D": {"vr": "UI", "Value": ["1.2.3"]}}]}}
    )
    until(lambda: len(node.heard) == 2)  # without waiting until it is quiet
    node.stop()
    of_step = {
        told.ReferencedPerformedProcedureStepSequence[0].ReferencedSOPInstanceUID: uids_in(told) for told in node.heard
    }
    assert of_step == {"1.2.3.101": {one}, "1.2.3.102": {two}}


def test_who_is_away_or_refuses_hears_later(archive: Archive, notify: Callable[..., AvailabilityNotifier]) -> None:
    node = Hearing(0x0110, 0x0213)
    node.stop()
    notify(node.peer)
    stored = store(archive, "1.2.4")
    time.sleep(0.4)
    node = Hearing(0x0110, 0x0213, port=node.peer.port)
    until(lambda: len(node.heard) == 1)
    node.stop()
    assert uids_in(node.heard[0]) == {stored}


def test_a_restart_forgets_nothing(archive: Archive, notify: Callable[..., AvailabilityNotifier]) -> None:
    node = Hearing()
    notify(node.peer, quiet_s=3600.0).close()
    stored = store(archive, "1.2.5")  # while nobody watched
    notify(node.peer)
    until(lambda: len(node.heard) == 1)
    node.stop()
    assert uids_in(node.heard[0]) == {stored}


def receive(serve: Callable[..., Any], told: Dataset) -> tuple[int, list[Any], Any]:
    heard: list[Any] = []
    node = serve(on_availability=lambda title, dataset: heard.append((title, dataset)))
    ae = AE("PACS")
    ae.add_requested_context(InstanceAvailabilityNotification)
    association = ae.associate("127.0.0.1", node.peer.port, ae_title="ISOCENTER")
    status, _ = association.send_n_create(told, InstanceAvailabilityNotification, generate_uid())
    association.release()
    return status.Status, heard, node


def notification() -> Dataset:
    item, series, told = Dataset(), Dataset(), Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.2.9"
    item.InstanceAvailability, item.RetrieveAETitle = "ONLINE", "PACS"
    series.SeriesInstanceUID, series.ReferencedSOPSequence = "1.2.8", [item]
    told.StudyInstanceUID, told.ReferencedSeriesSequence = "1.2.7", [series]
    told.ReferencedPerformedProcedureStepSequence = []
    return told


def test_what_others_tell_is_taken_and_written_into_the_trail(serve: Callable[..., Any]) -> None:
    status, heard, node = receive(serve, notification())
    assert status == 0
    assert heard[0][0] == "PACS"
    assert [(event.action, event.study_uids) for event in node.events] == [("availability", ("1.2.7",))]


@pytest.mark.parametrize("missing", ["StudyInstanceUID", "ReferencedSeriesSequence"])
def test_what_is_incomplete_is_refused(serve: Callable[..., Any], missing: str) -> None:
    told = notification()
    delattr(told, missing)
    status, heard, _ = receive(serve, told)
    assert (status, heard) == (0x0120, [])
