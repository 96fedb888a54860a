"""Files that belong together come as one tar: kept whole, under names that lead nowhere else, or not at all."""

import asyncio
import io
import json
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from starlette.testclient import TestClient

from isocenter.core.errors import FileFormatError, IsocenterError, OptionError
from isocenter.server.reconstruction.raw_store import RawFile, RawStore


def tar_of(files: dict[str, bytes], kind: bytes = tarfile.REGTYPE) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.type = len(content), kind
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def receive(store: RawStore, content: bytes) -> RawFile:
    async def chunks() -> AsyncIterator[bytes]:
        yield content

    return asyncio.run(store.receive("scan.tar", chunks()))


def test_files_are_kept_as_a_folder(tmp_path: Path) -> None:
    store = RawStore(tmp_path, max_bytes=100_000)
    raw = receive(store, tar_of({"scan/a.tif": b"one", "b.json": b"two"}))
    folder = store.path(raw.raw_id)
    assert folder.name == "scan"
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {"a.tif": b"one", "b.json": b"two"}
    store.discard(raw.raw_id)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (tar_of({"..": b"x"}), OptionError),
        (tar_of({"a/.hidden": b"x"}), OptionError),
        (tar_of({"a\\b": b"x"}), OptionError),
        (tar_of({"one/a": b"x", "two/a": b"y"}), OptionError),
        (tar_of({}), FileFormatError),
        (tar_of({"a": b""}, tarfile.SYMTYPE), FileFormatError),
        (tar_of({"a": b"x" * 2000})[:1500], FileFormatError),
        (b"no tar at all" * 100, FileFormatError),
    ],
    ids=["parent", "hidden", "backslash", "twice", "empty", "link", "cut off", "no tar"],
)
def test_what_is_no_set_of_files_leaves_nothing(tmp_path: Path, content: bytes, error: type[IsocenterError]) -> None:
    with pytest.raises(error):
        receive(RawStore(tmp_path, max_bytes=100_000), content)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_views_is_reconstructed(ada: TestClient) -> None:
    files = {
        f"scan/proj{index}.tif": imagecodecs.tiff_encode(np.full((16, 48), 9000 - 20 * index, np.uint16))
        for index in range(72)
    }
    geometry = {
        "geometry": "cone", "angle_range_deg": 360, "bin_width_mm": 6.0, "row_height_mm": 6.0,
        "source_isocenter_mm": 400.0, "source_detector_mm": 800.0, "photons_per_bin": 10000,
    }  # fmt: skip
    files["scan/geometry.json"] = json.dumps(geometry).encode()
    answer = ada.post("/api/raw?filename=scan.tar", content=tar_of(files))
    assert answer.status_code == 201, answer.text
    assert answer.json()["format_title"].startswith("TIFF")
    started = ada.post("/api/jobs", json={"raw_id": answer.json()["raw_id"], "method": "fdk"})
    assert started.status_code == 202, started.text
    text = ada.get(f"/api/jobs/{started.json()['job_id']}/events").text
    assert json.loads(text.rsplit("data: ", 1)[-1])["state"] == "done"


def test_of_files_that_are_no_folder_of_a_format_one_is_read(ada: TestClient) -> None:
    stream = io.BytesIO()
    np.save(stream, np.ones((90, 96), np.float32))
    description = {
        "modality": "ct", "angles_deg": [2.0 * index for index in range(90)], "bin_width_mm": 4.0,
    }  # fmt: skip
    files = {"scan.npy": stream.getvalue(), "scan.json": json.dumps(description).encode()}
    answer = ada.post("/api/raw?filename=scan.tar", content=tar_of(files))
    assert answer.status_code == 201, answer.text
    assert answer.json()["modality"] == "ct"
