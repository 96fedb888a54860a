"""Where instances are rejected, restored, held and deleted: log, index and bytes always agree.

What is rejected leaves every answer but stays on the disk. What is deleted is gone: its bytes are given back after the
log and the index no longer know them, and a crash in between is made good at the next start.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from isocenter.archive import rejections, removed_rows
from isocenter.archive.changes import Change, ChangeLog
from isocenter.archive.corrections import require_reason
from isocenter.archive.corrections_desk import NOTED, Corrections
from isocenter.archive.entry import Entry, read_entry
from isocenter.archive.index import Index
from isocenter.archive.object_writer import Place
from isocenter.archive.registration import State, note
from isocenter.archive.rejections import ACCEPT, DELETE, HOLD, REJECT, RELEASE, RESTORE, Hold, Rejection
from isocenter.archive.retention import FILE, Policy, parse_policy, read_policy
from isocenter.archive.store import ObjectStore
from isocenter.core.errors import ConflictError, IsocenterError, NotFoundError
from isocenter.dicom.rejection_note import read_rejection_note

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Expired:
    """A study that no rule and no hold keeps any longer."""

    study_uid: str
    ended: date
    n_instances: int


class Removals:
    """Rejections, holds and deletions of one archive in `root`."""

    def __init__(self, root: Path, index: Index, log: ChangeLog, store: ObjectStore, corrections: Corrections) -> None:
        self._root = root
        self._index = index
        self._log = log
        self._store = store
        self._corrections = corrections
        self._in_force = rejections.in_force(log.changes)
        self._policy = read_policy(root / FILE)

    @property
    def rejections(self) -> tuple[Rejection, ...]:
        """What is rejected now, the oldest first."""
        return tuple(self._in_force.rejections.values())

    @property
    def holds(self) -> tuple[Hold, ...]:
        """What is held now, the oldest first."""
        return tuple(self._in_force.holds.values())

    @property
    def policy(self) -> Policy | None:
        """How long things are to be kept; None if nobody has said so."""
        return self._policy

    def set_policy(self, text: bytes, name: str) -> Policy:
        """Keep a retention policy with the archive; raises `OptionError` for one that is wrong, and keeps the old."""
        policy = parse_policy(text, name)
        part = self._root / f"{FILE}.part"
        part.write_bytes(text)
        part.replace(self._root / FILE)
        self._policy = policy
        return policy

    def uids(self, study_uid: str, series_uid: str | None = None, instance_uid: str | None = None) -> list[str]:
        """Return the SOP Instance UIDs here of a study, of a series, or the one named, rejected or not."""
        with self._index.reading() as connection:
            return removed_rows.uids(connection, study_uid, series_uid, instance_uid)

    def reject(
        self, who: str, instance_uids: Collection[str], code: str, *, reason: str = "", note_uid: str = ""
    ) -> Change:
        """Let instances leave every answer, until `restore`; also such as still are to come.

        Parameters
        ----------
        code
            One of `rejections.CODES`.
        note_uid
            The rejection note that asks for it.

        Raises
        ------
        OptionError
            For another code, or a reason that is none.
        """
        value = rejections.require_code(code)
        uids, stated = rejections.require_instances(instance_uids), reason or rejections.CODES[value]
        require_reason(stated)
        arguments = {"instances": uids, "code": value, "reason": stated, "note": note_uid}
        return self._index.change(lambda connection: self._change(connection, who, REJECT, arguments))

    def restore(self, who: str, sequence: int, *, reason: str) -> Change:
        """Take a rejection back; raises `NotFoundError` if it is not in force."""
        require_reason(reason)
        if sequence not in self._in_force.rejections:
            raise NotFoundError("There is no such rejection in force.", field="sequence", found=sequence)
        arguments = {"sequence": sequence, "reason": reason}
        return self._index.change(lambda connection: self._change(connection, who, RESTORE, arguments))

    def hold(self, who: str, match: Mapping[str, Iterable[str]], *, reason: str) -> Change:
        """Let nothing be deleted that matches, here or still to come: by `rejections.HELD_BY`."""
        require_reason(reason)
        arguments = {"match": rejections.require_match(match), "reason": reason}
        return self._index.change(lambda connection: self._change(connection, who, HOLD, arguments))

    def release(self, who: str, sequence: int, *, reason: str) -> Change:
        """End a hold; raises `NotFoundError` if it is not in force."""
        require_reason(reason)
        if sequence not in self._in_force.holds:
            raise NotFoundError("There is no such hold in force.", field="sequence", found=sequence)
        arguments = {"sequence": sequence, "reason": reason}
        return self._index.change(lambda connection: self._change(connection, who, RELEASE, arguments))

    def accept(self, who: str, sha256: str, *, reason: str) -> Change:
        """Let bytes that came under a UID already taken be the ones seen; those seen so far are kept beside them."""
        require_reason(reason)
        with self._index.reading() as connection:
            uid = removed_rows.conflicting_uid(connection, sha256)
        arguments = {"instance": uid, "sha256": sha256, "reason": reason}
        return self._index.change(lambda connection: self._change(connection, who, ACCEPT, arguments))

    def delete(
        self, who: str, instance_uids: Collection[str], *, reason: str, despite_retention: bool = False
    ) -> Change:
        """Delete every byte that is here under these SOP Instance UIDs.

        Raises
        ------
        ConflictError
            If something of it is held, or has to be kept for longer; the latter not with `despite_retention`.
        NotFoundError
            If nothing of it is here.
        """
        require_reason(reason)
        uids = rejections.require_instances(instance_uids)
        arguments = {"reason": reason, "despite_retention": despite_retention}

        def change(connection: sqlite3.Connection) -> tuple[Change, list[Place]]:
            found = removed_rows.objects(connection, uids)
            if not found:
                raise NotFoundError("There is no such instance here.", field="UID", found=uids[0][:64])
            for each in found:
                self._require_free(each.place, each.uid, is_kept=not despite_retention)
            sums: dict[str, list[str]] = {}
            for each in found:
                sums.setdefault(each.uid, []).append(each.sha256)
            done = self._change(connection, who, DELETE, {**arguments, "instances": sums})
            return done, [each.place for each in found]

        done, places = self._index.change(change)
        self._give_back(places)
        return done

    def expired(self, today: date | None = None) -> list[Expired]:
        """Return the studies that may be deleted by the policy: all their instances are past it and none is held."""
        policy = self._policy
        if policy is None:
            raise NotFoundError(
                "There is no retention policy.", remedy="Set one: isocenter archive retention POLICY.toml."
            )
        today = today or datetime.now(UTC).date()
        with self._index.reading() as connection:
            dated = removed_rows.dated_studies(connection)
        listed = []
        for study_uid, series in dated.items():
            ends = [policy.ends(values) for values in series]
            if any(end is None or end > today for end in ends) or self._is_held(study_uid):
                continue
            last = max(end for end in ends if end is not None)
            listed.append(Expired(study_uid, last, sum(int(str(values["n_instances"])) for values in series)))
        return listed

    def _is_held(self, study_uid: str) -> bool:
        if not self._in_force.holds:
            return False
        with self._index.reading() as connection:
            found = removed_rows.objects(connection, removed_rows.uids(connection, study_uid))
        return any(self._held_by(each.place) for each in found)

    def enter(self, connection: sqlite3.Connection, entry: Entry, sha256: str, place: Place, origin: str) -> State:
        """Enter an instance in the index: seen, with its corrections, or rejected before it came."""
        uid = entry.uid("SOPInstanceUID")
        if uid in self._in_force.hidden:
            return removed_rows.register(connection, entry, sha256, place, origin)
        state = self._corrections.enter(connection, entry, sha256, place, origin)
        if state == "conflict" and self._in_force.accepted.get(uid) == sha256:
            self._show(connection, uid, sha256)
        return state

    def act_on_note(self, file: memoryview, entry: Entry, origin: str) -> None:
        """Do what a rejection note says, once; one that says nothing sensible is kept and logged."""
        uid = entry.uid("SOPInstanceUID")
        if uid in self._in_force.notes:
            return
        try:
            found = read_rejection_note(file, frozenset(rejections.CODES))
            if found is None:
                return
            # Only images rejected for quality may still be shown together with their note (IHE RAD TF-2 4.66.4.1.3).
            own = () if found.code == "113001" else (uid,)
            self.reject(f"note from {origin}", (*found.instance_uids, *own), found.code, note_uid=uid)
        except IsocenterError as error:
            log.warning("rejection note %s is kept, but nothing was rejected: %s", uid, error.message)

    def was_deleted(self, sha256: str, received_ns: int) -> bool:
        """Return whether an object that was received then has been deleted since."""
        return self._in_force.was_deleted(sha256, received_ns)

    def finish(self) -> None:
        """Give back what a crash left between the index and the disk."""
        with self._index.reading() as connection:
            places = removed_rows.doomed(connection)
        if places:
            self._give_back(places)

    def _give_back(self, places: list[Place]) -> None:
        for place in places:
            with suppress(FileNotFoundError):
                self._store.remove(place)
        self._index.change(lambda connection: removed_rows.forget_doomed(connection, places))

    def _require_free(self, place: Place, uid: str, *, is_kept: bool) -> None:
        held = self._held_by(place)
        if held is not None:
            raise ConflictError(
                "This is held and cannot be deleted.",
                field="hold",
                found=f"hold {held.sequence} by {held.who}",
                expected="no hold",
                remedy="Release the hold first.",
            )
        if is_kept and self._policy is not None:
            self._require_past(self._policy, place, uid)

    def _require_past(self, policy: Policy, place: Place, uid: str) -> None:
        end = policy.ends(self._values(place)[1])
        rejection = self._in_force.rejections.get(self._in_force.hidden.get(uid, 0))
        shortened = None if rejection is None else policy.rejection_ends(rejection.at)
        if shortened is not None:
            end = shortened if end is None else min(end, shortened)
        if end is None or end > datetime.now(UTC).date():
            raise ConflictError(
                "This has to be kept for longer.",
                field="retention",
                found=f"until {end}" if end else "a study without a date",
                expected="a study whose time is over",
                remedy="Wait, or state that it is to be deleted despite the retention policy.",
            )

    def _held_by(self, place: Place) -> Hold | None:
        """Return the hold on an object, by what it said when it came or says now; None if there is none."""
        if not self._in_force.holds:
            return None
        both = self._values(place)
        return next((hold for hold in self._in_force.holds.values() if any(map(hold.fits, both))), None)

    def _values(self, place: Place) -> tuple[Mapping[str, str | int | None], Mapping[str, str | int | None]]:
        try:
            entry = read_entry(self._store.view(place))
        except NotFoundError:
            return {}, {}  # its bytes are gone: there is nothing left to keep
        return entry.values, self._corrections.now(entry).values

    def _change(self, connection: sqlite3.Connection, who: str, kind: str, arguments: Mapping[str, Any]) -> Change:
        """Write a change to the log and into the rows, both or neither."""
        planned = Change(len(self._log.changes) + 1, datetime.now(UTC).isoformat(), who, kind, arguments)
        before = set(self._in_force.hidden)
        after = rejections.in_force((*self._log.changes, planned))
        connection.execute("PRAGMA defer_foreign_keys = ON")
        self._hide(connection, set(after.hidden) - before)
        for uid, sha256, place, origin in removed_rows.take_rejected(connection, before - set(after.hidden)):
            entry = read_entry(self._store.view(place))
            self._corrections.enter(connection, entry, sha256, place, origin)
            log.debug("instance %s is restored", uid)
        if kind == DELETE:
            found = removed_rows.objects(connection, list(arguments["instances"]))
            self._corrections.rewrite(connection, removed_rows.delete(connection, found))
        if kind == ACCEPT:
            self._show(connection, arguments["instance"], arguments["sha256"])
        change = self._log.append(who, kind, arguments)
        note(connection, NOTED, change.sequence)
        self._in_force = rejections.in_force(self._log.changes)
        return change

    def _hide(self, connection: sqlite3.Connection, uids: set[str]) -> None:
        self._corrections.rewrite(connection, removed_rows.hide(connection, sorted(uids)))

    def _show(self, connection: sqlite3.Connection, uid: str, sha256: str) -> None:
        """Let one of two objects under a UID be the one that is seen."""
        connection.execute("PRAGMA defer_foreign_keys = ON")
        studies, shown, origin = removed_rows.exchange(connection, uid, sha256)
        self._corrections.rewrite(connection, studies)
        entry = read_entry(self._store.view(shown))
        self._corrections.enter(connection, entry, sha256, shown, origin)
