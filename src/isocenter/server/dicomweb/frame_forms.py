"""In which form a client gets frames: as they are stored, decoded, or in another transfer syntax that loses nothing.

Source: DICOM PS3.18 sec. 8.7.3.3 (media types of uncompressed and compressed bulk data, table 8.7.3-5: the transfer
syntax that a media type means by default comes first).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from isocenter.dicom.transcoding import can_encode, is_lossless
from isocenter.dicom.uids import (
    DEFLATED_EXPLICIT_LITTLE_ENDIAN,
    EXPLICIT_BIG_ENDIAN,
    EXPLICIT_LITTLE_ENDIAN,
    IMPLICIT_LITTLE_ENDIAN,
)
from isocenter.protocols.dicomweb import Accepted, NotAcceptableError, read_accept, refused

OCTETS = "application/octet-stream"
NATIVE = frozenset(
    {IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN, EXPLICIT_BIG_ENDIAN, DEFLATED_EXPLICIT_LITTLE_ENDIAN}
)
_JPEG, _OTHER = "1.2.840.10008.1.2.4.", "1.2.840.10008.1.2."
SYNTAXES_OF_MEDIA: Mapping[str, tuple[str, ...]] = {
    "image/jpeg": (f"{_JPEG}70", f"{_JPEG}50", f"{_JPEG}51", f"{_JPEG}57"),
    "image/dicom-rle": (f"{_OTHER}5",),
    "image/jls": (f"{_JPEG}80", f"{_JPEG}81"),
    "image/jp2": (f"{_JPEG}90", f"{_JPEG}91"),
    "image/jphc": (f"{_JPEG}201", f"{_JPEG}202", f"{_JPEG}203"),
    "image/jxl": (f"{_JPEG}110", f"{_JPEG}111", f"{_JPEG}112"),
}
MEDIA_OF_SYNTAX: Mapping[str, str] = {
    syntax: media for media, syntaxes in SYNTAXES_OF_MEDIA.items() for syntax in syntaxes
}
_ANY = frozenset({"*/*", OCTETS, "application/*"})


@dataclass(frozen=True)
class FrameForm:
    """Media type and transfer syntax of the frames of an answer, and whether they are the parts of a multipart one."""

    media: str
    transfer_syntax: str
    is_multipart: bool = True

    @property
    def content_type(self) -> str:
        """The media type with its transfer syntax."""
        return f"{self.media}; transfer-syntax={self.transfer_syntax}"


def choose_form(header: str, stored: str, *, n_frames: int) -> FrameForm:
    """Return the form that an Accept header likes best; raises `NotAcceptableError`.

    One frame may come by itself, for an image type or octets that are not asked for as multipart.
    """
    unwanted = refused(header) if "q=0" in header else frozenset()
    for wanted in read_accept(header):
        is_single = not wanted.is_multipart and wanted.media != "*/*"
        if is_single and n_frames != 1:
            continue
        form = _form(wanted, stored, unwanted)
        if form is not None:
            return FrameForm(*form, is_multipart=not is_single)
    raise NotAcceptableError(
        "No acceptable form of the frames is offered.",
        field="Accept",
        found=header[:200],
        expected=f"multipart/related of {OCTETS} or of " + ", ".join(SYNTAXES_OF_MEDIA),
    )


def _form(wanted: Accepted, stored: str, unwanted: frozenset[str]) -> tuple[str, str] | None:
    media, syntax = wanted.media, wanted.transfer_syntax
    if media in _ANY:
        return _any_form(syntax, stored, unwanted)
    syntaxes = SYNTAXES_OF_MEDIA.get(media, ())
    if media == "image/*":
        media = MEDIA_OF_SYNTAX.get(stored, "")
        return (media, stored) if media and media not in unwanted else None
    if stored in syntaxes and syntax in ("", "*", stored):
        return media, stored
    made = syntaxes[0] if syntaxes and syntax in ("", "*") else syntax
    return (media, made) if made in syntaxes and can_encode(made) and is_lossless(made) else None


def _any_form(syntax: str, stored: str, unwanted: frozenset[str]) -> tuple[str, str] | None:
    media = MEDIA_OF_SYNTAX.get(stored, OCTETS)
    if syntax in ("*", stored) and stored not in NATIVE and media not in unwanted:
        return media, stored
    if syntax in ("", "*", EXPLICIT_LITTLE_ENDIAN) or syntax == stored in NATIVE:
        return OCTETS, EXPLICIT_LITTLE_ENDIAN
    if syntax in MEDIA_OF_SYNTAX and can_encode(syntax) and is_lossless(syntax):
        return MEDIA_OF_SYNTAX[syntax], syntax
    return None
