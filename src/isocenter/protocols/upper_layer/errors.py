"""What can be wrong with a PDU, and the reason an A-ABORT gives for it.

Source: DICOM PS3.8 table 9-26 (A-ABORT reasons).
"""

from __future__ import annotations

from isocenter.core.errors import ProtocolError

NOT_SPECIFIED, UNRECOGNISED_PDU, UNEXPECTED_PDU, INVALID_PARAMETER = 0, 1, 2, 6


class PduError(ProtocolError):
    """A PDU is malformed, unknown or came at the wrong time; `reason` is what an A-ABORT says about it."""

    def __init__(self, message: str, *, reason: int, field: object = None, found: object = None) -> None:
        super().__init__(message, field=field, found=found)
        self.reason = reason
