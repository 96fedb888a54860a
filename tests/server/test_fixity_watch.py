"""A department checks by itself what it keeps, goes on after a restart, and tells administrators what it found."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from isocenter.archive.query import Query
from isocenter.server.department import Department, open_department
from isocenter.server.fixity_watch import FixityWatch
from isocenter.server.reconstruction.storing import store_file
from isocenter.server.settings import Settings
from isocenter.server.web.app import create_app

PASSWORD = "correct horse battery"


@pytest.fixture
def department(tmp_path: Path, ct_file: Path) -> Iterator[Department]:
    opened = open_department(Settings(data_dir=tmp_path / "department"))
    for name, role in {"ada": "administrator", "rita": "reader"}.items():
        opened.accounts.add(name, PASSWORD, roles=(role,))
    store_file(ct_file, opened.archive, "test")
    yield opened
    opened.close()


@pytest.fixture
def watch(department: Department) -> Iterator[Callable[..., FixityWatch]]:
    started: list[FixityWatch] = []

    def start(days: float, told: list[int]) -> FixityWatch:
        root = department.settings.data_dir / "archive"
        made = FixityWatch(root, days=days, max_mb_per_s=1000, on_finding=told.append, first_s=0.01, pause_s=0.05)
        made.start()
        started.append(made)
        return made

    yield start
    for each in started:
        each.close()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_damage_is_found_told_once_a_sweep_and_shown_to_administrators(
    department: Department, watch: Callable[..., FixityWatch]
) -> None:
    segment = next((department.settings.data_dir / "archive" / "segments").rglob("*.tar"))
    with segment.open("r+b") as stream:
        position = stream.read(1 << 20).index(b"CompressedSamples^CT1")
        stream.seek(position)
        stream.write(b"X")
    told: list[int] = []
    started = watch(7, told)
    until(lambda: bool(told))
    until(lambda: not started.is_due)
    time.sleep(0.2)
    assert told == [1]  # the next one is due in a week
    client = TestClient(create_app(department))
    client.auth = ("ada", PASSWORD)
    seen = client.get("/dicom-web/fixity").json()
    assert [(each["kind"], each["instance"]) for each in seen["findings"]] == [
        ("corrupt", department.archive.instances(*_first(department))[0].instance_uid)
    ]
    assert seen["sweep"]["ended_at"]
    client.auth = ("rita", PASSWORD)
    assert client.get("/dicom-web/fixity").status_code == 403


def _first(department: Department) -> tuple[str]:
    return (next(iter(department.archive.find(Query("STUDY"))))["StudyInstanceUID"],)


def test_a_sound_archive_is_told_to_nobody(department: Department, watch: Callable[..., FixityWatch]) -> None:
    told: list[int] = []
    started = watch(7, told)
    until(lambda: not started.is_due)
    assert told == []
    progress = started.record.progress
    assert progress is not None
    assert progress.n_objects == 1


def test_who_does_not_want_it_has_no_thread(department: Department, watch: Callable[..., FixityWatch]) -> None:
    started = watch(0, [])
    time.sleep(0.1)
    assert started.record.progress is None
