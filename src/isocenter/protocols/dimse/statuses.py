"""DIMSE status codes and what they mean.

Source: DICOM PS3.7 annex C; PS3.4 tables B.2-1 (storage) and C.4-1 (find).
"""

from __future__ import annotations

from collections.abc import Mapping

from isocenter.core import errors

SUCCESS = 0x0000
PENDING = 0xFF00
CANCEL = 0xFE00
NOT_AUTHORISED = 0x0124
NO_SUCH_CLASS = 0x0122
OUT_OF_RESOURCES = 0xA700
WRONG_CLASS = 0xA900
CANNOT_UNDERSTAND = 0xC000
PROCESSING_FAILURE = 0x0110

MEANINGS: Mapping[int, str] = {
    SUCCESS: "success",
    PENDING: "matches are continuing",
    CANCEL: "cancelled",
    NOT_AUTHORISED: "refused: not authorised",
    NO_SUCH_CLASS: "refused: SOP class not supported",
    OUT_OF_RESOURCES: "refused: out of resources",
    WRONG_CLASS: "error: data set does not match SOP class or identifier",
    CANNOT_UNDERSTAND: "error: cannot understand",
    PROCESSING_FAILURE: "failure: processing",
    0xB000: "warning: coercion of data elements",
    0xB006: "warning: elements discarded",
    0xB007: "warning: data set does not match SOP class",
}


def meaning(status: int) -> str:
    """Return what a status means, in words."""
    if status in MEANINGS:
        return MEANINGS[status]
    return f"status {status:04X}H"


def is_stored(status: int) -> bool:
    """Return whether a C-STORE status says that the instance was kept: success, or a warning (Bxxx)."""
    return status == SUCCESS or status >> 12 == 0xB


def of_error(error: errors.IsocenterError) -> int:
    """Return the storage or query status of one of our errors."""
    if isinstance(error, errors.StorageFullError | errors.TooLargeError):
        return OUT_OF_RESOURCES
    if isinstance(error, errors.OptionError | errors.ConflictError):
        return WRONG_CLASS
    if isinstance(error, errors.DataError) and error.field in ("SOPInstanceUID", "SOPClassUID"):
        return WRONG_CLASS
    return CANNOT_UNDERSTAND
