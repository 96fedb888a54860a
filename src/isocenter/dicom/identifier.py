"""Query identifiers: the small data sets of C-FIND, to keywords and back.

Source: DICOM PS3.4 sec. C.4.1.1.3 (identifier structure).
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset
from pydicom.multival import MultiValue

from isocenter.core.errors import DataError
from isocenter.dicom.dictionary import keyword_of
from isocenter.dicom.uids import EXPLICIT_BIG_ENDIAN, IMPLICIT_LITTLE_ENDIAN


def decode_identifier(data: bytes, transfer_syntax_uid: str) -> dict[str, str]:
    """Return the keys of an identifier with their matching values, lists joined by backslash.

    Raises `DataError` if the bytes are no data set. Private and unknown keys are left out, sequences too.
    """
    try:
        dataset = read_dataset(
            BytesIO(data), transfer_syntax_uid == IMPLICIT_LITTLE_ENDIAN, transfer_syntax_uid != EXPLICIT_BIG_ENDIAN
        )
        dataset.decode()
        return {
            keyword_of(int(element.tag)): _text(element.value)
            for element in dataset
            if keyword_of(int(element.tag)) and element.VR != "SQ"
        }
    except Exception as problem:  # pydicom raises many kinds on damaged data
        raise DataError("The identifier is no data set.", field="identifier", found=type(problem).__name__) from problem


def encode_identifier(values: Mapping[str, Any], transfer_syntax_uid: str) -> bytes:
    """Return an identifier with these keywords in UTF-8; None and empty text become empty elements."""
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    for keyword, value in values.items():
        if keyword != "SpecificCharacterSet":
            setattr(dataset, keyword, value if value is not None else "")
    stream = DicomBytesIO()
    stream.is_implicit_VR = transfer_syntax_uid == IMPLICIT_LITTLE_ENDIAN
    stream.is_little_endian = transfer_syntax_uid != EXPLICIT_BIG_ENDIAN
    write_dataset(stream, dataset)
    encoded: bytes = stream.getvalue()
    return encoded


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, MultiValue | list):
        return "\\".join(str(part) for part in value)
    return str(value)
