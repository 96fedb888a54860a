"""A DICOMweb root with files in it, spoken to in process and over a real port."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import pytest
import uvicorn
from pydicom.data import get_testdata_file
from starlette.applications import Starlette
from starlette.testclient import TestClient

from isocenter.archive.archive import Archive
from isocenter.server.department import Department, open_department
from isocenter.server.reconstruction.storing import store_file
from isocenter.server.settings import Settings
from isocenter.server.web.app import create_app

PASSWORD = "correct horse battery"
FILES = ("CT_small.dcm", "MR_small.dcm", "JPEG2000.dcm", "examples_ybr_color.dcm", "examples_palette.dcm", "rtplan.dcm")


def shipped(name: str) -> Path:
    """Return a file that pydicom ships."""
    return Path(str(get_testdata_file(name, download=False)))


def with_values(path: Path, **values: Any) -> bytes:
    """Return a file's bytes with some values replaced."""
    dataset = pydicom.dcmread(path)
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    stream = BytesIO()
    dataset.save_as(stream)
    return stream.getvalue()


@pytest.fixture
def file_with() -> Callable[..., bytes]:
    """Return the function that replaces values of a file."""
    return with_values


@pytest.fixture(scope="package")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Department]:
    """Yield a department whose archive holds `FILES`; its tests only read, or clean up."""
    opened = open_department(Settings(data_dir=tmp_path_factory.mktemp("department"), durable=False))
    for name, role in {"ada": "administrator", "rita": "reader", "scanner": "device"}.items():
        opened.accounts.add(name, PASSWORD, roles=(role,))
    for name in FILES:
        store_file(shipped(name), opened.archive, "test")
    yield opened
    opened.close()


@pytest.fixture(scope="package")
def filled_app(filled: Department) -> Starlette:
    """Return the application of the filled department; it remembers who has signed in."""
    return create_app(filled)


def client_of(app: Starlette) -> TestClient:
    """Return a client below the DICOMweb root, with every right."""
    client = TestClient(app, base_url="http://testserver/dicom-web/", raise_server_exceptions=False)
    client.auth = ("ada", PASSWORD)
    return client


@pytest.fixture
def web(filled_app: Starlette) -> Iterator[TestClient]:
    """Yield a client of the filled archive."""
    with client_of(filled_app) as client:
        yield client


@pytest.fixture
def empty_archive(tmp_path: Path) -> Iterator[Archive]:
    """Yield an archive with nothing in it."""
    opened = Archive.open(tmp_path / "archive")
    yield opened
    opened.close()


@pytest.fixture
def empty(filled: Department, filled_app: Starlette, empty_archive: Archive) -> Iterator[TestClient]:
    """Yield a client of the empty archive, for the same people."""
    filled_app.state.archive = empty_archive
    with client_of(filled_app) as client:
        yield client
    filled_app.state.archive = filled.archive


@pytest.fixture
def address(filled_app: Starlette) -> Iterator[str]:
    """Yield the address of the DICOMweb root on a real port of this machine."""
    server = uvicorn.Server(uvicorn.Config(filled_app, port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 120
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/dicom-web"
    server.should_exit = True
    thread.join(60)


@pytest.fixture
def empty_address(filled: Department, address: str, filled_app: Starlette, empty_archive: Archive) -> Iterator[str]:
    """Yield the same address with the empty archive behind it."""
    filled_app.state.archive = empty_archive
    yield address
    filled_app.state.archive = filled.archive


def path_of(path: Path) -> str:
    """Return the resource of a file below the root."""
    dataset = pydicom.dcmread(path, stop_before_pixels=True)
    return f"studies/{dataset.StudyInstanceUID}/series/{dataset.SeriesInstanceUID}/instances/{dataset.SOPInstanceUID}"


@pytest.fixture
def resource() -> Callable[[str], str]:
    """Return a function from a shipped file's name to its resource below the root."""
    return lambda name: path_of(shipped(name))


@pytest.fixture
def ship() -> Callable[[str], Path]:
    """Return a function from a shipped file's name to its path."""
    return shipped
