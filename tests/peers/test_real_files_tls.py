"""The peers' encrypted clients over real files; dcmtk's of them are echoscu, findscu and storescu."""

import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pynetdicom import build_role, evt
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelGet as Get
from tests.peers.lost_answers import patient_entity, tried_again

from isocenter.server.dimse.tls import listener_context

CLASSES = {
    f"1.2.840.10008.5.1.4.1.1.{number}" for number in ("1.1", "2", "4", "4.1", "7", "20", "128", "481.2", "481.5")
}
openssl = shutil.which("openssl")
pytestmark = [
    pytest.mark.peer,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(openssl is None, reason="openssl is not installed"),
]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a certificate whose key lies beside it."""
    folder = tmp_path_factory.mktemp("certificates")
    command = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ours -keyout ours.key -out ours.pem"
    subprocess.run([str(openssl), *command.split()], cwd=folder, check=True, capture_output=True)
    return folder / "ours.pem"


@pytest.fixture
def secure(tmp_path: Path, certificate: Path, listen: Callable[..., AbstractContextManager[Any]]) -> Iterator[Any]:
    """Yield an empty node that only speaks TLS."""
    context = listener_context(certificate, certificate.with_suffix(".key"))
    with listen(tmp_path / "secure", context) as node:
        yield node


@pytest.fixture
def files(real_files: list[Any]) -> list[Any]:
    """Return the explicit little endian files of classes that dcmtk knows."""
    chosen = [file for file in real_files if file.syntax == "1.2.840.10008.1.2.1" and file.class_uid in CLASSES]
    return [file for file in chosen if not {"malformed", "malformed_fuzz"} & set(file.path.parts)]


def run(program: str, node: Any, certificate: Path, *arguments: str, monkeypatch: pytest.MonkeyPatch) -> str:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed (Debian: dcmtk)")
    monkeypatch.setenv("TCP_NODELAY", "1")
    trust = ["--anonymous-tls", "--add-cert-file", str(certificate)]
    command = [program, *trust, *node.at, *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, errors="replace", timeout=240)
    assert done.returncode == 0, done.stderr[-500:]
    return done.stdout + done.stderr


def test_dcmtk_stores_and_finds(
    secure: Any, files: list[Any], certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("echoscu", secure, certificate, monkeypatch=monkeypatch)
    paths = [str(file.path) for file in files]
    run("storescu", secure, certificate, "-xe", "-R", *paths, monkeypatch=monkeypatch)
    assert secure.kept().keys() == {file.instance_uid for file in files}
    keys = [
        "-k",
        "QueryRetrieveLevel=IMAGE",
        "-k",
        f"StudyInstanceUID={files[0].study_uid}",
        "-k",
        f"SeriesInstanceUID={files[0].series_uid}",
        "-k",
        "SOPInstanceUID",
    ]
    found = run("findscu", secure, certificate, "-S", *keys, monkeypatch=monkeypatch)
    assert all(file.instance_uid in found for file in files if file.series_uid == files[0].series_uid)


@tried_again
def test_pynetdicom_stores_and_gets(secure: Any, files: list[Any], certificate: Path) -> None:
    context = ssl.create_default_context(cafile=str(certificate))
    context.check_hostname = False
    got: dict[str, bytes] = {}

    def store(event: evt.Event) -> int:
        got[str(event.request.AffectedSOPInstanceUID)] = event.request.DataSet.getvalue()
        return 0

    classes = sorted({file.class_uid for file in files})
    asked = patient_entity()
    asked.add_requested_context(Get)
    for class_uid in classes:
        asked.add_requested_context(class_uid, "1.2.840.10008.1.2.1")
    sender = asked.associate("127.0.0.1", secure.port, ae_title="ISOCENTER", tls_args=(context, None))
    assert sender.is_established
    assert {sender.send_c_store(file.path).Status for file in files} == {0}
    sender.release()
    kept = secure.kept()
    getter = asked.associate(
        "127.0.0.1", secure.port, ae_title="ISOCENTER", tls_args=(context, None),
        ext_neg=[build_role(class_uid, scp_role=True) for class_uid in classes],
        evt_handlers=[(evt.EVT_C_STORE, store)],
    )  # fmt: skip
    for study in {file.study_uid for file in files}:
        wanted = pydicom.Dataset()
        wanted.QueryRetrieveLevel, wanted.StudyInstanceUID = "STUDY", study
        assert [status.Status for status, _ in getter.send_c_get(wanted, Get)][-1] == 0
    getter.release()
    assert [uid for uid in kept if got.get(uid) != kept[uid] + b"\0" * (len(kept[uid]) % 2)] == []
    assert got.keys() == {file.instance_uid for file in files}
