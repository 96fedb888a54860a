"""Instance availability notification as user: known nodes hear when a study has come and can be retrieved here.

A study is told of when nothing more has come for a while, or when the step that made it is completed. What is to be
told is kept in a file until the node has heard, so it survives a restart; so does how far arrivals were followed.

Source: DICOM PS3.4 annex R, table R.3.2-1.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import time
from typing import Any

from isocenter.archive.archive import Archive, Instance
from isocenter.core.errors import IsocenterError
from isocenter.dicom.datasets import encode_dataset
from isocenter.dicom.json_reader import JsonDataset
from isocenter.dicom.uids import EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN, is_uid, new_uid
from isocenter.protocols.dimse import commands, statuses
from isocenter.protocols.dimse.performed_step import study_uids
from isocenter.protocols.upper_layer.pdus import ProposedContext
from isocenter.server.dimse.negotiation import AVAILABILITY, PROCEDURE_STEP
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.requestor import association
from isocenter.trust.database import Database

log = logging.getLogger(__name__)

QUIET_S = 60.0
FIRST_RETRY_S, MAX_RETRY_S, GIVE_UP_AFTER_S = 10.0, 3600.0, 7 * 86400.0
_LOOK_EVERY_S = 1.0
_AT_ONCE = 1000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS waiting (
    study_uid TEXT, node TEXT, due REAL NOT NULL, pause_s REAL NOT NULL, since REAL NOT NULL,
    PRIMARY KEY (study_uid, node)
);
CREATE TABLE IF NOT EXISTS followed (made INTEGER NOT NULL, last INTEGER NOT NULL);
"""
_PUT = (
    "INSERT INTO waiting VALUES (?, ?, ?, 0, ?) "
    "ON CONFLICT (study_uid, node) DO UPDATE SET due = excluded.due, pause_s = 0, since = excluded.since"
)


class AvailabilityNotifier:
    """Tells nodes of studies, by a thread of its own.

    Parameters
    ----------
    path
        The file that holds what is still to be told.
    nodes
        Who is told.
    quiet_s
        How long nothing more of a study has come before it is told of.
    """

    def __init__(
        self,
        path: Path,
        archive: Archive,
        nodes: tuple[Peer, ...],
        *,
        own_ae_title: str,
        quiet_s: float = QUIET_S,
        first_retry_s: float = FIRST_RETRY_S,
    ) -> None:
        self._database = Database(path, _SCHEMA)
        self._archive = archive
        self._nodes = {str(node): node for node in nodes}
        self._own_ae_title = own_ae_title
        self._quiet_s = quiet_s
        self._first_retry_s = first_retry_s
        self._heard: dict[str, float] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._followed = self._start_following()
        self._thread = threading.Thread(target=self._work, name="availability", daemon=True)
        self._thread.start()

    def step_final(self, uid: str, step: JsonDataset) -> None:  # noqa: ARG002 - its instances name the step
        """Tell soon of the studies of a step that is completed or discontinued, as far as they have come."""
        with self._lock:
            for study_uid in study_uids(step):
                self._heard[study_uid] = time()

    def close(self) -> None:
        """Stop; what has not been told is told after the next start."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._thread.join(10)
        self._follow()
        self._database.close()

    def _work(self) -> None:
        while not self._closed.wait(min(_LOOK_EVERY_S, self._quiet_s)):
            try:
                self._follow()
                for study_uid, node, pause_s, since in self._due():
                    if self._closed.is_set():
                        return
                    self._attempt(study_uid, node, pause_s, since)
            except Exception as error:  # of the disk: the next look may work
                log.error("availability is not told for now: %s", type(error).__name__)

    def _start_following(self) -> tuple[int, int]:
        """Return where following goes on; the first time, what is there already is not news."""
        with self._database.transaction() as connection:
            row = connection.execute("SELECT made, last FROM followed").fetchone()
            if row is None:
                row = (self._archive.arrivals.made, self._archive.arrivals.last)
                connection.execute("INSERT INTO followed VALUES (?, ?)", row)
        return int(row[0]), int(row[1])

    def _follow(self) -> None:
        """Keep what is to be told of what has come since the last look, with how far was looked."""
        arrivals = self._archive.arrivals
        made, last = arrivals.made, self._followed[1]
        if made != self._followed[0]:  # the index was made anew: numbers are other ones
            last = arrivals.last
        last = min(last, arrivals.last)  # the last ones may have been deleted; their numbers come again
        while True:
            new = arrivals.after(last, _AT_ONCE)
            last = new[-1].row_id if new else last
            self._keep({arrival.study_uid: time() + self._quiet_s for arrival in new}, made, last)
            if len(new) < _AT_ONCE:
                return

    def _keep(self, heard: dict[str, float], made: int, last: int) -> None:
        with self._lock:
            heard, self._heard = heard | self._heard, {}
        if not heard and (made, last) == self._followed:
            return
        with self._database.transaction() as connection:
            rows = [(study, node, due, time()) for study, due in heard.items() for node in self._nodes]
            connection.executemany(_PUT, rows)
            connection.execute("UPDATE followed SET made = ?, last = ?", (made, last))
        self._followed = (made, last)

    def _due(self) -> list[tuple[str, str, float, float]]:
        with self._database.transaction() as connection:
            return connection.execute(
                "SELECT study_uid, node, pause_s, since FROM waiting WHERE due <= ? ORDER BY due", (time(),)
            ).fetchall()

    def _attempt(self, study_uid: str, node: str, pause_s: float, since: float) -> None:
        """Tell one node of one study; if that fails it is tried again later, ever more rarely."""
        if node not in self._nodes:
            self._forget(study_uid, node, since)
            return
        try:
            self._tell(self._nodes[node], study_uid)
        except (IsocenterError, OSError) as error:
            pause_s = min(2 * pause_s or self._first_retry_s, MAX_RETRY_S)
            why = error.message if isinstance(error, IsocenterError) else type(error).__name__
            log.warning("%s was not told of study %s: %s", node, study_uid, why)
            if time() - since > GIVE_UP_AFTER_S:
                log.error("%s will not be told of study %s", node, study_uid)
                self._forget(study_uid, node, since)
                return
            with self._database.transaction() as connection:
                connection.execute(
                    "UPDATE waiting SET due = ?, pause_s = ? WHERE study_uid = ? AND node = ? AND since = ?",
                    (time() + pause_s, pause_s, study_uid, node, since),
                )
            return
        self._forget(study_uid, node, since)

    def _forget(self, study_uid: str, node: str, since: float) -> None:
        """Forget what was told, unless more has come meanwhile."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM waiting WHERE study_uid = ? AND node = ? AND since = ?", (study_uid, node, since)
            )

    def _tell(self, peer: Peer, study_uid: str) -> None:
        told = list(notifications(self._archive, study_uid, self._own_ae_title))
        if not told:
            return
        contexts = (ProposedContext(1, AVAILABILITY, (EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN)),)
        with association(peer, contexts, ae_title=self._own_ae_title) as asked:
            if 1 not in asked.accepted:
                raise IsocenterError("The node takes no instance availability notification.")
            for dataset in told:
                request: dict[str, str | int] = {
                    "AffectedSOPClassUID": AVAILABILITY,
                    "CommandField": commands.N_CREATE_RQ,
                    "AffectedSOPInstanceUID": new_uid(),
                }
                answer, _ = next(asked.ask(1, request, encode_dataset(dataset, asked.accepted[1])))
                status = commands.integer(answer, "Status")
                if not statuses.is_done(status):
                    raise IsocenterError(f"The node refuses the notification: {statuses.meaning(status)}.")


def notifications(archive: Archive, study_uid: str, ae_title: str) -> Iterator[JsonDataset]:
    """Yield what is to be told of a study: once for each performed procedure step that its series name."""
    by_step: dict[str, dict[str, list[Instance]]] = {}
    step_of: dict[str, str] = {}
    for instance in archive.instances(study_uid):
        if instance.series_uid not in step_of:
            step_of[instance.series_uid] = _step(archive.metadata(instance))
        series = by_step.setdefault(step_of[instance.series_uid], {})
        series.setdefault(instance.series_uid, []).append(instance)
    for step_uid, of_series in by_step.items():
        yield _notification(study_uid, step_uid, of_series, ae_title)


def _notification(study_uid: str, step_uid: str, of_series: Mapping[str, list[Instance]], ae_title: str) -> JsonDataset:
    reference = {"00081150": _uid(PROCEDURE_STEP), "00081155": _uid(step_uid), "00404019": {"vr": "SQ"}}
    return {
        "00081111": _sequence([reference] if step_uid else []),
        "00081115": _sequence(
            [
                {
                    "00081199": _sequence([_reference(instance, ae_title) for instance in instances]),
                    "0020000E": _uid(series_uid),
                }
                for series_uid, instances in of_series.items()
            ]
        ),
        "0020000D": _uid(study_uid),
    }


def _reference(instance: Instance, ae_title: str) -> JsonDataset:
    return {
        "00080054": {"vr": "AE", "Value": [ae_title]},
        "00080056": {"vr": "CS", "Value": ["ONLINE"]},
        "00081150": _uid(instance.sop_class_uid),
        "00081155": _uid(instance.instance_uid),
    }


def _step(metadata: JsonDataset) -> str:
    """Return the performed procedure step that an instance says it is of, empty if it says none."""
    for item in metadata.get("00081111", {}).get("Value") or ():
        uid = str((item.get("00081155", {}).get("Value") or [""])[0])
        if is_uid(uid):
            return uid
    return ""


def _uid(uid: str) -> dict[str, Any]:
    return {"vr": "UI", "Value": [uid]}


def _sequence(found: list[JsonDataset]) -> dict[str, Any]:
    return {"vr": "SQ", "Value": found} if found else {"vr": "SQ"}
