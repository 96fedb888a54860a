"""Modality performed procedure steps as provider: a modality tells what it does and what came of it.

Source: DICOM PS3.4 annex F: sec. F.7 (N-CREATE, N-SET), F.8 (retrieve, N-GET).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from isocenter.core.errors import ConflictError, NotFoundError
from isocenter.dicom.json_reader import JsonDataset
from isocenter.dicom.uids import is_uid, new_uid
from isocenter.protocols.dimse import commands, statuses
from isocenter.protocols.dimse.commands import Command
from isocenter.protocols.dimse.performed_step import (
    FINAL,
    FINAL_STEP_ERROR_ID,
    check_change,
    check_created,
    merged,
    status_of,
    study_uids,
)
from isocenter.protocols.dimse.refusals import RefusedError
from isocenter.server.dimse.negotiation import PROCEDURE_STEP, PROCEDURE_STEP_RETRIEVE
from isocenter.server.dimse.normalised import Normalised, Outcome
from isocenter.server.dimse.operation import Context

OnFinal: TypeAlias = Callable[[str, JsonDataset], None]
_CHARACTER_SET = 0x00080005


class ProcedureSteps(Protocol):
    """What keeps procedure steps, as DICOM JSON; what may be kept has been checked before."""

    def create(self, uid: str, dataset: JsonDataset) -> None:
        """Keep a new step; raises `ConflictError` if there is one with this UID."""

    def update(self, uid: str, dataset: JsonDataset) -> None:
        """Change these attributes of a step.

        Raises `NotFoundError` if it is not here, `ConflictError` if it is final.
        """

    def get(self, uid: str) -> JsonDataset | None:
        """Return a step, None if it is not here."""


class StepOperations:
    """The operations on the steps that `steps` keeps; `on_final` hears of each that is completed or discontinued."""

    def __init__(self, steps: ProcedureSteps, on_final: OnFinal | None = None) -> None:
        self._steps = steps
        self._on_final = on_final

    def creation(self, context: Context, request: Command) -> Normalised:
        """Return an N-CREATE that has begun."""

        def carry_out(dataset: JsonDataset) -> Outcome:
            _check_class(request, "AffectedSOPClassUID", PROCEDURE_STEP)
            uid = str(request.get("AffectedSOPInstanceUID") or "") or new_uid()
            if not is_uid(uid):
                raise RefusedError("The SOP Instance UID is none.", statuses.INVALID_INSTANCE)
            if self._steps.get(uid) is not None:
                raise RefusedError("This step is here already.", statuses.DUPLICATE_INSTANCE)
            check_created(dataset)
            try:
                self._steps.create(uid, dataset)
            except ConflictError as error:
                raise RefusedError(error.message, statuses.DUPLICATE_INSTANCE) from None
            return Outcome(uid, study_uids=study_uids(dataset))

        return Normalised(context, request, "create-step", carry_out)

    def change(self, context: Context, request: Command) -> Normalised:
        """Return an N-SET that has begun."""

        def carry_out(dataset: JsonDataset) -> Outcome:
            _check_class(request, "RequestedSOPClassUID", PROCEDURE_STEP)
            uid, step = self._wanted(request)
            check_change(step, dataset)
            try:
                self._steps.update(uid, dataset)
            except ConflictError as error:  # another association was faster
                raise RefusedError(error.message, statuses.PROCESSING_FAILURE, error_id=FINAL_STEP_ERROR_ID) from None
            except NotFoundError as error:
                raise RefusedError(error.message, statuses.NO_SUCH_INSTANCE) from None
            after = merged(step, dataset)
            if status_of(after) in FINAL and self._on_final is not None:
                self._on_final(uid, after)
            return Outcome(uid, study_uids=study_uids(after))

        return Normalised(context, request, "update-step", carry_out)

    def retrieval(self, context: Context, request: Command) -> Normalised:
        """Return an N-GET that has begun."""

        def carry_out(_: JsonDataset) -> Outcome:
            _check_class(request, "RequestedSOPClassUID", PROCEDURE_STEP_RETRIEVE, PROCEDURE_STEP)
            uid, step = self._wanted(request)
            listed = commands.tags(request, "AttributeIdentifierList")
            wanted = {f"{tag:08X}" for tag in (*listed, _CHARACTER_SET)} if listed else step.keys()
            found = {tag: element for tag, element in step.items() if tag in wanted}
            return Outcome(uid, found, study_uids(step))

        return Normalised(context, request, "read-step", carry_out)

    def _wanted(self, request: Command) -> tuple[str, JsonDataset]:
        uid = str(request.get("RequestedSOPInstanceUID") or "")
        step = self._steps.get(uid)
        if step is None:
            raise RefusedError("This step is not here.", statuses.NO_SUCH_INSTANCE)
        return uid, step


def _check_class(request: Command, keyword: str, *allowed: str) -> None:
    if request.get(keyword) not in allowed:
        raise RefusedError("The SOP class is not the one of its presentation context.", 0x0118)
