"""Preamble and file meta information: what turns a bare data set into a DICOM file.

Source: DICOM PS3.10 sec. 7.1 (DICOM File Meta Information).
"""

from __future__ import annotations

from struct import pack, unpack_from

from isocenter.core.errors import DataError
from isocenter.dicom.elements import Buffer
from isocenter.dicom.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME, is_kept_uid, require_uid

PREAMBLE = b"\0" * 128 + b"DICM"
_LONG_VRS = (b"OB", b"OW", b"UN", b"UT", b"SQ")


def file_meta(
    sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str, *, source_ae_title: str = ""
) -> bytes:
    """Return preamble, prefix and file meta group; a data set in that transfer syntax follows it in the file.

    Raises `DataError` if a UID or the AE title does not have its form.
    """
    body = b"".join(
        (
            _element(0x0001, b"OB", b"\0\1"),
            _element(0x0002, b"UI", _uid(sop_class_uid, "MediaStorageSOPClassUID")),
            _element(0x0003, b"UI", _uid(sop_instance_uid, "MediaStorageSOPInstanceUID")),
            _element(0x0010, b"UI", _uid(transfer_syntax_uid, "TransferSyntaxUID")),
            _element(0x0012, b"UI", _uid(IMPLEMENTATION_CLASS_UID, "ImplementationClassUID")),
            _element(0x0013, b"SH", _padded(IMPLEMENTATION_VERSION_NAME.encode())),
            _element(0x0016, b"AE", _ae_title(source_ae_title)) if source_ae_title else b"",
        )
    )
    return PREAMBLE + _element(0x0000, b"UL", pack("<L", len(body))) + body


def dataset_start(file: Buffer) -> int:
    """Return where the data set begins in a DICOM file: behind its last element of group 0002, deflated or not."""
    position = len(PREAMBLE)
    while position + 12 <= len(file):
        group, _, vr, length = unpack_from("<HH2sH", file, position)
        if group != 0x0002:
            break
        position += 12 + int(unpack_from("<L", file, position + 8)[0]) if vr in _LONG_VRS else 8 + length
    return min(position, len(file))


def _element(element: int, vr: bytes, value: bytes) -> bytes:
    """Return one explicit little endian element of group 0002."""
    if vr == b"OB":
        return pack("<HH2sHL", 0x0002, element, vr, 0, len(value)) + value
    return pack("<HH2sH", 0x0002, element, vr, len(value)) + value


def _uid(uid: str, field: str) -> bytes:
    kept = uid if is_kept_uid(uid) else require_uid(uid, field)
    return _padded(kept.encode("ascii"), b"\0")


def _padded(value: bytes, padding: bytes = b" ") -> bytes:
    return value + padding * (len(value) % 2)


def _ae_title(title: str) -> bytes:
    """Return an AE title as bytes: 1 to 16 printable ASCII characters without backslash (PS3.5 sec. 6.2)."""
    if len(title) > 16 or not (title.isascii() and title.isprintable()) or "\\" in title:
        raise DataError(
            "This is not an AE title.",
            field="SourceApplicationEntityTitle",
            found=title[:40],
            expected="at most 16 printable ASCII characters without backslash",
        )
    return _padded(title.encode("ascii"))
