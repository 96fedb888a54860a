"""The messages of one accepted association, each answered by its operation."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from isocenter.archive.archive import Instance
from isocenter.core.errors import IsocenterError, ProtocolError
from isocenter.protocols.dimse import commands, statuses
from isocenter.protocols.dimse.messages import CommandArrived, DataArrived
from isocenter.protocols.upper_layer.pdus import ReleaseRequest, ReleaseResponse
from isocenter.server.dimse.commitment import RequestCommitment
from isocenter.server.dimse.connection import Connection
from isocenter.server.dimse.events import DimseEvent, OnEvent
from isocenter.server.dimse.finding import Finding
from isocenter.server.dimse.normalised import Normalised
from isocenter.server.dimse.operation import Answer, Context, Reply
from isocenter.server.dimse.operations import Begun, begin
from isocenter.server.dimse.retrieve import Retrieve, SubOperations
from isocenter.server.dimse.services import Services
from isocenter.server.dimse.storage import Store
from isocenter.server.dimse.suboperations import Getter, Mover
from isocenter.server.one_processor import stay_on_one_processor

log = logging.getLogger(__name__)


class Association:
    """One association of the answering side; `run` it, once."""

    def __init__(
        self,
        connection: Connection,
        services: Services,
        contexts: Mapping[int, Context],
        max_pdu_bytes: int,
        tell: OnEvent,
    ) -> None:
        self._connection = connection
        self._services = services
        self._contexts = contexts
        self._max_pdu_bytes = max_pdu_bytes
        self._tell = tell
        self._reported = self._stays = False
        self._operation: Begun | None = None
        self._n_stored = self._n_failed = 0
        self._peer: Context | None = next(iter(contexts.values()), None)

    def run(self) -> None:
        """Answer messages until the peer releases or goes; what was not complete is forgotten."""
        try:
            for piece in self._connection.pieces():
                if isinstance(piece, CommandArrived):
                    self._begin(piece)
                else:
                    self._continue(piece)
        finally:
            if self._operation is not None:
                self._operation.abort()
            if self._peer is not None and (self._n_stored or self._n_failed):
                event = DimseEvent(
                    "store", self._peer.calling_ae_title, self._peer.address, self._n_stored, self._n_failed
                )
                self._tell(event)

    def _begin(self, piece: CommandArrived) -> None:
        context = self._contexts.get(piece.context_id)
        if context is None:
            raise ProtocolError("A message came on no accepted context.", field="context ID", found=piece.context_id)
        if piece.command.get("CommandField") == commands.C_CANCEL_RQ and not piece.has_dataset:
            return  # of a query that has been answered already
        operation = self._operation_of(context, piece.command)
        if operation is None:
            return
        if piece.has_dataset:
            self._operation = operation
            if isinstance(operation, Store):
                self._connection.deliver_to(operation)
                if not self._stays:
                    stay_on_one_processor()
                    self._stays = True
        else:
            self._answer(context, operation)

    def _operation_of(self, context: Context, request: dict[str, str | int]) -> Begun | None:
        field = commands.integer(request, "CommandField")
        operation = begin(self._services, context, request)
        if operation is not None:
            return operation
        if field == commands.N_EVENT_REPORT_RSP and self._reported:
            return None
        if field & commands.RESPONSE or field == commands.C_CANCEL_RQ:
            raise ProtocolError("A response came without a request.", field="CommandField", found=f"{field:04X}H")
        return Answer(request, statuses.UNRECOGNISED_OPERATION)

    def _continue(self, piece: DataArrived) -> None:
        if self._operation is None:
            raise ProtocolError("A data set came without a command.", field="P-DATA-TF")
        if len(piece.data):
            self._operation.write(piece.data)
        if piece.is_last:
            operation, self._operation = self._operation, None
            self._answer(self._contexts[piece.context_id], operation)

    def _answer(self, context: Context, operation: Begun) -> None:
        if isinstance(operation, Finding):
            self._answer_find(context, operation)
            return
        if isinstance(operation, Retrieve):
            self._answer_retrieve(context, operation)
            return
        for reply in operation.finish():
            self._reply(context, reply)
        if isinstance(operation, RequestCommitment):
            self._report_commitment(context, operation)
        if isinstance(operation, Normalised):
            self._tell_of(context, operation)
        if isinstance(operation, Store):
            self._n_stored += operation.is_stored
            self._n_failed += not operation.is_stored

    def _tell_of(self, context: Context, operation: Normalised) -> None:
        done = operation.outcome
        studies = () if done is None else done.study_uids
        counts = (0, 1) if done is None else (1, 0)
        self._tell(DimseEvent(operation.action, context.calling_ae_title, context.address, *counts, studies))

    def _report_commitment(self, context: Context, request: RequestCommitment) -> None:
        self._tell(DimseEvent("request-commitment", context.calling_ae_title, context.address))
        told = request.event_reply()
        if told is not None:
            self._reported = True
            self._reply(context, told)

    def _answer_find(self, context: Context, find: Finding) -> None:
        for reply in find.finish():
            is_followed = statuses.is_pending(commands.integer(reply[0], "Status"))
            if is_followed and self._is_cancelled():
                self._reply(context, find.cancelled())
                break
            self._reply(context, reply, is_followed=is_followed)
        self._tell(DimseEvent("query", context.calling_ae_title, context.address, find.n_matches))

    def _answer_retrieve(self, context: Context, retrieve: Retrieve) -> None:
        """Send what is asked for; what cannot be sent is named in the last response."""
        started = self._begun(retrieve)
        if started is None:
            return
        instances, sender = started
        progress = SubOperations(retrieve.request, context, len(instances))

        def tell() -> None:
            if isinstance(sender, Mover):
                progress.is_cancelled = progress.is_cancelled or self._is_cancelled()
                if not progress.is_time_to_tell:
                    return
            self._reply(context, progress.pending())

        try:
            sender.send(instances, progress, tell)
        except ProtocolError as error:
            if not isinstance(sender, Mover):
                raise
            log.warning("C-MOVE of %s: %s", context.calling_ae_title, error.message)
            progress.fail_rest(instance.instance_uid for instance in instances)
        self._reply(context, progress.final())
        studies = sorted({instance.study_uid for instance in instances})
        self._tell(
            DimseEvent(
                "retrieve",
                context.calling_ae_title,
                context.address,
                progress.completed + progress.warnings,
                len(progress.failed),
                tuple(studies),
            )
        )

    def _begun(self, retrieve: Retrieve) -> tuple[list[Instance], Getter | Mover] | None:
        """Return what to send and who sends it; None after a refusal, which has been answered."""
        context, request = retrieve.context, retrieve.request
        sender: Getter | Mover
        try:
            if request["CommandField"] == commands.C_MOVE_RQ:
                title = commands.text(request, "MoveDestination")
                if title not in self._services.nodes:
                    self._reply(context, retrieve.refusal(statuses.UNKNOWN_DESTINATION, "This node is not known here."))
                    return None
                sender = Mover(self._services.archive, self._services.nodes[title], context, request)
            else:
                sender = Getter(self._connection, self._contexts.values(), self._max_pdu_bytes, self._services.archive)
            return retrieve.instances(self._services.archive), sender
        except IsocenterError as error:
            self._reply(context, retrieve.refusal(statuses.of_error(error), error.message))
        except Exception as error:  # of the disk, or a mistake of ours; the message may hold a patient's data
            log.error("retrieval by %s failed: %s", context.calling_ae_title, type(error).__name__)
            self._reply(context, retrieve.refusal(statuses.CANNOT_UNDERSTAND, "The retrieval failed."))
        return None

    def _is_cancelled(self) -> bool:
        """Return whether the peer has sent C-CANCEL while it is being answered."""
        if not self._connection.has_input():
            return False
        pdu = self._connection.receive()
        if isinstance(pdu, ReleaseRequest):
            self._connection.send(ReleaseResponse())
        if not isinstance(pdu, memoryview):
            raise ConnectionError("the peer did not wait for its answers")
        is_cancelled = False
        for piece in self._connection.pieces_of(pdu):
            if not isinstance(piece, CommandArrived) or piece.command.get("CommandField") != commands.C_CANCEL_RQ:
                raise ProtocolError("A message came before the last one was answered.", field="P-DATA-TF")
            is_cancelled = True
        return is_cancelled

    def _reply(self, context: Context, reply: Reply, *, is_followed: bool = False) -> None:
        command, dataset = reply
        self._connection.send_message(
            context.context_id, commands.encode(command), dataset, self._max_pdu_bytes, is_followed=is_followed
        )
