"""Compression at rest: smaller, proven, and for every sender and reader the same instance."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file

from isocenter.archive import compressor as compressor_module
from isocenter.archive.archive import Archive, Stored
from isocenter.archive.compression import TARGETS, parse_compression
from isocenter.archive.fixity import sweep
from isocenter.archive.query import Query
from isocenter.core.errors import OptionError
from isocenter.dicom.part10 import dataset_start
from isocenter.dicom.transcoding import transcode

Put = Callable[[Archive, bytes], Stored]
Make = Callable[..., bytes]
HTJ2K = "1.2.840.10008.1.2.4.201"
RULES = f'[[rule]]\nname = "all"\nto = "{HTJ2K}"\nmin_bytes = 1000\n'.encode()


def smooth() -> np.ndarray:
    """Return pixels that become smaller."""
    y, x = np.mgrid[:128, :96]
    pixels: np.ndarray = (1000 + 500 * np.sin(x / 9) * np.cos(y / 7)).astype(np.uint16)
    return pixels


@pytest.fixture
def big(dicom_file: Make) -> bytes:
    """Return a slice of 24 kB."""
    return dicom_file(Rows=128, Columns=96, BitsAllocated=16, BitsStored=16, HighBit=15, PixelData=smooth().tobytes())


def syntax_of(archive: Archive, uid: str = "1.2.1.1.1") -> str:
    (row,) = archive.find(Query("IMAGE", {"SOPInstanceUID": uid}))
    return str(row["AvailableTransferSyntaxUID"])


def dataset_of(data: bytes) -> bytes:
    return data[dataset_start(data) :]


def outgoing(archive: Archive) -> bytes:
    return b"".join(archive.outgoing(archive.instances("1.2.1")[0]).parts)


@pytest.mark.parametrize("target", TARGETS)
def test_an_instance_is_kept_smaller_and_gives_back_every_byte(
    archive: Archive, store: Put, big: bytes, target: str
) -> None:
    store(archive, big)
    before = archive.metadata(archive.instances("1.2.1")[0])
    archive.compressor.set_rules(RULES.replace(HTJ2K.encode(), target.encode()), "rules.toml")
    done = archive.compressor.step()
    assert (done.n_examined, done.n_compressed) == (1, 1)
    assert done.bytes_after < done.bytes_before
    assert syntax_of(archive) == target
    sent = outgoing(archive)
    assert len(sent) < len(big)
    back = transcode(sent, "1.2.840.10008.1.2.1")
    assert dataset_of(back) == dataset_of(big)
    (frame,) = archive.encoded_frames(archive.instances("1.2.1")[0], [0]) or ()
    assert frame in sent
    after = archive.metadata(archive.instances("1.2.1")[0])
    assert after["00280010"] == before["00280010"]
    assert archive.compressor.step().n_examined == 0


def test_the_sender_of_the_original_is_still_known(archive: Archive, store: Put, big: bytes, dicom_file: Make) -> None:
    store(archive, big)
    archive.compressor.set_rules(RULES, "rules.toml")
    archive.compressor.step()
    assert store(archive, big).state == "duplicate"
    changed = bytearray(big)
    changed[-1] ^= 1
    assert store(archive, bytes(changed)).state == "conflict"


def test_what_does_not_fit_or_does_not_shrink_stays(archive: Archive, store: Put, dicom_file: Make, big: bytes) -> None:
    noise = np.random.default_rng(1).integers(0, 256, 20000, dtype=np.uint8).tobytes()
    store(archive, dicom_file())
    store(archive, dicom_file(SOPInstanceUID="1.2.1.1.2", Rows=100, Columns=200, PixelData=noise))
    other = pydicom.dcmread(io.BytesIO(big))
    other.SOPInstanceUID, other.Modality, other.SeriesInstanceUID = "1.2.1.1.3", "US", "1.2.1.2"
    stream = io.BytesIO()
    other.save_as(stream, enforce_file_format=True)
    store(archive, stream.getvalue())
    archive.compressor.set_rules(RULES + b'modality = ["CT", "MR"]\n', "rules.toml")
    done = archive.compressor.step()
    assert (done.n_examined, done.n_compressed) == (3, 0)
    archive.compressor.set_rules(RULES, "rules.toml")
    assert archive.compressor.step().n_compressed == 1


def test_an_encoder_that_fails_costs_nothing(
    archive: Archive, store: Put, big: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaging(file: bytes, syntax: str) -> bytes:
        changed = bytearray(transcode(file, syntax))
        if syntax != HTJ2K:
            changed[-1] ^= 1
        return bytes(changed)

    monkeypatch.setattr(compressor_module, "transcode", damaging)
    store(archive, big)
    archive.compressor.set_rules(RULES, "rules.toml")
    assert archive.compressor.step().n_compressed == 0
    assert outgoing(archive) == big


def test_index_and_space_are_right_after_a_restart(tmp_path: Path, store: Put, big: bytes) -> None:
    archive = Archive.open(tmp_path)
    store(archive, big)
    archive.compressor.set_rules(RULES, "rules.toml")
    assert archive.compressor.step().n_compressed == 1
    sent = outgoing(archive)
    archive.close()
    assert sweep(tmp_path).findings == ()
    assert Archive.rebuild_index(tmp_path) == 1
    archive = Archive.open(tmp_path)
    assert archive.compressor.rules[0].name == "all"
    assert outgoing(archive) == sent
    assert store(archive, big).state == "duplicate"
    archive.close()


def test_a_crash_before_the_index_knew_leaves_one_of_the_two(
    tmp_path: Path, store: Put, big: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive.open(tmp_path)
    store(archive, big)
    archive.compressor.set_rules(RULES, "rules.toml")
    with monkeypatch.context() as patch:
        patch.setattr(compressor_module, "replace_row", lambda *_: True)
        archive.compressor.step()
        archive.compressor._leaving.clear()
    archive.close()
    assert [finding.kind for finding in sweep(tmp_path).findings] == ["not indexed"]
    assert Archive.rebuild_index(tmp_path) == 2
    archive = Archive.open(tmp_path)
    assert syntax_of(archive) == HTJ2K
    assert archive.conflicts() == []
    assert store(archive, big).state == "duplicate"
    archive.close()
    assert sweep(tmp_path).findings == ()


def test_corrections_and_rejections_go_on_with_the_smaller_form(archive: Archive, store: Put, big: bytes) -> None:
    store(archive, big)
    archive.corrections.correct("ada", {"PatientID": ["P1"]}, {"PatientID": "P9"}, reason="wrong patient")
    archive.compressor.set_rules(RULES, "rules.toml")
    assert archive.compressor.step().n_compressed == 1
    sent = pydicom.dcmread(io.BytesIO(outgoing(archive)))
    assert (sent.PatientID, sent.file_meta.TransferSyntaxUID) == ("P9", HTJ2K)
    rejected = archive.removals.reject("ada", ["1.2.1.1.1"], "113001")
    assert store(archive, big).state == "duplicate"
    archive.removals.restore("ada", rejected.sequence, reason="fine")
    assert pydicom.dcmread(io.BytesIO(outgoing(archive))).PatientID == "P9"
    archive.corrections.undo("ada", 1, reason="was right")
    assert dataset_of(transcode(outgoing(archive), "1.2.840.10008.1.2.1")) == dataset_of(big)


@pytest.mark.parametrize("name", ["CT_small.dcm", "MR_small_implicit.dcm", "examples_overlay.dcm", "rtdose.dcm"])
def test_real_files_shrink_or_stay(archive: Archive, store: Put, name: str) -> None:
    path = get_testdata_file(name)
    assert isinstance(path, str)
    data = Path(path).read_bytes()
    stored = store(archive, data)
    archive.compressor.set_rules(RULES, "rules.toml")
    archive.compressor.step()
    instance = archive.instances(stored.study_uid)[0]
    sent = b"".join(archive.outgoing(instance).parts)
    before = pydicom.dcmread(io.BytesIO(data)).file_meta.TransferSyntaxUID
    assert dataset_of(transcode(sent, before)) == dataset_of(data)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (b"\xff", "TOML"),
        (b"rule = 1", "rule"),
        (b"[[rule]]\nto = 1", "name"),
        (b'[[rule]]\nname = "a"\nto = "1.2.840.10008.1.2.4.50"', "to"),
        (b'[[rule]]\nname = "a"\nto = "1.2.840.10008.1.2.4.80"\nmin_bytes = -1', "min_bytes"),
        (b'[[rule]]\nname = "a"\nto = "1.2.840.10008.1.2.4.80"\nmodality = [1]', "modality"),
        (b'[[rule]]\nname = "a"\nto = "1.2.840.10008.1.2.4.80"\nquality = 3', "quality"),
        (b'[[rule]]\nname = "a"\nto = "1.2.840.10008.1.2.4.80"\n[other]', "other"),
    ],
)
def test_rules_that_are_wrong_say_where(text: bytes, named: str) -> None:
    with pytest.raises(OptionError) as caught:
        parse_compression(text, "rules.toml")
    assert "rules.toml" in str(caught.value)
    assert named in str(caught.value)
