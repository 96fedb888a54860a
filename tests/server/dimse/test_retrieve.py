"""C-GET and C-MOVE give back what was stored, to ordinary clients and to third nodes."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import (
    CTImageStorage,
    MRImageStorage,
    PatientRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
)

from isocenter.archive.archive import Archive
from isocenter.server.dimse.events import DimseEvent
from isocenter.server.dimse.listener import DimseListener
from isocenter.server.dimse.peer import Peer

EXPLICIT = "1.2.840.10008.1.2.1"
FILES = {name: Path(str(get_testdata_file(name))) for name in ("CT_small.dcm", "MR_small.dcm", "JPEG2000.dcm")}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Receiver:
    """A third node that keeps what it is sent."""

    peer: Peer
    received: list[tuple[str, str, bytes]] = field(default_factory=list)
    originators: set[str | None] = field(default_factory=set)
    status: int = 0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    ae = AE("THIRD")
    ae.add_supported_context(CTImageStorage, [EXPLICIT])
    ae.add_supported_context(MRImageStorage, [EXPLICIT])
    held = Receiver(Peer("THIRD", "127.0.0.1", free_port()))

    def keep(event: evt.Event) -> int:
        held.originators.add(event.request.MoveOriginatorApplicationEntityTitle)
        syntax = str(event.context.transfer_syntax)
        held.received.append((str(event.request.AffectedSOPInstanceUID), syntax, event.request.DataSet.getvalue()))
        return held.status

    server = ae.start_server(("127.0.0.1", held.peer.port), block=False, evt_handlers=[(evt.EVT_C_STORE, keep)])
    yield held
    server.shutdown()


@dataclass
class Node:
    archive: Archive
    port: int
    events: list[DimseEvent]


@pytest.fixture
def node(tmp_path: Path, receiver: Receiver) -> Iterator[Node]:
    archive = Archive.open(tmp_path / "archive", durable=False)
    for path in FILES.values():
        incoming = archive.receive(origin="test")
        incoming.write(path.read_bytes())
        incoming.commit()
    events: list[DimseEvent] = []
    nowhere = Peer("NOWHERE", "127.0.0.1", free_port())
    listener = DimseListener(archive, port=0, on_event=events.append, nodes=(receiver.peer, nowhere))
    listener.start()
    yield Node(archive, listener.port, events)
    listener.stop()
    archive.close()


def uid(name: str, keyword: str = "StudyInstanceUID") -> str:
    return str(pydicom.dcmread(FILES[name], stop_before_pixels=True)[keyword].value)


def dataset_of(content: bytes) -> bytes:
    return content[144 + int.from_bytes(content[140:144], "little") :]


def identifier(level: str, **keys: str) -> Dataset:
    wanted = Dataset()
    wanted.QueryRetrieveLevel = level
    for keyword, value in keys.items():
        setattr(wanted, keyword, value)
    return wanted


def get(
    node: Node, wanted: Dataset, *, syntaxes: tuple[str, ...] = (EXPLICIT,), model: str = ""
) -> tuple[list[tuple[int, Dataset | None]], list[bytes]]:
    """Return the responses to a C-GET by pynetdicom, and the data sets that came."""
    model = model or StudyRootQueryRetrieveInformationModelGet
    received: list[bytes] = []

    def keep(event: evt.Event) -> int:
        received.append(event.request.DataSet.getvalue())
        return 0

    ae = AE("GETTER")
    ae.add_requested_context(model)
    ae.add_requested_context(CTImageStorage, list(syntaxes))
    ae.add_requested_context(MRImageStorage, list(syntaxes))
    roles = [build_role(each, scp_role=True) for each in (CTImageStorage, MRImageStorage)]
    association = ae.associate(
        "127.0.0.1", node.port, ae_title="ISOCENTER", ext_neg=roles, evt_handlers=[(evt.EVT_C_STORE, keep)]
    )
    assert association.is_established
    responses = [(status.Status, data) for status, data in association.send_c_get(wanted, model)]
    association.release()
    return responses, received


@pytest.mark.parametrize("level", ["STUDY", "SERIES", "IMAGE"])
def test_get_gives_back_every_level_byte_for_byte(node: Node, level: str) -> None:
    keys = {"StudyInstanceUID": uid("CT_small.dcm")}
    if level != "STUDY":
        keys["SeriesInstanceUID"] = uid("CT_small.dcm", "SeriesInstanceUID")
    if level == "IMAGE":
        keys["SOPInstanceUID"] = uid("CT_small.dcm", "SOPInstanceUID")
    responses, received = get(node, identifier(level, **keys))
    assert responses[-1][0] == 0
    assert received == [dataset_of(FILES["CT_small.dcm"].read_bytes())]
    (event,) = [event for event in node.events if event.action == "retrieve"]
    assert (event.calling_ae_title, event.count, event.study_uids) == ("GETTER", 1, (uid("CT_small.dcm"),))


def test_get_takes_lists_of_uids_and_patients(node: Node) -> None:
    both = [uid("CT_small.dcm"), uid("MR_small.dcm")]
    assert len(get(node, identifier("STUDY", StudyInstanceUID=both))[1]) == 2
    model = PatientRootQueryRetrieveInformationModelGet
    patient = uid("MR_small.dcm", "PatientID")
    assert len(get(node, identifier("PATIENT", PatientID=patient), model=model)[1]) == 1


def test_what_is_not_here_is_an_empty_success(node: Node) -> None:
    responses, received = get(node, identifier("STUDY", StudyInstanceUID="1.2.3"))
    assert ([status for status, _ in responses], received) == ([0], [])


def test_what_the_peer_cannot_take_is_named(node: Node) -> None:
    responses, received = get(node, identifier("STUDY", StudyInstanceUID=uid("JPEG2000.dcm")))
    status, failed = responses[-1]
    assert (status, received) == (0xA702, [])  # nuclear medicine was not proposed
    assert failed is not None
    assert failed.FailedSOPInstanceUIDList == uid("JPEG2000.dcm", "SOPInstanceUID")


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", EXPLICIT])
def test_what_is_compressed_goes_uncompressed_to_who_does_not_take_it(node: Node, syntax: str) -> None:
    image = pydicom.dcmread(FILES["CT_small.dcm"])
    image.compress(pydicom.uid.RLELossless)
    image.StudyInstanceUID = image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = "1.2.3.99"
    stream = BytesIO()
    image.save_as(stream)
    incoming = node.archive.receive(origin="test")
    incoming.write(stream.getvalue())
    incoming.commit()
    responses, received = get(node, identifier("STUDY", StudyInstanceUID="1.2.3.99"), syntaxes=(syntax,))
    assert responses[-1][0] == 0
    is_implicit = syntax != EXPLICIT
    got = pydicom.filereader.read_dataset(BytesIO(received[0]), is_implicit, True)
    assert got.PixelData == pydicom.dcmread(FILES["CT_small.dcm"]).PixelData


@pytest.mark.parametrize(
    ("level", "keys"),
    [
        ("PATIENT", {"PatientID": "1CT1"}),  # not a level of the study root
        ("STUDY", {}),
        ("STUDY", {"StudyInstanceUID": ""}),
        ("SERIES", {"StudyInstanceUID": "1.2.3"}),
        ("NONSENSE", {"StudyInstanceUID": "1.2.3"}),
    ],
)
def test_identifiers_that_make_no_sense_are_refused(node: Node, level: str, keys: dict[str, str]) -> None:
    responses, received = get(node, identifier(level, **keys))
    assert responses[-1][0] == 0xA900
    assert received == []


def move(node: Node, destination: str, wanted: Dataset) -> list[tuple[Dataset, Dataset | None]]:
    ae = AE("MOVER")
    ae.add_requested_context(StudyRootQueryRetrieveInformationModelMove)
    association = ae.associate("127.0.0.1", node.port, ae_title="ISOCENTER")
    assert association.is_established
    responses = list(association.send_c_move(wanted, destination, StudyRootQueryRetrieveInformationModelMove))
    association.release()
    return responses


def test_move_sends_to_a_known_node(node: Node, receiver: Receiver) -> None:
    wanted = identifier("STUDY", StudyInstanceUID=[uid("CT_small.dcm"), uid("MR_small.dcm")])
    status, _ = move(node, "THIRD", wanted)[-1]
    assert (status.Status, status.NumberOfCompletedSuboperations) == (0, 2)
    expected = {dataset_of(FILES[name].read_bytes()) for name in ("CT_small.dcm", "MR_small.dcm")}
    assert {content for _, _, content in receiver.received} == expected
    assert receiver.originators == {"MOVER"}


def test_move_to_an_unknown_node_is_refused(node: Node) -> None:
    status, _ = move(node, "STRANGER", identifier("STUDY", StudyInstanceUID=uid("CT_small.dcm")))[-1]
    assert status.Status == 0xA801


def test_move_to_a_node_that_is_not_there_names_every_instance(node: Node) -> None:
    status, failed = move(node, "NOWHERE", identifier("STUDY", StudyInstanceUID=uid("CT_small.dcm")))[-1]
    assert (status.Status, status.NumberOfFailedSuboperations) == (0xA702, 1)
    assert failed is not None
    assert failed.FailedSOPInstanceUIDList == uid("CT_small.dcm", "SOPInstanceUID")


def test_a_destination_that_refuses_is_reported(node: Node, receiver: Receiver) -> None:
    receiver.status = 0xA700
    status, _ = move(node, "THIRD", identifier("STUDY", StudyInstanceUID=uid("CT_small.dcm")))[-1]
    assert (status.Status, status.NumberOfFailedSuboperations) == (0xA702, 1)


def test_a_cancelled_get_ends_early(node: Node, tmp_path: Path) -> None:
    template = pydicom.dcmread(FILES["CT_small.dcm"])
    for number in range(30):
        template.SOPInstanceUID = template.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.4.{number}"
        stream = BytesIO()
        template.save_as(stream)
        incoming = node.archive.receive(origin="test")
        incoming.write(stream.getvalue())
        incoming.commit()
    model = StudyRootQueryRetrieveInformationModelGet
    received: list[str] = []

    def keep(event: evt.Event) -> int:
        received.append(event.request.AffectedSOPInstanceUID)
        if len(received) == 3:
            event.assoc.send_c_cancel(1, None, model)
        return 0

    ae = AE("GETTER")
    ae.add_requested_context(model)
    ae.add_requested_context(CTImageStorage, [EXPLICIT])
    association = ae.associate(
        "127.0.0.1",
        node.port,
        ae_title="ISOCENTER",
        ext_neg=[build_role(CTImageStorage, scp_role=True)],
        evt_handlers=[(evt.EVT_C_STORE, keep)],
    )
    wanted = identifier("STUDY", StudyInstanceUID=template.StudyInstanceUID)
    statuses = [status.Status for status, _ in association.send_c_get(wanted, model)]
    association.release()
    assert statuses[-1] == 0xFE00
    assert 3 <= len(received) < 31


@pytest.mark.skipif(shutil.which("getscu") is None, reason="dcmtk is not installed (Debian: dcmtk)")
def test_dcmtk_gets_and_moves(node: Node, tmp_path: Path) -> None:
    keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={uid('CT_small.dcm')}"]
    target = tmp_path / "got"
    target.mkdir()
    at = ["-aec", "ISOCENTER", "127.0.0.1", str(node.port)]
    subprocess.run(["getscu", "-S", "-od", str(target), *keys, *at], check=True, capture_output=True, timeout=120)
    assert [pydicom.dcmread(path) for path in target.iterdir()] == [pydicom.dcmread(FILES["CT_small.dcm"])]
    port = free_port()
    listener = DimseListener(node.archive, port=0, nodes=(Peer("MOVESCU", "127.0.0.1", port),))
    listener.start()
    target = tmp_path / "moved"
    target.mkdir()
    at = ["-aet", "MOVESCU", "-aec", "ISOCENTER", "127.0.0.1", str(listener.port)]
    command = ["movescu", "-S", "-aem", "MOVESCU", "--port", str(port), "-od", str(target), *keys, *at]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    listener.stop()
    (moved,) = [pydicom.dcmread(path) for path in target.iterdir()]
    expected = pydicom.dcmread(FILES["CT_small.dcm"])
    expected.pop("DataSetTrailingPadding")  # dcmtk does not keep it
    assert moved == expected
