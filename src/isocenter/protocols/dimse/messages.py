"""From presentation data values to command sets and pieces of data sets; data set bytes are never copied.

Source: DICOM PS3.7 sec. 6.3.1 (command and data set) and PS3.8 annex E (message fragments).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from isocenter.core.errors import ProtocolError
from isocenter.protocols.dimse import commands

MAX_COMMAND_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class CommandArrived:
    """A complete command set; pieces of a data set follow if it says so."""

    context_id: int
    command: dict[str, str | int]
    has_dataset: bool


@dataclass(frozen=True, slots=True)
class DataArrived:
    """A piece of the data set of the last command; valid until the next PDU is received."""

    context_id: int
    data: memoryview
    is_last: bool


Piece: TypeAlias = CommandArrived | DataArrived


class MessageAssembler:
    """Puts the values of one association in order; raises `ProtocolError` where they have none."""

    def __init__(self) -> None:
        self._command = bytearray()
        self._context_id: int | None = None
        self._awaits_data = False

    def pieces(self, values: Iterable[tuple[int, int, memoryview]]) -> Iterator[Piece]:
        """Yield what the values (context ID, control byte, bytes) of a P-DATA-TF complete."""
        for context_id, control, data in values:
            if self._context_id is not None and context_id != self._context_id:
                raise ProtocolError("A message changes its context.", field="context ID", found=context_id)
            if bool(control & 1) == self._awaits_data:
                raise ProtocolError("Command and data set are out of order.", field="message control header")
            self._context_id = context_id
            is_last = bool(control & 2)
            if self._awaits_data:
                if is_last:
                    self._awaits_data, self._context_id = False, None
                yield DataArrived(context_id, data, is_last)
            else:
                self._append(data)
                if is_last:
                    yield self._complete(context_id)

    def expects_data(self, context_id: int) -> bool:
        """Return whether more of a data set may come in this context."""
        return self._awaits_data and context_id == self._context_id

    def end_dataset(self) -> int:
        """Know that the data set has come to its end elsewhere; returns its context."""
        if not self._awaits_data or self._context_id is None:
            raise ProtocolError("There is no data set to end.", field="P-DATA-TF")
        context_id, self._awaits_data, self._context_id = self._context_id, False, None
        return context_id

    def _append(self, data: memoryview) -> None:
        self._command += data
        if len(self._command) > MAX_COMMAND_BYTES:
            raise ProtocolError("A command set is too large.", field="command set", found=len(self._command))

    def _complete(self, context_id: int) -> CommandArrived:
        command = commands.decode(bytes(self._command))
        self._command.clear()
        self._awaits_data = commands.integer(command, "CommandDataSetType") != commands.NO_DATASET
        self._context_id = context_id if self._awaits_data else None
        return CommandArrived(context_id, command, self._awaits_data)
