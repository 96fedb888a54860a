"""A department in a temporary folder and clients that talk to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from isocenter.dicom.example_files import example_files
from isocenter.server.department import Department, open_department
from isocenter.server.settings import Settings
from isocenter.server.web.app import create_app

PASSWORD = "correct horse battery"
ROLES = {"ada": "administrator", "rita": "reader", "theo": "technologist"}


@pytest.fixture
def department(tmp_path: Path) -> Iterator[Department]:
    """Yield a department with one account of every role."""
    opened = open_department(Settings(data_dir=tmp_path / "department", max_upload_bytes=32 << 20))
    for name, role in ROLES.items():
        opened.accounts.add(name, PASSWORD, roles=(role,))
    yield opened
    opened.close()


@pytest.fixture
def client(department: Department) -> Iterator[TestClient]:
    """Yield a client that has not signed in."""
    with TestClient(create_app(department), raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def ada(client: TestClient) -> TestClient:
    """Return a client that sends an administrator's name and password."""
    client.auth = ("ada", PASSWORD)
    return client


@pytest.fixture
def ct_file() -> Path:
    """Return a real CT slice that comes with pydicom."""
    return next(path for path in example_files() if path.name == "CT_small.dcm")
