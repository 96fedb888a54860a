"""Orthanc as peer, in both directions, on files of every transfer syntax."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.data import get_testdata_file

from isocenter.archive.archive import Archive
from isocenter.archive.query import Query
from isocenter.dicom.transfer_syntaxes import TRANSFER_SYNTAXES
from isocenter.server.dimse.commitment import Commitments
from isocenter.server.dimse.listener import DimseListener
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.scu import NOT_ACCEPTED, echo, find, send
from isocenter.server.dimse.scu_retrieve import get, move

PROGRAM = shutil.which("Orthanc") or ("/usr/sbin/Orthanc" if Path("/usr/sbin/Orthanc").exists() else None)
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="Orthanc is not installed (Debian: orthanc)")
NAMES = (
    "CT_small.dcm",
    "MR_small.dcm",
    "JPEG2000.dcm",
    "rtplan.dcm",
    "SC_rgb_small_odd.dcm",
    "examples_ybr_color.dcm",
    "liver_1frame.dcm",
)
JPEG_FAMILY = "1.2.840.10008.1.2.4."
TAKEN_BY_ORTHANC = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5"} | {
    JPEG_FAMILY + number for number in ("50", "51", "70", "80", "81", "90", "91", "100", "102", "107")
}
FILES = [Path(str(get_testdata_file(name, download=False))) for name in NAMES]


@dataclass
class Both:
    """Orthanc and our node, which know each other."""

    orthanc: Peer
    ours: Peer
    archive: Archive
    http_port: int

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        """Return the answer of Orthanc's own interface."""
        connection = HTTPConnection("127.0.0.1", self.http_port, timeout=120)
        connection.request(method, path, None if body is None else json.dumps(body))
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content
        return json.loads(content) if content else None

    def kept(self) -> dict[str, pydicom.Dataset]:
        """Return what we hold, by instance."""
        found = {}
        for row in self.archive.find(Query("IMAGE")):
            (instance,) = self.archive.instances(
                row["StudyInstanceUID"], row["SeriesInstanceUID"], row["SOPInstanceUID"]
            )
            found[instance.instance_uid] = pydicom.dcmread(BytesIO(self.archive.original(instance)))
        return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    archive = Archive.open(tmp_path / "archive", durable=False)
    orthanc = Peer("ORTHANC", "127.0.0.1", free_port())
    commitments = Commitments(tmp_path / "commitments", archive, {"ORTHANC": orthanc}, own_ae_title="ISOCENTER")
    listener = DimseListener(archive, port=0, nodes=(orthanc,), commitments=commitments)
    listener.start()
    http_port = free_port()
    settings = {
        "StorageDirectory": str(tmp_path / "orthanc"),
        "IndexDirectory": str(tmp_path / "orthanc"),
        "DicomAet": "ORTHANC",
        "DicomPort": orthanc.port,
        "HttpPort": http_port,
        "RemoteAccessAllowed": False,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowMove": True,
        "DicomModalities": {"ours": ["ISOCENTER", "127.0.0.1", listener.port]},
        "Plugins": [],
    }
    (tmp_path / "orthanc.json").write_text(json.dumps(settings))
    process = subprocess.Popen(
        [str(PROGRAM), str(tmp_path / "orthanc.json")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(orthanc)
        yield Both(orthanc, Peer("ISOCENTER", "127.0.0.1", listener.port), archive, http_port)
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
        listener.stop()
        commitments.close()
        archive.close()


def _wait_for(peer: Peer) -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            echo(peer)
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def study_of(path: Path) -> str:
    return str(pydicom.dcmread(path, stop_before_pixels=True).StudyInstanceUID)


def test_what_we_send_is_found_and_fetched_again(both: Both, tmp_path: Path) -> None:
    assert send(FILES, both.orthanc).is_complete
    assert len(both.rest("GET", "/instances")) == len(FILES)
    found = find(both.orthanc, "STUDY", {"PatientID": "1CT1"}, returns=["StudyInstanceUID"])
    assert [row["StudyInstanceUID"] for row in found] == [study_of(FILES[0])]
    fetched = get(both.orthanc, "STUDY", {"StudyInstanceUID": study_of(FILES[0])}, tmp_path / "got")
    assert fetched.is_complete
    assert pydicom.dcmread(fetched.files[0]).PixelData == pydicom.dcmread(FILES[0]).PixelData
    both.rest("PUT", "/modalities/ours", {"AET": "ISOCENTER", "Host": "127.0.0.1", "Port": both.ours.port})
    assert move(both.orthanc, "STUDY", {"StudyInstanceUID": study_of(FILES[1])}, "ISOCENTER").is_complete
    assert set(both.kept()) == {str(pydicom.dcmread(FILES[1]).SOPInstanceUID)}


def test_what_it_sends_is_kept(both: Both) -> None:
    for path in FILES:
        connection = HTTPConnection("127.0.0.1", both.http_port, timeout=120)
        connection.request("POST", "/instances", path.read_bytes())
        assert connection.getresponse().status == 200
    both.rest("POST", "/modalities/ours/echo", {})
    both.rest("POST", "/modalities/ours/store", {"Resources": both.rest("GET", "/instances"), "Synchronous": True})
    expected = {str(each.SOPInstanceUID): each for each in map(pydicom.dcmread, FILES)}
    kept = both.kept()
    assert kept.keys() == expected.keys()
    for uid, got in kept.items():
        expected[uid].pop("DataSetTrailingPadding", None)  # it does not send that
        assert got.file_meta.TransferSyntaxUID == expected[uid].file_meta.TransferSyntaxUID
        assert got.get("PixelData") == expected[uid].get("PixelData")
        assert {element.tag for element in got} == {element.tag for element in expected[uid]}


@pytest.mark.filterwarnings("ignore")
def test_every_file_goes_there_and_comes_back(both: Both, real_files: list[Any]) -> None:
    sound = [file for file in real_files if not _is_too_much_for_orthanc(file)]
    files = list({(file.class_uid, file.syntax): file for file in sound}.values())  # Orthanc takes its time
    sent = send([file.path for file in files], both.orthanc)
    taken = [file for file, result in zip(files, sent.results, strict=True) if not result.problem]
    assert {file.syntax for file in taken} >= TAKEN_BY_ORTHANC
    assert {each.problem for each in sent.results} <= {"", NOT_ACCEPTED}
    assert len(both.rest("GET", "/instances")) == len(taken)
    both.rest("POST", "/modalities/ours/store", {"Resources": both.rest("GET", "/instances"), "Synchronous": True})
    kept = both.kept()
    assert kept.keys() == {file.instance_uid for file in taken}
    assert [str(file.path) for file in taken if not _is_same(kept[file.instance_uid], file)] == []


def _even(pixels: bytes | None) -> bytes:
    return (pixels or b"") + b"\0" * (len(pixels or b"") % 2)


def _is_too_much_for_orthanc(file: Any) -> bool:
    """Return whether it refuses a file, or hangs up: an element of odd length, pixels that are only referred to."""
    is_damaged = {"malformed", "malformed_fuzz"} & set(file.path.parts) or file.path.name == "rtdose_rle.dcm"
    return bool(is_damaged) or "JPIP" in TRANSFER_SYNTAXES.get(file.syntax, "")


def _is_same(got: pydicom.Dataset, file: Any) -> bool:
    """Return whether pixels, syntax and elements are the file's; padding and group lengths are not sent."""
    sent = pydicom.dcmread(file.path)
    padding = pydicom.tag.Tag("DataSetTrailingPadding")
    tags = [{e.tag for e in each if e.tag.element and e.tag != padding} for each in (got, sent)]
    return bool(
        got.file_meta.TransferSyntaxUID == file.syntax
        and _even(got.get("PixelData")) == _even(sent.get("PixelData"))
        and tags[0] == tags[1]
    )


def test_it_finds_and_moves_from_us(both: Both) -> None:
    assert send(FILES, both.ours).is_complete
    answer = both.rest("POST", "/modalities/ours/query", {"Level": "Study", "Query": {"PatientID": "1CT1"}})
    assert len(both.rest("GET", f"/queries/{answer['ID']}/answers")) == 1
    both.rest("POST", f"/queries/{answer['ID']}/retrieve", {"TargetAet": "ORTHANC", "Synchronous": True})
    (instance,) = both.rest("GET", "/instances")
    tags = both.rest("GET", f"/instances/{instance}/simplified-tags")
    assert tags["StudyInstanceUID"] == study_of(FILES[0])


def test_it_is_told_what_is_committed(both: Both) -> None:
    assert send(FILES[:2], both.ours).is_complete
    instances = [
        {"SOPClassUID": str(each.SOPClassUID), "SOPInstanceUID": str(each.SOPInstanceUID)}
        for each in (pydicom.dcmread(path, stop_before_pixels=True) for path in FILES[:2])
    ]
    asked = {"DicomInstances": [*instances, {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "SOPInstanceUID": "1.2.3"}]}
    answer = both.rest("POST", "/modalities/ours/storage-commitment", asked)
    deadline = time.monotonic() + 120
    report = both.rest("GET", answer["Path"])
    while report["Status"] == "Pending" and time.monotonic() < deadline:
        time.sleep(0.1)
        report = both.rest("GET", answer["Path"])
    assert report["Status"] == "Failure"
    assert {each["SOPInstanceUID"] for each in report["Success"]} == {each["SOPInstanceUID"] for each in instances}
    assert [each["SOPInstanceUID"] for each in report["Failures"]] == ["1.2.3"]
