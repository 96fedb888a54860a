"""Photographs of a camera or a telephone: upright, in sRGB, with the time they were taken.

Source: CIPA DC-008 (Exif 2.32), DateTimeOriginal and Orientation. By Pillow.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path

import numpy as np

from isocenter.core.arrays import Array
from isocenter.core.errors import FileFormatError, NotFoundError
from isocenter.core.provenance import Source

_EXIF_PART, _TAKEN_AT, _CHANGED_AT = 0x8769, 0x9003, 0x0132


@dataclass(frozen=True, eq=False)
class Photograph:
    """Pixels (row, column, 3), uint8, sRGB, upright; `taken_at` is None where the camera did not say."""

    pixels: Array
    taken_at: datetime | None
    source: Source


def read_photograph(path: Path) -> Photograph:
    """Return a photograph; raises `NotFoundError` or `FileFormatError`."""
    from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

    if not path.is_file():
        raise NotFoundError("There is no such photograph.", file=path)
    try:
        with Image.open(path) as opened:
            exif = opened.getexif()
            said = exif.get_ifd(_EXIF_PART).get(_TAKEN_AT) or exif.get(_CHANGED_AT)
            image = ImageOps.exif_transpose(opened)
            profile = opened.info.get("icc_profile")
            image = image.convert("RGB")
            if profile:
                srgb = ImageCms.createProfile("sRGB")
                own = ImageCms.ImageCmsProfile(BytesIO(profile))
                image = ImageCms.profileToProfile(image, own, srgb, outputMode="RGB") or image
            pixels = np.array(image)
    except (UnidentifiedImageError, ImageCms.PyCMSError, OSError, ValueError, SyntaxError) as problem:
        raise FileFormatError(
            "This is no photograph that can be read.",
            file=path,
            found=type(problem).__name__,
            expected="a whole JPEG, PNG, TIFF or WebP",
        ) from None
    return Photograph(pixels, _time(said), Source.of_file(path, "photograph"))


def _time(said: object) -> datetime | None:
    try:
        return datetime.strptime(str(said).strip("\0 "), "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
