"""What has changed on the disk is found, and a copy made while the archive works holds everything."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from isocenter.archive.archive import Archive, Stored
from isocenter.archive.backup import back_up, restore
from isocenter.archive.fixity import sweep
from isocenter.archive.fixity_record import FixityRecord
from isocenter.archive.query import Query
from isocenter.cli.main import main
from isocenter.core.errors import ConflictError, DataError, NotFoundError

File = Callable[..., bytes]
Store = Callable[[Archive, bytes], Stored]


@pytest.fixture
def department(tmp_path: Path, store: Store, dicom_file: File) -> Path:
    """Return the folder of a department with four instances (one large) and a conflict."""
    root = tmp_path / "department"
    archive = Archive.open(root / "archive")
    for number in range(3):
        store(archive, dicom_file(SOPInstanceUID=f"1.2.1.1.{number}"))
    store(archive, dicom_file(SOPInstanceUID="1.2.1.1.3", PixelData=bytes(2_000_000)))
    store(archive, dicom_file(SOPInstanceUID="1.2.1.1.0", StudyDescription="other"))
    archive.close()
    return root


def test_a_sound_archive_has_no_findings(department: Path) -> None:
    report = sweep(department / "archive")
    assert (report.n_objects, report.findings) == (5, ())
    assert report.n_bytes > 2_000_000
    assert main(["archive", "--data", str(department), "-q", "check"]) == 0


def test_a_flipped_bit_a_lost_segment_and_a_stray_object_are_found(department: Path, tmp_path: Path) -> None:
    segments = department / "archive" / "segments"
    shared, large = sorted(segments.rglob("*.tar"))
    content = bytearray(shared.read_bytes())
    content[content.index(b"Doe^Jane")] ^= 1
    shared.write_bytes(content)
    stray = large.with_name("0000009.tar")
    large.rename(stray)
    found = {(finding.kind, finding.place.segment) for finding in sweep(department / "archive").findings}
    assert found == {("corrupt", 1), ("missing", 2), ("not indexed", 9)}
    assert main(["archive", "--data", str(department), "-q", "check"]) == 1
    with pytest.raises(DataError, match="not as they were received"):
        back_up(department, tmp_path / "backup")


def test_a_sweep_can_go_on_and_go_slowly(department: Path) -> None:
    report = sweep(department / "archive", first_segment=2, max_mb_per_s=1000)
    assert report.n_objects == 1


def test_findings_are_kept_listed_and_dropped_when_put_right(
    department: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    segment = min((department / "archive" / "segments").rglob("*.tar"))
    sound = segment.read_bytes()
    damaged = bytearray(sound)
    damaged[damaged.index(b"Doe^Jane")] ^= 1
    segment.write_bytes(damaged)
    command = ["archive", "--data", str(department), "-q"]
    assert main([*command, "findings"]) == 0
    assert "Nothing has been checked yet" in capsys.readouterr().out
    assert main([*command, "check"]) == 1
    (kept,) = FixityRecord(department / "archive").findings
    assert (kept.finding.kind, kept.finding.sop_instance_uid) == ("corrupt", "1.2.1.1.0")
    capsys.readouterr()
    assert main([*command, "findings"]) == 1
    assert "corrupt: 1.2.1.1.0" in capsys.readouterr().out
    assert main([*command, "check"]) == 1
    (again,) = FixityRecord(department / "archive").findings
    assert (again.found_at, again.finding) == (kept.found_at, kept.finding)
    segment.write_bytes(sound)
    assert main([*command, "check"]) == 0
    assert main([*command, "findings"]) == 0


def test_a_sweep_that_was_stopped_goes_on_where_it_had_come_to(department: Path) -> None:
    record = FixityRecord(department / "archive")
    stops = iter([False] * 4 + [True])
    assert record.sweep(wait=lambda _: next(stops)) is None  # four of the first segment, and one of the second
    progress = record.progress
    assert progress is not None
    assert (progress.n_objects, progress.ended_at) == (4, "")
    done = record.sweep()
    assert done is not None
    assert (done.n_objects, done.findings) == (5, ())
    assert record.progress is not None
    assert record.progress.begun_at == progress.begun_at
    assert record.progress.ended_at > progress.begun_at


def test_a_sweep_keeps_to_its_rate(department: Path) -> None:
    waited: list[float] = []
    FixityRecord(department / "archive").sweep(max_mb_per_s=1.0, wait=lambda seconds: bool(waited.append(seconds)))
    assert sum(waited) > 1.0  # two megabytes, the first second may be at once


def test_what_is_lost_is_a_finding_until_it_is_deleted(tmp_path: Path, department: Path) -> None:
    large = max((department / "archive" / "segments").rglob("*.tar"))
    large.rename(tmp_path / "away.tar")
    record = FixityRecord(department / "archive")
    record.sweep()
    found = [(each.finding.kind, each.finding.sop_instance_uid) for each in record.findings]
    assert found == [("missing", "1.2.1.1.3")]
    (tmp_path / "away.tar").rename(large)
    archive = Archive.open(department / "archive")
    archive.removals.delete("ada", ["1.2.1.1.3"], reason="lost")
    archive.close()
    record.sweep()
    assert record.findings == ()


def test_a_backup_holds_everything_and_the_next_copies_only_what_is_new(
    department: Path, tmp_path: Path, store: Store, dicom_file: File
) -> None:
    first = back_up(department, tmp_path / "backup")
    assert (first.n_objects, first.n_copied, first.n_segments) == (5, 2, 2)
    assert back_up(department, tmp_path / "backup").n_copied == 0
    archive = Archive.open(department / "archive")
    store(archive, dicom_file(SOPInstanceUID="1.2.1.1.7"))
    archive.close()
    assert back_up(department, tmp_path / "backup").n_copied == 1
    assert restore(tmp_path / "backup", tmp_path / "restored") == 6
    for root in (department, tmp_path / "restored"):
        archive = Archive.open(root / "archive")
        assert len(archive.instances("1.2.1")) == 5
        assert [each.sop_instance_uid for each in archive.conflicts()] == ["1.2.1.1.0"]
        archive.close()


def test_a_backup_made_while_instances_come_in_can_be_restored(tmp_path: Path, store: Store, dicom_file: File) -> None:
    archive = Archive.open(tmp_path / "department" / "archive")
    store(archive, dicom_file(SOPInstanceUID="1.2.1.1.0"))
    stop = threading.Event()

    def send() -> None:
        number = 1
        while not stop.is_set():
            store(
                archive, dicom_file(SOPInstanceUID=f"1.2.1.1.{number}", PixelData=bytes(100 + 40_000 * (number % 40)))
            )
            number += 1

    sender = threading.Thread(target=send)
    sender.start()
    reports = [back_up(tmp_path / "department", tmp_path / "backup") for _ in range(3)]
    stop.set()
    sender.join()
    archive.close()
    n_objects = restore(tmp_path / "backup", tmp_path / "restored")
    assert n_objects >= reports[-1].n_objects >= reports[0].n_objects >= 1
    restored = Archive.open(tmp_path / "restored" / "archive")
    assert len(list(restored.find(Query("IMAGE")))) == n_objects
    restored.close()


def test_the_commands_back_up_and_restore(department: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["archive", "--data", str(department), "-q", "backup", str(tmp_path / "b")]) == 0
    assert main(["archive", "--data", str(tmp_path / "r"), "-q", "restore", str(tmp_path / "b")]) == 0
    assert "5 objects" in capsys.readouterr().out
    assert main(["archive", "--data", str(tmp_path / "r"), "-q", "rebuild-index"]) == 0
    assert main(["archive", "--data", str(tmp_path / "r"), "conflicts"]) == 0
    assert "1.2.1.1.0" in capsys.readouterr().out


def test_folders_that_would_be_overwritten_are_refused(department: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").write_text("mine")
    with pytest.raises(ConflictError):
        back_up(department, tmp_path / "other")
    back_up(department, tmp_path / "backup")
    with pytest.raises(ConflictError):
        restore(tmp_path / "backup", department)
    with pytest.raises(NotFoundError):
        restore(tmp_path / "other", tmp_path / "new")
    with pytest.raises(NotFoundError):
        back_up(tmp_path / "nowhere", tmp_path / "new")
    with pytest.raises(NotFoundError):
        sweep(tmp_path / "nowhere")
