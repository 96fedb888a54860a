"""What our encoders write, another implementation reads: the same samples, bit for bit.

The readers are dcmtk, gdcm, OpenJPEG (for HTJ2K, which OpenJPH writes) and libjxl's own tool; JPEG 2000, JPEG-LS and
JPEG XL share a code base with the encoder in another version. One that is not installed is skipped by name.
"""

import shutil
import subprocess
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import generate_frames
from pydicom.uid import ExplicitVRLittleEndian

from isocenter.core.errors import NotSupportedError
from isocenter.dicom.transcoding import LOSSLESS, transcode
from isocenter.dicom.transcoding.encode import NATIVE

RLE, JPEG_LOSSLESS, JPEG_LS = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80"
JPEG_2000, HTJ2K, HTJ2K_RPCL = "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202"
JPEG_XL, JPEG_LOSSLESS_ANY = "1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.4.57"
UNCOMPRESSED, DEFLATED = "1.2.840.10008.1.2.1.98", "1.2.840.10008.1.2.8.1"
NO_YBR = {JPEG_2000, HTJ2K, HTJ2K_RPCL}  # their colour transform takes red, green and blue (PS3.5 sec. 8.2.4)
GRAY = [(bits, is_signed) for bits in (8, 10, 12, 16) for is_signed in (False, True)]
SIZES = [(1, 1, 1), (1, 128, 128), (3, 37, 29)]
Reader = Callable[[bytes, Path], np.ndarray]


def samples(shape: tuple[int, ...], bits: int, is_signed: bool, rng: np.random.Generator) -> np.ndarray:
    """Return a ramp with noise and both extremes, as the stored bits allow."""
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if is_signed else (0, (1 << bits) - 1)
    ramp = np.linspace(low, high, int(np.prod(shape))).reshape(shape)
    noisy = np.clip(ramp + rng.normal(0, (high - low) / 20, shape), low, high)
    noisy.flat[0], noisy.flat[-1] = high, low
    return noisy.astype(f"{'i' if is_signed else 'u'}{1 if bits <= 8 else 2}")


def file_of(values: np.ndarray, bits: int, photometric: str = "MONOCHROME2") -> bytes:
    """Return frames of shape (frame, row, column[, sample]) as a file of the explicit little endian syntax."""
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7.4", "1.2.3.4"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.PatientID = "1.2.3", "1.2.3.1", "SECOND"
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = values.shape[:3]
    dataset.SamplesPerPixel = values.shape[3] if values.ndim == 4 else 1
    if values.ndim == 4:
        dataset.PlanarConfiguration = 0
    dataset.PhotometricInterpretation = photometric
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8 * values.itemsize, bits, bits - 1
    dataset.PixelRepresentation = int(values.dtype.kind == "i")
    content = values.tobytes()
    dataset.add_new("PixelData", "OB" if values.itemsize == 1 else "OW", content + b"\0" * (len(content) % 2))
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    stream = BytesIO()
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()


def by_program(*command: str) -> Reader:
    """Return a reader that has a program write the file without compression."""

    def read(file: bytes, folder: Path) -> np.ndarray:
        if shutil.which(command[0]) is None:
            pytest.skip(f"{command[0]} is not installed (Debian: dcmtk, libgdcm-tools)")
        (folder / "in.dcm").write_bytes(file)
        done = subprocess.run(
            [*command, str(folder / "in.dcm"), str(folder / "out.dcm")], check=False, capture_output=True, timeout=60
        )
        assert done.returncode == 0, done.stderr[-500:]
        dataset = pydicom.dcmread(folder / "out.dcm")
        assert not dataset.file_meta.TransferSyntaxUID.is_compressed
        n_samples = dataset.SamplesPerPixel
        shape = [int(dataset.get("NumberOfFrames", 1)), dataset.Rows, dataset.Columns]
        count = int(np.prod(shape)) * n_samples
        values = np.frombuffer(dataset.PixelData, f"<u{dataset.BitsAllocated // 8}", count)
        if n_samples == 1:
            return values.reshape(shape)
        if dataset.PlanarConfiguration == 1:
            return np.moveaxis(values.reshape(shape[0], n_samples, *shape[1:]), 1, -1)
        return values.reshape(*shape, n_samples)

    return read


def encoded_frames(file: bytes) -> Iterator[bytes]:
    """Yield the codestream of every frame."""
    dataset = pydicom.dcmread(BytesIO(file))
    return generate_frames(dataset.PixelData, number_of_frames=int(dataset.NumberOfFrames))


def by_openjpeg(file: bytes, folder: Path) -> np.ndarray:
    """Return what OpenJPEG makes of JPEG 2000, high throughput or not."""
    openjpeg = pytest.importorskip("openjpeg", reason="pylibjpeg-openjpeg is not installed")
    return np.stack([openjpeg.decode(frame) for frame in encoded_frames(file)])


def by_djxl(file: bytes, folder: Path) -> np.ndarray:
    """Return what libjxl's own tool makes of JPEG XL."""
    djxl = shutil.which("djxl")
    if djxl is None:
        pytest.skip("djxl is not installed (Debian: libjxl-tools)")
    found = []
    for frame in encoded_frames(file):
        (folder / "in.jxl").write_bytes(frame)
        suffix = "ppm" if pydicom.dcmread(BytesIO(file)).SamplesPerPixel == 3 else "pgm"
        subprocess.run([djxl, "in.jxl", f"out.{suffix}"], cwd=folder, check=True, capture_output=True, timeout=60)
        found.append(_netpbm((folder / f"out.{suffix}").read_bytes()))
    return np.stack(found)


def _netpbm(content: bytes) -> np.ndarray:
    """Return the values of a binary PGM or PPM: a head of four words, then samples, most significant byte first."""
    magic, width, height, greatest = content.split(maxsplit=4)[:4]
    shape = (int(height), int(width), 3) if magic == b"P6" else (int(height), int(width))
    kind = np.dtype("u1" if int(greatest) < 256 else ">u2")
    return np.frombuffer(content[-int(np.prod(shape)) * kind.itemsize :], kind).reshape(shape)


def by_zlib(file: bytes, folder: Path) -> np.ndarray:
    """Return what zlib makes of deflated frames, and nothing of others."""
    dataset = pydicom.dcmread(BytesIO(file))
    is_deflated = dataset.file_meta.TransferSyntaxUID == DEFLATED
    shape = (dataset.Rows, dataset.Columns, dataset.SamplesPerPixel)[: 3 if dataset.SamplesPerPixel > 1 else 2]
    unpacked = [zlib.decompress(each, -15) if is_deflated else each for each in encoded_frames(file)]
    kind = f"<u{dataset.BitsAllocated // 8}"
    return np.stack([np.frombuffer(each, kind, int(np.prod(shape))).reshape(shape) for each in unpacked])


READERS: dict[str, tuple[str, Reader]] = {
    "dcmtk JPEG-LS": (JPEG_LS, by_program("dcmdjpls")),
    "dcmtk JPEG lossless": (JPEG_LOSSLESS, by_program("dcmdjpeg", "+cn")),
    "dcmtk RLE": (RLE, by_program("dcmdrle")),
    "gdcm RLE": (RLE, by_program("gdcmconv", "--raw")),
    "gdcm JPEG-LS": (JPEG_LS, by_program("gdcmconv", "--raw")),
    "gdcm JPEG lossless": (JPEG_LOSSLESS, by_program("gdcmconv", "--raw")),
    "gdcm JPEG 2000": (JPEG_2000, by_program("gdcmconv", "--raw")),
    "OpenJPEG JPEG 2000": (JPEG_2000, by_openjpeg),
    "OpenJPEG HTJ2K": (HTJ2K, by_openjpeg),
    "OpenJPEG HTJ2K RPCL": (HTJ2K_RPCL, by_openjpeg),
    "libjxl JPEG XL": (JPEG_XL, by_djxl),
    "dcmtk JPEG lossless, any predictor": (JPEG_LOSSLESS_ANY, by_program("dcmdjpeg", "+cn")),
    "zlib": (DEFLATED, by_zlib),
    "nobody": (UNCOMPRESSED, by_zlib),
}


def stored_bits(values: np.ndarray, bits: int) -> np.ndarray:
    """Return the bits that count, as unsigned numbers: what is above them is the reader's own choice."""
    return values.astype(np.int64) & ((1 << bits) - 1)


def test_every_lossless_encoder_has_a_second_reader() -> None:
    assert {syntax for syntax, _ in READERS.values()} == LOSSLESS - set(NATIVE)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize(("bits", "is_signed"), GRAY)
@pytest.mark.parametrize("name", READERS)
def test_gray(
    name: str, bits: int, is_signed: bool, size: tuple[int, ...], tmp_path: Path, rng: np.random.Generator
) -> None:
    syntax, read = READERS[name]
    values = samples(size, bits, is_signed, rng)
    found = read(transcode(file_of(values, bits), syntax), tmp_path)
    np.testing.assert_array_equal(stored_bits(found, bits), stored_bits(values, bits))


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("photometric", ["RGB", "YBR_FULL"])
@pytest.mark.parametrize("name", READERS)
def test_colour(name: str, photometric: str, size: tuple[int, ...], tmp_path: Path, rng: np.random.Generator) -> None:
    syntax, read = READERS[name]
    values = samples((*size, 3), 8, False, rng)
    file = file_of(values, 8, photometric)
    if photometric == "YBR_FULL" and syntax in NO_YBR:
        with pytest.raises(NotSupportedError):
            transcode(file, syntax)
        return
    np.testing.assert_array_equal(read(transcode(file, syntax), tmp_path), values)
