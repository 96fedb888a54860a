"""One N-CREATE, N-SET or N-GET: its data set arrives, it is carried out or refused, and there is one response.

Source: DICOM PS3.7 chapter 10 and annex C.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from isocenter.core.errors import IsocenterError, StorageFullError, TooLargeError
from isocenter.dicom.datasets import decode_dataset, encode_dataset
from isocenter.dicom.json_reader import JsonDataset
from isocenter.protocols.dimse import commands, statuses
from isocenter.protocols.dimse.commands import Command
from isocenter.protocols.dimse.refusals import RefusedError
from isocenter.server.dimse.operation import Context, Reply

log = logging.getLogger(__name__)

MAX_DATASET_BYTES = 16 << 20


@dataclass(frozen=True)
class Outcome:
    """What was done: to which instance, what is said of it, and the studies it concerns."""

    instance_uid: str
    dataset: JsonDataset | None = None
    study_uids: tuple[str, ...] = ()


CarryOut: TypeAlias = Callable[[JsonDataset], Outcome]


class Normalised:
    """One normalised operation, named `action` in the audit trail; `carry_out` gets its data set."""

    def __init__(self, context: Context, request: Command, action: str, carry_out: CarryOut) -> None:
        self.action = action
        self.outcome: Outcome | None = None
        self._context = context
        self._request = request
        self._carry_out = carry_out
        self._data = bytearray()

    def write(self, data: memoryview) -> None:
        """Take a piece of the data set."""
        if len(self._data) <= MAX_DATASET_BYTES:
            self._data += data

    def finish(self) -> Iterator[Reply]:
        """Carry it out and yield the response."""
        syntax = self._context.transfer_syntax
        try:
            if len(self._data) > MAX_DATASET_BYTES:
                raise TooLargeError("The data set is too large.")
            outcome = self._carry_out(decode_dataset(bytes(self._data), syntax))
            told = None if outcome.dataset is None else encode_dataset(outcome.dataset, syntax)
        except RefusedError as error:
            yield self._refusal(error.status, error.message, error.error_id, error.tags)
        except (StorageFullError, TooLargeError) as error:
            yield self._refusal(statuses.RESOURCE_LIMITATION, error.message)
        except IsocenterError as error:
            yield self._refusal(statuses.PROCESSING_FAILURE, error.message)
        except Exception as error:  # of the disk, or a mistake of ours; the message may hold a patient's data
            log.error("%s by %s failed: %s", self.action, self._context.calling_ae_title, type(error).__name__)
            yield self._refusal(statuses.PROCESSING_FAILURE, "The operation failed.")
        else:
            self.outcome = outcome
            has_dataset = told is not None
            uid = outcome.instance_uid
            yield commands.normalised_response(self._request, statuses.SUCCESS, uid, has_dataset=has_dataset), told

    def abort(self) -> None:
        """There is nothing to forget."""

    def _refusal(self, status: int, comment: str, error_id: int | None = None, tags: tuple[int, ...] = ()) -> Reply:
        log.warning("%s by %s refused: %s", self.action, self._context.calling_ae_title, comment)
        uid = self._request.get("AffectedSOPInstanceUID") or self._request.get("RequestedSOPInstanceUID") or ""
        answer = commands.normalised_response(self._request, status, str(uid), comment=comment)
        if error_id is not None:
            answer["ErrorID"] = error_id
        if tags:
            answer["AttributeIdentifierList"] = commands.tags_text(tags)
        return answer, None
