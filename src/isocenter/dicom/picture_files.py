"""Pictures of 8 bits per sample as files that any browser shows.

Source: DICOM PS3.18 table 8.7.4-1 (media types of rendered resources).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import imagecodecs
import numpy as np

from isocenter.core.arrays import Array
from isocenter.core.errors import OptionError, ShapeError

DEFAULT_QUALITY = 90


def encode_png(picture: Array) -> bytes:
    """Return an 8 bit picture as PNG."""
    return bytes(imagecodecs.png_encode(np.ascontiguousarray(picture), level=4))


def encode_jpeg(picture: Array, quality: int = DEFAULT_QUALITY) -> bytes:
    """Return an 8 bit picture as baseline JPEG; `quality` from 1 to 100.

    Raises `OptionError` for another quality.
    """
    return bytes(imagecodecs.jpeg8_encode(np.ascontiguousarray(picture), level=_checked(quality)))


def encode_webp(picture: Array, quality: int = DEFAULT_QUALITY) -> bytes:
    """Return an 8 bit picture as lossy WebP; raises as `encode_jpeg`."""
    colours = picture if picture.ndim == 3 else np.repeat(picture[..., np.newaxis], 3, axis=-1)
    return bytes(imagecodecs.webp_encode(np.ascontiguousarray(colours), level=_checked(quality), lossless=False))


def encode_gif(pictures: Sequence[Array]) -> bytes:
    """Return 8 bit pictures of one size as a GIF that moves; colours have 3, 3 and 2 bits.

    Raises `ShapeError` for pictures of different sizes.
    """
    if len({picture.shape for picture in pictures}) != 1:
        raise ShapeError("The pictures of a GIF have one size.", found="several", expected="one")
    stack = np.stack(list(pictures))
    if stack.ndim == 3:
        return bytes(imagecodecs.gif_encode(np.ascontiguousarray(stack)))
    indices = (stack[..., 0] & 0xE0) | (stack[..., 1] >> 5 << 2) | (stack[..., 2] >> 6)
    codes = np.arange(256)
    colours = np.stack([(codes >> 5) * 255 // 7, (codes >> 2 & 7) * 255 // 7, (codes & 3) * 255 // 3], axis=-1)
    return bytes(imagecodecs.gif_encode(np.ascontiguousarray(indices), colormap=colours.astype(np.uint8)))


def encode_picture(picture: Array, media: str, quality: int = DEFAULT_QUALITY) -> bytes:
    """Return an 8 bit picture as a file of a media type of `MEDIA`; raises `OptionError` for another quality."""
    return _ENCODERS[media](picture, quality)


def _checked(quality: int) -> int:
    if not 1 <= quality <= 100:
        raise OptionError("The quality is out of range.", field="quality", found=quality, expected="1 to 100")
    return quality


_ENCODERS: Mapping[str, Callable[[Array, int], bytes]] = {
    "image/jpeg": encode_jpeg,
    "image/png": lambda picture, _: encode_png(picture),
    "image/webp": encode_webp,
    "image/gif": lambda picture, _: encode_gif([picture]),
}
MEDIA = tuple(_ENCODERS)
