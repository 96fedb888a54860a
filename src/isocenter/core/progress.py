"""Progress of long work, the same for a terminal, a notebook and the web."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Step:
    """How far a piece of work has come; `total` is None while nobody knows."""

    done: int
    total: int | None = None
    message: str = ""

    @property
    def fraction(self) -> float | None:
        """Between 0 and 1, or None while the total is unknown."""
        return None if not self.total else min(1.0, self.done / self.total)


OnProgress: TypeAlias = Callable[[Step], None]


class Cancelled(Exception):  # noqa: N818 - the work did not fail: somebody stopped it
    """Raised through a progress callback by whoever wants the work to stop."""


def report(on_progress: OnProgress | None, done: int, total: int | None = None, message: str = "") -> None:
    """Tell `on_progress`, if there is one."""
    if on_progress is not None:
        on_progress(Step(done, total, message))


@contextmanager
def progress_bar(title: str, *, enabled: bool = True) -> Iterator[OnProgress]:
    """Yield a callback that draws a bar in a terminal, or a widget in a notebook."""
    from tqdm.auto import tqdm

    with tqdm(desc=title, leave=True, disable=None if enabled else True, dynamic_ncols=True) as bar:

        def draw(step: Step) -> None:
            if step.total is not None and bar.total != step.total:
                bar.reset(total=step.total)
            if step.message:
                bar.set_postfix_str(step.message, refresh=False)
            bar.update(step.done - bar.n)

        yield draw
