"""The department compresses by itself what has come in, once it is quiet."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from isocenter.archive.query import Query
from isocenter.cli.main import main
from isocenter.server.compressing import Compressing
from isocenter.server.department import Department
from isocenter.server.reconstruction.storing import store_file

HTJ2K = "1.2.840.10008.1.2.4.201"
RULES = f'[[rule]]\nname = "CT"\nmodality = "CT"\nto = "{HTJ2K}"\nmin_bytes = 1000\n'


def test_what_comes_in_is_compressed_when_it_is_quiet(department: Department, ct_file: Path) -> None:
    department.archive.compressor.set_rules(RULES.encode(), "rules.toml")
    working = Compressing(department.archive, pause_s=0.05)
    working.start()
    store_file(ct_file, department.archive, "test")
    deadline = time.monotonic() + 120
    found: set[str] = set()
    while found != {HTJ2K} and time.monotonic() < deadline:
        found = {str(row["AvailableTransferSyntaxUID"]) for row in department.archive.find(Query("IMAGE"))}
        time.sleep(0.05)
    working.close()
    assert found == {HTJ2K}


def test_without_rules_nothing_runs(department: Department) -> None:
    working = Compressing(department.archive)
    working.start()
    working.close()
    assert working._thread is None


def test_the_commands_set_show_and_apply_rules(
    department: Department, ct_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store_file(ct_file, department.archive, "test")
    folder = str(department.settings.data_dir)
    department.close()
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES)
    assert main(["archive", "--data", folder, "compression"]) == 0
    assert "stays as it came" in capsys.readouterr().out
    assert main(["archive", "--data", folder, "compression", str(rules)]) == 0
    assert "CT of at least 1000 bytes as High-Throughput JPEG 2000" in capsys.readouterr().out
    assert main(["archive", "--data", folder, "-q", "compress"]) == 0
    assert "1 of 1 instances are kept in a smaller form" in capsys.readouterr().out
    rules.write_text("rule = 1")
    assert main(["archive", "--data", folder, "compression", str(rules)]) != 0
    assert main(["archive", "--data", folder, "compression", str(tmp_path / "none.toml")]) != 0
