"""One large value of a file, by the path that its metadata give it: ``7FE00010`` or ``54000100/0/54001010``."""

from __future__ import annotations

import re
from io import BytesIO

import pydicom
from pydicom.dataset import Dataset

from isocenter.core.errors import FileFormatError, NotFoundError
from isocenter.dicom.elements import Buffer, require_bounded
from isocenter.dicom.header import PIXEL_TAGS, scan_header

_STEP = re.compile(r"[0-9A-Fa-f]{8}|\d{1,6}")


def read_bulk_value(file: Buffer, value_path: str) -> bytes | memoryview:
    """Return a binary value of the file with these bytes; raises `NotFoundError` if the path leads to none."""
    steps = value_path.strip("/").split("/")
    if len(steps) % 2 == 0 or not all(_STEP.fullmatch(step) for step in steps):
        raise _missing(value_path)
    header = scan_header(file, frozenset())
    if len(steps) == 1 and int(steps[0], 16) in PIXEL_TAGS:
        pixels = header.pixels
        if pixels is not None and pixels.length is not None and pixels.tag == int(steps[0], 16):
            return memoryview(file)[pixels.offset : pixels.offset + pixels.length]
    require_bounded(header.buffer, header.dataset_offset, len(header.buffer), header.layout)
    try:
        node = pydicom.dcmread(BytesIO(file))
    except Exception as problem:  # pydicom raises many kinds on damaged files
        raise FileFormatError("The file cannot be read as DICOM.", found=type(problem).__name__) from problem
    return _value(node, steps, value_path)


def _value(node: Dataset, steps: list[str], value_path: str) -> bytes:
    for tag, item in zip(steps[:-1:2], steps[1::2], strict=True):
        sequence = node.get(int(tag, 16))
        if sequence is None or sequence.VR != "SQ" or int(item) >= len(sequence.value):
            raise _missing(value_path)
        node = sequence.value[int(item)]
    element = node.get(int(steps[-1], 16))
    if element is None or not isinstance(element.value, bytes):
        raise _missing(value_path)
    return element.value


def _missing(value_path: str) -> NotFoundError:
    return NotFoundError("There is no such value.", field="bulkdata", found=value_path[:64])
