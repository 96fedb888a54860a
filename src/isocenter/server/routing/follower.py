"""Follows what comes into the archive and queues it by the rules: nothing is lost between stored and queued.

The archive only wakes it. What it has seen is noted together with what it has queued, so a crash at any moment leaves
both as they were and the next start goes on from there.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from time import time

from isocenter.archive.archive import Archive
from isocenter.archive.arrivals import Arrival
from isocenter.core.errors import IsocenterError
from isocenter.server.routing import quiet, seen
from isocenter.server.routing.queue import KEPT_S, Order, Queue, put
from isocenter.server.routing.rules import Rule, Subject, read_subject, verdicts

log = logging.getLogger(__name__)

_BATCH = 200
_GATHER_S = 0.1
_AFTER_FAILURE_S = 10.0
_TIDY_S = 86400.0
_DIMSE = "DIMSE "


class Follower:
    """Queues what arrives, by a thread of its own; `on_queued` is called with the destinations that have work."""

    def __init__(
        self, archive: Archive, queue: Queue, rules: Sequence[Rule], on_queued: Callable[[set[str]], None]
    ) -> None:
        self._archive = archive
        self._queue = queue
        self._rules = rules
        self._on_queued = on_queued
        self._wake = threading.Event()
        self._closed = threading.Event()
        self._tidied_at = 0.0
        self._thread = threading.Thread(target=self._work, name="routing", daemon=True)

    def start(self) -> None:
        """Follow from now on; at the first start what is here already is noted as seen."""
        with self._queue.transaction() as connection:
            is_first = seen.position(connection) is None
        if is_first:
            self._pass_over()
        self._thread.start()
        self._wake.set()

    def _pass_over(self) -> None:
        made, last = self._archive.arrivals.made, 0
        while arrivals := self._archive.arrivals.after(last, 10 * _BATCH):
            with self._queue.transaction() as connection:
                seen.add(connection, arrivals)
            last = arrivals[-1].row_id
        with self._queue.transaction() as connection:
            seen.note_made(connection, made)

    def wake(self) -> None:
        """Say that something has come."""
        self._wake.set()

    def close(self) -> None:
        """Queue what has come until now, and stop."""
        self._closed.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(30)

    def catch_up(self) -> None:
        """Queue everything that has come and was not looked at."""
        made = self._archive.arrivals.made
        last = self._begin(made)
        while arrivals := self._archive.arrivals.after(last, _BATCH):
            self._take(arrivals)
            last = arrivals[-1].row_id
        with self._queue.transaction() as connection:
            seen.note_made(connection, made)

    def _begin(self, made: int) -> int:
        """Return after which number to go on: 0 in an index that was made anew."""
        with self._queue.transaction() as connection:
            last, made_before = seen.position(connection) or (0, made)
            if made_before == made:
                return seen.last_that_is_the_same(connection, self._archive.arrivals) if last else 0
            seen.forget_numbers(connection)
            return 0

    def _take(self, arrivals: Sequence[Arrival]) -> None:
        """Queue arrivals that were not seen and note that they were, in one transaction."""
        with self._queue.transaction() as connection:
            new = seen.unseen(connection, arrivals)
        orders = [order for arrival in new for order in self._orders(arrival)]
        now = time()
        with self._queue.transaction() as connection:
            quiet.disturb(connection, {arrival.study_uid for arrival in new}, now)
            destinations = _queued(connection, orders, now)
            seen.add(connection, arrivals)
        if destinations:
            self._on_queued(destinations)

    def _orders(self, arrival: Arrival) -> list[Order]:
        """Return where an instance goes: to each destination once, by the first rule that names it."""
        try:
            subject = self._subject(arrival)
        except IsocenterError as error:
            log.error("instance %s is not routed, it cannot be read: %s", arrival.instance_uid, error.message)
            return []
        found: dict[str, Order] = {}
        for verdict in verdicts(self._rules, subject):
            rule = verdict.rule
            for peer in rule.destinations if verdict.matches else ():
                found.setdefault(
                    str(peer),
                    Order(
                        str(peer),
                        rule.name,
                        arrival.study_uid,
                        arrival.series_uid,
                        arrival.instance_uid,
                        rule.transfer_syntax_uid,
                        rule.commit,
                        rule.quiet_s,
                    ),
                )
        return list(found.values())

    def _subject(self, arrival: Arrival) -> Subject:
        """Return what rules look at, as corrections have it now."""
        (instance,) = self._archive.instances(arrival.study_uid, arrival.series_uid, arrival.instance_uid)
        return read_subject(self._archive.current(instance), self._rules, calling_ae_title(arrival.origin))

    def _release(self) -> float | None:
        """Let go studies that have become quiet; return when the next one will be."""
        with self._queue.transaction() as connection:
            destinations = quiet.release(connection, time())
            next_ready = quiet.next_ready(connection)
        if destinations:
            self._on_queued(destinations)
        return next_ready

    def _work(self) -> None:
        while True:
            self._wake.clear()
            is_last = self._closed.is_set()  # looked at after clearing, so that `close` is never missed
            pause_s = self._round()
            if is_last:
                return
            self._wake.wait(pause_s)
            self._closed.wait(_GATHER_S)  # what comes meanwhile goes into the same transaction

    def _round(self) -> float | None:
        """Do what is to be done; return for how long to sleep unless woken."""
        try:
            self.catch_up()
            next_ready = self._release()
            if time() - self._tidied_at > _TIDY_S:
                self._tidied_at = time()
                self._queue.forget_sent(time() - KEPT_S)
        except Exception as error:  # of the disk, or a mistake of ours: nothing is noted as seen, it is tried again
            why = error.message if isinstance(error, IsocenterError) else type(error).__name__
            log.error("routing could not follow the archive: %s", why)
            return _AFTER_FAILURE_S
        return None if next_ready is None else max(0.0, next_ready - time())


def _queued(connection: sqlite3.Connection, orders: Sequence[Order], now: float) -> set[str]:
    """Queue orders; return the destinations that can send at once."""
    destinations = set()
    for order in orders:
        if put(connection, order, now):
            if order.hold_s:
                quiet.hold(connection, order.study_uid, order.hold_s, now)
            else:
                destinations.add(order.destination)
    return destinations


def calling_ae_title(origin: str) -> str:
    """Return who sent an instance, by what the archive keeps of its origin; empty if it came by no association."""
    return origin.removeprefix(_DIMSE).rpartition(" ")[0] if origin.startswith(_DIMSE) else ""
