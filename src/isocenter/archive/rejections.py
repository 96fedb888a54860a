"""What is rejected, held and deleted: a fold over the log of changes.

Source: IHE RAD TF-2 4.66 (Imaging Object Change Management), DICOM PS3.16 CID 7011 (rejection reasons).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from isocenter.archive.changes import Change
from isocenter.core.errors import NotFoundError, OptionError

REJECT, RESTORE, DELETE, HOLD, RELEASE, ACCEPT = "reject", "restore", "delete", "hold", "release", "accept"
CODES: Mapping[str, str] = {
    "113001": "Rejected for Quality Reasons",
    "113037": "Rejected for Patient Safety Reasons",
    "113038": "Incorrect Modality Worklist Entry",
    "113039": "Data Retention Policy Expired",
}
HELD_BY = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
MAX_INSTANCES = 100_000


@dataclass(frozen=True)
class Rejection:
    """Instances that nobody is to see any more, and why; `note_uid` names the object that asked for it, if one did."""

    sequence: int
    at: str
    who: str
    code: str
    reason: str
    instance_uids: frozenset[str]
    note_uid: str = ""


@dataclass(frozen=True)
class Hold:
    """What must not be deleted, whatever its age: legal hold."""

    sequence: int
    at: str
    who: str
    reason: str
    match: Mapping[str, frozenset[str]]

    def fits(self, values: Mapping[str, str | int | None]) -> bool:
        """Return whether an instance with these values is held."""
        return all(str(values.get(keyword) or "") in wanted for keyword, wanted in self.match.items())


@dataclass
class InForce:
    """What the changes taken so far have come to."""

    rejections: dict[int, Rejection] = field(default_factory=dict)
    holds: dict[int, Hold] = field(default_factory=dict)
    accepted: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, int] = field(default_factory=dict)
    notes: set[str] = field(default_factory=set)
    _deleted_ns: dict[str, int] = field(default_factory=dict)

    def take(self, change: Change) -> None:
        """Go on by one change; kinds that belong to others change nothing."""
        match change.kind:
            case "reject":
                self._reject(change)
            case "restore":
                self._restore(int(change.arguments["sequence"]))
            case "delete":
                self._delete(change)
            case "hold":
                match = {keyword: frozenset(wanted) for keyword, wanted in change.arguments["match"].items()}
                reason = str(change.arguments["reason"])
                self.holds[change.sequence] = Hold(change.sequence, change.at, change.who, reason, match)
            case "release":
                self.holds.pop(int(change.arguments["sequence"]), None)
            case "accept":
                self.accepted[change.arguments["instance"]] = change.arguments["sha256"]

    def _reject(self, change: Change) -> None:
        arguments = change.arguments
        uids, note_uid = frozenset(arguments["instances"]), str(arguments.get("note", ""))
        self.rejections[change.sequence] = Rejection(
            change.sequence, change.at, change.who, arguments["code"], arguments["reason"], uids, note_uid
        )
        self.notes.add(note_uid)
        self.hidden.update(dict.fromkeys(uids, change.sequence))

    def _restore(self, sequence: int) -> None:
        restored = self.rejections.pop(sequence, None)
        if restored is None:
            return
        for uid in restored.instance_uids:
            self.hidden.pop(uid, None)
        for other in self.rejections.values():
            self.hidden.update(dict.fromkeys(other.instance_uids & restored.instance_uids, other.sequence))

    def _delete(self, change: Change) -> None:
        at_ns = int(datetime.fromisoformat(change.at).timestamp() * 1e9)
        for sums in change.arguments["instances"].values():
            self._deleted_ns.update(dict.fromkeys(sums, at_ns))

    def was_deleted(self, sha256: str, received_ns: int) -> bool:
        """Return whether an object that was received then has been deleted since."""
        return self._deleted_ns.get(sha256, received_ns) > received_ns


def in_force(changes: Iterable[Change]) -> InForce:
    """Return what all these changes have come to."""
    state = InForce()
    for change in changes:
        state.take(change)
    return state


def require_code(code: str) -> str:
    """Return the value of a rejection code, written as ``113001`` or ``113001^DCM``; raises `OptionError`."""
    value, _, scheme = code.partition("^")
    if value not in CODES or scheme not in ("", "DCM"):
        known = "; ".join(f"{each} ({meaning})" for each, meaning in CODES.items())
        raise OptionError("This is no reason for a rejection.", field="code", found=code[:32], expected=known)
    return value


def require_instances(uids: Collection[str]) -> list[str]:
    """Return the UIDs, each once and in order; raises `NotFoundError` for none, `OptionError` for too many."""
    if not uids:
        raise NotFoundError("There is no such instance here.", field="UID", found="nothing that matches")
    if len(uids) > MAX_INSTANCES:
        raise OptionError("These are too many at once.", field="instances", expected=f"at most {MAX_INSTANCES}")
    return sorted(set(uids))


def require_match(match: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Return what a hold matches, in order; raises `OptionError` if it matches everything or by something else."""
    named = {keyword: sorted(set(wanted)) for keyword, wanted in match.items()}
    if not named or not named.keys() <= set(HELD_BY) or not all(all(values) and values for values in named.values()):
        raise OptionError("It does not say what is to be held.", field="match", expected=", ".join(HELD_BY))
    return named
