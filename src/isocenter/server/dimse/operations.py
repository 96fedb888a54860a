"""Which operation answers which request in which service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from isocenter.protocols.dimse import commands, statuses
from isocenter.protocols.dimse.commands import Command
from isocenter.server.dimse.availability_receipt import notification
from isocenter.server.dimse.commitment import RequestCommitment
from isocenter.server.dimse.negotiation import service_of
from isocenter.server.dimse.operation import Answer, Context, Operation, echo
from isocenter.server.dimse.procedure_steps import StepOperations
from isocenter.server.dimse.query import Find
from isocenter.server.dimse.retrieve import Retrieve
from isocenter.server.dimse.services import Services
from isocenter.server.dimse.storage import Store
from isocenter.server.dimse.worklist import FindWorklist

Begun: TypeAlias = Operation | Retrieve
Begin: TypeAlias = Callable[[Services, Context, Command], Begun]


def begin(services: Services, context: Context, request: Command) -> Begun | None:
    """Return the operation that a request starts; None if its service has no such operation."""
    field = commands.integer(request, "CommandField")
    start = _OPERATIONS.get((field, service_of(context.abstract_syntax) or ""))
    if start is None:
        return None
    if field in _NEED_DATASET and request["CommandDataSetType"] == commands.NO_DATASET:
        return Answer(request, statuses.CANNOT_UNDERSTAND)
    return start(services, context, request)


def _find_worklist(services: Services, context: Context, request: Command) -> Begun:
    if services.worklist is None:  # not offered: no context for it was accepted
        return Answer(request, statuses.NO_SUCH_CLASS)
    return FindWorklist(services.worklist, context, request)


def _of_steps(start: Callable[[StepOperations, Context, Command], Operation]) -> Begin:
    def begin_step(services: Services, context: Context, request: Command) -> Begun:
        if services.steps is None:
            return Answer(request, statuses.NO_SUCH_CLASS)
        return start(services.steps, context, request)

    return begin_step


_NEED_DATASET = frozenset(
    {commands.C_STORE_RQ, commands.C_FIND_RQ, commands.C_MOVE_RQ, commands.C_GET_RQ, commands.N_ACTION_RQ}
)
_OPERATIONS: Mapping[tuple[int, str], Begin] = {
    (commands.C_ECHO_RQ, "echo"): lambda _services, _context, request: echo(request),
    (commands.C_STORE_RQ, "store"): lambda services, context, request: Store(services.archive, context, request),
    (commands.C_FIND_RQ, "find"): lambda services, context, request: Find(services.archive, context, request),
    (commands.C_FIND_RQ, "worklist"): _find_worklist,
    (commands.C_MOVE_RQ, "move"): lambda _services, context, request: Retrieve(context, request),
    (commands.C_GET_RQ, "get"): lambda _services, context, request: Retrieve(context, request),
    (commands.N_ACTION_RQ, "commit"): lambda services, context, request: RequestCommitment(
        services.archive, context, request, services.commitments
    ),
    (commands.N_CREATE_RQ, "step"): _of_steps(StepOperations.creation),
    (commands.N_SET_RQ, "step"): _of_steps(StepOperations.change),
    (commands.N_GET_RQ, "step-get"): _of_steps(StepOperations.retrieval),
    (commands.N_CREATE_RQ, "availability"): lambda services, context, request: notification(
        services.on_availability, context, request
    ),
}
