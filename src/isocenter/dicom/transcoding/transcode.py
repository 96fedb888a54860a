"""A DICOM file in another transfer syntax: the pixels encoded anew, everything else the same.

Lossless targets are proven: what was encoded is decoded again and compared before it is returned.

Source: DICOM PS3.5 sec. 8.2, annex A; PS3.3 sec. C.7.6.3.1.2 (photometric interpretation), C.7.6.1.1.5 (lossy
compression); PS3.10 sec. 7.1 (file meta information).
"""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.multival import MultiValue
from pydicom.uid import UID

from isocenter.core.arrays import Array
from isocenter.core.errors import DataError, FileFormatError, NotSupportedError
from isocenter.dicom.elements import Buffer, require_bounded
from isocenter.dicom.header import scan_header
from isocenter.dicom.part10 import dataset_start
from isocenter.dicom.pixels.decode import DECODERS, decode_frame, transforms_colour
from isocenter.dicom.pixels.description import PIXEL_DESCRIPTION_TAGS, PixelDescription
from isocenter.dicom.pixels.frames import FrameReader
from isocenter.dicom.transcoding.encode import (
    DEFAULT_QUALITY,
    HTJ2K,
    HTJ2K_LOSSLESS,
    HTJ2K_RPCL,
    JPEG_2000,
    JPEG_2000_LOSSLESS,
    JPEG_BASELINE,
    JPEG_EXTENDED,
    JPEG_XL,
    NATIVE,
    RECOMPRESSED,
    Samples,
    can_encode,
    encode_frame,
    is_lossless,
    original_jpeg,
    recompress,
)
from isocenter.dicom.uids import (
    DEFLATED_EXPLICIT_LITTLE_ENDIAN,
    EXPLICIT_LITTLE_ENDIAN,
    IMPLICIT_LITTLE_ENDIAN,
)

_NATIVE_LITTLE = frozenset({IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN, DEFLATED_EXPLICIT_LITTLE_ENDIAN})
_LOSSY_METHODS = {
    JPEG_BASELINE: "ISO_10918_1",
    JPEG_EXTENDED: "ISO_10918_1",
    JPEG_2000: "ISO_15444_1",
    HTJ2K: "ISO_15444_15",
    JPEG_XL: "ISO_18181_1",
}
_STAND_IN_21 = "1.2.840.10008.1.2.7.1"
_DEFAULT_LOSSY_METHOD = "ISO_14495_1"


def transcode(file: Buffer, transfer_syntax_uid: str, *, quality: int = DEFAULT_QUALITY) -> bytes:
    """Return a DICOM file in another transfer syntax.

    Parameters
    ----------
    file
        A whole file (PS3.10), as bytes.
    transfer_syntax_uid
        The one wanted. The file is returned as it is if it has it already. An object without pixels is never
        compressed: explicit little endian stands for every syntax that compresses.
    quality
        1 to 100, for lossy targets only.

    Raises
    ------
    NotSupportedError
        If the file cannot be decoded here, or the target does not hold its samples.
    FileFormatError, DataError
        If the file is no DICOM file or its pixel data are damaged.
    """
    header = scan_header(file, PIXEL_DESCRIPTION_TAGS)
    source = header.transfer_syntax_uid
    if source == transfer_syntax_uid:
        return bytes(file)
    if not can_encode(transfer_syntax_uid):
        raise _unknown(transfer_syntax_uid)
    if header.pixels is None and transfer_syntax_uid not in NATIVE:
        # Encapsulated syntaxes are for pixels: an object without any is the same in explicit little endian.
        return transcode(file, EXPLICIT_LITTLE_ENDIAN)
    require_bounded(header.buffer, header.dataset_offset, len(header.buffer), header.layout)
    dataset = _read(file)
    if header.pixels is not None and not {source, transfer_syntax_uid} <= _NATIVE_LITTLE:
        with FrameReader(header) as reader:
            if _is_repacked(source, transfer_syntax_uid):
                _repack(dataset, reader, transfer_syntax_uid)
            else:
                _encode_pixels(dataset, reader, transfer_syntax_uid, quality)
    return _written(dataset, transfer_syntax_uid)


def transcode_frame(
    reader: FrameReader, index: int, transfer_syntax_uid: str, *, quality: int = DEFAULT_QUALITY
) -> bytes:
    """Return one frame in another transfer syntax; raises as `transcode`."""
    if reader.description.transfer_syntax_uid == transfer_syntax_uid:
        return reader.encoded(index)
    if _is_repacked(reader.description.transfer_syntax_uid, transfer_syntax_uid):
        return _repacked(reader.encoded(index), transfer_syntax_uid)
    values = reader.stored(index)
    if transfer_syntax_uid in NATIVE:
        return _native_bytes(values, reader.description)
    return _encoded(values, _target_description(reader.description, transfer_syntax_uid), quality)


def _is_repacked(source: str, target: str) -> bool:
    """Return whether it is the same JPEG before and after, only packed in another way."""
    return source in RECOMPRESSED.get(target, ()) or target in RECOMPRESSED.get(source, ())


def _repack(dataset: Dataset, reader: FrameReader, transfer_syntax_uid: str) -> None:
    """Replace the pixel data; what describes them is as true as before."""
    for extra in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        if extra in dataset:
            delattr(dataset, extra)
    frames = [_repacked(reader.encoded(index), transfer_syntax_uid) for index in range(reader.n_frames)]
    dataset.PixelData = encapsulate(frames)


def _repacked(frame: bytes, transfer_syntax_uid: str) -> bytes:
    return recompress(frame) if transfer_syntax_uid in RECOMPRESSED else original_jpeg(frame)


def _read(file: Buffer) -> Dataset:
    try:
        dataset = pydicom.dcmread(BytesIO(file), force=True)
        dataset.walk(lambda *_: None)  # every element is decoded now, not when it is written
    except Exception as problem:  # pydicom raises many kinds on damaged files
        raise FileFormatError("The file cannot be read as DICOM.", found=type(problem).__name__) from problem
    return dataset


def _encode_pixels(dataset: Dataset, reader: FrameReader, transfer_syntax_uid: str, quality: int) -> None:
    """Replace the pixel data of a data set and what describes them."""
    description = reader.description
    if description.transfer_syntax_uid not in DECODERS:
        raise NotSupportedError(
            "This transfer syntax cannot be decoded; the object can only go as it is.",
            field="TransferSyntaxUID",
            found=description.transfer_syntax_uid,
        )
    if description.is_float and transfer_syntax_uid not in NATIVE:
        raise NotSupportedError("Floating point pixels are not compressed.", field="FloatPixelData")
    if transfer_syntax_uid in RECOMPRESSED:
        raise NotSupportedError(
            "Only a JPEG can be recompressed.",
            field="TransferSyntaxUID",
            found=description.transfer_syntax_uid,
            expected=" or ".join(RECOMPRESSED[transfer_syntax_uid]),
        )
    target = _target_description(description, transfer_syntax_uid)
    keyword = next(k for k in ("PixelData", "FloatPixelData", "DoubleFloatPixelData") if k in dataset)
    frames = [reader.stored(index) for index in range(reader.n_frames)]
    if frames[0].dtype.kind == "i" and not description.is_signed:  # the codestream knew better than the header
        target = replace(target, is_signed=True)
        dataset.PixelRepresentation = 1
    for extra in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        if extra in dataset:
            delattr(dataset, extra)
    if transfer_syntax_uid in NATIVE:
        content = _native_content(frames, target)
        dataset[keyword].value = content + b"\0" * (len(content) % 2)
        dataset[keyword].is_undefined_length = False
        if keyword == "PixelData":
            dataset[keyword].VR = "OB" if description.bits_allocated <= 8 else "OW"
    else:
        encoded = [_encoded(values, target, quality) for values in frames]
        dataset.PixelData = encapsulate(encoded)
        dataset["PixelData"].VR = "OB"
        dataset["PixelData"].is_undefined_length = True
        if not is_lossless(transfer_syntax_uid):
            _note_loss(dataset, sum(values.nbytes for values in frames), encoded, transfer_syntax_uid)
    dataset.PhotometricInterpretation = target.photometric_interpretation
    if description.samples_per_pixel > 1:
        dataset.PlanarConfiguration = 0


def _target_description(description: PixelDescription, transfer_syntax_uid: str) -> PixelDescription:
    """Return how the pixels are described after decoding, and after encoding anew."""
    photometric = description.photometric_interpretation
    if description.samples_per_pixel == 3:
        if transforms_colour(description.transfer_syntax_uid):
            photometric = "RGB"
        elif photometric in ("YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420"):
            photometric = "YBR_FULL" if photometric == "YBR_FULL_422" else photometric
        if photometric == "RGB":
            photometric = _COLOUR_OF.get(transfer_syntax_uid, "RGB")
        elif transfer_syntax_uid in _COLOUR_OF:
            raise NotSupportedError(
                "This colour is not compressed in this transfer syntax.",
                field="PhotometricInterpretation",
                found=photometric,
                expected="RGB",
            )
    if description.bits_allocated == 1 and transfer_syntax_uid not in NATIVE:
        raise NotSupportedError("One-bit pixels are not compressed.", field="BitsAllocated", found=1)
    return replace(
        description,
        transfer_syntax_uid=transfer_syntax_uid,
        planar_configuration=0,
        photometric_interpretation=photometric,
    )


# What the codecs make of red, green and blue (PS3.5 sec. 8.2.1, 8.2.4, 8.2.16).
_COLOUR_OF = {
    JPEG_BASELINE: "YBR_FULL",
    JPEG_EXTENDED: "YBR_FULL",
    JPEG_2000_LOSSLESS: "YBR_RCT",
    JPEG_2000: "YBR_ICT",
    HTJ2K_LOSSLESS: "YBR_RCT",
    HTJ2K_RPCL: "YBR_RCT",
    HTJ2K: "YBR_ICT",
    JPEG_XL: "XYB",
}


def _encoded(values: Array, target: PixelDescription, quality: int) -> bytes:
    """Return an encoded frame; of a lossless syntax only after it has been decoded to the same values."""
    encoded = encode_frame(Samples(values, target.bits_stored), target.transfer_syntax_uid, quality)
    if is_lossless(target.transfer_syntax_uid) and not np.array_equal(decode_frame(encoded, target), values):
        raise DataError(
            "A frame did not come back from its encoding as it was; nothing was replaced.",
            field="PixelData",
            found="other values",
            expected=f"the same values in {target.transfer_syntax_uid}",
        )
    return encoded


def _native_content(frames: list[Array], description: PixelDescription) -> bytes:
    if description.bits_allocated == 1:
        bits = np.concatenate([values.reshape(-1) for values in frames])
        return np.packbits(bits.astype(np.uint8), bitorder="little").tobytes()
    return b"".join(_native_bytes(values, description) for values in frames)


def _native_bytes(values: Array, description: PixelDescription) -> bytes:
    if description.bits_allocated == 1:
        return np.packbits(values.reshape(-1).astype(np.uint8), bitorder="little").tobytes()
    if not description.is_float:
        kind = "i" if description.is_signed else "u"
        values = values.astype(f"{kind}{description.bits_allocated // 8}", copy=False)
    return values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()


def _note_loss(dataset: Dataset, n_bytes: int, encoded: list[bytes], transfer_syntax_uid: str) -> None:
    """Say that the pixels are not what they were, and by how much (PS3.3 sec. C.7.6.1.1.5)."""
    ratio = f"{n_bytes / max(1, sum(map(len, encoded))):.4g}"
    method = _LOSSY_METHODS.get(transfer_syntax_uid, _DEFAULT_LOSSY_METHOD)
    dataset.LossyImageCompression = "01"
    for keyword, value in (("LossyImageCompressionRatio", ratio), ("LossyImageCompressionMethod", method)):
        before = dataset.get(keyword)
        values = list(before) if isinstance(before, MultiValue) else [before] if before else []
        setattr(dataset, keyword, [*values, value])


def _written(dataset: Dataset, transfer_syntax_uid: str) -> bytes:
    # pydicom does not write syntaxes newer than its registry: another of the same length stands in for them.
    stand_in = HTJ2K_LOSSLESS if len(transfer_syntax_uid) == len(HTJ2K_LOSSLESS) else _STAND_IN_21
    written_as = transfer_syntax_uid if UID(transfer_syntax_uid).is_transfer_syntax else stand_in
    dataset.file_meta.TransferSyntaxUID = UID(written_as)
    stream = BytesIO()
    try:
        pydicom.dcmwrite(
            stream,
            dataset,
            implicit_vr=transfer_syntax_uid == IMPLICIT_LITTLE_ENDIAN,
            little_endian=True,
            enforce_file_format=True,
        )
    except Exception as problem:  # of values that do not fit their representation
        raise DataError("The object cannot be written.", found=f"{type(problem).__name__}") from problem
    content = stream.getvalue()
    if written_as == transfer_syntax_uid:
        return content
    start = dataset_start(content)
    return content[:start].replace(written_as.encode(), transfer_syntax_uid.encode()) + content[start:]


def _unknown(transfer_syntax_uid: str) -> NotSupportedError:
    return NotSupportedError(
        "Nothing here writes this transfer syntax.", field="TransferSyntaxUID", found=transfer_syntax_uid
    )
