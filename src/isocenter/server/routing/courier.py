"""One destination's thread: sends what waits for it, asks for commitment, and tries again what failed."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from time import time

from isocenter.archive.archive import Archive
from isocenter.core.errors import IsocenterError, NotSupportedError, ProtocolError
from isocenter.dicom.references import Reference
from isocenter.server.dimse.commitment import CLASS_CONFLICT, NO_SUCH_INSTANCE
from isocenter.server.dimse.events import DimseEvent, OnEvent
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.scu_commitment import RESULT_TIMEOUT_S, request_commitment
from isocenter.server.routing.backoff import Backoff
from isocenter.server.routing.queue import Job, Queue, Trouble
from isocenter.server.routing.sending import Outcome, instance_of, send_batch

log = logging.getLogger(__name__)

_BATCH = 100
_COMMIT_BATCH = 500
_LOOK_S = 10.0  # a command may have changed the queue
_GONE = "The destination took it and has it no more."
_UNREPORTED = (
    "It was sent. The destination took the request for commitment, but did not report on the same association."
)


@dataclass(frozen=True)
class Terms:
    """How couriers work: under which AE title, how they try again and how long they wait for commitment."""

    ae_title: str
    backoff: Backoff = field(default_factory=Backoff)
    commitment_timeout_s: float = RESULT_TIMEOUT_S


class Courier:
    """The thread of one destination."""

    def __init__(self, peer: Peer, archive: Archive, queue: Queue, terms: Terms, tell: OnEvent) -> None:
        self._peer = peer
        self._name = str(peer)
        self._archive = archive
        self._queue = queue
        self._terms = terms
        self._tell = tell
        self._wake = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"routing to {peer.ae_title}", daemon=True)

    def start(self) -> None:
        """Begin; a destination that could not be spoken to before is tried at once."""
        self._queue.note_trouble(self._name, None)
        self._thread.start()

    def wake(self) -> None:
        """Say that something waits."""
        self._wake.set()

    def ask_to_stop(self) -> None:
        """Have it stop after the instance it is sending."""
        self._closed.set()
        self._wake.set()

    def join(self, timeout_s: float) -> None:
        """Wait until it has stopped."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def _work(self) -> None:
        while not self._closed.is_set():
            self._wake.clear()
            try:
                pause_s = self._round()
            except Exception as error:  # of the disk, or a mistake of ours: the queue is as it was
                log.error("routing to %s failed: %s", self._name, type(error).__name__)
                pause_s = self._terms.backoff.first_s
            if not self._closed.is_set():
                self._wake.wait(pause_s)

    def _round(self) -> float:
        """Do one batch; return how long to wait for the next."""
        now = time()
        trouble = self._queue.trouble(self._name)
        if trouble.due_at > now:
            return min(trouble.due_at - now, _LOOK_S)
        if jobs := self._queue.due(self._name, "waiting", now, _BATCH):
            self._deliver(jobs, trouble)
            return 0.0
        if jobs := self._queue.due(self._name, "uncommitted", now, _COMMIT_BATCH):
            self._commit(jobs)
            return 0.0
        next_due = self._queue.next_due(self._name)
        return _LOOK_S if next_due is None else min(max(0.0, next_due - now), _LOOK_S)

    def _deliver(self, jobs: list[Job], trouble: Trouble) -> None:
        """Send a batch over one association and note what became of every instance."""
        outcomes: list[Outcome] = []
        sending = send_batch(
            self._archive, self._peer, jobs, ae_title=self._terms.ae_title, is_cancelled=self._closed.is_set
        )
        try:
            outcomes.extend(sending)
        except ProtocolError as error:
            self._note_trouble(trouble, error, has_progress=any(each.kind == "sent" for each in outcomes))
        else:
            if trouble.n_failures:
                self._queue.note_trouble(self._name, None)
        finally:
            self._record(outcomes)

    def _record(self, outcomes: list[Outcome]) -> None:
        sent = [each.job for each in outcomes if each.kind == "sent"]
        refused = [(each.job, each.reason) for each in outcomes if each.kind == "refused"]
        self._queue.sent(sent, time())
        self._queue.fail(refused)
        self._postpone([(each.job, each.reason) for each in outcomes if each.kind == "postponed"])
        for job, reason in refused:
            log.warning("instance %s was not sent to %s: %s", job.instance_uid, self._name, reason)
        if outcomes:
            studies = tuple(sorted({job.study_uid for job in sent}))
            n_failed = len(outcomes) - len(sent)
            self._tell(DimseEvent("route", self._terms.ae_title, self._name, len(sent), n_failed, studies))

    def _note_trouble(self, trouble: Trouble, error: ProtocolError, *, has_progress: bool) -> None:
        """Leave the destination alone for a while; give up what has waited too long."""
        now, backoff = time(), self._terms.backoff
        n_failures = 1 if has_progress else trouble.n_failures + 1
        since = now if has_progress or not trouble.n_failures else trouble.failing_since
        reason = f"{error.message} {error.found or ''}".strip()
        self._queue.note_trouble(self._name, Trouble(n_failures, since, now + backoff.pause_s(n_failures), reason))
        log.warning("routing to %s waits %g s: %s", self._name, backoff.pause_s(n_failures), reason)
        if now - since > backoff.give_up_s:
            n_jobs = self._queue.give_up(self._name, now - backoff.give_up_s, reason)
            log.error("routing to %s gave up %d instances: %s", self._name, n_jobs, reason)

    def _postpone(self, jobs: list[tuple[Job, str]], *, again: bool = False) -> None:
        """Have jobs tried again later, ever more rarely, or give them up."""
        now, backoff = time(), self._terms.backoff
        is_over = [job.n_failures > 0 and now - job.failing_since > backoff.give_up_s for job, _ in jobs]
        self._queue.fail([each for each, over in zip(jobs, is_over, strict=True) if over])
        later = [each for each, over in zip(jobs, is_over, strict=True) if not over]
        due = [(job, reason, now + backoff.pause_s(job.n_failures + 1)) for job, reason in later]
        self._queue.postpone(due, now, again=again)

    def _commit(self, jobs: list[Job]) -> None:
        """Ask whether what was sent is safe at the destination, and note what it says of every instance."""
        asked: dict[Reference, Job] = {}
        for job in jobs:
            try:
                instance = instance_of(self._archive, job.instance_uid)
            except IsocenterError as error:
                self._queue.fail([(job, error.message)])
            else:
                asked[Reference(instance.sop_class_uid, instance.instance_uid)] = job
        if not asked:
            return
        terms = self._terms
        try:
            told = request_commitment(
                self._peer, tuple(asked), ae_title=terms.ae_title, timeout_s=terms.commitment_timeout_s
            )
        except NotSupportedError as error:
            self._queue.fail([(job, f"It was sent. {error.message}") for job in asked.values()])
        except ProtocolError as error:
            self._postpone([(job, f"It was sent. {error.message}") for job in asked.values()])
        else:
            if told is None:
                self._postpone([(job, _UNREPORTED) for job in asked.values()])
            else:
                self._take_result(list(zip(told, asked.values(), strict=True)))

    def _take_result(self, told: list[tuple[Reference, Job]]) -> None:
        self._queue.committed([job for each, job in told if not each.failure_reason])
        again, later, failed = [], [], []
        for each, job in told:
            reason = f"The destination does not say that it is safe: reason {each.failure_reason:04X}H."
            if each.failure_reason == NO_SUCH_INSTANCE:
                again.append((job, _GONE))
            elif each.failure_reason == CLASS_CONFLICT:
                failed.append((job, reason))
            elif each.failure_reason:
                later.append((job, reason))
        self._postpone(again, again=True)
        self._postpone(later)
        self._queue.fail(failed)
