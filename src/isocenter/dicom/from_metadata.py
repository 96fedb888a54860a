"""A DICOM file from metadata and bulk data that came apart.

Source: DICOM PS3.18 sec. 10.5.1 (Store Request), 8.7.3.3 (DICOM Web media types), annex F (DICOM JSON Model).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian

from isocenter.core.errors import DataError
from isocenter.dicom.json_model import JsonDataset
from isocenter.dicom.json_values import BINARY_VRS

_TRANSFER_SYNTAX = "00020010"
_AVAILABLE_SYNTAX = "00083002"
_PIXELS = 0x7FE00010
# What a part of this type is encoded in if its Content-Type does not say (PS3.18 table 8.7.3-5).
_DEFAULT_SYNTAX = {
    "image/jpeg": "1.2.840.10008.1.2.4.70",
    "image/jls": "1.2.840.10008.1.2.4.80",
    "image/jp2": "1.2.840.10008.1.2.4.90",
    "image/jph": "1.2.840.10008.1.2.4.201",
    "image/jphc": "1.2.840.10008.1.2.4.201",
    "image/jxl": "1.2.840.10008.1.2.4.110",
    "image/dicom-rle": "1.2.840.10008.1.2.5",
    "video/mpeg2": "1.2.840.10008.1.2.4.100",
    "video/mpeg": "1.2.840.10008.1.2.4.100",
    "video/mp4": "1.2.840.10008.1.2.4.102",
}


@dataclass(frozen=True)
class BulkPart:
    """Bulk data as it came: its media type, the transfer syntax it names, its bytes."""

    media: str
    transfer_syntax_uid: str
    data: bytes

    @property
    def syntax(self) -> str:
        """Transfer syntax of encoded frames; empty for plain little endian values."""
        return self.transfer_syntax_uid or _DEFAULT_SYNTAX.get(self.media, "")


def file_of(metadata: JsonDataset, bulk: Mapping[str, Sequence[BulkPart]]) -> bytes:
    """Return the DICOM file of a data set in the DICOM JSON model, with its bulk data by BulkDataURI.

    Several parts under one URI are the frames of the pixels. The text is written in UTF-8, plain pixels in explicit
    little endian.

    Raises
    ------
    DataError
        If the metadata are no data set, or bulk data is missing.
    """
    pixels = metadata.get(f"{_PIXELS:08X}", {})
    parts = bulk.get(str(pixels.get("BulkDataURI", "")), ())
    syntax = UID(_syntax(metadata, parts))
    try:
        dataset = _dataset(metadata, bulk)
        if syntax.is_encapsulated:
            dataset[_PIXELS].value = encapsulate([part.data for part in parts])
            dataset[_PIXELS].is_undefined_length = True
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = syntax
        stream = BytesIO()
        dcmwrite(stream, dataset, enforce_file_format=True)
    except DataError:
        raise
    except Exception as error:  # pydicom raises many kinds on metadata that are no data set
        raise DataError("The metadata are no data set.", field="body", found=type(error).__name__) from None
    return stream.getvalue()


def _syntax(metadata: JsonDataset, parts: Sequence[BulkPart]) -> str:
    """Return the transfer syntax of the file: what the pixels came in, or explicit little endian."""
    if not parts:
        return ExplicitVRLittleEndian
    encoded = parts[0].syntax
    if not encoded:
        named = (metadata.get(tag, {}).get("Value") or [""] for tag in (_TRANSFER_SYNTAX, _AVAILABLE_SYNTAX))
        encoded = next((str(value[0]) for value in named if value[0]), "")
    syntax = UID(encoded or ExplicitVRLittleEndian)
    if syntax.is_private or not syntax.is_transfer_syntax:
        raise DataError("The pixels are in no known transfer syntax.", field="transfer-syntax", found=encoded[:64])
    return syntax if syntax.is_encapsulated else ExplicitVRLittleEndian


def _dataset(metadata: JsonDataset, bulk: Mapping[str, Sequence[BulkPart]]) -> Dataset:
    def value_of(_tag: str, vr: str, uri: str) -> Any:
        if uri not in bulk:
            missing.append(uri)
            return b""
        data = b"".join(part.data for part in bulk[uri])
        if vr in BINARY_VRS:
            return data + b"\0" * (len(data) % 2)
        return data.decode("utf-8").rstrip("\0 ")

    missing: list[str] = []
    dataset = Dataset.from_json({tag: each for tag, each in metadata.items() if tag[:4] != "0002"}, value_of)
    if missing:
        raise DataError("Bulk data is missing.", field="BulkDataURI", found=f"{len(missing)} without a part")
    dataset.SpecificCharacterSet = "ISO_IR 192"
    return dataset
