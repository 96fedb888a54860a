"""A few threads for work that leaves Python alone (writing): as cheap to hand over as can be."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from isocenter.core.errors import IsocenterError


class Task:
    """A piece of work in the background; `wait` for it."""

    __slots__ = ("_call", "_done", "_failure")

    def __init__(self, call: Callable[..., object], given: tuple[Any, ...]) -> None:
        self._call = (call, given)
        self._failure: BaseException | None = None
        self._done = threading.Lock()
        self._done.acquire()

    def run(self) -> None:
        """Do the work; what goes wrong is kept for who waits."""
        call, given = self._call
        try:
            call(*given)
        except BaseException as error:  # a thread that ended would leave the next task waiting for ever
            self._failure = error
        self._done.release()

    @property
    def is_done(self) -> bool:
        """Whether `wait` would return at once."""
        return not self._done.locked()

    def wait(self) -> None:
        """Return when the work is done; raises what went wrong in it."""
        with self._done:
            if self._failure is not None:
                raise self._failure


class Background:
    """Threads that take tasks in their order."""

    def __init__(self, n_threads: int, name: str) -> None:
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._is_closed = False
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True) for number in range(n_threads)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, call: Callable[..., object], *given: object) -> Task:
        """Have `call(*given)` done; raises `IsocenterError` after `close`."""
        task = Task(call, given)
        with self._gate:
            if self._is_closed:
                raise IsocenterError("The archive is closed.", remedy="Send again when it is open.")
            self._tasks.put(task)
        return task

    def close(self) -> None:
        """Finish what was submitted and end the threads."""
        with self._gate:
            if self._is_closed:
                return
            self._is_closed = True
            for _ in self._threads:
                self._tasks.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            task.run()
