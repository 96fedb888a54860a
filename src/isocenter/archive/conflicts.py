"""Other bytes under a SOP Instance UID that is taken: kept, listed, and never seen until somebody decides."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from isocenter.archive.index_file import reading_index

_LISTED = (
    "SELECT conflict.sop_instance_uid, conflict.sha256, conflict.origin, conflict.size_bytes, "
    "coalesce(instance.sha256, rejected.sha256, ''), coalesce(instance.origin, rejected.origin, ''), "
    "coalesce(study.\"StudyInstanceUID\", rejected.study_uid, '') FROM conflict "
    'LEFT JOIN instance ON instance."SOPInstanceUID" = conflict.sop_instance_uid '
    "LEFT JOIN series ON series.id = instance.series_id LEFT JOIN study ON study.id = series.study_id "
    "LEFT JOIN rejected ON rejected.sop_instance_uid = conflict.sop_instance_uid ORDER BY conflict.id"
)


@dataclass(frozen=True)
class Conflict:
    """Bytes that came second under a UID: what they are, who sent them, and what is seen instead of them."""

    sop_instance_uid: str
    sha256: str
    origin: str
    size_bytes: int
    seen_sha256: str
    seen_origin: str
    study_uid: str

    def sentence(self) -> str:
        """Return it in words, without a value of the data set."""
        seen = f"seen is {self.seen_sha256[:12]} from {self.seen_origin}"
        return f"{self.sop_instance_uid}  {self.sha256}  from {self.origin}; {seen}"


def listed(connection: sqlite3.Connection) -> list[Conflict]:
    """Return what is in conflict, the oldest first."""
    return [Conflict(*row) for row in connection.execute(_LISTED)]


def conflicts_in(root: Path) -> list[Conflict]:
    """Return what is in conflict in the archive in `root`, whoever has it open; raises as `reading_index`."""
    with reading_index(root) as connection:
        return listed(connection)
