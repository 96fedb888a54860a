"""Our get and move fetch from our own node and from others, by function and by command."""

from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file
from pynetdicom import AE, evt
from pynetdicom.sop_class import CTImageStorage, StudyRootQueryRetrieveInformationModelGet

from isocenter.archive.archive import Archive
from isocenter.archive.query import Query
from isocenter.cli.main import main
from isocenter.core.errors import ProtocolError
from isocenter.server.dimse.listener import DimseListener
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.scu_retrieve import get, move

FILES = [Path(str(get_testdata_file(name))) for name in ("CT_small.dcm", "MR_small.dcm", "JPEG2000.dcm")]
CT = pydicom.dcmread(FILES[0])


@pytest.fixture
def third(tmp_path: Path) -> Iterator[tuple[Archive, Peer]]:
    archive = Archive.open(tmp_path / "third", durable=False)
    listener = DimseListener(archive, port=0, ae_title="THIRD")
    listener.start()
    yield archive, Peer("THIRD", "127.0.0.1", listener.port)
    listener.stop()
    archive.close()


@pytest.fixture
def peer(tmp_path: Path, third: tuple[Archive, Peer]) -> Iterator[Peer]:
    archive = Archive.open(tmp_path / "archive", durable=False)
    for path in FILES:
        incoming = archive.receive(origin="test")
        incoming.write(path.read_bytes())
        incoming.commit()
    listener = DimseListener(archive, port=0, nodes=(third[1],))
    listener.start()
    yield Peer("ISOCENTER", "127.0.0.1", listener.port)
    listener.stop()
    archive.close()


def test_get_fetches_files(peer: Peer, tmp_path: Path) -> None:
    result = get(peer, "STUDY", {"StudyInstanceUID": CT.StudyInstanceUID}, tmp_path / "got")
    assert (result.is_complete, result.n_completed) == (True, 1)
    assert result.files == [tmp_path / "got" / f"{CT.SOPInstanceUID}.dcm"]
    assert pydicom.dcmread(result.files[0]) == CT


def test_what_was_not_proposed_is_named(peer: Peer, tmp_path: Path) -> None:
    study = pydicom.dcmread(FILES[1]).StudyInstanceUID
    keys = {"StudyInstanceUID": f"{study}\\{CT.StudyInstanceUID}"}
    result = get(peer, "STUDY", keys, tmp_path, sop_class_uids=[CT.SOPClassUID])
    assert (result.is_complete, result.n_completed) == (False, 1)
    assert result.failed == (pydicom.dcmread(FILES[1]).SOPInstanceUID,)


def test_move_sends_to_a_third_node(peer: Peer, third: tuple[Archive, Peer]) -> None:
    assert move(peer, "STUDY", {"StudyInstanceUID": CT.StudyInstanceUID}, "THIRD").is_complete
    assert [row["SOPInstanceUID"] for row in third[0].find(Query("IMAGE"))] == [CT.SOPInstanceUID]
    with pytest.raises(ProtocolError, match="destination unknown"):
        move(peer, "STUDY", {"StudyInstanceUID": CT.StudyInstanceUID}, "STRANGER")


def test_a_node_of_another_make_is_asked(tmp_path: Path) -> None:
    def give(event: evt.Event) -> Iterator[object]:
        yield 1
        yield 0xFF00, CT

    ae = AE("OTHER")
    ae.add_supported_context(StudyRootQueryRetrieveInformationModelGet)
    ae.add_supported_context(CTImageStorage, scu_role=True, scp_role=True)
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_GET, give)])
    other = Peer("OTHER", "127.0.0.1", server.socket.getsockname()[1])
    result = get(other, "STUDY", {"StudyInstanceUID": CT.StudyInstanceUID}, tmp_path)
    server.shutdown()
    assert result.is_complete
    assert pydicom.dcmread(result.files[0]).pixel_array.sum() == CT.pixel_array.sum()


def test_the_commands_find_get_and_move(peer: Peer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["find", str(peer), "PatientID=1CT1"]) == 0
    assert CT.StudyInstanceUID in capsys.readouterr().out
    study = f"StudyInstanceUID={CT.StudyInstanceUID}"
    assert main(["find", str(peer), study, "--level", "SERIES", "--json"]) == 0
    assert CT.SeriesInstanceUID in capsys.readouterr().out
    assert main(["get", str(peer), study, "-o", str(tmp_path / "got"), "-q"]) == 0
    assert len(list((tmp_path / "got").iterdir())) == 1
    assert main(["move", str(peer), study, "--to", "THIRD", "-q"]) == 0
    assert main(["get", str(peer), "nonsense", "-q"]) != 0
