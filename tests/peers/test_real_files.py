"""Every client over every file: what was stored is kept and comes back byte for byte.

What a peer changes itself before it sends is not held against us: dcmtk's senders are compared with what dcmtk's own
receiver gets from them. ISOCENTER_ALL_FILES=1 takes the large files, too.
"""

import shutil
import socket
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pynetdicom import _config, build_role, evt
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelGet as Get
from tests.peers.lost_answers import patient_entity, tried_again

from isocenter.core.errors import IsocenterError
from isocenter.dicom.part10 import file_meta
from isocenter.dicom.transcoding import transcode

EXPLICIT = "1.2.840.10008.1.2.1"
PROPOSALS = {
    "1.2.840.10008.1.2": "-xi", EXPLICIT: "-xe", "1.2.840.10008.1.2.2": "-xb", "1.2.840.10008.1.2.1.99": "-xd",
    "1.2.840.10008.1.2.5": "-xr", "1.2.840.10008.1.2.4.50": "-xy", "1.2.840.10008.1.2.4.51": "-xx",
    "1.2.840.10008.1.2.4.70": "-xs", "1.2.840.10008.1.2.4.80": "-xt", "1.2.840.10008.1.2.4.81": "-xu",
    "1.2.840.10008.1.2.4.90": "-xv", "1.2.840.10008.1.2.4.91": "-xw", "1.2.840.10008.1.2.4.100": "-xm",
    "1.2.840.10008.1.2.4.101": "-xh", "1.2.840.10008.1.2.4.102": "-xn", "1.2.840.10008.1.2.4.103": "-xl",
    "1.2.840.10008.1.2.4.104": "-x2", "1.2.840.10008.1.2.4.105": "-x3", "1.2.840.10008.1.2.4.106": "-xo",
    "1.2.840.10008.1.2.4.107": "-x4", "1.2.840.10008.1.2.4.108": "-x5",
}  # fmt: skip
MAX_CONTEXTS = 120
pytestmark = [pytest.mark.peer, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have dcmtk's programs send without waiting for more (Nagle's algorithm): ten times as fast."""
    monkeypatch.setenv("TCP_NODELAY", "1")


def need(*programs: str) -> None:
    """Skip where a program is missing."""
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed (Debian: dcmtk)")


@contextmanager
def receiver(folder: Path, port: int) -> Iterator[None]:
    """Run dcmtk's receiver, which keeps every data set as it comes."""
    folder.mkdir()
    command = ["storescp", "-q", "+B", "+xa", "-pm", "-od", str(folder), str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(60)


def by_syntax(files: list[Any]) -> dict[str, list[Any]]:
    groups = defaultdict(list)
    for file in files:
        groups[file.syntax].append(file)
    return groups


def kinds(files: list[Any]) -> Iterator[list[Any]]:
    """Yield files in groups of so few classes and syntaxes that one association has a context for each."""
    groups = defaultdict(list)
    for file in files:
        groups[file.class_uid, file.syntax].append(file)
    names = sorted(groups)
    for start in range(0, len(names), MAX_CONTEXTS):
        yield [file for name in names[start : start + MAX_CONTEXTS] for file in groups[name]]


def dcmtk_sends(program: str, files: list[Any], port: int) -> None:
    """Send files by one of dcmtk's programs, in the syntax they are in."""
    at = ["-q", "-aec", "ISOCENTER", "127.0.0.1", str(port)]
    for syntax, group in by_syntax(files).items():
        paths = [str(file.path) for file in group]
        if program == "dcmsend":
            subprocess.run([program, "-dn", "-nh", "-nuc", *at, *paths], check=False, capture_output=True, timeout=240)
        elif syntax in PROPOSALS:
            proposal = [PROPOSALS[syntax], "-R", "-nh"]
            subprocess.run([program, *proposal, *at, *paths], check=False, capture_output=True, timeout=240)


def test_our_sender_changes_nothing(filled: Any, real_files: list[Any]) -> None:
    assert len(real_files) > 400
    kept = filled.kept()
    assert [str(file.path) for file in real_files if kept[file.instance_uid] != file.sent] == []


@pytest.mark.parametrize("program", ["storescu", "dcmsend"])
def test_dcmtk_stores(
    program: str, node: Any, real_files: list[Any], tmp_path: Path, datasets_in: Callable[[Path], dict[str, bytes]]
) -> None:
    need(program, "storescp")
    # dcmtk ends the association when it cannot read a file.
    files = [file for file in real_files if file.syntax in PROPOSALS and "malformed" not in str(file.path)]
    with receiver(tmp_path / "dcmtk", node.move_port):
        dcmtk_sends(program, files, node.move_port)
    dcmtk_sends(program, files, node.port)
    theirs, ours = datasets_in(tmp_path / "dcmtk"), node.kept()
    assert len(theirs) > 0.95 * len(files)
    assert [str(f.path) for f in files if ours.get(f.instance_uid) != theirs.get(f.instance_uid)] == []


@tried_again
def test_pynetdicom_stores(node: Any, real_files: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_config, "STORE_SEND_CHUNKED_DATASET", True)  # the bytes of the file, not parsed before
    for group in kinds(real_files):
        ae = patient_entity()
        for class_uid, syntax in {(file.class_uid, file.syntax) for file in group}:
            ae.add_requested_context(class_uid, syntax)
        association = ae.associate("127.0.0.1", node.port, ae_title="ISOCENTER")
        assert association.is_established
        assert {association.send_c_store(file.path).Status for file in group} == {0}
        association.release()
    kept = node.kept()
    assert [str(file.path) for file in real_files if kept[file.instance_uid] != file.dataset] == []


def pynetdicom_gets(port: int, files: list[Any]) -> dict[str, bytes]:
    """Return what comes when every study of these files is asked for, each kind on a context of its own."""
    got: dict[str, bytes] = {}

    def store(event: evt.Event) -> int:
        got[str(event.request.AffectedSOPInstanceUID)] = event.request.DataSet.getvalue()
        return 0

    for group in kinds(files):
        ae = patient_entity()
        ae.add_requested_context(Get)
        names = {(file.class_uid, file.syntax) for file in group}
        for class_uid, syntax in names:
            ae.add_requested_context(class_uid, syntax)
        roles = [build_role(class_uid, scp_role=True) for class_uid in {name for name, _ in names}]
        association = ae.associate(
            "127.0.0.1", port, ae_title="ISOCENTER", ext_neg=roles, evt_handlers=[(evt.EVT_C_STORE, store)]
        )
        assert association.is_established
        for series in {(file.study_uid, file.series_uid) for file in group}:
            wanted = pydicom.Dataset()
            wanted.QueryRetrieveLevel = "IMAGE"
            wanted.StudyInstanceUID, wanted.SeriesInstanceUID = series
            wanted.SOPInstanceUID = [f.instance_uid for f in group if (f.study_uid, f.series_uid) == series]
            *_, (last, _) = association.send_c_get(wanted, Get)
            assert last.Status == 0
        association.release()
    return got


@tried_again
def test_pynetdicom_gets(filled: Any, real_files: list[Any]) -> None:
    got = pynetdicom_gets(filled.port, real_files)
    assert [str(file.path) for file in real_files if got.get(file.instance_uid) != file.sent] == []


def same_object(file: Any, received: bytes) -> bool:
    """Return whether a data set without compression is the file's: the same values, as far as pydicom decodes them."""
    if file.syntax == EXPLICIT:
        return received == file.sent
    got = pydicom.dcmread(BytesIO(file_meta(file.class_uid, file.instance_uid, EXPLICIT) + received))
    sent = pydicom.dcmread(file.path)
    about_pixels = {"PixelData", "PhotometricInterpretation", "PlanarConfiguration", "PixelRepresentation"}
    tags = [{e.tag for e in each if e.tag.element and e.keyword not in about_pixels} for each in (got, sent)]
    if tags[0] != tags[1]:  # group lengths, element 0, are retired and not written anew
        return False
    if got.get("PixelRepresentation") != sent.get("PixelRepresentation"):
        return True  # of a codestream that says it is signed where the header does not; pydicom believes the header
    try:
        expected = sent.pixel_array
    except Exception:  # no pixels, or none that pydicom can decode here
        return True
    return np.array_equal(got.pixel_array, expected) or sent.get("PhotometricInterpretation", "").startswith("YBR")


def test_dcmtk_gets(
    filled: Any, real_files: list[Any], tmp_path: Path, datasets_in: Callable[[Path], dict[str, bytes]]
) -> None:
    need("getscu")
    folder = tmp_path / "got"
    folder.mkdir()
    for study in {file.study_uid for file in real_files}:
        keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={study}"]
        command = ["getscu", "-q", "-S", "+B", "-od", str(folder), *keys, *filled.at]
        subprocess.run(command, check=False, capture_output=True, timeout=240)
    got = datasets_in(folder)
    assert len(got) > 0.7 * len(real_files)
    assert [
        str(file.path)
        for file in real_files
        if file.instance_uid in got and not same_object(file, got[file.instance_uid])
    ] == []
    asked_for = {file.class_uid for file in real_files if file.instance_uid in got}  # it does not know all classes
    missing = [file for file in real_files if file.class_uid in asked_for and file.instance_uid not in got]
    assert [str(file.path) for file in missing if _decodes(file)] == []


def test_dcmtk_moves(
    filled: Any, real_files: list[Any], tmp_path: Path, datasets_in: Callable[[Path], dict[str, bytes]]
) -> None:
    need("movescu", "storescp")
    with receiver(tmp_path / "moved", filled.move_port):
        for study in {file.study_uid for file in real_files}:
            keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={study}"]
            command = ["movescu", "-q", "-S", "-aet", "MOVESCU", "-aem", "MOVESCU", *keys, *filled.at]
            subprocess.run(command, check=False, capture_output=True, timeout=240)
    moved = datasets_in(tmp_path / "moved")
    known = [file for file in real_files if file.syntax in PROPOSALS]
    assert [str(file.path) for file in known if moved.get(file.instance_uid) != file.sent] == []
    others = [file for file in real_files if file.syntax not in PROPOSALS and file.instance_uid in moved]
    assert [str(file.path) for file in others if not same_object(file, moved[file.instance_uid])] == []


def _decodes(file: Any) -> bool:
    """Return whether there is a form without compression at all."""
    try:
        transcode(file.path.read_bytes(), EXPLICIT)
    except IsocenterError:
        return False
    return True
