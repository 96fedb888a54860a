"""The DICOM node: what peers send is kept as sent, what is wrong gets the protocol's answer, and the node lives on."""

import errno
import shutil
import socket
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pynetdicom import AE, evt
from pynetdicom.sop_class import CTImageStorage, StudyRootQueryRetrieveInformationModelFind, Verification

from isocenter.archive.archive import Archive
from isocenter.archive.query import Query
from isocenter.archive.store import ObjectWriter
from isocenter.core.errors import OptionError, ProtocolError
from isocenter.dicom.example_files import example_files
from isocenter.protocols.dimse import commands
from isocenter.protocols.upper_layer import pdus
from isocenter.server.dimse.events import DimseEvent
from isocenter.server.dimse.listener import DimseListener
from isocenter.server.dimse.negotiation import own_user_information
from isocenter.server.dimse.scu import Peer, echo, send

FILES = {path.name: path for path in example_files()}
CT = FILES["CT_small.dcm"]


@dataclass
class Node:
    """A listening node, its archive and what it told."""

    archive: Archive
    peer: Peer
    events: list[DimseEvent] = field(default_factory=list)

    def stored(self) -> int:
        """Return how many instances the archive holds."""
        return len(list(self.archive.find(Query("IMAGE"))))


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    archive = Archive.open(tmp_path / "archive")
    events: list[DimseEvent] = []
    listener = DimseListener(archive, port=0, on_event=events.append, idle_timeout_s=5)
    listener.start()
    yield Node(archive, Peer("ISOCENTER", "127.0.0.1", listener.port), events)
    listener.stop()
    archive.close()


def dataset_bytes(content: bytes) -> bytes:
    return content[144 + struct.unpack("<L", content[140:144])[0] :]


def test_what_is_sent_is_kept_byte_for_byte(node: Node) -> None:
    report = send(list(FILES.values()), node.peer)
    assert report.is_complete, report.sentence()
    assert node.stored() == len(FILES)
    for row in node.archive.find(Query("IMAGE")):
        kept = node.archive.instances(row["StudyInstanceUID"], row["SeriesInstanceUID"], row["SOPInstanceUID"])[0]
        source = next(
            p
            for p in FILES.values()
            if pydicom.dcmread(p, specific_tags=["SOPInstanceUID"]).SOPInstanceUID == row["SOPInstanceUID"]
        )
        assert dataset_bytes(bytes(node.archive.original(kept))) == dataset_bytes(source.read_bytes())
    assert node.events[-1].action == "store"


def test_files_that_are_not_dicom_are_reported_and_the_others_sent(node: Node, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no DICOM")
    report = send([tmp_path / "notes.txt", CT], node.peer)
    assert not report.is_complete
    assert "notes.txt" in report.sentence()
    assert node.stored() == 1


def test_pynetdicom_stores_and_finds(node: Node) -> None:
    ae = AE()
    ae.add_requested_context(CTImageStorage)
    ae.add_requested_context(StudyRootQueryRetrieveInformationModelFind)
    ae.add_requested_context(Verification)
    association = ae.associate("127.0.0.1", node.peer.port, ae_title="ISOCENTER")
    assert association.is_established
    assert association.send_c_echo().Status == 0
    assert association.send_c_store(pydicom.dcmread(CT)).Status == 0
    query = pydicom.Dataset()
    query.QueryRetrieveLevel = "STUDY"
    query.PatientName = "compressed*"
    query.NumberOfStudyRelatedInstances = None
    answers = list(association.send_c_find(query, StudyRootQueryRetrieveInformationModelFind))
    assert [status.Status for status, _ in answers] == [0xFF00, 0]
    assert answers[0][1].NumberOfStudyRelatedInstances == 1
    assert str(answers[0][1].PatientName) == "CompressedSamples^CT1"
    association.release()


def test_every_level_is_found_and_a_missing_key_is_an_error(node: Node) -> None:
    send(list(FILES.values()), node.peer)
    study = next(iter(node.archive.find(Query("STUDY", {"PatientID": "1CT1"}))))["StudyInstanceUID"]
    ae = AE()
    ae.add_requested_context(StudyRootQueryRetrieveInformationModelFind)
    association = ae.associate("127.0.0.1", node.peer.port, ae_title="ISOCENTER")

    def statuses(**keys: str) -> list[int]:
        query = pydicom.Dataset()
        for keyword, value in keys.items():
            setattr(query, keyword, value)
        return [
            status.Status for status, _ in association.send_c_find(query, StudyRootQueryRetrieveInformationModelFind)
        ]

    assert statuses(QueryRetrieveLevel="SERIES", StudyInstanceUID=study) == [0xFF00, 0]
    assert statuses(QueryRetrieveLevel="SERIES") == [0xA900]
    assert statuses(QueryRetrieveLevel="PATIENT", PatientID="*") == [0xA900]
    assert statuses(QueryRetrieveLevel="NONSENSE") == [0xA900]
    assert statuses(QueryRetrieveLevel="STUDY", StudyDate="yesterday") == [0xA900]
    association.release()


def test_our_sender_reaches_pynetdicom(tmp_path: Path) -> None:
    kept: list[bytes] = []

    def store(event: evt.Event) -> int:
        kept.append(event.request.DataSet.getvalue())
        return 0x0000 if len(kept) == 1 else 0xA700

    ae = AE(ae_title="PEER")
    ae.add_supported_context(CTImageStorage)
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
    try:
        peer = Peer("PEER", "127.0.0.1", server.server_address[1])
        report = send([CT, FILES["MR_small.dcm"]], peer)
    finally:
        server.shutdown()
    assert kept == [dataset_bytes(CT.read_bytes())]
    assert not report.is_complete
    assert "neither its SOP class" in report.sentence()


@pytest.mark.peer
@pytest.mark.parametrize("program", ["storescu", "dcmsend"])
def test_dcmtk_stores_and_finds(node: Node, program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed (Debian: dcmtk)")
    port = str(node.peer.port)
    options = ["-aec", "ISOCENTER", "127.0.0.1", port]
    assert subprocess.run(["echoscu", *options], check=False).returncode == 0
    assert subprocess.run([program, *options, str(CT)], check=False).returncode == 0
    kept = node.archive.instances(next(iter(node.archive.find(Query("STUDY"))))["StudyInstanceUID"])[0]
    received, source = pydicom.dcmread(BytesIO(node.archive.original(kept))), pydicom.dcmread(CT)
    source.pop("DataSetTrailingPadding")  # dcmtk does not send it
    assert received == source
    keys = ["-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "PatientID=1CT1", "-k", "PatientName"]
    found = subprocess.run(["findscu", *keys, *options], capture_output=True, check=False)
    assert b"CompressedSamples^CT1" in found.stdout + found.stderr


def test_a_full_disk_is_answered_and_nothing_is_kept(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: ObjectWriter, data: object) -> None:
        raise StorageFull

    from isocenter.core.errors import StorageFullError

    StorageFull = StorageFullError("The disk is full; nothing was stored.", found=errno.ENOSPC)
    monkeypatch.setattr(ObjectWriter, "write", full)
    report = send([CT], node.peer)
    assert "out of resources" in report.sentence()
    monkeypatch.undo()
    assert node.stored() == 0
    assert not list((tmp_path / "archive/objects").rglob("*.dcm"))
    assert send([CT], node.peer).is_complete


def test_bytes_that_are_no_data_set_and_wrong_uids_are_refused(node: Node, tmp_path: Path) -> None:
    content = CT.read_bytes()
    start = 144 + struct.unpack("<L", content[140:144])[0]
    cut = tmp_path / "cut.dcm"
    cut.write_bytes(content[: start + 700])
    other = pydicom.dcmread(CT)
    ae = AE()
    ae.add_requested_context(CTImageStorage)
    association = ae.associate("127.0.0.1", node.peer.port, ae_title="ISOCENTER")
    del other.StudyInstanceUID
    assert association.send_c_store(other).Status >> 12 in (0xA, 0xC)
    association.release()
    assert not send([cut], node.peer).is_complete
    assert node.stored() == 0
    assert send([CT], node.peer).is_complete


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x01\x00\x00\x00\x00\x10" + b"\0" * 16,
        b"\x04\x00\xff\xff\xff\xff",
        b"\x01\x00\xff\xff\xff\xff",
        b"\x09\x00\x00\x00\x00\x00",
        b"\x01\x00\x00\x00\x00\x44" + b"\xff" * 68,
        b"\x01",
    ],
)
def test_garbage_is_aborted_and_the_node_lives_on(node: Node, garbage: bytes) -> None:
    with socket.create_connection(("127.0.0.1", node.peer.port), timeout=60) as stream:
        stream.sendall(garbage)
        stream.shutdown(socket.SHUT_WR)
        answer = stream.recv(1000)
    assert answer == b"" or answer[0] in (3, 7)
    echo(node.peer)


def test_a_sender_that_vanishes_leaves_nothing(node: Node, tmp_path: Path) -> None:
    stream = socket.create_connection(("127.0.0.1", node.peer.port))
    context = pdus.ProposedContext(1, CTImageStorage, ("1.2.840.10008.1.2.1",))
    stream.sendall(pdus.encode(pdus.AssociateRequest("ISOCENTER", "GHOST", (context,), own_user_information())))
    assert stream.recv(1000)[0] == 2  # A-ASSOCIATE-AC
    command = commands.encode(
        {
            "AffectedSOPClassUID": str(CTImageStorage),
            "CommandField": commands.C_STORE_RQ,
            "MessageID": 1,
            "CommandDataSetType": commands.WITH_DATASET,
            "AffectedSOPInstanceUID": "1.2.3",
        }
    )
    stream.sendall(pdus.pdv_header(1, len(command), is_command=True, is_last=True) + command)
    part = dataset_bytes(CT.read_bytes())[:2000]
    stream.sendall(pdus.pdv_header(1, len(part), is_command=False, is_last=False) + part)
    stream.close()
    assert send([CT], node.peer).is_complete
    assert node.stored() == 1
    assert len(list(node.archive._store.all())) == 1


def test_wrong_titles_are_rejected(node: Node, tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match="rejects"):
        echo(Peer("SOMEBODY", node.peer.host, node.peer.port))
    archive = Archive.open(tmp_path / "other")
    listener = DimseListener(archive, port=0, allow=("CT1",))
    listener.start()
    try:
        peer = Peer("ISOCENTER", "127.0.0.1", listener.port)
        with pytest.raises(ProtocolError, match="rejects"):
            echo(peer, ae_title="STRANGER")
        echo(peer, ae_title="CT1")
    finally:
        listener.stop()
        archive.close()


def test_a_peer_that_is_not_there_is_named() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(ProtocolError, match="cannot be reached"):
        echo(Peer("NOBODY", "127.0.0.1", port))


@pytest.mark.parametrize("text", ["ISOCENTER", "A@B", "A@b:x", "@h:1", "A" * 17 + "@h:1", "A@h:0", "A@h:70000"])
def test_addresses_of_the_wrong_form_are_refused(text: str) -> None:
    with pytest.raises(OptionError, match="address"):
        Peer.parse(text)


def test_an_address_is_read() -> None:
    assert Peer.parse("PACS@[::1]:104") == Peer("PACS", "::1", 104)
