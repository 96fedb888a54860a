"""Uploads are kept whole or not at all."""

import asyncio
import errno
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Any

import pytest

from isocenter.core.errors import FileFormatError, NotFoundError, OptionError, StorageFullError, TooLargeError
from isocenter.server.reconstruction.raw_store import RawFile, RawStore


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def receive(store: RawStore, name: str, *parts: bytes) -> RawFile:
    return asyncio.run(store.receive(name, chunks(*parts)))


def test_an_upload_is_kept_with_its_hash(tmp_path: Path) -> None:
    store = RawStore(tmp_path, max_bytes=100)
    raw = receive(store, "scan.h5", b"a", b"bc")
    assert store.path(raw.raw_id).read_bytes() == b"abc"
    # SHA-256 of "abc": FIPS 180-4, example 1.
    assert raw.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    store.discard(raw.raw_id)
    with pytest.raises(NotFoundError):
        store.path(raw.raw_id)


@pytest.mark.parametrize("name", ["", "../scan.h5", "a/b", ".hidden", "x" * 300, "日" * 100, "a\nb", "a\\b"])
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(OptionError):
        receive(RawStore(tmp_path, max_bytes=100), name, b"abc")


@pytest.mark.parametrize("raw_id", ["..", "../../etc", "0" * 31, "Z" * 32, ""])
def test_identifiers_that_are_none_are_refused(tmp_path: Path, raw_id: str) -> None:
    with pytest.raises(NotFoundError):
        RawStore(tmp_path, max_bytes=100).path(raw_id)


def test_too_large_and_empty_uploads_leave_nothing(tmp_path: Path) -> None:
    store = RawStore(tmp_path, max_bytes=4)
    with pytest.raises(TooLargeError):
        receive(store, "scan.h5", b"abc", b"de")
    with pytest.raises(FileFormatError, match="empty"):
        receive(store, "scan.h5")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = RawStore(tmp_path, max_bytes=100)

    async def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("isocenter.server.reconstruction.raw_store.run_in_threadpool", full)
    with pytest.raises(StorageFullError):
        receive(store, "scan.h5", b"abc")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_when_the_last_bytes_are_flushed_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def open_on_a_full_disk(path: Path, mode: str = "r") -> IO[Any]:
        # Linux's /dev/full takes bytes into the buffer and fails when they are flushed, as a full disk does.
        return opened(Path("/dev/full"), "wb") if mode == "xb" else opened(path, mode)

    store = RawStore(tmp_path, max_bytes=100)
    monkeypatch.setattr(Path, "open", open_on_a_full_disk)
    with pytest.raises(StorageFullError):
        receive(store, "scan.h5", b"abc")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_without_room_for_a_folder_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = RawStore(tmp_path, max_bytes=100)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(StorageFullError):
        receive(store, "scan.h5", b"abc")
