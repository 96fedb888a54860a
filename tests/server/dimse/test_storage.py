"""C-STORE as provider: what is kept, what is refused with which status, and what nobody gets to read."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.filebase import DicomFileLike

from isocenter.core.errors import StorageFullError
from isocenter.protocols.dimse import commands
from isocenter.protocols.upper_layer.pdus import AssociateAccept
from isocenter.server.dimse.scu import send

CT, MR, EXPLICIT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.1.2.1"


def _uid(path: Path) -> str:
    return str(pydicom.dcmread(path, specific_tags=["SOPInstanceUID"]).SOPInstanceUID)


def _changed(path: Path, **values: Any) -> bytes:
    dataset = pydicom.dcmread(path)
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    stream = BytesIO()
    pydicom.filewriter.write_dataset(_writing(stream), dataset)
    return stream.getvalue()


def _writing(stream: BytesIO) -> Any:
    file = DicomFileLike(stream)
    file.is_implicit_VR, file.is_little_endian = False, True
    return file


@pytest.mark.parametrize("fragment", [0, 1000, 40])
def test_a_data_set_is_kept_as_it_comes_in_whatever_pieces(
    serve: Callable[..., Any], dial: Callable[..., Any], ct: Path, dataset_of: Callable[[Path], bytes], fragment: int
) -> None:
    node = serve()
    wire = dial(node)
    wire.associate((3, CT, (EXPLICIT,)))
    assert wire.store(3, CT, _uid(ct), dataset_of(ct), fragment) == 0
    assert node.kept() == {_uid(ct): dataset_of(ct)}
    (instance,) = node.archive.instances(pydicom.dcmread(ct).StudyInstanceUID)
    meta = pydicom.dcmread(BytesIO(node.archive.original(instance))).file_meta
    assert meta.TransferSyntaxUID == EXPLICIT
    assert meta.SourceApplicationEntityTitle == "WIRE"


@pytest.mark.parametrize(
    "syntax", ["1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.5", "1.2.840.113619.5.2"]
)
def test_every_transfer_syntax_is_kept_and_private_classes_too(
    serve: Callable[..., Any], dial: Callable[..., Any], ct: Path, syntax: str
) -> None:
    private = "1.3.46.670589.11.0.0.12.1"
    data = _changed(ct, SOPClassUID=private)
    if syntax.startswith("1.2.840.113619"):
        data = _implicit(ct, private)  # GE's private syntax: implicit, with big endian pixels
    else:
        data = data[: data.index(b"\xe0\x7f\x10\0")] + _encapsulated()
    node = serve()
    wire = dial(node)
    wire.associate((1, private, (syntax,)))
    assert wire.store(1, private, _uid(ct), data) == 0
    assert node.kept() == {_uid(ct): data}


def _encapsulated() -> bytes:
    return (
        b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\0\0\0\0\xfe\xff\0\xe0\4\0\0\0\xff\xd8\xff\xd9"
        b"\xfe\xff\xdd\xe0\0\0\0\0"
    )


def _implicit(ct: Path, class_uid: str) -> bytes:
    dataset = pydicom.dcmread(ct)
    dataset.SOPClassUID = class_uid
    stream = BytesIO()
    file = _writing(stream)
    file.is_implicit_VR = True
    pydicom.filewriter.write_dataset(file, dataset)
    return stream.getvalue()


def test_what_does_not_fit_gets_the_status_of_the_standard_and_the_association_goes_on(
    serve: Callable[..., Any], dial: Callable[..., Any], ct: Path, dataset_of: Callable[[Path], bytes]
) -> None:
    node = serve()
    wire = dial(node)
    wire.associate((1, CT, (EXPLICIT,)), (3, MR, (EXPLICIT,)))
    data, uid = dataset_of(ct), _uid(ct)
    # PS3.4 table B.2-1 and PS3.7 annex C.
    assert wire.store(1, CT, "1.2.3.99", data) == 0xA900  # another instance than announced
    assert wire.store(1, MR, uid, data) == 0x0122  # another class than its context
    assert wire.store(1, CT, uid, None) == 0xC000  # nothing was sent
    assert wire.store(1, CT, uid, b"") == 0xC000
    assert wire.store(1, CT, uid, data[:500]) == 0xC000  # cut off
    assert wire.store(1, CT, uid, b"\x89PNG" * 50) == 0xC000  # no data set
    assert wire.store(1, CT, "1.2.not a uid", data) >> 12 in (0xA, 0xC)
    assert wire.store(1, CT, uid, _changed(ct, StudyInstanceUID="")) == 0xC000
    assert node.kept() == {}
    assert wire.store(3, MR, uid, data) == 0xB007  # kept, but it is not of that class
    assert wire.store(1, CT, uid, data) == 0  # the same data set is here already
    assert node.kept() == {uid: data}
    wire.stream.close()


def test_an_instance_sent_twice_is_kept_once(
    serve: Callable[..., Any], dial: Callable[..., Any], ct: Path, dataset_of: Callable[[Path], bytes]
) -> None:
    node = serve()
    wire = dial(node)
    wire.associate((1, CT, (EXPLICIT,)))
    assert [wire.store(1, CT, _uid(ct), dataset_of(ct)) for _ in range(2)] == [0, 0]
    assert len(node.kept()) == 1


class FailingArchive:
    """An archive that takes some bytes and then fails; it counts what was begun and what was forgotten."""

    def __init__(self, error: Exception, when: str) -> None:
        self.error, self.when = error, when
        self.n_begun = self.n_aborted = self.n_committed = 0

    def receive_dataset(self, **_: str) -> FailingArchive:
        self._perhaps("receive")
        self.n_begun += 1
        return self

    def write(self, data: memoryview) -> None:
        self._perhaps("write")

    def room(self) -> memoryview:
        self._perhaps("write")
        return memoryview(bytearray(1000))

    def took(self, n_bytes: int) -> None:
        assert n_bytes <= 1000

    def commit(self) -> Any:
        self.n_committed += 1
        self._perhaps("commit")

    def abort(self) -> None:
        self.n_aborted += 1

    def _perhaps(self, moment: str) -> None:
        if moment == self.when:
            raise self.error


@pytest.mark.parametrize("when", ["receive", "write", "commit"])
@pytest.mark.parametrize(
    ("error", "status"),
    [(StorageFullError("The disk is full; nothing was stored."), 0xA700), (OSError(5, "Input/output error"), 0x0110)],
)
def test_a_failing_disk_is_never_answered_by_success(
    serve: Callable[..., Any], dial: Callable[..., Any], ct: Path, dataset_of: Callable[[Path], bytes],
    error: Exception, status: int, when: str,
) -> None:  # fmt: skip
    archive = FailingArchive(error, when)
    wire = dial(serve(archive))
    wire.associate((1, CT, (EXPLICIT,)))
    for _ in range(2):  # the peer hears it every time, on the same association
        assert wire.store(1, CT, _uid(ct), dataset_of(ct), 4000) == status
    assert archive.n_begun == archive.n_committed + archive.n_aborted
    assert archive.n_committed == (2 if when == "commit" else 0)


@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")
def test_neither_log_nor_answer_nor_audit_tells_of_the_patient(
    serve: Callable[..., Any], dial: Callable[..., Any], ct: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = _changed(ct, PatientName="Secret^Sally", PatientID="SECRET7", StudyInstanceUID="Secret^Sally")
    node = serve()
    wire = dial(node)
    wire.associate((1, CT, (EXPLICIT,)))
    with caplog.at_level(logging.DEBUG, "isocenter"):
        wire.command(
            1, data, CommandField=1, Priority=0, AffectedSOPClassUID=CT, AffectedSOPInstanceUID="1.2.3\r\nSecret^Sally"
        )
        refused = wire.response()
        wire.command(1, data, CommandField=1, Priority=0, AffectedSOPClassUID=CT, AffectedSOPInstanceUID=_uid(ct))
        answer = wire.response()
    assert refused["Status"] != 0
    assert answer["Status"] != 0
    logged = [record.getMessage() for record in caplog.records if record.name.startswith("isocenter")]
    assert len(logged) == 2
    told = f"{answer} {refused['ErrorComment']} {logged} {node.events}"
    assert "Secret" not in told
    assert "SECRET" not in told


def test_many_send_at_once_and_everything_arrives(
    serve: Callable[..., Any], copies: Callable[[int], list[Path]], dataset_of: Callable[[Path], bytes]
) -> None:
    node = serve()
    files = copies(40)
    reports = []

    def deliver(part: list[Path]) -> None:
        reports.append(send(part, node.peer))

    # Every file is sent by two peers: one keeps it, the other hears success all the same.
    threads = [threading.Thread(target=deliver, args=(files[k % 4 :: 4],)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(reports) == 8
    assert all(report.is_complete for report in reports)
    assert node.kept() == {_uid(path): dataset_of(path) for path in files}
    assert not node.archive.conflicts()


@pytest.mark.parametrize("last_words", [b"", b"\5\0\0\0\0\4\0\0\0\0", b"\7\0\0\0\0\4\0\0\0\0", b"\x0a\0\0\0\0\0"])
def test_what_was_not_finished_is_forgotten(
    serve: Callable[..., Any],
    dial: Callable[..., Any],
    ct: Path,
    dataset_of: Callable[[Path], bytes],
    last_words: bytes,
) -> None:
    archive = FailingArchive(OSError(), "never")
    node = serve(archive)
    wire = dial(node)
    assert isinstance(wire.associate((1, CT, (EXPLICIT,))), AssociateAccept)
    request = {"CommandField": commands.C_STORE_RQ, "AffectedSOPClassUID": CT, "AffectedSOPInstanceUID": "1.2.3"}
    wire.data(1, commands.encode({"MessageID": 1, "CommandDataSetType": 0, **request}), is_command=True)
    wire.data(1, dataset_of(ct)[:3000], is_command=False, is_all=False)
    wire.send(last_words)
    if last_words:
        wire.framed()
    wire.stream.close()
    for thread in list(node.listener._open):
        thread.join(120)
    assert (archive.n_begun, archive.n_aborted, archive.n_committed) == (1, 1, 0)


def test_other_bytes_under_a_known_uid_are_kept_with_a_warning(
    serve: Callable[..., Any], dial: Callable[..., Any], ct: Path, dataset_of: Callable[[Path], bytes]
) -> None:
    node = serve()
    wire = dial(node)
    wire.associate((3, CT, (EXPLICIT,)))
    assert wire.store(3, CT, _uid(ct), dataset_of(ct)) == 0
    assert wire.store(3, CT, _uid(ct), _changed(ct, PatientID="other")) == 0xB007
    assert len(node.archive.conflicts()) == 1


def test_a_uid_with_leading_zeros_is_kept(serve: Callable[..., Any], dial: Callable[..., Any], ct: Path) -> None:
    wire = dial(serve())
    wire.associate((3, CT, (EXPLICIT,)))
    assert wire.store(3, CT, "1.02.003", _changed(ct, SOPInstanceUID="1.02.003")) == 0
