"""A data set as DICOM JSON, large values by reference.

Source: DICOM PS3.18 annex F (DICOM JSON Model), sec. 10.4.1.1.2 (metadata with bulk data URIs).
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pydicom
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from isocenter.core.errors import FileFormatError, IsocenterError
from isocenter.dicom.header import PIXEL_TAGS
from isocenter.dicom.uids import EXPLICIT_BIG_ENDIAN

JsonDataset: TypeAlias = dict[str, dict[str, Any]]
BulkDataUri: TypeAlias = Callable[[str], str]

BULK_BYTES = 1024
BINARY_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
_INTEGER_VRS = frozenset({"IS", "SL", "SS", "SV", "UL", "US", "UV"})
_FLOAT_VRS = frozenset({"DS", "FD", "FL"})
_WORD_BYTES = {"OD": 8, "OF": 4, "OL": 4, "OV": 8, "OW": 2}
_NAME_GROUPS = ("Alphabetic", "Ideographic", "Phonetic")


def read_json(path: Path, bulk_data_uri: BulkDataUri | None = None, *, bulk_bytes: int = BULK_BYTES) -> JsonDataset:
    """Return the data set of a file as DICOM JSON, without its file meta information; options as in `to_json`.

    Raises `FileFormatError` if the file cannot be read as DICOM.
    """
    try:
        dataset = pydicom.dcmread(path, defer_size=None)
        if not dataset:
            raise FileFormatError("The file holds no data set.", file=path.name, found="no data element")
        return to_json(dataset, bulk_data_uri, bulk_bytes=bulk_bytes)
    except IsocenterError:
        raise
    except Exception as problem:  # pydicom raises many kinds on damaged files
        raise FileFormatError(
            "The file cannot be read as DICOM.", file=path.name, found=f"{type(problem).__name__}: {problem}"[:200]
        ) from problem


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
        return {"vr": vr, "InlineBinary": base64.b64encode(self._little(value, vr)).decode("ascii")}

    def _little(self, value: bytes, vr: str) -> bytes:
        """Return words in little endian order, as DICOM JSON wants them (PS3.18 sec. F.2.7)."""
        size = _WORD_BYTES.get(vr, 1)
        if not self._is_big or size == 1 or len(value) % size:
            return value
        return b"".join(value[at : at + size][::-1] for at in range(0, len(value), size))


def _values(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, MultiValue | list | tuple) else [value]


def _value(value: Any, vr: str) -> Any:
    if value is None or value == "":
        return None
    if vr == "PN":
        return _person_name(str(value))
    if vr == "AT":
        return f"{int(value):08X}"
    if vr in _INTEGER_VRS:
        return _number(value, int)
    if vr in _FLOAT_VRS:
        return _number(value, float)
    return str(value).rstrip("\0")


def _number(value: Any, kind: type[int] | type[float]) -> int | float | str:
    """Return a number, or its text where JSON has no such number (PS3.18 sec. F.2.3.1 lets IS and DS be strings)."""
    try:
        number = kind(value)
    except (TypeError, ValueError, OverflowError):
        return str(value)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "inf" if number > 0 else "-inf"
    return number


def _person_name(name: str) -> dict[str, str] | None:
    """Return the component groups of a name that are not empty."""
    groups = {key: part.rstrip("^ \0") for key, part in zip(_NAME_GROUPS, name.split("="), strict=False)}
    return {key: part for key, part in groups.items() if part} or None
