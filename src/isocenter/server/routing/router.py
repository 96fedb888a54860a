"""Routing as a running department has it: one follower of the archive, one courier for every destination."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from isocenter.archive.archive import Archive
from isocenter.server.dimse.events import OnEvent
from isocenter.server.routing.courier import Courier, Terms
from isocenter.server.routing.follower import Follower
from isocenter.server.routing.queue import Queue
from isocenter.server.routing.rules import Rule

_STOP_S = 10.0
NO_RULE = "No rule names this destination any more."


class Router:
    """Sends what arrives in an archive where the rules say; `outbox` is the file that keeps what is still to go.

    At the first start what is in the archive already stays where it is. From then on every new instance is looked at
    once, also those that came while no router ran.
    """

    def __init__(self, archive: Archive, outbox: Path, rules: Sequence[Rule], terms: Terms, tell: OnEvent) -> None:
        self._archive = archive
        self._queue = Queue(outbox)
        peers = {str(peer): peer for rule in rules for peer in rule.destinations}
        self._couriers = {name: Courier(peer, archive, self._queue, terms, tell) for name, peer in peers.items()}
        self._follower = Follower(archive, self._queue, rules, self._on_queued)

    def start(self) -> None:
        """Begin with what was left over."""
        self._queue.abandon(self._couriers, NO_RULE)
        for courier in self._couriers.values():
            courier.start()
        self._archive.arrivals.observers += (self._follower.wake,)
        self._follower.start()

    def close(self) -> None:
        """Queue what has come, stop sending and close the file; what is not sent is sent after the next start."""
        observers = self._archive.arrivals.observers
        self._archive.arrivals.observers = tuple(each for each in observers if each != self._follower.wake)
        deadline = monotonic() + _STOP_S
        for courier in self._couriers.values():
            courier.ask_to_stop()
        self._follower.close()
        for courier in self._couriers.values():
            courier.join(max(0.0, deadline - monotonic()))
        self._queue.close()

    def _on_queued(self, destinations: set[str]) -> None:
        for name in destinations:
            self._couriers[name].wake()
