"""C-STORE as provider: a data set goes straight to the archive's disk, never through a parser.

Source: DICOM PS3.4 annex B (storage service class), table B.2-1 (statuses).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from isocenter.archive.archive import Archive, Incoming
from isocenter.core.errors import IsocenterError, NotSupportedError
from isocenter.dicom.uids import is_uid
from isocenter.protocols.dimse import commands, statuses
from isocenter.protocols.dimse.commands import Command
from isocenter.server.dimse.operation import Context, Reply

log = logging.getLogger(__name__)


class Store:
    """One C-STORE on its way; after a failure the rest is let go, so that the peer hears the status."""

    def __init__(self, archive: Archive, context: Context, request: Command) -> None:
        self._request = request
        self._context = context
        self._incoming: Incoming | None = None
        self._class_uid = commands.text(request, "AffectedSOPClassUID")
        self._instance_uid = commands.text(request, "AffectedSOPInstanceUID")
        self._status: int = statuses.SUCCESS
        self._comment = ""
        with self._failures():
            if self._class_uid != context.abstract_syntax:
                raise NotSupportedError("The SOP class is not the one of its presentation context.")
            self._incoming = archive.receive_dataset(
                sop_class_uid=self._class_uid,
                sop_instance_uid=self._instance_uid,
                transfer_syntax_uid=context.transfer_syntax,
                origin=f"DIMSE {context.calling_ae_title} {context.address}",
                source_ae_title=context.calling_ae_title,
            )

    @property
    def is_stored(self) -> bool:
        """Whether the instance was kept."""
        return statuses.is_stored(self._status)

    def write(self, data: memoryview) -> None:
        """Take a piece of the data set."""
        if self._incoming is not None:
            with self._failures():
                self._incoming.write(data)

    def room(self) -> memoryview | None:
        """Return memory for the next bytes of the data set; None once it has failed."""
        if self._incoming is not None:
            with self._failures():
                return self._incoming.room()
        return None

    def took(self, n_bytes: int) -> None:
        """Take as many bytes as have been put there."""
        if self._incoming is not None:
            self._incoming.took(n_bytes)

    def finish(self) -> Iterator[Reply]:
        """Commit and yield the response."""
        incoming, self._incoming = self._incoming, None
        if incoming is not None:
            with self._failures():
                stored = incoming.commit()
                if stored.state == "conflict":
                    self._status, self._comment = statuses.ANOTHER_CLASS, "Other bytes are here under this UID."
                elif stored.sop_class_uid != self._class_uid:
                    self._status, self._comment = statuses.ANOTHER_CLASS, "The data set is of another SOP class."
        yield commands.response(self._request, commands.C_STORE_RSP, self._status, comment=self._comment), None

    def abort(self) -> None:
        """Forget what came so far."""
        incoming, self._incoming = self._incoming, None
        if incoming is not None:
            incoming.abort()

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Turn what goes wrong into a status; the peer and the log hear no value of the data set."""
        try:
            yield
        except IsocenterError as error:
            self._fail(statuses.of_error(error), error.message)
        except Exception as error:  # of the disk, or a mistake of ours: neither is a success, and the next may work
            self._fail(statuses.PROCESSING_FAILURE, f"The instance could not be stored: {type(error).__name__}.")

    def _fail(self, status: int, comment: str) -> None:
        self._status, self._comment = status, comment
        self.abort()
        uid = self._instance_uid if is_uid(self._instance_uid) else "an instance without a valid UID"
        log.warning("C-STORE of %s from %s: %s", uid, self._context.calling_ae_title, comment)
