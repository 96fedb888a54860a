"""The audit trail notices every change."""

import sqlite3
from pathlib import Path

import pytest

from isocenter.core.errors import DataError
from isocenter.trust.audit import AuditTrail


@pytest.fixture
def path(tmp_path: Path) -> Path:
    trail = AuditTrail(tmp_path / "audit.sqlite")
    for index in range(5):
        trail.record("ada", "view", f"1.2.{index}", origin="127.0.0.1")
    trail.close()
    return tmp_path / "audit.sqlite"


def test_an_untouched_trail_verifies_across_restarts(path: Path) -> None:
    trail = AuditTrail(path)
    trail.record("eve", "view", "1.2.9", outcome="refused")
    assert trail.verify() == 6
    assert [entry.who for entry in trail.entries(after=4)] == ["ada", "eve"]


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE entry SET who = 'eve' WHERE number = 2",
        "DELETE FROM entry WHERE number = 3",
        "DELETE FROM entry WHERE number = 1",
        "UPDATE entry SET seal = hex(randomblob(32)) WHERE number = 5",
    ],
)
def test_a_changed_trail_is_found(path: Path, tampering: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(tampering)
    connection.commit()
    connection.close()
    with pytest.raises(DataError, match="audit trail was changed"):
        AuditTrail(path).verify()
