"""One DIMSE operation as the answering side sees it: it takes a data set in pieces, then it gives its answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from isocenter.protocols.dimse import commands, statuses
from isocenter.protocols.dimse.commands import Command

Reply: TypeAlias = tuple[dict[str, str | int], bytes | None]


@dataclass(frozen=True)
class Context:
    """An accepted presentation context and who is behind it.

    `peer_stores` if the peer takes instances there; `extended` is what extended negotiation agreed on.
    """

    context_id: int
    abstract_syntax: str
    transfer_syntax: str
    calling_ae_title: str
    own_ae_title: str
    address: str
    peer_stores: bool = False
    extended: bytes = b""


class Operation(Protocol):
    """What a request started."""

    def write(self, data: memoryview) -> None:
        """Take a piece of the data set."""

    def finish(self) -> Iterator[Reply]:
        """Yield the answers, each a command set with or without a data set."""

    def abort(self) -> None:
        """Forget what came so far."""


class Answer:
    """An operation whose answer is a status and nothing else: verification and refusals; its data set is let go."""

    def __init__(self, request: Command, status: int) -> None:
        self._request = request
        self._status = status

    def write(self, data: memoryview) -> None:
        """Let it go."""

    def finish(self) -> Iterator[Reply]:
        """Yield the status."""
        field = commands.integer(self._request, "CommandField") | commands.RESPONSE
        yield commands.response(self._request, field, self._status), None

    def abort(self) -> None:
        """There is nothing to forget."""


def echo(request: Command) -> Answer:
    """Return the answer to C-ECHO (PS3.4 annex A)."""
    return Answer(request, statuses.SUCCESS)
