"""Every DICOM file there is on this machine, and one of every transfer syntax: what the peers store and fetch."""

import os
import socket
import ssl
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file, get_testdata_files
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from isocenter.archive.archive import Archive
from isocenter.archive.query import Query
from isocenter.cli.main import main
from isocenter.core.errors import IsocenterError, NotSupportedError
from isocenter.dicom.header import scan_header
from isocenter.dicom.part10 import file_meta
from isocenter.dicom.transcoding import can_encode, transcode
from isocenter.dicom.transcoding.encode import JPEG_BASELINE, JPEG_EXTENDED, RECOMPRESSED
from isocenter.dicom.transfer_syntaxes import TRANSFER_SYNTAXES
from isocenter.server.dimse.listener import DimseListener
from isocenter.server.dimse.peer import Peer

TAGS = frozenset({0x00080016, 0x00080018, 0x0020000D, 0x0020000E})
MAX_BYTES = 1 << 40 if os.environ.get("ISOCENTER_ALL_FILES") else 200_000
DEFLATED = ("1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205")
REAL_TIME = "1.2.840.10008.1.2.7."  # video and audio that are never in a file (PS3.22)
IMAGE_SOURCES = ("CT_small.dcm", "SC_rgb_small_odd.dcm", "MR_small.dcm")


@dataclass(frozen=True)
class RealFile:
    """One DICOM file, and what a peer needs to know to send it or to ask for it."""

    path: Path
    class_uid: str
    instance_uid: str
    study_uid: str
    series_uid: str
    syntax: str
    dataset: bytes

    @property
    def sent(self) -> bytes:
        """The data set as DIMSE carries it: in fragments of even length (PS3.8 annex E.1)."""
        return self.dataset + b"\0" * (len(self.dataset) % 2)


def after_meta(content: bytes) -> bytes:
    """Return the data set of a DICOM file: what is behind group 0002 (PS3.10 sec. 7.1), element by element."""
    at = 132
    while content[at : at + 2] == b"\2\0":
        is_long = content[at + 4 : at + 6] in (b"OB", b"UN", b"OW", b"UT", b"SQ")
        if is_long:
            at += 12 + struct.unpack_from("<L", content, at + 8)[0]
        else:
            at += 8 + struct.unpack_from("<H", content, at + 6)[0]
    return content[at:]


def read(path: Path) -> RealFile | None:
    """Return a file that says what it is, with valid UIDs; None for another: those are the business of other tests."""
    content = path.read_bytes()
    if content[128:132] != b"DICM":
        return None
    try:
        header = scan_header(content, TAGS)
    except IsocenterError:
        return None
    uids = [UID(header.text(tag)) for tag in sorted(TAGS)]
    if not all(uid and uid.is_valid for uid in uids) or not UID(header.transfer_syntax_uid).is_valid:
        return None
    meta = pydicom.dcmread(BytesIO(content), specific_tags=[], stop_before_pixels=True).file_meta
    if (meta.get("MediaStorageSOPClassUID"), meta.get("MediaStorageSOPInstanceUID")) != tuple(uids[:2]):
        return None
    return RealFile(path, *map(str, uids), header.transfer_syntax_uid, after_meta(content))


@dataclass
class Node:
    """Our archive behind a DICOM port, and the port that it may move to as MOVESCU."""

    archive: Archive
    port: int
    move_port: int

    @property
    def at(self) -> list[str]:
        """What dcmtk's programs need to reach it."""
        return ["-aec", "ISOCENTER", "127.0.0.1", str(self.port)]

    def kept(self) -> dict[str, bytes]:
        """Return every data set by its instance."""
        studies = {row["StudyInstanceUID"] for row in self.archive.find(Query("STUDY"))}
        instances = [instance for study in studies for instance in self.archive.instances(study)]
        return {each.instance_uid: after_meta(bytes(self.archive.original(each))) for each in instances}


@contextmanager
def listening(folder: Path, tls: ssl.SSLContext | None = None) -> Iterator[Node]:
    """Yield a node with an archive of its own."""
    move_port = free_port()
    archive = Archive.open(folder, durable=False)
    listener = DimseListener(archive, port=0, nodes=(Peer("MOVESCU", "127.0.0.1", move_port),), tls=tls)
    listener.start()
    try:
        yield Node(archive, listener.port, move_port)
    finally:
        listener.stop()
        archive.close()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """Yield a node with nothing in it."""
    with listening(tmp_path / "archive") as node:
        yield node


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, real_files: list[RealFile]) -> Iterator[Node]:
    """Yield a node to which ``isocenter send`` has sent every file."""
    with listening(tmp_path_factory.mktemp("filled") / "archive") as node:
        paths = [str(file.path) for file in real_files]
        assert main(["send", "-q", f"ISOCENTER@127.0.0.1:{node.port}", *paths]) == 0
        yield node


@pytest.fixture(scope="session")
def listen() -> Callable[..., AbstractContextManager[Node]]:
    """Return the function that starts a node."""
    return listening


@pytest.fixture(scope="session")
def datasets_in() -> Callable[[Path], dict[str, bytes]]:
    """Return a function from a folder of files to the data sets in it, by instance."""

    def gather(folder: Path) -> dict[str, bytes]:
        contents = [path.read_bytes() for path in folder.iterdir()]
        return {_media_uid(content): after_meta(content) for content in contents}

    return gather


@pytest.fixture(scope="session")
def after_file_meta() -> Callable[[bytes], bytes]:
    """Return the function that gives the data set of a file's bytes."""
    return after_meta


def _media_uid(content: bytes) -> str:
    """Return the instance that the file meta information names."""
    return str(pydicom.dcmread(BytesIO(content), specific_tags=[], stop_before_pixels=True).file_meta[0x00020003].value)


@pytest.fixture(scope="session")
def real_files(shared_data: Path, made_files: list[RealFile]) -> list[RealFile]:
    """Return all files up to a size (ISOCENTER_ALL_FILES=1: all), each instance once, then one of every syntax."""
    paths = sorted(shared_data.rglob("*")) + sorted(map(Path, map(str, get_testdata_files())))
    found: dict[str, RealFile] = {}
    for path in paths:
        if path.is_file() and path.stat().st_size <= MAX_BYTES:
            file = read(path)
            if file is not None:
                found.setdefault(file.instance_uid, file)
    return [*found.values(), *made_files]


@pytest.fixture(scope="session")
def made_files(tmp_path_factory: pytest.TempPathFactory) -> list[RealFile]:
    """Return instances of every transfer syntax of the standard that files are kept in."""
    folder = tmp_path_factory.mktemp("syntaxes")
    files = []
    for number, content in enumerate(_every_syntax()):
        path = folder / f"{number:03}.dcm"
        path.write_bytes(content)
        file = read(path)
        assert file is not None
        files.append(file)
    assert {file.syntax for file in files} == {uid for uid in TRANSFER_SYNTAXES if not uid.startswith(REAL_TIME)}
    return files


def _every_syntax() -> Iterator[bytes]:
    for number, syntax in enumerate(TRANSFER_SYNTAXES):
        if syntax.startswith(REAL_TIME):
            continue
        if not can_encode(syntax):
            yield _opaque(syntax, f"1.2.3.{number}.9")
            continue
        for source, name in enumerate(IMAGE_SOURCES):
            try:
                file = _renamed(name, f"1.2.3.{number}.{source}")
                yield transcode(transcode(file, JPEG_BASELINE) if syntax in RECOMPRESSED else file, syntax)
            except NotSupportedError:
                assert syntax in (JPEG_BASELINE, JPEG_EXTENDED, *RECOMPRESSED)  # eight bits, twelve


def _renamed(name: str, instance_uid: str) -> bytes:
    dataset = pydicom.dcmread(str(get_testdata_file(name, download=False)))
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = instance_uid
    if name == "MR_small.dcm":  # 16 bits; now of several frames
        dataset.NumberOfFrames, dataset.PixelData = 3, dataset.PixelData * 3
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.3.1.1", f"1.2.3.1.1.{dataset.Rows}"
    stream = BytesIO()
    pydicom.dcmwrite(stream, dataset)
    return stream.getvalue()


def _opaque(syntax: str, instance_uid: str) -> bytes:
    """Return an instance whose codestream is chance: nobody between the sender and the reader may look into it."""
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.77.1.4.1", instance_uid
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.PatientID = "1.2.3.1.2", "1.2.3.1.2.1", "OPAQUE"
    dataset.Modality, dataset.Rows, dataset.Columns, dataset.NumberOfFrames = "XC", 64, 64, 1
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation, dataset.PlanarConfiguration = 3, "YBR_FULL", 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 8, 8, 7, 0
    if "JPIP" in TRANSFER_SYNTAXES[syntax]:
        dataset.add_new(0x00287FE0, "UR", "http://127.0.0.1/none")
    else:
        dataset.PixelData = encapsulate([np.random.default_rng(1).bytes(5001)])
        dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    stream = BytesIO()
    pydicom.dcmwrite(stream, dataset, implicit_vr=False, little_endian=True)
    encoded = stream.getvalue()
    if syntax in DEFLATED:
        packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        encoded = packer.compress(encoded) + packer.flush()
        encoded += b"\0" * (len(encoded) % 2)
    return file_meta(str(dataset.SOPClassUID), instance_uid, syntax) + encoded
