"""C-FIND as provider, whatever it looks through: the identifier arrives, matches go out, it may be cancelled.

Source: DICOM PS3.4 sec. C.4.1 (C-FIND); PS3.7 sec. 9.1.2.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

from isocenter.core.errors import IsocenterError, TooLargeError
from isocenter.protocols.dimse import commands, statuses
from isocenter.protocols.dimse.commands import Command
from isocenter.server.dimse.operation import Context, Reply

log = logging.getLogger(__name__)

MAX_IDENTIFIER_BYTES = 1 << 20


class Finding:
    """One C-FIND; what is looked through is said by `_matches`."""

    def __init__(self, context: Context, request: Command) -> None:
        self._context = context
        self._request = request
        self._identifier = bytearray()
        self._is_too_large = False
        self.n_matches = 0

    def _matches(self, identifier: bytes) -> Iterator[Reply]:
        """Yield a pending response with its identifier for every match."""
        raise NotImplementedError

    def write(self, data: memoryview) -> None:
        """Take a piece of the identifier."""
        self._is_too_large = self._is_too_large or len(self._identifier) + len(data) > MAX_IDENTIFIER_BYTES
        if not self._is_too_large:
            self._identifier += data

    def finish(self) -> Iterator[Reply]:
        """Yield a pending response with its identifier for every match, and the final response."""
        try:
            if self._is_too_large:
                raise TooLargeError("The identifier is too large.")
            for reply in self._matches(bytes(self._identifier)):
                self.n_matches += 1
                yield reply
        except IsocenterError as error:
            yield self._response(statuses.of_error(error), error.message), None
        except Exception as error:  # of the disk, or a mistake of ours; the message may hold a patient's data
            log.error("C-FIND from %s failed: %s", self._context.calling_ae_title, type(error).__name__)
            yield self._response(statuses.CANNOT_UNDERSTAND, "The query failed."), None
        else:
            yield self._response(statuses.SUCCESS), None

    def abort(self) -> None:
        """There is nothing to forget."""

    def cancelled(self) -> Reply:
        """Return the final response to a query that the peer has cancelled."""
        return self._response(statuses.CANCEL), None

    def _pending(self, identifier: bytes, *, is_supported: bool) -> Reply:
        """Return a match; `is_supported` is false if some of its optional keys are not known here."""
        status = statuses.PENDING if is_supported else statuses.PENDING_WITHOUT_SOME_KEYS
        return self._response(status, has_dataset=True), identifier

    def _response(self, status: int, comment: str = "", *, has_dataset: bool = False) -> dict[str, str | int]:
        return commands.response(self._request, commands.C_FIND_RSP, status, has_dataset=has_dataset, comment=comment)
