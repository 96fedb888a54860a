"""C-FIND as provider: what may be asked, what comes back, and that an answer can be cut short."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset

from isocenter.archive.query import Query
from isocenter.dicom.identifier import encode_identifier
from isocenter.protocols.dimse import commands
from isocenter.protocols.upper_layer import pdus
from isocenter.server.dimse.scu import send

PATIENT_ROOT, STUDY_ROOT = "1.2.840.10008.5.1.4.1.2.1.1", "1.2.840.10008.5.1.4.1.2.2.1"
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
STUDY = {"QueryRetrieveLevel": "STUDY", "PatientID": "", "PatientName": "", "StudyInstanceUID": ""}


def _find(wire: Any, root: str, identifier: bytes, syntax: str = IMPLICIT) -> tuple[list[int], list[Dataset]]:
    """Return every status and every data set that answers."""
    wire.command(1, identifier, fragment=60000, CommandField=commands.C_FIND_RQ, AffectedSOPClassUID=root, Priority=0)
    codes, found, received = [], [], b""
    while True:
        kind, body = wire.framed()
        assert kind == pdus.P_DATA
        for _, control, data in pdus.pdvs(memoryview(body)):
            if control & 1:
                codes.append(commands.integer(commands.decode(data), "Status"))
                continue
            received += bytes(data)
            if control & 2:
                found.append(read_dataset(BytesIO(received), syntax == IMPLICIT, True))
                received = b""
        if codes[-1] not in (0xFF00, 0xFF01):
            return codes, found


@pytest.fixture
def filled(serve: Callable[..., Any], ct: Path, tmp_path: Path) -> Any:
    """Return a node with one patient of two studies, the second with two series."""
    node = serve()
    paths = []
    for number, (study, series) in enumerate([("1.2.1", "1.2.1.1"), ("1.2.2", "1.2.2.1"), ("1.2.2", "1.2.2.2")]):
        dataset = pydicom.dcmread(ct)
        dataset.SpecificCharacterSet, dataset.PatientName, dataset.PatientID = "ISO_IR 100", "Müller^Jörg", "P-7"
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SOPInstanceUID = (
            study,
            series,
            f"{series}.{number}",
        )
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.StudyDate = f"2020030{number + 1}"
        paths.append(tmp_path / f"{number}.dcm")
        dataset.save_as(paths[-1])
    assert send(paths, node.peer).is_complete
    return node


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT])
def test_an_answer_holds_what_was_asked_for_and_where_it_is(filled: Any, dial: Callable[..., Any], syntax: str) -> None:
    wire = dial(filled)
    wire.associate((1, STUDY_ROOT, (syntax,)))
    keys = {**STUDY, "StudyDate": "20200301", "NumberOfStudyRelatedSeries": "", "AccessionNumber": ""}
    codes, (found,) = _find(wire, STUDY_ROOT, encode_identifier(keys, syntax), syntax)
    assert codes == [0xFF00, 0]
    assert str(found.PatientName) == "Müller^Jörg"
    assert (found.SpecificCharacterSet, found.StudyInstanceUID, found.PatientID) == ("ISO_IR 192", "1.2.1", "P-7")
    assert found.NumberOfStudyRelatedSeries == 1
    assert "AccessionNumber" in found
    assert (found.QueryRetrieveLevel, found.RetrieveAETitle, found.InstanceAvailability) == (
        "STUDY", "ISOCENTER", "ONLINE",
    )  # fmt: skip


def test_a_key_that_is_not_known_comes_back_empty_and_is_told(filled: Any, dial: Callable[..., Any]) -> None:
    wire = dial(filled)
    wire.associate((1, STUDY_ROOT, (IMPLICIT,)))
    keys = {**STUDY, "StudyInstanceUID": "1.2.1", "PatientAddress": "", "RequestedProcedureCodeSequence": ""}
    codes, (found,) = _find(wire, STUDY_ROOT, encode_identifier(keys, IMPLICIT))
    assert codes == [0xFF01, 0]  # PS3.4 table C.4-1: optional keys were not supported
    assert found.PatientAddress == ""
    assert len(found.RequestedProcedureCodeSequence) == 0


@pytest.mark.parametrize(
    ("root", "keys", "expected"),
    [
        (PATIENT_ROOT, {"QueryRetrieveLevel": "PATIENT", "PatientID": "P*"}, 1),
        (PATIENT_ROOT, {"QueryRetrieveLevel": "STUDY", "PatientID": "P-7", "StudyInstanceUID": ""}, 2),
        (PATIENT_ROOT, {"QueryRetrieveLevel": "SERIES", "PatientID": "P-7", "StudyInstanceUID": "1.2.2"}, 2),
        (STUDY_ROOT, {**STUDY, "StudyInstanceUID": "1.2.1\\1.2.2\\1.2.3"}, 2),
        (STUDY_ROOT, {**STUDY, "PatientName": "müller*"}, 2),
        (STUDY_ROOT, {**STUDY, "StudyDate": "-20200301"}, 1),
        (STUDY_ROOT, {**STUDY, "PatientID": "P-?"}, 2),
        (STUDY_ROOT, {"QueryRetrieveLevel": "SERIES", "StudyInstanceUID": "1.2.2", "SeriesInstanceUID": ""}, 2),
        (
            STUDY_ROOT,
            {"QueryRetrieveLevel": "IMAGE", "StudyInstanceUID": "1.2.2", "SeriesInstanceUID": "1.2.2.2", "Rows": ""},
            1,
        ),
    ],
)
def test_matching_follows_the_model(
    filled: Any, dial: Callable[..., Any], root: str, keys: dict[str, str], expected: int
) -> None:
    wire = dial(filled)
    wire.associate((1, root, (IMPLICIT,)))
    codes, found = _find(wire, root, encode_identifier(keys, IMPLICIT))
    assert codes == [0xFF00] * expected + [0]
    assert len(found) == expected


@pytest.mark.parametrize(
    ("root", "keys"),
    [
        (STUDY_ROOT, {"PatientID": "P-7"}),  # no level
        (STUDY_ROOT, {"QueryRetrieveLevel": "PATIENT", "PatientID": "P-7"}),  # a level of the other model
        (PATIENT_ROOT, {"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": "1.2.1"}),  # whose study?
        (STUDY_ROOT, {"QueryRetrieveLevel": "SERIES", "StudyInstanceUID": "1.2.*"}),  # one study, not several
        (STUDY_ROOT, {"QueryRetrieveLevel": "SERIES", "StudyInstanceUID": "1.2.1\\1.2.2"}),
        (STUDY_ROOT, {"QueryRetrieveLevel": "IMAGE", "StudyInstanceUID": "1.2.1"}),  # which series?
        (STUDY_ROOT, {**STUDY, "StudyDate": "2020-03"}),  # no date and no range
    ],
)
def test_what_the_model_forbids_does_not_match_the_class(
    filled: Any, dial: Callable[..., Any], root: str, keys: dict[str, str]
) -> None:
    wire = dial(filled)
    wire.associate((1, root, (IMPLICIT,)))
    assert _find(wire, root, encode_identifier(keys, IMPLICIT)) == ([0xA900], [])
    assert _find(wire, root, b"\xff\xd8 no identifier")[0] == [0xC000]
    assert _find(wire, root, bytes((1 << 20) + 2))[0] == [0xA700]


class LongArchive:
    """An archive that finds far more than anybody waits for, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.n_found = 0
        self.is_closed = False

    def find(self, query: Query) -> Iterator[dict[str, Any]]:
        if self.error is not None:
            raise self.error
        try:
            while self.n_found < 20_000:
                self.n_found += 1
                yield {"PatientID": "P", "StudyInstanceUID": f"1.2.{self.n_found}"}
        finally:
            self.is_closed = True


def test_a_cancelled_query_ends(serve: Callable[..., Any], dial: Callable[..., Any]) -> None:
    archive = LongArchive()
    node = serve(archive)
    wire = dial(node)
    wire.associate((1, STUDY_ROOT, (IMPLICIT,)))
    wire.command(1, encode_identifier(STUDY, IMPLICIT), CommandField=commands.C_FIND_RQ, AffectedSOPClassUID=STUDY_ROOT)
    assert wire.response()["Status"] == 0xFF00
    wire.command(1, CommandField=commands.C_CANCEL_RQ, MessageIDBeingRespondedTo=1)
    while (status := wire.response()["Status"]) == 0xFF00:
        pass
    assert status == 0xFE00
    wire.send(b"\5\0\0\0\0\4\0\0\0\0")
    assert wire.pdu() == pdus.ReleaseResponse()
    assert archive.is_closed
    assert node.events[0].action == "query"


@pytest.mark.parametrize("last_words", [b"", b"\7\0\0\0\0\4\0\0\0\0", b"\5\0\0\0\0\4\0\0\0\0"])
def test_a_peer_that_goes_ends_its_query(
    serve: Callable[..., Any], dial: Callable[..., Any], last_words: bytes
) -> None:
    archive = LongArchive()
    node = serve(archive)
    wire = dial(node)
    wire.associate((1, STUDY_ROOT, (IMPLICIT,)))
    wire.command(1, encode_identifier(STUDY, IMPLICIT), CommandField=commands.C_FIND_RQ, AffectedSOPClassUID=STUDY_ROOT)
    wire.response()
    if last_words:
        wire.send(last_words)
        while wire.framed()[0] == pdus.P_DATA:
            pass
    wire.stream.close()
    for thread in list(node.listener._open):
        thread.join(60)
    assert archive.is_closed


def test_a_failing_index_is_an_answer_and_not_the_end(serve: Callable[..., Any], dial: Callable[..., Any]) -> None:
    wire = dial(serve(LongArchive(OSError("Secret^Sally cannot be read"))))
    wire.associate((1, STUDY_ROOT, (IMPLICIT,)))
    for _ in range(2):
        wire.command(
            1, encode_identifier(STUDY, IMPLICIT), CommandField=commands.C_FIND_RQ, AffectedSOPClassUID=STUDY_ROOT
        )
        answer = wire.response()
        assert answer["Status"] == 0xC000
        assert "Secret" not in str(answer)
