"""Small data sets as DICOM JSON, sequences and all, from the bytes of a message and back.

Source: DICOM PS3.18 annex F (DICOM JSON Model); PS3.5 sec. 6.1 (character repertoires).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydicom.charset import convert_encodings
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from isocenter.core.errors import DataError, IsocenterError
from isocenter.dicom.header import scan_header
from isocenter.dicom.json_reader import JsonDataset, JsonReader
from isocenter.dicom.uids import IMPLICIT_LITTLE_ENDIAN

_CHARACTER_SET = "00080005"
_UTF_8 = {"vr": "CS", "Value": ["ISO_IR 192"]}
_TEXTS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})


def decode_dataset(data: bytes, transfer_syntax_uid: str) -> JsonDataset:
    """Return a data set that came without file meta information; raises `DataError` if the bytes are none."""
    if not data:
        return {}
    try:
        header = scan_header(data, frozenset(), transfer_syntax_uid=transfer_syntax_uid)
        found = JsonReader.convert(header, None, len(data))
    except (IsocenterError, ValueError) as problem:
        raise DataError("The data set cannot be read.", field="data set", found=type(problem).__name__) from None
    if not found:
        raise DataError("The data set has no element.", field="data set", found=f"{len(data)} bytes")
    return found


def encode_dataset(dataset: JsonDataset, transfer_syntax_uid: str) -> bytes:
    """Return the bytes of a data set, in its own character set if that can write it, else in UTF-8.

    Raises `DataError` for a value that does not fit its attribute.
    """
    stream = DicomBytesIO()
    stream.is_implicit_VR = transfer_syntax_uid == IMPLICIT_LITTLE_ENDIAN
    stream.is_little_endian = True
    try:
        write_dataset(stream, Dataset.from_json(_with_one_character_set(dataset)))
    except Exception as problem:  # pydicom raises many kinds on values that do not fit
        raise DataError("The data set cannot be written.", field="data set", found=type(problem).__name__) from None
    return stream.getvalue()


def _with_one_character_set(dataset: JsonDataset) -> JsonDataset:
    plain = _without_character_set(dataset)
    texts = "".join(_texts(plain))
    named = [str(name or "") for name in dataset.get(_CHARACTER_SET, {}).get("Value") or ()]
    if named and _can_write(named, texts):
        return {_CHARACTER_SET: dataset[_CHARACTER_SET], **plain}
    return plain if texts.isascii() else {_CHARACTER_SET: _UTF_8, **plain}


def _without_character_set(dataset: JsonDataset) -> JsonDataset:
    plain: JsonDataset = {}
    for tag, element in sorted(dataset.items()):
        if element["vr"] == "SQ":
            plain[tag] = {**element, "Value": [_without_character_set(item) for item in element.get("Value") or ()]}
        elif tag != _CHARACTER_SET:
            plain[tag] = element
    return plain


def _texts(dataset: JsonDataset) -> Iterator[str]:
    for element in dataset.values():
        for value in element.get("Value") or ():
            yield from _text_of(value, element["vr"])


def _text_of(value: Any, vr: str) -> Iterator[str]:
    if vr == "SQ":
        yield from _texts(value)
    elif vr in _TEXTS and value is not None:
        yield from value.values() if isinstance(value, dict) else (str(value),)


def _can_write(names: list[str], texts: str) -> bool:
    try:
        encodings = convert_encodings(names)
    except (LookupError, ValueError):
        return False
    return all(any(_is_writable(letter, encoding) for encoding in encodings) for letter in set(texts))


def _is_writable(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
