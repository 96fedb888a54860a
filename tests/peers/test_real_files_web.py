"""dicomweb-client over every file: what it stores is kept, and what it retrieves is the file, byte for byte."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import uvicorn
from dicomweb_client.api import DICOMwebClient
from starlette.applications import Starlette

from isocenter.archive.archive import Archive
from isocenter.server.department import open_department
from isocenter.server.settings import Settings
from isocenter.server.web.app import create_app

pytestmark = [pytest.mark.peer, pytest.mark.filterwarnings("ignore")]
PASSWORD = "correct horse battery"
N_AT_ONCE = 40


class Peer(DICOMwebClient):
    """The client, which also keeps the bytes of the parts that it decodes."""

    parts: list[bytes]

    def _decode_multipart_message(self, response: requests.Response, stream: bool) -> Iterator[bytes]:
        for part in super()._decode_multipart_message(response, stream):
            self.parts.append(part)
            yield part


@contextmanager
def web(folder: Path, archive: Archive | None = None) -> Iterator[tuple[Peer, Starlette]]:
    """Yield a client of a department on a real port, with another archive behind it if one is given."""
    department = open_department(Settings(data_dir=folder, durable=False))
    department.accounts.add("ada", PASSWORD, roles=("administrator",))
    app = create_app(department)
    app.state.archive = archive or department.archive
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        until = time.monotonic() + 120
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        session = requests.Session()
        session.auth = ("ada", PASSWORD)
        address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/dicom-web"
        peer = Peer(address, session=session)
        peer.host, peer.parts = urlsplit(address).netloc, []
        yield peer, app
    finally:
        server.should_exit = True
        thread.join(60)
        department.close()


def originals(archive: Archive, files: list[Any]) -> dict[str, bytes]:
    found = [archive.instances(file.study_uid, file.series_uid, file.instance_uid)[0] for file in files]
    return {each.instance_uid: bytes(archive.original(each)) for each in found}


def test_it_stores(tmp_path: Path, real_files: list[Any]) -> None:
    with web(tmp_path / "department") as (peer, app):
        for start in range(0, len(real_files), N_AT_ONCE):
            group = real_files[start : start + N_AT_ONCE]
            contents = [file.path.read_bytes() for file in group]
            answer = peer._http_post_multipart_application_dicom(f"{peer.base_url}/studies", contents)
            assert "FailedSOPSequence" not in answer
            assert [item.ReferencedSOPInstanceUID for item in answer.ReferencedSOPSequence] == [
                file.instance_uid for file in group
            ]
        kept = originals(app.state.archive, real_files)
    assert [str(file.path) for file in real_files if kept[file.instance_uid] != file.path.read_bytes()] == []


def test_it_retrieves(tmp_path: Path, filled: Any, real_files: list[Any]) -> None:
    with web(tmp_path / "department", filled.archive) as (peer, _):
        # The client parses what it gets, and cannot parse all of these.
        damaged = {file.study_uid for file in real_files if {"malformed", "malformed_fuzz"} & set(file.path.parts)}
        for study in sorted({file.study_uid for file in real_files} - damaged):
            peer.parts.clear()
            wanted = originals(filled.archive, [file for file in real_files if file.study_uid == study])
            for _ in peer.iter_study(study, media_types=(("application/dicom", "*"),)):
                pass
            assert len(peer.parts) == len(wanted)
            assert [uid for uid, content in wanted.items() if content not in peer.parts] == []
