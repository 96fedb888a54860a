"""After a crash everything that was acknowledged is there, and nothing half."""

import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
import xxhash

from isocenter.archive import registration, segments
from isocenter.archive.archive import Archive, Stored
from isocenter.archive.query import Query
from isocenter.archive.schema import SCHEMA, SCHEMA_VERSION
from isocenter.archive.tar_blocks import BLOCK, Member, member_header, padded
from isocenter.core.errors import ConflictError, DataError, StorageFullError

File = Callable[..., bytes]
Store = Callable[[Archive, bytes], Stored]

# A process that stores for ever from four threads and says what was acknowledged.
SENDER = """
import sys, threading
from pathlib import Path
from isocenter.archive.archive import Archive

archive, template = Archive.open(Path(sys.argv[1])), Path(sys.argv[2]).read_bytes()

def send(thread):
    for number in range(100000):
        uid = f"1.2.{thread}.{100000 + number}".encode()
        data = template.replace(b"1.2.9.100000", uid) + bytes(3000000 if number % 5 == 4 else 100000)
        incoming = archive.receive(origin="test")
        for start in range(0, len(data), 10000):
            incoming.write(data[start : start + 10000])
        incoming.commit()
        sys.stdout.write(uid.decode() + "\\n")
        sys.stdout.flush()

threads = [threading.Thread(target=send, args=(k,)) for k in range(1, 5)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


@pytest.mark.parametrize("n_acknowledged", [1, 40])
def test_a_process_killed_while_storing_loses_nothing_acknowledged(
    tmp_path: Path, dicom_file: File, n_acknowledged: int
) -> None:
    template = tmp_path / "template.dcm"
    template.write_bytes(dicom_file(SOPInstanceUID="1.2.9.100000", StudyID="7"))
    with subprocess.Popen(
        [sys.executable, "-c", SENDER, str(tmp_path / "archive"), str(template)], stdout=subprocess.PIPE, text=True
    ) as sender:
        assert sender.stdout is not None
        acknowledged = [sender.stdout.readline().strip() for _ in range(n_acknowledged)]
        sender.send_signal(signal.SIGKILL)
        rest = sender.stdout.read()
    # The last line may have been cut by the kill; every whole one was acknowledged.
    acknowledged += [line.strip() for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    archive = Archive.open(tmp_path / "archive")
    instances = {instance.instance_uid: instance for instance in archive.instances("1.2.1")}
    assert set(acknowledged) <= set(instances)
    for instance in instances.values():
        assert sha256(archive.original(instance)).hexdigest() == instance.sha256
    assert {found.sha256 for found in archive._store.all()} == {instance.sha256 for instance in instances.values()}
    (study,) = archive.find(Query("STUDY"))
    assert study["NumberOfStudyRelatedInstances"] == len(instances)
    archive.close()


def test_an_object_that_was_whole_but_not_yet_indexed_is_taken_in(tmp_path: Path, dicom_file: File) -> None:
    archive = Archive.open(tmp_path / "archive")
    arriving = archive.receive(origin="test")
    arriving.write(dicom_file())
    arriving._writer.content()
    arriving._writer.finish("1.2.1.1.1", "test")  # and here the process ends
    shutil.copytree(tmp_path / "archive", tmp_path / "copy", ignore=shutil.ignore_patterns("lock*"))
    archive.close()
    archive = Archive.open(tmp_path / "copy")
    assert len(archive.instances("1.2.1")) == 1
    archive.close()


def after_a_power_cut(root: Path, files: list[bytes]) -> Path:
    """Return an archive as the disk may hold it: every flushed object, none of the index's rows."""
    archive = Archive.open(root)
    for data in files:
        arriving = archive.receive(origin="test")
        arriving.write(data)
        arriving.commit()
    copy = root.with_name("copy")
    shutil.copytree(root / "segments", copy / "segments")
    archive.close()
    connection = sqlite3.connect(copy / "index.sqlite")
    connection.executescript(f"{SCHEMA} PRAGMA user_version = {SCHEMA_VERSION};")
    connection.close()
    return copy


def test_a_power_cut_that_takes_the_last_rows_of_the_index_loses_nothing(tmp_path: Path, dicom_file: File) -> None:
    sizes = [10, 5000, 2_000_000, 10, 3_000_000]
    files = [dicom_file(SOPInstanceUID=f"1.2.1.1.{number}", PixelData=bytes(size)) for number, size in enumerate(sizes)]
    copy = after_a_power_cut(tmp_path / "archive", files)
    for _ in range(2):
        archive = Archive.open(copy)
        assert [bytes(archive.original(instance)) for instance in archive.instances("1.2.1")] == files
        archive.close()


@pytest.mark.parametrize("where", ["content", "header", "behind"])
def test_a_torn_object_that_was_never_acknowledged_is_removed(tmp_path: Path, dicom_file: File, where: str) -> None:
    files = [dicom_file(SOPInstanceUID=f"1.2.1.1.{number}", StudyID=str(number)) for number in range(3)]
    copy = after_a_power_cut(tmp_path / "archive", files)
    (path,) = copy.rglob("*.tar")
    content = bytearray(path.read_bytes())
    start = content.index(files[1])
    if where == "content":
        content[start + 200] ^= 1
    elif where == "header":
        content[start - BLOCK : start] = bytes(BLOCK)
    else:
        content[content.index(files[2]) - BLOCK :] = bytes(2 * BLOCK)
    path.write_bytes(content)
    archive = Archive.open(copy)
    expected = files[:2] if where == "behind" else [files[0], files[2]]
    assert [bytes(archive.original(instance)) for instance in archive.instances("1.2.1")] == expected
    assert len(list(archive._store.all())) == 2
    archive.close()
    with tarfile.open(path) as tar:
        assert [member.size for member in tar if member.name.endswith(".dcm")] == [len(data) for data in expected]


def test_bytes_of_an_unfinished_object_that_look_like_an_object_are_not_taken_for_one(
    tmp_path: Path, dicom_file: File
) -> None:
    first = dicom_file(SOPInstanceUID="1.2.1.1.7")
    copy = after_a_power_cut(tmp_path / "archive", [first])
    (path,) = copy.rglob("*.tar")
    planted = dicom_file(SOPInstanceUID="1.2.1.1.8")
    header = member_header(Member("x", xxhash.xxh3_128_hexdigest(planted), len(planted), 1, "test", "f" * 32))
    with path.open("r+b") as stream:
        stream.truncate(BLOCK + BLOCK + padded(len(first)))
        stream.seek(0, 2)
        stream.write(bytes(BLOCK) + header + planted)
    archive = Archive.open(copy)
    assert [instance.instance_uid for instance in archive.instances("1.2.1")] == ["1.2.1.1.7"]
    archive.close()


@pytest.mark.parametrize("size_bytes", [1000, 3_000_000])
def test_what_was_not_finished_is_cleared_away(tmp_path: Path, dicom_file: File, size_bytes: int) -> None:
    archive = Archive.open(tmp_path / "archive")
    arriving = archive.receive(origin="test")
    arriving.write(dicom_file() + bytes(size_bytes))
    arriving._writer.content()
    shutil.copytree(tmp_path / "archive", tmp_path / "copy", ignore=shutil.ignore_patterns("lock*"))
    arriving.abort()
    archive.close()
    archive = Archive.open(tmp_path / "copy")
    assert list(archive._store.all()) == list((tmp_path / "copy").rglob("*.tar")) == []
    archive.close()


@pytest.fixture
def filled(tmp_path: Path, store: Store, dicom_file: File) -> Path:
    """Return the folder of a closed archive with three instances and a conflict."""
    archive = Archive.open(tmp_path)
    for number in range(3):
        store(archive, dicom_file(SOPInstanceUID=f"1.2.1.1.{number}", SeriesInstanceUID=f"1.2.1.{number % 2}"))
    assert store(archive, dicom_file(SOPInstanceUID="1.2.1.1.0", StudyDescription="other")).state == "conflict"
    archive.close()
    return tmp_path


def seen(root: Path) -> tuple[object, ...]:
    archive = Archive.open(root)
    rows = [[dict(row) for row in archive.find(Query(level))] for level in ("STUDY", "SERIES", "IMAGE")]
    result = (rows, archive.conflicts())
    archive.close()
    return result


def test_the_index_can_be_rebuilt_from_the_objects_alone(filled: Path) -> None:
    before = seen(filled)
    assert Archive.rebuild_index(filled) == 4
    assert seen(filled) == before


def test_a_missing_index_is_rebuilt(filled: Path) -> None:
    before = seen(filled)
    for name in ("index.sqlite", "index.sqlite-wal", "index.sqlite-shm"):
        (filled / name).unlink(missing_ok=True)
    assert seen(filled) == before


def test_an_index_whose_rebuilding_was_interrupted_is_completed(filled: Path) -> None:
    before = seen(filled)
    with sqlite3.connect(filled / "index.sqlite") as connection:
        connection.execute("DELETE FROM conflict")
        connection.execute(f"PRAGMA user_version = {-SCHEMA_VERSION}")
    connection.close()
    assert seen(filled) == before


def test_an_index_of_an_older_version_is_rebuilt_and_of_a_newer_one_refused(filled: Path) -> None:
    before = seen(filled)
    for version in (1, SCHEMA_VERSION + 1):
        connection = sqlite3.connect(filled / "index.sqlite")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.close()
        if version == 1:
            assert seen(filled) == before
    with pytest.raises(DataError, match="newer"):
        Archive.open(filled)


def test_a_destroyed_index_says_what_to_do(filled: Path) -> None:
    before = seen(filled)
    (filled / "index.sqlite").write_bytes(b"this is no database " * 1000)
    with pytest.raises(DataError, match="rebuild"):
        Archive.open(filled)
    Archive.rebuild_index(filled)
    assert seen(filled) == before


def test_a_full_disk_while_rebuilding_leaves_the_index_unfinished(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = seen(filled)

    def full(*_: object) -> None:
        raise StorageFullError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(registration, "register", full)
        with pytest.raises(StorageFullError):
            Archive.rebuild_index(filled)
    assert seen(filled) == before


def test_an_object_that_cannot_be_read_does_not_stop_the_rebuilding(filled: Path) -> None:
    (path,) = filled.rglob("*.tar")
    content = path.read_bytes()
    path.write_bytes(content.replace(b"DICM", b"MCID", 1))
    assert Archive.rebuild_index(filled) == 3
    path.write_bytes(content)
    (path.parent / "0000999.tar").write_bytes(b"rotten")
    assert Archive.rebuild_index(filled) == 4


def test_only_one_process_opens_an_archive(filled: Path) -> None:
    archive = Archive.open(filled)
    command = [
        sys.executable,
        "-c",
        f"from pathlib import Path; from isocenter.archive.archive import Archive; Archive.open(Path({str(filled)!r}))",
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Another program has this archive open" in ended.stderr
    with pytest.raises(ConflictError):
        Archive.rebuild_index(filled)
    archive.close()
    Archive.open(filled).close()


def test_what_was_on_the_disk_but_not_indexed_is_found_after_a_crash_also_in_a_full_segment(
    tmp_path: Path, store: Store, dicom_file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 40_000)
    archive = Archive.open(tmp_path / "archive")
    slow = archive.receive(origin="test")
    slow.write(dicom_file(SOPInstanceUID="1.2.1.1.0"))
    slow._writer.content()
    slow._writer.finish("1.2.1.1.0", "test")  # on the disk in the first segment, not indexed
    for number in range(1, 20):
        store(archive, dicom_file(SOPInstanceUID=f"1.2.1.1.{number}"))
    copy = tmp_path / "copy"  # what a killed process leaves
    shutil.copytree(tmp_path / "archive", copy, ignore=shutil.ignore_patterns("lock*"))
    slow._writer.release()
    archive.close()
    assert len(list((copy / "segments").rglob("*.tar"))) > 3
    again = Archive.open(copy)
    assert again.n_instances == 20
    again.close()
