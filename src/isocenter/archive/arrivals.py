"""What has come into the archive, in the order of its commits, for those who do something with every new instance.

Rows of instances are numbered as they are committed: a new one has a larger number than every other that is there then.
Two things make numbers mean another instance than before: the last ones may be deleted and their numbers taken again,
and an index that is made anew numbers all of them anew (then `made` is another). UIDs stay.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from isocenter.archive import registration
from isocenter.archive.index import Index

log = logging.getLogger(__name__)

MADE = "made_at_ns"
_ARRIVALS = (
    'SELECT instance.id, study."StudyInstanceUID", series."SeriesInstanceUID", instance."SOPInstanceUID", '
    "instance.origin FROM instance "
    "JOIN series ON instance.series_id = series.id JOIN study ON series.study_id = study.id "
)


@dataclass(frozen=True)
class Arrival:
    """An instance by its number, its UIDs as they are now, and who sent it."""

    row_id: int
    study_uid: str
    series_uid: str
    instance_uid: str
    origin: str


class Arrivals:
    """The instances of one archive by number; `observers` are called when a new one is durable and findable."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self.observers: tuple[Callable[[], None], ...] = ()

    def tell(self) -> None:
        """Call the observers; what goes wrong in one is not the sender's concern."""
        for observer in self.observers:
            try:
                observer()
            except Exception as error:  # the instance is stored, whatever an observer makes of it
                log.error("an observer of the archive failed: %s", type(error).__name__)

    @property
    def made(self) -> int:
        """When the index was last made anew, in nanoseconds; 0 if that was not noted."""
        with self._index.reading() as connection:
            return registration.noted(connection, MADE)

    @property
    def last(self) -> int:
        """The number of the last instance, 0 if there is none."""
        with self._index.reading() as connection:
            row = connection.execute("SELECT max(id) FROM instance").fetchone()
        return int(row[0] or 0)

    def after(self, row_id: int, limit: int) -> list[Arrival]:
        """Return up to `limit` instances that came after the one with this number, in their order."""
        return self._rows("WHERE instance.id > ? ORDER BY instance.id LIMIT ?", row_id, limit)

    def named(self, instance_uid: str) -> Arrival | None:
        """Return the instance with this SOP Instance UID, if there is one."""
        return next(iter(self._rows('WHERE instance."SOPInstanceUID" = ?', instance_uid)), None)

    def uids(self, row_ids: Sequence[int]) -> dict[int, str]:
        """Return the SOP Instance UIDs of those of these numbers that are there."""
        text = f'SELECT id, "SOPInstanceUID" FROM instance WHERE id IN ({", ".join("?" * len(row_ids))})'  # noqa: S608
        with self._index.reading() as connection:
            return dict(connection.execute(text, row_ids).fetchall())

    def _rows(self, condition: str, *parameters: Any) -> list[Arrival]:
        with self._index.reading() as connection:
            return [Arrival(*row) for row in connection.execute(_ARRIVALS + condition, parameters).fetchall()]
