"""Work that people watch, stop and look at."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from isocenter.core.errors import ConflictError, DataError, NotFoundError
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.core.progress import OnProgress, Step
from isocenter.server.reconstruction.jobs import ENDED, MAX_WAITING, Job, Jobs

IMAGE = Image(np.zeros((2, 2)), Grid((2, 2), (1.0, 1.0)), "CT number", "[hnsf'U]")


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs()
    yield made
    made.close()


def finish(jobs: Jobs, job: Job) -> Job:
    seen = -1
    while job.state not in ENDED:
        seen = jobs.wait_for_change(job, seen, 10.0)
    return job


def test_work_reports_its_steps_and_leaves_its_image(jobs: Jobs) -> None:
    def work(on_progress: OnProgress) -> Image:
        on_progress(Step(1, 2, "half"))
        return IMAGE

    job = finish(jobs, jobs.submit("ada", work))
    assert job.state == "done"
    assert job.image is IMAGE
    assert job.step == Step(1, 2, "half")


def test_an_error_becomes_a_problem_that_names_its_field(jobs: Jobs) -> None:
    def work(_: OnProgress) -> Image:
        raise DataError("Lines are missing.", field="ky", found=3, expected=4)

    job = finish(jobs, jobs.submit("ada", work))
    assert job.state == "failed"
    assert job.error is not None
    assert (job.error["detail"], job.error["field"], job.error["status"]) == ("Lines are missing.", "ky", 422)


def test_a_fault_says_nothing_of_its_inside_and_the_next_job_runs(jobs: Jobs) -> None:
    def work(_: OnProgress) -> Image:
        raise RuntimeError("secret")

    job = finish(jobs, jobs.submit("ada", work))
    assert job.state == "failed"
    assert "secret" not in str(job.error)
    assert finish(jobs, jobs.submit("ada", lambda _: IMAGE)).state == "done"


def test_a_job_stops_when_asked(jobs: Jobs) -> None:
    started, go_on = threading.Event(), threading.Event()

    def work(on_progress: OnProgress) -> Image:
        started.set()
        go_on.wait(120)
        on_progress(Step(1, 2))
        return IMAGE

    job = jobs.submit("ada", work)
    assert started.wait(120)
    jobs.cancel(job.job_id, "ada")
    go_on.set()
    assert finish(jobs, job).state == "cancelled"
    assert job.image is None


def test_nobody_sees_somebody_elses_job(jobs: Jobs) -> None:
    job = jobs.submit("ada", lambda _: IMAGE)
    with pytest.raises(NotFoundError):
        jobs.get(job.job_id, "eve")
    with pytest.raises(NotFoundError):
        jobs.get("unknown", "ada")


def test_too_many_waiting_jobs_are_refused(jobs: Jobs) -> None:
    hold = threading.Event()

    def work(_: OnProgress) -> Image:
        hold.wait(120)
        return IMAGE

    held = [jobs.submit("ada", work) for _ in range(MAX_WAITING)]
    with pytest.raises(ConflictError, match="waiting"):
        jobs.submit("ada", work)
    hold.set()
    assert finish(jobs, held[-1]).state == "done"
