"""Colour pictures with an ICC profile: the object's own, or changed to a colour space that a screen knows.

Source: DICOM PS3.18 sec. 8.3.5.1.5 (iccprofile), PS3.3 sec. C.11.15 (ICC Profile Module).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from io import BytesIO

import imagecodecs
import numpy as np

from isocenter.core.arrays import Array
from isocenter.core.errors import DataError
from isocenter.dicom.dictionary import tag_of
from isocenter.dicom.header import Header

PROFILE_TAGS = frozenset({tag_of("ICCProfile"), tag_of("OpticalPathSequence")})
_D65, _D50 = [0.3127, 0.3290, 1.0], [0.3457, 0.3585, 1.0]
# White point, primaries (x, y, Y of red, green, blue) and gamma.
_PRIMARIES: Mapping[str, tuple[list[float], list[float], float]] = {
    "displayp3": (_D65, [0.680, 0.320, 1.0, 0.265, 0.690, 1.0, 0.150, 0.060, 1.0], 2.2),
    "rommrgb": (_D50, [0.7347, 0.2653, 1.0, 0.1596, 0.8404, 1.0, 0.0366, 0.0001, 1.0], 1.8),
}
SPACES = ("srgb", "adobergb", *_PRIMARIES)


@cache
def profile_of(space: str) -> bytes:
    """Return the ICC profile of one of `SPACES`."""
    if space in _PRIMARIES:
        white, primaries, gamma = _PRIMARIES[space]
        return bytes(imagecodecs.cms_profile("rgb", whitepoint=white, primaries=primaries, gamma=gamma))
    return bytes(imagecodecs.cms_profile(space))


def own_profile(header: Header) -> bytes:
    """Return the profile that an object brings (read with `PROFILE_TAGS`), of slides that of the first optical path."""
    holders = (header, *header.items(tag_of("OpticalPathSequence"))[:1])
    return next((found for each in holders if (found := each.raw(tag_of("ICCProfile")))), b"")


def changed_to(picture: Array, own: bytes, space: str) -> Array:
    """Return red, green and blue as a colour space has them; without a profile of its own a picture is sRGB.

    Raises `DataError` if the object's profile cannot be used.
    """
    from PIL import Image, ImageCms  # here, because few ask for it and a start should not wait for it

    given = (own or profile_of("srgb"), profile_of(space))
    try:
        source, target = (ImageCms.ImageCmsProfile(BytesIO(each)) for each in given)
        changed = ImageCms.profileToProfile(
            Image.fromarray(np.ascontiguousarray(picture)),
            source,
            target,
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        )
    except (OSError, ImageCms.PyCMSError) as problem:
        raise DataError("The colour profile cannot be used.", field="ICCProfile", found=str(problem)[:80]) from problem
    values: Array = np.asarray(changed)
    return values


def encode_with_profile(picture: Array, media: str, profile: bytes, quality: int) -> bytes:
    """Return a colour picture as JPEG, PNG or WebP with a profile in it; a GIF has no room for one."""
    from PIL import Image

    kinds = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
    stream = BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(stream, kinds[media], icc_profile=profile, quality=quality)
    return stream.getvalue()
