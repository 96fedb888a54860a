"""Reconstructions that run one after the other, with progress, cancelling and a result to look at."""

from __future__ import annotations

import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Condition, Event
from time import monotonic
from typing import Literal

from isocenter.core.errors import ConflictError, IsocenterError, NotFoundError
from isocenter.core.image import Image
from isocenter.core.progress import Cancelled, OnProgress, Step
from isocenter.server.problems import document

log = logging.getLogger(__name__)

State = Literal["queued", "running", "done", "failed", "cancelled"]
Work = Callable[[OnProgress], Image]
ENDED: frozenset[State] = frozenset({"done", "failed", "cancelled"})
MAX_KEPT = 16
MAX_WAITING = 32


@dataclass
class Job:
    """One piece of work; `owner` is the user who may see it."""

    job_id: str
    owner: str
    state: State = "queued"
    step: Step = field(default_factory=lambda: Step(0))
    image: Image | None = None
    error: dict[str, object] | None = None
    started: float = field(default_factory=monotonic)
    ended: float | None = None
    version: int = 0
    stop: Event = field(default_factory=Event)

    @property
    def elapsed_s(self) -> float:
        """Seconds since the job was given, or until it ended."""
        return (self.ended or monotonic()) - self.started


class Jobs:
    """One worker thread (the kernels use every core by themselves) and the last results."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._changed = Condition()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reconstruction")

    def submit(self, owner: str, work: Work) -> Job:
        """Queue `work`, which is given a progress callback; raises `ConflictError` if too many wait."""
        job = Job(secrets.token_hex(16), owner)
        with self._changed:
            if sum(other.state not in ENDED for other in self._jobs.values()) >= MAX_WAITING:
                raise ConflictError(
                    "Too many reconstructions are waiting.", expected=f"at most {MAX_WAITING}", remedy="Try later."
                )
            self._jobs[job.job_id] = job
            ended = [key for key, other in self._jobs.items() if other.state in ENDED]
            for key in ended[: max(0, len(self._jobs) - MAX_KEPT)]:
                del self._jobs[key]
        self._worker.submit(self._run, job, work)
        return job

    def get(self, job_id: str, owner: str) -> Job:
        """Return a job of `owner`; raises `NotFoundError`, for somebody else's job too."""
        job = self._jobs.get(job_id)
        if job is None or job.owner != owner:
            raise NotFoundError(
                "There is no such reconstruction.", field="job_id", found=job_id[:64], remedy="Start it again."
            )
        return job

    def cancel(self, job_id: str, owner: str) -> None:
        """Ask a job to stop; it does at its next step."""
        self.get(job_id, owner).stop.set()

    def wait_for_change(self, job: Job, seen_version: int, timeout_s: float) -> int:
        """Return the job's version as soon as it is newer than `seen_version`, or after `timeout_s`."""
        with self._changed:
            self._changed.wait_for(lambda: job.version > seen_version, timeout_s)
            return job.version

    def close(self) -> None:
        """Stop what runs, forget what waits."""
        for job in list(self._jobs.values()):
            job.stop.set()
        self._worker.shutdown(cancel_futures=True)

    def _run(self, job: Job, work: Work) -> None:
        def on_progress(step: Step) -> None:
            if job.stop.is_set():
                raise Cancelled
            self._update(job, step=step)

        try:
            on_progress(Step(0, None, "starting"))
            self._update(job, state="running")
            image = work(on_progress)
            self._update(job, image=image, ended=monotonic(), state="done")
        except Cancelled:
            self._update(job, state="cancelled", ended=monotonic())
        except IsocenterError as error:
            self._update(job, error=document(error), ended=monotonic(), state="failed")
        except Exception:
            number = secrets.token_hex(4)
            log.exception("incident %s in a reconstruction", number)
            detail = f"This is a fault of the server. Its log tells more under incident {number}."
            error_document: dict[str, object] = {"title": "Something went wrong", "status": 500, "detail": detail}
            self._update(job, error=error_document, ended=monotonic(), state="failed")

    def _update(self, job: Job, **changes: object) -> None:
        with self._changed:
            for name, value in changes.items():
                setattr(job, name, value)
            job.version += 1
            self._changed.notify_all()
