"""Messages put together from presentation data values."""

from __future__ import annotations

import pytest

from isocenter.core.errors import ProtocolError
from isocenter.protocols.dimse import commands
from isocenter.protocols.dimse.messages import MAX_COMMAND_BYTES, CommandArrived, DataArrived, MessageAssembler

COMMAND, LAST = 1, 2
STORE = commands.encode({"CommandField": commands.C_STORE_RQ, "MessageID": 1, "CommandDataSetType": 0})
ECHO = commands.encode({"CommandField": commands.C_ECHO_RQ, "MessageID": 1, "CommandDataSetType": commands.NO_DATASET})


def _arrive(*values: tuple[int, int, bytes]) -> list[CommandArrived | DataArrived]:
    return list(MessageAssembler().pieces((number, control, memoryview(data)) for number, control, data in values))


def test_a_command_in_fragments_is_one_and_data_come_as_they_are() -> None:
    first, *rest = _arrive(
        (1, COMMAND, STORE[:9]),
        (1, COMMAND | LAST, STORE[9:]),
        (1, 0, b"ab"),
        (1, LAST, b"c"),
        (3, COMMAND | LAST, ECHO),
    )
    assert isinstance(first, CommandArrived)
    assert first.command["CommandField"] == commands.C_STORE_RQ
    assert first.has_dataset
    assert [(p.data, p.is_last) for p in rest if isinstance(p, DataArrived)] == [(b"ab", False), (b"c", True)]
    last = rest[-1]
    assert isinstance(last, CommandArrived)
    assert (last.context_id, last.has_dataset) == (3, False)


@pytest.mark.parametrize(
    "values",
    [
        [(1, LAST, b"data")],  # data without a command
        [(1, COMMAND | LAST, ECHO), (1, LAST, b"data")],  # data that the command did not announce
        [(1, COMMAND | LAST, STORE), (1, COMMAND | LAST, ECHO)],  # a command where data are due
        [(1, COMMAND | LAST, STORE), (3, LAST, b"data")],  # data on another context
        [(1, COMMAND, STORE[:9]), (3, COMMAND | LAST, STORE[9:])],  # a command on two contexts
        [(1, COMMAND, bytes(MAX_COMMAND_BYTES)), (1, COMMAND, b"x")],  # a command without an end
        [(1, COMMAND | LAST, b"")],  # an empty command set
    ],
)
def test_messages_out_of_order_are_refused(values: list[tuple[int, int, bytes]]) -> None:
    with pytest.raises(ProtocolError):
        _arrive(*values)
