"""DIMSE status codes and what they mean.

Source: DICOM PS3.7 annex C; PS3.4 tables B.2-1 (storage), C.4-1 (find), C.4-2 (move) and C.4-3 (get).
"""

from __future__ import annotations

from collections.abc import Mapping

from isocenter.core import errors

SUCCESS = 0x0000
PENDING = 0xFF00
PENDING_WITHOUT_SOME_KEYS = 0xFF01
CANCEL = 0xFE00
NO_SUCH_ATTRIBUTE = 0x0105
INVALID_ATTRIBUTE_VALUE = 0x0106
DUPLICATE_INSTANCE = 0x0111
NO_SUCH_INSTANCE = 0x0112
INVALID_INSTANCE = 0x0117
MISSING_ATTRIBUTE = 0x0120
MISSING_ATTRIBUTE_VALUE = 0x0121
NOT_AUTHORISED = 0x0124
NO_SUCH_CLASS = 0x0122
UNRECOGNISED_OPERATION = 0x0211
OUT_OF_RESOURCES = 0xA700
WRONG_CLASS = 0xA900
ANOTHER_CLASS = 0xB007
CANNOT_UNDERSTAND = 0xC000
PROCESSING_FAILURE = 0x0110
INVALID_ARGUMENT = 0x0115
NO_SUCH_ACTION = 0x0123
RESOURCE_LIMITATION = 0x0213
UNABLE_TO_COUNT_MATCHES = 0xA701
UNABLE_TO_PERFORM_SUBOPERATIONS = 0xA702
UNKNOWN_DESTINATION = 0xA801
SUBOPERATIONS_WITH_FAILURES = 0xB000

MEANINGS: Mapping[int, str] = {
    SUCCESS: "success",
    0x0001: "warning: optional attributes are not supported",
    NO_SUCH_ATTRIBUTE: "failure: no such attribute",
    INVALID_ATTRIBUTE_VALUE: "failure: invalid attribute value",
    0x0107: "warning: attributes that are not known",
    PROCESSING_FAILURE: "failure: processing",
    DUPLICATE_INSTANCE: "failure: duplicate SOP instance",
    NO_SUCH_INSTANCE: "failure: no such SOP instance",
    0x0116: "warning: attribute value out of range",
    INVALID_INSTANCE: "failure: invalid SOP instance",
    0x0118: "failure: no such SOP class",
    0x0119: "failure: class and instance conflict",
    MISSING_ATTRIBUTE: "failure: missing attribute",
    MISSING_ATTRIBUTE_VALUE: "failure: missing attribute value",
    NO_SUCH_CLASS: "refused: SOP class not supported",
    NOT_AUTHORISED: "refused: not authorised",
    0x0210: "failure: duplicate invocation",
    UNRECOGNISED_OPERATION: "failure: unrecognised operation",
    0x0212: "failure: mistyped argument",
    INVALID_ARGUMENT: "failure: invalid argument value",
    NO_SUCH_ACTION: "failure: no such action type",
    RESOURCE_LIMITATION: "failure: resource limitation",
    OUT_OF_RESOURCES: "refused: out of resources",
    UNABLE_TO_COUNT_MATCHES: "refused: out of resources, unable to calculate the number of matches",
    UNABLE_TO_PERFORM_SUBOPERATIONS: "refused: out of resources, unable to perform sub-operations",
    UNKNOWN_DESTINATION: "refused: move destination unknown",
    WRONG_CLASS: "error: data set does not match SOP class or identifier",
    0xB000: "warning: coercion of data elements",
    0xB006: "warning: elements discarded",
    ANOTHER_CLASS: "warning: data set does not match SOP class",
    CANNOT_UNDERSTAND: "error: cannot understand",
    CANCEL: "cancelled",
    PENDING: "matches are continuing",
    PENDING_WITHOUT_SOME_KEYS: "matches are continuing, some optional keys are not supported",
}
# The last two or three digits of these are the answering node's own (PS3.4 tables B.2-1 and C.4-1).
_RANGES: Mapping[int, tuple[int, int]] = {
    OUT_OF_RESOURCES: (0xA700, 0xA7FF),
    WRONG_CLASS: (0xA900, 0xA9FF),
    CANNOT_UNDERSTAND: (0xC000, 0xCFFF),
}


def meaning(status: int) -> str:
    """Return what a status means, in words, with its number where the words stand for several."""
    if status in MEANINGS:
        return MEANINGS[status]
    for known, (first, last) in _RANGES.items():
        if first <= status <= last:
            return f"{MEANINGS[known]} ({status:04X}H)"
    return f"status {status:04X}H"


def is_pending(status: int) -> bool:
    """Return whether more answers follow."""
    return status in (PENDING, PENDING_WITHOUT_SOME_KEYS)


def is_stored(status: int) -> bool:
    """Return whether a C-STORE status says that the instance was kept: success, or a warning (Bxxx)."""
    return status == SUCCESS or status >> 12 == 0xB


def is_transient(status: int) -> bool:
    """Return whether a failure is of the moment: no resources (A7xx), or processing went wrong; later it may work."""
    return status in (PROCESSING_FAILURE, RESOURCE_LIMITATION) or status >> 8 == OUT_OF_RESOURCES >> 8


def is_done(status: int) -> bool:
    """Return whether a normalised operation was carried out: success, or a warning (PS3.7 annex C.4)."""
    return status in (SUCCESS, 0x0001, 0x0107, 0x0116) or status >> 12 == 0xB


def of_error(error: errors.IsocenterError) -> int:
    """Return the storage or query status of one of our errors."""
    if isinstance(error, errors.StorageFullError | errors.TooLargeError):
        return OUT_OF_RESOURCES
    if isinstance(error, errors.NotSupportedError):
        return NO_SUCH_CLASS
    if isinstance(error, errors.OptionError | errors.ConflictError):
        return WRONG_CLASS
    if isinstance(error, errors.DataError) and error.field in ("SOPInstanceUID", "SOPClassUID"):
        return WRONG_CLASS
    return CANNOT_UNDERSTAND
