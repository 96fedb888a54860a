"""DICOM over TLS: modern versions only, certificates checked, the rest refused; and the server goes on."""

import argparse
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydicom.data import get_testdata_file

from isocenter.archive.archive import Archive
from isocenter.archive.query import Query
from isocenter.cli import serve
from isocenter.core.errors import FileFormatError, NotFoundError, OptionError, ProtocolError
from isocenter.server.dimse.listener import DimseListener
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.scu import echo, find, send
from isocenter.server.dimse.scu_retrieve import move
from isocenter.server.dimse.tls import caller_context, listener_context

CT = Path(str(get_testdata_file("CT_small.dcm")))
openssl = shutil.which("openssl")
pytestmark = pytest.mark.skipif(openssl is None, reason="openssl is not installed")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two authorities' certificates and keys: ``ours`` and ``other``."""
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("ours", "other"):
        command = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={name} -keyout {name}.key -out {name}.pem"
        subprocess.run([str(openssl), *command.split()], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive.open(tmp_path / "archive", durable=False)
    yield opened
    opened.close()


@pytest.fixture
def serve_tls(archive: Archive, certificates: Path) -> Iterator[Callable[..., Peer]]:
    listeners: list[DimseListener] = []

    def start(**options: Any) -> Peer:
        tls = listener_context(certificates / "ours.pem", certificates / "ours.key", **options)
        listener = DimseListener(archive, port=0, tls=tls, request_timeout_s=2)
        listener.start()
        listeners.append(listener)
        return Peer("ISOCENTER", "127.0.0.1", listener.port)

    yield start
    for listener in listeners:
        listener.stop()


def test_instances_are_sent_and_found_over_tls(serve_tls: Callable[..., Peer], certificates: Path) -> None:
    peer = replace(serve_tls(), tls=caller_context(ca=certificates / "ours.pem"))
    echo(peer)
    assert send([CT], peer).is_complete
    assert len(find(peer, "STUDY", {"PatientID": "1CT1"}, returns=["StudyInstanceUID"])) == 1


def test_a_peer_that_is_not_trusted_is_not_spoken_to(serve_tls: Callable[..., Peer], certificates: Path) -> None:
    peer = serve_tls()
    with pytest.raises(ProtocolError, match="encrypted"):
        echo(replace(peer, tls=caller_context(ca=certificates / "other.pem")))
    echo(replace(peer, tls=caller_context(ca=certificates / "ours.pem")))


def test_callers_show_a_certificate_where_that_is_asked_for(serve_tls: Callable[..., Peer], certificates: Path) -> None:
    peer = serve_tls(peers_ca=certificates / "other.pem")
    with pytest.raises(ProtocolError):
        echo(replace(peer, tls=caller_context(ca=certificates / "ours.pem")))
    own = {"certificate": certificates / "other.pem", "key": certificates / "other.key"}
    echo(replace(peer, tls=caller_context(ca=certificates / "ours.pem", **own)))


def test_plain_and_outdated_callers_are_refused(serve_tls: Callable[..., Peer], certificates: Path) -> None:
    peer = serve_tls()
    with pytest.raises(ProtocolError):
        echo(peer)
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("AES256-SHA")
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection((peer.host, peer.port), 5) as stream, pytest.raises(ssl.SSLError):
        old.wrap_socket(stream)
    with socket.create_connection((peer.host, peer.port), 5) as stream:
        stream.sendall(b"\x16\x03\x01\x00\x05garbage")
        stream.settimeout(5)
        with suppress(ConnectionResetError):
            while stream.recv(100):
                pass
    echo(replace(peer, tls=caller_context(ca=certificates / "ours.pem")))


@pytest.mark.skipif(shutil.which("storescu") is None, reason="dcmtk is not installed (Debian: dcmtk)")
def test_dcmtk_sends_over_tls(serve_tls: Callable[..., Peer], certificates: Path, archive: Archive) -> None:
    peer = serve_tls()
    at = ["-aec", "ISOCENTER", "127.0.0.1", str(peer.port)]
    trust = ["--anonymous-tls", "--add-cert-file", str(certificates / "ours.pem")]
    for program, more in (("echoscu", []), ("storescu", [str(CT)])):
        done = subprocess.run([program, *trust, *at, *more], check=False, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
    assert len(list(archive.find(Query("IMAGE")))) == 1
    plain = subprocess.run(["echoscu", "-ta", "5", *at], check=False, capture_output=True, timeout=120)
    assert plain.returncode != 0


def test_unusable_certificates_are_named(certificates: Path, tmp_path: Path) -> None:
    ours, key = certificates / "ours.pem", certificates / "ours.key"
    with pytest.raises(NotFoundError, match=r"none\.pem"):
        listener_context(tmp_path / "none.pem", key)
    with pytest.raises(FileFormatError, match=r"ours\.pem"):
        listener_context(ours, certificates / "other.key")
    (tmp_path / "bad.pem").write_text("no certificate")
    with pytest.raises(FileFormatError, match=r"bad\.pem"):
        caller_context(ca=tmp_path / "bad.pem")
    with pytest.raises(OptionError):
        caller_context(ca=ours, certificate=ours)


def serve_options(line: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    serve.COMMAND.configure(parser)
    return parser.parse_args(line.split())


def test_a_retrieval_goes_to_a_node_that_speaks_tls(tmp_path: Path, archive: Archive, certificates: Path) -> None:
    ours = certificates / "ours.pem"
    tls = listener_context(ours, ours.with_suffix(".key"), peers_ca=ours)
    cloud = DimseListener(archive, port=0, ae_title="CLOUD", tls=tls)
    cloud.start()
    options = serve_options(
        f"--node tls:CLOUD@127.0.0.1:{cloud.port} --notify PLAIN@127.0.0.1:104 "
        f"--node-tls-ca {ours} --certificate {ours} --key {ours.with_suffix('.key')}"
    )
    settings = serve.settings_of(options)
    assert [node.tls is not None for node in (*settings.nodes, *settings.notify)] == [True, False]
    source = Archive.open(tmp_path / "source", durable=False)
    listener = DimseListener(source, port=0, nodes=settings.nodes)
    listener.start()
    try:
        here = Peer("ISOCENTER", "127.0.0.1", listener.port)
        assert send([CT], here).is_complete
        study = next(iter(source.find(Query("STUDY"))))["StudyInstanceUID"]
        assert move(here, "STUDY", {"StudyInstanceUID": study}, "CLOUD").is_complete
    finally:
        listener.stop()
        source.close()
        cloud.stop()
    assert [row["StudyInstanceUID"] for row in archive.find(Query("STUDY"))] == [study]


def test_a_node_with_tls_needs_an_authority() -> None:
    with pytest.raises(OptionError, match="vouch"):
        serve.settings_of(serve_options("--node tls:CLOUD@127.0.0.1:2762"))
