"""Words on a picture: whose it is, and how it was made.

Source: DICOM PS3.18 sec. 8.3.5.1.1 (annotation): text must not cover more than it needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from isocenter.core.arrays import Array
from isocenter.dicom.dictionary import tag_of

ANNOTATIONS: Mapping[str, tuple[str, ...]] = {
    "patient": ("PatientName", "PatientID", "PatientBirthDate", "PatientSex"),
    "technique": (
        "Modality",
        "StudyDate",
        "StudyDescription",
        "SeriesDescription",
        "KVP",
        "SliceThickness",
        "EchoTime",
    ),
}
_UNITS = {"KVP": " kV", "SliceThickness": " mm", "EchoTime": " ms"}
_NAMES = {"KVP": "", "SliceThickness": "thickness ", "EchoTime": "TE "}


def lines_of(metadata: Mapping[str, Any], wanted: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what stands at the top left (patient) and at the bottom left (technique), from DICOM JSON."""
    said = {kind: [_line(metadata, keyword) for keyword in ANNOTATIONS[kind]] for kind in wanted}
    top, bottom = (said.get(kind, []) for kind in ("patient", "technique"))
    return [line for line in top if line], [line for line in bottom if line]


def with_text(picture: Array, top: Sequence[str], bottom: Sequence[str]) -> Array:
    """Return an 8 bit picture with lines of text in two corners, white with a dark edge to be read on anything."""
    from PIL import Image, ImageDraw, ImageFont  # here, because few ask for it and a start should not wait for it

    image = Image.fromarray(np.ascontiguousarray(picture))
    draw = ImageDraw.Draw(image)
    size = max(9, min(image.size) // 28)
    font, step = ImageFont.load_default(size), round(size * 1.25)
    white, black = (255, 0) if picture.ndim == 2 else ((255,) * 3, (0,) * 3)
    rows = [(4 + number * step, line) for number, line in enumerate(top)]
    first = image.height - 4 - step * len(bottom)
    rows += [(first + number * step, line) for number, line in enumerate(bottom)]
    for y, line in rows:
        draw.text((4, y), line, fill=white, font=font, stroke_width=max(1, size // 10), stroke_fill=black)
    written: Array = np.asarray(image)
    return written


def _line(metadata: Mapping[str, Any], keyword: str) -> str:
    value = (metadata.get(f"{tag_of(keyword):08X}", {}).get("Value") or [None])[0]
    if value is None:
        return ""
    if isinstance(value, dict):
        value = str(value.get("Alphabetic") or value.get("Ideographic") or "").replace("^", " ").strip()
    if keyword.endswith("Date") and len(str(value)) == 8:
        value = f"{value[:4]}-{value[4:6]}-{value[6:]}"
    return f"{_NAMES.get(keyword, '')}{value}{_UNITS.get(keyword, '')}"
