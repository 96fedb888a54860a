"""An object in another transfer syntax holds the same values, for us and for another reader."""

import shutil
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file

from isocenter.core.errors import DataError, FileFormatError, IsocenterError, NotSupportedError
from isocenter.dicom.header import scan_header
from isocenter.dicom.pixels import PIXEL_DESCRIPTION_TAGS, FrameReader
from isocenter.dicom.transcoding import LOSSLESS, can_encode, is_lossless, transcode, transcode_frame
from isocenter.dicom.transcoding import encode as encode_module

RECOMPRESSED = "1.2.840.10008.1.2.4.111"
LOSSY = {
    "1.2.840.10008.1.2.4.50": "ISO_10918_1",
    "1.2.840.10008.1.2.4.51": "ISO_10918_1",
    "1.2.840.10008.1.2.4.81": "ISO_14495_1",
    "1.2.840.10008.1.2.4.91": "ISO_15444_1",
    "1.2.840.10008.1.2.4.203": "ISO_15444_15",
    "1.2.840.10008.1.2.4.112": "ISO_18181_1",
}
UNKNOWN_TO_PYDICOM = {f"1.2.840.10008.1.2.{number}" for number in ("4.110", "4.201", "4.202", "8.1")}
SOURCES = (
    "CT_small.dcm",
    "MR_small_RLE.dcm",
    "MR_small_bigendian.dcm",
    "JPEG2000.dcm",
    "SC_rgb_rle_2frame.dcm",
    "SC_rgb_small_odd.dcm",
    "image_dfl.dcm",
    "examples_palette.dcm",
    "SC_ybr_full_422_uncompressed.dcm",
    "rtdose.dcm",
    "liver_1frame.dcm",
)


def source(name: str) -> bytes:
    return Path(str(get_testdata_file(name))).read_bytes()


def frames(file: bytes, *, n_frames: int | None = None) -> list[np.ndarray]:
    reader = FrameReader(scan_header(file, PIXEL_DESCRIPTION_TAGS))
    return [reader.frame(index) for index in range(n_frames or reader.n_frames)]


@pytest.mark.parametrize("syntax", sorted(LOSSLESS))
@pytest.mark.parametrize("name", SOURCES)
def test_a_lossless_target_keeps_every_value_and_attribute(name: str, syntax: str) -> None:
    file = source(name)
    try:
        changed = transcode(file, syntax)
    except NotSupportedError:
        assert name in ("liver_1frame.dcm", "rtdose.dcm", "SC_ybr_full_422_uncompressed.dcm")  # 1 bit, 32 bits, YBR
        return
    for before, after in zip(frames(file), frames(changed), strict=True):
        np.testing.assert_array_equal(before, after)
    old, new = pydicom.dcmread(BytesIO(file)), pydicom.dcmread(BytesIO(changed))
    assert new.file_meta.TransferSyntaxUID == syntax
    about_pixels = {"PixelData", "PhotometricInterpretation", "PlanarConfiguration", "PixelRepresentation"}
    for element in old:
        if element.keyword not in about_pixels and not element.tag.is_private:
            assert new[element.tag].value == element.value, element.keyword


@pytest.mark.parametrize("syntax", sorted(LOSSLESS - UNKNOWN_TO_PYDICOM))
@pytest.mark.parametrize("name", ["CT_small.dcm", "SC_rgb_small_odd.dcm", "MR_small_RLE.dcm"])
def test_another_reader_sees_the_same(name: str, syntax: str) -> None:
    before = pydicom.dcmread(BytesIO(source(name))).pixel_array
    changed = pydicom.dcmread(BytesIO(transcode(source(name), syntax)))
    try:
        after = changed.pixel_array
    except (RuntimeError, NotImplementedError) as missing:
        pytest.skip(f"pydicom has no decoder installed for {syntax}: {missing}"[:120])
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("name", ["SC_rgb_jpeg_dcmtk.dcm", "JPEG-lossy.dcm", "SC_jpeg_no_color_transform.dcm"])
def test_a_jpeg_is_recompressed_and_every_byte_of_it_comes_back(name: str) -> None:
    file = source(name)
    before = FrameReader(scan_header(file, PIXEL_DESCRIPTION_TAGS))
    if "lossy" in name:  # twelve bits: libjxl takes JPEGs of eight
        with pytest.raises(DataError):
            transcode(file, RECOMPRESSED)
        return
    packed = transcode(file, RECOMPRESSED)
    assert len(packed) < len(file)
    assert pydicom.dcmread(BytesIO(packed)).file_meta.TransferSyntaxUID == RECOMPRESSED
    back = FrameReader(scan_header(transcode(packed, before.description.transfer_syntax_uid), PIXEL_DESCRIPTION_TAGS))
    n_frames = before.n_frames
    assert [back.encoded(n) for n in range(n_frames)] == [before.encoded(n) for n in range(n_frames)]
    assert transcode_frame(before, 0, RECOMPRESSED)[:2] in (b"\xff\x0a", b"\0\0")
    old, new = pydicom.dcmread(BytesIO(file)), pydicom.dcmread(BytesIO(packed))
    assert [e for e in old if e.keyword != "PixelData"] == [e for e in new if e.keyword != "PixelData"]
    np.testing.assert_array_equal(np.stack(frames(file)), np.stack(frames(packed)))


def test_only_a_jpeg_is_recompressed() -> None:
    for name in ("CT_small.dcm", "JPEG2000.dcm"):
        with pytest.raises(NotSupportedError, match="Only a JPEG"):
            transcode(source(name), RECOMPRESSED)


@pytest.mark.parametrize(("syntax", "method"), LOSSY.items())
def test_a_lossy_target_is_close_and_says_so(syntax: str, method: str) -> None:
    file = source("SC_rgb_small_odd.dcm" if syntax.endswith((".50", ".51")) else "CT_small.dcm")
    changed = transcode(file, syntax, quality=95)
    said = pydicom.dcmread(BytesIO(changed))
    assert (said.LossyImageCompression, said.LossyImageCompressionMethod) == ("01", method)
    assert float(said.LossyImageCompressionRatio) > 0
    before, after = frames(file)[0].astype(float), frames(changed)[0].astype(float)
    assert np.abs(before - after).mean() < 0.05 * np.ptp(before)
    assert not is_lossless(syntax)
    assert can_encode(syntax)


def test_the_same_syntax_changes_nothing() -> None:
    file = source("CT_small.dcm")
    assert transcode(file, "1.2.840.10008.1.2.1") == file


def test_frames_are_transcoded_one_by_one() -> None:
    reader = FrameReader(scan_header(source("SC_rgb_rle_2frame.dcm"), PIXEL_DESCRIPTION_TAGS))
    assert transcode_frame(reader, 1, "1.2.840.10008.1.2.5") == reader.encoded(1)
    assert transcode_frame(reader, 1, "1.2.840.10008.1.2.1") == reader.stored(1).tobytes()
    assert transcode_frame(reader, 1, "1.2.840.10008.1.2.4.201")[:4] == b"\xff\x4f\xff\x51"


def test_an_encoder_that_changes_values_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {**encode_module.ENCODERS, encode_module.JPEG_LS: encode_module.ENCODERS[encode_module.JPEG_LS_NEAR]}
    monkeypatch.setattr(encode_module, "ENCODERS", wrong)
    with pytest.raises(DataError, match="nothing was replaced"):
        transcode(source("CT_small.dcm"), encode_module.JPEG_LS)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.2", "1.2.3", ""])
def test_targets_that_are_not_written_are_named(syntax: str) -> None:
    with pytest.raises(NotSupportedError):
        transcode(source("CT_small.dcm"), syntax)


@pytest.mark.parametrize("damage", [lambda file: file[:-2000], lambda file: file[:3000], lambda file: b"no DICOM"])
def test_damaged_files_are_refused(damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises((DataError, FileFormatError)):
        transcode(damage(source("JPEG2000.dcm")), "1.2.840.10008.1.2.1")


def test_real_files_of_every_syntax_go_round(shared_data: Path) -> None:
    n_same = 0
    for path in sorted((shared_data / "dicom" / "transfer_syntax").rglob("*")):
        if not path.is_file() or path.stat().st_size > 1_000_000:
            continue
        file = path.read_bytes()
        try:
            before = frames(file, n_frames=1)
            changed = [transcode(file, syntax) for syntax in ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.201")]
        except IsocenterError:
            continue
        n_same += all(np.array_equal(frames(each, n_frames=1)[0], before[0]) for each in changed)
    assert n_same > 20


@pytest.mark.skipif(shutil.which("dcmdjpeg") is None, reason="dcmtk is not installed")
def test_twelve_bits_with_loss_are_read_by_others(tmp_path: Path) -> None:
    dataset = pydicom.dcmread(BytesIO(source("CT_small.dcm")))
    pixels = (dataset.pixel_array.clip(0, 4095) & 0xFFF).astype(np.uint16)
    dataset.PixelData, dataset.PixelRepresentation = pixels.tobytes(), 0
    dataset.BitsStored, dataset.HighBit = 12, 11
    stream = BytesIO()
    dataset.save_as(stream)
    (tmp_path / "in.dcm").write_bytes(transcode(stream.getvalue(), "1.2.840.10008.1.2.4.51", quality=98))
    subprocess.run(["dcmdjpeg", tmp_path / "in.dcm", tmp_path / "out.dcm"], check=True)
    read = pydicom.dcmread(tmp_path / "out.dcm").pixel_array
    assert np.abs(read.astype(float) - pixels).mean() < 0.01 * np.ptp(pixels)
