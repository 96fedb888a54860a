"""A department in a temporary folder and clients that talk to it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from isocenter.dicom.example_files import example_files
from isocenter.server.department import Department, open_department
from isocenter.server.settings import Settings
from isocenter.server.web.app import create_app
from isocenter.trust.accounts import Accounts

PASSWORD = "correct horse battery"
ROLES = {"ada": "administrator", "rita": "reader", "theo": "technologist"}


@pytest.fixture(scope="session")
def accounts_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with one account of every role: hashing a password is slow on purpose, so it is done once."""
    path = tmp_path_factory.mktemp("accounts") / "accounts.sqlite"
    accounts = Accounts(path)
    for name, role in ROLES.items():
        accounts.add(name, PASSWORD, roles=(role,))
    accounts.close()
    return path


@pytest.fixture
def department(tmp_path: Path, accounts_file: Path) -> Iterator[Department]:
    """Yield a department with one account of every role."""
    root = tmp_path / "department"
    root.mkdir(mode=0o700)
    shutil.copy(accounts_file, root)
    opened = open_department(Settings(data_dir=root, max_upload_bytes=32 << 20))
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
