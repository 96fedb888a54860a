"""Documents inside DICOM objects: PDF, CDA, STL and other files, handed out as they are, and a page about them.

Source: DICOM PS3.3 sec. A.45, A.85 and A.104 (Encapsulated Document IODs), C.24 (Encapsulated Document Module).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from isocenter.core.errors import DataError
from isocenter.dicom.dictionary import tag_of, tags_of
from isocenter.dicom.header import Header
from isocenter.dicom.uid_names import name_of
from isocenter.reporting.documents.markup import Content, Markup, element
from isocenter.reporting.documents.page import Context, facts, page

ENCAPSULATED_TAGS = tags_of(
    "DocumentTitle", "MIMETypeOfEncapsulatedDocument", "EncapsulatedDocument", "EncapsulatedDocumentLength",
    "ConceptNameCodeSequence",
)  # fmt: skip

PDF = "application/pdf"
_SUFFIXES: Mapping[str, str] = {
    PDF: "pdf", "text/xml": "xml", "application/xml": "xml", "text/plain": "txt", "text/html": "html",
    "model/stl": "stl", "model/obj": "obj", "model/mtl": "mtl", "text/rtf": "rtf", "image/svg+xml": "svg",
    "application/zip": "zip",
}  # fmt: skip
_MEDIA_BY_CLASS: Mapping[str, str] = {
    "1.2.840.10008.5.1.4.1.1.104.1": PDF,
    "1.2.840.10008.5.1.4.1.1.104.2": "text/xml",
    "1.2.840.10008.5.1.4.1.1.104.3": "model/stl",
    "1.2.840.10008.5.1.4.1.1.104.4": "model/obj",
    "1.2.840.10008.5.1.4.1.1.104.5": "model/mtl",
}
_MEDIA = re.compile(r"[a-z]+/[a-z0-9.+-]+")


@dataclass(frozen=True)
class Encapsulated:
    """The file inside: its media type, its bytes without padding, its title."""

    media: str
    content: bytes
    title: str

    @property
    def suffix(self) -> str:
        """What the name of such a file ends with."""
        return _SUFFIXES.get(self.media, "bin")


def encapsulated(header: Header) -> Encapsulated:
    """Return the file inside an object scanned for `ENCAPSULATED_TAGS`; raises `DataError` if there is none."""
    content = header.raw(tag_of("EncapsulatedDocument"))
    if content is None:
        raise DataError("The object holds no document.", field="EncapsulatedDocument", found="absent")
    stated = header.text(tag_of("MIMETypeOfEncapsulatedDocument")).lower()
    known = _MEDIA_BY_CLASS.get(header.text(tag_of("SOPClassUID")), "application/octet-stream")
    length = header.integer(tag_of("EncapsulatedDocumentLength"))
    media = stated if _MEDIA.fullmatch(stated) else known
    is_length = length is not None and len(content) - 1 <= length <= len(content)
    exact = content[:length] if is_length else content.removesuffix(b"\0")
    return Encapsulated(media, exact, header.text(tag_of("DocumentTitle")))


def encapsulated_page(header: Header, context: Context, narrative: Content = None) -> Markup:
    """Return the page about a document: title, kind, size, the way to the file, and what it says if we can read it."""
    say, found = context.say, encapsulated(header)
    size = f"{len(found.content) / 1024:.0f} KiB" if len(found.content) >= 1024 else f"{len(found.content)} B"
    title = found.title or name_of(header.text(tag_of("SOPClassUID"))).removesuffix(" Storage")
    words = say("open" if found.media == PDF else "download")
    link = element("a", words, href=f"{context.base}/file", target="_top")
    return page(
        header,
        context,
        title,
        [facts([(say("kind of file"), found.media), (say("size"), size)]), element("p", link), narrative],
    )
