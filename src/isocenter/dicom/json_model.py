"""A data set as DICOM JSON, large values by reference.

Source: DICOM PS3.18 annex F (DICOM JSON Model), sec. 10.4.1.1.2 (metadata with bulk data URIs).
"""

from __future__ import annotations

from typing import Any

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from isocenter.core.errors import FileFormatError, IsocenterError
from isocenter.dicom.elements import Buffer
from isocenter.dicom.header import PIXEL_TAGS, scan_header
from isocenter.dicom.json_reader import BULK_BYTES, BulkDataUri, JsonDataset, JsonReader
from isocenter.dicom.json_values import BINARY_VRS, FLOAT_VRS, INTEGER_VRS, inline_binary, number, person_name
from isocenter.dicom.uids import EXPLICIT_BIG_ENDIAN

__all__ = ["BULK_BYTES", "BulkDataUri", "JsonDataset", "read_json", "to_json"]


def read_json(
    file: Buffer, bulk_data_uri: BulkDataUri | None = None, *, name: str = "", bulk_bytes: int = BULK_BYTES
) -> JsonDataset:
    """Return the data set of a file's bytes as DICOM JSON, without its file meta information; options as in `to_json`.

    Raises `FileFormatError`, with `name`, if the bytes are no DICOM file, `DataError` if they are damaged.
    """
    try:
        header = scan_header(file, frozenset())
        converted = JsonReader.convert(header, bulk_data_uri, bulk_bytes)
    except IsocenterError as problem:
        problem.file = name or None
        raise
    if not converted:
        raise FileFormatError("The file holds no data set.", file=name or None, found="no data element")
    return converted


def to_json(dataset: Dataset, bulk_data_uri: BulkDataUri | None = None, *, bulk_bytes: int = BULK_BYTES) -> JsonDataset:
    """Return a data set as DICOM JSON.

    Pixel data, and binary values of more than `bulk_bytes`, become a ``BulkDataURI``: what `bulk_data_uri`
    returns for the value's path, for example ``"7FE00010"`` or ``"54000100/0/54001010"`` inside a sequence.
    Without `bulk_data_uri` pixel data are left out and other binary values stand in line.
    """
    is_big = getattr(getattr(dataset, "file_meta", None), "TransferSyntaxUID", "") == EXPLICIT_BIG_ENDIAN
    return _Converter(bulk_data_uri, bulk_bytes, is_big).dataset(dataset, "")


class _Converter:
    """Walks a data set; knows how large values are named."""

    def __init__(self, bulk_data_uri: BulkDataUri | None, bulk_bytes: int, is_big: bool) -> None:
        self._bulk_data_uri = bulk_data_uri
        self._bulk_bytes = bulk_bytes
        self._is_big = is_big

    def dataset(self, dataset: Dataset, prefix: str) -> JsonDataset:
        result: JsonDataset = {}
        for element in dataset:
            if element.tag.group == 2 or element.tag.element == 0:
                continue
            converted = self._element(element, prefix)
            if converted is not None:
                result[f"{int(element.tag):08X}"] = converted
        return result

    def _element(self, element: DataElement, prefix: str) -> dict[str, Any] | None:
        path = f"{prefix}{int(element.tag):08X}"
        vr = str(element.VR)[:2]
        if vr == "SQ":
            items = [self.dataset(item, f"{path}/{index}/") for index, item in enumerate(element.value or ())]
            return {"vr": vr, "Value": items} if items else {"vr": vr}
        if vr in BINARY_VRS or isinstance(element.value, bytes):
            return self._binary(element, vr if vr in BINARY_VRS else "UN", path)
        values = [_value(value, vr) for value in _values(element.value)]
        if all(value is None for value in values):
            return {"vr": vr}
        return {"vr": vr, "Value": values}

    def _binary(self, element: DataElement, vr: str, path: str) -> dict[str, Any] | None:
        is_pixels = int(element.tag) in PIXEL_TAGS and "/" not in path
        value = element.value if isinstance(element.value, bytes) else b""
        if is_pixels or (self._bulk_data_uri is not None and len(value) > self._bulk_bytes):
            return None if self._bulk_data_uri is None else {"vr": vr, "BulkDataURI": self._bulk_data_uri(path)}
        if not value:
            return {"vr": vr}
        return {"vr": vr, "InlineBinary": inline_binary(value, vr, is_big=self._is_big)}


def _values(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, MultiValue | list | tuple) else [value]


def _value(value: Any, vr: str) -> Any:
    if value is None or value == "":
        return None
    if vr == "PN":
        return person_name(str(value))
    if vr == "AT":
        return f"{int(value):08X}"
    if vr in INTEGER_VRS:
        return number(value, int)
    if vr in FLOAT_VRS:
        return number(value, float)
    return str(value).rstrip("\0")
