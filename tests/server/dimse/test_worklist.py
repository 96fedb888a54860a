"""Modality worklist: items come from a source, we match and shorten them; a folder of files is a source."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from pynetdicom import AE, evt
from pynetdicom.pdu_primitives import SOPClassExtendedNegotiation
from pynetdicom.sop_class import ModalityWorklistInformationFind

from isocenter.cli.main import main
from isocenter.core.errors import NotFoundError, ProtocolError
from isocenter.dicom.datasets import encode_dataset
from isocenter.dicom.json_model import to_json
from isocenter.dicom.json_reader import JsonDataset
from isocenter.protocols.dimse import commands
from isocenter.protocols.upper_layer.pdus import AssociateAccept, ReleaseResponse
from isocenter.server.dimse.scu_worklist import worklist, worklist_keys
from isocenter.server.dimse.worklist_folder import WorklistFolder

WORKLIST = "1.2.840.10008.5.1.4.31"
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"


def item(number: int, name: str = "Doe^Jane", charset: str = "", **step: str) -> Dataset:
    """Return a worklist item with one scheduled procedure step."""
    found = Dataset()
    if charset:
        found.SpecificCharacterSet = charset.split("\\")
    found.AccessionNumber, found.PatientName, found.PatientID = f"A{number}", name, f"P-{number}"
    found.PatientBirthDate, found.PatientSex, found.StudyInstanceUID = "19700101", "F", f"1.2.3.{number}"
    found.RequestedProcedureID, found.RequestedProcedureDescription = f"R{number}", "head"
    found.PatientComments = "not asked for"
    scheduled = Dataset()
    scheduled.Modality, scheduled.ScheduledStationAETitle = "CT", "CT1"
    scheduled.ScheduledProcedureStepStartDate, scheduled.ScheduledProcedureStepStartTime = "20240105", "100000"
    scheduled.ScheduledProcedureStepID = f"S{number}"
    for keyword, value in step.items():
        setattr(scheduled, keyword, value)
    found.ScheduledProcedureStepSequence = [scheduled]
    return found


ITEMS = (
    item(1),
    item(2, "Müller^Jörg", "ISO_IR 100", Modality="MR", ScheduledStationAETitle="MR1"),
    item(3, "Yamada^Tarou=山田^太郎", "\\ISO 2022 IR 87", ScheduledProcedureStepStartDate="20240107"),
    item(4, "Roe^Richard", ScheduledProcedureStepStartDate="20240106", ScheduledProcedureStepStartTime="1830"),
)


class Listed:
    """A source that yields what it was made with, and remembers what it was asked."""

    def __init__(self, items: tuple[Dataset, ...] = ITEMS) -> None:
        self.found = [to_json(each) for each in items]
        self.asked: list[JsonDataset] = []

    def items(self, keys: JsonDataset) -> Iterator[JsonDataset]:
        self.asked.append(keys)
        yield from self.found


def ask(node: Any, keys: Dataset, *extended: bytes, classes: str = WORKLIST) -> tuple[list[int], list[Dataset]]:
    """Return every status and every data set that pynetdicom gets."""
    ae = AE("CT1")
    ae.add_requested_context(ModalityWorklistInformationFind)
    items = []
    for each in extended:
        proposed = SOPClassExtendedNegotiation()
        proposed.sop_class_uid, proposed.service_class_application_information = classes, each
        items.append(proposed)
    association = ae.associate("127.0.0.1", node.peer.port, ae_title="ISOCENTER", ext_neg=items)
    assert association.is_established
    answers = list(association.send_c_find(keys, ModalityWorklistInformationFind))
    association.release()
    return [status.Status for status, _ in answers], [found for _, found in answers if found is not None]


def keys_for(**step: str) -> Dataset:
    """Return an identifier as a modality sends it; keywords that are not of the step stand beside it."""
    keys = Dataset()
    keys.PatientName, keys.PatientID, keys.AccessionNumber, keys.StudyInstanceUID = "", "", "", ""
    scheduled = Dataset()
    scheduled.Modality, scheduled.ScheduledStationAETitle = "", ""
    scheduled.ScheduledProcedureStepStartDate, scheduled.ScheduledProcedureStepStartTime = "", ""
    for keyword, value in step.items():
        setattr(scheduled if keyword == "Modality" or keyword.startswith("Scheduled") else keys, keyword, value)
    keys.ScheduledProcedureStepSequence = [scheduled]
    return keys


def names(found: list[Dataset]) -> list[str]:
    return [each.AccessionNumber for each in found]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, "A1 A2 A3 A4"),
        ({"Modality": "MR"}, "A2"),
        ({"ScheduledStationAETitle": "CT?"}, "A1 A3 A4"),
        ({"ScheduledStationAETitle": "MR1", "Modality": "CT"}, ""),
        ({"ScheduledProcedureStepStartDate": "20240105"}, "A1 A2"),
        ({"ScheduledProcedureStepStartDate": "20240106-"}, "A3 A4"),
        ({"ScheduledProcedureStepStartDate": "-20240105"}, "A1 A2"),
        ({"ScheduledProcedureStepStartDate": "20240105-20240106"}, "A1 A2 A4"),
        ({"ScheduledProcedureStepStartTime": "1830"}, "A4"),
        ({"ScheduledProcedureStepStartTime": "12-19"}, "A4"),
        # Both ranges together are a range of moments (PS3.4 table K.6-1).
        (
            {
                "ScheduledProcedureStepStartDate": "20240105-20240107",
                "ScheduledProcedureStepStartTime": "1100-0900",
            },
            "A4",
        ),
        ({"PatientName": "doe*"}, "A1"),
        ({"PatientName": "MULLER^JORG"}, "A2"),
        ({"PatientName": "*太郎"}, "A3"),
        ({"PatientID": "P-1\\P-4"}, "A1 A4"),
        ({"AccessionNumber": "a1"}, ""),
        ({"AccessionNumber": "A*"}, "A1 A2 A3 A4"),
        ({"StudyInstanceUID": "1.2.3.2\\1.2.3.3"}, "A2 A3"),
    ],
)
def test_only_what_matches_is_answered(serve: Callable[..., Any], wanted: dict[str, str], expected: str) -> None:
    keys = keys_for(**wanted)
    keys.SpecificCharacterSet = "ISO_IR 192"
    codes, found = ask(serve(worklist=Listed()), keys)
    assert names(found) == expected.split()
    assert codes == [0xFF00] * len(found) + [0]


def test_an_answer_holds_what_was_asked_for_in_the_character_set_of_the_item(serve: Callable[..., Any]) -> None:
    source = Listed()
    keys = keys_for(RequestedProcedureDescription="")
    codes, found = ask(serve(worklist=source), keys)
    assert codes[-1] == 0
    assert [str(each.PatientName) for each in found] == [str(each.PatientName) for each in ITEMS]
    assert found[1].SpecificCharacterSet == "ISO_IR 100"
    assert list(found[2].SpecificCharacterSet) == ["", "ISO 2022 IR 87"]
    assert "SpecificCharacterSet" not in found[0]
    assert "PatientComments" not in found[0]
    assert found[0].RequestedProcedureDescription == "head"
    (step,) = found[0].ScheduledProcedureStepSequence
    assert (step.Modality, step.ScheduledStationAETitle) == ("CT", "CT1")
    assert "ScheduledProcedureStepID" not in step
    assert source.asked[0]["00400100"]["Value"][0]["00080060"] == {"vr": "CS"}


def test_a_sequence_without_keys_comes_back_whole(serve: Callable[..., Any]) -> None:
    keys = Dataset()
    keys.AccessionNumber, keys.ScheduledProcedureStepSequence = "A1", []
    _, (found,) = ask(serve(worklist=Listed()), keys)
    assert found.ScheduledProcedureStepSequence == ITEMS[0].ScheduledProcedureStepSequence


def test_all_keys_of_a_sequence_match_the_same_item_and_an_answer_is_about_one_step(serve: Callable[..., Any]) -> None:
    two = item(5)
    other = item(6, Modality="MR", ScheduledStationAETitle="MR1")
    two.ScheduledProcedureStepSequence.append(other.ScheduledProcedureStepSequence[0])
    node = serve(worklist=Listed((two,)))
    assert ask(node, keys_for(Modality="MR", ScheduledStationAETitle="CT1"))[1] == []
    _, (found,) = ask(node, keys_for(Modality="MR"))
    assert [step.ScheduledStationAETitle for step in found.ScheduledProcedureStepSequence] == ["MR1"]
    _, both = ask(node, keys_for())
    assert [len(each.ScheduledProcedureStepSequence) for each in both] == [1, 1]


def test_a_key_that_is_not_known_comes_back_empty_and_is_told(serve: Callable[..., Any]) -> None:
    keys = keys_for(AccessionNumber="A1", PatientTelephoneNumbers="", PregnancyStatus=None)
    node = serve(worklist=Listed())
    codes, (found,) = ask(node, keys)
    assert codes == [0xFF01, 0]
    assert found.PatientTelephoneNumbers == ""
    keys = keys_for(AccessionNumber="A1", PregnancyStatus=None)
    assert ask(node, keys)[0] == [0xFF00, 0]  # of the model, though nothing is known


def test_names_are_matched_fuzzily_where_that_was_agreed(serve: Callable[..., Any]) -> None:
    node = serve(worklist=Listed())
    keys = keys_for(PatientName="jor mull")
    assert ask(node, keys)[1] == []
    assert names(ask(node, keys, b"\1\1\1")[1]) == ["A2"]


@pytest.mark.parametrize(
    ("keys", "status"),
    [
        ({"ScheduledProcedureStepStartDate": "2024-01"}, 0xA900),
        ({"ScheduledProcedureStepStartDate": "tomorrow"}, 0xA900),
        ({"AccessionNumber": "x" * 300}, 0xA900),
    ],
)
def test_malformed_keys_do_not_match_the_class(serve: Callable[..., Any], keys: dict[str, str], status: int) -> None:
    codes, found = ask(serve(worklist=Listed()), keys_for(**keys))
    assert (codes, found) == ([status], [])


def test_bytes_that_are_no_identifier_are_refused_and_the_next_query_is_answered(
    serve: Callable[..., Any], dial: Callable[..., Any]
) -> None:
    wire = dial(serve(worklist=Listed()))
    wire.associate((1, WORKLIST, (IMPLICIT,)))
    sound = encode_dataset(worklist_keys({"AccessionNumber": "A1"}), IMPLICIT)
    for data in (b"\xff\xd8 no identifier", sound[:-3], bytes((1 << 20) + 2), os.urandom(200)):
        wire.command(1, data, fragment=60000, CommandField=commands.C_FIND_RQ, AffectedSOPClassUID=WORKLIST)
        assert wire.response()["Status"] in (0xC000, 0xA700), data[:20]
    wire.command(1, None, CommandField=commands.C_FIND_RQ, AffectedSOPClassUID=WORKLIST)
    assert wire.response()["Status"] == 0xC000
    wire.command(1, sound, CommandField=commands.C_FIND_RQ, AffectedSOPClassUID=WORKLIST)
    assert [wire.response()["Status"] for _ in range(2)] == [0xFF00, 0]


def test_without_a_source_the_service_is_refused(serve: Callable[..., Any], dial: Callable[..., Any]) -> None:
    node = serve()
    reply = dial(node).associate((1, WORKLIST, (IMPLICIT,)))
    assert isinstance(reply, AssociateAccept)
    assert [context.result for context in reply.contexts] == [3]
    with pytest.raises(ProtocolError, match="no worklist"):
        worklist(node.peer, {})


class Broken:
    """A source that fails, with words that must not leave the house."""

    def items(self, keys: JsonDataset) -> Iterator[JsonDataset]:
        yield to_json(ITEMS[0])
        raise RuntimeError("Secret^Sally")


def test_a_failing_source_is_an_answer_and_not_the_end(
    serve: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    node = serve(worklist=Broken())
    for _ in range(2):
        codes, _found = ask(node, keys_for())
        assert codes == [0xFF00, 0xC000]
    assert "Secret" not in caplog.text


def test_a_cancelled_query_ends(serve: Callable[..., Any], dial: Callable[..., Any]) -> None:
    class Endless:
        n_given = 0

        def items(self, keys: JsonDataset) -> Iterator[JsonDataset]:
            while self.n_given < 20_000:
                self.n_given += 1
                yield to_json(ITEMS[0])

    source = Endless()
    wire = dial(serve(worklist=source))
    wire.associate((1, WORKLIST, (IMPLICIT,)))
    identifier = encode_dataset(worklist_keys({}), IMPLICIT)
    wire.command(1, identifier, CommandField=commands.C_FIND_RQ, AffectedSOPClassUID=WORKLIST)
    assert wire.response()["Status"] == 0xFF00
    wire.command(1, CommandField=commands.C_CANCEL_RQ, MessageIDBeingRespondedTo=1)
    while (status := wire.response()["Status"]) == 0xFF00:
        pass
    assert status == 0xFE00
    assert source.n_given < 20_000
    wire.send(b"\5\0\0\0\0\4\0\0\0\0")
    assert wire.pdu() == ReleaseResponse()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of worklist files, one of them damaged."""
    found = tmp_path / "worklist"
    (found / "ISOCENTER").mkdir(parents=True)
    for number, each in enumerate(ITEMS):
        write(each, found / "ISOCENTER" / f"{number}.wl")
    (found / "damaged.wl").write_bytes(b"DICM, or not")
    (found / "lockfile").write_bytes(b"")
    return found


def write(each: Dataset, path: Path) -> None:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = WORKLIST, generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    FileDataset(str(path), each, preamble=bytes(128), file_meta=meta).save_as(path)


def test_a_folder_is_a_source_and_follows_its_files(serve: Callable[..., Any], folder: Path) -> None:
    node = serve(worklist=WorklistFolder(folder))
    assert names(ask(node, keys_for())[1]) == ["A1", "A2", "A3", "A4"]
    (folder / "ISOCENTER" / "0.wl").unlink()
    write(item(9), folder / "ISOCENTER" / "1.wl")
    write(item(7), folder / "new.wl")
    assert names(ask(node, keys_for())[1]) == ["A9", "A3", "A4", "A7"]
    with pytest.raises(NotFoundError):
        WorklistFolder(folder / "none")


@pytest.mark.skipif(shutil.which("findscu") is None, reason="dcmtk is not installed")
def test_dcmtk_gets_the_worklist(serve: Callable[..., Any], folder: Path) -> None:
    node = serve(worklist=WorklistFolder(folder))
    words = ["-W", "-aec", "ISOCENTER", "-k", "PatientName", "-k", "AccessionNumber"]
    words += ["-k", "ScheduledProcedureStepSequence[0].Modality=MR"]
    words += ["-k", "ScheduledProcedureStepSequence[0].ScheduledStationAETitle"]
    done = subprocess.run(
        ["findscu", "-v", *words, "127.0.0.1", str(node.peer.port)], capture_output=True, timeout=60, check=False
    )
    told = (done.stdout + done.stderr).decode("latin-1")
    assert done.returncode == 0, told
    assert told.count("Find Response:") == 1
    assert "[A2]" in told
    assert "[MR1 ]" in told
    assert "Müller^Jörg" in told


def test_our_own_query_finds_what_pynetdicom_offers() -> None:
    def handle(event: Any) -> Iterator[tuple[int, Dataset | None]]:
        (step,) = event.identifier.ScheduledProcedureStepSequence
        for each in ITEMS:
            if step.Modality in ("", each.ScheduledProcedureStepSequence[0].Modality):
                yield 0xFF00, each

    ae = AE("RIS")
    ae.add_supported_context(ModalityWorklistInformationFind)
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, handle)])
    try:
        from isocenter.server.dimse.peer import Peer

        peer = Peer("RIS", "127.0.0.1", server.server_address[1])
        (found,) = worklist(peer, {"Modality": "MR"})
        assert found["00100010"]["Value"] == [{"Alphabetic": "Müller^Jörg"}]
        assert len(worklist(peer, {})) == 4
    finally:
        server.shutdown()


def test_the_command_prints_columns_and_json(
    serve: Callable[..., Any], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    node = serve(worklist=WorklistFolder(folder))
    assert main(["worklist", str(node.peer), "Modality=MR"]) == 0
    assert capsys.readouterr().out == "20240105  100000  MR1  MR  A2  P-2  Müller^Jörg  head\n1 items.\n"
    assert main(["worklist", str(node.peer), "PatientName=yam*", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["00100010"]["Value"][0]["Ideographic"] == "山田^太郎"
    assert main(["worklist", str(node.peer), "--limit", "2"]) == 0
    assert capsys.readouterr().out.endswith("2 items.\n")
