"""A disk that really is full: what was acknowledged is there, and it goes on when there is room."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from isocenter.archive.archive import Archive, Stored
from isocenter.archive.fixity import sweep
from isocenter.archive.query import Query
from isocenter.core.errors import IsocenterError, StorageFullError

File = Callable[..., bytes]
Store = Callable[[Archive, bytes], Stored]
Resize = Callable[[int], None]


def mount(folder: Path, options: str) -> None:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    except OSError as missing:
        pytest.skip(f"there is no mount here: {missing}")
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here (needs root): {done.stderr.strip()[:80]}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Yield the folder of a disk of 6 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount(folder, "size=6m")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("size_bytes", [200_000, 1_500_000])
def test_a_full_disk_loses_nothing_and_takes_more_when_there_is_room(
    disk: Path, store: Store, dicom_file: File, size_bytes: int
) -> None:
    def instance(number: int) -> bytes:
        content = number.to_bytes(4, "big") * (size_bytes // 4)
        return dicom_file(SOPInstanceUID=f"1.2.1.1.{number}", PixelData=content)

    archive = Archive.open(disk / "archive")
    kept: dict[str, bytes] = {}
    n_refused = 0
    for number in range(60):
        try:
            store(archive, instance(number))
        except StorageFullError:
            n_refused += 1
            if n_refused == 3:  # it says so each time and stays of sound mind
                break
        else:
            kept[f"1.2.1.1.{number}"] = instance(number)
    assert n_refused == 3
    assert kept

    def require_kept(opened: Archive) -> None:
        rows = {row["SOPInstanceUID"]: row for row in opened.find(Query("IMAGE"))}
        assert rows.keys() == kept.keys()
        for uid, content in kept.items():
            row = rows[uid]
            (found,) = opened.instances(row["StudyInstanceUID"], row["SeriesInstanceUID"], uid)
            assert bytes(opened.original(found)) == content

    require_kept(archive)
    archive.close()
    subprocess.run(["mount", "-o", "remount,size=40m", str(disk)], check=True)
    archive = Archive.open(disk / "archive")
    require_kept(archive)
    store(archive, instance(99))
    kept["1.2.1.1.99"] = instance(99)
    require_kept(archive)
    archive.close()
    assert [each for each in sweep(disk / "archive").findings if each.kind != "not indexed"] == []


def test_a_disk_without_any_room_is_told_at_the_start(disk: Path) -> None:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as stream, suppress(OSError):
        while stream.write(bytes(1 << 16)):
            pass
    with pytest.raises((IsocenterError, OSError)):
        Archive.open(disk / "archive").close()
    filler.unlink()
    Archive.open(disk / "archive").close()
