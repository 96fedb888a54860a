"""Unique identifiers: who wrote an object, and a new or repeatable UID for it.

UIDs are derived from UUIDs under the root 2.25, so nobody has to register an organisation.
Source: DICOM PS3.5 annex B.2 (UUID Derived UID); ITU-T X.667.
"""

from __future__ import annotations

import re
import uuid

from isocenter.core.errors import DataError

UUID_ROOT = "2.25"
MAX_UID_LENGTH = 64

_KEPT = re.compile(r"(?=.{1,64}$)[0-9]+(\.[0-9]+)*")
_NAMESPACE = uuid.UUID("8f1c3c1e-4a0b-5d5c-9c57-1f0f2b7d6a11")

IMPLEMENTATION_CLASS_UID = f"{UUID_ROOT}.{uuid.uuid5(_NAMESPACE, 'isocenter implementation class').int}"
IMPLEMENTATION_VERSION_NAME = "ISOCENTER_0_1"

IMPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2"
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
DEFLATED_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG_ENDIAN = "1.2.840.10008.1.2.2"
# Those whose data set is deflated as a whole (PS3.5 annex A.5; JPIP referenced objects have it, too).
DEFLATED = frozenset({DEFLATED_EXPLICIT_LITTLE_ENDIAN, "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"})


def new_uid() -> str:
    """Return a UID that nobody has used before (from a random UUID)."""
    return f"{UUID_ROOT}.{uuid.uuid4().int}"


def uid_from(text: str) -> str:
    """Return the same UID for the same text, always and everywhere (from a name-based UUID, version 5)."""
    return f"{UUID_ROOT}.{uuid.uuid5(_NAMESPACE, text).int}"


def is_uid(text: str) -> bool:
    """Return whether `text` has the form of a UID: digits and dots, no component with a leading zero.

    Source: DICOM PS3.5 sec. 9.1.
    """
    parts = text.split(".")
    return len(text) <= MAX_UID_LENGTH and all(
        part.isascii() and part.isdigit() and (part == "0" or part[0] != "0") for part in parts
    )


def is_kept_uid(text: str) -> bool:
    """Return whether an instance with this UID is kept, by whichever door it comes.

    Leading zeros, which PS3.5 sec. 9.1 forbids and old devices send, are let through: the object is still needed.
    """
    return _KEPT.fullmatch(text) is not None


def require_uid(text: str, field: str) -> str:
    """Return `text`, or raise `DataError` naming `field` if it is not a UID."""
    if not is_uid(text):
        raise DataError(
            "This is not a DICOM UID.",
            field=field,
            found=text[:80],
            expected="at most 64 digits and dots, no component with a leading zero",
        )
    return text
