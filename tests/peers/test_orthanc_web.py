"""Orthanc's DICOMweb plugin as peer: it stores to us, searches and fetches again; one client sees the same in both."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import pytest
import requests
from dicomweb_client.api import DICOMwebClient
from pydicom.data import get_testdata_file
from tests.peers.test_real_files_web import PASSWORD, web

from isocenter.archive.query import Query

PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
PROGRAM = shutil.which("Orthanc") or ("/usr/sbin/Orthanc" if Path("/usr/sbin/Orthanc").exists() else None)
pytestmark = [
    pytest.mark.peer,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(PROGRAM is None or not PLUGIN.exists(), reason="Orthanc and its DICOMweb plugin are missing"),
]
NAMES = ("CT_small.dcm", "MR_small_RLE.dcm", "JPEG2000.dcm", "rtplan.dcm", "examples_ybr_color.dcm")
FILES = [Path(str(get_testdata_file(name, download=False))) for name in NAMES]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Orthanc:
    """Its own interface at a port."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Return an answer; bytes are sent as they are, all else as JSON."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=120)
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body)
        connection.request(method, path, content)
        answer = connection.getresponse()
        read = answer.read()
        assert answer.status == 200, (path, read[:500])
        return json.loads(read) if read else None


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Orthanc, Any]]:
    with web(tmp_path / "department") as (_, app):
        address = _.base_url
        port = free_port()
        settings = {
            "StorageDirectory": str(tmp_path / "orthanc"),
            "IndexDirectory": str(tmp_path / "orthanc"),
            "DicomServerEnabled": False,
            "HttpPort": port,
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": False,
            "Plugins": [str(PLUGIN)],
            "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "Servers": {"ours": [address + "/", "ada", PASSWORD]}},
        }
        (tmp_path / "orthanc.json").write_text(json.dumps(settings))
        process = subprocess.Popen(
            [str(PROGRAM), str(tmp_path / "orthanc.json")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"},
        )
        orthanc = Orthanc(port)
        try:
            _wait_for(orthanc)
            yield orthanc, app.state.archive
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_for(orthanc: Orthanc) -> None:
    until = time.monotonic() + 120
    while True:
        try:
            orthanc.ask("GET", "/dicom-web/servers")
        except (OSError, AssertionError):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


def kept(archive: Any) -> dict[str, pydicom.Dataset]:
    rows = [(r["StudyInstanceUID"], r["SeriesInstanceUID"], r["SOPInstanceUID"]) for r in archive.find(Query("IMAGE"))]
    return {row[2]: pydicom.dcmread(BytesIO(archive.original(archive.instances(*row)[0]))) for row in rows}


def test_it_stores_to_us_searches_and_fetches_again(both: tuple[Orthanc, Any]) -> None:
    orthanc, archive = both
    for path in FILES:
        orthanc.ask("POST", "/instances", path.read_bytes())
    instances = orthanc.ask("GET", "/instances")
    orthanc.ask("POST", "/dicom-web/servers/ours/stow", {"Resources": instances, "Synchronous": True})
    ours, sent = kept(archive), {str(each.SOPInstanceUID): each for each in map(pydicom.dcmread, FILES)}
    assert ours.keys() == sent.keys()
    for uid, dataset in sent.items():
        assert ours[uid].file_meta.TransferSyntaxUID == dataset.file_meta.TransferSyntaxUID
        assert ours[uid].get("PixelData") == dataset.get("PixelData")
    asked = {"Uri": "/studies", "Arguments": {"PatientID": "1CT1"}}
    found = orthanc.ask("POST", "/dicom-web/servers/ours/qido", asked)
    assert str(pydicom.dcmread(FILES[0]).StudyInstanceUID) in str(found)
    assert len(found) == 1
    for instance in instances:
        orthanc.ask("DELETE", f"/instances/{instance}")
    assert orthanc.ask("GET", "/instances") == []
    wanted = [{"Study": str(dataset.StudyInstanceUID)} for dataset in sent.values()]
    orthanc.ask("POST", "/dicom-web/servers/ours/retrieve", {"Resources": wanted, "Synchronous": True})
    back = orthanc.ask("GET", "/instances?expand")
    assert {each["MainDicomTags"]["SOPInstanceUID"] for each in back} == sent.keys()


def test_the_same_client_gets_the_same_from_both(both: tuple[Orthanc, Any], tmp_path: Path) -> None:
    orthanc, archive = both
    for path in FILES:
        orthanc.ask("POST", "/instances", path.read_bytes())
        incoming = archive.receive(origin="test")
        incoming.write(path.read_bytes())
        incoming.commit()
    theirs = DICOMwebClient(f"http://127.0.0.1:{orthanc.port}/dicom-web")
    ours_at = orthanc.ask("GET", "/dicom-web/servers?expand")["ours"]["Url"].rstrip("/")
    session = requests.Session()
    session.auth = ("ada", PASSWORD)
    ours = DICOMwebClient(ours_at, session=session)
    for dataset in map(pydicom.dcmread, FILES):
        uids = (str(dataset.StudyInstanceUID), str(dataset.SeriesInstanceUID), str(dataset.SOPInstanceUID))
        keys = ("00080018", "00100010", "00100020", "0020000D", "00280010", "00280011")
        seen = [
            {key: client.retrieve_instance_metadata(*uids).get(key, {}).get("Value") for key in keys}
            for client in (ours, theirs)
        ]
        assert seen[0] == seen[1]
        counts = [
            client.search_for_studies(search_filters={"StudyInstanceUID": uids[0]})[0]["00201208"]["Value"]
            for client in (ours, theirs)
        ]
        assert [int(count[0]) for count in counts] == [1, 1]
