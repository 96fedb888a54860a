"""A refusal of a normalised operation, with everything its response may say.

Source: DICOM PS3.7 annex C.5 (failures).
"""

from __future__ import annotations

from isocenter.core.errors import IsocenterError
from isocenter.dicom.dictionary import keyword_of


class RefusedError(IsocenterError):
    """An operation that is not carried out; `status`, `error_id` and the `tags` concerned go into its response."""

    title = "The operation is refused"

    def __init__(self, message: str, status: int, *, error_id: int | None = None, tags: tuple[int, ...] = ()) -> None:
        super().__init__(message, field=", ".join(keyword_of(tag) or f"{tag:08X}" for tag in tags) or None)
        self.status = status
        self.error_id = error_id
        self.tags = tags
