"""Frames of real files in every transfer syntax: lossless ones equal the native pixels, lossy ones come close."""

from dataclasses import replace
from pathlib import Path
from struct import pack

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.pixels import apply_color_lut, iter_pixels

from isocenter.core.errors import DataError, FileFormatError, NotSupportedError
from isocenter.dicom.header import scan_header
from isocenter.dicom.pixels import PIXEL_DESCRIPTION_TAGS, FrameReader, decode_frame
from isocenter.dicom.pixels.jpeg import stated_size

CT = "dicom/transfer_syntax/ctimage/CTImage.dcm"
LOSSLESS = (
    "BigEndian",
    "Deflated",
    "JPEG2000LosslessOnly",
    "JPEGLSLossless",
    "Process14SV1",
    "Process14T",
    "RLE",
    "Implicit",
)


def frame(path: Path, index: int = 0) -> np.ndarray:
    """Return one frame, ready for use."""
    return FrameReader.open(path).frame(index)


def largest_difference(first: np.ndarray, second: np.ndarray) -> float:
    """Return the largest absolute difference."""
    return float(np.abs(first.astype(np.float64) - second).max())


@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_ct_frames_equal_the_native_pixels(shared_data: Path, name: str) -> None:
    (file,) = (shared_data / CT).parent.glob(f"CTImage.dcm_*{name}*")
    native, decoded = frame(shared_data / CT), frame(file)
    assert decoded.dtype == native.dtype
    assert np.array_equal(decoded, native)


@pytest.mark.parametrize(("name", "bound"), [("JPEG2000Transfer", 5), ("JPEGLSLossy", 1)])
def test_lossy_ct_frames_come_close(shared_data: Path, name: str, bound: float) -> None:
    (file,) = (shared_data / CT).parent.glob(f"CTImage.dcm_*{name}*")
    assert largest_difference(frame(file), frame(shared_data / CT)) <= bound


def test_twelve_bit_processes_agree_with_each_other(shared_data: Path) -> None:
    files = [next((shared_data / CT).parent.glob(f"CTImage.dcm_*{uid}.dcm")) for uid in ("4.51", "4.53", "4.55")]
    extended, spectral, progressive = (frame(file) for file in files)
    assert extended.max() > 255
    assert largest_difference(extended, spectral) <= 2
    assert largest_difference(extended, progressive) <= 2


@pytest.mark.parametrize(
    ("name", "reference", "bound"),
    [
        ("J2KR/XA1_J2KR", "XA1", 0), ("JLSL/XA1_JLSL", "XA1", 0), ("JPLL/XA1_JPLL", "XA1", 0),
        ("RLE/XA1_RLE", "XA1", 0),
        ("J2KI/XA1_J2KI", "XA1", 8), ("JLSN/XA1_JLSN", "XA1", 4), ("JPLY/XA1_JPLY", "XA1", 120),
        ("J2KR/NM1_J2KR", "NM1", 0), ("JLSL/NM1_JLSL", "NM1", 0), ("RLE/NM1_RLE", "NM1", 0),
        ("JLSN/NM1_JLSN", "NM1", 4),
    ],
)  # fmt: skip
def test_the_compression_test_set(shared_data: Path, name: str, reference: str, bound: float) -> None:
    folder = shared_data / "dicom/transfer_syntax/wg04"
    (encoded,), (native,) = folder.rglob(name.split("/")[1]), folder.rglob(f"{reference}_UNC.dcm")
    assert largest_difference(frame(encoded), frame(native)) <= bound


def test_all_encodings_of_one_multi_frame_object_agree(shared_data: Path) -> None:
    folder = shared_data / "dicom/modalities"
    native = FrameReader.open(folder / "emri_small.dcm")
    files = sorted(folder.glob("emri_small_*.dcm"))
    assert len(files) == 4
    for file in files:
        reader = FrameReader.open(file)
        assert reader.n_frames == 10
        for index in range(10):
            assert np.array_equal(reader.frame(index), native.frame(index)), (file.name, index)


def test_one_bit_frames_agree_in_every_encoding(shared_data: Path) -> None:
    folder = shared_data / "dicom/modalities"
    expected = pydicom.dcmread(folder / "liver.dcm").pixel_array
    for name in ("liver.dcm", "liver_expb.dcm", "liver_j2k.dcm", "liver_rle.dcm", "liver_deflate.dcm"):
        reader = FrameReader.open(folder / name)
        assert np.array_equal(np.stack([reader.frame(i) for i in range(3)]), expected), name


def test_high_throughput_jpeg_2000(shared_data: Path) -> None:
    folder = shared_data / "dicom/transfer_syntax/htj2k"
    lossless, lossy = frame(folder / "HTJ2KLossless_08_RGB.dcm"), frame(folder / "HTJ2K_08_RGB.dcm")
    assert lossless.shape == (480, 640, 3)
    assert lossless.std() > 10
    assert largest_difference(lossless, lossy) <= 4


def test_the_colour_test_pattern(shared_data: Path) -> None:
    folder = shared_data / "dicom/transfer_syntax/testpattern"
    expected = frame(folder / "TestPattern_RGB.dcm")
    bounds = {"JPEG-LS-Lossless": 0, "JPEG-Lossless_RGB": 0, "JPEG-LS-NearLossless": 2}
    bounds |= {"JPEG-Baseline_YBRFull": 42, "JPEG-Baseline_YBR422": 78}
    for name, bound in bounds.items():
        assert largest_difference(frame(folder / f"TestPattern_{name}.dcm"), expected) <= bound, name


def test_a_palette_gives_the_colours_that_another_decoder_gives(shared_data: Path) -> None:
    file = shared_data / "dicom/transfer_syntax/testpattern/TestPattern_Palette.dcm"
    dataset = pydicom.dcmread(file)
    assert np.array_equal(frame(file), apply_color_lut(dataset.pixel_array, dataset))
    full_colour = frame(file.with_name("TestPattern_RGB.dcm"))
    assert np.all(frame(file) == full_colour, axis=-1).mean() > 0.8, "256 colours, so not everywhere"


def test_interleave_modes_of_jpeg_ls_agree(shared_data: Path) -> None:
    folder = shared_data / "dicom/transfer_syntax/jpegls"
    assert np.array_equal(frame(folder / "JLSL_RGB_ILV0.dcm"), frame(folder / "JLSL_RGB_ILV1.dcm"))


def test_several_fragments_make_one_frame(shared_data: Path) -> None:
    folder = shared_data / "dicom/transfer_syntax/rle_frags"
    file = folder / "D_CLUNIE_CT1_RLE_FRAGS.dcm"
    assert np.array_equal(frame(file), pydicom.dcmread(file).pixel_array)


def test_an_edge_tile_smaller_than_the_header_says_is_filled_up(shared_data: Path) -> None:
    reader = FrameReader.open(shared_data / "dicom/modalities/multiframe.dcm")
    assert reader.n_frames == 140
    assert reader.frame(139).shape == (240, 240, 3)


NATIVE_AND_RLE = (
    "CT_small.dcm", "MR_small_bigendian.dcm", "SC_rgb_rle_2frame.dcm",
    "SC_rgb_small_odd.dcm", "SC_ybr_full_422_uncompressed.dcm", "SC_rgb_rle_16bit.dcm",
    "rtdose_expb.dcm", "rtdose_rle.dcm", "liver_expb_1frame.dcm", "examples_ybr_color.dcm", "ExplVR_BigEnd.dcm",
)  # fmt: skip


@pytest.mark.parametrize("name", NATIVE_AND_RLE)
def test_native_and_rle_frames_agree_with_another_decoder(name: str) -> None:
    path = get_testdata_file(name, download=False)
    if path is None:
        pytest.skip(f"{name} does not come with this pydicom")
    reader = FrameReader.open(Path(str(path)))
    for index, expected in enumerate(iter_pixels(str(path))):
        assert np.array_equal(reader.frame(index), expected), index


def test_eight_bit_samples_in_big_endian_words() -> None:
    little, big = (get_testdata_file(f"SC_rgb_small_odd{end}.dcm", download=False) for end in ("", "_big_endian"))
    assert np.array_equal(frame(Path(str(little))), frame(Path(str(big))))


def test_a_codestream_that_says_it_is_signed_is_believed(shared_data: Path) -> None:
    stored = FrameReader.open(shared_data / "dicom/modalities/TOSHIBA_J2K_SIZ1_PixRep0.dcm").stored(0)
    assert stored.dtype == np.int16
    assert (stored.min(), stored.max()) == (-2048, 1717)


def test_only_the_bytes_of_the_wanted_frame_are_read(shared_data: Path) -> None:
    file = shared_data / "dicom/modalities/emri_small_RLE.dcm"
    reader = FrameReader.open(file)
    data = bytearray(file.read_bytes())  # all other frames will be destroyed
    for index, spans in enumerate(reader.table):
        for start, length in spans:
            if index != 4:
                data[start : start + length] = b"\xff" * length
    copy = FrameReader(scan_header(bytes(data), PIXEL_DESCRIPTION_TAGS))
    assert np.array_equal(copy.frame(4), reader.frame(4))


def test_frames_that_do_not_exist_are_refused(shared_data: Path) -> None:
    reader = FrameReader.open(shared_data / "dicom/modalities/emri_small.dcm")
    for index in (-1, 10):
        with pytest.raises(DataError, match="no such frame"):
            reader.frame(index)


def test_an_unknown_transfer_syntax_is_named(tmp_path: Path, shared_data: Path) -> None:
    dataset = pydicom.dcmread(shared_data / "dicom/modalities/emri_small_RLE.dcm")
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.MPEG2MPML
    dataset.save_as(tmp_path / "video.dcm")
    with pytest.raises(NotSupportedError, match=r"1\.2\.840\.10008\.1\.2\.4\.100"):
        frame(tmp_path / "video.dcm")


@pytest.mark.parametrize("keyword", ["Rows", "BitsAllocated", "SamplesPerPixel", "BitsStored", "NumberOfFrames"])
def test_contradicting_attributes_are_refused(tmp_path: Path, shared_data: Path, keyword: str) -> None:
    dataset = pydicom.dcmread(shared_data / "dicom/modalities/emri_small.dcm")
    setattr(dataset, keyword, 60000)
    dataset.save_as(tmp_path / "odd.dcm")
    with pytest.raises(DataError, match=r"odd\.dcm"):
        frame(tmp_path / "odd.dcm")


def test_files_without_pixels_and_empty_files_are_refused(tmp_path: Path, shared_data: Path) -> None:
    with pytest.raises(DataError, match="no pixel data"):
        FrameReader.open(shared_data / "dicom/seg_sr_rt/sr_document.dcm")
    (tmp_path / "empty.dcm").write_bytes(b"")
    with pytest.raises(FileFormatError):
        FrameReader.open(tmp_path / "empty.dcm")


def test_a_codestream_larger_than_the_header_says_is_refused_before_it_is_decoded(shared_data: Path) -> None:
    folder = shared_data / "dicom/transfer_syntax/ctimage"
    for name in ("JPEG2000LosslessOnly", "JPEGLSLossless", "Process14SV1", "Process2_4"):
        (file,) = folder.glob(f"CTImage.dcm_*{name}*")
        reader = FrameReader.open(file)
        small = replace(reader.description, rows=100)
        with pytest.raises(DataError, match="another size"):
            decode_frame(reader.encoded(0), small)


def test_the_stated_size_of_a_bomb_is_read_without_decoding() -> None:
    siz = b"\xff\x4f\xff\x51" + pack(">HHIIII", 41, 0, 60000, 50000, 0, 0)
    assert stated_size(siz) == (50000, 60000)
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc3\x00\x0b\x10" + pack(">HH", 70, 90) + b"\x01\x01\x11\x00"
    assert stated_size(jpeg) == (70, 90)
    assert stated_size(b"") is None
    assert stated_size(b"RLE or raw") is None
